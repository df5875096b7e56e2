/**
 * The front of the gateway: one HTTP port. Steps 1 and 2 of a call are here, in order: whom the request addresses and
 * from where (`front.ts`), who asks, which door, and only then its bytes. One `catch`, at the outermost boundary:
 * a fault is logged, answered as such, and nothing of the call it belonged to is released.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Fault, type Refusal, type Result, refuse } from '../errors.ts'
import type { Grant } from '../identity/grant.ts'
import { readBearer } from '../identity/grants.ts'
import { limits } from '../limits.ts'
import { type Caller, refuseAtDoor } from './arrival.ts'
import { isAttached } from './attached.ts'
import { type CataloguePages, isCataloguePath, serveCatalogue } from './catalogue.ts'
import type { GatewayDeps } from './deps.ts'
import { type Door, openDoor } from './door.ts'
import { Gate } from './exchange.ts'
import { checkFront } from './front.ts'
import { serveMcp } from './inbound.ts'
import { Reply } from './reply.ts'

export interface Mounts {
  /** The control API: everything under /api/. It authenticates by itself, with credentials of another kind. */
  readonly api: (request: IncomingMessage, response: ServerResponse) => void
  /** The public pages under /catalogue/; absent: there are none. */
  readonly catalogue?: CataloguePages
  /** Whether the gateway can do its work: the ledger writes and the configuration is loaded. */
  readonly ready: () => { readonly ok: boolean; readonly reason?: string }
}

export interface GatewayHandle {
  readonly server: Server
  readonly gate: Gate
  /** Tells clients that the tools they may see have changed: all, or those of one server. */
  announceTools(server?: string): void
  /** Refuses new requests, ends streams, waits for open calls until the deadline. */
  drain(deadlineMs: number): Promise<void>
}

/** Builds the HTTP server; the caller listens. */
export function createGateway(deps: GatewayDeps, mounts: Mounts): GatewayHandle {
  const gate = new Gate(deps)
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headerBytesMax,
      connectionsCheckingInterval: limits.connectionCheckMs,
      requireHostHeader: true,
      insecureHTTPParser: false,
      keepAlive: true,
      noDelay: true,
    },
    (request, response) => void route(gate, mounts, request, response),
  )
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = limits.connectionRequestsMax
  return {
    server,
    gate,
    announceTools: name => gate.streams.announceTools(name),
    drain: deadlineMs => drain(gate, server, deadlineMs),
  }
}

async function route(gate: Gate, mounts: Mounts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = new Reply(response, false)
  try {
    const front = checkFront(request, gate.deps.http)
    if (!front.ok) return stranger(gate, reply, front.refusal)
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path === '/mcp' || path.startsWith('/mcp/')) return await serveMcpPath(gate, request, response, path)
    if (path.startsWith('/api/')) return mounts.api(request, response)
    if (mounts.catalogue?.isOn() === true && isCataloguePath(path)) {
      if (gate.isDraining) return reply.refuse(refuse('ERR_DRAINING'))
      const { publicUrl } = gate.deps.http
      return await serveCatalogue(mounts.catalogue, { request, response, reply, path, publicUrl })
    }
    await serveProbe(gate, mounts, request, reply, response, path)
  } catch (fault) {
    answerFault(gate, reply, fault)
  }
}

const mcpPath = /^\/mcp(?:\/([A-Za-z0-9][A-Za-z0-9_-]{0,63}))?$/

async function serveMcpPath(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const reply = new Reply(response, false)
  const match = mcpPath.exec(path)
  if (match === null) return reply.refuse({ code: 'ERR_HTTP_PATH', message: pathMessage })
  // 1. who asks, before any byte of the body is read
  const token = readBearer(request.headers.authorization)
  const grant = token.ok ? gate.deps.grants.find(token.value) : token
  if (!grant.ok) return challenge(gate, reply, grant.refusal, path, token.ok)
  const door = openDoor(gate, grant.value, match[1])
  if (!door.ok) {
    const caller = { grant: grant.value, doorName: match[1] ?? '*' }
    return await refuseAtDoor(
      gate,
      request,
      response,
      caller,
      door.refusal,
      challengeOf(gate, door.refusal, path, true),
    )
  }
  if (gate.isDraining) {
    const caller = { grant: grant.value, doorName: door.value.name }
    return await refuseAtDoor(gate, request, response, caller, refuse('ERR_DRAINING'))
  }
  await serveMcp(gate, request, response, callerOf(gate, grant.value, door.value, token))
}

