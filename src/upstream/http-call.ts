/**
 * One JSON-RPC request to an HTTP server: reads the answer out of a JSON body or an event stream, hands notifications
 * and questions of this request to its caller, and settles one outcome. A second answer, a foreign id, an unknown
 * notification or an undeclared question is dropped or refused, and counted.
 */
import { Fault, type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Era } from '../wire/era.ts'
import { readLossless } from '../wire/json.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'
import type { SseEvent } from '../wire/sse.ts'
import type { Exchange, ExchangeBounds, ExchangeEnd, Sink } from './exchange.ts'
import { deliver, isForListeners } from './listener.ts'
import { coversLevel } from './log-level.ts'
import { notificationText, readServerMessage, type ServerMessage } from './message.ts'
import { OpenQuestions } from './open-questions.ts'
import { lostOutcome, outcomeOfStatus, provesNoExecution, refusedOutcome, unknownOutcome } from './outcome.ts'
import type { Redactor } from './redaction.ts'
import type { UpstreamCounters, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** Where a call runs: its server, era and session. */
export interface CallRoute {
  readonly server: string
  readonly era: Era
  /** The session's `ref`, if it has one. */
  readonly ref: string
  /** True when the request names a session that may have died. */
  readonly inSession: boolean
  readonly redactor: Redactor
  readonly counters: UpstreamCounters
  /** Posts a further message in the same session: an answer to a question, a cancellation. Best effort. */
  post(text: string): void
  /** Milliseconds of the steady clock. */
  nowMs(): number
  /** Runs `next` after a pause; the returned function cancels it. */
  later(ms: number, next: () => void): () => void
  /** Legacy: goes on reading a broken stream with GET and `Last-Event-ID`. */
  resume(call: HttpCall, lastEventId: string, bounds: ExchangeBounds): Exchange
  /** Notifications of a shared session that belong to no request. */
  broadcast(method: string, params: JsonObject): void
}

export class HttpCall implements Sink {
  readonly id: number
  readonly #request: UpstreamRequest
  readonly #route: CallRoute
  readonly #settle: (outcome: UpstreamOutcome) => void
  #exchange: Exchange | undefined
  #settled = false
  #bytes = 0
  #redactions = 0
  #resumes = 0
  #cancelResume: (() => void) | undefined
  #problem = 'its stream ended without an answer'
  #questions: OpenQuestions | undefined

  constructor(id: number, request: UpstreamRequest, route: CallRoute, settle: (outcome: UpstreamOutcome) => void) {
    this.id = id
    this.#request = request
    this.#route = route
    this.#settle = settle
  }

  /** Ties the call to its exchange and to the caller's signal. */
  start(exchange: Exchange): void {
    this.#exchange = exchange
    // the exchange may have failed before it was handed over (nothing was sent then)
    if (!this.#settled) this.#request.signal.addEventListener('abort', this, { once: true })
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** A header of the answer. */
  header(name: string): string | undefined {
    return this.#exchange?.header(name)
  }

  /** A question that came on the session's own stream while only this call can be meant. */
  put(id: string | number, method: string, params: JsonObject): void {
    this.#question(id, method, params)
  }

  /** A log message that came there likewise. False: it is not for this caller. */
  unaddressed(method: string, params: JsonObject): boolean {
    if (this.#settled) return false
    if (method === 'notifications/message' && !coversLevel(this.#request.logLevel, params['level'])) return false
    // not awaited: the stream it came on belongs to the whole session
    deliver(this.#request.onNotification, method, params)?.catch(() => undefined)
    return true
  }

  /** Progress of this call that came on another stream of its session. False: it has none to give. */
  progress(ref: string, params: JsonObject): boolean {
    const { progressToken } = this.#request
    if (this.#settled || progressToken === undefined || this.#route.ref !== ref) return false
    // not awaited: the stream it came on belongs to the whole session
    deliver(this.#request.onNotification, 'notifications/progress', { ...params, progressToken })?.catch(
      () => undefined,
    )
    return true
  }

  /** The caller's signal: closes the stream, which cancels on 2026-07-28, and says so to a legacy server. */
  handleEvent(): void {
    if (this.#settled) return
    const refusal = refuse('ERR_UPSTREAM_CANCELLED', { server: this.#route.server })
    if (this.#cancelResume === undefined) this.#exchange?.stop(refusal)
    else this.#lose(refusal, this.#exchange)
  }

  event(event: SseEvent): void | Promise<void> {
    if (event.data === '') return undefined
    const message = this.#read(event.data)
    if (message === undefined) {
      this.#route.counters.junk++
      return undefined
    }
    if (message.kind === 'answer') {
      this.#answer(message)
      return undefined
    }
    if (this.#settled) {
      this.#route.counters.droppedNotifications++
      return undefined
    }
    if (message.kind === 'notification') return this.#notification(message.method, message.params)
    this.#question(message.id, message.method, message.params)
    return undefined
  }

  done(end: ExchangeEnd): void {
    if (this.#settled) return
    const exchange = this.#exchange
    const lastEventId = this.#resumeFrom(exchange, end)
    if (exchange !== undefined && lastEventId !== undefined) this.#resumeLater(exchange, lastEventId)
    else if (end.failure !== undefined) this.#lose(end.failure, exchange)
    else if (end.body === undefined) this.#lose(this.#lost(), exchange)
    else if (this.#resumes > 0) this.#lose(this.#lost(), exchange)
    else this.#end(this.#judge(end.body, exchange?.status ?? 0))
  }

  #lost(): Refusal {
    return refuse('ERR_UPSTREAM_LOST', { server: this.#route.server, reason: this.#problem })
  }

  /** A failure. A legacy server that was asked is told that nobody waits any more. */
  #lose(refusal: Refusal, exchange: Exchange | undefined): void {
    // what was sent before a stream was resumed stays sent, whatever becomes of the resumption
    const dispatched = this.#resumes > 0 || exchange?.dispatched === true
    const isOurs = refusal.code === 'ERR_UPSTREAM_CANCELLED' || refusal.code === 'ERR_UPSTREAM_CUT'
    if (dispatched && isOurs && this.#route.era === 'legacy' && this.#request.method !== 'initialize') {
      const reason = refusal.code === 'ERR_UPSTREAM_CUT' ? 'time or size limit' : 'cancelled by the caller'
      this.#route.post(notificationText('notifications/cancelled', { requestId: this.id, reason }))
    }
    this.#end(lostOutcome(dispatched, refusal))
  }

  /** The id to resume from, if this broken or ended stream can be resumed (MCP 2025-11-25, transports, resumability). */
  #resumeFrom(exchange: Exchange | undefined, end: ExchangeEnd): string | undefined {
    if (exchange === undefined || !exchange.isStream || this.#route.era !== 'legacy') return undefined
    if (this.#resumes >= limits.upstreamStreamRetriesMax) return undefined
    const isBroken = end.failure === undefined || end.failure.code === 'ERR_UPSTREAM_LOST'
    // an empty id says that there is nothing to resume from
    return isBroken && exchange.lastEventId !== '' ? exchange.lastEventId : undefined
  }

  /** Waits as long as the server asked (MCP 2025-11-25, `retry`), within the total time of the call. */
  #resumeLater(exchange: Exchange, lastEventId: string): void {
    const leftMs = exchange.totalUntilMs - this.#route.nowMs()
    const pauseMs = exchange.retryMs ?? limits.upstreamStreamRetryMs
    if (pauseMs >= leftMs) {
      const refusal = refuse('ERR_UPSTREAM_CUT', { server: this.#route.server, limit: 'total time' })
      this.#cancelResume = this.#route.later(leftMs, () => this.#lose(refusal, exchange))
      return
    }
    this.#resumes++
    this.#cancelResume = this.#route.later(pauseMs, () => {
      this.#cancelResume = undefined
      this.#bytes += exchange.bytes
      this.#exchange = this.#route.resume(this, lastEventId, this.#remaining(leftMs - pauseMs))
    })
  }

  /** The same bounds, with the total time that is left. */
  #remaining(totalMs: number): ExchangeBounds {
    return {
      totalMs,
      idleMs: this.#request.idleMs,
      messageBytesMax: this.#request.answerBytesMax,
      streamBytesMax: limits.upstreamStreamBytesMax,
      eventsMax: limits.upstreamEventsMax,
    }
  }

  /** The outcome of an answer that was not a stream. */
  #judge(body: string, status: number): UpstreamOutcome {
    const { server, inSession } = this.#route
    const message = body === '' ? undefined : this.#read(body)
    const answer = message?.kind === 'answer' ? message : undefined
    if (status >= 200 && status < 300) {
      if (answer?.id === this.id) return this.#outcomeOf(answer, status)
      const problem = body === '' ? 'it is empty' : answer === undefined ? this.#problem : 'it has a foreign id'
      return unknownOutcome(refuse('ERR_UPSTREAM_INVALID', { problem }))
    }
    const isForUs = answer?.error !== undefined && (answer.id === this.id || answer.id === null)
    const isMethodUnknown = isForUs && answer.error?.code === -32601
    if (inSession && !isMethodUnknown && saysSessionIsGone(status, answer?.error)) {
      return refusedOutcome(refuse('ERR_UPSTREAM_SESSION_GONE', { server }))
    }
    const isByStatus = status === 401 || status === 403 || status === 429
    if (isForUs && !isByStatus) return this.#outcomeOf(answer, status)
    return outcomeOfStatus(server, status, this.#exchange?.header('retry-after'))
  }

  #read(text: string): ServerMessage | undefined {
    try {
      const redacted = this.#route.redactor.json(readLossless(text, limits.upstreamDepthMax), text)
      this.#redactions += redacted.count
      const message = readServerMessage(redacted.value)
      if (message.ok) return message.value
      this.#problem = String(message.refusal.message)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#problem = error.message
    }
    return undefined
  }

  /** An answer in a stream. */
  #answer(answer: ServerMessage & { kind: 'answer' }): void {
    if (this.#settled || answer.id !== this.id) {
      this.#route.counters.strayAnswers++
      return
    }
    this.#end(this.#outcomeOf(answer, this.#exchange?.status ?? 0))
    this.#exchange?.linger()
  }

  #outcomeOf(answer: ServerMessage & { kind: 'answer' }, status: number): UpstreamOutcome {
    const bytes = this.#bytes + (this.#exchange?.bytes ?? 0)
    const redactions = this.#redactions
    const { error, result } = answer
    if (error === undefined) return { kind: 'result', result: result as JsonObject, status, bytes, redactions }
    return { kind: 'error', error, status, bytes, redactions, certainlyNotExecuted: provesNoExecution(error.code) }
  }

  #end(outcome: UpstreamOutcome): void {
    this.#settled = true
    this.#cancelResume?.()
    this.#request.signal.removeEventListener('abort', this)
    this.#route.counters.redactions += this.#redactions
    this.#questions?.abandon()
    this.#settle(outcome)
  }

  #notification(method: string, params: JsonObject): void | Promise<void> {
    const { onNotification, progressToken } = this.#request
    if (method === 'notifications/progress' && params['progressToken'] === this.id && progressToken !== undefined) {
      return deliver(onNotification, method, { ...params, progressToken })
    }
    if (method === 'notifications/message' || method === 'notifications/elicitation/complete') {
      return deliver(onNotification, method, params)
    }
    if (method === 'notifications/cancelled') this.#questions?.withdraw(params['requestId'])
    else if (!isForListeners(method) || this.#route.era === 'modern') this.#route.counters.droppedNotifications++
    else if (this.#request.session !== undefined && this.#route.inSession)
      return deliver(onNotification, method, params)
    else this.#route.broadcast(method, params)
    return undefined
  }

  #question(id: string | number, method: string, params: JsonObject): void {
    if (this.#route.era === 'modern') {
      // 2026-07-28: no server requests on a stream, and clients never post responses
      this.#route.counters.refusedQuestions++
      return
    }
    const { client, onRequest, onUndeclared } = this.#request
    const exchange = this.#exchange
    this.#questions ??= new OpenQuestions(this.#route.counters, text => this.#route.post(text))
    this.#questions.put(id, method, params, {
      capabilities: client.capabilities,
      onRequest,
      onUndeclared,
      onWaiting: by => {
        if (exchange !== undefined) exchange.waiting += by
      },
    })
  }
}

/** 404 is the standard's word for a dead session; servers built on SDK samples say 400, −32000 and "session". */
function saysSessionIsGone(status: number, error: RpcError | undefined): boolean {
  if (status === 404) return true
  return status === 400 && error?.code === -32000 && error.message.toLowerCase().includes('session')
}
