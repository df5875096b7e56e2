/**
 * The rules of a modern (2026-07-28) message: per-request `_meta`, and headers that confirm the body. Headers never change
 * what is judged; they agree or the message is refused with HTTP 400. Nothing of the `_meta` is trusted as identity.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { agreeOnVersion, type HttpHead, headerValue, metaKey, metaOf, modernVersion } from './era.ts'
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'
import { showInvisible } from './names.ts'
import { decodeHeaderValue } from './param-headers.ts'
import type { RpcId, RpcNotification, RpcRequest } from './rpc.ts'

/** What the `_meta` of one message says. `rest` holds every member that is not named here (trace context, foreign keys). */
export interface ModernMeta {
  readonly protocolVersion: typeof modernVersion
  readonly clientCapabilities: JsonObject
  readonly clientInfo?: JsonObject
  readonly logLevel?: string
  readonly progressToken?: RpcId
  readonly rest: JsonObject
}

/** The member of `params` that Mcp-Name repeats (MCP 2026-07-28, basic/transports/streamable-http; SEP-2663 for tasks). */
const nameSources: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/** RFC 5424 severities, lowest first, as in the LoggingLevel type of MCP. */
export const logLevels: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

const noMeta: JsonObject = Object.freeze({})

/**
 * Reads the metadata of a modern message and holds its headers to the body. In order: `_meta` and its version, version
 * header, the other `_meta` members, Mcp-Method, Mcp-Name. A notification may leave out the `_meta` keys and Mcp-Method
 * (they are required of requests only), but never the version header.
 * Refuses with ERR_WIRE_META (−32602), ERR_WIRE_HEADER_MISMATCH (−32020) or ERR_WIRE_PROTOCOL_VERSION (−32022).
 */
export function readModern(head: HttpHead, message: RpcRequest | RpcNotification): Result<ModernMeta> {
  const required = message.kind === 'request'
  const meta = metaOf(message.params)
  if (meta === undefined && (required || Object.hasOwn(message.params, '_meta'))) return badMeta('_meta', required)
  const version = agreeOnVersion(headerValue(head, 'mcp-protocol-version'), statedVersion(meta ?? noMeta, required))
  if (!version.ok) return version
  const read = readMeta(meta ?? noMeta, required)
  if (!read.ok) return read
  const method = checkMethod(head, message.method, required)
  if (!method.ok) return method
  const name = checkName(head, message.method, message.params)
  return name.ok ? read : name
}

/** The value Mcp-Name must carry for this request, or undefined if the method has none or the body lacks it. */
export function mcpNameOf(method: string, params: JsonObject): string | undefined {
  const source = nameSources.get(method)
  const value = source !== undefined && Object.hasOwn(params, source) ? params[source] : undefined
  return typeof value === 'string' ? value : undefined
}

/**
 * Requires every capability of `required` (shaped like ClientCapabilities) among the `declared` ones, at every level. Refuses
 * with ERR_WIRE_MISSING_CAPABILITY (−32021), `data.requiredCapabilities` holding what is missing.
 * Elicitation declared as `{}` means form only (MCP client/elicitation).
 */
export function requireCapabilities(declared: JsonObject, required: JsonObject): Result<true> {
  const missing = Object.entries(required).filter(
    ([name, details]) => !declares(name, ownMember(declared, name), details),
  )
  if (missing.length === 0) return accepted(true)
  const capabilities = missing.map(([name]) => showInvisible(name)).join(', ')
  const requiredCapabilities: JsonObject = Object.fromEntries(missing)
  return refused('ERR_WIRE_MISSING_CAPABILITY', { capabilities }, { requiredCapabilities })
}

/** A notification without the key is held to the header alone, which must still name the modern version. */
function statedVersion(meta: JsonObject, required: boolean): Json | undefined {
  const stated = ownMember(meta, metaKey.protocolVersion)
  return stated === undefined && !required ? modernVersion : stated
}

function readMeta(meta: JsonObject, required: boolean): Result<ModernMeta> {
  const {
    [metaKey.protocolVersion]: _version,
    [metaKey.clientCapabilities]: capabilities,
    [metaKey.clientInfo]: clientInfo,
    [metaKey.logLevel]: logLevel,
    progressToken,
    ...rest
  } = meta
  if (capabilities === undefined ? required : !isJsonObject(capabilities)) {
    return badMeta(metaKey.clientCapabilities, capabilities === undefined)
  }
  if (clientInfo !== undefined && !isJsonObject(clientInfo)) return badMeta(metaKey.clientInfo, false)
  if (logLevel !== undefined && !(typeof logLevel === 'string' && logLevels.includes(logLevel))) {
    return refused('ERR_WIRE_META', { key: metaKey.logLevel, problem: `must be one of ${logLevels.join(', ')}` })
  }
  if (progressToken !== undefined && typeof progressToken !== 'string' && !Number.isSafeInteger(progressToken)) {
    return refused('ERR_WIRE_META', { key: 'progressToken', problem: 'must be a string or an integer' })
  }
  return accepted({
    protocolVersion: modernVersion,
    clientCapabilities: isJsonObject(capabilities) ? capabilities : noMeta,
    ...(clientInfo === undefined ? {} : { clientInfo }),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(progressToken === undefined ? {} : { progressToken: progressToken as RpcId }),
    rest,
  })
}

function checkMethod(head: HttpHead, method: string, required: boolean): Result<true> {
  const header = headerValue(head, 'mcp-method')
  if (header === method || (header === undefined && !required)) return accepted(true)
  return mismatch('Mcp-Method', header === undefined ? 'is required' : 'differs from the method of the body')
}

function checkName(head: HttpHead, method: string, params: JsonObject): Result<true> {
  const source = nameSources.get(method)
  if (source === undefined) return accepted(true)
  const name = mcpNameOf(method, params)
  const header = headerValue(head, 'mcp-name')
  // neither names anything: the method's own check of its params says so
  if (header === undefined) return name === undefined ? accepted(true) : mismatch('Mcp-Name', 'is required')
  const decoded = decodeHeaderValue(header)
  if (!decoded.ok) return mismatch('Mcp-Name', 'is not a valid header value')
  return decoded.value === name ? accepted(true) : mismatch('Mcp-Name', `differs from params.${source} of the body`)
}

function declares(name: string, declared: Json | undefined, required: Json): boolean {
  if (!isJsonObject(required)) return declared !== undefined && (declared === required || isJsonObject(declared))
  if (!isJsonObject(declared)) return false
  const formOnly = name === 'elicitation' && Object.keys(declared).length === 0
  return Object.entries(required).every(
    ([key, details]) => (formOnly && key === 'form') || declares(key, ownMember(declared, key), details),
  )
}

function ownMember(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function badMeta(key: string, missing: boolean): Result<never> {
  return refused('ERR_WIRE_META', { key, problem: missing ? 'is required' : 'must be an object' })
}

function mismatch(header: string, problem: string): Result<never> {
  return refused('ERR_WIRE_HEADER_MISMATCH', { header, problem })
}