/** `isLive` looks the credential up again, for what outlives a request. */
function callerOf(gate: Gate, grant: Grant, door: Door, token: Result<string>): Caller {
  const isLive = () => {
    const now = token.ok ? gate.deps.grants.find(token.value) : token
    return now.ok && door.servers.every(server => isAttached(now.value, server))
  }
  return { grant, door, isLive }
}

const pathMessage = 'nothing is served at this path; MCP lives at /mcp and /mcp/{server}'

function challenge(gate: Gate, reply: Reply, refusal: Refusal, path: string, hadToken: boolean): void {
  gate.deps.metrics.unauthenticated(refusal.code)
  reply.refuse(refusal, challengeOf(gate, refusal, path, hadToken), true)
}

/** Where to learn more, with a 401 or 403 (RFC 9728 section 5.1, RFC 6750 section 3). The reasons are all alike. */
function challengeOf(gate: Gate, refusal: Refusal, path: string, hadToken: boolean): Record<string, string> {
  const metadata = `${gate.deps.http.publicUrl}/.well-known/oauth-protected-resource${path}`
  const isForbidden = refusal.code === 'ERR_SERVER_NOT_GRANTED'
  const error = isForbidden ? ', error="insufficient_scope"' : hadToken ? ', error="invalid_token"' : ''
  return { 'www-authenticate': `Bearer realm="sallyport"${error}, resource_metadata="${metadata}"` }
}

function stranger(gate: Gate, reply: Reply, refusal: Refusal): void {
  gate.deps.metrics.unauthenticated(refusal.code)
  reply.refuse(refusal, {}, true)
}

async function serveProbe(
  gate: Gate,
  mounts: Mounts,
  request: IncomingMessage,
  reply: Reply,
  response: ServerResponse,
  path: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return reply.refuse({ code: 'ERR_HTTP_METHOD', message: 'this path is read with GET' }, { allow: 'GET, HEAD' })
  }
  const send = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  const resource = /^\/\.well-known\/oauth-protected-resource(\/mcp(?:\/[A-Za-z0-9_-]+)?)?$/.exec(path)
  if (resource !== null) {
    const metadata = {
      resource: `${gate.deps.http.publicUrl}${resource[1] ?? '/mcp'}`,
      resource_name: 'Sallyport',
      bearer_methods_supported: ['header'],
    }
    return void send(200, 'application/json', JSON.stringify(metadata))
  }
  if (path === '/healthz') return void send(200, 'text/plain', 'ok\n')
  if (path === '/readyz') {
    const { ok, reason } = gate.isDraining ? { ok: false, reason: 'stopping' } : mounts.ready()
    return void send(ok ? 200 : 503, 'text/plain', ok ? 'ready\n' : `${reason ?? 'not ready'}\n`)
  }
  if (path === '/metrics') {
    const { type, body } = await gate.deps.metrics.text()
    return void send(200, type, body)
  }
  reply.refuse({ code: 'ERR_HTTP_PATH', message: pathMessage })
}

/** The outermost boundary: what broke is logged with its cause and answered with its public message only. */
function answerFault(gate: Gate, reply: Reply, fault: unknown): void {
  const refusal: Refusal = fault instanceof Fault ? fault.refusal : new Fault('ERR_INTERNAL').refusal
  gate.deps.log.error({ err: fault, code: refusal.code }, 'a request met a fault')
  reply.refuse(refusal, {}, true)
}

async function drain(gate: Gate, server: Server, deadlineMs: number): Promise<void> {
  gate.isDraining = true
  gate.streams.endAll()
  gate.parked.cancelAll()
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const startedMs = gate.deps.clock.steadyMs()
  const isBusy = () => gate.openCalls > 0 || gate.parked.unsettled > 0
  while (isBusy() && gate.deps.clock.steadyMs() - startedMs < deadlineMs) await gate.deps.clock.sleep(10)
  server.closeAllConnections()
  gate.searches.stop()
  gate.catalogue.stop()
  await closed
}
