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
import { errorEntry, type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { UpstreamIdentity, UpstreamOutcome } from '../upstream/upstream.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { closeParked } from './close.ts'
import type { Exchange, Gate } from './exchange.ts'
import { subscribeHere } from './listening.ts'
import { ParkedCall } from './parked.ts'
import { type ClientAnswer, cannotAnswer, missingCapability } from './questions.ts'
import { type Destination, relayNotification, upstreamRequest } from './request.ts'
import type { StateBinding, StateContent } from './state.ts'
import type { Permit } from './steps.ts'

/** What is sent where. `params` are the judged ones, without `_meta`. */
interface Target extends Destination {
  readonly params: JsonObject
  readonly binding: StateBinding
  /** Closes the record of a call whose exchange has ended while it was parked; gives the outcome back. */
  readonly closeParked: (outcome: UpstreamOutcome) => Promise<UpstreamOutcome>
}

/** What came of it: the upstream's outcome, or a question for the user while the call stays open or will be repeated. */
export type Forwarded =
  | { readonly kind: 'outcome'; readonly outcome: UpstreamOutcome; readonly identity: UpstreamIdentity | undefined }
  | {
      readonly kind: 'question'
      readonly result: JsonObject
      readonly parked: boolean
      readonly status: number
      readonly identity: UpstreamIdentity | undefined
    }

/** Sends a permitted call upstream. `content` is what a redeemed request state held. */
export async function forward(gate: Gate, permit: Permit, content: StateContent): Promise<Forwarded> {
  const { call } = permit
  const { exchange } = call
  const target: Target = {
    server: call.server,
    params: call.params,
    ...(call.mcpName === undefined ? {} : { mcpName: call.mcpName }),
    ...(call.mcpParams === undefined ? {} : { mcpParams: call.mcpParams }),
    binding: call.binding,
    closeParked: outcome => closeParked(gate, permit, outcome),
  }
  if (content.parked !== undefined) return await resume(gate, exchange, target, content.parked)
  const identity = await target.server.upstream.identity()
  if (!identity.ok) return ended({ kind: 'refused', refusal: identity.refusal }, undefined)
  const isSubscription = exchange.method === 'resources/subscribe' || exchange.method === 'resources/unsubscribe'
  if (isSubscription && exchange.session?.upstream[call.server.name] === undefined) {
    return ended(await subscribeHere(gate, exchange, call.server), identity.value)
  }
  if (exchange.era === 'legacy') return await forwardForLegacy(gate, exchange, target, identity.value)
  if (identity.value.era === 'legacy') return await forwardParkable(gate, exchange, target, identity.value)
  const params = withAnswers(target.params, exchange.params['inputResponses'], content.upstreamState)
  const outcome = await target.server.upstream.send(upstreamRequest(exchange, target, params))
  if (!isQuestion(outcome)) return ended(outcome, identity.value)
  return relayQuestion(gate, target, outcome, identity.value)
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

/** The question of a modern server for a modern client, with the server's state sealed into ours. */
function relayQuestion(gate: Gate, target: Target, outcome: ResultOutcome, identity: UpstreamIdentity): Forwarded {
  const { requestState, ...rest } = outcome.result
  const state =
    typeof requestState === 'string'
      ? { requestState: gate.states.issue(target.binding, { upstreamState: requestState }) }
      : {}
  return { kind: 'question', result: { ...rest, ...state }, parked: false, status: outcome.status, identity }
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
      onRequest: (method, question, signal) => askLegacy(gate, exchange, method, question, signal),
    })
    if (!isQuestion(outcome)) return ended(outcome, identity)
    const answers = await askAll(gate, exchange, outcome.result)
    if (!answers.ok) return ended({ kind: 'refused', refusal: answers.refusal }, identity)
    const state = outcome.result['requestState']
    params = withAnswers(target.params, answers.value, typeof state === 'string' ? state : undefined)
  }
  const refusal = refuse('ERR_RESULT_INVALID', { reason: `more than ${limits.questionRoundsMax} rounds of questions` })
  return ended({ kind: 'unknown', refusal }, identity)
}

