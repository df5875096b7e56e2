/**
 * The bridge between a client on stdio and the gateway's HTTP door. Both eras pass as they are: the bridge adds what
 * HTTP needs (session, headers), turns a modern `notifications/cancelled` into the closed stream that means the same
 * over HTTP, reconnects what may be reconnected, and never judges. Every request gets exactly one answer, unless the
 * client cancelled it. Nothing but protocol is written to the output; `log` takes the rest.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../clock.ts'
import { limits } from '../../limits.ts'
import { isJsonObject } from '../../wire/json-types.ts'
import { headerOf, readTexts } from './answer.ts'
import { type Door, Lost, NotSent } from './door.ts'
import { failureText, notJsonText, refusalText } from './failure.ts'
import { LegacySession } from './legacy-session.ts'
import { readLines } from './lines.ts'
import { keepListening } from './listening.ts'
import { type Message, type MessageId, readMessage } from './message.ts'
import { ModernHeaders } from './modern-headers.ts'

export interface BridgeEnds {
  readonly input: AsyncIterable<Uint8Array | string>
  readonly output: Writable
  readonly door: Door
  readonly clock: Clock
  /** Address of the door, for messages. */
  readonly url: string
  log(text: string): void
}

/** Why a request is given up without an answer. */
const cancelled = new Error('cancelled by the client')
const finished = new Error('the client has ended')

export class Bridge {
  readonly #ends: BridgeEnds
  readonly #session: LegacySession
  readonly #modern = new ModernHeaders()
  readonly #open = new Map<
    MessageId,
    { readonly stop: AbortController; readonly listens: boolean; readonly done: Promise<void> }
  >()
  readonly #stop = new AbortController()

  constructor(ends: BridgeEnds) {
    this.#ends = ends
    this.#session = new LegacySession(ends, text => this.#write(text), this.#stop.signal)
  }

  /** Carries messages until the input ends or `interrupted` is aborted. */
  async run(interrupted: AbortSignal): Promise<void> {
    const onInterrupt = () => this.#stop.abort(finished)
    interrupted.addEventListener('abort', onInterrupt, { once: true })
    try {
      await Promise.race([this.#readInput(), aborted(this.#stop.signal)])
      await this.#drain()
    } finally {
      interrupted.removeEventListener('abort', onInterrupt)
      this.#stop.abort(finished)
      await this.#session.end()
      await this.#ends.door.close()
    }
  }

  async #readInput(): Promise<void> {
    for await (const line of readLines(this.#ends.input, limits.bridgeLineBytesMax)) {
      const text = line?.toString('utf8')
      const message = text === undefined ? undefined : readMessage(text)
      if (text?.trim() === '') continue
      if (line === undefined || message === undefined) await this.#write(notJsonText(line === undefined))
      else await this.#carry(line, message)
    }
  }

  /** Notifications and answers go in order, each before the next line; requests run side by side. */
  async #carry(line: Uint8Array, message: Message): Promise<void> {
    if (message.modern && message.method === 'notifications/cancelled') return this.#cancel(message)
    if (message.kind !== 'request' || message.id === undefined) return this.#tell(line, message)
    const stop = new AbortController()
    const listens = message.method === 'subscriptions/listen'
    const signal = AbortSignal.any([stop.signal, this.#stop.signal])
    const done = this.#askOnce(line, message, message.id, signal)
    this.#open.set(message.id, { stop, listens, done })
    if (message.method === 'initialize') await done
  }

  #cancel(message: Message): void {
    const id = message.params['requestId']
    if (typeof id === 'string' || typeof id === 'number') this.#open.get(id)?.stop.abort(cancelled)
  }

  /** A notification, an answer to the server, or something only the gateway can refuse. */
  async #tell(line: Uint8Array, message: Message): Promise<void> {
    try {
      const answer = await this.#post(line, message, this.#stop.signal)
      if (answer.statusCode < 300) await answer.body.dump()
      else if (message.kind === 'other') for await (const text of readTexts(answer)) await this.#write(text)
      else this.#ends.log(`${message.method ?? 'an answer'} was refused: ${await answer.body.text()}`)
      if (message.method === 'notifications/initialized') this.#session.initialized()
    } catch (error) {
      if (!(error instanceof NotSent || error instanceof Lost)) this.#passOn(error)
      else this.#ends.log(`${message.method ?? 'an answer'} did not arrive: ${error.message}`)
    }
  }

  async #askOnce(line: Uint8Array, message: Message, id: MessageId, signal: AbortSignal): Promise<void> {
    try {
      if (message.method === 'subscriptions/listen' && message.modern)
        await keepListening(
          this.#ends,
          message,
          () => this.#post(line, message, signal),
          signal,
          text => this.#write(text),
        )
      else await this.#ask(line, message, id, signal)
    } catch (error) {
      if (signal.aborted) return
      await this.#write(failureText(id, error, this.#ends.url))
    } finally {
      this.#open.delete(id)
    }
  }

