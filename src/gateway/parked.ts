/**
 * Calls of modern clients to legacy servers that asked a question in mid-call. The upstream call stays open here while
 * the client's exchange ends with `input_required`; the retry brings the answers and takes over the waiting.
 * A call that nobody comes back for is cancelled after `limits.stateMs`; its outcome is recorded like any other.
 *
 * Source: MCP 2026-07-28 basic/patterns/mrtr; bridging table "modern client, legacy upstream".
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { ClientAnswer } from './questions.ts'

interface OpenQuestion {
  readonly method: string
  readonly params: JsonObject
  readonly settle: (answer: ClientAnswer) => void
}

/** What the waiting of one exchange ended with. */
export type ParkedEvent =
  | { readonly kind: 'outcome'; readonly outcome: UpstreamOutcome }
  | { readonly kind: 'questions'; readonly inputRequests: JsonObject }

/** One upstream call that can outlive the client exchange it began in. */
export class ParkedCall {
  /** Whose call it is: places are counted by grant. */
  readonly grant: string
  readonly #questions = new Map<string, OpenQuestion>()
  readonly #abort = new AbortController()
  readonly #settled = Promise.withResolvers<void>()
  #asked = 0
  #wasLeft = false
  #wake: (() => void) | undefined
  #outcome: UpstreamOutcome | undefined
  /** Where notifications go at the moment: the exchange that is waiting, or nowhere. */
  relay: ((method: string, params: JsonObject) => void | Promise<void>) | undefined

  constructor(grant: string) {
    this.grant = grant
  }

  /** Resolves when the upstream call is over and, if its exchange had left it, recorded. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  cancel(): void {
    this.#abort.abort()
    for (const question of this.#questions.values()) question.settle({ error: { code: -32603, message: 'cancelled' } })
    this.#questions.clear()
  }

  /**
   * Takes the outcome of the upstream call. An exchange that never left the call records it; once one has, `close` does.
   * Nothing comes between the look and the outcome, so that exactly one of them records.
   */
  async settle(outcome: UpstreamOutcome, close: (outcome: UpstreamOutcome) => Promise<UpstreamOutcome>): Promise<void> {
    this.#outcome = this.#wasLeft ? await close(outcome) : outcome
    this.#wake?.()
    this.#settled.resolve()
  }

  /** A question of the server: resolves when a retry brings the answer. */
  ask(method: string, params: JsonObject): Promise<ClientAnswer> {
    this.#asked += 1
    const key = `${method.split('/')[0] ?? 'question'}-${this.#asked}`
    return new Promise(resolve => {
      this.#questions.set(key, { method, params, settle: resolve })
      this.#wake?.()
    })
  }

  /** Hands over the answers of a retry. Keys that were not asked, or are not objects, are ignored. */
  answer(responses: Json | undefined): void {
    if (!isJsonObject(responses)) return
    for (const [key, value] of Object.entries(responses)) {
      const question = this.#questions.get(key)
      if (question === undefined || !isJsonObject(value)) continue
      this.#questions.delete(key)
      question.settle({ result: value })
    }
  }

  /** Waits for the next thing to tell the client: the outcome, or open questions; with them the exchange leaves. */
  async next(): Promise<ParkedEvent> {
    for (;;) {
      if (this.#outcome !== undefined) return { kind: 'outcome', outcome: this.#outcome }
      if (this.#questions.size > 0) {
        this.#wasLeft = true
        this.relay = undefined
        return { kind: 'questions', inputRequests: this.#inputRequests() }
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  #inputRequests(): JsonObject {
    const requests: Record<string, Json> = {}
    for (const [key, { method, params }] of this.#questions) requests[key] = { method, params }
    return requests
  }
}

/** The calls of this node that wait for a retry. */
export class ParkedCalls {
  readonly #clock: Clock
  readonly #calls = new Map<string, { call: ParkedCall; cancelTimer: () => void }>()
  readonly #unsettled = new Set<ParkedCall>()
  #isStopping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls that an exchange has left and whose outcome is still to be recorded. */
  get unsettled(): number {
    return this.#unsettled.size
  }

  /** True when this grant, or the node, can park no further call. */
  isFull(grant: string): boolean {
    if (this.#isStopping || this.#calls.size >= limits.parkedCallsMax) return true
    let ofGrant = 0
    for (const { call } of this.#calls.values()) if (call.grant === grant) ofGrant += 1
    return ofGrant >= limits.parkedCallsPerGrantMax
  }

  /** Keeps a call for its retry under `name`; it is cancelled when nobody comes back in time. */
  park(name: string, call: ParkedCall): void {
    this.#unsettled.add(call)
    void call.settled.then(() => this.#unsettled.delete(call))
    if (this.#isStopping) {
      call.cancel()
      return
    }
    const cancelTimer = this.#clock.timer(limits.stateMs, () => {
      this.#calls.delete(name)
      call.cancel()
    })
    this.#calls.set(name, { call, cancelTimer })
  }

  /** Takes a parked call back; it must be parked again to be found again. */
  take(name: string): ParkedCall | undefined {
    const found = this.#calls.get(name)
    if (found === undefined) return undefined
    this.#calls.delete(name)
    found.cancelTimer()
    return found.call
  }

  /** Cancels every parked call and parks no more: the gateway is stopping. */
  cancelAll(): void {
    this.#isStopping = true
    for (const { call, cancelTimer } of this.#calls.values()) {
      cancelTimer()
      call.cancel()
    }
    this.#calls.clear()
  }
}
