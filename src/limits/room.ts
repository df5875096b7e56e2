/** What a limit finds when a call looks at it: how much is used, whether the call fits, and when it does. */
import { limits } from '../limits.ts'
import type { LimitScope } from '../policy/verdict.ts'
import { type CalendarWindow, calendarOf } from './calendar.ts'
import type { BoundCharge } from './charges.ts'
import type { Counter, Moment, Sight } from './counter.ts'

/** Which limit stops the call: of several, the one that frees last. */
export interface LimitRefusal {
  /** JSON Pointer of the limit. */
  readonly rule: string
  readonly counter: string
  /** Units taken in the window that ends now. */
  readonly used: number
  readonly max: number
  readonly windowMs: number
  readonly calendar?: CalendarWindow
  /** After this the same call passes if nothing else is admitted; −1: it never passes. */
  readonly retryAfterMs: number
  /** With a calendar: when that is, as its clocks show it. */
  readonly until?: string
  /**
   * Set when nothing is used up: the gateway holds as many counters as it can (`windowBucketsMax`), or the clock on the
   * wall was set to a period that is being read from the ledger.
   */
  readonly reason?: 'too many counters' | 'being counted'
}

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
  readonly calendar?: CalendarWindow
  /** 0: the call fits now. Else it fits after this if nothing else is admitted; −1: it never does. */
  readonly retryAfterMs: number
  /** With a calendar and no room: when there is some, as its clocks show it. */
  readonly until?: string
  /** Why nothing is known of it, as in a refusal. */
  readonly reason?: NonNullable<LimitRefusal['reason']>
}

/** What a charge finds in its counter. `retryAfterMs` 0: there is room. */
export function look(
  { max, windowMs }: BoundCharge,
  units: number,
  counter: Counter,
  sight: Sight | undefined,
  now: Moment,
): { readonly used: number; readonly retryAfterMs: number; readonly reason?: 'being counted' } {
  if (!(units >= 0) || windowMs <= 0 || sight === undefined) return { used: 0, retryAfterMs: -1 }
  // above 2^53 a double no longer counts by one
  const cap = Math.min(max, Number.MAX_SAFE_INTEGER)
  if (typeof sight !== 'number') {
    sight.look(now.wallMs)
    if (!sight.isKnown(sight.calendar.idAt(now.wallMs))) {
      return { used: 0, retryAfterMs: units === 0 ? 0 : limits.windowRecountMs, reason: 'being counted' }
    }
  }
  const used = counter.used(sight, now)
  return { used, retryAfterMs: units === 0 ? 0 : counter.waitMs(sight, units, cap, now) }
}

/** When the call fits, as a refusal and a preview say it. */
export function timesOf({ calendar }: BoundCharge, retryAfterMs: number, { wallMs }: Moment) {
  if (calendar === undefined) return { retryAfterMs }
  if (retryAfterMs <= 0) return { calendar, retryAfterMs }
  return { calendar, retryAfterMs, until: calendarOf(calendar).textOf(wallMs + retryAfterMs) }
}
