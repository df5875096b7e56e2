/**
 * Questions of a server put to a legacy client while its own request is open: one by one as a legacy server asks them,
 * or all of an `input_required` result at once. Only what the client declared that it answers reaches it.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { Exchange, Gate } from './exchange.ts'
import { type ClientAnswer, cannotAnswer, missingCapability } from './questions.ts'

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

/** Asks every question of an `input_required` result at once and gathers the answers under their keys. */
export async function askAll(gate: Gate, exchange: Exchange, result: JsonObject): Promise<Result<JsonObject>> {
  const requests = isJsonObject(result['inputRequests']) ? Object.entries(result['inputRequests']) : []
  if (requests.length > limits.questionsPerRoundMax) {
    return refused('ERR_RESULT_INVALID', { reason: 'too many questions in one round' })
  }
  const answers = await Promise.all(
    requests.map(async ([key, request]) => [key, await askOne(gate, exchange, request)] as const),
  )
  const gathered: [string, JsonObject][] = []
  for (const [key, answer] of answers) {
    if (!answer.ok) return answer
    gathered.push([key, answer.value])
  }
  return accepted(Object.fromEntries(gathered))
}

/** A person who does not answer has declined; nothing stands in for other answers (2026-07-28 has no error for them). */
async function askOne(gate: Gate, exchange: Exchange, request: Json): Promise<Result<JsonObject>> {
  const { method, params } = isJsonObject(request) ? request : {}
  if (typeof method !== 'string') return refused('ERR_RESULT_INVALID', { reason: 'a question without a method' })
  const asked = isJsonObject(params) ? params : {}
  const missing = missingCapability(exchange.client.capabilities, method, asked)
  if (missing !== undefined) return refused('ERR_CLIENT_CANNOT', { capability: missing.name })
  const answer = await askLegacy(gate, exchange, method, asked, exchange.signal)
  if ('result' in answer) return accepted(answer.result)
  return method === 'elicitation/create' ? accepted({ action: 'cancel' }) : refused('ERR_CLIENT_GONE')
}