/** Puts one question to a legacy client on the stream of its own request. */
export async function askLegacy(
  gate: Gate,
  exchange: Exchange,
  method: string,
  params: JsonObject,
  signal: AbortSignal,
): Promise<ClientAnswer> {
  const missing = missingCapability(exchange.client.capabilities, method, params)
  if (missing !== undefined) return cannotAnswer(missing.name)
  if (exchange.session === undefined || !exchange.reply.canStream) return cannotAnswer('a stream for questions')
  // 2025-11-25 client/elicitation: URL mode carries an id there; 2026-07-28 has none, so it gets one of ours.
  const isUrl = params['mode'] === 'url' && params['elicitationId'] === undefined
  const question = isUrl ? { ...params, elicitationId: gate.newName('e') } : params
  const send = (message: object): void => void exchange.reply.notify(message)
  return await gate.questions.ask(exchange.session.key, method, question, send, signal)
}

type Answers = { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly refusal: Refusal }

/** Asks every question of an `input_required` result at once and gathers the answers under their keys. */
async function askAll(gate: Gate, exchange: Exchange, result: JsonObject): Promise<Answers> {
  const requests = isJsonObject(result['inputRequests']) ? Object.entries(result['inputRequests']) : []
  if (requests.length > limits.questionsPerRoundMax) {
    return { ok: false, refusal: refuse('ERR_RESULT_INVALID', { reason: 'too many questions in one round' }) }
  }
  const answers = await Promise.all(
    requests.map(async ([key, request]) => {
      const method = isJsonObject(request) ? request['method'] : undefined
      if (typeof method !== 'string' || !isJsonObject(request)) return [key, undefined] as const
      const params = isJsonObject(request['params']) ? request['params'] : {}
      const answer = await askLegacy(gate, exchange, method, params, exchange.signal)
      if ('result' in answer) return [key, answer.result] as const
      return [key, method === 'elicitation/create' ? { action: 'cancel' } : undefined] as const
    }),
  )
  const lacking = answers.find(([, answer]) => answer === undefined)
  if (lacking !== undefined) return { ok: false, refusal: refuse('ERR_CLIENT_CANNOT', { capability: lacking[0] }) }
  return { ok: true, value: Object.fromEntries(answers) as JsonObject }
}

// -- modern clients of legacy servers: the call is parked --------------------------------------------------------

async function forwardParkable(
  gate: Gate,
  exchange: Exchange,
  target: Target,
  identity: UpstreamIdentity,
): Promise<Forwarded> {
  const call = new ParkedCall()
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
      if (missing !== undefined || gate.parked.isFull) return cannotAnswer(missing?.name ?? method)
      return await call.ask(method, params)
    },
  })
  void sent
    .then(outcome => withWhatLacked(outcome, lacking))
    .then(outcome => (call.wasParked ? target.closeParked(outcome) : outcome))
    .then(outcome => call.settle(outcome))
  return await waitFor(gate, exchange, target, call, identity)
}

/** A legacy server that failed for want of an answer: the modern client is told what to declare (basic/index, −32021). */
function withWhatLacked(outcome: UpstreamOutcome, lacking: JsonObject): UpstreamOutcome {
  if (outcome.kind !== 'error' || Object.keys(lacking).length === 0) return outcome
  const { message } = refuse('ERR_WIRE_MISSING_CAPABILITY', { capabilities: Object.keys(lacking).join(', ') })
  const code = errorEntry('ERR_WIRE_MISSING_CAPABILITY').rpc
  return { ...outcome, error: { code, message, data: { requiredCapabilities: lacking } } }
}

async function resume(gate: Gate, exchange: Exchange, target: Target, parked: string): Promise<Forwarded> {
  const call = gate.parked.take(parked)
  if (call === undefined) return ended({ kind: 'refused', refusal: refuse('ERR_STATE_INVALID') }, undefined)
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
  call.relay = (method, params) => relayNotification(exchange, method, params)
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
  return { kind: 'question', result, parked: true, status: 200, identity }
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
  const requestState = gate.states.issue(target.binding, {})
  return {
    kind: 'question',
    result: { resultType: 'input_required', inputRequests, requestState },
    parked: false,
    status: outcome.status,
    identity,
  }
}
