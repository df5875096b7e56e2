/**
 * Exact sliding windows. Promises: in any interval [t, t + windowMs) at most `max` units are admitted per counter; all
 * charges of a call are taken together or none; only the steady clock is read, so that a step of the wall clock opens
 * no budget. Synchronous: nothing can come between the look and the charge.
 * Refuses what it cannot count: units that are negative, not finite or above `max` never pass.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { LimitScope } from '../policy/verdict.ts'
import { type BoundCharge, counterPrefix, prefixOf, type StoredCharge } from './charges.ts'
import { Counter } from './counter.ts'

export { type BoundCharge, bindCharges, type StoredCharge, storedCharges } from './charges.ts'

/** Units that are taken. They stay taken unless released. */
export interface Reservation {
  readonly id: number
  /** Gives the units back. Only on proof that the call was not carried out; a second time changes nothing. */
  release(): void
}

/** Which limit stops the call: of several, the one that frees last. */
export interface LimitRefusal {
  /** JSON Pointer of the limit. */
  readonly rule: string
  readonly counter: string
  /** Units taken in the window that ends now. */
  readonly used: number
  readonly max: number
  readonly windowMs: number
  /** After this the same call passes if nothing else is admitted; −1: it never passes. */
  readonly retryAfterMs: number
  /** Set when nothing is used up, but the gateway holds as many counters as it can (`windowBucketsMax`). */
  readonly reason?: 'too many counters'
}

export type ReserveResult =
  | { readonly ok: true; readonly reservation: Reservation }
  | { readonly ok: false; readonly refusal: LimitRefusal }

/** How much room one limit has for a call, at this moment. */
export interface LimitRoom {
  /** JSON Pointer of the limit. */
  readonly rule: string
  readonly counter: string
  readonly scope: LimitScope
  /** Units the call would take from the counter. */
  readonly units: number
  /** Units taken in the window that ends now. */
  readonly used: number
  readonly max: number
  readonly windowMs: number
  /** 0: the call fits now. Else it fits after this if nothing else is admitted; −1: it never does. */
  readonly retryAfterMs: number
}

/** One limit in force, for counters that several limits share. */
export interface DeclaredWindow {
  readonly counter: string
  readonly scope: LimitScope
  readonly windowMs: number
}

/** What one counter gives for one call. */
interface Take {
  readonly counter: Counter
  units: number
}

export class Windows {
  private readonly clock: Clock
  private readonly counters = new Map<string, Counter>()
  private readonly declared = new Map<string, number>()
  private readonly bounds: { readonly eventsMax: number; readonly bucketsMax: number }
  private sweep: Iterator<[string, Counter]> = this.counters.entries()
  private cleanedMs = Number.NEGATIVE_INFINITY
  private lastId = 0

  /** `bounds` replaces the numbers of `limits.ts`, for tests. */
  constructor(clock: Clock, bounds: { eventsMax?: number; bucketsMax?: number } = {}) {
    this.clock = clock
    this.bounds = { eventsMax: limits.windowEventsMax, bucketsMax: limits.windowBucketsMax, ...bounds }
  }

  /**
   * Names the limits in force, when policies are loaded. A counter that several limits share keeps its charges for the
   * longest of them even if the call that charges it looks through a shorter one. Call it before `restore`.
   */
  declare(windows: Iterable<DeclaredWindow>): void {
    for (const { counter, scope, windowMs } of windows) {
      const prefix = counterPrefix(scope, counter)
      if (windowMs <= (this.declared.get(prefix) ?? 0)) continue
      this.declared.set(prefix, windowMs)
      for (const [bucket, known] of this.counters) if (prefixOf(bucket) === prefix) known.retain(windowMs)
    }
  }

  /**
   * Takes all charges or none. A call that charges one counter through several limits is counted there once, with the
   * largest of its units. Charges of zero units always pass and leave nothing.
   */
  reserve(charges: readonly BoundCharge[]): ReserveResult {
    const nowMs = this.clock.steadyMs()
    const before = this.counters.size
    const takes = new Map<string, Take>()
    for (const charge of charges) {
      const take = takes.get(charge.bucket)
      if (take === undefined) {
        const counter = this.counter(charge.bucket, nowMs)
        if (counter === undefined) return { ok: false, refusal: tooMany(charge) }
        takes.set(charge.bucket, { counter, units: charge.units })
      }
      // `Math.max` keeps NaN, which no comparison below lets through
      else take.units = Math.max(take.units, charge.units)
    }
    const refusal = this.judge(charges, takes, nowMs)
    if (refusal === undefined) {
      for (const [bucket, { counter, units }] of takes) {
        if (units === 0) continue
        counter.take(units, nowMs)
        // making room for a later charge may have dropped this one while it was still empty
        if (!this.counters.has(bucket)) this.counters.set(bucket, counter)
      }
    }
    // only now: a counter that is still empty looks idle
    for (let looks = 2 * (this.counters.size - before); looks > 0; looks--) this.forgetOne(nowMs)
    if (refusal !== undefined) return { ok: false, refusal }
    this.lastId++
    return { ok: true, reservation: new Held(this.lastId, [...takes.values()], nowMs) }
  }

