/**
 * What the agent reads (design section 6.4). A refused or failed tool call is a tool result, because the model can act
 * on it; everything else is a JSON-RPC error. Every word is either ours or marked as the server's.
 */

import { type Refusal, refuse } from '../errors.ts'
import type { UpstreamIdentity, UpstreamOutcome } from '../upstream/upstream.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Forwarded } from './forward.ts'
import { deniedDecision, elapsed, outcomeOf, plainDecision, refusedOutcome } from './recording.ts'
import { type Answer, refusalAnswer } from './reply.ts'
import type { WithheldOutcome } from './results.ts'
import { foreignResult, resultFor, type Screened, screenOutcome } from './screen.ts'
import type { Call, Denied } from './steps.ts'

/** Key of the decision in a result's `_meta`. */
const decisionKey = 'dev.sallyport/decision'

/** Records a refusal of steps 4 to 6 and answers it. */
export async function answerDenied(gate: Gate, call: Call, denied: Denied): Promise<Answer> {
  const { exchange } = call
  await gate.deps.ledger.record(deniedDecision(call, denied), refusedOutcome(gate, exchange))
  gate.deps.metrics.call(call.server.name, denied.verdict, 'refused', elapsed(gate, exchange))
  const decision = decisionOf(call, denied)
  const isProtocolError = protocolErrors.has(denied.code)
  if (exchange.method !== 'tools/call' || isProtocolError) {
    const refusal = { code: denied.code, message: denied.message, data: { [decisionKey]: decision } }
    return refusalAnswer(refusal, isProtocolError && exchange.era === 'modern' ? 400 : 200)
  }
  return { kind: 'result', result: toolError(gate, call, `[${labelOf(denied)}] ${denied.message}`, decision) }
}

/** Refusals that the protocol has errors for; the rest of a tool call is said to the model, in a result. */
const protocolErrors: ReadonlySet<string> = new Set([
  'ERR_TOOL_UNKNOWN',
  'ERR_STATE_INVALID',
  'ERR_WIRE_HEADER_MISMATCH',
])

function labelOf(denied: Denied): string {
  if (denied.verdict === 'ask') return 'APPROVAL REQUIRED'
  return denied.rule === '(arguments)' ? 'INVALID ARGUMENTS' : 'POLICY DENIED'
}

function decisionOf(call: Call, denied: Denied): JsonObject {
  const { policy, exchange } = call
  return {
    verdict: denied.verdict,
    rule: denied.rule,
    code: denied.code,
    ...(policy === undefined ? {} : { policy: policy.name, policyVersion: policy.version }),
    message: denied.message,
    retryable: denied.retryable,
    ...(denied.retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(denied.retryAfterMs) }),
    ...(denied.wouldPassIf === undefined ? {} : { wouldPassIf: denied.wouldPassIf }),
    ...(denied.approval === undefined ? {} : { approval: denied.approval }),
    requestId: exchange.requestId,
  }
}

function toolError(gate: Gate, call: Call, text: string, decision: JsonObject): JsonObject {
  const result = { content: [{ type: 'text', text }], isError: true, _meta: { [decisionKey]: decision } }
  return resultFor(gate, call.exchange, result, undefined)
}

/** The answer of a call that ended. */
export function answerOutcome(gate: Gate, call: Call, outcome: Screened): Answer {
  const { exchange } = call
  if (outcome.kind === 'result') return { kind: 'result', result: outcome.result }
  if (outcome.kind === 'error') {
    const status = exchange.era === 'modern' ? statusOfRpc(outcome.error.code) : 200
    return { kind: 'error', error: outcome.error, status }
  }
  if (outcome.kind === 'withheld') return answerWithheld(gate, call, outcome)
  const { refusal } = outcome
  const over = endLostSession(gate, exchange, refusal)
  if (over !== undefined) return over
  if (exchange.method !== 'tools/call') return refusalAnswer(refusal, exchange.era === 'legacy' ? 200 : undefined)
  const isUnknown = outcome.kind === 'unknown'
  const text = isUnknown
    ? `[OUTCOME UNKNOWN] ${refusal.message}; the call may have taken effect: check before repeating it`
    : `[NOT EXECUTED] ${refusal.message}; the server did not act on this call`
  return {
    kind: 'result',
    result: toolError(gate, call, text, {
      verdict: 'allow',
      outcome: isUnknown ? 'unknown' : 'failed',
      code: refusal.code,
      message: refusal.message,
      retryable: !isUnknown,
      requestId: exchange.requestId,
    }),
  }
}

