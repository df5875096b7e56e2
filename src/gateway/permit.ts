/**
 * Step 6: every limit is reserved or none, then the intent is durable. A permit is the only thing `forward` takes.
 * A call that its reviewed definition marks read-only writes its intent together with its outcome (docs/promises.md).
 * A call that continues one already charged (a redeemed request state) reserves nothing again.
 */
import { Fault, type Refusal, refuse } from '../errors.ts'
import { bindCharges } from '../limits/charges.ts'
import type { Reservation } from '../limits/held.ts'
import type { LimitRefusal } from '../limits/room.ts'
import { canSettle } from '../limits/settlement.ts'
import { durationWords, windowWords } from '../limits/words.ts'
import { sourcesOf } from '../policy/flows.ts'
import type { Charge } from '../policy/verdict.ts'
import { markedBy } from './decision.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { ParkedCall } from './parked.ts'
import { allowedDecision } from './recording.ts'
import { type Allowed, type Call, type Denied, mint, type Permit } from './steps.ts'

/** What a retry goes on with: the server's own state, or the call that waited for it. Empty for a first request. */
export interface Continued {
  readonly upstreamState?: string
  readonly parked?: ParkedCall
}

export type Permitted =
  | { readonly ok: true; readonly permit: Permit; readonly continued: Continued }
  | { readonly ok: false; readonly denied: Denied }

/** Reserves and records. Throws `Fault` ERR_LEDGER_UNAVAILABLE after giving back what it reserved: no record, no call. */
export async function takePermit(gate: Gate, allowed: Allowed): Promise<Permitted> {
  const { call } = allowed
  const redeemed = redeem(gate, call)
  if (!redeemed.ok) return redeemed
  const continued = redeemed.value
  const isContinued = call.exchange.params['requestState'] !== undefined
  // what is parked has its own permit, which its answer settles
  const reserved = continued.parked === undefined ? reserve(gate, allowed, isContinued) : nothingReserved
  let { observed } = allowed
  if (!reserved.ok) {
    if (call.policy?.mode !== 'observe') return { ok: false, denied: limitDenied(reserved.refusal) }
    observed ??= { rule: reserved.refusal.rule, message: limitMessage(reserved.refusal) }
  }
  const reservation = reserved.ok ? reserved.reservation : undefined
  const { charges } = reserved
  const decision = allowedDecision({ ...allowed, observed }, reserved.taken, reservation?.wallMs ?? 0)
  const sources = sourcesOf(call.policy, call.name)
  const endMarks = gate.deps.marks.begin(markedBy(call.exchange.grant), sources)
  const permit = { call, reservation, charges, isContinued, decision, endMarks }
  // What took units or leaves a mark is strict whatever it does: a crash must not take that back (P4).
  const isLight = call.isReadOnly && decision.charges === undefined && sources.length === 0
  if (isLight || continued.parked !== undefined) {
    // Its record comes with its outcome: while no record can be written, it does not leave.
    if (isLight && !gate.deps.ledger.health().ok) throw new Fault('ERR_LEDGER_UNAVAILABLE')
    return { ok: true, permit: mint<Permit>({ ...permit, intent: undefined }), continued }
  }
  try {
    const intent = await gate.deps.ledger.intent(decision)
    return { ok: true, permit: mint<Permit>({ ...permit, intent }), continued }
  } catch (fault) {
    reservation?.release()
    reservation?.end()
    endMarks()
    throw fault
  }
}

type Charges = ReturnType<typeof bindCharges>
type Reserved =
  | {
      readonly ok: true
      readonly reservation: Reservation | undefined
      readonly charges: Charges
      readonly taken: Charges
    }
  | { readonly ok: false; readonly refusal: LimitRefusal; readonly charges: Charges; readonly taken: Charges }

const nothingReserved = { ok: true, reservation: undefined, charges: [], taken: [] } as const

