/** Times for people: relative where they are read, exact where programs read them. Units are milliseconds. */
import { durations } from '../../limits.ts'
import { stop } from './exits.ts'

const { second, minute } = durations
const hour = 60 * minute
const day = 24 * hour
const unitMs: Readonly<Record<string, number>> = { s: second, m: minute, h: hour, d: day, w: 7 * day }

/** How long ago `timeMs` was, in the largest unit that says enough: `now`, `12s ago`, `3m ago`, `2h ago`, `5d ago`. */
export function ago(timeMs: number, nowMs: number): string {
  const passed = nowMs - timeMs
  if (passed < 0) return `in ${span(-passed)}`
  return passed < second ? 'now' : `${span(passed)} ago`
}

/** A length of time in its largest whole unit: `45s`, `3m`, `2h`, `5d`. */
export function span(ms: number): string {
  if (ms < minute) return `${Math.max(1, Math.round(ms / second))}s`
  if (ms < hour) return `${Math.round(ms / minute)}m`
  return ms < 2 * day ? `${Math.round(ms / hour)}h` : `${Math.round(ms / day)}d`
}

/** A length of time written `30s`, `15m`, `2h`, `7d` or `1w`, in milliseconds; a usage `Stop` for anything else. */
export function readSpan(text: string, option: string): number {
  const [, digits, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const ms = unitMs[unit ?? '']
  if (digits === undefined || ms === undefined || Number(digits) === 0)
    throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is not a time for ${option}` }, spanRemedy)
  return Number(digits) * ms
}

const spanRemedy = 'write a number and a unit: 30s, 15m, 2h, 7d or 1w'

/** The moment meant by `--since`: a length of time before now, or an ISO 8601 date. Milliseconds since the epoch. */
export function readSince(text: string, nowMs: number): number {
  if (/^\d+[smhdw]$/.test(text)) return nowMs - readSpan(text, '--since')
  const exact = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(exact))
    throw stop(
      'ERR_CLI_USAGE',
      { reason: `\`${text}\` is not a time for --since` },
      `${spanRemedy}, or a date such as 2026-11-22T10:00Z`,
    )
  return exact
}

/** The time of day of a moment, local, for lines that scroll by: `14:03:07`. */
export function clockTime(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8)
}
