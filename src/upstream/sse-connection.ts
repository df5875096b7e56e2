/**
 * The HTTP+SSE transport of 2024-11-05, for servers that have nothing newer: a GET stream whose first event names the
 * endpoint, messages posted there, answers on the stream. One connection for each pool and set of capabilities, never
 * shared between pools. The endpoint must have the origin of the entry: credentials go nowhere else.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { SseEvent } from '../wire/sse.ts'
import { type Carrier, Channel, type Outgoing } from './channel.ts'
import type { Exchange, ExchangeBounds, ExchangeEnd, Sink } from './exchange.ts'
import { type HttpLink, ownBounds } from './http-link.ts'
import { Listeners } from './listeners.ts'
import { notificationText } from './message.ts'
import { initializeParams, readInitialized } from './opening.ts'
import { outcomeOfStatus } from './outcome.ts'
import { ownRequest } from './own-request.ts'
import type { ClientDeclaration, UpstreamIdentity } from './upstream.ts'

const streamBounds: ExchangeBounds = {
  totalMs: Number.POSITIVE_INFINITY,
  idleMs: Number.POSITIVE_INFINITY,
  messageBytesMax: limits.upstreamLineBytesMax,
  streamBytesMax: Number.POSITIVE_INFINITY,
  eventsMax: Number.POSITIVE_INFINITY,
}

const deliveryBounds: ExchangeBounds = {
  ...ownBounds,
  totalMs: limits.upstreamGhostMs,
  idleMs: limits.upstreamGhostMs,
}

/** An open, greeted connection. */
export interface SseOpen {
  readonly channel: Channel
  readonly listeners: Listeners
  readonly identity: UpstreamIdentity
  close(reason: string): void
}

interface Kept {
  readonly opening: Promise<Result<SseOpen>>
  usedMs: number
}

/** The connections of one server. */
export class SseConnections {
  readonly #link: HttpLink
  readonly #clock: Clock
  readonly #byKey = new Map<string, Kept>()
  #cancelSweep: (() => void) | undefined

