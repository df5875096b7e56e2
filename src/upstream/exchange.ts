/**
 * One HTTP request and its answer, as an undici dispatch handler: one object a request, no promise a chunk, no stream.
 * Promises: `sink.done` is called exactly once, last; bytes, events, idle and total time are bounded; a sink that
 * returns a promise stops the socket until it settles. Refuses compressed streams and oversized answers.
 */
import type { Dispatcher } from 'undici'
import { Fault, type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import { type SseEvent, SseReader } from '../wire/sse.ts'
import type { Deadlines, Timed } from './deadlines.ts'
import { rawHeader } from './headers.ts'
import { type Encoding, inflate, readEncoding } from './inflate.ts'
import { refusalOfError } from './outcome.ts'

/** Bounds of one exchange. `totalMs` and `idleMs` may be Infinity for a long-lived stream. */
export interface ExchangeBounds {
  readonly totalMs: number
  readonly idleMs: number
  /** One message, and a whole answer that is not a stream. */
  readonly messageBytesMax: number
  readonly streamBytesMax: number
  readonly eventsMax: number
}

/** How an exchange ended. `failure` is absent when the answer is complete. */
export interface ExchangeEnd {
  /** The whole answer, unless it was an event stream. */
  readonly body: string | undefined
  readonly failure: Refusal | undefined
}

/** Who reads an exchange. */
export interface Sink {
  /** An event stream has begun. */
  opened?(): void
  /** One event of a stream. A promise pauses the socket until it settles; it must not reject. */
  event(event: SseEvent): void | Promise<void>
  done(end: ExchangeEnd): void
}

export class Exchange implements Dispatcher.DispatchHandler, Timed {
  /** 0 until the head of the answer is here. */
  status = 0
  bytes = 0
  /** At least the head of the request may have been sent. */
  dispatched = false
  isStream = false
  over = false
  totalUntilMs: number
  readonly idleMs: number
  activeMs: number
  /** Open questions: silence is then not the server's fault. */
  waiting = 0
  before: Timed | undefined
  after: Timed | undefined

  readonly #server: string
  readonly #sink: Sink
  readonly #bounds: ExchangeBounds
  readonly #deadlines: Deadlines
  #raw: readonly Buffer[] = []
  #abort: ((error?: Error) => void) | undefined
  #resume: (() => void) | undefined
  #paused = false
  #bodyBytesMax = 0
  #encoding: Encoding = 'identity'
  #first: Buffer | undefined
  #rest: Buffer[] | undefined
  #sse: SseReader | undefined
  #events = 0
  #queue: SseEvent[] = []
  #completed = false

  constructor(server: string, sink: Sink, bounds: ExchangeBounds, deadlines: Deadlines) {
    this.#server = server
    this.#sink = sink
    this.#bounds = bounds
    this.#deadlines = deadlines
    this.activeMs = deadlines.nowMs()
    this.totalUntilMs = this.activeMs + bounds.totalMs
    this.idleMs = bounds.idleMs
    deadlines.add(this)
  }

  get excused(): boolean {
    return this.#paused || this.waiting > 0
  }

  /** The id to resume this stream from, and the pause the server asked for. */
  get lastEventId(): string | undefined {
    return this.#sse?.lastEventId
  }
  get retryMs(): number | undefined {
    return this.#sse?.retryMs
  }

  /** Value of a header of the answer. */
  header(name: string): string | undefined {
    return rawHeader(this.#raw, name)
  }

  /** Ends the exchange from our side. The connection is closed, which cancels on 2026-07-28. */
  stop(refusal: Refusal): void {
    if (!this.over) this.#finish(undefined, refusal)
  }

  /** The answer is here: read on only briefly, so that the connection can be used again. */
  linger(): void {
    this.totalUntilMs = Math.min(this.totalUntilMs, this.#deadlines.nowMs() + limits.upstreamLingerMs)
  }

  expire(limit: 'idle time' | 'total time'): void {
    if (this.dispatched) this.stop(refuse('ERR_UPSTREAM_CUT', { server: this.#server, limit }))
    else this.stop(refuse('ERR_UPSTREAM_BUSY', { server: this.#server, reason: 'no connection became free in time' }))
  }

  // undici's handler, in the form that hands over raw header bytes

  onConnect(abort: (error?: Error) => void): void {
    // thrown here, undici drops the request before a byte is written and keeps the connection
    if (this.over) throw stopError
    this.#abort = abort
    this.dispatched = true
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (status < 200) return true
    this.status = status
    this.#raw = raw
    this.#resume = resume
    this.activeMs = this.#deadlines.nowMs()
    const isSuccess = status < 300
    const encoding = rawHeader(raw, 'content-encoding')
    if (encoding !== undefined) this.#encoding = readEncoding(encoding)
    if (isSuccess && isEventStream(rawHeader(raw, 'content-type'))) this.#openStream()
    this.#bodyBytesMax = isSuccess ? this.#bounds.messageBytesMax : limits.upstreamErrorBytesMax
    if (this.#encoding === 'unknown' || (this.isStream && this.#encoding !== 'identity')) {
      this.stop(refuse('ERR_UPSTREAM_ENCODING', { server: this.#server, encoding: nameOf(encoding) }))
    }
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.over) return true
    this.bytes += chunk.length
    this.activeMs = this.#deadlines.nowMs()
    if (this.#sse !== undefined) return this.#readStream(this.#sse, chunk)
    if (this.bytes > this.#bodyBytesMax) {
      this.#cut('answer bytes')
      return true
    }
    if (this.#first === undefined) this.#first = chunk
    else if (this.#rest === undefined) this.#rest = [chunk]
    else this.#rest.push(chunk)
    return true
  }

  onComplete(): void {
    if (this.over) return
    this.#completed = true
    if (this.isStream) {
      if (!this.#paused) this.#finish(undefined, undefined)
      return
    }
    const body = this.#body()
    if (this.#encoding === 'identity' || body.length === 0) {
      this.#finish(body.toString('utf8'), undefined)
      return
    }
    inflate(body, this.#encoding, this.#bodyBytesMax, plain => {
      if (this.over) return
      if (plain === undefined) this.#cut('answer bytes')
      else this.#finish(plain.toString('utf8'), undefined)
    })
  }

  onError(error: Error): void {
    if (!this.over) this.#finish(undefined, refusalOfError(this.#server, error, this.dispatched))
  }

  #body(): Buffer {
    if (this.#first === undefined) return empty
    return this.#rest === undefined ? this.#first : Buffer.concat([this.#first, ...this.#rest])
  }

  #openStream(): void {
    this.isStream = true
    this.#sink.opened?.()
    this.#sse = new SseReader({ eventBytesMax: this.#bounds.messageBytesMax })
  }

  #readStream(reader: SseReader, chunk: Buffer): boolean {
    if (this.bytes > this.#bounds.streamBytesMax) {
      this.#cut('stream bytes')
      return true
    }
    try {
      this.#queue = reader.push(chunk)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#cut('message bytes')
      return true
    }
    return this.#deliver(0)
  }

  /** Hands over queued events from `index` on. False: the sink asked for a pause and the socket has to wait. */
  #deliver(index: number): boolean {
    for (let i = index; i < this.#queue.length && !this.over; i++) {
      this.#events++
      if (this.#events > this.#bounds.eventsMax) {
        this.#cut('events')
        return true
      }
      const busy = this.#sink.event(this.#queue[i] as SseEvent)
      if (busy === undefined) continue
      this.#paused = true
      const next = () => this.#goOn(i + 1)
      busy.then(next, next)
      return false
    }
    return true
  }

  #goOn(index: number): void {
    if (this.over) return
    this.#paused = false
    this.activeMs = this.#deadlines.nowMs()
    if (!this.#deliver(index) || this.over) return
    if (this.#completed) this.#finish(undefined, undefined)
    else this.#resume?.()
  }

  #cut(limit: string): void {
    this.stop(refuse('ERR_UPSTREAM_CUT', { server: this.#server, limit }))
  }

  #finish(body: string | undefined, failure: Refusal | undefined): void {
    this.over = true
    this.#deadlines.remove(this)
    if (!this.#completed) this.#abort?.(stopError)
    this.#queue = []
    this.#sink.done({ body, failure })
  }
}

const empty = Buffer.alloc(0)
const stopError = new Error('the exchange was ended by the gateway')

/** The name of a coding, if it is one: nothing a server says goes unread into our own words. */
function nameOf(encoding: string | undefined): string {
  return /^(gzip|x-gzip|deflate|br|zstd|compress|dcb|dcz)$/i.exec(encoding ?? '')?.[0] ?? 'unknown'
}

function isEventStream(contentType: string | undefined): boolean {
  return contentType !== undefined && /^text\/event-stream\s*(;|$)/i.test(contentType)
}