  async #ask(line: Uint8Array, message: Message, id: MessageId, signal: AbortSignal): Promise<void> {
    let answer = await this.#post(line, message, signal)
    if (answer.statusCode >= 300) {
      const refusal = await answer.body.text()
      if (!this.#needsParameters(message, refusal)) return this.#write(refusalText(id, answer.statusCode, refusal))
      await this.#learnTools(message, signal)
      answer = await this.#post(line, message, signal)
      if (answer.statusCode >= 300) return this.#write(refusalText(id, answer.statusCode, await answer.body.text()))
    }
    if (message.method === 'initialize') this.#session.opened(line, headerOf(answer, 'mcp-session-id'))
    let answered = false
    for await (const text of readTexts(answer)) {
      answered ||= this.#notice(message, id, text)
      await this.#write(text)
    }
    if (!answered) throw new Lost('the stream ended without it')
  }

  /** Learns what the bridge needs from the answer that passes by. True when it is the answer to `id`. */
  #notice(message: Message, id: MessageId, text: string): boolean {
    const passing = readMessage(text)
    if (passing === undefined || passing.kind !== 'response' || passing.id !== id) return false
    const result = isJsonObject(passing.value) ? passing.value['result'] : undefined
    if (message.method === 'initialize' && isJsonObject(result)) this.#session.negotiated(result['protocolVersion'])
    if (message.method === 'tools/list' && message.modern) this.#modern.learn(result)
    return true
  }

  #needsParameters(message: Message, refusal: string): boolean {
    if (!message.modern || message.method !== 'tools/call') return false
    const body = readMessage(refusal)?.value
    const error = isJsonObject(body) ? body['error'] : undefined
    return isJsonObject(error) && error['code'] === headerMismatch
  }

  /** Lists the tools for their annotations only; the client sees nothing of it. */
  async #learnTools(message: Message, signal: AbortSignal): Promise<void> {
    const meta = message.params['_meta'] ?? {}
    for (let cursor: string | undefined, page = 0; page < limits.bridgeListPagesMax; page++) {
      const params = cursor === undefined ? { _meta: meta } : { _meta: meta, cursor }
      const list: Message = {
        kind: 'request',
        id: 'sallyport-list',
        method: 'tools/list',
        params,
        modern: true,
        value: null,
      }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 'sallyport-list', method: 'tools/list', params })
      const answer = await this.#post(body, list, signal)
      for await (const text of readTexts(answer)) {
        const value = readMessage(text)?.value
        const result = isJsonObject(value) ? value['result'] : undefined
        if (!isJsonObject(result)) continue
        this.#modern.learn(result)
        cursor = typeof result['nextCursor'] === 'string' ? result['nextCursor'] : undefined
      }
      if (cursor === undefined) return
    }
  }

  async #post(body: Uint8Array | string, message: Message, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if (message.modern) return this.#ends.door.post(body, this.#modern.headersFor(message), signal)
    return this.#session.post(body, message.method, signal)
  }

  async #write(text: string): Promise<void> {
    const { output } = this.#ends
    if (output.destroyed || output.write(`${text}\n`)) return
    await Promise.race([once(output, 'drain'), once(output, 'close')])
  }

  /** After the client's last line: answers still open are waited for, subscriptions are not. */
  async #drain(): Promise<void> {
    for (const { stop, listens } of this.#open.values()) if (listens) stop.abort(finished)
    const open = Promise.all([...this.#open.values()].map(({ done }) => done))
    const late = new AbortController()
    const deadline = this.#ends.clock.sleep(limits.bridgeDrainMs, late.signal).catch(reason => {
      if (!late.signal.aborted) throw reason
    })
    await Promise.race([open, deadline, aborted(this.#stop.signal)])
    late.abort(finished)
  }

  #passOn(error: unknown): void {
    if (!this.#stop.signal.aborted) throw error
  }
}

/** MCP 2026-07-28, HeaderMismatchError. */
const headerMismatch = -32_020

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
