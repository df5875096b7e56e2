/**
 * What limits promise, said as plainly as possible: every admitted call is remembered for ever with the moment it was
 * admitted, and every question is answered by adding all of them up. A period is what a formatter of the runtime prints.
 */
import type { BoundCharge } from '../../src/limits/charges.ts'

export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month'

/** One admitted call. `takes` changes when the call is settled or given back. */
export interface Admitted {
  /** True time, which no clock step touches. */
  readonly trueMs: number
  readonly wallMs: number
  readonly takes: Map<string, number>
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clocks of a zone show: `2026-10-25 02:30:00`. */
function shown(zone: string, ms: number): string {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    formats.set(zone, format)
  }
  return format.format(ms)
}

/** The name of the period that the clocks of a zone show. */
export function periodName(unit: Unit, zone: string, ms: number): string {
  const text = shown(zone, ms)
  if (unit === 'minute') return text.slice(0, 16)
  if (unit === 'hour') return text.slice(0, 13)
  if (unit === 'day') return text.slice(0, 10)
  if (unit === 'month') return text.slice(0, 7)
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  // back to Monday
  return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10)
}

export class BudgetModel {
  readonly admitted: Admitted[] = []

  /** Units that the window or period of a charge holds at a moment. */
  used({ bucket, windowMs, calendar }: BoundCharge, trueMs: number, wallMs: number): number {
    const period = calendar && periodName(calendar.unit, calendar.zone, wallMs)
    let sum = 0
    for (const one of this.admitted) {
      const units = one.takes.get(bucket) ?? 0
      if (units === 0) continue
      const counts = calendar
        ? periodName(calendar.unit, calendar.zone, one.wallMs) === period
        : one.trueMs + windowMs > trueMs
      if (counts) sum += units
    }
    return sum
  }

  /** True if one charge of a call has room at a moment. A call counts once in each counter, with its largest units. */
  fits(charge: BoundCharge, all: readonly BoundCharge[], trueMs: number, wallMs: number): boolean {
    const units = this.units(all, charge.bucket)
    return units === 0 || this.used(charge, trueMs, wallMs) + units <= charge.max
  }

  admit(all: readonly BoundCharge[], trueMs: number, wallMs: number): Admitted {
    const takes = new Map(all.map(({ bucket }) => [bucket, this.units(all, bucket)]))
    const one = { trueMs, wallMs, takes }
    this.admitted.push(one)
    return one
  }

  units(all: readonly BoundCharge[], bucket: string): number {
    return Math.max(...all.filter(one => one.bucket === bucket).map(one => one.units))
  }
}
