/**
 * The limits' counters. Promises: in any interval [t, t + windowMs) at most `max` units are admitted per counter, in any
 * calendar period at most `max`; all charges of a call are taken together or none. Sliding windows read only the steady
 * clock, so that a step of the clock on the wall opens no budget; calendars read the clock on the wall, and what it
 * shows again has been used already. Synchronous: nothing can come between the look and the charge.
 * Refuses what it cannot count: units that are negative, not finite or above `max`, and a period that is not complete.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import { type BoundCharge, counterPrefix, prefixOf } from './charges.ts'
import { Counter, type Moment } from './counter.ts'
import { type DeclaredWindow, extended, Family, renewed, viewOf } from './family.ts'
import { Held, type Reservation, type Take } from './held.ts'
import { Recount } from './recount.ts'
import { type LimitRefusal, type LimitRoom, look, timesOf } from './room.ts'
import { Shelf, type ShelfBounds } from './shelf.ts'

export type ReserveResult =
  | { readonly ok: true; readonly reservation: Reservation }
  | { readonly ok: false; readonly refusal: LimitRefusal }

/** What is kept in memory at most; the numbers of `limits.ts` unless given. */
interface Bounds extends ShelfBounds {
  readonly eventsMax: number
}

export class Windows {
  private readonly clock: Clock
  private readonly counters: Shelf
  private readonly families = new Map<string, Family>()
  /** Calls that are not over. */
  private readonly open = new Set<Held>()
  private readonly bounds: Bounds
  private lastId = 0
  private recounting: Recount | undefined
  /** Called when a call was refused because its period is not complete in memory. */
  onGap: () => void = () => undefined

  /** `bounds` replaces the numbers of `limits.ts`, for tests. */
  constructor(clock: Clock, bounds: Partial<Bounds> = {}) {
    this.clock = clock
    this.bounds = {
      ...{ eventsMax: limits.windowEventsMax, bucketsMax: limits.windowBucketsMax },
      ...{ bucketsPerNameMax: limits.windowBucketsPerNameMax, ...bounds },
    }
    this.counters = new Shelf(this.bounds)
  }

  /**
   * Names limits that are to come into force. Returns nothing when memory is complete for all of them; else a recount,
   * to be fed with what the ledger remembers: limits must not be in force before it is finished. One at a time.
   */
  recount(declared: Iterable<DeclaredWindow>): Recount | undefined {
    if (this.recounting !== undefined) throw new Error('a recount is under way')
    const now = this.now()
    const families = new Map<string, Family>()
    for (const [prefix, windows] of Map.groupBy(declared, one => counterPrefix(one.scope, one.counter))) {
      const next = extended(this.families.get(prefix), windows, now.wallMs)
      if (next !== undefined) families.set(prefix, next)
    }
    for (const [prefix, family] of this.families) {
      if (family.hasGap && !families.has(prefix)) families.set(prefix, renewed(family, now.wallMs))
    }
    if (families.size === 0) return undefined
    this.recounting = new Recount({
      ...{ families, now, underWay: this.open, bounds: this.bounds },
      install: (counted, counters) => this.install(counted, counters),
      onEnd: () => {
        this.recounting = undefined
      },
    })
    return this.recounting
  }

  /**
   * Takes all charges or none, for the request of that id. A call that charges one counter through several limits is
   * counted there once, with the largest of its units. Charges of zero units always pass. A limit that was not declared
   * counts from its first call.
   */
  reserve(charges: readonly BoundCharge[], requestId?: string): ReserveResult {
    const now = this.now()
    const before = this.counters.size
    const takes = new Map<string, Take>()
    for (const charge of charges) {
      const take = takes.get(charge.bucket)
      if (take === undefined) {
        const counter = this.counter(charge.bucket, now)
        if (counter === undefined) return { ok: false, refusal: this.tooMany(charge, now) }
        takes.set(charge.bucket, { bucket: charge.bucket, counter, units: charge.units })
      }
      // `Math.max` keeps NaN, which no comparison below lets through
      else take.units = Math.max(take.units, charge.units)
    }
    const refusal = this.judge(charges, takes, now)
    if (refusal === undefined) {
      for (const { bucket, counter, units } of takes.values()) {
        if (units === 0) continue
        counter.take(units, now)
        // making room for a later charge may have dropped this one while it was still empty
        this.counters.keep(bucket, counter)
      }
    }
    // each new counter pays for a look at two old ones; only now, because one that is still empty looks idle
    this.counters.tidy(2 * (this.counters.size - before), now)
    if (refusal !== undefined) return { ok: false, refusal }
    this.lastId++
    const held = new Held(this.lastId, requestId, now, [...takes.values()], this.keeper)
    this.open.add(held)
    this.recounting?.join(held)
    return { ok: true, reservation: held }
  }

