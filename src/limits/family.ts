/**
 * The counters of one name and scope, whoever they belong to: how long they remember, and which calendars look at them.
 * What is remembered of a family is complete, back to what its windows look at; where it is not, calls are refused until
 * the family has been counted anew from the ledger (`recount.ts`).
 */
import { limits } from '../limits.ts'
import type { LimitScope } from '../policy/verdict.ts'
import { type Calendar, type CalendarWindow, calendarOf } from './calendar.ts'

/** One limit in force, for counters that several limits share. */
export interface DeclaredWindow {
  readonly counter: string
  readonly scope: LimitScope
  readonly windowMs: number
  readonly calendar?: CalendarWindow
}

/** One calendar that looks at a family. The periods from `knownFrom` on, and before `knownBefore`, are complete. */
export class CalendarView {
  readonly calendar: Calendar
  /** False for a calendar that was never declared: it counts from the first call that looked at it. */
  readonly isDeclared: boolean
  /** Before this the clock showed no period that is known. */
  readonly sinceMs: number
  knownFrom: number
  knownBefore = Number.POSITIVE_INFINITY
  private lookedAt: number

  /** Complete from the period that the clock showed `windowSetBackMs` ago; `wallMs` is the clock now. */
  constructor(window: CalendarWindow, wallMs: number, isDeclared: boolean) {
    this.calendar = calendarOf(window)
    this.isDeclared = isDeclared
    this.sinceMs = this.calendar.before(wallMs, limits.windowSetBackMs)
    this.knownFrom = this.calendar.idAt(wallMs - limits.windowSetBackMs)
    this.lookedAt = this.calendar.idAt(wallMs)
  }

  /** True if the period is complete in memory. */
  isKnown(id: number): boolean {
    return id >= this.knownFrom && id < this.knownBefore
  }

  /** Follows the clock: periods that it has left behind for long need not be remembered. */
  look(wallMs: number): void {
    const id = this.calendar.idAt(wallMs)
    if (id === this.lookedAt) return
    this.lookedAt = id
    this.knownFrom = Math.max(this.knownFrom, this.calendar.idAt(wallMs - limits.windowSetBackMs))
  }

  /** Gives up the periods from this one on. */
  forgetFrom(id: number): void {
    this.knownBefore = Math.min(this.knownBefore, id)
  }
}

export class Family {
  /** The longest sliding window that was declared: its counters are complete for it. */
  readonly retainMs: number
  readonly views: CalendarView[]
  /** Its counters in memory. */
  size = 0
  /** Until then a counter that is not known may have been left out for want of room. */
  crowdedUntilMs = Number.NEGATIVE_INFINITY
  /** The clock shows a period that is not complete: to be counted anew. */
  hasGap = false

  constructor(retainMs: number, views: readonly CalendarView[]) {
    this.retainMs = retainMs
    this.views = [...views]
  }

  /** The view of a calendar, if one has ever looked. */
  view(window: CalendarWindow): CalendarView | undefined {
    return this.views.find(({ calendar }) => calendar.unit === window.unit && calendar.zone === window.zone)
  }
}

/** The view of a limit's calendar; a calendar that was not declared joins now. */
export function viewOf(family: Family, calendar: CalendarWindow, wallMs: number): CalendarView {
  const known = family.view(calendar)
  if (known !== undefined) return known
  const view = new CalendarView(calendar, wallMs, false)
  family.views.push(view)
  return view
}

/** The family with these windows besides its own, to be counted anew; none if it is complete for them. */
export function extended(
  family: Family | undefined,
  windows: readonly DeclaredWindow[],
  wallMs: number,
): Family | undefined {
  const next = new Family(family?.retainMs ?? 0, [])
  let isComplete = true
  let { retainMs } = next
  for (const view of family?.views ?? []) {
    if (view.isDeclared) next.views.push(new CalendarView(view.calendar, wallMs, true))
  }
  for (const { windowMs, calendar } of windows) {
    if (calendar === undefined) {
      isComplete &&= windowMs <= (family?.retainMs ?? 0)
      retainMs = Math.max(retainMs, windowMs)
    } else if (next.view(calendar) === undefined) {
      isComplete = false
      next.views.push(new CalendarView(calendar, wallMs, true))
    }
  }
  return isComplete ? undefined : new Family(retainMs, next.views)
}

/** The same family, to be counted anew. */
export function renewed(family: Family, wallMs: number): Family {
  return new Family(
    family.retainMs,
    family.views.map(view => new CalendarView(view.calendar, wallMs, view.isDeclared)),
  )
}
