/**
 * Opening an HTTP server: which transport and era it has, and one legacy session. Order of the probe (MCP 2026-07-28,
 * streamable-http, fallback): `server/discover`; then `initialize`; then GET for the `endpoint` event of HTTP+SSE.
 */
import { accepted, type Refusal, type Result, refuse } from '../errors.ts'
import { isLegacyVersion, type LegacyVersion } from '../wire/era.ts'
import { type HttpLink, modernHeaders } from './http-link.ts'
import { makeRef, readRef, type Session } from './http-session.ts'
import { notificationText } from './message.ts'
import { type Discovered, decidesNothing, initializeParams, judgeDiscover, readInitialized } from './opening.ts'
import { ownRequest } from './own-request.ts'
import type { SseConnections } from './sse-connection.ts'
import type { ClientDeclaration, UpstreamIdentity, UpstreamOutcome } from './upstream.ts'

/** What a probe found out. */
export interface Probed {
  readonly identity: UpstreamIdentity
  readonly transport: 'streamable' | 'sse'
}

/** A session that was just opened, and what the server said. */
export interface Opened {
  readonly session: Session
  readonly identity: UpstreamIdentity
}

/** A session that could not be opened. `mayBeOlder`: the answer was that of a server that does not know this transport. */
interface NotOpened {
  readonly ok: false
  readonly refusal: Refusal
  readonly mayBeOlder: boolean
}

/** Asks a server what it is. Never rejects. */
export async function probeHttp(
  link: HttpLink,
  self: ClientDeclaration,
  connections: SseConnections,
): Promise<Result<Probed>> {
  const first = await discover(link, self)
  const discovered = first.era === 'again' ? await discover(link, self) : first
  if (discovered.era === 'modern') return accepted({ identity: discovered.identity, transport: 'streamable' })
  if (discovered.era === 'undecided') return { ok: false, refusal: discovered.refusal }
  const opened = await openSession(link, self, self, undefined, undefined)
  if (opened.ok) {
    if (opened.value.session.inSession) void link.end(opened.value.session)
    return accepted({ identity: opened.value.identity, transport: 'streamable' })
  }
  if (!opened.mayBeOlder) return opened
  const older = await connections.probe(self)
  return older.ok ? accepted({ identity: older.value, transport: 'sse' }) : opened
}

async function discover(link: HttpLink, self: ClientDeclaration): Promise<Discovered> {
  const request = ownRequest('server/discover', {}, self)
  const { outcome } = await link.ask(request, 'modern', modernHeaders('server/discover'))
  return judgeDiscover(link.server, outcome)
}

/** Opens a session: `initialize`, `notifications/initialized`, and the log level where one is wanted. Never rejects. */
export async function openSession(
  link: HttpLink,
  client: ClientDeclaration,
  self: ClientDeclaration,
  logLevel: string | undefined,
  version: string | undefined,
): Promise<{ readonly ok: true; readonly value: Opened } | NotOpened> {
  const params = initializeParams(client, self, isLegacyVersion(version) ? version : undefined)
  const { outcome, sessionId } = await link.ask(ownRequest('initialize', params, client), 'legacy', [])
  if (outcome.kind !== 'result') return { ok: false, ...judgeFailure(link.server, outcome) }
  const identity = readInitialized(link.server, outcome.result)
  if (!identity.ok) return { ...identity, mayBeOlder: false }
  const ref = makeRef(identity.value.protocolVersion as LegacyVersion, sessionId)
  const session = ref.ok ? readRef(link.server, ref.value, identity.value.protocolVersion) : ref
  if (!session.ok) return { ...session, mayBeOlder: false }
  await link.post(notificationText('notifications/initialized', {}), session.value.headers)
  if (logLevel !== undefined && identity.value.capabilities['logging'] !== undefined) {
    const request = ownRequest('logging/setLevel', { level: logLevel }, client)
    await link.ask(request, 'legacy', session.value.headers, session.value)
  }
  return accepted({ session: session.value, identity: identity.value })
}

function judgeFailure(
  server: string,
  outcome: Exclude<UpstreamOutcome, { kind: 'result' }>,
): { readonly refusal: Refusal; readonly mayBeOlder: boolean } {
  if (outcome.kind === 'error') {
    const problem = `it answered initialize with error ${outcome.error.code}`
    return { refusal: refuse('ERR_UPSTREAM_INVALID', { server, problem }), mayBeOlder: true }
  }
  return { refusal: outcome.refusal, mayBeOlder: !decidesNothing(outcome) }
}
