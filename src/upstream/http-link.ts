/**
 * What all requests to one HTTP server share: sockets, ids, deadlines, redaction, counters. Runs agents' requests, asks
 * the gateway's own questions, posts one-way messages. Every request and progress token gets an id of ours.
 */
import type { Clock } from '../clock.ts'
import { type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import { type Era, modernVersion } from '../wire/era.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { Deadlines } from './deadlines.ts'
import type { Exchange, ExchangeBounds, Sink } from './exchange.ts'
import type { HeaderList } from './headers.ts'
import { type CallRoute, HttpCall } from './http-call.ts'
import type { HttpOrigin } from './http-origin.ts'
import { noSession, type Session } from './http-session.ts'
import { requestText } from './message.ts'
import { refusedOutcome } from './outcome.ts'
import type { Redactor } from './redaction.ts'
import type { UpstreamCounters, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** The answer to a question of our own. */
export interface Asked {
  readonly outcome: UpstreamOutcome
  /** `Mcp-Session-Id` of the answer. */
  readonly sessionId: string | undefined
}

/** Notifications that belong to a whole session, by its `ref`. */
export type Broadcast = (ref: string, method: string, params: JsonObject) => void

export class HttpLink {
  readonly server: string
  readonly origin: HttpOrigin
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly counters: UpstreamCounters
  readonly redactor: Redactor
  readonly broadcast: Broadcast
  readonly #modernRoute: CallRoute
  /** Calls that want progress and run in a session: it may come on the session's own stream. */
  readonly #progressing = new Map<number, HttpCall>()
  #lastId = 0
  #running = 0

  constructor(
    server: string,
    parts: {
      readonly origin: HttpOrigin
      readonly clock: Clock
      readonly deadlines: Deadlines
      readonly counters: UpstreamCounters
      readonly redactor: Redactor
      readonly broadcast: Broadcast
    },
  ) {
    this.server = server
    this.origin = parts.origin
    this.clock = parts.clock
    this.deadlines = parts.deadlines
    this.counters = parts.counters
    this.redactor = parts.redactor
    this.broadcast = parts.broadcast
    this.#modernRoute = new Route(this, 'modern', undefined)
  }

  nextId(): number {
    this.#lastId++
    return this.#lastId
  }

  /** Sends one request; `settle` gets its outcome, exactly once. */
  run(
    request: UpstreamRequest,
    era: Era,
    headers: HeaderList,
    session: Session | undefined,
    settle: (outcome: UpstreamOutcome) => void,
  ): HttpCall {
    const route = session === undefined ? this.#modernRoute : new Route(this, era, session)
    const id = this.nextId()
    const call = new HttpCall(id, request, route, outcome => {
      this.#running--
      if (request.progressToken !== undefined) this.#progressing.delete(id)
      settle(outcome)
    })
    const refusal = this.#refusalOf(request)
    if (refusal !== undefined) {
      settle(refusedOutcome(refusal))
      return call
    }
    this.#running++
    if (request.progressToken !== undefined && session !== undefined) this.#progressing.set(id, call)
    call.start(this.origin.post(requestText(call.id, era, request), headers, boundsOf(request), call, 'calls'))
    return call
  }

  /** Why a request is not even begun. */
  #refusalOf(request: UpstreamRequest): Refusal | undefined {
    const { server } = this
    if (request.signal.aborted) return refuse('ERR_UPSTREAM_CANCELLED', { server })
    if (this.#running < limits.upstreamCallsMax) return undefined
    return refuse('ERR_UPSTREAM_BUSY', { server, reason: `${limits.upstreamCallsMax} calls are running` })
  }

  /** Hands progress that came on the stream of session `ref` to its call. False: no such call. */
  progress(ref: string, params: JsonObject): boolean {
    const token = params['progressToken']
    const call = typeof token === 'number' ? this.#progressing.get(token) : undefined
    return call?.progress(ref, params) === true
  }

  /** Asks a question of our own. Never rejects. */
  ask(request: UpstreamRequest, era: Era, headers: HeaderList, session?: Session): Promise<Asked> {
    return new Promise(resolve => {
      let call: HttpCall | undefined
      // an unsendable request settles before `run` returns
      const settle = (outcome: UpstreamOutcome) => resolve({ outcome, sessionId: call?.header('mcp-session-id') })
      call = this.run(request, era, headers, session ?? noSession, settle)
    })
  }

  /** Posts a message that has no answer. Resolves with the HTTP status, 0 when there was none. Never rejects. */
  post(text: string, headers: HeaderList): Promise<number> {
    return new Promise(resolve => {
      const sink = new Ignored(resolve)
      sink.exchange = this.origin.post(text, headers, ownBounds, sink, 'calls')
    })
  }

  /** Ends a session at the server. Never rejects; many servers answer 405. */
  end(session: Session): Promise<number> {
    return new Promise(resolve => {
      const sink = new Ignored(resolve)
      sink.exchange = this.origin.delete(session.headers, ownBounds, sink)
    })
  }
}

/** The headers of a modern request (2026-07-28 basic/transports/streamable-http). */
export function modernHeaders(method: string): string[] {
  return ['mcp-protocol-version', modernVersion, 'mcp-method', method]
}

/** The bounds of one exchange for a request. */
function boundsOf(request: UpstreamRequest): ExchangeBounds {
  return {
    totalMs: request.totalMs,
    idleMs: request.idleMs,
    messageBytesMax: request.answerBytesMax,
    streamBytesMax: limits.upstreamStreamBytesMax,
    eventsMax: limits.upstreamEventsMax,
  }
}

/** Bounds of messages whose answer nobody reads. */
export const ownBounds: ExchangeBounds = {
  totalMs: limits.upstreamProbeMs,
  idleMs: limits.upstreamProbeMs,
  messageBytesMax: limits.upstreamErrorBytesMax,
  streamBytesMax: limits.upstreamErrorBytesMax,
  eventsMax: 16,
}

/** Where calls run: in a legacy session, or at a modern server. */
class Route implements CallRoute {
  readonly era: Era
  readonly #link: HttpLink
  readonly #session: Session | undefined

  constructor(link: HttpLink, era: Era, session: Session | undefined) {
    this.#link = link
    this.era = era
    this.#session = session
  }

  get server(): string {
    return this.#link.server
  }
  get ref(): string {
    return this.#session?.ref ?? ''
  }
  get inSession(): boolean {
    return this.#session?.inSession === true
  }
  get redactor(): Redactor {
    return this.#link.redactor
  }
  get counters(): UpstreamCounters {
    return this.#link.counters
  }

  post(text: string): void {
    if (this.#session !== undefined) void this.#link.post(text, this.#session.headers)
  }

  nowMs(): number {
    return this.#link.deadlines.nowMs()
  }

  later(ms: number, next: () => void): () => void {
    return this.#link.clock.timer(ms, next)
  }

  resume(call: HttpCall, lastEventId: string, bounds: ExchangeBounds): Exchange {
    const headers = [...(this.#session?.headers ?? []), 'last-event-id', lastEventId]
    return this.#link.origin.get(headers, bounds, call)
  }

  broadcast(method: string, params: JsonObject): void {
    if (this.#session !== undefined) this.#link.broadcast(this.#session.ref, method, params)
  }
}

/** An answer nobody reads. */
class Ignored implements Sink {
  exchange: Exchange | undefined
  readonly #resolve: (status: number) => void
  constructor(resolve: (status: number) => void) {
    this.#resolve = resolve
  }
  event(): void {
    this.exchange?.linger()
  }
  done(): void {
    this.#resolve(this.exchange?.status ?? 0)
  }
}
