/**
 * The session a legacy client has with the gateway, kept by the bridge because stdio has none: its id and version on
 * every request, its stream of server messages, and a new one when the gateway no longer knows the old
 * (MCP 2025-11-25, basic/transports, session management: 404 means initialize again).
 */
import type { Dispatcher } from 'undici'
import { limits } from '../../limits.ts'
import type { Json } from '../../wire/json-types.ts'
import { isJsonObject } from '../../wire/json-types.ts'
import { headerOf, isStream, readTexts, type StreamPlace } from './answer.ts'
import type { BridgeEnds } from './bridge.ts'
import { nextPause } from './door.ts'
import { readMessage } from './message.ts'

export class LegacySession {
  readonly #ends: BridgeEnds
  readonly #write: (text: string) => Promise<void>
  readonly #stop: AbortSignal
  #initialize: Uint8Array | undefined
  #id: string | undefined
  #version: string | undefined
  #renewal: Promise<void> | undefined
  #stream: AbortController | undefined

  constructor(ends: BridgeEnds, write: (text: string) => Promise<void>, stop: AbortSignal) {
    this.#ends = ends
    this.#write = write
    this.#stop = stop
  }

  /** The gateway answered `initialize` (whose bytes are kept for a renewal) with this session id. */
  opened(initialize: Uint8Array, id: string | undefined): void {
    this.#stream?.abort(new Error('another session'))
    this.#initialize = initialize
    this.#id = id
    this.#version = undefined
  }

  /** The protocol version of the session, once the answer names it. */
  negotiated(version: Json | undefined): void {
    if (typeof version === 'string') this.#version = version
  }

  /** The client is ready: server messages may come from now on. */
  initialized(): void {
    void this.#listen()
  }

  /** Posts within the session. A session the gateway no longer knows is renewed first, once; nothing was acted on then. */
  async post(
    body: Uint8Array | string,
    method: string | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    if (method === 'initialize') return this.#ends.door.post(body, {}, signal)
    const answer = await this.#ends.door.post(body, this.#headers(), signal)
    if (answer.statusCode !== 404 || this.#id === undefined) return answer
    await answer.body.dump()
    this.#renewal ??= this.#renew(this.#stop).finally(() => {
      this.#renewal = undefined
    })
    await this.#renewal
    return this.#ends.door.post(body, this.#headers(), signal)
  }

  /** Ends the session at the gateway. */
  async end(): Promise<void> {
    if (this.#id === undefined) return
    try {
      await this.#ends.door.end(this.#headers())
    } catch (error) {
      this.#ends.log(`the session was left to expire: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #headers(): Record<string, string> {
    return {
      ...(this.#id === undefined ? {} : { 'mcp-session-id': this.#id }),
      ...(this.#version === undefined ? {} : { 'mcp-protocol-version': this.#version }),
    }
  }

  /** The client's own initialize again, its answer kept from the client, which has one already. */
  async #renew(signal: AbortSignal): Promise<void> {
    if (this.#initialize === undefined) return
    this.#ends.log('the session was lost; opening another')
    const answer = await this.#ends.door.post(this.#initialize, {}, signal)
    this.opened(this.#initialize, headerOf(answer, 'mcp-session-id'))
    for await (const text of readTexts(answer)) {
      const value = readMessage(text)?.value
      const result = isJsonObject(value) ? value['result'] : undefined
      if (isJsonObject(result)) this.negotiated(result['protocolVersion'])
    }
    const ready = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
    await (await this.#ends.door.post(ready, this.#headers(), signal)).body.dump()
    this.initialized()
  }

  /** Keeps the session's stream open until the bridge ends or the gateway refuses it. */
  async #listen(): Promise<void> {
    this.#stream?.abort(new Error('another stream'))
    const mine = new AbortController()
    this.#stream = mine
    const signal = AbortSignal.any([mine.signal, this.#stop])
    const place: StreamPlace = {}
    for (let pauseMs: number = limits.bridgeRetryMsMin; !signal.aborted; pauseMs = nextPause(pauseMs)) {
      try {
        const outcome = await this.#readStream(place, signal)
        if (outcome === 'none') return
        if (outcome === 'read') pauseMs = limits.bridgeRetryMsMin
        await this.#ends.clock.sleep(place.retryMs ?? pauseMs, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#ends.log(`the stream of the session was cut: ${error instanceof Error ? error.message : String(error)}`)
        await this.#ends.clock.sleep(pauseMs, signal).catch(() => undefined)
      }
    }
  }

  async #readStream(place: StreamPlace, signal: AbortSignal): Promise<'none' | 'read' | 'refused'> {
    const resume = place.lastEventId === undefined ? {} : { 'last-event-id': place.lastEventId }
    const answer = await this.#ends.door.stream({ ...this.#headers(), ...resume }, signal)
    if (answer.statusCode !== 200 || !isStream(answer)) {
      await answer.body.dump()
      // 405: the gateway offers none. 401, 404 and the like: the next request finds out what is to be done.
      return answer.statusCode < 500 ? 'none' : 'refused'
    }
    for await (const text of readTexts(answer, place)) await this.#write(text)
    return 'read'
  }
}
