/**
 * One authenticated HTTP request on an MCP endpoint, from its bytes to its answer. Step 2 of a call: bounded bytes are
 * read once, strictly, into one JSON-RPC message; its protocol era decides which rules hold, and headers can only confirm
 * the body or refuse it. Every refusal from here on is recorded.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { accepted, Fault, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { classifyEra, type Era, metaKey, metaOf } from '../wire/era.ts'
import { readStrict } from '../wire/json.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { readModern } from '../wire/modern.ts'
import { showInvisible } from '../wire/names.ts'
import { idOf, type RpcId, type RpcMessage, readRpc } from '../wire/rpc.ts'
import { Arrival, type Caller } from './arrival.ts'
import { acceptsEvents, checkBodyHead, readBody } from './body.ts'
import { recordRefusal } from './close.ts'
import type { Exchange, Gate } from './exchange.ts'
import { headOf } from './front.ts'
import { declarationOf, endSession } from './lifecycle.ts'
import { openSessionStream } from './listening.ts'
import { clientNotifications, handlerOf } from './methods.ts'
import { refusalAnswer } from './reply.ts'
import type { LegacySession } from './session.ts'

/** Serves one request of an authenticated caller. */
export async function serveMcp(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
): Promise<void> {
  const { grant } = caller
  const arrival = new Arrival(gate, request, response, caller)
  const leave = gate.enter(grant.id)
  if (leave === undefined) return await arrival.refuse(refuse('ERR_BUSY', { max: limits.openCallsPerGrantMax }))
  try {
    if (request.method === 'POST') await servePost(gate, arrival)
    else await serveSessionVerb(gate, arrival)
  } catch (fault) {
    const refusal = fault instanceof Fault ? fault.refusal : new Fault('ERR_INTERNAL').refusal
    gate.deps.log.error({ err: fault, requestId: arrival.requestId, code: refusal.code }, 'a request met a fault')
    arrival.reply.answer(arrival.id, refusalAnswer(refusal))
  } finally {
    // An answer is held in memory until the client has taken it: so long it takes a place.
    if (request.method !== 'POST' || response.destroyed) leave()
    else response.once('close', leave)
  }
}

async function servePost(gate: Gate, arrival: Arrival): Promise<void> {
  const head = checkBodyHead(arrival.request)
  if (!head.ok) return await arrival.refuse(head.refusal)
  const body = await readBody(arrival.request)
  if (!body.ok) return await arrival.refuse(body.refusal)
  const json = readStrict(body.value, bounds)
  if (!json.ok) return await arrival.refuse(json.refusal)
  arrival.id = idOf(json.value)
  const message = readRpc(json.value)
  if (!message.ok) return await arrival.refuse(message.refusal)
  const era = classifyEra(headOf(arrival.request), message.value)
  if (!era.ok) return await arrival.refuse(era.refusal, {}, methodName(message.value))
  if (era.value === 'modern') await serveModern(gate, arrival, message.value)
  else await serveLegacy(gate, arrival, message.value)
}

const bounds = {
  bytesMax: limits.requestBytesMax,
  depthMax: limits.requestDepthMax,
  elementsMax: limits.requestElementsMax,
}

function methodName(message: RpcMessage): string {
  return message.kind === 'response' ? '(response)' : showInvisible(message.method.slice(0, 64))
}

// -- modern: one POST, one request, nothing kept -------------------------------------------------------------------

async function serveModern(gate: Gate, arrival: Arrival, message: RpcMessage): Promise<void> {
  if (message.kind === 'response') {
    const refusal = refuse('ERR_PARAMS_INVALID', { reason: 'clients never POST responses' })
    return await arrival.refuse(refusal, {}, methodName(message))
  }
  const meta = readModern(headOf(arrival.request), message)
  if (!meta.ok) return await arrival.refuse(meta.refusal, {}, methodName(message))
  if (message.kind === 'notification') return await acceptNotification(arrival, 'modern', message.method)
  const cancel = new AbortController()
  if (arrival.response.destroyed) cancel.abort()
  arrival.response.once('close', () => {
    // Closing the response stream is cancellation (MCP 2026-07-28 basic/transports/streamable-http).
    if (!arrival.response.writableFinished) cancel.abort()
  })
  const { clientCapabilities, clientInfo, progressToken, logLevel } = meta.value
  const exchange = arrival.exchange({
    era: 'modern',
    id: message.id,
    method: message.method,
    params: message.params,
    client: declarationOf(clientCapabilities, clientInfo),
    progressToken,
    logLevel,
    meta: meta.value.rest,
    signal: cancel.signal,
  })
  await handle(gate, exchange)
}

// -- legacy: initialize, then a session sealed into its id ----------------------------------------------------------

