/**
 * Idle and total time of all running calls of one server, watched by one timer instead of one or two a call. A call
 * ends at most `upstreamSweepMs` after its limit. The timer runs only while something is watched.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'

/** Something with an idle and a total time. All times are milliseconds of the steady clock. */
export interface Timed {
  readonly totalUntilMs: number
  readonly idleMs: number
  /** When anything was last heard; refreshed by the owner. */
  activeMs: number
  /** True while silence is not the server's fault: the reader is paused or a question waits for its answer. */
  readonly excused: boolean
  /** Called once; the owner removes itself. */
  expire(limit: 'idle time' | 'total time'): void
}

/** The watch over one server's running calls. */
export class Deadlines {
  readonly #clock: Clock
  readonly #watched = new Set<Timed>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#watched.size
  }

  /** Now, on the steady clock, in milliseconds. */
  nowMs(): number {
    return this.#clock.steadyMs()
  }

  add(timed: Timed): void {
    this.#watched.add(timed)
    if (this.#cancel === undefined) this.#arm()
  }

  remove(timed: Timed): void {
    this.#watched.delete(timed)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#watched.clear()
  }

  #arm(): void {
    this.#cancel = this.#clock.timer(limits.upstreamSweepMs, () => this.#sweep())
  }

  #sweep(): void {
    this.#cancel = undefined
    const now = this.#clock.steadyMs()
    for (const timed of this.#watched) {
      if (now >= timed.totalUntilMs) timed.expire('total time')
      else if (timed.excused) timed.activeMs = now
      else if (now - timed.activeMs >= timed.idleMs) timed.expire('idle time')
    }
    if (this.#watched.size > 0) this.#arm()
  }
}
