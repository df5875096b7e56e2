/**
 * Step 9 and every other end: the record is durable before an answer leaves. If it cannot be written, the answer is
 * withheld (`Fault` ERR_LEDGER_UNAVAILABLE) and the open intent tells the operator that something may have happened.
 */
import type { Refusal } from '../errors.ts'
import { refuse } from '../errors.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Forwarded } from './forward.ts'
import { elapsed, outcomeOf, refusedDecision, refusedOutcome } from './recording.ts'
import { type Answer, refusalAnswer } from './reply.ts'
import type { Permit } from './steps.ts'

/** Settles the reservation and writes the outcome. */
export async function closeCall(gate: Gate, permit: Permit, outcome: UpstreamOutcome): Promise<void> {
  const { call, intent, decision, reservation } = permit
  const written = outcomeOf(gate, call.exchange, outcome)
  if (intent === undefined) await gate.deps.ledger.record(decision, written)
  else await gate.deps.ledger.close(intent, written)
  if (written.released === true) reservation?.release()
  gate.deps.metrics.call(call.server.name, decision.verdict, written.outcome, written.durationMs)
}

/**
 * Writes that a call ended its exchange with a question. A parked call's own intent stays open. A question that cannot
 * be recorded, or whose client has left, is never asked: the call that waits for its answer is cancelled.
 */
export async function recordQuestion(
  gate: Gate,
  permit: Permit,
  question: Extract<Forwarded, { kind: 'question' }>,
): Promise<void> {
  const { call, intent, decision } = permit
  const durationMs = elapsed(gate, call.exchange)
  const note = 'input_required'
  const outcome = { outcome: 'succeeded', durationMs, upstreamStatus: question.status, note } as const
  try {
    if (intent === undefined) await gate.deps.ledger.record(decision, outcome)
    else if (question.parked === undefined) await gate.deps.ledger.close(intent, outcome)
  } catch (fault) {
    question.parked?.cancel()
    throw fault
  }
  if (call.exchange.signal.aborted) question.parked?.cancel()
  gate.deps.metrics.call(call.server.name, decision.verdict, 'succeeded', durationMs)
}

/** Closes the intent of a parked call whose exchange is over; the outcome is handed on only if that worked. */
export async function closeParked(gate: Gate, permit: Permit, outcome: UpstreamOutcome): Promise<UpstreamOutcome> {
  if (permit.intent === undefined) return outcome
  try {
    await closeCall(gate, permit, outcome)
    return outcome
  } catch (fault) {
    gate.deps.log.error({ err: fault, requestId: permit.call.exchange.requestId }, 'outcome could not be recorded')
    return { kind: 'unknown', refusal: refuse('ERR_LEDGER_UNAVAILABLE') }
  }
}

/** Records a request that was refused before it became a call, and answers it. */
export async function recordRefusal(gate: Gate, exchange: Exchange, refusal: Refusal): Promise<Answer> {
  await gate.deps.ledger.record(refusedDecision(exchange, refusal), refusedOutcome(gate, exchange))
  gate.deps.metrics.call(exchange.door.name, 'deny', 'refused', elapsed(gate, exchange))
  return refusalAnswer(refusal, exchange.era === 'legacy' ? 200 : undefined)
}
