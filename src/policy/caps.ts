/**
 * Windows, limits and `rate_limit` (design section 8). Windows are sliding: in any interval of that length at most
 * `max` units. `month` is 30 days when sliding. Refused: a `max` below 1, because a limit is not a way to deny.
 */
import { limits } from '../limits.ts'
import type { Json } from '../wire/json-types.ts'
import type { CalendarUnit, LimitRule } from './model.ts'
import { type Path, readPath } from './path.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { readResultPath } from './result-path.ts'
import { kindOf, readChoice, readObject, readText } from './shape.ts'
import type { LimitScope } from './verdict.ts'

const second = 1000
const namedMs: Readonly<Record<CalendarUnit, number>> = {
  minute: 60 * second,
  hour: 3_600 * second,
  day: 86_400 * second,
  week: 7 * 86_400 * second,
  month: 30 * 86_400 * second,
}
const unitMs: Readonly<Record<string, number>> = { s: second, m: namedMs.minute, h: namedMs.hour, d: namedMs.day }

export const limitKeys = [
  'counter',
  'window',
  'max',
  'scope',
  'key',
  'increment_from',
  'settle_from',
  'align',
  'zone',
] as const
export const scopes: readonly LimitScope[] = ['grant', 'principal', 'session', 'server', 'organisation']

/** Milliseconds of `minute|hour|day|week|month`, `"90s"`, `"15m"`, `"2h"`, `"7d"` or a number of seconds. */
export function windowMsOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return bounded(value * second)
  if (typeof value !== 'string') return undefined
  if (Object.hasOwn(namedMs, value)) return namedMs[value as CalendarUnit]
  const parts = /^(\d{1,9})([smhd])$/.exec(value)
  return parts === null ? undefined : bounded(Number(parts[1]) * (unitMs[parts[2] ?? ''] ?? Number.NaN))
}

function bounded(ms: number): number | undefined {
  return Number.isSafeInteger(ms) && ms >= second && ms <= limits.policyWindowMsMax ? ms : undefined
}

/** The way a window is written in a normal document: its word, else whole seconds. */
export function windowText(windowMs: number): string {
  for (const [name, ms] of Object.entries(namedMs)) if (ms === windowMs) return name
  return `${windowMs / second}s`
}

/** Reports and returns `undefined` when `value` is not a window. */
export function readWindow(log: ProblemLog, value: Json | undefined, at: string): number | undefined {
  const ms = windowMsOf(value)
  if (ms === undefined) {
    const shown =
      typeof value === 'string' || typeof value === 'number' ? `\`${String(value).slice(0, 40)}\`` : kindOf(value)
    log.error(
      'bad-window',
      at,
      `${shown} is not a window`,
      'use minute, hour, day, week, month, "90s", "15m", "2h", "7d" or seconds, 1 s to 366 days',
    )
  }
  return ms
}

/** One entry of `limits`. */
export function readLimit(log: ProblemLog, value: Json, at: string): LimitRule | undefined {
  const given = readObject(log, value, at, limitKeys)
  if (given === undefined) return undefined
  const counter = readText(log, given['counter'], pointer(at, 'counter'), limits.policyCounterLengthMax)
  const windowMs = readWindow(log, given['window'], pointer(at, 'window'))
  const max = readMax(log, given['max'], pointer(at, 'max'))
  const scope = given['scope'] === undefined ? 'grant' : readChoice(log, given['scope'], pointer(at, 'scope'), scopes)
  const key = given['key'] === undefined ? undefined : readArgsPath(log, given['key'], pointer(at, 'key'))
  const from =
    given['increment_from'] === undefined
      ? undefined
      : readArgsPath(log, given['increment_from'], pointer(at, 'increment_from'))
  const settleFrom =
    given['settle_from'] === undefined ? undefined : readSettle(log, given['settle_from'], pointer(at, 'settle_from'))
  const calendar = readAlign(log, given['align'], given['zone'], given['window'], at)
  if (counter === undefined || windowMs === undefined || max === undefined || scope === undefined) return undefined
  return {
    at,
    counter,
    windowMs,
    max,
    scope,
    ...(key && { key }),
    ...(from && { incrementFrom: from }),
    ...(settleFrom !== undefined && { settleFrom }),
    ...(calendar && { calendar }),
  }
}

