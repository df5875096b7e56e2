/**
 * The GET stream of one legacy session (MCP 2025-11-25, transports, listening for messages). A session that belongs to
 * one client hands everything to its listener, questions included. A shared session hands list changes and resource
 * updates to those who asked; a question or log message there goes to the one call that can be meant, or to nobody
 * (many servers ask on this stream although the question belongs to a call).
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { SseEvent } from '../wire/sse.ts'
import type { Exchange, ExchangeEnd, Sink } from './exchange.ts'
import type { HttpCall } from './http-call.ts'
import type { HttpLink } from './http-link.ts'
import type { Session } from './http-session.ts'
import { honouredBy, isForListeners, Listener } from './listener.ts'
import { OpenQuestions } from './open-questions.ts'
import { ownRequest } from './own-request.ts'
import { readEvent, streamBounds } from './stream-event.ts'
import type { ListenOptions, UpstreamIdentity } from './upstream.ts'

type Honoured = Result<{ readonly honoured: JsonObject }>

const sessionOnly: ReadonlySet<string> = new Set(['notifications/message', 'notifications/elicitation/complete'])

export class SessionStream implements Sink {
  readonly #link: HttpLink
  readonly #session: Session
  readonly #identity: UpstreamIdentity
  readonly #clock: Clock
  readonly #closed: () => void
  readonly #listeners = new Set<Listener>()
  readonly #uris = new Map<string, number>()
  readonly #questions: OpenQuestions
  #exchange: Exchange | undefined
  #opening: Promise<boolean> | undefined
  #answerOpening: ((isOpen: boolean) => void) | undefined
  #joining = 0
  #isKept = false
  #failures = 0
  #lastEventId: string | undefined
  #cancelRetry: (() => void) | undefined
  #over = false

  constructor(link: HttpLink, session: Session, identity: UpstreamIdentity, clock: Clock, closed: () => void) {
    this.#link = link
    this.#session = session
    this.#identity = identity
    this.#clock = clock
    this.#closed = closed
    this.#questions = new OpenQuestions(link.counters, text => void link.post(text, session.headers))
  }

  /** Keeps the stream of a shared session open for its calls. Resolves when it is open, refused, or slow to open. */
  async keep(): Promise<void> {
    this.#isKept = true
    this.#session.calls = []
    this.#opening ??= this.#open()
    const waited = new Promise<void>(resolve => this.#clock.timer(limits.upstreamLingerMs, resolve))
    await Promise.race([this.#opening, waited])
  }

  /** Adds a listener; opens the stream for the first one. Refuses with ERR_UPSTREAM_NO_STREAM. */
  async join(options: ListenOptions): Promise<Honoured> {
    this.#joining++
    this.#opening ??= this.#open()
    const isOpen = await this.#opening
    this.#joining--
    const listener = new Listener(options)
    this.#listeners.add(listener)
    this.#session.users++
    if (options.signal.aborted || !isOpen || this.#over) {
      this.#leave(listener)
      return refused('ERR_UPSTREAM_NO_STREAM', { server: this.#link.server })
    }
    options.signal.addEventListener('abort', () => this.#leave(listener), { once: true })
    const { resourceSubscriptions, ...flags } = honouredBy(options.filter, this.#identity.capabilities)
    const uris: string[] = []
    for (const uri of resourceSubscriptions ?? []) {
      const count = this.#uris.get(uri) ?? 0
      this.#uris.set(uri, count + 1)
      if (count > 0 || (await this.#ask('resources/subscribe', uri))) uris.push(uri)
    }
    return accepted({ honoured: { ...flags, ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }) } })
  }

  /** A notification of this session, from this stream or another. */
  take(method: string, params: JsonObject): void {
    let isTaken = false
    for (const listener of this.#listeners) {
      const isOwner = this.#isOwner(listener)
      const isFor = isForListeners(method)
        ? isOwner || listener.wants(method, params)
        : isOwner && sessionOnly.has(method)
      if (!isFor) continue
      listener.take(method, params)
      isTaken = true
    }
    if (!isTaken && sessionOnly.has(method)) isTaken = this.#soleCall()?.unaddressed(method, params) === true
    if (!isTaken && !isForListeners(method)) this.#link.counters.droppedNotifications++
  }

  /** Ends the stream and every listener on it. */
  stop(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#session.users -= this.#listeners.size
    this.#session.calls = undefined
    this.#cancelRetry?.()
    this.#closed()
    for (const listener of this.#listeners) listener.end(reason)
    this.#listeners.clear()
    this.#questions.abandon()
    this.#exchange?.stop(refuse('ERR_UPSTREAM_CANCELLED', { server: this.#link.server }))
  }

  opened(): void {
    this.#answerOpening?.(true)
  }

  event(event: SseEvent): void {
    this.#failures = 0
    const message = readEvent(this.#link, event)
    if (message === undefined) return
    if (message.kind === 'answer') this.#link.counters.strayAnswers++
    else if (message.kind === 'question') this.#question(message.id, message.method, message.params)
    else if (message.method === 'notifications/cancelled') {
      this.#questions.withdraw(message.params['requestId'])
    } else if (message.method !== 'notifications/progress') this.take(message.method, message.params)
    else if (!this.#link.progress(this.#session.ref, message.params)) this.#link.counters.droppedNotifications++
  }

  done(end: ExchangeEnd): void {
    const exchange = this.#exchange
    this.#lastEventId = exchange?.lastEventId ?? this.#lastEventId
    const isOpened = exchange?.isStream === true
    this.#answerOpening?.(false)
    if (this.#over) return
    const isRefused = exchange !== undefined && exchange.status >= 400 && exchange.status < 500
    this.#failures++
    if (isRefused || (!isOpened && this.#failures === 1) || this.#failures > limits.upstreamStreamRetriesMax) {
      return void this.stop(end.failure?.message ?? 'the stream was closed by the server')
    }
    const pauseMs = exchange?.retryMs ?? limits.upstreamStreamRetryMs * 2 ** (this.#failures - 1)
    this.#cancelRetry = this.#clock.timer(Math.min(pauseMs, limits.upstreamStreamRetryMsMax), () => void this.#open())
  }

  #open(): Promise<boolean> {
    return new Promise(resolve => {
      this.#answerOpening = resolve
      const resumed = this.#lastEventId === undefined ? [] : ['last-event-id', this.#lastEventId]
      this.#exchange = this.#link.origin.get([...this.#session.headers, ...resumed], streamBounds, this)
    })
  }

  /** The client whose session this is. Where the server keeps none, the stream is everybody's. */
  #isOwner(listener: Listener): boolean {
    return listener.options.session !== undefined && this.#session.inSession
  }

  #leave(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return
    this.#session.users--
    listener.end(undefined)
    for (const uri of listener.options.filter.resourceSubscriptions ?? []) {
      const count = (this.#uris.get(uri) ?? 0) - 1
      if (count > 0) this.#uris.set(uri, count)
      else if (this.#uris.delete(uri)) void this.#ask('resources/unsubscribe', uri)
    }
    if (this.#listeners.size === 0 && this.#joining === 0 && !this.#isKept) this.stop('nobody listens any more')
  }

  /** The one call of a shared session that can be meant. */
  #soleCall(): HttpCall | undefined {
    const { calls, ambiguousUntilMs } = this.#session
    return calls?.length === 1 && this.#link.deadlines.nowMs() >= ambiguousUntilMs ? calls[0] : undefined
  }

  #question(id: string | number, method: string, params: JsonObject): void {
    const owner = [...this.#listeners].find(listener => this.#isOwner(listener))
    // Servers ask for roots when a session begins, whatever call happens to run: that is no question of the call.
    const isOfCall = method !== 'ping' && method !== 'roots/list'
    const soleCall = owner === undefined && isOfCall ? this.#soleCall() : undefined
    if (soleCall !== undefined) soleCall.put(id, method, params)
    else {
      const { client, onRequest } = owner?.options ?? {}
      const asked = client && onRequest && { capabilities: client.capabilities, onRequest }
      this.#questions.put(id, method, params, asked)
    }
  }

  async #ask(method: string, uri: string): Promise<boolean> {
    const { client } = [...this.#listeners][0]?.options ?? { client: { capabilities: {}, clientInfo: {} } }
    const request = ownRequest(method, { uri }, client)
    const { outcome } = await this.#link.ask(request, 'legacy', this.#session.headers, this.#session)
    return outcome.kind === 'result'
  }
}
