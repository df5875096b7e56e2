/**
 * What the clocks of a time zone show at an instant, by the runtime's own time zone data. Pure: no clock is read.
 */

/** The time and date on the clocks of a zone. `month` and `day` count from 1; `weekday` is its English name. */
export interface ZoneTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly weekday: string
}

/** A zone's formatter, and what was asked of it last: the conditions of one decision all ask about one instant. */
interface Clock {
  readonly format: Intl.DateTimeFormat
  ms: number
  time: ZoneTime | undefined
}

/** Formatters by zone: one takes longer to make than a thousand decisions, and there are a few hundred zones. */
const clocks = new Map<string, Clock>()

/** What the clocks of an IANA zone show. Throws a RangeError for a zone that does not exist or an instant beyond ±8.64e15. */
export function zoneTime(zone: string, ms: number): ZoneTime {
  const clock = clockOf(zone)
  if (clock.ms === ms && clock.time !== undefined) return clock.time
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of clock.format.formatToParts(ms)) parts[type] = value
  clock.time = {
    year: Number(parts.year),
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    second: Number(parts.second),
    weekday: (parts.weekday ?? '').toLowerCase(),
  }
  clock.ms = ms
  return clock.time
}

function clockOf(zone: string): Clock {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'long',
  })
  const clock = { format, ms: Number.NaN, time: undefined }
  clocks.set(zone, clock)
  return clock
}
