/**
 * The exported form of the ledger: one line per request, its decision joined with its outcome. A line holds everything
 * its entries commit to, so the entries' texts can be rebuilt from it (`entriesOf`) and their hashes checked offline.
 */
import { type ErrorCode, Fault } from '../errors.ts'
import type { SettledCharge, StoredCharge } from '../limits/charges.ts'
import { type Decision, intentText, type Outcome, outcomeText, recordText } from './record.ts'

/** One request. Members that can be missing from every record are absent; the stable columns are null instead. */
export interface LedgerLine {
  /** Sequence number of the decision's entry. Outcomes are entries of their own, so lines may skip numbers. */
  readonly seq: number
  /** Arrival of the request, ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly requestId: string
  readonly principal: string
  readonly grant: string
  readonly server: string
  readonly method: string
  readonly tool: string | null
  readonly digest: string | null
  readonly policy: string | null
  readonly policyVersion: string | null
  readonly verdict: Decision['verdict']
  readonly rule: string
  /** null: still open. */
  readonly outcome: Outcome['outcome'] | null
  readonly durationMs: number | null
  readonly message?: string
  readonly code?: ErrorCode
  readonly observed?: boolean
  readonly trace?: string
  readonly definitionHash?: string
  readonly argKeys?: readonly string[]
  readonly charges?: readonly StoredCharge[]
  readonly labels?: readonly string[]
  readonly upstreamStatus?: number
  readonly bytes?: number
  readonly redactions?: number
  readonly released?: boolean
  readonly settled?: readonly SettledCharge[]
  readonly note?: string
  /** Chain hash of the decision's entry. */
  readonly hash: string
  /** The outcome's own entry; absent when it was recorded together with the decision, or is still open. */
  readonly outcomeSeq?: number
  readonly outcomeTime?: string
  readonly outcomeHash?: string
}

/** An entry as the store keeps it. */
export interface StoredEntry {
  readonly seq: number
  readonly text: string
  readonly hash: string
}

/** What an open line has none of. */
const outcomeMembers = [
  ...(['outcome', 'durationMs', 'upstreamStatus', 'bytes', 'redactions', 'released', 'settled'] as const),
  ...(['note', 'outcomeSeq', 'outcomeTime', 'outcomeHash'] as const),
] as const

/** Every member a line may have. What is not among them no hash vouches for. */
export const lineMembers: ReadonlySet<string> = new Set<keyof LedgerLine>([
  ...(['seq', 'time', 'requestId', 'principal', 'grant', 'server', 'method', 'tool', 'digest'] as const),
  ...(['policy', 'policyVersion', 'verdict', 'rule', 'message', 'code', 'observed', 'trace'] as const),
  ...(['definitionHash', 'argKeys', 'charges', 'labels', 'hash'] as const),
  ...outcomeMembers,
])

/** Builds the line of a decision entry and, where it has one, its outcome entry. Throws ERR_LEDGER_DAMAGED. */
export function lineOf(decision: StoredEntry, outcome: StoredEntry | undefined): LedgerLine {
  const said = textOf(decision) as Decision & Partial<Outcome>
  const came = outcome === undefined ? said : (textOf(outcome) as Partial<Outcome> & { timeMs: number })
  const line = {
    seq: decision.seq,
    time: isoTime(decision.seq, said.timeMs),
    requestId: said.requestId,
    principal: said.principal,
    grant: said.grant,
    server: said.server,
    method: said.method,
    tool: said.tool ?? null,
    digest: said.digest ?? null,
    policy: said.policy ?? null,
    policyVersion: said.policyVersion ?? null,
    verdict: said.verdict,
    rule: said.rule,
    outcome: came.outcome ?? null,
    durationMs: came.durationMs ?? null,
    message: said.message,
    code: said.code,
    observed: said.observed,
    trace: said.trace,
    definitionHash: said.definitionHash,
    argKeys: said.argKeys,
    charges: said.charges,
    labels: said.labels,
    upstreamStatus: came.upstreamStatus,
    bytes: came.bytes,
    redactions: came.redactions,
    released: came.released,
    settled: came.settled,
    note: came.note,
    hash: decision.hash,
    outcomeSeq: outcome?.seq,
    outcomeTime: outcome === undefined ? undefined : isoTime(outcome.seq, came.timeMs),
    outcomeHash: outcome?.hash,
  }
  return withoutAbsent(line) as LedgerLine
}

/** The entries a line stands for, rebuilt from what it shows: one, or a decision and its outcome. */
export function entriesOf(line: LedgerLine): readonly [StoredEntry, ...StoredEntry[]] {
  const decision = decisionOf(line)
  if (outcomeMembers.every(name => (line[name] ?? undefined) === undefined)) {
    return [entry(line.seq, intentText(decision), line.hash)]
  }
  const came = withoutAbsent({
    outcome: line.outcome ?? undefined,
    durationMs: line.durationMs ?? undefined,
    upstreamStatus: line.upstreamStatus,
    bytes: line.bytes,
    redactions: line.redactions,
    released: line.released,
    settled: line.settled,
    note: line.note,
  }) as Outcome
  const { outcomeSeq } = line
  if (outcomeSeq === undefined) return [entry(line.seq, recordText(decision, came), line.hash)]
  return [
    entry(line.seq, intentText(decision), line.hash),
    entry(outcomeSeq, outcomeText(line.seq, came, Date.parse(line.outcomeTime ?? '')), line.outcomeHash ?? ''),
  ]
}

function decisionOf(line: LedgerLine): Decision {
  return withoutAbsent({
    requestId: line.requestId,
    timeMs: Date.parse(line.time),
    trace: line.trace,
    principal: line.principal,
    grant: line.grant,
    server: line.server,
    method: line.method,
    tool: line.tool ?? undefined,
    definitionHash: line.definitionHash,
    digest: line.digest ?? undefined,
    policy: line.policy ?? undefined,
    policyVersion: line.policyVersion ?? undefined,
    verdict: line.verdict,
    rule: line.rule,
    message: line.message,
    observed: line.observed,
    argKeys: line.argKeys,
    charges: line.charges,
    labels: line.labels,
    code: line.code,
  }) as Decision
}

function textOf({ seq, text }: StoredEntry): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault('ERR_LEDGER_DAMAGED', { seq }, cause)
  }
}

function isoTime(seq: number, ms: number): string {
  if (!Number.isSafeInteger(ms) || Math.abs(ms) > 8.64e15) throw new Fault('ERR_LEDGER_DAMAGED', { seq })
  return new Date(ms).toISOString()
}

function entry(seq: number, text: string, hash: string): StoredEntry {
  return { seq, text, hash }
}

function withoutAbsent(members: Record<string, unknown>): unknown {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
