/**
 * A question to a policy without a gateway: this call, by this caller, at this time. Nothing is forwarded and nothing
 * is counted; limits are named, not tried. Refused: a context with an unknown key or a wrong type.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { windowMsOf } from './caps.ts'
import type { Policy } from './compile.ts'
import { weekdays } from './conditions.ts'
import { decide } from './decide.ts'
import { Desk } from './desk.ts'
import { inspect } from './facts.ts'
import { factOf, heldBy } from './flows.ts'
import { sourceLabels } from './model.ts'
import { error, yes } from './operators.ts'
import { type Problem, ProblemLog, pointer } from './problem.ts'
import { readChoice, readList, readMembers, readObject, readText } from './shape.ts'
import type { Charge, DecisionInput, Verdict } from './verdict.ts'

export interface Explanation {
  readonly verdict: 'allow' | 'deny' | 'ask'
  readonly rule: string
  readonly message: string
  /** What was compared: of the rule that decided, or of every rule tried when the call is allowed. */
  readonly facts: readonly Json[]
  readonly wouldPassIf?: string
  /** Only flows stand in the way, and none does after so long. */
  readonly retryAfterMs?: number
  readonly error?: string
  /** Further rules that would deny this call if the one that decided did not. */
  readonly also: readonly string[]
  /** What the call would be charged; whether there is room is known to a running gateway only. */
  readonly limits: readonly Charge[]
  readonly approval?: JsonObject
  /** `mode: observe`: what would have been decided. */
  readonly observed?: { readonly rule: string; readonly message: string }
  readonly policy: string
  readonly policyVersion: string
}

