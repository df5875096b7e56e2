/**
 * What the bridge must know of a message to carry it: its kind, id, method and era. Everything else passes as bytes,
 * unread. Judging is the gateway's work: what this reader does not understand is handed on for it to refuse.
 */
import { metaKey } from '../../wire/era.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'

export type MessageId = string | number

export interface Message {
  readonly kind: 'request' | 'notification' | 'response' | 'other'
  readonly id?: MessageId
  readonly method?: string
  readonly params: JsonObject
  readonly modern: boolean
  /** The whole message, parsed. */
  readonly value: Json
}

/** Reads a JSON text as a message, or `undefined` when it is not JSON. */
export function readMessage(text: string): Message | undefined {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (!isJsonObject(value)) return { kind: 'other', params: {}, modern: false, value }
  const { id, method, params } = value
  const known = isJsonObject(params) ? params : {}
  const identified = typeof id === 'string' || typeof id === 'number' ? { id } : {}
  if (typeof method !== 'string')
    return { kind: 'id' in identified ? 'response' : 'other', ...identified, params: known, modern: false, value }
  const kind = 'id' in identified ? 'request' : 'notification'
  return { kind, ...identified, method, params: known, modern: isModern(method, known), value }
}

/** The modern era states its version in every message (MCP 2026-07-28, basic/versioning); discovery belongs to it alone. */
function isModern(method: string, params: JsonObject): boolean {
  const meta = params['_meta']
  return method === 'server/discover' || (isJsonObject(meta) && Object.hasOwn(meta, metaKey.protocolVersion))
}

/** A JSON text on one line. Line breaks in JSON can only be white space between tokens, so values do not change. */
export function onOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim()
}
