/**
 * The `requestState` of a call that waits for its user (MCP 2026-07-28 basic/patterns/mrtr): sealed, bound to grant,
 * server and the exact request, short-lived, and redeemed once. An upstream's own state travels inside and is handed
 * back byte for byte. What was redeemed is remembered by this process only, so a state of an earlier process is refused:
 * single use holds over a restart, and the agent makes its call again.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { Seal } from './seal.ts'

/** What a state stands for: the upstream's own state, a call parked on this node, or a plain repetition. */
export interface StateContent {
  readonly upstreamState?: string
  readonly parked?: string
}

/** Whom and what a state is bound to. `request` is a digest of method, name and arguments. */
export interface StateBinding {
  readonly grant: string
  readonly server: string
  readonly request: string
}

export class RequestStates {
  readonly #seal: Seal
  readonly #clock: Clock
  readonly #nextId: () => string
  /** Redeemed states and when they stop being good, oldest redemption first. */
  readonly #used = new Map<string, number>()
  readonly #process: string

  constructor(seal: Seal, clock: Clock, nextId: () => string) {
    this.#seal = seal
    this.#clock = clock
    this.#nextId = nextId
    this.#process = nextId()
  }

  /** A new state for this content, good for `limits.stateMs` and one use. */
  issue(binding: StateBinding, content: StateContent): string {
    const value: JsonObject = {
      g: binding.grant,
      s: binding.server,
      r: binding.request,
      n: this.#nextId(),
      i: this.#process,
      e: this.#clock.wallMs() + limits.stateMs,
      ...(content.upstreamState === undefined ? {} : { u: content.upstreamState }),
      ...(content.parked === undefined ? {} : { p: content.parked }),
    }
    return this.#seal.seal(value, 'state')
  }

  /** Redeems a state for exactly the request it was issued for; a second use is refused. */
  redeem(text: Json, binding: StateBinding): Result<StateContent> {
    const value = typeof text === 'string' ? this.#seal.open(text, 'state') : undefined
    const isOurs =
      value !== undefined &&
      value['g'] === binding.grant &&
      value['s'] === binding.server &&
      value['r'] === binding.request &&
      value['i'] === this.#process &&
      Number(value['e']) > this.#clock.wallMs()
    const name = String(value?.['n'])
    if (!isOurs || this.#used.has(name)) return refused('ERR_STATE_INVALID')
    this.#forgetExpired()
    if (this.#used.size >= limits.statesUsedMax) return refused('ERR_STATE_INVALID')
    this.#used.set(name, Number(value['e']))
    const { u: upstreamState, p: parked } = value
    return accepted({
      ...(typeof upstreamState === 'string' ? { upstreamState } : {}),
      ...(typeof parked === 'string' ? { parked } : {}),
    })
  }

  /** Drops from the front what has expired; forgetting one that has not would let it be used again. */
  #forgetExpired(): void {
    for (const [name, expiresMs] of this.#used) {
      if (expiresMs > this.#clock.wallMs()) return
      this.#used.delete(name)
    }
  }
}
