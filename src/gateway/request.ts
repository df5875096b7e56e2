/**
 * How a client's request is put to a server: whose session, which metadata, which notifications may come back before the
 * answer. Bounds are the gateway's own (`limits.ts`), never the client's.
 */
import { limits } from '../limits.ts'
import type { UpstreamIdentity, UpstreamOutcome, UpstreamRequest } from '../upstream/upstream.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { encodeHeaderValue } from '../wire/param-headers.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { cannotAnswer } from './questions.ts'

/** Where a request goes, and the headers that mirror its name and arguments. */
export interface Destination {
  readonly server: GatewayServer
  readonly mcpName?: string
  readonly mcpParams?: Readonly<Record<string, string>>
  /** What may be passed on of a message before the answer; nothing: it is dropped. Absent: all of it. */
  readonly screen?: (method: string, params: JsonObject) => JsonObject | undefined
}

/** A request of this exchange for `target`. Questions of the server are refused unless the caller says otherwise. */
export function upstreamRequest(exchange: Exchange, target: Destination, params: JsonObject): UpstreamRequest {
  return {
    method: exchange.method,
    params: Object.keys(exchange.meta).length === 0 ? params : { ...params, _meta: exchange.meta },
    client: exchange.client,
    ...sessionOf(exchange, target.server.name),
    pool: exchange.grant.id,
    ...(exchange.logLevel === undefined ? {} : { logLevel: exchange.logLevel }),
    ...(target.mcpName === undefined ? {} : { mcpName: encodeHeaderValue(target.mcpName) }),
    ...(target.mcpParams === undefined ? {} : { mcpParams: target.mcpParams }),
    ...(exchange.progressToken === undefined ? {} : { progressToken: exchange.progressToken }),
    signal: exchange.signal,
    totalMs: limits.callTotalMs,
    idleMs: limits.callIdleMs,
    answerBytesMax: limits.answerBytesMax,
    onNotification: (method, notification) => relayNotification(exchange, target, method, notification),
    onRequest: method => Promise.resolve(cannotAnswer(method)),
  }
}

/** The upstream session of this client at a server, where the session carries one. */
export function sessionOf(exchange: Pick<Exchange, 'session'>, server: string): { session?: string } {
  const session = exchange.session?.upstream[server]
  return session === undefined ? {} : { session }
}

/** Passes on what belongs before an answer in the client's era; everything else is dropped. */
export function relayNotification(
  exchange: Exchange,
  { screen }: Pick<Destination, 'screen'>,
  method: string,
  params: JsonObject,
): void | Promise<void> {
  const isLegacy = exchange.era === 'legacy'
  const passes =
    method === 'notifications/progress'
      ? exchange.progressToken !== undefined
      : method === 'notifications/message'
        ? isLegacy || exchange.logLevel !== undefined
        : isLegacy && legacyStreamNotifications.has(method)
  if (!passes) return undefined
  const said = screen === undefined ? params : screen(method, params)
  if (said === undefined) return undefined
  // A retry that waits for a call begun by another request has a token of its own.
  const isProgress = method === 'notifications/progress' && exchange.progressToken !== undefined
  const own = isProgress ? { ...said, progressToken: exchange.progressToken } : said
  return exchange.reply.notify({ jsonrpc: '2.0', method, params: own })
}

/** Notifications a legacy server may put on the stream of a request. */
const legacyStreamNotifications: ReadonlySet<string> = new Set([
  'notifications/elicitation/complete',
  'notifications/resources/updated',
  'notifications/resources/list_changed',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
])

/**
 * Sends a request that carries no effect and asks nothing (lists, discovery, logging level) to one server of the door.
 * `params` are without `_meta`.
 */
export async function sendPlain(
  exchange: Exchange,
  server: GatewayServer,
  params: JsonObject,
): Promise<{ readonly outcome: UpstreamOutcome; readonly identity: UpstreamIdentity | undefined }> {
  const identity = await server.upstream.identity()
  if (!identity.ok) return { outcome: { kind: 'refused', refusal: identity.refusal }, identity: undefined }
  const request = upstreamRequest(exchange, { server }, params)
  return { outcome: await server.upstream.send(request), identity: identity.value }
}
