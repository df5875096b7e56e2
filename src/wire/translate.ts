/**
 * What changes in an answer when client and server are of different eras. Pure functions over results, errors and
 * capabilities; arguments and content pass untouched. A capability is passed on only if the gateway relays its methods:
 * tasks do not cross it, in neither the 2025-11-25 core form nor the extension.
 */
import { metaKey, metaOf } from './era.ts'
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'
import type { RpcError } from './rpc.ts'

/** What a result says where the server of an older era said nothing. `ttlMs` in milliseconds, 0 = stale at once. */
export interface ResultDefaults {
  readonly serverInfo: JsonObject
  readonly ttlMs: number
  readonly cacheScope: 'public' | 'private'
}

/** Methods whose complete results carry ttlMs and cacheScope (MCP 2026-07-28, server/utilities/caching; SEP-2549). */
export const cacheableMethods: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
])

/** JSON-RPC codes by their names in the specification (MCP 2026-07-28, basic/index; 2025-11-25 for the legacy two). */
const code = {
  invalidRequest: -32600,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  legacyResourceNotFound: -32002,
  legacyUrlElicitation: -32042,
} as const

const tasksExtension = 'io.modelcontextprotocol/tasks'

/**
 * A result for a modern client: resultType `complete` if it had none, this gateway's serverInfo in `_meta`, and on complete
 * results of cacheable methods a valid ttlMs and cacheScope (the server's own where they are valid).
 */
export function toModernResult(method: string, result: JsonObject, defaults: ResultDefaults): JsonObject {
  const resultType = result['resultType'] ?? 'complete'
  const meta = { ...metaOf(result), [metaKey.serverInfo]: defaults.serverInfo }
  if (resultType !== 'complete' || !cacheableMethods.has(method)) return { ...result, resultType, _meta: meta }
  const { ttlMs, cacheScope } = result
  return {
    ...result,
    resultType,
    ttlMs: Number.isSafeInteger(ttlMs) ? Math.max(0, ttlMs as number) : defaults.ttlMs,
    cacheScope: cacheScope === 'public' || cacheScope === 'private' ? cacheScope : defaults.cacheScope,
    _meta: meta,
  }
}

/** A result for a legacy client: without resultType and, on cacheable methods, without ttlMs and cacheScope. */
export function toLegacyResult(method: string, result: JsonObject): JsonObject {
  const { resultType: _type, ...rest } = result
  if (!cacheableMethods.has(method)) return rest
  const { ttlMs: _ttl, cacheScope: _scope, ...bare } = rest
  return bare
}

/**
 * An error for a modern client, which must not see −32002 or −32042: the first becomes −32602 with `data.uri`, the second
 * (normally bridged to an input request before it gets here) an internal error. `uri`: the resource that was asked for.
 */
export function toModernError(error: RpcError, uri?: string): RpcError {
  if (error.code === code.legacyUrlElicitation) return { ...error, code: code.internal }
  if (error.code !== code.legacyResourceNotFound) return error
  const known = isJsonObject(error.data) ? error.data : {}
  const named = uri ?? known['uri']
  const data: JsonObject = named === undefined ? known : { ...known, uri: named }
  return Object.keys(data).length === 0
    ? { ...error, code: code.invalidParams }
    : { ...error, code: code.invalidParams, data }
}

/**
 * An error for a legacy client: −32020, −32021 and −32022 become −32600 (they name rules that client does not know), and
 * −32602 with a `data.uri` becomes −32002, resource not found.
 */
export function toLegacyError(error: RpcError): RpcError {
  switch (error.code) {
    case code.headerMismatch:
    case code.missingCapability:
    case code.unsupportedVersion:
      return { ...error, code: code.invalidRequest }
    case code.invalidParams:
      return isJsonObject(error.data) && typeof error.data['uri'] === 'string'
        ? { ...error, code: code.legacyResourceNotFound }
        : error
    default:
      return error
  }
}

/** Server capabilities for an InitializeResult, from those of `server/discover`. Unknown ones are dropped. */
export function legacyCapabilitiesFrom(discoverCapabilities: JsonObject): JsonObject {
  return relayedCapabilities(discoverCapabilities, ['tools', 'prompts', 'resources', 'completions', 'logging'])
}

/** Server capabilities for a DiscoverResult, from those of an InitializeResult. Logging has no modern method to offer. */
export function modernCapabilitiesFrom(initializeCapabilities: JsonObject): JsonObject {
  return relayedCapabilities(initializeCapabilities, ['tools', 'prompts', 'resources', 'completions'])
}

/** Extensions stay, except tasks: most need no method of their own. `experimental` promises methods nobody relays. */
function relayedCapabilities(declared: JsonObject, names: readonly string[]): JsonObject {
  const relayed: Record<string, Json> = {}
  for (const name of names) {
    const details = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (isJsonObject(details)) relayed[name] = flagsOf(details)
  }
  const { [tasksExtension]: _tasks, ...extensions } = isJsonObject(declared['extensions']) ? declared['extensions'] : {}
  if (Object.keys(extensions).length > 0) relayed['extensions'] = extensions
  return relayed
}

function flagsOf(details: JsonObject): JsonObject {
  const flags: Record<string, Json> = {}
  for (const flag of ['listChanged', 'subscribe']) {
    const value = Object.hasOwn(details, flag) ? details[flag] : undefined
    if (typeof value === 'boolean') flags[flag] = value
  }
  return flags
}