  /** What each charge of a call would find, in the order given. Takes nothing and makes no counter. */
  preview(charges: readonly BoundCharge[]): readonly LimitRoom[] {
    const now = this.now()
    const units = new Map<string, number>()
    for (const { bucket, units: own } of charges) units.set(bucket, Math.max(own, units.get(bucket) ?? own))
    return charges.map(charge => {
      const { rule, counter: name, scope, bucket, windowMs, max, calendar } = charge
      const wanted = units.get(bucket) ?? 0
      const family = this.families.get(prefixOf(bucket)) ?? new Family(0, [])
      const counter = this.counters.get(bucket) ?? new Counter(family, this.bounds.eventsMax)
      const sight = calendar === undefined ? windowMs : counter.family.view(calendar)
      const found = look(charge, wanted, counter, sight, now)
      const { used, retryAfterMs } = sight === undefined ? { used: 0, retryAfterMs: wanted > max ? -1 : 0 } : found
      return {
        ...{ rule, counter: name, scope, units: wanted, used, max, windowMs },
        ...timesOf(charge, retryAfterMs, now),
        ...(sight === undefined || found.reason === undefined ? {} : { reason: found.reason }),
      }
    })
  }

  /** Counters held in memory, for metrics and tests. */
  get size(): number {
    return this.counters.size
  }

  private readonly keeper = {
    steadyMs: () => this.clock.steadyMs(),
    current: (bucket: string, counter: Counter) => {
      this.counters.keep(bucket, counter)
      return this.counters.get(bucket) ?? counter
    },
    onEnd: (held: Held) => void this.open.delete(held),
  }

  private now(): Moment {
    return { steadyMs: this.clock.steadyMs(), wallMs: this.clock.wallMs() }
  }

  private judge(
    charges: readonly BoundCharge[],
    takes: ReadonlyMap<string, Take>,
    now: Moment,
  ): LimitRefusal | undefined {
    let worst: LimitRefusal | undefined
    for (const charge of charges) {
      const take = takes.get(charge.bucket)
      if (take === undefined) continue
      const { rule, counter, max, windowMs, calendar } = charge
      const sight = calendar === undefined ? windowMs : viewOf(take.counter.family, calendar, now.wallMs)
      // what takes nothing now may turn out to have taken something
      take.counter.expect(sight)
      if (take.units === 0) continue
      const { used, retryAfterMs, reason } = look(charge, take.units, take.counter, sight, now)
      if (retryAfterMs === 0) continue
      if (reason !== undefined) this.tellGap(take.counter.family)
      if (worst !== undefined && !freesLater(retryAfterMs, worst.retryAfterMs)) continue
      worst = {
        ...{ rule, counter, used, max, windowMs },
        ...timesOf(charge, retryAfterMs, now),
        ...(reason === undefined ? {} : { reason }),
      }
    }
    return worst
  }

  private tellGap(family: Family): void {
    family.hasGap = true
    this.onGap()
  }

  private install(families: ReadonlyMap<string, Family>, counters: ReadonlyMap<string, Counter>): void {
    for (const bucket of this.counters.buckets()) if (families.has(prefixOf(bucket))) this.counters.remove(bucket)
    for (const [prefix, family] of families) this.families.set(prefix, family)
    for (const [bucket, counter] of counters) this.counters.keep(bucket, counter)
  }

  /** The counter of a bucket; none when there are too many that still count something. */
  private counter(bucket: string, now: Moment): Counter | undefined {
    const known = this.counters.get(bucket)
    if (known !== undefined) return known
    const family = this.familyOf(bucket)
    if (family.crowdedUntilMs > now.steadyMs) return undefined
    if (!this.counters.hasRoom(family, now)) return undefined
    const counter = new Counter(family, this.bounds.eventsMax)
    this.counters.keep(bucket, counter)
    return counter
  }

  private familyOf(bucket: string): Family {
    const prefix = prefixOf(bucket)
    const known = this.families.get(prefix)
    if (known !== undefined) return known
    const family = new Family(0, [])
    this.families.set(prefix, family)
    return family
  }

  private tooMany(charge: BoundCharge, now: Moment): LimitRefusal {
    const { rule, counter, max, windowMs } = charge
    const crowdedMs = this.familyOf(charge.bucket).crowdedUntilMs - now.steadyMs
    const retryAfterMs = Math.max(limits.windowSweepMs, crowdedMs)
    return { rule, counter, used: 0, max, windowMs, retryAfterMs, reason: 'too many counters' }
  }
}

function freesLater(candidate: number, than: number): boolean {
  if (than === -1) return false
  return candidate === -1 || candidate > than
}
