/**
 * How clients hear from servers outside a request: the GET stream of a legacy session, `subscriptions/listen` of modern
 * clients (MCP 2026-07-28 basic/patterns/subscriptions), and resource subscriptions of legacy sessions at servers that
 * keep none themselves. Only kinds of notification that were asked for pass; a question on a GET stream reaches the
 * session's own client or nobody.
 */
import { accepted, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Policy } from '../policy/compile.ts'
import type { ListenFilter, UpstreamOutcome } from '../upstream/upstream.ts'
import { metaKey, metaOf } from '../wire/era.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { policyFor } from './attached.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange, Gate } from './exchange.ts'
import { effectOn } from './lists.ts'
import { ownerOf } from './owners.ts'
import { type ClientAnswer, cannotAnswer, missingCapability } from './questions.ts'
import { sessionOf } from './request.ts'
import { canonicalUri } from './resolve.ts'
import { screenStrayNotification, screenStrayQuestion } from './results.ts'
import type { LegacySession } from './session.ts'
import type { Sink } from './streams.ts'

const everything: ListenFilter = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }

/** Notifications a listener may be sent, and the part of a filter that asks for each. */
const wanted: Readonly<Record<string, keyof ListenFilter>> = {
  'notifications/tools/list_changed': 'toolsListChanged',
  'notifications/prompts/list_changed': 'promptsListChanged',
  'notifications/resources/list_changed': 'resourcesListChanged',
  'notifications/resources/updated': 'resourceSubscriptions',
}

/**
 * Opens the GET stream of a legacy session: `exchange.reply` becomes the stream and stays open until the client leaves.
 * Refused when the grant holds too many streams.
 */
export async function openSessionStream(gate: Gate, exchange: Exchange, session: LegacySession): Promise<Result<true>> {
  const { reply, door } = exchange
  const sink: Sink = {
    grant: exchange.grant.id,
    servers: new Set(door.servers.map(server => server.name)),
    isLive: exchange.isLive,
    send: message => reply.notify(message),
    toolsChanged: { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
    end: () => reply.finish(200),
  }
  const remove = gate.streams.add(sink)
  if (remove === undefined) return refused('ERR_BUSY', { max: limits.streamsPerGrantMax })
  gate.streams.attach(session.key, sink)
  exchange.signal.addEventListener('abort', () => {
    remove()
    gate.streams.detach(session.key, sink)
  })
  reply.openStream()
  await Promise.all(
    door.servers.map(server =>
      server.upstream.listen({
        client: exchange.client,
        ...sessionOf(exchange, server.name),
        pool: exchange.grant.id,
        filter: everything,
        signal: exchange.signal,
        onNotification: (method, params) =>
          wanted[method] !== undefined || method === 'notifications/message'
            ? passOn(policyFor(gate, exchange.grant, server), method, params, message => reply.notify(message))
            : undefined,
        onRequest: async (method, params, signal) => {
          const asked = await screenStrayQuestion(gate, policyFor(gate, exchange.grant, server), params)
          return await askOnStream(gate, session, sink, method, asked, signal)
        },
        // The client's stream stays: other servers, and what the gateway itself has to say, still travel on it.
        onEnd: reason => gate.deps.log.debug({ server: server.name, reason }, 'a server ended its stream'),
      }),
    ),
  )
  return accepted(true)
}

/** Sends on what the policy lets a server say outside an answer. */
function passOn(
  policy: Policy | undefined,
  method: string,
  params: JsonObject,
  send: (message: { jsonrpc: string; method: string; params: JsonObject }) => void | Promise<void>,
): void | Promise<void> {
  const said = screenStrayNotification(policy, method, params)
  return said === undefined ? undefined : send({ jsonrpc: '2.0', method, params: said })
}

async function askOnStream(
  gate: Gate,
  session: LegacySession,
  sink: Sink,
  method: string,
  params: JsonObject,
  signal: AbortSignal,
): Promise<ClientAnswer> {
  const missing = missingCapability(session.client.capabilities, method, params)
  if (missing !== undefined) return cannotAnswer(missing.name)
  return await gate.questions.ask(session.key, method, params, message => void sink.send(message), signal)
}

/**
 * `resources/subscribe` and `resources/unsubscribe` of a legacy client at a server that is not asked per session: the
 * subscription to the judged address lives here and its notifications go to the session's stream.
 */
export async function subscribeHere(
  gate: Gate,
  exchange: Exchange,
  server: GatewayServer,
  uri: string,
): Promise<UpstreamOutcome> {
  const { session, grant } = exchange
  const done: UpstreamOutcome = { kind: 'result', result: {}, bytes: 0, status: 200, redactions: 0 }
  if (session === undefined) return done
  const name = `${server.name}\n${uri}`
  if (exchange.method === 'resources/unsubscribe') {
    gate.streams.unsubscribe(session.key, name)
    return done
  }
  const controller = new AbortController()
  const subscribed = gate.streams.subscribe(session.key, grant.id, name, controller)
  if (subscribed === 'known') return done
  if (subscribed === 'full') {
    return { kind: 'refused', refusal: refuse('ERR_BUSY', { max: limits.subscriptionsPerGrantMax }) }
  }
  const listening = await server.upstream.listen({
    client: exchange.client,
    pool: exchange.grant.id,
    filter: { resourceSubscriptions: [uri] },
    signal: controller.signal,
    onNotification: (method, notification) =>
      passOn(policyFor(gate, grant, server), method, notification, message =>
        gate.streams.of(session.key)?.send(message),
      ),
    onRequest: method => Promise.resolve(cannotAnswer(method)),
    onEnd: () => gate.streams.unsubscribe(session.key, name),
  })
  if (listening.ok) return done
  gate.streams.unsubscribe(session.key, name)
  return { kind: 'refused', refusal: listening.refusal }
}

/**
 * `subscriptions/listen`: acknowledges what is honoured, then relays until the client leaves, every server ended, or
 * the gateway stops. Resolves when the stream is over; the caller then sends the final answer.
 */
export async function listen(gate: Gate, exchange: Exchange, onOpen: () => Promise<void>): Promise<Result<JsonObject>> {
  const asked = exchange.params['notifications']
  if (asked !== undefined && !isJsonObject(asked)) {
    return refused('ERR_PARAMS_INVALID', { reason: '`notifications` must be an object' })
  }
  const { reply, door, id, signal } = exchange
  const over = new AbortController()
  const end = () => over.abort()
  const ended = new Promise<void>(resolve => over.signal.addEventListener('abort', () => resolve(), { once: true }))
  signal.addEventListener('abort', end, { once: true })
  const meta: JsonObject = { [metaKey.subscriptionId]: id }
  const filters = await filtersOf(gate, exchange, asked ?? {})
  const honoured = honouredOf(asked ?? {}, filters)
  const sink: Sink = {
    grant: exchange.grant.id,
    servers: new Set(door.servers.map(server => server.name)),
    isLive: exchange.isLive,
    send: message => reply.notify(message),
    toolsChanged:
      honoured['toolsListChanged'] === true
        ? { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: meta } }
        : undefined,
    end,
  }
  const remove = gate.streams.add(sink)
  if (remove === undefined) return refused('ERR_BUSY', { max: limits.streamsPerGrantMax })
  try {
    await onOpen()
    void reply.notify({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: honoured, _meta: meta },
    })
    if (signal.aborted) end()
    await startListening(gate, exchange, filters, meta, over.signal, end)
    await ended
  } finally {
    end()
    remove()
  }
  return accepted({ resultType: 'complete', _meta: meta })
}

