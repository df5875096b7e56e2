/** Numbers by what comparisons can tell apart: each one that is named, and what lies between two of them. */

/** Numbers from `low` to `high`; a span of one number has both ends the same. Ends that are open are not in it. */
export interface Span {
  readonly low: number
  readonly high: number
  readonly isPoint: boolean
}

export interface SpanSample extends Span {
  readonly sample: number
}

/** Every span that comparisons with `named` can tell apart, with a number in it, in ascending order. */
export function spansAround(named: Iterable<number>): readonly SpanSample[] {
  const points = [...new Set([...named].map(number => number + 0))].sort((a, b) => a - b)
  const spans: SpanSample[] = []
  let low = Number.NEGATIVE_INFINITY
  for (const point of points) {
    spans.push(...openSpan(low, point), { low: point, high: point, isPoint: true, sample: point })
    low = point
  }
  return [...spans, ...openSpan(low, Number.POSITIVE_INFINITY)]
}

/** What lies strictly between two numbers: nothing, where they are neighbours. */
function openSpan(low: number, high: number): readonly SpanSample[] {
  const sample = between(low, high)
  return sample === undefined ? [] : [{ low, high, isPoint: false, sample }]
}

/** A number between two others, as round as can be. */
function between(low: number, high: number): number | undefined {
  const fits = (number: number) => number > low && number < high && Number.isFinite(number)
  const guesses = [1, Math.floor(low) + 1, Math.ceil(high) - 1, 0, -1, low / 2 + high / 2, low * 2, high * 2, low / 2]
  const found = guesses.find(fits)
  if (found !== undefined) return found + 0
  return [nextAfter(low, 1), nextAfter(high, -1)].find(fits)
}

/** The neighbouring double. */
function nextAfter(number: number, direction: 1 | -1): number {
  if (!Number.isFinite(number)) return number > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE
  if (number === 0) return direction * Number.MIN_VALUE
  const bits = new BigInt64Array(new Float64Array([number]).buffer)
  bits[0] = (bits[0] ?? 0n) + (number > 0 === direction > 0 ? 1n : -1n)
  return new Float64Array(bits.buffer)[0] ?? number
}

/** The spans joined where they touch, in words: `500`, `over 500 and at most 1000`, `below 0`. */
export function spanWords(spans: readonly Span[]): readonly string[] {
  const sorted = [...spans].sort((a, b) => a.low - b.low || a.high - b.high)
  const joined: { low: number; high: number; hasLow: boolean; hasHigh: boolean }[] = []
  for (const { low, high, isPoint } of sorted) {
    const last = joined.at(-1)
    const touches = last !== undefined && last.high === low && (last.hasHigh || isPoint)
    if (touches) {
      last.high = high
      last.hasHigh = isPoint
    } else joined.push({ low, high, hasLow: isPoint, hasHigh: isPoint })
  }
  return joined.map(({ low, high, hasLow, hasHigh }) => {
    if (low === high) return String(low)
    const from = low === Number.NEGATIVE_INFINITY ? '' : hasLow ? `at least ${low}` : `over ${low}`
    const to = high === Number.POSITIVE_INFINITY ? '' : hasHigh ? `at most ${high}` : `below ${high}`
    return [from, to].filter(part => part !== '').join(' and ') || 'a number'
  })
}