/** A call that goes on has been charged: it takes nothing again, and only its real figure can still change that. */
function reserve(gate: Gate, allowed: Allowed, isContinued: boolean): Reserved {
  if (allowed.charges.length === 0) return nothingReserved
  const { exchange, server } = allowed.call
  const charges = chargesFor(allowed.charges, exchange, server.name)
  if (isContinued && !canSettle(charges)) return nothingReserved
  const taken = isContinued ? charges.map(charge => ({ ...charge, units: 0 })) : charges
  const reserved = gate.deps.windows.reserve(taken, exchange.requestId)
  return reserved.ok ? { ...reserved, charges, taken } : { ...reserved, charges: [], taken: [] }
}

/** The charges of a call of this caller at this server, each bound to its counter. */
export function chargesFor(
  charges: readonly Charge[],
  { grant, session }: Pick<Exchange, 'grant' | 'session'>,
  server: string,
): Charges {
  return bindCharges(charges, {
    grant: grant.id,
    principal: grant.principal.id,
    // A modern connection has no session; a handle chosen by the client must never open a fresh budget.
    session: session?.key ?? grant.id,
    server,
  })
}

type Redeemed = { readonly ok: true; readonly value: Continued } | { readonly ok: false; readonly denied: Denied }

const nothingContinued: Redeemed = { ok: true, value: {} }

/**
 * Only a state continues anything. Answers without one are part of a first request: judged and charged as such, passed to
 * a server that understands them, and no answer to any question of ours (a server re-asks what it misses, SEP-2322).
 */
function redeem(gate: Gate, call: Call): Redeemed {
  const { requestState } = call.exchange.params
  if (requestState === undefined) return nothingContinued
  const redeemed = gate.states.redeem(requestState, call.binding)
  if (!redeemed.ok) return stateDenied(redeemed.refusal)
  const { upstreamState, parked: name } = redeemed.value
  if (name === undefined) return { ok: true, value: upstreamState === undefined ? {} : { upstreamState } }
  const parked = gate.parked.take(name)
  return parked === undefined ? stateDenied(refuse('ERR_STATE_INVALID')) : { ok: true, value: { parked } }
}

function stateDenied({ code, message }: Refusal): Redeemed {
  return { ok: false, denied: { code, rule: '(request state)', message, verdict: 'deny', retryable: false } }
}

/** Ends the upstream call that waited for a retry which is refused. */
export function abandon(gate: Gate, call: Call): void {
  const redeemed = redeem(gate, call)
  if (redeemed.ok) redeemed.value.parked?.cancel()
}

/** The refusal of a call that a limit has no room for. */
export function limitDenied(refusal: LimitRefusal): Denied {
  const canFree = refusal.retryAfterMs >= 0
  return {
    code: 'ERR_LIMIT_REACHED',
    rule: refusal.rule,
    message: limitMessage(refusal),
    verdict: 'deny',
    retryable: canFree,
    ...(canFree ? { retryAfterMs: refusal.retryAfterMs } : {}),
  }
}

const whyUncounted: Readonly<Record<NonNullable<LimitRefusal['reason']>, string>> = {
  'too many counters': 'too many counters',
  'being counted': 'the clock was set, and what is used is being read from the ledger',
}

function limitMessage(refusal: LimitRefusal): string {
  const { counter, used, max, retryAfterMs, until } = refusal
  if (refusal.reason !== undefined) {
    const why = whyUncounted[refusal.reason]
    return refuse('ERR_LIMIT_REACHED', { reason: `limit \`${counter}\` cannot be counted: ${why}` }).message
  }
  const frees =
    retryAfterMs < 0
      ? '; this call alone is over the limit'
      : until === undefined
        ? `; frees in ${durationWords(retryAfterMs)}`
        : `, until ${until}`
  const reason = `limit \`${counter}\` is used up: ${used} of ${max} ${windowWords(refusal)}${frees}`
  return refuse('ERR_LIMIT_REACHED', { reason }).message
}