/** `"10/minute"` or `{max, window}`; the counter is named by the caller. */
export function readRate(log: ProblemLog, value: Json, at: string, counter: string): LimitRule | undefined {
  if (typeof value === 'string') {
    const [count = '', window = '', ...more] = value.split('/')
    const max = /^\s*\d{1,15}\s*$/.test(count) && more.length === 0 ? Number(count) : Number.NaN
    const windowMs = windowMsOf(window.trim())
    if (max >= 1 && windowMs !== undefined) return { at, counter, windowMs, max, scope: 'grant' }
    log.error(
      'bad-limit',
      at,
      `\`${value.slice(0, 80)}\` is not a rate`,
      'write it as "10/minute", or as {"max": 10, "window": 60}',
    )
    return undefined
  }
  const given = readObject(log, value, at, ['max', 'window'])
  if (given === undefined) return undefined
  const max = readMax(log, given['max'], pointer(at, 'max'))
  const windowMs = readWindow(log, given['window'], pointer(at, 'window'))
  return max === undefined || windowMs === undefined ? undefined : { at, counter, windowMs, max, scope: 'grant' }
}

function readMax(log: ProblemLog, value: Json | undefined, at: string): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  const shown = typeof value === 'number' ? `\`${value}\`` : kindOf(value)
  log.error(
    'bad-limit',
    at,
    `\`max\` must be a whole number of at least 1, found ${shown}`,
    'to let nothing through write "action": "deny"',
  )
  return undefined
}

function readArgsPath(log: ProblemLog, value: Json, at: string): Path | undefined {
  const text = readText(log, value, at, limits.policyPathLengthMax)
  if (text === undefined) return undefined
  const reading = readPath(text)
  if (!reading.ok) log.error('bad-path', at, reading.message, reading.remedy)
  else if (
    reading.path.root !== 'args' ||
    reading.path.steps.length === 0 ||
    reading.path.steps.some(step => 'each' in step)
  ) {
    log.error(
      'bad-path',
      at,
      `\`${text}\` does not name one argument`,
      'use a path such as `args.amount`, without `[*]`',
    )
  } else return reading.path
  return undefined
}

function readSettle(log: ProblemLog, value: Json, at: string): string | undefined {
  const text = readText(log, value, at, limits.policyPathLengthMax)
  if (text === undefined) return undefined
  const reading = readResultPath(text)
  if (!reading.ok) log.error('bad-path', at, reading.message, reading.remedy)
  else if (reading.path.steps.some(step => 'each' in step)) {
    const remedy = 'use a path such as `result.amount`, without `[*]`'
    log.error('bad-path', at, `\`${text}\` does not name one number of the result`, remedy)
  } else return text
  return undefined
}

function readAlign(
  log: ProblemLog,
  align: Json | undefined,
  zone: Json | undefined,
  window: Json | undefined,
  at: string,
): LimitRule['calendar'] | undefined {
  const kind = align === undefined ? 'sliding' : readChoice(log, align, pointer(at, 'align'), ['sliding', 'calendar'])
  if (kind !== 'calendar') {
    if (zone !== undefined)
      log.error(
        'bad-limit',
        pointer(at, 'zone'),
        '`zone` has no meaning for a sliding window',
        'add "align": "calendar", or remove `zone`',
      )
    return undefined
  }
  if (typeof window !== 'string' || !Object.hasOwn(namedMs, window)) {
    log.error(
      'bad-window',
      pointer(at, 'window'),
      'a calendar window is minute, hour, day, week or month',
      'use one of these words, or a sliding window',
    )
    return undefined
  }
  const named = zone === undefined ? 'UTC' : readZone(log, zone, pointer(at, 'zone'))
  return named === undefined ? undefined : { unit: window as CalendarUnit, zone: named }
}

/** An IANA time zone the runtime knows. */
export function readZone(log: ProblemLog, value: Json, at: string): string | undefined {
  const name = readText(log, value, at, 64)
  if (name === undefined) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    log.error('bad-value', at, `\`${name}\` is not a time zone`, 'use an IANA name such as Europe/Berlin')
    return undefined
  }
}
