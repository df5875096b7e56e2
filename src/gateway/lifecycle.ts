/**
 * Beginning and end of a client's acquaintance: `server/discover` (modern), `initialize`, `ping`, `logging/setLevel` and
 * DELETE (legacy). On a server's own endpoint the server introduces itself; behind `/mcp` the gateway does.
 */
import { accepted, type Refusal, type Result, refused } from '../errors.ts'
import type { ClientDeclaration, UpstreamIdentity } from '../upstream/upstream.ts'
import { isLegacyVersion, latestLegacy, metaKey, servedVersions } from '../wire/era.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { logLevels } from '../wire/modern.ts'
import { legacyCapabilitiesFrom, modernCapabilitiesFrom } from '../wire/translate.ts'
import { answerPlain } from './answer.ts'
import { recordRefusal } from './close.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Answer } from './reply.ts'
import { sendPlain } from './request.ts'
import type { LegacySession } from './session.ts'
import { inTime } from './waiting.ts'

/** The tasks extension is not relayed: neither side may believe that it is. */
const tasksExtension = 'io.modelcontextprotocol/tasks'

/** What a client declared, without what the gateway does not relay. */
export function declarationOf(capabilities: Json | undefined, clientInfo: Json | undefined): ClientDeclaration {
  const declared = isJsonObject(capabilities) ? withoutTasks(capabilities) : {}
  const info = isJsonObject(clientInfo) ? clientInfo : {}
  const kept: Record<string, Json> = {}
  for (const member of ['name', 'title', 'version']) {
    if (typeof info[member] === 'string') kept[member] = info[member].slice(0, 200)
  }
  return { capabilities: declared, clientInfo: kept }
}

function withoutTasks(capabilities: JsonObject): JsonObject {
  const { tasks: _tasks, extensions, ...rest } = capabilities
  if (!isJsonObject(extensions)) return rest
  const { [tasksExtension]: _extension, ...others } = extensions
  return Object.keys(others).length === 0 ? rest : { ...rest, extensions: others }
}

interface Known {
  readonly server: GatewayServer
  readonly identity: UpstreamIdentity
}

/** The servers of the door that answer. A door whose only server does not is refused with that server's reason. */
async function knownServers(gate: Gate, exchange: Exchange): Promise<Result<readonly Known[]>> {
  const { servers, isShared } = exchange.door
  const identities = await Promise.all(
    servers.map(server => inTime(gate, exchange, server, () => server.upstream.identity())),
  )
  const known: Known[] = []
  for (const [index, server] of servers.entries()) {
    const identity = identities[index]
    if (identity?.ok === true) known.push({ server, identity: identity.value })
    else if (identity !== undefined && !isShared) return identity
  }
  return accepted(known)
}

/** Who answers at this door, and what it offers, in the words of the client's era. */
function introduction(gate: Gate, exchange: Exchange, known: readonly Known[]) {
  const translate = exchange.era === 'modern' ? modernCapabilities : legacyCapabilities
  const [first] = known
  // Behind /mcp a server that is down now may be back when its tools are listed: there are always tools to ask for.
  const capabilities: Record<string, Json> = exchange.door.isShared ? { tools: {} } : {}
  for (const { identity } of known) merge(capabilities, translate(identity))
  // The gateway itself tells when a policy or a review changes what a caller may see.
  if (isJsonObject(capabilities['tools'])) capabilities['tools'] = { ...capabilities['tools'], listChanged: true }
  if (!exchange.door.isShared && first !== undefined) {
    const { serverInfo, instructions } = first.identity
    return { capabilities, serverInfo, instructions }
  }
  const instructions = known
    .filter(({ identity }) => identity.instructions !== undefined)
    .map(({ server, identity }) => `Tools named ${server.name}__*: ${identity.instructions ?? ''}`)
  return {
    capabilities,
    serverInfo: { name: 'sallyport', version: gate.deps.version },
    instructions: instructions.length === 0 ? undefined : instructions.join('\n\n'),
  }
}

function modernCapabilities(identity: UpstreamIdentity): JsonObject {
  return identity.era === 'modern' ? withoutTasks(identity.capabilities) : modernCapabilitiesFrom(identity.capabilities)
}

function legacyCapabilities(identity: UpstreamIdentity): JsonObject {
  return identity.era === 'legacy' ? withoutTasks(identity.capabilities) : legacyCapabilitiesFrom(identity.capabilities)
}

function merge(into: Record<string, Json>, from: JsonObject): void {
  for (const [name, value] of Object.entries(from)) {
    const present = into[name]
    into[name] = isJsonObject(present) && isJsonObject(value) ? { ...present, ...value } : value
  }
}

/** `server/discover` (MCP 2026-07-28). Its answer is this caller's own. */
export async function discover(gate: Gate, exchange: Exchange): Promise<Answer> {
  const known = await knownServers(gate, exchange)
  if (!known.ok) return await recordRefusal(gate, exchange, known.refusal)
  const { capabilities, serverInfo, instructions } = introduction(gate, exchange, known.value)
  const result: JsonObject = {
    resultType: 'complete',
    supportedVersions: servedVersions,
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [metaKey.serverInfo]: serverInfo },
  }
  return await plain(gate, exchange, result)
}

