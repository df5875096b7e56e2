/**
 * JSON-RPC 2.0 as MCP uses it: one request, notification or response per message. Refuses batches, null and fractional
 * ids, unknown envelope members and parameters by position. What it returns holds only what it judged.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'
import { lookalikeOf } from './keys.ts'
import { showInvisible } from './names.ts'

export type RpcId = string | number

/** An error object of JSON-RPC 2.0 section 5.1. */
export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: Json
}

export type RpcRequest = {
  readonly kind: 'request'
  readonly id: RpcId
  readonly method: string
  readonly params: JsonObject
}
export type RpcNotification = { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
export type RpcResponse = {
  readonly kind: 'response'
  readonly id: RpcId
  readonly result?: JsonObject
  readonly error?: RpcError
}
export type RpcMessage = RpcRequest | RpcNotification | RpcResponse

const members: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error'])

const noParams: JsonObject = Object.freeze({})

/**
 * Reads one message. `jsonrpc` is exactly "2.0", an id is a string or a safe integer, `params` an object if present.
 * Refuses with ERR_WIRE_BATCH (any array), ERR_WIRE_MESSAGE, or ERR_WIRE_LOOKALIKE_KEY (a member of `params` that a reader
 * without case would take for another one). Source: JSON-RPC 2.0 sections 4 and 5; MCP basic/index.
 */
export function readRpc(value: Json): Result<RpcMessage> {
  if (Array.isArray(value)) return refused('ERR_WIRE_BATCH')
  if (!isJsonObject(value)) return broken('the body must be an object')
  for (const key of Object.keys(value)) {
    if (!members.has(key)) return broken(`unknown member \`${showInvisible(key.slice(0, 40))}\``)
  }
  const { jsonrpc, id, method, params, result, error } = value
  if (jsonrpc !== '2.0') return broken('`jsonrpc` must be the string "2.0"')
  if (id !== undefined && !isRpcId(id)) return broken('`id` must be a string or an integer within ±(2^53 − 1)')
  if (method === undefined) return readResponse(id, params, result, error)
  if (typeof method !== 'string' || method === '') return broken('`method` must be a string that is not empty')
  if (result !== undefined || error !== undefined) return broken('`method` together with `result` or `error`')
  if (params !== undefined && !isJsonObject(params)) return broken('`params` must be an object')
  const lookalike = params === undefined ? undefined : lookalikeOf(params)
  if (lookalike !== undefined) {
    const { first, second } = lookalike
    return refused('ERR_WIRE_LOOKALIKE_KEY', { key: showInvisible(second), member: first })
  }
  return id === undefined
    ? accepted({ kind: 'notification', method, params: params ?? noParams })
    : accepted({ kind: 'request', id, method, params: params ?? noParams })
}

/** The id an error answer has to echo, or null when the message has none that is usable (JSON-RPC 2.0 section 5). */
export function idOf(value: Json): RpcId | null {
  const id = isJsonObject(value) && Object.hasOwn(value, 'id') ? value['id'] : null
  return isRpcId(id) ? id : null
}

function isRpcId(id: unknown): id is RpcId {
  return typeof id === 'string' || Number.isSafeInteger(id)
}

function readResponse(
  id: RpcId | undefined,
  params: Json | undefined,
  result: Json | undefined,
  error: Json | undefined,
): Result<RpcMessage> {
  if (result === undefined && error === undefined) return broken('`method` is missing')
  if (id === undefined) return broken('a response needs an `id`')
  if (params !== undefined) return broken('a response has no `params`')
  if (result !== undefined) {
    if (error !== undefined) return broken('`result` together with `error`')
    return isJsonObject(result) ? accepted({ kind: 'response', id, result }) : broken('`result` must be an object')
  }
  if (!isJsonObject(error)) return broken('`error` must be an object')
  const { code, message, data } = error
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) return broken('`error.code` must be an integer')
  if (typeof message !== 'string') return broken('`error.message` must be a string')
  return accepted({ kind: 'response', id, error: data === undefined ? { code, message } : { code, message, data } })
}

function broken(problem: string): Result<RpcMessage> {
  return refused('ERR_WIRE_MESSAGE', { problem })
}
