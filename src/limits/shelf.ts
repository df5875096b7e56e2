/**
 * The counters in memory, by bucket. Promises that those which still count something are kept, that idle ones go soon,
 * and that there is a bound: on all of them, and on those of one name, so that a flood of key values on one counter
 * leaves room for the others. Refused is the counter too many, never one that is known.
 */
import { limits } from '../limits.ts'
import type { Counter, Moment } from './counter.ts'
import type { Family } from './family.ts'

export interface ShelfBounds {
  readonly bucketsMax: number
  readonly bucketsPerNameMax: number
}

export class Shelf {
  private readonly counters = new Map<string, Counter>()
  private readonly bounds: ShelfBounds
  private sweep: Iterator<[string, Counter]> = this.counters.entries()
  private cleanedMs = Number.NEGATIVE_INFINITY

  constructor(bounds: ShelfBounds) {
    this.bounds = bounds
  }

  get size(): number {
    return this.counters.size
  }

  get(bucket: string): Counter | undefined {
    return this.counters.get(bucket)
  }

  buckets(): Iterable<string> {
    return this.counters.keys()
  }

  /** Keeps a counter, whether or not there is room; one of that bucket stays. */
  keep(bucket: string, counter: Counter): void {
    if (this.counters.has(bucket)) return
    this.counters.set(bucket, counter)
    counter.family.size++
  }

  remove(bucket: string): void {
    const counter = this.counters.get(bucket)
    if (counter === undefined) return
    this.counters.delete(bucket)
    counter.family.size--
  }

  /** True if one more counter of that family may be kept. Looks for idle ones where there is no room. */
  hasRoom(family: Family, now: Moment): boolean {
    if (!this.isFull(family)) return true
    // at most once a second: a flood of key values must not buy a long loop each
    if (now.steadyMs - this.cleanedMs < limits.windowSweepMs) return false
    this.cleanedMs = now.steadyMs
    for (const [bucket, counter] of this.counters) if (counter.isIdle(now)) this.remove(bucket)
    return !this.isFull(family)
  }

  /** Looks at some counters, one after the other, and lets idle ones go. */
  tidy(looks: number, now: Moment): void {
    for (let look = 0; look < looks; look++) {
      let next = this.sweep.next()
      if (next.done === true) {
        this.sweep = this.counters.entries()
        next = this.sweep.next()
        if (next.done === true) return
      }
      const [bucket, counter] = next.value
      if (counter.isIdle(now)) this.remove(bucket)
    }
  }

  private isFull(family: Family): boolean {
    return this.counters.size >= this.bounds.bucketsMax || family.size >= this.bounds.bucketsPerNameMax
  }
}
