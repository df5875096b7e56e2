/**
 * Step 9 and every other end: the record is durable before an answer leaves. If it cannot be written, the answer is
 * withheld (`Fault` ERR_LEDGER_UNAVAILABLE) and the open intent tells the operator that something may have happened.
 */
import type { Refusal } from '../errors.ts'
import { refuse } from '../errors.ts'
import type { Outcome } from '../ledger/record.ts'
import { canSettle, settlementOf } from '../limits/settlement.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Forwarded } from './forward.ts'
import { elapsed, outcomeOf, refusedDecision, refusedOutcome } from './recording.ts'
import { type Answer, refusalAnswer } from './reply.ts'
import type { Ruled } from './results.ts'
import type { Permit } from './steps.ts'

/**
 * Writes the outcome, and then settles the reservation: a crash between the two loses nothing, because what was written
 * is what the next start counts. `answer` is what the server itself said, before anything was taken out of it.
 */
export async function closeCall(gate: Gate, permit: Permit, outcome: Ruled, answer: UpstreamOutcome): Promise<void> {
  const { call, intent, decision, reservation } = permit
  const written = withFigures(permit, outcomeOf(gate, call.exchange, outcome), answer)
  try {
    if (intent === undefined) await gate.deps.ledger.record(decision, written)
    else await gate.deps.ledger.close(intent, written)
    if (written.settled !== undefined) reservation?.settle(written.settled)
  } finally {
    // that it was certainly not carried out stays true if it cannot be written
    if (written.released === true) reservation?.release()
    reservation?.end()
  }
  gate.deps.metrics.call(call.server.name, decision.verdict, written.outcome, written.durationMs)
}

/** The outcome with the real figures of its answer; an estimate that stays is noted. */
function withFigures({ charges, isContinued }: Permit, written: Outcome, answer: UpstreamOutcome): Outcome {
  if (written.released === true || !canSettle(charges)) return written
  if (written.outcome !== 'succeeded' || answer.kind !== 'result') {
    return withNotes(written, ['the estimates of its limits stay'])
  }
  const { settled, notes } = settlementOf(charges, answer.result, isContinued)
  return { ...withNotes(written, notes), ...(settled.length === 0 ? {} : { settled }) }
}

function withNotes(written: Outcome, notes: readonly string[]): Outcome {
  const all = written.note === undefined ? notes : [written.note, ...notes]
  return all.length === 0 ? written : { ...written, note: all.join('; ') }
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
  const { call, intent, decision, reservation } = permit
  const durationMs = elapsed(gate, call.exchange)
  const note = 'input_required'
  const outcome = { outcome: 'succeeded', durationMs, upstreamStatus: question.status, note } as const
  try {
    if (intent === undefined) await gate.deps.ledger.record(decision, outcome)
    else if (question.parked === undefined) await gate.deps.ledger.close(intent, outcome)
  } catch (fault) {
    question.parked?.cancel()
    throw fault
  } finally {
    // the permit of a parked call is closed with its answer
    if (question.parked === undefined || intent === undefined) reservation?.end()
  }
  if (call.exchange.signal.aborted) question.parked?.cancel()
  gate.deps.metrics.call(call.server.name, decision.verdict, 'succeeded', durationMs)
}

/** Closes the intent of a parked call whose exchange is over; the outcome is handed on only if that worked. */
export async function closeParked(gate: Gate, permit: Permit, outcome: UpstreamOutcome): Promise<UpstreamOutcome> {
  if (permit.intent === undefined) return outcome
  try {
    await closeCall(gate, permit, outcome, outcome)
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
