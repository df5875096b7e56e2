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

/** Formatters by zone: one takes longer to make than a thousand decisions, and there are a few hundred zones. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clocks of an IANA zone show. Throws a RangeError for a zone that does not exist or an instant beyond ±8.64e15. */
export function zoneTime(zone: string, ms: number): ZoneTime {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = value
  return {
    year: Number(parts.year),
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    second: Number(parts.second),
    weekday: (parts.weekday ?? '').toLowerCase(),
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
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
  formats.set(zone, format)
  return format
}
