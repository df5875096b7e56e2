/**
 * Notification streams of HTTP servers. Modern: one `subscriptions/listen` a listener; only what carries its id and was
 * asked for is delivered. Legacy: one GET stream a session, opened again when it breaks, shared by the listeners of
 * that session; what belongs to no request goes to the listeners that asked for it.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { metaKey } from '../wire/era.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { SseEvent } from '../wire/sse.ts'
import type { Exchange, ExchangeEnd, Sink } from './exchange.ts'
import { type HttpLink, modernHeaders } from './http-link.ts'
import type { Session } from './http-session.ts'
import { SessionStream } from './http-stream.ts'
import { Listener } from './listener.ts'
import { withoutSubscription } from './listeners.ts'
import { modernMeta } from './message.ts'
import { outcomeOfStatus } from './outcome.ts'
import { readEvent, streamBounds } from './stream-event.ts'
import type { ListenOptions, UpstreamIdentity } from './upstream.ts'

type Honoured = Result<{ readonly honoured: JsonObject }>

/** All listeners of one HTTP server. */
export class HttpListeners {
  readonly #clock: Clock
  readonly #streams = new Map<string, SessionStream>()
  readonly #subscriptions = new Set<Subscription>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Subscribes at a modern server. */
  listenModern(link: HttpLink, options: ListenOptions): Promise<Honoured> {
    return new Promise(resolve => {
      const subscription = new Subscription(link, options, resolve, () => this.#subscriptions.delete(subscription))
      this.#subscriptions.add(subscription)
      subscription.open()
    })
  }

  /** Joins or opens the stream of a legacy session. */
  listenLegacy(
    link: HttpLink,
    session: Session,
    identity: UpstreamIdentity,
    options: ListenOptions,
  ): Promise<Honoured> {
    return this.#streamOf(link, session, identity).join(options)
  }

  /** Keeps the stream of a shared session open for what its calls may be asked there. */
  keep(link: HttpLink, session: Session, identity: UpstreamIdentity): Promise<void> {
    return this.#streamOf(link, session, identity).keep()
  }

  /** The session is over. */
  close(ref: string): void {
    this.#streams.get(ref)?.stop('the session has ended')
  }

  #streamOf(link: HttpLink, session: Session, identity: UpstreamIdentity): SessionStream {
    const known = this.#streams.get(session.ref)
    if (known !== undefined) return known
    const stream = new SessionStream(link, session, identity, this.#clock, () => this.#streams.delete(session.ref))
    this.#streams.set(session.ref, stream)
    return stream
  }

  /** A notification of a session that came on the stream of one of its requests. */
  broadcast(ref: string, method: string, params: JsonObject): void {
    this.#streams.get(ref)?.take(method, params)
  }

  stop(): void {
    for (const stream of [...this.#streams.values()]) stream.stop('the gateway is stopping')
    for (const subscription of [...this.#subscriptions]) subscription.stop('the gateway is stopping')
  }
}

/** One `subscriptions/listen` (MCP 2026-07-28, basic/patterns/subscriptions). */
class Subscription implements Sink {
  readonly #link: HttpLink
  readonly #listener: Listener
  readonly #id: number
  readonly #closed: () => void
  #answer: ((honoured: Honoured) => void) | undefined
  #exchange: Exchange | undefined
  #cancelWait: (() => void) | undefined
  #reason = 'the stream was closed'

  constructor(link: HttpLink, options: ListenOptions, answer: (honoured: Honoured) => void, closed: () => void) {
    this.#link = link
    this.#listener = new Listener(options)
    this.#id = link.nextId()
    this.#answer = answer
    this.#closed = closed
  }

  open(): void {
    const { client, filter, signal } = this.#listener.options
    const params = { notifications: { ...filter }, _meta: modernMeta(client) }
    const text = JSON.stringify({ jsonrpc: '2.0', id: this.#id, method: 'subscriptions/listen', params })
    this.#exchange = this.#link.origin.post(text, modernHeaders('subscriptions/listen'), streamBounds, this, 'streams')
    this.#cancelWait = this.#link.clock.timer(limits.upstreamProbeMs, () => this.stop('no acknowledgement'))
    if (signal.aborted) this.stop(undefined)
    else signal.addEventListener('abort', () => this.stop(undefined), { once: true })
  }

  stop(reason: string | undefined): void {
    this.#reason = reason ?? this.#reason
    if (reason === undefined) this.#listener.end(undefined)
    this.#exchange?.stop({ code: 'ERR_UPSTREAM_CANCELLED', message: reason ?? '' })
  }

  event(event: SseEvent): void {
    const message = readEvent(this.#link, event)
    if (message?.kind === 'answer' && message.id === this.#id) {
      this.#reason = 'the server ended the subscription'
      this.#exchange?.linger()
    } else if (message?.kind === 'notification') this.#take(message.method, message.params)
    else this.#link.counters.droppedNotifications++
  }

  done(end: ExchangeEnd): void {
    this.#cancelWait?.()
    this.#closed()
    const answer = this.#answer
    if (answer === undefined) {
      this.#listener.end(end.failure?.message || this.#reason)
      return
    }
    this.#answer = undefined
    const status = this.#exchange?.status ?? 0
    const { server } = this.#link
    if (end.failure !== undefined) answer({ ok: false, refusal: end.failure })
    else if (status === 404 || status === 405 || status < 300) answer(refused('ERR_UPSTREAM_NO_STREAM', { server }))
    else answer({ ok: false, refusal: outcomeOfStatus(server, status, undefined).refusal })
  }

  #take(method: string, params: JsonObject): void {
    const meta = params['_meta']
    const isOurs = isJsonObject(meta) && meta[metaKey.subscriptionId] === this.#id
    if (isOurs && method === 'notifications/subscriptions/acknowledged' && this.#answer !== undefined) {
      const honoured = params['notifications']
      this.#cancelWait?.()
      this.#answer(accepted({ honoured: isJsonObject(honoured) ? honoured : {} }))
      this.#answer = undefined
    } else if (isOurs && this.#listener.wants(method, params)) this.#listener.take(method, withoutSubscription(params))
    else this.#link.counters.droppedNotifications++
  }
}
