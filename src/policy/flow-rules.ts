/**
 * Labels of tools, and `flows` between them: after a call that brought something in, for a while, calls that could carry
 * it out are denied or put before a person. Labels of a source may stand in the policy of another server.
 */
import { limits } from '../limits.ts'
import type { Json } from '../wire/json-types.ts'
import { windowMsOf } from './caps.ts'
import { type Flow, type Label, labels, sinkLabels, sourceLabels } from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf, readChoice, readList, readObject, readText } from './shape.ts'

export const flowKeys = ['after', 'within', 'to', 'then', 'on_deny', 'approvers'] as const
const day = 24 * 60 * 60 * 1000
const outcomes = ['deny', 'require_approval'] as const

/** What one tool is to flows. */
export function readLabels(log: ProblemLog, value: Json | undefined, at: string): readonly Label[] | undefined {
  if (value === undefined) return undefined
  const found: Label[] = []
  for (const [index, item] of (readList(log, value, at) ?? []).entries()) {
    const label = readChoice(log, item, pointer(at, index), labels)
    if (label === undefined) continue
    if (found.includes(label))
      log.warning('duplicate', pointer(at, index), `\`${label}\` is named twice`, 'remove one of the two')
    else found.push(label)
  }
  return found
}

export function readFlows(log: ProblemLog, value: Json | undefined): readonly Flow[] {
  if (value === undefined) return []
  return (readList(log, value, '/flows') ?? []).flatMap(
    (item, index) => readFlow(log, item, pointer('/flows', index)) ?? [],
  )
}

function readFlow(log: ProblemLog, value: Json, at: string): Flow | undefined {
  const given = readObject(log, value, at, flowKeys)
  if (given === undefined) return undefined
  const needed = (key: (typeof flowKeys)[number]): Json | undefined => {
    if (given[key] === undefined) log.error('missing-key', at, `a flow needs \`${key}\``, example)
    return given[key]
  }
  const [after, within, to, then] = [needed('after'), needed('within'), needed('to'), needed('then')]
  const source = after === undefined ? undefined : readChoice(log, after, pointer(at, 'after'), sourceLabels)
  const sink = to === undefined ? undefined : readChoice(log, to, pointer(at, 'to'), sinkLabels)
  const outcome = then === undefined ? undefined : readChoice(log, then, pointer(at, 'then'), outcomes)
  const withinMs = within === undefined ? undefined : readWithin(log, within, pointer(at, 'within'))
  const message =
    given['on_deny'] === undefined
      ? undefined
      : readText(log, given['on_deny'], pointer(at, 'on_deny'), limits.policyTextLengthMax)
  const approvers = readApprovers(log, given['approvers'], pointer(at, 'approvers'), outcome === 'deny')
  if (source === undefined || sink === undefined || outcome === undefined || withinMs === undefined) return undefined
  const ask = outcome === 'require_approval'
  return { at, after: source, withinMs, to: sink, ask, ...(message !== undefined && { message }), approvers }
}

const example = 'write {"after": "untrusted", "within": "30m", "to": "external", "then": "require_approval"}'

function readWithin(log: ProblemLog, value: Json, at: string): number | undefined {
  const ms = windowMsOf(value)
  if (ms !== undefined && ms <= limits.policyFlowMsMax) return ms
  const found = ms === undefined ? `${kindOf(value)} that is no span of time` : 'a longer one'
  log.error(
    'bad-value',
    at,
    `\`within\` is a span from 1 s to ${limits.policyFlowMsMax / day} days, found ${found}`,
    'write "90s", "30m", "2h", "7d" or seconds',
  )
  return undefined
}

function readApprovers(log: ProblemLog, value: Json | undefined, at: string, denies: boolean): readonly string[] {
  if (value === undefined) return []
  if (denies)
    log.error(
      'bad-value',
      at,
      'nobody is asked where `then` is `deny`',
      'remove `approvers`, or write "then": "require_approval"',
    )
  return (readList(log, value, at) ?? []).flatMap((name, index) => readText(log, name, pointer(at, index), 200) ?? [])
}
