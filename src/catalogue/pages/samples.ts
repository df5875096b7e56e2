/** Single rules that make sense for a server as it is: each a whole document that loads against its tools. */
import type { JsonObject } from '../../wire/json-types.ts'
import { isToolName } from '../../wire/names.ts'
import { paceOf } from '../recommend.ts'
import { aimOf } from './guard-rule.ts'
import { guardsOf } from './guards.ts'
import type { CatalogueServer, CatalogueTool } from './model.ts'
import { oneTool, policyText } from './snippet.ts'
import { counted } from './words.ts'

export interface Sample {
  readonly title: string
  readonly text: string
  readonly policy: string
}

const toolsNamed = 25
const samplesMax = 5
const narrowingTried = 12

/** Up to five rules, those for the gravest tools first. */
export function sampleRules({ tools }: CatalogueServer): readonly Sample[] {
  const named = tools.filter(({ name }) => isToolName(name))
  return [hiding(named), asking(named), flowing(named), narrowing(named), pacing(named)]
    .flatMap(each => each ?? [])
    .slice(0, samplesMax)
}

function hiding(tools: readonly CatalogueTool[]): Sample | undefined {
  const grave = tools.filter(tool => tool.rated.severity === 'critical')
  if (grave.length === 0) return undefined
  return {
    title: 'Hide what cannot be taken back',
    text: `${counted(grave.length, 'tool')} that delete, overwrite, revoke or pay ${grave.length === 1 ? 'is' : 'are'} neither listed nor callable; everything else stays.`,
    policy: policyText(
      { version: '1', default: 'allow', hide: grave.slice(0, toolsNamed).map(({ name }) => name) },
      'what cannot be taken back is hidden',
    ),
  }
}

function asking(tools: readonly CatalogueTool[]): Sample | undefined {
  const chosen = tools.filter(tool => tool.rated.category === 'Execute').slice(0, toolsNamed)
  if (chosen.length === 0) return undefined
  const entries = Object.fromEntries(
    chosen.map(({ name }) => [name, { action: 'require_approval', rate_limit: '10/minute' }]),
  ) as JsonObject
  return {
    title: 'Have a person approve what runs',
    text: 'What these do is decided by their arguments, so somebody reads each call.',
    policy: policyText({ version: '1', default: 'allow', tools: entries }, 'what executes is approved by a person'),
  }
}

/** What strangers wrote was read: from then on nothing is sent out without a person. */
function flowing(tools: readonly CatalogueTool[]): Sample | undefined {
  const sources = tools
    .filter(({ rated }) => rated.category === 'Read' && rated.flags.includes('open_world'))
    .slice(0, 8)
  const sinks = tools.filter(({ rated }) => rated.flags.includes('external_send')).slice(0, 8)
  if (sources.length === 0 || sinks.length === 0) return undefined
  const entries = Object.fromEntries([
    ...sources.map(({ name }): [string, JsonObject] => [name, { labels: ['untrusted'] }]),
    ...sinks.map(({ name }): [string, JsonObject] => [name, { labels: ['external'], rate_limit: '5/hour' }]),
  ]) as JsonObject
  return {
    title: 'After reading what strangers wrote, ask before sending',
    text: 'A text from outside may hold instructions. For half an hour after one was read, what sends waits for a person.',
    policy: policyText(
      {
        version: '1',
        default: 'allow',
        tools: entries,
        flows: [
          {
            after: 'untrusted',
            within: '30m',
            to: 'external',
            // biome-ignore lint/suspicious/noThenProperty: the grammar of policies calls it so
            then: 'require_approval',
            on_deny: 'something from outside was read',
          },
        ],
      },
      'sending after reading from outside is approved by a person',
    ),
  }
}

function narrowing(tools: readonly CatalogueTool[]): Sample | undefined {
  const weight = (tool: CatalogueTool) => tool.rated.flags.filter(flag => flag !== 'open_world').length
  const sorted = tools
    .filter(tool => weight(tool) > 0)
    .toSorted((a, b) => weight(b) - weight(a) || (a.name < b.name ? -1 : 1))
  for (const tool of sorted.slice(0, narrowingTried)) {
    const guard = guardsOf(tool).find(each => each.isGeneral !== true)
    if (guard !== undefined)
      return {
        title: `\`${tool.name}\`: ${aimOf(guard.question)}`,
        text: guard.answer,
        policy: policyText(
          oneTool(tool.name, guard.entry, { default: 'allow' }),
          `${tool.name} narrowed, everything else as it is`,
        ),
      }
  }
  return undefined
}

function pacing(tools: readonly CatalogueTool[]): Sample | undefined {
  const chosen = tools.filter(({ rated }) => rated.category === 'Write').slice(0, toolsNamed)
  if (chosen.length === 0) {
    if (tools.length === 0) return undefined
    return {
      title: 'One pace for everything',
      text: 'A loop gets no further than sixty calls a minute, whichever tools it uses.',
      policy: policyText(
        { version: '1', default: 'allow', all_tools: { rate_limit: '60/minute' } },
        'one pace for the whole server',
      ),
    }
  }
  const entries = Object.fromEntries(
    chosen.map(({ name, rated }) => [
      name,
      { rate_limit: paceOf({ name, category: rated.category, flags: rated.flags }) },
    ]),
  ) as JsonObject
  return {
    title: 'Writing at a pace',
    text: 'Each tool that changes something has a pace of its own; what reaches people has a slower one.',
    policy: policyText({ version: '1', default: 'allow', tools: entries }, 'what writes, at a pace'),
  }
}
