/**
 * One request on a channel that is shared with others. Settles one outcome; keeps a bounded queue of notifications for
 * a slow caller, because reading cannot stop for one caller without stopping for all.
 */
import { type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { Outgoing } from './channel.ts'
import type { Timed } from './deadlines.ts'
import { deliver } from './listener.ts'
import { lostOutcome } from './outcome.ts'
import type { UpstreamCounters, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** What a call needs of its channel. */
export interface CallKeeper {
  readonly server: string
  readonly counters: UpstreamCounters
  nowMs(): number
  /** The call is over. `isGhost`: the server may still be working on it. */
  left(call: ChannelCall, isGhost: boolean): void
}

export class ChannelCall implements Timed, Outgoing {
  readonly id: number
  readonly text: string
  readonly request: UpstreamRequest
  /** A question of the gateway itself: never the addressee of anything. */
  readonly isOwn: boolean
  readonly totalUntilMs: number
  readonly idleMs: number
  activeMs: number
  /** Open questions to this caller. */
  waiting = 0
  before: Timed | undefined
  after: Timed | undefined
  redactions = 0
  dispatched = false
  readonly #keeper: CallKeeper
  readonly #settle: (outcome: UpstreamOutcome) => void
  readonly #notes: [string, JsonObject][] = []
  #events = 0
  #isBusy = false
  #outcome: UpstreamOutcome | undefined
  #over = false

  constructor(
    id: number,
    text: string,
    request: UpstreamRequest,
    keeper: CallKeeper,
    settle: (outcome: UpstreamOutcome) => void,
    isOwn: boolean,
  ) {
    this.id = id
    this.text = text
    this.request = request
    this.isOwn = isOwn
    this.#keeper = keeper
    this.#settle = settle
    this.activeMs = keeper.nowMs()
    this.totalUntilMs = this.activeMs + request.totalMs
    this.idleMs = request.idleMs
  }

  get excused(): boolean {
    return this.waiting > 0 || this.#isBusy
  }

  /** True while the server owes an answer. */
  get isOpen(): boolean {
    return this.#outcome === undefined && !this.#over
  }

  /** A question to this caller opens or is answered: silence in between is not the server's. */
  wait(by: 1 | -1): void {
    this.waiting += by
    this.activeMs = this.#keeper.nowMs()
  }

  begin(): boolean {
    if (!this.isOpen) return false
    this.dispatched = true
    this.activeMs = this.#keeper.nowMs()
    return true
  }

  failed(isCertain: boolean, refusal: Refusal): void {
    this.#fail(refusal, isCertain)
  }

  /** The caller's signal. */
  handleEvent(): void {
    this.#fail(refuse('ERR_UPSTREAM_CANCELLED', { server: this.#keeper.server }), false)
  }

  expire(limit: 'idle time' | 'total time'): void {
    // the answer is here, only the caller has not taken its notifications
    const { server } = this.#keeper
    if (this.#outcome !== undefined) this.#close()
    else if (this.dispatched) this.#fail(refuse('ERR_UPSTREAM_CUT', { server, limit }), false)
    else this.#fail(refuse('ERR_UPSTREAM_BUSY', { server, reason: 'it does not read its input' }), false)
  }

  /** Hands a notification to the caller, after those before it. */
  notify(method: string, params: JsonObject): void {
    if (!this.isOpen) return
    this.activeMs = this.#keeper.nowMs()
    this.#events++
    if (this.#events > limits.upstreamEventsMax) {
      this.#fail(refuse('ERR_UPSTREAM_CUT', { server: this.#keeper.server, limit: 'events' }), false)
    } else if (!this.#isBusy) this.#handOver(method, params)
    else if (this.#notes.length < limits.upstreamNotesQueuedMax) this.#notes.push([method, params])
    else this.#keeper.counters.droppedNotifications++
  }

  /** The answer. It follows the notifications that came before it. */
  end(outcome: UpstreamOutcome): void {
    if (!this.isOpen) return
    this.#outcome = outcome
    if (!this.#isBusy) this.#close()
  }

  #fail(refusal: Refusal, isCertain: boolean): void {
    if (!this.isOpen) return
    this.#outcome = lostOutcome(this.dispatched && !isCertain, refusal)
    this.#close()
  }

  #close(): void {
    if (this.#over || this.#outcome === undefined) return
    this.#over = true
    this.#notes.length = 0
    this.#keeper.left(this, this.#outcome.kind === 'unknown')
    this.#settle(this.#outcome)
  }

  #handOver(method: string, params: JsonObject): void {
    const busy = deliver(this.request.onNotification, method, params)
    if (busy === undefined) return
    this.#isBusy = true
    const next = () => this.#next()
    busy.then(next, next)
  }

  #next(): void {
    this.#isBusy = false
    for (let note = this.#notes.shift(); note !== undefined; note = this.#notes.shift()) {
      this.#handOver(note[0], note[1])
      if (this.#isBusy) return
    }
    if (this.#outcome !== undefined) this.#close()
  }
}