  /**
   * Puts back what the ledger remembers: charges of admitted calls that were not released, with the time since each.
   * A negative age (the record lies in the future) counts as now. Call it before the first call is admitted.
   */
  restore(entries: Iterable<{ readonly ageMs: number; readonly charges: readonly StoredCharge[] }>): void {
    const nowMs = this.clock.steadyMs()
    const found = new Map<string, { retainMs: number; events: { timeMs: number; units: number }[] }>()
    for (const { ageMs, charges } of entries) {
      const age = Math.max(0, ageMs)
      for (const { bucket, units, windowMs } of charges) {
        const retainMs = Math.max(windowMs, this.declared.get(prefixOf(bucket)) ?? 0)
        if (age >= retainMs || units <= 0) continue
        const seen = found.get(bucket) ?? { retainMs: 0, events: [] }
        seen.retainMs = Math.max(seen.retainMs, retainMs)
        seen.events.push({ timeMs: nowMs - age, units })
        found.set(bucket, seen)
      }
    }
    for (const [bucket, { retainMs, events }] of found) {
      const counter = this.counters.get(bucket) ?? this.add(bucket)
      counter.retain(retainMs)
      counter.restore(events, nowMs)
    }
  }

  /** What each charge of a call would find, in the order given. Takes nothing and makes no counter. */
  preview(charges: readonly BoundCharge[]): readonly LimitRoom[] {
    const nowMs = this.clock.steadyMs()
    const units = new Map<string, number>()
    for (const { bucket, units: own } of charges) units.set(bucket, Math.max(own, units.get(bucket) ?? own))
    return charges.map(({ rule, counter, scope, bucket, windowMs, max }) => {
      const wanted = units.get(bucket) ?? 0
      const known = this.counters.get(bucket) ?? new Counter(this.bounds.eventsMax)
      const used = known.used(windowMs, nowMs)
      const isCountable = wanted >= 0 && windowMs > 0
      const retryAfterMs =
        wanted === 0
          ? 0
          : isCountable
            ? known.waitMs(windowMs, wanted, Math.min(max, Number.MAX_SAFE_INTEGER), nowMs)
            : -1
      return { rule, counter, scope, units: wanted, used, max, windowMs, retryAfterMs }
    })
  }

  /** Counters held in memory, for metrics and tests. */
  get size(): number {
    return this.counters.size
  }

  private judge(
    charges: readonly BoundCharge[],
    takes: ReadonlyMap<string, Take>,
    nowMs: number,
  ): LimitRefusal | undefined {
    let worst: LimitRefusal | undefined
    for (const { bucket, rule, counter: name, windowMs, max } of charges) {
      const take = takes.get(bucket)
      if (take === undefined || take.units === 0) continue
      const isCountable = take.units > 0 && windowMs > 0
      // above 2^53 a double no longer counts by one
      const cap = Math.min(max, Number.MAX_SAFE_INTEGER)
      const used = isCountable ? take.counter.used(windowMs, nowMs) : 0
      if (isCountable && used + take.units <= cap) continue
      const retryAfterMs = isCountable ? take.counter.waitMs(windowMs, take.units, cap, nowMs) : -1
      if (worst !== undefined && !freesLater(retryAfterMs, worst.retryAfterMs)) continue
      worst = { rule, counter: name, used, max, windowMs, retryAfterMs }
    }
    return worst
  }

  /** The counter of a bucket; none when there are too many that still count something. */
  private counter(bucket: string, nowMs: number): Counter | undefined {
    const known = this.counters.get(bucket)
    if (known !== undefined) return known
    if (this.counters.size >= this.bounds.bucketsMax && !this.makeRoom(nowMs)) return undefined
    return this.add(bucket)
  }

  private add(bucket: string): Counter {
    const counter = new Counter(this.bounds.eventsMax)
    counter.retain(this.declared.get(prefixOf(bucket)) ?? 0)
    this.counters.set(bucket, counter)
    return counter
  }

  /** Looks at every counter, at most once a second: a flood of key values must not buy a long loop each. */
  private makeRoom(nowMs: number): boolean {
    if (nowMs - this.cleanedMs < limits.windowSweepMs) return false
    this.cleanedMs = nowMs
    for (const [bucket, counter] of this.counters) if (counter.isIdle(nowMs)) this.counters.delete(bucket)
    return this.counters.size < this.bounds.bucketsMax
  }

  /** Each new counter pays for a look at two old ones, so that idle counters never outnumber the live ones for long. */
  private forgetOne(nowMs: number): void {
    let next = this.sweep.next()
    if (next.done === true) {
      this.sweep = this.counters.entries()
      next = this.sweep.next()
      if (next.done === true) return
    }
    const [bucket, counter] = next.value
    if (counter.isIdle(nowMs)) this.counters.delete(bucket)
  }
}

class Held implements Reservation {
  readonly id: number
  private takes: readonly Take[]
  private readonly takenMs: number

  constructor(id: number, takes: readonly Take[], takenMs: number) {
    this.id = id
    this.takes = takes
    this.takenMs = takenMs
  }

  release(): void {
    for (const take of this.takes) take.counter.giveBack(take.units, this.takenMs)
    this.takes = []
  }
}

function tooMany({ rule, counter, max, windowMs }: BoundCharge): LimitRefusal {
  const retryAfterMs = limits.windowSweepMs
  return { rule, counter, used: 0, max, windowMs, retryAfterMs, reason: 'too many counters' }
}

function freesLater(candidate: number, than: number): boolean {
  if (than === -1) return false
  return candidate === -1 || candidate > than
}
