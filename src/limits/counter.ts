/** One counter: what was taken, for sliding windows and for calendars alike. Both sides see every charge. */
import type { CalendarView, Family } from './family.ts'
import { Periods } from './periods.ts'
import { Sliding } from './sliding.ts'

/** A moment on both clocks: `steadyMs` never jumps, `wallMs` is what the clock on the wall shows. */
export interface Moment {
  readonly steadyMs: number
  readonly wallMs: number
}

/** Which of a counter's sums a limit looks at: a window in milliseconds, or a calendar. */
export type Sight = number | CalendarView

export class Counter {
  readonly family: Family
  private readonly sliding: Sliding
  private readonly periods: Periods

  /** `eventsMax`: charges remembered one by one. */
  constructor(family: Family, eventsMax: number) {
    this.family = family
    this.sliding = new Sliding(eventsMax)
    this.sliding.retain(family.retainMs)
    this.periods = new Periods(family.views)
  }

  /** Remembers for as long as this sight looks, from now on. */
  expect(sight: Sight): void {
    if (typeof sight === 'number') this.sliding.retain(sight)
  }

  /** Units taken in the window that ends now, or in the period that the clock shows. */
  used(sight: Sight, now: Moment): number {
    return typeof sight === 'number' ? this.sliding.used(sight, now.steadyMs) : this.periods.used(sight, now.wallMs)
  }

  /** Milliseconds until `units` fit under `max` if nothing else is taken; −1 when they never do. */
  waitMs(sight: Sight, units: number, max: number, now: Moment): number {
    return typeof sight === 'number'
      ? this.sliding.waitMs(sight, units, max, now.steadyMs)
      : this.periods.waitMs(sight, units, max, now.wallMs)
  }

  /** Takes units; `now.steadyMs` is not before any earlier call's. */
  take(units: number, now: Moment): void {
    if (!this.sliding.isUnused) this.sliding.take(units, now.steadyMs)
    this.periods.add(units, now.wallMs)
  }

  /** Changes what a charge of an earlier moment took from `units` to `other`, wherever it still counts. */
  change(units: number, other: number, taken: Moment, steadyMs: number): void {
    if (!this.sliding.isUnused) this.sliding.change(units, other, taken.steadyMs, steadyMs)
    this.periods.add(other - units, taken.wallMs)
  }

  /** Puts earlier charges among the others. */
  merge(charges: readonly (Moment & { readonly units: number })[], steadyMs: number): void {
    if (!this.sliding.isUnused) {
      const events = charges.map(({ units, steadyMs: timeMs }) => ({ units, timeMs }))
      this.sliding.merge(events, steadyMs)
    }
    for (const { units, wallMs } of charges) this.periods.add(units, wallMs)
  }

  /** Nothing counts any more: the counter can be forgotten. */
  isIdle(now: Moment): boolean {
    return this.sliding.isIdle(now.steadyMs) && this.periods.isIdle(now.wallMs)
  }
}
