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
  /** Neighbours in the watch; only Deadlines touches them. */
  before: Timed | undefined
  after: Timed | undefined
}

/**
 * The watch over one server's running calls. A linked list, not a Set: the abandoned tables of a busy Set keep ended
 * calls alive until the next full collection, which costs more than everything else a call allocates.
 */
export class Deadlines {
  readonly #clock: Clock
  #first: Timed | undefined
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Now, on the steady clock, in milliseconds. */
  nowMs(): number {
    return this.#clock.steadyMs()
  }

  add(timed: Timed): void {
    timed.after = this.#first
    if (this.#first !== undefined) this.#first.before = timed
    this.#first = timed
    if (this.#cancel === undefined) this.#arm()
  }

  /** Removing what is not watched does nothing. */
  remove(timed: Timed): void {
    const { before, after } = timed
    if (before !== undefined) before.after = after
    else if (this.#first === timed) this.#first = after
    if (after !== undefined) after.before = before
    timed.before = undefined
    timed.after = undefined
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#first = undefined
  }

  #arm(): void {
    this.#cancel = this.#clock.timer(limits.upstreamSweepMs, () => this.#sweep())
  }

  #sweep(): void {
    this.#cancel = undefined
    const now = this.#clock.steadyMs()
    // expiring one may end others, so what is due is gathered first
    const due: [Timed, 'idle time' | 'total time'][] = []
    for (let timed = this.#first; timed !== undefined; timed = timed.after) {
      if (now >= timed.totalUntilMs) due.push([timed, 'total time'])
      else if (timed.excused) timed.activeMs = now
      else if (now - timed.activeMs >= timed.idleMs) due.push([timed, 'idle time'])
    }
    for (const [timed, limit] of due) timed.expire(limit)
    if (this.#first !== undefined && this.#cancel === undefined) this.#arm()
  }
}