export type ContextReading =
  | { readonly ok: true; readonly context: Omit<DecisionInput, 'tool' | 'args'> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What `policy` says about a call, in full. */
export function explain(policy: Policy, input: DecisionInput): Explanation {
  return explainVerdict(policy, input, decide(policy, input))
}

/** The same for a verdict that `decide` has just given. `factsMax`: comparisons shown of a call that is not denied. */
export function explainVerdict(
  policy: Policy,
  input: DecisionInput,
  verdict: Verdict,
  factsMax: number = Number.POSITIVE_INFINITY,
): Explanation {
  const about = { policy: policy.name, policyVersion: policy.version }
  if (verdict.effect === 'deny') {
    const { rule, message, facts = [], wouldPassIf, retryAfterMs, error: problem } = verdict
    const more = {
      ...(wouldPassIf !== undefined && { wouldPassIf }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(problem !== undefined && { error: problem }),
    }
    return {
      verdict: 'deny',
      rule,
      message,
      facts,
      ...more,
      also: alsoDenying(policy, input, rule),
      limits: [],
      ...about,
    }
  }
  const { rule, charges: limits } = verdict
  if (verdict.effect === 'ask') {
    const { message, approval, retryAfterMs } = verdict
    const facts = factsOf(policy, input, factsMax, rule)
    const more = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { verdict: 'ask', rule, message, facts, ...more, also: [], limits, approval, ...about }
  }
  const { observed } = verdict
  return {
    verdict: 'allow',
    rule,
    message: allowanceWords(verdict),
    facts: observed?.facts ?? factsOf(policy, input, factsMax),
    also: observed === undefined ? [] : alsoDenying(policy, input, observed.rule),
    limits,
    ...(observed && { observed: { rule: observed.rule, message: observed.message } }),
    ...about,
  }
}

function allowanceWords({ rule, observed, charges }: Extract<Verdict, { effect: 'allow' }>): string {
  if (observed !== undefined)
    return `allowed, because the policy only observes; enforced it would be denied by ${observed.rule}`
  const listed =
    rule === '/default' ? 'allowed by the default of the policy' : `allowed: listed by ${rule}, and no rule denies it`
  return charges.length === 0 ? listed : `${listed}; limits apply`
}

/** The facts of one rule, or of every rule of the tool, as far as the work of one decision goes. */
function factsOf(policy: Policy, input: DecisionInput, factsMax: number, at?: string): readonly Json[] {
  const { requires, denials, approvals, flows } = policy.resolve(input.tool)
  const desk = new Desk()
  const facts: Json[] = heldBy(flows, input.recent)
    .filter(({ flow }) => at === undefined || flow.at === at)
    .map(held => factOf(held, input))
  for (const rule of [...requires, ...denials, ...approvals]) {
    if (desk.isSpent || facts.length >= factsMax) break
    if (at === undefined || rule.at === at) facts.push(...inspect(policy, rule, input, desk).facts)
  }
  policy.desk.clear()
  return facts.slice(0, factsMax)
}

/** Rules of the tool that deny this call beside `decisive`; none for a tool that is hidden or not listed. */
function alsoDenying(policy: Policy, input: DecisionInput, decisive: string): readonly string[] {
  const { requires, denials, flows } = policy.resolve(input.tool)
  if (!decisive.startsWith('/')) return []
  const denying = [
    ...requires.filter(({ test }) => test(input) !== yes),
    ...denials.filter(({ test }) => [yes, error].some(truth => truth === test(input))),
    ...heldBy(flows, input.recent).flatMap(({ flow }) => (flow.ask ? [] : [flow])),
  ]
  policy.desk.clear()
  return denying.map(({ at }) => at).filter(at => at !== decisive)
}

/** Reads `{caller, grant, server, tool, time, recent}`; everything may be left out. `nowMs` is the time where none is given. */
export function readContext(value: Json | undefined, nowMs: number): ContextReading {
  const log = new ProblemLog()
  const known = ['caller', 'grant', 'server', 'tool', 'time', 'recent']
  const given = value === undefined ? {} : (readObject(log, value, '', known) ?? {})
  const context = {
    caller: readCaller(log, given['caller']),
    grant: readGrant(log, given['grant']),
    server: readServer(log, given['server']),
    facts: readFacts(log, given['tool']),
    ...readTime(log, given['time'], nowMs),
    ...readRecent(log, given['recent']),
  }
  return log.hasErrors ? { ok: false, problems: log.list(() => undefined) } : { ok: true, context }
}

function readCaller(log: ProblemLog, value: Json | undefined): DecisionInput['caller'] {
  const given = value === undefined ? {} : (readObject(log, value, '/caller', ['id', 'kind', 'roles', 'groups']) ?? {})
  return {
    id: text(log, given['id'], '/caller/id', 'unknown'),
    kind: text(log, given['kind'], '/caller/kind', 'agent'),
    roles: texts(log, given['roles'], '/caller/roles'),
    groups: texts(log, given['groups'], '/caller/groups'),
  }
}

function readGrant(log: ProblemLog, value: Json | undefined): DecisionInput['grant'] {
  const given = value === undefined ? {} : (readObject(log, value, '/grant', ['name', 'labels']) ?? {})
  const labels = given['labels'] === undefined ? {} : (readMembers(log, given['labels'], '/grant/labels') ?? {})
  const read = Object.entries(labels).map(([key, label]) => [key, text(log, label, pointer('/grant/labels', key), '')])
  return {
    name: text(log, given['name'], '/grant/name', 'unknown'),
    labels: Object.fromEntries(read) as Record<string, string>,
  }
}

function readServer(log: ProblemLog, value: Json | undefined): DecisionInput['server'] {
  if (typeof value === 'string') return { name: value }
  const given = value === undefined ? {} : (readObject(log, value, '/server', ['name']) ?? {})
  return { name: text(log, given['name'], '/server/name', 'unknown') }
}

function readFacts(log: ProblemLog, value: Json | undefined): DecisionInput['facts'] {
  const given =
    value === undefined ? {} : (readObject(log, value, '/tool', ['name', 'category', 'severity', 'annotations']) ?? {})
  const { category, severity, annotations } = given
  return {
    ...(category !== undefined && { category: text(log, category, '/tool/category', '') }),
    ...(severity !== undefined && { severity: text(log, severity, '/tool/severity', '') }),
    annotations: annotations === undefined ? {} : (readMembers(log, annotations, '/tool/annotations') ?? {}),
  }
}

/** A day, or a time with its zone (RFC 3339): without one it would be another time on another machine. */
const instant = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** Milliseconds, an ISO 8601 text, or `{hour, weekday, date}` for a time of day. */
function readTime(log: ProblemLog, value: Json | undefined, nowMs: number): Pick<DecisionInput, 'timeMs' | 'time'> {
  if (value === undefined) return { timeMs: nowMs }
  if (isJsonObject(value)) return { timeMs: nowMs, time: readTimeOfDay(log, value) }
  const isText = typeof value === 'string' && instant.test(value)
  const timeMs = typeof value === 'number' ? value : Date.parse(isText ? value : '')
  if (Number.isFinite(timeMs)) return { timeMs }
  log.error(
    'bad-value',
    '/time',
    'not a time',
    'write "2026-11-22T14:30:00Z", milliseconds, or {"hour": 14, "weekday": "sunday"}',
  )
  return { timeMs: nowMs }
}

function readTimeOfDay(log: ProblemLog, value: JsonObject): NonNullable<DecisionInput['time']> {
  const { hour, weekday, date } = readObject(log, value, '/time', ['hour', 'weekday', 'date']) ?? {}
  if (hour !== undefined && !(typeof hour === 'number' && Number.isInteger(hour) && hour >= 0 && hour <= 23)) {
    log.error('bad-value', '/time/hour', 'the hour is a whole number from 0 to 23', 'write the hour')
  }
  const day = weekday === undefined ? undefined : readChoice(log, weekday, '/time/weekday', weekdays)
  return {
    ...(typeof hour === 'number' && { hour }),
    ...(day !== undefined && { weekday: day }),
    ...(date !== undefined && { date: text(log, date, '/time/date', '') }),
  }
}

/** `{untrusted, sensitive}`: how long ago a call with that label was made, as "12m" or seconds. */
function readRecent(log: ProblemLog, value: Json | undefined): Pick<DecisionInput, 'recent'> {
  if (value === undefined) return {}
  const given = readObject(log, value, '/recent', sourceLabels) ?? {}
  const ages = Object.entries(given).flatMap(([label, age]): [string, number][] => {
    const ms = age === 0 || age === '0s' ? 0 : windowMsOf(age)
    if (ms !== undefined) return [[label, ms]]
    log.error(
      'bad-value',
      pointer('/recent', label),
      'not an age',
      'write how long ago it was: "12m", "90s" or seconds',
    )
    return []
  })
  return { recent: Object.fromEntries(ages) }
}

function text(log: ProblemLog, value: Json | undefined, at: string, otherwise: string): string {
  return value === undefined ? otherwise : (readText(log, value, at, 500) ?? otherwise)
}

function texts(log: ProblemLog, value: Json | undefined, at: string): readonly string[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).map((item, index) => text(log, item, pointer(at, index), ''))
}
