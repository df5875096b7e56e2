/** How an entry of the attack database is put in words, for the terminal and for pages. */
import type { Affected, Attack, AttackClass, AttackStatus } from './model.ts'

export const classWords: Readonly<Record<AttackClass, string>> = {
  protocol: 'Protocol',
  'supply-chain': 'Supply chain',
  'prompt-metadata': 'Prompt and metadata',
  'agent-behaviour': 'Agent behaviour',
  data: 'Data',
  identity: 'Identity',
  cost: 'Cost',
}

export const statusWords: Readonly<Record<AttackStatus, string>> = {
  documented: 'documented: it happened, or a product has a vulnerability record for it',
  demonstrated: 'demonstrated: somebody showed it working',
  theoretical: 'theoretical: no public case is known',
}

/** Which tools an attack concerns, or which servers. */
export function concernWords({ categories, flags, servers }: Affected): string {
  const kinds = categories.length === 0 ? 'tools' : `${joined(categories)} tools`
  const marks = flags.length === 0 ? '' : ` that are marked ${joined(flags)}`
  const tools = categories.length + flags.length === 0 ? undefined : `${kinds}${marks}`
  return [tools, servers].filter(part => part !== undefined).join('; ')
}

/** The ids of the three OWASP lists. */
export function owaspWords({ llm, agentic, mcp }: Attack['owasp']): string {
  return [llm, agentic, mcp]
    .filter(list => list.length > 0)
    .map(list => list.join(', '))
    .join(' · ')
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
