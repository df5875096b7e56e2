/** When a grant ends: a duration from now (`30d`, `12h`, `90m`, `30s`, `4w`) or an ISO date. */
import { accepted, type Result, refused } from '../errors.ts'
import { durations } from '../limits.ts'

const units: Readonly<Record<string, number>> = {
  s: durations.second,
  m: durations.minute,
  h: 60 * durations.minute,
  d: 24 * 60 * durations.minute,
  w: 7 * 24 * 60 * durations.minute,
}

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/

/**
 * Wall-clock milliseconds at which the grant ends. A date without a time is the start of that day in UTC; a time needs
 * a zone. Refuses anything else, and an end that is not in the future (ERR_GRANT_INVALID).
 */
export function readExpiry(text: string, nowMs: number): Result<number> {
  const lifetimeMs = readLifetime(text)
  const atMs = lifetimeMs === undefined ? readDate(text) : nowMs + lifetimeMs
  if (atMs === undefined)
    return refused('ERR_GRANT_INVALID', { reason: `\`${text}\` is neither a duration like \`30d\` nor an ISO date` })
  if (atMs <= nowMs) return refused('ERR_GRANT_INVALID', { reason: `\`${text}\` is not in the future` })
  return accepted(atMs)
}

/** The same for a declaration that may have ended already: a file is read again after its grants expire. */
export function readExpiryDate(text: string): Result<number> {
  const atMs = readDate(text)
  return atMs === undefined
    ? refused('ERR_GRANT_INVALID', {
        reason: `\`${text}\` is not an ISO date like \`2027-01-31\` or \`2027-01-31T18:00Z\``,
      })
    : accepted(atMs)
}

/** A lifetime such as `30d`, in milliseconds; nothing for any other text. */
export function readLifetime(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([smhdw])$/.exec(text)
  const unit = units[match?.[2] ?? '']
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}

function readDate(text: string): number | undefined {
  if (!isoDate.test(text)) return undefined
  const ms = Date.parse(text)
  if (!Number.isFinite(ms)) return undefined
  // `2027-02-30` parses as March 2 on some runtimes: a date must say itself back.
  return new Date(Date.parse(text.slice(0, 10))).toISOString().slice(0, 10) === text.slice(0, 10) ? ms : undefined
}