type Filters = ReadonlyMap<GatewayServer, ListenFilter>

/** What each server of the door is asked for: list changes of all, each resource of its owner, if policy lets it. */
async function filtersOf(gate: Gate, exchange: Exchange, asked: JsonObject): Promise<Filters> {
  const flags: ListenFilter = {
    ...(asked['toolsListChanged'] === true ? { toolsListChanged: true } : {}),
    ...(asked['promptsListChanged'] === true ? { promptsListChanged: true } : {}),
    ...(asked['resourcesListChanged'] === true ? { resourcesListChanged: true } : {}),
  }
  const uris = asked['resourceSubscriptions']
  const byServer = new Map<GatewayServer, string[]>(exchange.door.servers.map(server => [server, []]))
  for (const uri of Array.isArray(uris) ? (uris as readonly Json[]).slice(0, limits.streamsPerGrantMax) : []) {
    const canonical = typeof uri === 'string' ? canonicalUri(uri) : undefined
    if (typeof uri !== 'string' || canonical?.ok !== true) continue
    const owner = await ownerOf(gate, exchange, uri)
    if (!owner.ok) continue
    const policy = policyFor(gate, exchange.grant, owner.value)
    const args = { uri: canonical.value }
    // A question to a person cannot be put here: only what is allowed outright is listened to.
    const isAllowed = effectOn(gate, exchange, owner.value, policy, 'resources/subscribe', args) === 'allow'
    if (isAllowed) byServer.get(owner.value)?.push(canonical.value)
  }
  return new Map(
    [...byServer].map(([server, own]) => [server, own.length === 0 ? flags : { ...flags, resourceSubscriptions: own }]),
  )
}

function honouredOf(asked: JsonObject, filters: Filters): JsonObject {
  const uris = [...filters.values()].flatMap(filter => filter.resourceSubscriptions ?? [])
  const honoured: Record<string, Json> = {}
  for (const flag of ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged']) {
    if (asked[flag] === true) honoured[flag] = true
  }
  if (uris.length > 0) honoured['resourceSubscriptions'] = uris
  return honoured
}

async function startListening(
  gate: Gate,
  exchange: Exchange,
  filters: Filters,
  meta: JsonObject,
  signal: AbortSignal,
  onEnd: () => void,
): Promise<void> {
  let open = 0
  await Promise.all(
    [...filters].map(async ([server, filter]) => {
      if (Object.keys(filter).length === 0) return
      const listening = await server.upstream.listen({
        client: exchange.client,
        pool: exchange.grant.id,
        filter,
        signal,
        onNotification: (method, params) => {
          const part = wanted[method]
          if (part === undefined || filter[part] === undefined) return undefined
          return passOn(policyFor(gate, exchange.grant, server), method, params, said =>
            exchange.reply.notify({ ...said, params: { ...said.params, _meta: { ...metaOf(said.params), ...meta } } }),
          )
        },
        onRequest: method => Promise.resolve(cannotAnswer(method)),
        onEnd: () => {
          open -= 1
          if (open === 0) onEnd()
        },
      })
      if (listening.ok) open += 1
      else gate.deps.log.debug({ server: server.name, code: listening.refusal.code }, 'a server takes no listeners')
    }),
  )
}
