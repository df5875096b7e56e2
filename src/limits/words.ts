/** Limits in words: for refusals and explanations. */
import type { LimitRefusal } from './room.ts'

/** A length of time as a person says it, rounded up: nobody should come back too early. */
export function durationWords(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const
  for (const [name, size] of units) {
    if (ms === size) return `1 ${name}`
    if (ms >= size * 2) return `${Math.ceil(ms / size)} ${name}s`
  }
  if (ms < 1000) return `${Math.max(1, Math.ceil(ms))} ms`
  return `${Math.ceil(ms / 1000)} s`
}

/** `per day`, `per 90 s`; of a calendar `this month`. */
export function windowWords({ windowMs, calendar }: Pick<LimitRefusal, 'windowMs' | 'calendar'>): string {
  return calendar === undefined ? `per ${durationWords(windowMs).replace(/^1 /, '')}` : `this ${calendar.unit}`
}
