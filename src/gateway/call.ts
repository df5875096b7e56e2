/**
 * The path of a call, top to bottom. Read this file first.
 *
 * Every refusal is an early return that has already been recorded; the last line is the only success. Tools, resources,
 * prompts and completions take the same path; they differ only in how their name is resolved (step 3).
 */
import type { Result } from '../errors.ts'
import { answerDenied, answerOutcome, answerQuestion } from './answer.ts'
import { closeCall, recordQuestion, recordRefusal } from './close.ts'
import { decideCall } from './decision.ts'
import type { Exchange, Gate } from './exchange.ts'
import { forward } from './forward.ts'
import { abandon, type Continued, takePermit } from './permit.ts'
import type { Answer } from './reply.ts'
import { screenQuestion } from './results.ts'
import { screen } from './screen.ts'
import type { Call, Permit } from './steps.ts'

/**
 * Judges one authenticated, strictly read request (steps 1 and 2 are `serve.ts`: the credential is checked before the
 * body is parsed, the body is read once into the value that is judged here and sent upstream) and, if it may pass,
 * carries it to its server and back. Throws only a `Fault`; `serve.ts` answers it, and nothing was released.
 */
export async function callThrough(
  gate: Gate,
  exchange: Exchange,
  resolve: (gate: Gate, exchange: Exchange) => Promise<Result<Call>> | Result<Call>,
): Promise<Answer> {
  // 3. exact name, pinned definition, canonical arguments, digest
  const resolved = await resolve(gate, exchange)
  if (!resolved.ok) return await recordRefusal(gate, exchange, resolved.refusal)
  const call = resolved.value

  // 4. pure: denies unless a rule allows
  const verdict = decideCall(gate, call)
  // 5. a call that needs a person is refused here until there are approvals; it never waits on a connection
  if (!verdict.ok) {
    abandon(gate, call)
    return await answerDenied(gate, call, verdict.denied)
  }

  // 6. all limits or none, then the durable intent
  const permit = await takePermit(gate, verdict.allowed)
  if (!permit.ok) return await answerDenied(gate, call, permit.denied)

  try {
    return await carryOut(gate, permit.permit, permit.continued)
  } finally {
    permit.permit.endMarks()
  }
}

async function carryOut(gate: Gate, permit: Permit, continued: Continued): Promise<Answer> {
  const { call } = permit
  // 7. never throws: an outcome, or a question for the user
  const forwarded = await forward(gate, permit, continued)
  if (forwarded.kind === 'question') {
    const question = { ...forwarded, result: await screenQuestion(gate, call, forwarded.result) }
    await recordQuestion(gate, permit, question)
    return answerQuestion(gate, call, question)
  }

  // 8. what came back is data: bounded, of the right shape, without our credentials and what the policy takes out
  const screened = await screen(gate, call, forwarded)

  // 9. the outcome is durable before anyone sees it
  await closeCall(gate, permit, screened, forwarded.outcome)
  return answerOutcome(gate, call, screened)
}
