/**
 * The real figure of a call, from the server's own answer (`settle_from`). Promises: what cannot be read as a number from
 * 0 to 2^53 − 1 changes nothing, and where several limits share a counter, the largest of what they say is counted, as
 * with their estimates.
 */
import { readResultPath, valueInResult } from '../policy/result-path.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { BoundCharge, SettledCharge } from './charges.ts'

export interface Settlement {
  readonly settled: readonly SettledCharge[]
  /** Why an estimate stays, for the record: one text for each limit whose figure could not be read. */
  readonly notes: readonly string[]
}

/** What a successful answer says that a call took. `isPaid`: an earlier request has taken the estimates already. */
export function settlementOf(charges: readonly BoundCharge[], answer: JsonObject, isPaid: boolean): Settlement {
  const settled: SettledCharge[] = []
  const notes: string[] = []
  for (const [bucket, sharing] of Map.groupBy(charges, charge => charge.bucket)) {
    const figures: number[] = []
    const read: number[] = []
    for (const { counter, units, settleFrom } of sharing) {
      const figure = settleFrom === undefined ? undefined : figureAt(settleFrom, answer)
      if (typeof figure === 'string') notes.push(`\`${counter}\` keeps its estimate: ${figure}`)
      if (typeof figure === 'number') read.push(figure)
      figures.push(typeof figure === 'number' ? figure : units)
    }
    if (read.length === 0) continue
    const estimate = Math.max(...sharing.map(({ units }) => units))
    const units = Math.max(...figures)
    settled.push({ bucket, units: isPaid ? Math.max(0, units - estimate) : units })
  }
  return { settled, notes }
}

/** True if the answer of a call may change what it took. */
export function canSettle(charges: readonly BoundCharge[]): boolean {
  return charges.some(({ settleFrom }) => settleFrom !== undefined)
}

/** The number at a path of an answer, or what is wrong with it. */
function figureAt(text: string, answer: JsonObject): number | string {
  const reading = readResultPath(text)
  if (!reading.ok) return reading.message
  const found = valueInResult(answer, reading.path)
  if (typeof found === 'symbol' || found === null) return `\`${text}\` is missing`
  if (typeof found !== 'number' || !Number.isFinite(found)) return `\`${text}\` is no number`
  if (found < 0) return `\`${text}\` is negative`
  return found > Number.MAX_SAFE_INTEGER ? `\`${text}\` is too large` : found
}