/** `initialize` (MCP ≤ 2025-11-25): opens upstream sessions and seals them into the session id. */
export async function initialize(gate: Gate, exchange: Exchange): Promise<Answer> {
  const { protocolVersion, capabilities } = exchange.params
  if (typeof protocolVersion !== 'string' || !isJsonObject(capabilities)) {
    const refusal = refusedParams('initialize needs `protocolVersion` and `capabilities`')
    return await recordRefusal(gate, exchange, refusal)
  }
  const version = isLegacyVersion(protocolVersion) ? protocolVersion : latestLegacy
  const known = await knownServers(gate, exchange)
  if (!known.ok) return await recordRefusal(gate, exchange, known.refusal)
  const opened = await openSessions(gate, exchange, known.value)
  if (!opened.ok) return await recordRefusal(gate, exchange, opened.refusal)
  const upstream = opened.value
  const key = gate.newName('l')
  const { grant, door, client } = exchange
  const id = gate.sessions.create({ key, grant: grant.id, door: door.name, version, client, upstream })
  if (!id.ok) {
    await closeSessions(exchange, upstream)
    return await recordRefusal(gate, exchange, id.refusal)
  }
  const { instructions, ...rest } = introduction(gate, exchange, known.value)
  const result = { protocolVersion: version, ...rest, ...(instructions === undefined ? {} : { instructions }) }
  const answer = await plain(gate, exchange, result)
  return answer.kind === 'result' ? { ...answer, headers: { 'mcp-session-id': id.value } } : answer
}

/** Sessions at the legacy servers of the door, all at once. Behind /mcp a server that opens none is used without. */
async function openSessions(
  gate: Gate,
  exchange: Exchange,
  known: readonly Known[],
): Promise<Result<Record<string, string>>> {
  const legacy = known.filter(({ identity }) => identity.era === 'legacy')
  const opened = await Promise.all(legacy.map(({ server }) => openInTime(gate, exchange, server)))
  const upstream: Record<string, string> = {}
  for (const [index, { server }] of legacy.entries()) {
    const session = opened[index]
    if (session?.ok === true && session.value.ref !== '') upstream[server.name] = session.value.ref
    else if (session?.ok === false && !exchange.door.isShared) return session
  }
  return accepted(upstream)
}

/** A session that opens after everybody stopped waiting for it is nobody's and closed. */
async function openInTime(gate: Gate, exchange: Exchange, server: GatewayServer) {
  return await inTime(gate, exchange, server, async ({ signal }) => {
    const opened = await server.upstream.openSession(exchange.client)
    if (opened.ok && opened.value.ref !== '' && signal.aborted) await server.upstream.closeSession(opened.value.ref)
    return opened
  })
}

async function closeSessions(exchange: Exchange, upstream: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(
    exchange.door.servers.map(async ({ name, upstream: server }) => {
      const ref = upstream[name]
      if (ref !== undefined) await server.closeSession(ref)
    }),
  )
}

function refusedParams(reason: string): Refusal {
  const { refusal } = refused('ERR_PARAMS_INVALID', { reason })
  return refusal
}

/** `ping`. */
export async function ping(gate: Gate, exchange: Exchange): Promise<Answer> {
  return await plain(gate, exchange, {})
}

/** `logging/setLevel`: told to servers that keep a session for this client; remembered for those that take it per call. */
export async function setLogLevel(gate: Gate, exchange: Exchange): Promise<Answer> {
  const { level } = exchange.params
  if (typeof level !== 'string' || !logLevels.includes(level)) {
    return await recordRefusal(gate, exchange, refusedParams(`\`level\` must be one of ${logLevels.join(', ')}`))
  }
  const { session } = exchange
  if (session !== undefined) gate.rememberLogLevel(session.key, level)
  const keeping = exchange.door.servers.filter(({ name }) => session?.upstream[name] !== undefined)
  await Promise.all(keeping.map(server => inTime(gate, exchange, server, inner => sendPlain(inner, server, { level }))))
  return await plain(gate, exchange, {})
}

/** Ends a legacy session: here, and at every server that keeps one for it. */
export async function endSession(gate: Gate, exchange: Exchange, session: LegacySession): Promise<void> {
  gate.sessions.end(session)
  gate.streams.endSession(session.key)
  gate.logLevels.delete(session.key)
  await closeSessions(exchange, session.upstream)
  await plain(gate, exchange, {})
}

/** Records and answers a result the gateway itself gives. */
async function plain(gate: Gate, exchange: Exchange, result: JsonObject): Promise<Answer> {
  const outcome = { kind: 'result', result, bytes: 0, status: 200, redactions: 0 } as const
  return await answerPlain(gate, exchange, exchange.door.name, outcome, undefined)
}
