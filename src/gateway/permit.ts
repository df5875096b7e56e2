/**
 * Step 6: every limit is reserved or none, then the intent is durable. A permit is the only thing `forward` takes.
 * A call that its reviewed definition marks read-only writes its intent together with its outcome (docs/promises.md).
 * A call that continues one already charged (a redeemed request state) reserves nothing again.
 */
import { refuse } from '../errors.ts'
import { bindCharges } from '../limits/charges.ts'
import type { LimitRefusal, Reservation } from '../limits/windows.ts'
import type { Exchange, Gate } from './exchange.ts'
import { allowedDecision } from './recording.ts'
import type { StateContent } from './state.ts'
import { type Allowed, type Call, type Denied, mint, type Permit } from './steps.ts'

export type Permitted =
  | { readonly ok: true; readonly permit: Permit; readonly content: StateContent }
  | { readonly ok: false; readonly denied: Denied }

/** Reserves and records. Throws `Fault` ERR_LEDGER_UNAVAILABLE after giving back what it reserved: no record, no call. */
export async function takePermit(gate: Gate, allowed: Allowed): Promise<Permitted> {
  const { call } = allowed
  const { exchange } = call
  const content = redeem(gate, exchange, call)
  if (!content.ok) return content
  const continues = exchange.params['requestState'] !== undefined
  const reserved = continues ? nothingReserved : reserve(gate, allowed)
  let { observed } = allowed
  if (!reserved.ok) {
    if (call.policy?.mode !== 'observe') return { ok: false, denied: limitDenied(reserved.refusal) }
    observed ??= { rule: reserved.refusal.rule, message: limitMessage(reserved.refusal) }
  }
  const reservation = reserved.ok ? reserved.reservation : undefined
  const decision = allowedDecision(gate, { ...allowed, observed }, reservation === undefined ? [] : reserved.charges)
  if (call.isReadOnly || content.value.parked !== undefined) {
    return {
      ok: true,
      permit: mint<Permit>({ call, reservation, intent: undefined, decision }),
      content: content.value,
    }
  }
  try {
    const intent = await gate.deps.ledger.intent(decision)
    return { ok: true, permit: mint<Permit>({ call, reservation, intent, decision }), content: content.value }
  } catch (fault) {
    reservation?.release()
    throw fault
  }
}

type Charges = ReturnType<typeof bindCharges>
type Reserved =
  | { readonly ok: true; readonly reservation: Reservation | undefined; readonly charges: Charges }
  | { readonly ok: false; readonly refusal: LimitRefusal; readonly charges: Charges }

const nothingReserved: Reserved = { ok: true, reservation: undefined, charges: [] }

function reserve(gate: Gate, allowed: Allowed): Reserved {
  if (allowed.charges.length === 0) return nothingReserved
  const { call } = allowed
  const { grant, session } = call.exchange
  const charges = bindCharges(allowed.charges, {
    grant: grant.id,
    principal: grant.principal.id,
    // A modern connection has no session; a handle chosen by the client must never open a fresh budget.
    session: session?.key ?? grant.id,
    server: call.server.name,
  })
  return { ...gate.deps.windows.reserve(charges), charges }
}

function redeem(
  gate: Gate,
  exchange: Exchange,
  call: Call,
): { readonly ok: true; readonly value: StateContent } | { readonly ok: false; readonly denied: Denied } {
  const state = exchange.params['requestState']
  if (state === undefined) return { ok: true, value: {} }
  const redeemed = gate.states.redeem(state, call.binding)
  if (redeemed.ok) return redeemed
  const { code, message } = redeemed.refusal
  return { ok: false, denied: { code, rule: '(request state)', message, verdict: 'deny', retryable: false } }
}

function limitDenied(refusal: LimitRefusal): Denied {
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

function limitMessage(refusal: LimitRefusal): string {
  const { counter, used, max, windowMs, retryAfterMs } = refusal
  if (refusal.reason !== undefined) {
    return refuse('ERR_LIMIT_REACHED', { reason: `limit \`${counter}\` cannot be counted: ${refusal.reason}` }).message
  }
  const frees = retryAfterMs < 0 ? 'this call alone is over the limit' : `frees in ${duration(retryAfterMs)}`
  const reason = `limit \`${counter}\` is used up: ${used} of ${max} per ${duration(windowMs)}; ${frees}`
  return refuse('ERR_LIMIT_REACHED', { reason }).message
}

/** A length of time as a person says it, rounded up: nobody should come back too early. */
export function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const
  for (const [name, size] of units) {
    if (ms === size) return name
    if (ms >= size * 2 || (ms > size && ms % size === 0)) return `${Math.ceil(ms / size)} ${name}s`
  }
  if (ms < 1000) return `${Math.max(1, Math.ceil(ms))} ms`
  return `${Math.ceil(ms / 1000)} s`
}
