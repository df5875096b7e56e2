/**
 * The calendar side of a counter: what was taken in each period of each calendar that looks at it. A charge belongs to
 * the period that the clock on the wall showed when it was taken, and stays there whatever the clock shows later.
 * A family (`family.ts`) says which periods are known; what is not known is never taken for unused.
 */
import { limits } from '../limits.ts'
import type { CalendarView } from './family.ts'

/** Units by period. */
interface Sums {
  readonly units: Map<number, number>
  /** Periods below this have been cleared away. */
  clearedTo: number
}

export class Periods {
  private readonly views: readonly CalendarView[]
  /** In the order of the views; a view that joined later has its place when it is first looked at. */
  private readonly sums: Sums[] = []

  constructor(views: readonly CalendarView[]) {
    this.views = views
  }

  /** Units taken in the period that the clock shows. */
  used(view: CalendarView, wallMs: number): number {
    return this.of(view)?.units.get(view.calendar.idAt(wallMs)) ?? 0
  }

  /** Adds units (or takes them back) in the period of `wallMs`, where that is known. */
  add(units: number, wallMs: number): void {
    for (const view of this.views) {
      if (wallMs < view.sinceMs) continue
      const id = view.calendar.idAt(wallMs)
      const sums = this.of(view)
      if (sums === undefined || !view.isKnown(id)) continue
      const before = sums.units.get(id) ?? 0
      // a sum that a double does not hold exactly must not get smaller by guesswork
      if (units < 0 && before > Number.MAX_SAFE_INTEGER) continue
      const sum = Math.max(0, before + units)
      if (sum === 0) sums.units.delete(id)
      else sums.units.set(id, sum)
      if (sums.units.size > limits.windowPeriodsMax) this.shed(view, sums)
    }
  }

  /** Milliseconds until `units` fit under `max` if nothing else is taken and the clock goes on; −1 when they never do. */
  waitMs(view: CalendarView, units: number, max: number, wallMs: number): number {
    if (units > max) return -1
    let atMs = wallMs
    for (let looks = 0; looks <= limits.windowPeriodsMax; looks++) {
      if (this.used(view, atMs) + units <= max) break
      atMs = view.calendar.endOf(atMs)
    }
    return atMs - wallMs
  }

  /** No period that may still be looked at holds anything. */
  isIdle(wallMs: number): boolean {
    return this.views.every(view => {
      view.look(wallMs)
      return this.of(view)?.units.size === 0
    })
  }

  /** The sums of a view, without the periods that are no longer known. */
  private of(view: CalendarView): Sums | undefined {
    const place = this.views.indexOf(view)
    if (place === -1) return undefined
    while (this.sums.length <= place) this.sums.push({ units: new Map(), clearedTo: Number.NEGATIVE_INFINITY })
    const sums = this.sums[place]
    if (sums !== undefined && sums.clearedTo < view.knownFrom) {
      sums.clearedTo = view.knownFrom
      for (const id of sums.units.keys()) if (id < view.knownFrom) sums.units.delete(id)
    }
    return sums
  }

  /** Too many periods, which only a clock that jumps can bring about: the latest are given up, and known no more. */
  private shed(view: CalendarView, sums: Sums): void {
    view.forgetFrom(Math.max(...sums.units.keys()))
    for (const id of sums.units.keys()) if (!view.isKnown(id)) sums.units.delete(id)
  }
}
