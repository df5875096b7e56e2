/**
 * The opening words of each era, and what a server says it is: `server/discover` (2026-07-28) and `initialize`
 * (2024-11-05 … 2025-11-25). Which answer decides the era, and which decides nothing: a refused credential, overload,
 * a redirect or a failure (401, 403, 429, 3xx, 5xx) never does.
 */
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { isLegacyVersion, type LegacyVersion, latestLegacy, metaKey, modernVersion } from '../wire/era.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { ClientDeclaration, UpstreamIdentity, UpstreamOutcome } from './upstream.ts'

/** What the answer to `server/discover` decides. `undecided`: nothing, for this reason. `again`: it refused
 * the version but offers the same one: it is to be asked once more. */
export type Discovered =
  | { readonly era: 'modern'; readonly identity: UpstreamIdentity }
  | { readonly era: 'legacy' }
  | { readonly era: 'again' }
  | { readonly era: 'undecided'; readonly refusal: Refusal }

const undecided: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_BUSY',
  'ERR_UPSTREAM_CANCELLED',
  'ERR_UPSTREAM_EGRESS',
  'ERR_UPSTREAM_HEADER',
  'ERR_UPSTREAM_LOST',
  'ERR_UPSTREAM_REDIRECT',
  'ERR_UPSTREAM_STOPPED',
  'ERR_UPSTREAM_TLS',
  'ERR_UPSTREAM_UNAUTHORIZED',
  'ERR_UPSTREAM_UNREACHABLE',
])

/**
 * The parameters of `initialize`. Not declared: `tasks` of 2025-11-25, whose requests to a client are not relayed.
 * A client without a name and version of its own is introduced as `self`: an Implementation must have both.
 */
export function initializeParams(
  client: ClientDeclaration,
  self: ClientDeclaration,
  version: LegacyVersion = latestLegacy,
): JsonObject {
  const { tasks: _tasks, ...capabilities } = client.capabilities
  const { name, version: own } = client.clientInfo
  const isNamed = typeof name === 'string' && typeof own === 'string'
  return { protocolVersion: version, capabilities, clientInfo: isNamed ? client.clientInfo : self.clientInfo }
}

/** Judges the answer to `server/discover`. */
export function judgeDiscover(server: string, outcome: UpstreamOutcome): Discovered {
  if (outcome.kind === 'result') return judgeVersions(server, outcome.result['supportedVersions'], outcome.result)
  if (outcome.kind === 'error') {
    // UnsupportedProtocolVersionError: a modern server of another time
    const { code, data } = outcome.error
    if (code === -32022 && isJsonObject(data)) return judgeVersions(server, data['supported'], undefined)
    return { era: 'legacy' }
  }
  return decidesNothing(outcome) ? { era: 'undecided', refusal: outcome.refusal } : { era: 'legacy' }
}

/** True when this outcome says nothing about the era of the server. */
export function decidesNothing(outcome: UpstreamOutcome & { kind: 'refused' | 'unknown' }): boolean {
  const { code, data } = outcome.refusal
  const status = data?.['status']
  // 400 and 5xx both end as ERR_UPSTREAM_FAILED: only the first is an answer to the question
  if (code === 'ERR_UPSTREAM_FAILED') return typeof status !== 'number' || status >= 500
  return undecided.has(code) || code === 'ERR_UPSTREAM_CUT'
}

/** Reads an InitializeResult. Refuses versions that are not ours to speak. */
export function readInitialized(server: string, result: JsonObject): Result<UpstreamIdentity> {
  const { protocolVersion, capabilities, serverInfo, instructions } = result
  if (!isLegacyVersion(protocolVersion)) {
    return refused('ERR_UPSTREAM_VERSION', { server, offered: shown(protocolVersion) })
  }
  return accepted({
    era: 'legacy',
    protocolVersion,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    serverInfo: isJsonObject(serverInfo) ? serverInfo : {},
    ...(typeof instructions === 'string' ? { instructions } : {}),
  })
}

function judgeVersions(server: string, offered: Json | undefined, result: JsonObject | undefined): Discovered {
  const versions: readonly Json[] = Array.isArray(offered) ? offered : []
  if (versions.includes(modernVersion)) {
    return result === undefined ? { era: 'again' } : { era: 'modern', identity: readDiscovered(result) }
  }
  // a result without a list is no DiscoverResult: some legacy servers answer anything
  if (versions.length === 0 || versions.some(isLegacyVersion)) return { era: 'legacy' }
  return { era: 'undecided', refusal: refuse('ERR_UPSTREAM_VERSION', { server, offered: shown(versions) }) }
}

function readDiscovered(result: JsonObject): UpstreamIdentity {
  const { capabilities, instructions, _meta: meta } = result
  const serverInfo = isJsonObject(meta) ? meta[metaKey.serverInfo] : undefined
  return {
    era: 'modern',
    protocolVersion: modernVersion,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    serverInfo: isJsonObject(serverInfo) ? serverInfo : {},
    ...(typeof instructions === 'string' ? { instructions } : {}),
  }
}

function shown(value: Json | undefined): string {
  return (JSON.stringify(value ?? null) ?? '').slice(0, 80)
}
