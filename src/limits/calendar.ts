/**
 * The periods of a calendar: what the clocks of a zone show, cut to the minute, hour, day, ISO week or month. Two
 * instants are in one period exactly if the clocks show the same one, so that an hour which is repeated when summer
 * time ends is one period of two hours, and a day has 23, 24 or 25. Pure: no clock is read.
 */
import { limits } from '../limits.ts'
import type { Charge } from '../policy/verdict.ts'
import { zoneTime } from '../policy/zone.ts'

export type CalendarWindow = NonNullable<Charge['calendar']>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const longestMs: Readonly<Record<CalendarWindow['unit'], number>> = {
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
  week: 7 * dayMs,
  month: limits.windowCalendarMonthMs,
}

/** A stretch of time in which one period lasts without a break. `endMs` is the first instant after it. */
interface Stretch {
  readonly fromMs: number
  readonly endMs: number
  readonly id: number
}

const stretchesKept = 4

/** One unit in one zone. Instants are in milliseconds since the epoch. */
export class Calendar {
  readonly unit: CalendarWindow['unit']
  readonly zone: string
  /** The stretches looked at last: now, and where the reservations were made that are settled now. */
  private readonly known: Stretch[] = []
  private turn = 0

  constructor({ unit, zone }: CalendarWindow) {
    this.unit = unit
    this.zone = zone
  }

  /** The number of the period at an instant; a period that the clocks show later has a higher one. */
  idAt(ms: number): number {
    return this.at(ms).id
  }

  /** The first instant after `ms` at which the clocks show another period. */
  endOf(ms: number): number {
    return this.at(ms).endMs
  }

  /** An instant before the period at `ms` and before each one that the clocks still showed `slackMs` earlier. */
  before(ms: number, slackMs: number): number {
    // summer time begins and ends by two hours at most
    return ms - slackMs - longestMs[this.unit] - 3 * hourMs
  }

  /** The date and time of an instant as the zone's clocks show it: `2026-12-01 00:00 Europe/Berlin`. */
  textOf(ms: number): string {
    const { year, month, day, hour, minute } = zoneTime(this.zone, ms)
    return `${padded(year, 4)}-${padded(month)}-${padded(day)} ${padded(hour)}:${padded(minute)} ${this.zone}`
  }

  private at(ms: number): Stretch {
    const known = this.known.find(({ fromMs, endMs }) => fromMs <= ms && ms < endMs)
    if (known !== undefined) return known
    const id = this.idOf(ms + this.offsetAt(ms))
    const found = { fromMs: ms, endMs: this.search(ms, id), id }
    this.known[this.turn] = found
    this.turn = (this.turn + 1) % stretchesKept
    return found
  }

  private search(ms: number, id: number): number {
    let fromMs = ms
    for (;;) {
      const offsetMs = this.offsetAt(fromMs)
      const endMs = this.shownAtStart(id + 1) - offsetMs
      if (this.offsetAt(endMs) === offsetMs) return endMs
      // the clocks are changed on the way: the change ends the period, or makes it longer
      const changeMs = this.change(fromMs, endMs, offsetMs)
      if (this.idOf(changeMs + this.offsetAt(changeMs)) !== id) return changeMs
      fromMs = changeMs
    }
  }

  /** The instant after `lowMs` and up to `highMs` from which on the clocks are no longer `offsetMs` ahead of UTC. */
  private change(lowMs: number, highMs: number, offsetMs: number): number {
    let low = lowMs
    let high = highMs
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.offsetAt(middle) === offsetMs) low = middle
      else high = middle
    }
    return high
  }

  /** How far the zone's clocks are ahead of UTC. */
  private offsetAt(ms: number): number {
    const { year, month, day, hour, minute, second } = zoneTime(this.zone, ms)
    const whole = Math.floor(ms / 1000) * 1000
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole
  }

  /** The number of the period that clocks show when they are set to `shownMs` as if it were UTC. */
  private idOf(shownMs: number): number {
    switch (this.unit) {
      case 'minute':
        return Math.floor(shownMs / minuteMs)
      case 'hour':
        return Math.floor(shownMs / hourMs)
      case 'day':
        return Math.floor(shownMs / dayMs)
      case 'week':
        // 1970-01-01 was a Thursday, and an ISO week begins on Monday
        return Math.floor((shownMs / dayMs + 3) / 7)
      case 'month': {
        const shown = new Date(shownMs)
        return shown.getUTCFullYear() * 12 + shown.getUTCMonth()
      }
    }
  }

  /** What the clocks show when period `id` begins, as if it were UTC. */
  private shownAtStart(id: number): number {
    switch (this.unit) {
      case 'minute':
        return id * minuteMs
      case 'hour':
        return id * hourMs
      case 'day':
        return id * dayMs
      case 'week':
        return (id * 7 - 3) * dayMs
      case 'month':
        return Date.UTC(Math.floor(id / 12), id % 12, 1)
    }
  }
}

const calendars = new Map<string, Calendar>()

/** The calendar of a window: one for each unit and zone, so that what it has worked out is shared. */
export function calendarOf(window: CalendarWindow): Calendar {
  const name = `${window.unit} ${window.zone}`
  const known = calendars.get(name)
  if (known !== undefined) return known
  const calendar = new Calendar(window)
  calendars.set(name, calendar)
  return calendar
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}