  constructor(link: HttpLink, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** Finds out whether the server speaks this transport, and what it is. */
  async probe(self: ClientDeclaration): Promise<Result<UpstreamIdentity>> {
    const opened = await openConnection(this.#link, self, () => undefined)
    if (!opened.ok) return opened
    opened.value.close('the probe is done')
    return accepted(opened.value.identity)
  }

  /** The connection of this pool and these capabilities; opened if there is none. Never rejects. */
  find(key: string, client: ClientDeclaration): Promise<Result<SseOpen>> {
    let kept = this.#byKey.get(key)
    if (kept === undefined) {
      const forget = () => {
        if (this.#byKey.get(key) === kept) this.#byKey.delete(key)
      }
      kept = { opening: openConnection(this.#link, client, forget), usedMs: 0 }
      this.#byKey.set(key, kept)
      void kept.opening.then(opened => (opened.ok ? undefined : forget()))
      this.#cancelSweep ??= this.#clock.timer(limits.upstreamSessionIdleMs / 2, () => this.#sweep())
    }
    kept.usedMs = this.#clock.steadyMs()
    return kept.opening
  }

  stop(): void {
    this.#cancelSweep?.()
    for (const kept of [...this.#byKey.values()]) this.#end(kept, 'the gateway is stopping')
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const idleSinceMs = this.#clock.steadyMs() - limits.upstreamSessionIdleMs
    for (const kept of [...this.#byKey.values()]) if (kept.usedMs <= idleSinceMs) this.#endIdle(kept)
    if (this.#byKey.size > 0) {
      this.#cancelSweep = this.#clock.timer(limits.upstreamSessionIdleMs / 2, () => this.#sweep())
    }
  }

  #endIdle(kept: Kept): void {
    void kept.opening.then(opened => {
      if (opened.ok && opened.value.channel.isIdle && opened.value.listeners.size === 0) opened.value.close('idle')
    })
  }

  #end(kept: Kept, reason: string): void {
    void kept.opening.then(opened => (opened.ok ? opened.value.close(reason) : undefined))
  }
}

async function openConnection(link: HttpLink, client: ClientDeclaration, closed: () => void): Promise<Result<SseOpen>> {
  const listeners = new Listeners(link.server, client, link.clock)
  const connection = new SseConnection(link, client.capabilities, listeners, closed)
  const ready = await connection.open()
  if (!ready.ok) return ready
  const { channel } = connection
  const outcome = await channel.call(
    ownRequest('initialize', initializeParams(client, client, '2024-11-05'), client),
    true,
  )
  const identity =
    outcome.kind === 'result'
      ? readInitialized(link.server, outcome.result)
      : outcome.kind === 'error'
        ? refused('ERR_UPSTREAM_INVALID', { problem: `it answered initialize with error ${outcome.error.code}` })
        : { ok: false as const, refusal: outcome.refusal }
  if (!identity.ok) {
    connection.close('it could not be opened')
    return identity
  }
  channel.canLog = identity.value.capabilities['logging'] !== undefined
  channel.post(notificationText('notifications/initialized', {}))
  return accepted({ channel, listeners, identity: identity.value, close: reason => connection.close(reason) })
}

/** One GET stream with its endpoint. */
class SseConnection implements Carrier, Sink {
  readonly channel: Channel
  readonly #link: HttpLink
  readonly #listeners: Listeners
  readonly #closed: () => void
  #exchange: Exchange | undefined
  #endpoint: URL | undefined
  #ready: ((result: Result<true>) => void) | undefined
  #cancelWait: (() => void) | undefined
  #over = false

  constructor(link: HttpLink, declared: JsonObject, listeners: Listeners, closed: () => void) {
    this.#link = link
    this.#listeners = listeners
    this.#closed = closed
    const { server, deadlines, redactor, counters } = link
    this.channel = new Channel({ server, carrier: this, deadlines, redactor, counters, listeners, declared })
    this.channel.era = 'legacy'
  }

  /** Resolves when the endpoint is known. */
  open(): Promise<Result<true>> {
    return new Promise(resolve => {
      this.#ready = resolve
      this.#cancelWait = this.#link.clock.timer(limits.upstreamProbeMs, () =>
        this.#fail(refuse('ERR_UPSTREAM_CUT', { server: this.#link.server, limit: 'total time' })),
      )
      this.#exchange = this.#link.origin.get([], streamBounds, this)
    })
  }

  write(message: Outgoing): boolean {
    if (this.#endpoint === undefined || this.#over) return false
    if (message.begin()) new Delivery(message, this.#link).start(this.#endpoint)
    return true
  }

  event(event: SseEvent): void {
    if (event.event === 'message') this.channel.receive(event.data, event.data.length)
    else if (event.event !== 'endpoint') this.#link.counters.junk++
    else if (this.#endpoint === undefined) this.#setEndpoint(event.data)
    else this.#link.counters.junk++
  }

  done(end: ExchangeEnd): void {
    const status = this.#exchange?.status ?? 0
    const { server } = this.#link
    const noStream =
      status < 300 ? refuse('ERR_UPSTREAM_NO_STREAM', { server }) : outcomeOfStatus(server, status, undefined).refusal
    this.#fail(end.failure ?? noStream)
  }

  /** Ends the connection and everything on it. */
  close(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#cancelWait?.()
    this.#closed()
    this.#listeners.stop(reason)
    this.channel.close(reason)
    this.#exchange?.stop(refuse('ERR_UPSTREAM_CANCELLED', { server: this.#link.server }))
  }

  #setEndpoint(text: string): void {
    const { origin, server, redactor } = this.#link
    const endpoint = URL.canParse(text, origin.url.href) ? new URL(text, origin.url) : undefined
    if (endpoint === undefined || endpoint.origin !== origin.url.origin) {
      const host = redactor.text(endpoint?.host ?? text).value.slice(0, 80)
      return void this.#fail(refuse('ERR_UPSTREAM_EGRESS', { server, host, reason: 'its endpoint has another origin' }))
    }
    this.#endpoint = endpoint
    this.#cancelWait?.()
    this.#ready?.(accepted(true))
    this.#ready = undefined
  }

  #fail(refusal: Refusal): void {
    this.#ready?.({ ok: false, refusal })
    this.#ready = undefined
    this.close(refusal.message)
  }
}

/** One message on its way to the endpoint; a status that refuses it ends its call. */
class Delivery implements Sink {
  readonly #message: Outgoing
  readonly #link: HttpLink
  #exchange: Exchange | undefined

  constructor(message: Outgoing, link: HttpLink) {
    this.#message = message
    this.#link = link
  }

  start(endpoint: URL): void {
    this.#exchange = this.#link.origin.postTo(endpoint, this.#message.text, [], deliveryBounds, this)
  }

  event(): void {
    this.#exchange?.linger()
  }

  done(end: ExchangeEnd): void {
    const status = this.#exchange?.status ?? 0
    // a server may hold the post until the answer is out: the call has its own limits
    if (end.failure?.code === 'ERR_UPSTREAM_CUT') return
    if (end.failure !== undefined) this.#message.failed(this.#exchange?.dispatched !== true, end.failure)
    else if (status === 404) {
      this.#message.failed(true, refuse('ERR_UPSTREAM_SESSION_GONE', { server: this.#link.server }))
    } else if (status >= 300) {
      const lost = outcomeOfStatus(this.#link.server, status, this.#exchange?.header('retry-after'))
      this.#message.failed(lost.kind === 'refused', lost.refusal)
    }
  }
}
