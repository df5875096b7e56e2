/**
 * What is recorded of a request, and its canonical text: one JSON object with sorted members and no spaces (RFC 8785),
 * so that the text can be rebuilt from an exported line and its hash checked by anyone.
 *
 * Three kinds of entries: `intent` (a decision, before the call leaves), `outcome` (what came of it), and `record` (both
 * at once, where nothing was forwarded or the call only reads). Text that others choose is cut at a fixed length.
 */
import type { ErrorCode } from '../errors.ts'
import type { SettledCharge, StoredCharge } from '../limits/charges.ts'
import { limits } from '../limits.ts'

/** What is known before the call leaves. */
export interface Decision {
  readonly requestId: string
  /** Wall clock at the request's arrival. */
  readonly timeMs: number
  /** Trace context of the request (W3C `traceparent`). */
  readonly trace?: string
  readonly principal: string
  readonly grant: string
  readonly server: string
  readonly method: string
  readonly tool?: string
  readonly definitionHash?: string
  readonly digest?: string
  readonly policy?: string
  readonly policyVersion?: string
  readonly verdict: 'allow' | 'deny' | 'ask'
  /** JSON Pointer of the rule, or a name in parentheses. */
  readonly rule: string
  readonly message?: string
  /** Under `mode: observe`: the call would have been refused. */
  readonly observed?: boolean
  readonly argKeys?: readonly string[]
  /** What the call took from which counters. */
  readonly charges?: readonly StoredCharge[]
  /** What the call may bring in, as its policy labels the tool: the marks it leaves on its principal and grant. */
  readonly labels?: readonly string[]
  readonly code?: ErrorCode
}

/** What came of the call. */
export interface Outcome {
  /** `refused`: certainly not carried out. `unknown`: sent, and no answer that can be trusted. */
  readonly outcome: 'succeeded' | 'failed' | 'unknown' | 'refused'
  readonly durationMs: number
  readonly upstreamStatus?: number
  readonly bytes?: number
  readonly redactions?: number
  /** The charges were given back: proof that the call was not carried out. */
  readonly released?: boolean
  /** Real figures, in place of what the charges estimated. */
  readonly settled?: readonly SettledCharge[]
  readonly note?: string
}

/** Version of the entries' text. Part of every entry, so that a later form can stand beside this one. */
const form = 1

/** Canonical text of a decision before its call leaves. */
export function intentText(decision: Decision): string {
  return JSON.stringify({
    argKeys: cutKeys(decision.argKeys),
    charges: storedForm(decision.charges),
    code: decision.code,
    definitionHash: decision.definitionHash,
    digest: decision.digest,
    form,
    grant: cut(decision.grant),
    kind: 'intent',
    labels: decision.labels,
    message: cut(decision.message),
    method: cut(decision.method),
    observed: decision.observed,
    policy: cut(decision.policy),
    policyVersion: decision.policyVersion,
    principal: cut(decision.principal),
    requestId: cut(decision.requestId),
    rule: cut(decision.rule),
    server: cut(decision.server),
    timeMs: Math.trunc(decision.timeMs),
    tool: cut(decision.tool),
    trace: cut(decision.trace),
    verdict: decision.verdict,
  })
}

/** Canonical text of a decision and its outcome in one. */
export function recordText(decision: Decision, outcome: Outcome): string {
  return JSON.stringify({
    argKeys: cutKeys(decision.argKeys),
    bytes: outcome.bytes,
    charges: storedForm(decision.charges),
    code: decision.code,
    definitionHash: decision.definitionHash,
    digest: decision.digest,
    durationMs: rounded(outcome.durationMs),
    form,
    grant: cut(decision.grant),
    kind: 'record',
    labels: decision.labels,
    message: cut(decision.message),
    method: cut(decision.method),
    note: cut(outcome.note),
    observed: decision.observed,
    outcome: outcome.outcome,
    policy: cut(decision.policy),
    policyVersion: decision.policyVersion,
    principal: cut(decision.principal),
    redactions: outcome.redactions,
    released: outcome.released,
    requestId: cut(decision.requestId),
    rule: cut(decision.rule),
    server: cut(decision.server),
    settled: settledForm(outcome.settled),
    timeMs: Math.trunc(decision.timeMs),
    tool: cut(decision.tool),
    trace: cut(decision.trace),
    upstreamStatus: outcome.upstreamStatus,
    verdict: decision.verdict,
  })
}

/** Canonical text of the outcome of the intent with sequence number `decision`, recorded at `timeMs`. */
export function outcomeText(decision: number, outcome: Outcome, timeMs: number): string {
  return JSON.stringify({
    bytes: outcome.bytes,
    decision,
    durationMs: rounded(outcome.durationMs),
    form,
    kind: 'outcome',
    note: cut(outcome.note),
    outcome: outcome.outcome,
    redactions: outcome.redactions,
    released: outcome.released,
    settled: settledForm(outcome.settled),
    timeMs: Math.trunc(timeMs),
    upstreamStatus: outcome.upstreamStatus,
  })
}

function cut(text: string): string
function cut(text: string | undefined): string | undefined
function cut(text: string | undefined): string | undefined {
  // lines to be verified come from files, so what should be text may be anything
  if (typeof text !== 'string' || text.length <= limits.ledgerTextCharsMax) return text
  return `${text.slice(0, limits.ledgerTextCharsMax - 1).toWellFormed()}…`
}

function cutKeys(keys: readonly string[] | undefined): readonly string[] | undefined {
  if (!Array.isArray(keys)) return keys
  const max = limits.ledgerArgKeysMax
  const shown = keys.length <= max ? keys : [...keys.slice(0, max - 1), `… ${keys.length - max + 1} more`]
  return shown.map(key => cut(key))
}

function storedForm(charges: readonly StoredCharge[] | undefined): readonly StoredCharge[] | undefined {
  if (!Array.isArray(charges)) return charges
  if (charges.length === 0) return undefined
  return charges.map(charge => picked(charge, ['bucket', 'units', 'wallMs', 'windowMs']))
}

function settledForm(settled: readonly SettledCharge[] | undefined): readonly SettledCharge[] | undefined {
  if (!Array.isArray(settled)) return settled
  return settled.length === 0 ? undefined : settled.map(figure => picked(figure, ['bucket', 'units']))
}

/** The members of that name, in that order. Lines to be verified come from files, so what should be an object may be anything. */
function picked<T>(value: T, names: readonly (keyof T & string)[]): T {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(names.map(name => [name, value[name]])) as T
}

/** Durations to the microsecond: more digits say nothing and cost space. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
