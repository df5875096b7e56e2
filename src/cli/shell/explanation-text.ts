/** An explanation for people: the verdict first, then the rule and where it stands, what was compared, what would pass. */
import { windowText } from '../../policy/caps.ts'
import type { Explanation } from '../../policy/explain.ts'
import type { Charge } from '../../policy/verdict.ts'
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { facts as factLines, visible } from './layout.ts'
import type { Terminal } from './terminal.ts'
import { span } from './times.ts'

/** A charge, and the room there is for it where a gateway was asked. */
type ShownCharge = Charge & { readonly used?: number; readonly retryAfterMs?: number }

export interface Explained extends Omit<Explanation, 'limits' | 'policy' | 'policyVersion'> {
  readonly limits: readonly ShownCharge[]
  readonly policy?: string | undefined
  readonly policyVersion?: string | undefined
}

const verdictStyles = { allow: 'green', deny: 'red', ask: 'yellow' } as const

/** The verdict on one call, in full. `placeOf` says where a rule stands. Lines end in `\n`. */
export function explanationText(
  call: string,
  explained: Explained,
  placeOf: (pointer: string) => string | undefined,
  { columns, paint }: Pick<Terminal, 'columns' | 'paint'>,
): string {
  const { verdict } = explained
  const pairs = linesOf(explained, rule => ruleText(rule, placeOf))
  return `${paint(verdictStyles[verdict], verdict)}  ${visible(call)}\n\n${factLines(pairs, columns, paint)}`
}

function ruleText(rule: string, placeOf: (pointer: string) => string | undefined): string {
  const place = placeOf(rule)
  return visible(place === undefined ? rule : `${rule} (${place})`)
}

function linesOf(explained: Explained, ruleOf: (rule: string) => string): readonly (readonly [string, string])[] {
  const { rule, message, error, facts, wouldPassIf, retryAfterMs, also, limits, approval, observed, policy } = explained
  const shown = facts.map(factText).filter(text => text !== '')
  const people = approvalText(approval)
  return [
    ['rule', ruleOf(rule)],
    ['message', visible(message)],
    ...pair('error', error === undefined || message.includes(error) ? [] : [visible(error)]),
    ...pair('compared', shown),
    ...pair('passes if', wouldPassIf === undefined ? [] : [visible(wouldPassIf)]),
    ...pair('try again', retryAfterMs === undefined ? [] : [`in ${span(retryAfterMs)}`]),
    ...pair(
      'not enforced',
      observed === undefined ? [] : [`${visible(observed.message)}, by ${ruleOf(observed.rule)}`],
    ),
    ...pair('denied also by', also.map(ruleOf)),
    ...pair('approval', people),
    ...pair('takes', limits.map(chargeText)),
    ...pair('policy', policy === undefined ? [] : [visible(`${policy}, version ${explained.policyVersion ?? '-'}`)]),
  ]
}

function pair(label: string, lines: readonly string[]): readonly (readonly [string, string])[] {
  return lines.length === 0 ? [] : [[label, lines.join('\n')]]
}

const phrases: Readonly<Record<string, string>> = {
  eq: 'equal to',
  neq: 'other than',
  lt: 'less than',
  lte: 'at most',
  gt: 'more than',
  gte: 'at least',
  in: 'one of',
  not_in: 'none of',
  regex: 'text matching',
  contains: 'containing',
  starts_with: 'starting with',
  ends_with: 'ending with',
  glob: 'a path like',
  cidr: 'in the network',
  host_in: 'at the host',
}

/** One comparison: what was found, and whether it is what the rule asks about. */
export function factText(fact: Json): string {
  if (!isJsonObject(fact)) return ''
  const { path, op, value = null, actual, holds } = fact
  if (op === 'when') return visible(`when ${String(value)}: ${holds === 'error' ? 'error' : holds === true}`)
  const label = /^recent\.(.*)$/.exec(String(path))?.[1]
  if (label !== undefined && typeof actual === 'number' && typeof value === 'number')
    return visible(
      `a call labelled \`${label}\` was ${span(actual)} ago: ${holds === true ? '' : 'not '}within ${span(value)}`,
    )
  const name = `\`${String(path)}\``
  if (op === 'exists') {
    const isGiven = holds === value
    const found = actual === null ? 'is null, which counts as left out' : isGiven ? 'is given' : 'is left out'
    return visible(holds === 'error' ? `${name} cannot be looked up` : `${name} ${found}`)
  }
  const asked = `${phrases[String(op)] ?? String(op)} ${shorten(value)}`
  if (holds === 'missing') return visible(`${name} is missing; asked: ${asked}`)
  const found = actual === undefined ? `${name} cannot be looked up` : `${name} is ${shorten(actual)}`
  if (holds === 'error') return visible(`${found}, which cannot be compared; asked: ${asked}`)
  return visible(`${found}: ${holds === true ? '' : 'not '}${asked}`)
}

const valueCharactersMax = 120

function shorten(value: Json): string {
  const text = Array.isArray(value)
    ? (value as readonly Json[]).map(item => JSON.stringify(item)).join(', ')
    : undefined
  const written = text === undefined ? JSON.stringify(value) : text === '' ? 'nothing' : text
  return written.length > valueCharactersMax ? `${written.slice(0, valueCharactersMax)}…` : written
}

/** What a call takes from one limit, and with a gateway's answer whether there is room. */
function chargeText(charge: ShownCharge): string {
  const { counter, units, max, windowMs, scope, keyValue, calendar, settleFrom, used, retryAfterMs } = charge
  const window =
    calendar === undefined ? `in any ${windowText(windowMs)}` : `in each ${calendar.unit} of ${calendar.zone}`
  const whose = keyValue === undefined ? `for each ${scope}` : `for each ${scope} and "${keyValue}"`
  const parts = [
    `\`${counter}\`: ${units} of at most ${max} ${window}, ${whose}`,
    ...(settleFrom === undefined ? [] : [`\`${settleFrom}\` takes its place after the call`]),
    ...(used === undefined ? [] : [`${used} used, ${roomText(retryAfterMs ?? 0)}`]),
  ]
  return visible(parts.join('; '))
}

function roomText(retryAfterMs: number): string {
  if (retryAfterMs === 0) return 'fits now'
  return retryAfterMs < 0 ? 'never fits' : `fits in ${span(retryAfterMs)}`
}

function approvalText(approval: Json | undefined): readonly string[] {
  const required = isJsonObject(approval) ? approval['required'] : undefined
  if (!Array.isArray(required)) return []
  return (required as readonly Json[]).filter(isJsonObject).map(({ approvers, quorum, decideWithinMs }) => {
    const names =
      Array.isArray(approvers) && approvers.length > 0 ? (approvers as readonly Json[]).join(' or ') : 'anyone'
    const many = typeof quorum === 'number' && quorum > 1 ? `, ${quorum} of them` : ''
    const within = typeof decideWithinMs === 'number' ? `, within ${span(decideWithinMs)}` : ''
    return visible(`by ${names}${many}${within}`)
  })
}
