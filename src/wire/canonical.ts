/**
 * The canonical form (RFC 8785) and the hashes built on it: what is judged, approved and recorded is named by these.
 * Not `canonicalize` from npm: it calls a value's `toJSON` and does not know numbers kept as text.
 */
import { hash } from 'node:crypto'
import { Fault } from '../errors.ts'
import { isRawNumber } from './json.ts'
import type { Json, JsonObject } from './json-types.ts'

/** Changes whenever the layout of `callDigest` does, so that digests of two layouts never meet. */
const callDigestDomain = 'sallyport call 1'

/**
 * RFC 8785 text of `value`: keys by UTF-16 units, shortest numbers, shortest escapes, `-0` as `0`. Beyond the RFC, for
 * answers of servers: an unpaired surrogate stays an escape, a number kept as text keeps its digits.
 * @throws Fault ERR_INTERNAL for a value JSON cannot carry (NaN, Infinity, undefined, a function).
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      if (Number.isFinite(value)) return String(value)
      break
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return canonicalArray(value)
      return isRawNumber(value) ? JSON.stringify(value) : canonicalObject(value as JsonObject)
  }
  throw new Fault('ERR_INTERNAL', {}, new TypeError(`not a JSON value: ${typeof value}`))
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/**
 * The digest that names one call: approvals, leases and the ledger are bound to it. `argsText` is the canonical text of the
 * arguments. Any change of caller, grant, server, tool, definition or arguments changes it; no two lists of parts collide.
 */
export function callDigest(parts: {
  readonly principal: string
  readonly grant: string
  readonly server: string
  readonly tool: string
  readonly definitionHash: string
  readonly argsText: string
}): string {
  const { principal, grant, server, tool, definitionHash, argsText } = parts
  return sha256Hex(JSON.stringify([callDigestDomain, principal, grant, server, tool, definitionHash, argsText]))
}

function canonicalArray(items: readonly Json[]): string {
  let text = '['
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ','
    text += canonicalJson(items[i] as Json)
  }
  return `${text}]`
}

function canonicalObject(object: JsonObject): string {
  // the default order of sort() is by UTF-16 units, which is the order of the RFC
  const keys = Object.keys(object).sort()
  let text = '{'
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    if (i > 0) text += ','
    text += `${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`
  }
  return `${text}}`
}
