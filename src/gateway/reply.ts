/**
 * The way back to one client request: one JSON body, or a stream of events that ends with the answer. The stream is
 * opened by the first message that precedes the answer; a client that does not take streams gets only the answer.
 * Nothing is buffered for a slow reader: `notify` resolves when the client has room again. One that takes nothing at all
 * for `limits.clientStallMs` loses its connection.
 */
import type { ServerResponse } from 'node:http'
import type { Refusal } from '../errors.ts'
import { errorEntry } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { RpcError, RpcId } from '../wire/rpc.ts'
import { sseComment, sseFrame } from '../wire/sse.ts'

/** What a handler gives back: a result, or a JSON-RPC error with the HTTP status it travels under. */
export type Answer =
  | { readonly kind: 'result'; readonly result: JsonObject; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'error'; readonly error: RpcError; readonly status: number }

/** An answer that says what a refusal says, with the code and status of the catalogue. */
export function refusalAnswer(refusal: Refusal, status?: number): Answer {
  const entry = errorEntry(refusal.code)
  const data = { ...refusal.data, code: refusal.code }
  return { kind: 'error', error: { code: entry.rpc, message: refusal.message, data }, status: status ?? entry.http }
}

const plainHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export class Reply {
  readonly #response: ServerResponse
  readonly #acceptsEvents: boolean
  #streaming = false
  #keepAlive: NodeJS.Timeout | undefined

  constructor(response: ServerResponse, acceptsEvents: boolean) {
    this.#response = response
    this.#acceptsEvents = acceptsEvents
  }

  /** True when messages can be sent before the answer. */
  get canStream(): boolean {
    return this.#acceptsEvents && !this.#response.writableEnded && !this.#response.destroyed
  }

  /** True once the client has gone. */
  get isGone(): boolean {
    return this.#response.destroyed
  }

  /** Sends one message before the answer. Resolves when the client can take more; drops it when it takes none. */
  notify(message: object): Promise<void> | undefined {
    if (!this.canStream) return undefined
    this.openStream()
    if (this.#response.write(sseFrame(JSON.stringify(message)))) return undefined
    return new Promise(resolve => {
      const done = () => {
        this.#response.off('drain', done).off('close', done)
        resolve()
      }
      this.#response.on('drain', done).on('close', done)
    })
  }

  /** Starts the event stream now, so that the client sees the head. */
  openStream(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#streaming || this.#response.headersSent) return
    this.#streaming = true
    this.#response.writeHead(200, {
      ...plainHeaders,
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
      ...headers,
    })
    this.#response.flushHeaders()
    this.#boundStall()
    this.#keepAlive = setInterval(() => this.#response.write(sseComment), limits.streamKeepAliveMs)
    this.#keepAlive.unref()
    this.#response.once('close', () => clearInterval(this.#keepAlive))
  }

  /** Sends the answer and ends the exchange. */
  answer(id: RpcId | null, answer: Answer): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    const body = answer.kind === 'result' ? { result: answer.result } : { error: answer.error }
    const text = JSON.stringify({ jsonrpc: '2.0', id, ...body })
    if (this.#streaming) {
      this.#endStream(sseFrame(text))
      return
    }
    const status = answer.kind === 'result' ? 200 : answer.status
    const headers = answer.kind === 'result' ? answer.headers : undefined
    this.#send(status, text, 'application/json', headers)
  }

  /** Ends an exchange that carries no JSON-RPC answer: 202 for a notification, or a bare refusal. */
  finish(status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#streaming) this.#endStream()
    else this.#response.writeHead(status, { ...plainHeaders, ...headers }).end()
  }

  /** A refusal outside JSON-RPC ids: before the body could be read. */
  refuse(refusal: Refusal, headers: Readonly<Record<string, string>> = {}, closeConnection = false): void {
    const entry = errorEntry(refusal.code)
    const error = { code: entry.rpc, message: refusal.message, data: { ...refusal.data, code: refusal.code } }
    const connection = closeConnection ? { connection: 'close' } : undefined
    this.#send(entry.http, JSON.stringify({ jsonrpc: '2.0', id: null, error }), 'application/json', {
      ...headers,
      ...connection,
    })
  }

  /** From now on until all is taken; then the connection is the next request's, which may wait longer for its answer. */
  #boundStall(): void {
    const { socket } = this.#response
    if (socket === null) return
    socket.setTimeout(limits.clientStallMs)
    this.#response.once('finish', () => {
      if (socket.timeout === limits.clientStallMs) socket.setTimeout(0)
    })
  }

  /** The comments stop with the stream: after its end, while a slow client still reads, a write would be a fault. */
  #endStream(last?: string): void {
    clearInterval(this.#keepAlive)
    this.#response.end(last)
  }

  #send(status: number, text: string, type: string, headers: Readonly<Record<string, string>> | undefined): void {
    if (this.#response.headersSent || this.#response.destroyed) return
    const body = Buffer.from(text)
    this.#response.writeHead(status, {
      ...plainHeaders,
      'content-type': type,
      'content-length': body.length,
      ...headers,
    })
    this.#response.end(body)
    this.#boundStall()
  }
}