async function serveLegacy(gate: Gate, arrival: Arrival, message: RpcMessage): Promise<void> {
  const isInitialize = message.kind === 'request' && message.method === 'initialize'
  const session = isInitialize ? accepted(undefined) : sessionOf(gate, arrival)
  if (!session.ok) return await arrival.refuse(session.refusal, {}, methodName(message))
  if (message.kind === 'response') {
    const { id, result, error } = message
    const key = session.value?.key ?? ''
    gate.questions.take(key, id, error === undefined ? { result: result ?? {} } : { error })
    return arrival.reply.finish(202)
  }
  if (message.kind === 'notification') {
    if (session.value !== undefined)
      await takeNotification(gate, arrival, session.value, message.method, message.params)
    return await acceptNotification(arrival, 'legacy', message.method)
  }
  const { params, id } = message
  const cancel = new AbortController()
  const { progressToken, ...meta } = legacyMeta(params)
  const key = session.value?.key
  const exchange = arrival.exchange({
    id,
    method: message.method,
    params,
    client: session.value?.client ?? declarationOf(params['capabilities'], params['clientInfo']),
    session: session.value,
    progressToken: typeof progressToken === 'string' || typeof progressToken === 'number' ? progressToken : undefined,
    logLevel: key === undefined ? undefined : gate.logLevels.get(key),
    meta,
    signal: cancel.signal,
  })
  if (key === undefined) return await handle(gate, exchange)
  const flight = flightKey(key, id)
  gate.inFlight.set(flight, cancel)
  try {
    await handle(gate, exchange)
  } finally {
    // a client that uses an id twice at a time cancels the later one
    if (gate.inFlight.get(flight) === cancel) gate.inFlight.delete(flight)
  }
}

/** What a legacy client's `_meta` says, without the keys by which only 2026-07-28 speaks of client and version. */
function legacyMeta(params: JsonObject): JsonObject {
  const {
    [metaKey.clientCapabilities]: _capabilities,
    [metaKey.clientInfo]: _info,
    [metaKey.logLevel]: _level,
    ...kept
  } = metaOf(params) ?? {}
  return kept
}

function flightKey(session: string, id: RpcId): string {
  return `${session}\n${typeof id}\n${id}`
}

function sessionOf(gate: Gate, arrival: Arrival): Result<LegacySession> {
  const id = arrival.request.headers['mcp-session-id']
  if (typeof id !== 'string') return refused('ERR_SESSION_MISSING')
  const session = gate.sessions.open(id, arrival.caller.grant.id, arrival.caller.door.name)
  if (!session.ok)
    gate.deps.log.warn({ grant: arrival.caller.grant.name, door: arrival.caller.door.name }, 'unknown session id')
  return session
}

async function takeNotification(
  gate: Gate,
  arrival: Arrival,
  session: LegacySession,
  method: string,
  params: JsonObject,
): Promise<void> {
  const { requestId } = params
  if (method === 'notifications/cancelled' && (typeof requestId === 'string' || typeof requestId === 'number')) {
    gate.inFlight.get(flightKey(session.key, requestId))?.abort()
  }
  if (method !== 'notifications/roots/list_changed') return
  await Promise.all(
    arrival.caller.door.servers.map(async server => {
      const ref = session.upstream[server.name]
      if (ref !== undefined) await server.upstream.notify(method, {}, ref)
    }),
  )
}

async function acceptNotification(arrival: Arrival, era: Era, method: string): Promise<void> {
  if (clientNotifications[era].has(method)) return arrival.reply.finish(202)
  const name = showInvisible(method.slice(0, 64))
  await arrival.refuse(refuse('ERR_METHOD_UNKNOWN', { method: name }), {}, name)
}

async function serveSessionVerb(gate: Gate, arrival: Arrival): Promise<void> {
  const { request } = arrival
  const verb = showInvisible((request.method ?? '').slice(0, 16))
  const era = classifyEra(headOf(request), { kind: 'response', id: verb })
  if (!era.ok) return await arrival.refuse(era.refusal, {}, verb)
  const isLegacy = era.value === 'legacy' && request.headers['mcp-session-id'] !== undefined
  if (!isLegacy || (verb !== 'GET' && verb !== 'DELETE')) {
    return await arrival.refuse(refuse('ERR_HTTP_METHOD', { method: verb }), { allow: 'POST' }, verb)
  }
  const session = sessionOf(gate, arrival)
  if (!session.ok) return await arrival.refuse(session.refusal, {}, verb)
  const cancel = new AbortController()
  const exchange = arrival.exchange({
    method: verb,
    session: session.value,
    client: session.value.client,
    signal: cancel.signal,
  })
  if (verb === 'DELETE') {
    await endSession(gate, exchange, session.value)
    return arrival.reply.finish(200)
  }
  if (!acceptsEvents(request)) return await arrival.refuse(refuse('ERR_HTTP_ACCEPT'), {}, verb)
  arrival.response.once('close', () => cancel.abort())
  const opened = await openSessionStream(gate, exchange, session.value)
  if (!opened.ok) await arrival.refuse(opened.refusal, {}, verb)
}

// -- both: the closed table ----------------------------------------------------------------------------------------

async function handle(gate: Gate, exchange: Exchange): Promise<void> {
  const handler = handlerOf(exchange.era, exchange.method)
  if (handler === undefined) {
    const refusal = refuse('ERR_METHOD_UNKNOWN', { method: showInvisible(exchange.method.slice(0, 64)) })
    return exchange.reply.answer(exchange.id, await recordRefusal(gate, exchange, refusal))
  }
  exchange.reply.answer(exchange.id, await handler(gate, exchange))
}
