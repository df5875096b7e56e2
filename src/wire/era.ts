/**
 * Which protocol era a message belongs to: `modern` (2026-07-28, per-request metadata) or `legacy` (up to 2025-11-25,
 * `initialize`). Any sign of the modern era commits the message to the modern rules; the absence of a header never
 * chooses the weaker ones (CVE-2026-11719). Versions we do not know are refused.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'
import { showInvisible } from './names.ts'
import type { RpcMessage } from './rpc.ts'

export type LegacyVersion = '2024-11-05' | '2025-03-26' | '2025-06-18' | '2025-11-25'
export type Era = 'legacy' | 'modern'

export const modernVersion = '2026-07-28'
/** Oldest first. */
export const legacyVersions: readonly LegacyVersion[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']
export const latestLegacy: LegacyVersion = '2025-11-25'
/** Every version served, newest first. */
export const servedVersions: readonly string[] = [modernVersion, ...legacyVersions.toReversed()]

/** `_meta` keys of the specification (MCP 2026-07-28, basic/index, general fields). */
export const metaKey = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** Request headers, names in lower case. The caller has refused a repeated single-valued MCP header. */
export interface HttpHead {
  header(name: string): string | undefined
}

/** True for a version of the legacy era. */
export function isLegacyVersion(version: unknown): version is LegacyVersion {
  return (legacyVersions as readonly unknown[]).includes(version)
}

/** A header's value without optional white space around it (RFC 9110 section 5.6.3), or undefined if it is absent. */
export function headerValue(head: HttpHead, name: string): string | undefined {
  const value = head.header(name)
  return value === undefined ? undefined : trimOptionalSpace(value)
}

/** Removes spaces and tabs at both ends. Linear: a regular expression would be quadratic on long runs of spaces. */
export function trimOptionalSpace(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isOptionalSpace(value.charCodeAt(start))) start++
  while (end > start && isOptionalSpace(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isOptionalSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** The `_meta` object of a message's params, if it has one. */
export function metaOf(params: JsonObject): JsonObject | undefined {
  const meta = Object.hasOwn(params, '_meta') ? params['_meta'] : undefined
  return isJsonObject(meta) ? meta : undefined
}

/**
 * Names the era of a message. Modern if the version header names 2026-07-28, the `_meta` carries a protocolVersion, or the
 * method is server/discover. Refuses header and `_meta` that disagree (ERR_WIRE_HEADER_MISMATCH, −32020) and versions that
 * are not served (ERR_WIRE_PROTOCOL_VERSION, −32022 with data.supported and data.requested). All with HTTP 400.
 */
export function classifyEra(head: HttpHead, message: RpcMessage): Result<Era> {
  const header = headerValue(head, 'mcp-protocol-version')
  const meta = message.kind === 'response' ? undefined : metaOf(message.params)
  if (meta !== undefined && Object.hasOwn(meta, metaKey.protocolVersion)) {
    const agreed = agreeOnVersion(header, meta[metaKey.protocolVersion])
    return agreed.ok ? accepted('modern') : agreed
  }
  if (header === modernVersion) return accepted('modern')
  if (header !== undefined && !isLegacyVersion(header)) return unsupportedVersion(header, servedVersions)
  return accepted(message.kind !== 'response' && message.method === 'server/discover' ? 'modern' : 'legacy')
}

/** Holds header and `_meta` to the same version, and that version to the one we serve. Order: type, agreement, support. */
export function agreeOnVersion(header: string | undefined, stated: Json | undefined): Result<typeof modernVersion> {
  if (typeof stated !== 'string') {
    const problem = stated === undefined ? 'is required' : 'must be a string'
    return refused('ERR_WIRE_META', { key: metaKey.protocolVersion, problem })
  }
  if (header !== stated) {
    const problem = header === undefined ? 'is required' : 'differs from the protocolVersion in `_meta`'
    return refused('ERR_WIRE_HEADER_MISMATCH', { header: 'MCP-Protocol-Version', problem })
  }
  return stated === modernVersion ? accepted(modernVersion) : unsupportedVersion(stated, [modernVersion])
}

/** The refusal of a version we do not serve (MCP 2026-07-28, UnsupportedProtocolVersionError). */
function unsupportedVersion(requested: string, supported: readonly string[]): Result<never> {
  const details = { requested: showInvisible(requested.slice(0, 40)), supported: supported.join(', ') }
  return refused('ERR_WIRE_PROTOCOL_VERSION', details, { supported, requested })
}