/** The answer is kept back; that the call was carried out is said all the same, so that nobody repeats it. */
function answerWithheld(gate: Gate, call: Call, { of, rule, refusal }: WithheldOutcome): Answer {
  const { exchange, policy } = call
  const decision: JsonObject = {
    verdict: 'allow',
    outcome: of.kind === 'result' && of.result['isError'] !== true ? 'succeeded' : 'failed',
    rule,
    code: refusal.code,
    ...(policy === undefined ? {} : { policy: policy.name, policyVersion: policy.version }),
    message: refusal.message,
    retryable: false,
    requestId: exchange.requestId,
  }
  if (exchange.method !== 'tools/call') {
    return refusalAnswer({ ...refusal, data: { [decisionKey]: decision } }, exchange.era === 'legacy' ? 200 : undefined)
  }
  const end = of.kind === 'result' ? 'the call was carried out: do not repeat it' : 'the server answered with an error'
  return { kind: 'result', result: toolError(gate, call, `[RESULT WITHHELD] ${refusal.message}; ${end}`, decision) }
}

/**
 * A legacy client's session whose server no longer knows it is over here too: 404 makes the client initialize again
 * (2025-11-25 basic/transports, session management). Answering errors under a living session would leave it stuck.
 */
function endLostSession(gate: Gate, exchange: Exchange, refusal: Refusal): Answer | undefined {
  const { session } = exchange
  if (session === undefined || refusal.code !== 'ERR_UPSTREAM_SESSION_GONE') return undefined
  gate.sessions.end(session)
  gate.streams.endSession(session.key)
  return refusalAnswer(refuse('ERR_SESSION_UNKNOWN'))
}

/** Screens, records and answers a request that carries no effect. */
export async function answerPlain(
  gate: Gate,
  exchange: Exchange,
  server: string,
  outcome: UpstreamOutcome,
  identity: UpstreamIdentity | undefined,
): Promise<Answer> {
  const screened = screenOutcome(gate, exchange, outcome, identity)
  const written = outcomeOf(gate, exchange, screened)
  await gate.deps.ledger.record(plainDecision(exchange, server), written)
  gate.deps.metrics.call(server, 'allow', written.outcome, written.durationMs)
  const isLegacy = exchange.era === 'legacy'
  if (screened.kind === 'result') return { kind: 'result', result: screened.result }
  if (screened.kind !== 'error')
    return (
      endLostSession(gate, exchange, screened.refusal) ?? refusalAnswer(screened.refusal, isLegacy ? 200 : undefined)
    )
  const status = isLegacy ? 200 : statusOfRpc(screened.error.code)
  return { kind: 'error', error: screened.error, status }
}

/** The answer of a call that waits for its user (`input_required`). */
export function answerQuestion(gate: Gate, call: Call, question: Extract<Forwarded, { kind: 'question' }>): Answer {
  return { kind: 'result', result: resultFor(gate, call.exchange, foreignResult(question.result), question.identity) }
}

/** HTTP status of a JSON-RPC error on the modern transport (MCP 2026-07-28 basic/index, error codes). */
function statusOfRpc(code: number): number {
  if (code === -32601) return 404
  return code === -32602 || code === -32600 || (code <= -32020 && code >= -32099) ? 400 : 200
}
