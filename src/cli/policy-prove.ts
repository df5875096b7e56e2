/**
 * `sallyport policy prove`: whether a policy ever lets through what it never should. Exit 0 for `yes, never`; 1 for a
 * call that is let through, and where nobody can tell; 2 for a question or a file that cannot be read.
 */
import type { Command } from 'commander'
import type { OpenQuestion, Proof } from '../policy/analysis/proof.ts'
import type { Question } from '../policy/analysis/question.ts'
import type { ToolFacts } from '../policy/verdict.ts'
import { callText, explainText } from './shell/call-text.ts'
import { stop } from './shell/exits.ts'
import { facts, visible, wrap } from './shell/layout.ts'
import { openForAnswer, type PolicyFile, placeOfRule } from './shell/policy-file.ts'
import { command, found, printJson, type Shell } from './shell/shell.ts'
import { readToolFacts } from './shell/tool-facts.ts'

interface ProveOptions {
  readonly never: string
  readonly tools?: string
  readonly json?: boolean
}

/** `policy prove FILE --never QUESTION`. */
export function policyProveCommand(shell: Shell): Command {
  return command('prove', 'prove that a policy never lets something through', [
    `sallyport policy prove files.yaml --never "destructive without approval"`,
    `sallyport policy prove files.yaml --never "delete_* allowed" --tools t.json`,
    `sallyport policy prove pay.yaml --never "pay allowed when args.amount > 500"`,
  ])
    .argument('<file>', 'policy, JSON or YAML, in any dialect that is read')
    .requiredOption('--never <question>', 'which calls, and what must never happen to them')
    .option('--tools <file>', 'the tools/list of the server: only its tools, with their annotations')
    .addHelpText('after', grammar)
    .action((file: string, options: ProveOptions) => proveFile(shell, file, options))
}

const grammar = `A question: which calls, what must never happen, and perhaps when.
  which   any, a tool's name or a glob, and words for what a tool does: read,
          write, execute, destructive, financial, changing, external, low,
          medium, high, critical
  what    allowed: it goes through, at once or after a person agreed
          without approval: it goes through and nobody is asked
          without limit: it goes through and nothing counts it
  when    conditions as in a policy, compared as in deny_if, with and, or, not:
          when args.path starts_with "/etc" and not args.force eq false`

async function proveFile(shell: Shell, file: string, options: ProveOptions): Promise<void> {
  const tools = options.tools === undefined ? undefined : readToolFacts(options.tools)
  const policy = await openForAnswer(shell, file, options)
  const question = await readAsked(options.never, policy, tools)
  const { compileSchema } = await import('../catalogue/schema.ts')
  const { prove } = await import('../policy/analysis/proof.ts')
  const proof = prove(policy, question, tools, compileSchema)
  if (proof.answer !== 'yes') found(shell)
  if (options.json) return printJson(shell, { ...proof, question: options.never, file })
  shell.terminal.out(await proofText(shell, policy, question, proof, options.tools))
}

async function readAsked(
  text: string,
  { document }: PolicyFile,
  tools: readonly ToolFacts[] | undefined,
): Promise<Question> {
  const { readQuestion } = await import('../policy/analysis/question.ts')
  const known = [...Object.keys(document['tools'] ?? {}), ...(tools ?? []).map(({ name }) => name)]
  const reading = readQuestion(text, known)
  if (!reading.ok) {
    const { column, message, remedy } = reading
    const shown = visible(text)
    const mark = text === shown ? `\n${shown}\n${' '.repeat(column)}^` : ''
    throw stop('ERR_CLI_USAGE', { reason: `the question cannot be read: ${message}${mark}` }, remedy)
  }
  const { name } = reading.question
  if (tools !== undefined && name !== undefined && !/[*?/]/.test(name) && !tools.some(tool => tool.name === name))
    throw stop('ERR_CLI_USAGE', { reason: `the list of tools has no \`${name}\`` }, 'check the name against --tools')
  return reading.question
}

async function proofText(
  shell: Shell,
  policy: PolicyFile,
  question: Question,
  proof: Proof,
  tools: string | undefined,
): Promise<string> {
  const { paint, columns } = shell.terminal
  const asked = visible(question.text)
  if (proof.answer === 'yes') {
    const note = proof.kinds === 0 ? '\nno name the policy may be asked about is meant' : ''
    return `${wrap(`${paint('green', 'yes, never')}: ${asked}${note}`, columns)}\n`
  }
  if (proof.answer === 'cannot tell') {
    const head = `${paint('yellow', 'cannot tell')}: ${asked}`
    const parts = proof.open.slice(0, openShownMax).map(open => facts(openPairs(open, policy, tools), columns, paint))
    const more = proof.open.length - parts.length
    if (more > 0) parts.push(`and ${more} more kinds of tools\n`)
    return `${wrap(head, columns)}\n\n${parts.join('\n')}`
  }
  const { call, verdict, rule } = proof
  const place = (await placeOfRule(policy, call.tool, rule)) ?? policy.file
  const asks = verdict === 'ask' ? ': a person decides; ask `without approval` to leave such calls out' : ''
  const observes = policy.policy.mode === 'observe' ? ': the policy only observes' : ''
  const pairs = [
    ['call', callText(call, tools)],
    ['verdict', `${verdict}${asks}${observes}`],
    ['rule', `${visible(rule)} (${visible(place)})`],
  ] as const
  const head = `${paint('red', 'no')}: ${asked}`
  return `${wrap(head, columns)}\n\n${facts(pairs, columns, paint)}\n${paint('dim', 'try it:')}\n${explainText(policy.file, call, tools)}\n`
}

const openShownMax = 5

function openPairs(
  { tools: kinds, why, at, call }: OpenQuestion,
  policy: PolicyFile,
  tools: string | undefined,
): readonly (readonly [string, string])[] {
  const rules = at.map(rule => `${visible(rule)} (${visible(policy.placeOf(rule))})`)
  return [
    ['tools', visible(kinds).replaceAll('`', '')],
    ['because', visible(why)],
    ...(rules.length > 0 ? [['rules', rules.join('\n')] as const] : []),
    ...(call === undefined ? [] : [['if it is', callText(call, tools)] as const]),
  ]
}
