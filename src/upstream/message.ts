/**
 * JSON-RPC messages to and from a server. Requests are written with our own ids and progress tokens and, for modern
 * servers, the three request keys of 2026-07-28 basic/index. Answers are read leniently where it harms nobody (unknown
 * members) and strictly where it decides (version, kind, one of result and error).
 */
import { accepted, type Result, refused } from '../errors.ts'
import { type Era, metaKey, metaOf, modernVersion } from '../wire/era.ts'
import { isRawNumber } from '../wire/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'
import type { ClientDeclaration, UpstreamRequest } from './upstream.ts'

/** What a server may send. `id` of a question is kept as it is, to be echoed. */
export type ServerMessage =
  | { readonly kind: 'answer'; readonly id: Json; readonly result?: JsonObject; readonly error?: RpcError }
  | { readonly kind: 'question'; readonly id: string | number; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }

const nothing: JsonObject = Object.freeze({})

/** The text of one request to a server. `token` replaces the agent's progress token. */
export function requestText(id: number, era: Era, request: UpstreamRequest): string {
  const params = era === 'modern' ? modernParams(request, id) : legacyParams(request, id)
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(request.method)},"params":${JSON.stringify(params)}}`
}

/** The text of a notification to a server. */
export function notificationText(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params })
}

/** The text of our answer to a question of a server. */
export function answerText(id: string | number, answer: { result: JsonObject } | { error: RpcError }): string {
  return JSON.stringify({ jsonrpc: '2.0', id, ...answer })
}

/** The `_meta` of a modern request that belongs to no agent. */
export function modernMeta(client: ClientDeclaration): JsonObject {
  return {
    [metaKey.protocolVersion]: modernVersion,
    [metaKey.clientCapabilities]: client.capabilities,
    // an Implementation without a name is invalid; the key itself is only a SHOULD
    ...(typeof client.clientInfo['name'] === 'string' ? { [metaKey.clientInfo]: client.clientInfo } : {}),
  }
}

function modernParams(request: UpstreamRequest, token: number): JsonObject {
  const meta: Record<string, Json> = { ...metaOf(request.params), ...modernMeta(request.client) }
  if (request.logLevel !== undefined) meta[metaKey.logLevel] = request.logLevel
  setToken(meta, request, token)
  return { ...request.params, _meta: meta }
}

function legacyParams(request: UpstreamRequest, token: number): JsonObject {
  const given = metaOf(request.params)
  if (request.progressToken === undefined && (given === undefined || !Object.hasOwn(given, 'progressToken'))) {
    return request.params
  }
  const meta: Record<string, Json> = { ...given }
  setToken(meta, request, token)
  return { ...request.params, _meta: meta }
}

function setToken(meta: Record<string, Json>, request: UpstreamRequest, token: number): void {
  if (request.progressToken !== undefined) meta['progressToken'] = token
  else if ('progressToken' in meta) delete meta['progressToken']
}

/** Reads one message of a server. Refuses with ERR_UPSTREAM_INVALID. */
export function readServerMessage(value: Json): Result<ServerMessage> {
  if (!isObject(value)) return invalid(Array.isArray(value) ? 'a batch' : 'not a JSON object')
  if (value['jsonrpc'] !== '2.0') return invalid('`jsonrpc` is not "2.0"')
  const { id, method, result, error } = value
  if (typeof method === 'string') return readAsked(id, method, value['params'])
  if (result !== undefined) {
    if (error !== undefined) return invalid('`result` together with `error`')
    return isObject(result)
      ? accepted({ kind: 'answer', id: id ?? null, result })
      : invalid('`result` is not an object')
  }
  if (!isObject(error)) return invalid('neither `method`, `result` nor `error`')
  const { code, message, data } = error
  if (!Number.isSafeInteger(code) || typeof message !== 'string') return invalid('`error` has no code and message')
  const read: RpcError = { code: code as number, message, ...(data === undefined ? {} : { data }) }
  return accepted({ kind: 'answer', id: id ?? null, error: read })
}

function readAsked(id: Json | undefined, method: string, params: Json | undefined): Result<ServerMessage> {
  if (params !== undefined && !isObject(params)) return invalid('`params` is not an object')
  if (id === undefined) return accepted({ kind: 'notification', method, params: params ?? nothing })
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return invalid('`id` is neither a string nor an integer')
  return accepted({ kind: 'question', id: id as string | number, method, params: params ?? nothing })
}

/** A number kept as text looks like an object. */
function isObject(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && !isRawNumber(value)
}

function invalid(problem: string) {
  return refused('ERR_UPSTREAM_INVALID', { problem })
}
