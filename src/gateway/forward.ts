/**
 * Step 7: one request to its server and back, across the four combinations of protocol eras (MCP 2026-07-28
 * basic/patterns/mrtr, bridging). Never throws. Questions of the server reach the agent's user in the form the agent's
 * client understands, and only when the client declared that it can answer them.
 *
 * modern client, modern server: `input_required` is relayed, its state sealed into ours.
 * modern client, legacy server: the call is parked, its questions become `input_required` (parked.ts).
 * legacy client, modern server: `input_required` becomes requests on the open stream, then the server is asked again.
 * legacy client, legacy server: requests are relayed on the open stream.
 */
import { errorEntry, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { UpstreamIdentity, UpstreamOutcome } from '../upstream/upstream.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'
import { askAll, askLegacy } from './asking.ts'
import { closeParked } from './close.ts'
import type { Exchange, Gate } from './exchange.ts'
import { subscribeHere } from './listening.ts'
import { ParkedCall } from './parked.ts'
import type { Continued } from './permit.ts'
import { cannotAnswer, missingCapability } from './questions.ts'
import { type Destination, relayNotification, upstreamRequest } from './request.ts'
import { screenNotification, screenQuestion } from './results.ts'
import type { StateBinding } from './state.ts'
import type { Permit } from './steps.ts'

/** What is sent where. `params` are the judged ones, without `_meta`. */
interface Target extends Destination {
  readonly params: JsonObject
  readonly binding: StateBinding
  /** A question as the agent's user may see it. */
  readonly screenQuestion: (question: JsonObject) => Promise<JsonObject>
  /** Closes the record of a call whose exchange has ended while it was parked; gives the outcome back. */
  readonly closeParked: (outcome: UpstreamOutcome) => Promise<UpstreamOutcome>
}

/** What came of it: the upstream's outcome, or a question for the user while the call stays open or will be repeated. */
export type Forwarded =
  | { readonly kind: 'outcome'; readonly outcome: UpstreamOutcome; readonly identity: UpstreamIdentity | undefined }
  | {
      readonly kind: 'question'
      readonly result: JsonObject
      /** The call that waits for the answer, where the server keeps it open. */
      readonly parked: ParkedCall | undefined
      readonly status: number
      readonly identity: UpstreamIdentity | undefined
    }

/** Sends a permitted call upstream, or goes on with the one its retry belongs to. */
export async function forward(gate: Gate, permit: Permit, continued: Continued): Promise<Forwarded> {
  const { call } = permit
  const { exchange } = call
  const target: Target = {
    server: call.server,
    params: call.params,
    ...(call.mcpName === undefined ? {} : { mcpName: call.mcpName }),
    ...(call.mcpParams === undefined ? {} : { mcpParams: call.mcpParams }),
    binding: call.binding,
    screen: (method, params) => screenNotification(call, method, params),
    screenQuestion: question => screenQuestion(gate, call, question),
    closeParked: outcome => closeParked(gate, permit, outcome),
  }
  if (continued.parked !== undefined) return await resume(gate, exchange, target, continued.parked)
  const identity = await target.server.upstream.identity()
  if (!identity.ok) return ended({ kind: 'refused', refusal: identity.refusal }, undefined)
  const isSubscription = exchange.method === 'resources/subscribe' || exchange.method === 'resources/unsubscribe'
  if (isSubscription && exchange.session?.upstream[call.server.name] === undefined) {
    return ended(await subscribeHere(gate, exchange, call.server, String(call.params['uri'])), identity.value)
  }
  if (exchange.era === 'legacy') return await forwardForLegacy(gate, exchange, target, identity.value)
  if (identity.value.era === 'legacy') return await forwardParkable(gate, exchange, target, identity.value)
  const params = withAnswers(target.params, exchange.params['inputResponses'], continued.upstreamState)
  const outcome = await target.server.upstream.send(upstreamRequest(exchange, target, params))
  if (!isQuestion(outcome)) return ended(outcome, identity.value)
  return relayQuestion(gate, exchange, target, outcome, identity.value)
}

function ended(outcome: UpstreamOutcome, identity: UpstreamIdentity | undefined): Forwarded {
  return { kind: 'outcome', outcome, identity }
}

function withAnswers(params: JsonObject, inputResponses: Json | undefined, state: string | undefined): JsonObject {
  if (inputResponses === undefined && state === undefined) return params
  return {
    ...params,
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(state === undefined ? {} : { requestState: state }),
  }
}

type ResultOutcome = Extract<UpstreamOutcome, { kind: 'result' }>

function isQuestion(outcome: UpstreamOutcome): outcome is ResultOutcome {
  return outcome.kind === 'result' && outcome.result['resultType'] === 'input_required'
}

/** The question of a modern server for a modern client, with the server's state, if it has one, sealed into ours. */
function relayQuestion(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  outcome: ResultOutcome,
  identity: UpstreamIdentity,
): Forwarded {
  const { requestState: upstreamState, ...rest } = outcome.result
  const lacking = lackingFor(exchange, rest['inputRequests'])
  if (Object.keys(lacking).length > 0) {
    const { bytes, redactions } = outcome
    return ended(
      { kind: 'error', error: undeclared(lacking), status: 400, bytes, redactions, certainlyNotExecuted: false },
      identity,
    )
  }
  const content = typeof upstreamState === 'string' ? { upstreamState } : {}
  const requestState = gate.states.issue(target.binding, content)
  if (requestState.length > limits.sealedStateCharsMax) {
    const refusal = refuse('ERR_RESULT_INVALID', { reason: 'its request state is too large' })
    return ended({ kind: 'unknown', refusal }, identity)
  }
  return { kind: 'question', result: { ...rest, requestState }, parked: undefined, status: outcome.status, identity }
}

/** What the client would have had to declare for these questions. */
function lackingFor(exchange: Exchange, requests: Json | undefined): JsonObject {
  let lacking: JsonObject = {}
  for (const request of isJsonObject(requests) ? Object.values(requests) : []) {
    const asked = isJsonObject(request) ? request : {}
    const params = isJsonObject(asked['params']) ? asked['params'] : {}
    const missing = missingCapability(exchange.client.capabilities, String(asked['method']), params)
    lacking = { ...lacking, ...missing?.required }
  }
  return lacking
}

function undeclared(lacking: JsonObject): RpcError {
  const { message } = refuse('ERR_WIRE_MISSING_CAPABILITY', { capabilities: Object.keys(lacking).join(', ') })
  const code = errorEntry('ERR_WIRE_MISSING_CAPABILITY').rpc
  return { code, message, data: { requiredCapabilities: lacking } }
}

// -- legacy clients: questions travel on the open stream --------------------------------------------------------

async function forwardForLegacy(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  identity: UpstreamIdentity,
): Promise<Forwarded> {
  let params = target.params
  for (let round = 0; round <= limits.questionRoundsMax; round += 1) {
    const outcome = await target.server.upstream.send({
      ...upstreamRequest(exchange, target, params),
      onRequest: async (method, question, signal) =>
        await askLegacy(gate, exchange, method, await target.screenQuestion(question), signal),
    })
    if (!isQuestion(outcome)) return ended(round === 0 ? outcome : lessCertain(outcome), identity)
    const answers = await askAll(gate, exchange, await target.screenQuestion(outcome.result))
    if (!answers.ok) return ended({ kind: 'unknown', refusal: answers.refusal }, identity)
    const state = outcome.result['requestState']
    params = withAnswers(target.params, answers.value, typeof state === 'string' ? state : undefined)
  }
  const refusal = refuse('ERR_RESULT_INVALID', { reason: `more than ${limits.questionRoundsMax} rounds of questions` })
  return ended({ kind: 'unknown', refusal }, identity)
}

/** A server that has asked may have acted before: what refuses the next round proves nothing about the first. */
function lessCertain(outcome: UpstreamOutcome): UpstreamOutcome {
  if (outcome.kind === 'refused') return { ...outcome, kind: 'unknown' }
  return outcome.kind === 'error' ? { ...outcome, certainlyNotExecuted: false } : outcome
}

// -- modern clients of legacy servers: the call is parked --------------------------------------------------------

async function forwardParkable(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  identity: UpstreamIdentity,
): Promise<Forwarded> {
  const call = new ParkedCall(exchange.grant.id)
  let lacking: JsonObject = {}
  const sent = target.server.upstream.send({
    ...upstreamRequest(exchange, target, target.params),
    signal: call.signal,
    onNotification: (method, params) => call.relay?.(method, params),
    onUndeclared: (method, params) => {
      lacking = { ...lacking, ...missingCapability(exchange.client.capabilities, method, params)?.required }
    },
    onRequest: async (method, params) => {
      const missing = missingCapability(exchange.client.capabilities, method, params)
      if (missing !== undefined || gate.parked.isFull(exchange.grant.id)) return cannotAnswer(missing?.name ?? method)
      // 2025-11-25 has an id for URL mode, which 2026-07-28 no longer knows
      const { elicitationId: _legacyOnly, ...question } = params
      return await call.ask(method, question)
    },
  })
  void sent.then(outcome => call.settle(withWhatLacked(outcome, lacking), target.closeParked))
  return await waitFor(gate, exchange, target, call, identity)
}

/** A legacy server that failed for want of an answer: the modern client is told what to declare (basic/index, −32021). */
function withWhatLacked(outcome: UpstreamOutcome, lacking: JsonObject): UpstreamOutcome {
  if (outcome.kind !== 'error' || Object.keys(lacking).length === 0) return outcome
  return { ...outcome, error: undeclared(lacking) }
}

async function resume(gate: Gate, exchange: Exchange, target: Target, call: ParkedCall): Promise<Forwarded> {
  call.answer(exchange.params['inputResponses'])
  const identity = await target.server.upstream.identity()
  return await waitFor(gate, exchange, target, call, identity.ok ? identity.value : undefined)
}

async function waitFor(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  call: ParkedCall,
  identity: UpstreamIdentity | undefined,
): Promise<Forwarded> {
  call.relay = (method, params) => relayNotification(exchange, target, method, params)
  const onCancel = () => call.cancel()
  exchange.signal.addEventListener('abort', onCancel, { once: true })
  if (exchange.signal.aborted) onCancel()
  const event = await call.next()
  exchange.signal.removeEventListener('abort', onCancel)
  if (event.kind === 'outcome')
    return urlQuestion(gate, exchange, target, event.outcome, identity) ?? ended(event.outcome, identity)
  const name = gate.newName('p')
  gate.parked.park(name, call)
  const requestState = gate.states.issue(target.binding, { parked: name })
  const result = { resultType: 'input_required', inputRequests: event.inputRequests, requestState }
  return { kind: 'question', result, parked: call, status: 200, identity }
}

/** −32042 of 2025-11-25 (URL elicitation required, then call again) as the `input_required` of 2026-07-28. */
function urlQuestion(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  outcome: UpstreamOutcome,
  identity: UpstreamIdentity | undefined,
): Forwarded | undefined {
  if (outcome.kind !== 'error' || outcome.error.code !== -32042 || !isJsonObject(outcome.error.data)) return undefined
  const elicitations = outcome.error.data['elicitations']
  if (!Array.isArray(elicitations)) return undefined
  const missing = missingCapability(exchange.client.capabilities, 'elicitation/create', { mode: 'url' })
  if (missing !== undefined) return undefined
  const inputRequests: Record<string, Json> = {}
  for (const [index, elicitation] of elicitations.slice(0, limits.questionsPerRoundMax).entries()) {
    if (!isJsonObject(elicitation)) continue
    const { elicitationId: _legacyOnly, ...params } = elicitation
    inputRequests[`url-${index + 1}`] = { method: 'elicitation/create', params: { ...params, mode: 'url' } }
  }
  if (Object.keys(inputRequests).length === 0) return undefined
  const requestState = gate.states.issue(target.binding, {})
  return {
    kind: 'question',
    result: { resultType: 'input_required', inputRequests, requestState },
    parked: undefined,
    status: outcome.status,
    identity,
  }
}
