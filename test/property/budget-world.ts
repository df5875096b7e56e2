/**
 * A gateway's limits without the gateway: real windows and look-backs, real record texts, a ledger that is a list, and
 * clocks that are set by hand. A restart is another process: a steady clock that starts anywhere, and nothing in memory.
 */
import fc from 'fast-check'
import { type Decision, intentText, type Outcome, outcomeText } from '../../src/ledger/record.ts'
import {
  type BoundCharge,
  bindCharges,
  type Payer,
  type RecentCharges,
  type SettledCharge,
  type StoredCharge,
  settledCharges,
  storedCharges,
} from '../../src/limits/charges.ts'
import type { DeclaredWindow } from '../../src/limits/family.ts'
import type { Reservation } from '../../src/limits/held.ts'
import { LookBack } from '../../src/limits/look-back.ts'
import type { RecountRange } from '../../src/limits/recount.ts'
import { Windows } from '../../src/limits/windows.ts'
import type { Charge, LimitScope } from '../../src/policy/verdict.ts'
import { decisionOf, quietLog } from '../fixtures/ledger-folder.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

/** An intent as it stands in the ledger, with the outcome that came later. */
export interface Entry {
  readonly trueMs: number
  readonly wallMs: number
  readonly intent: string
  outcome?: string
}

/** A list of entries, read as the store reads them; no more is handed out than was asked for. */
class ListLedger {
  readonly entries: Entry[] = []

  append(decision: Decision, trueMs: number, wallMs: number): Entry {
    const entry = { trueMs, wallMs, intent: intentText(decision) }
    this.entries.push(entry)
    return entry
  }

  close(entry: Entry, outcome: Outcome): void {
    entry.outcome = outcomeText(1 + this.entries.indexOf(entry), outcome, 0)
  }

  read(range: RecountRange, trueMs: number, steadyMs: number, entries = this.entries): RecentCharges[] {
    const { ageMs, wallSinceMs = Number.POSITIVE_INFINITY } = range
    return entries.flatMap(entry => {
      if (entry.trueMs <= trueMs - ageMs && entry.wallMs < wallSinceMs) return []
      const said = JSON.parse(entry.intent) as Decision & { charges?: readonly StoredCharge[] }
      const came = entry.outcome === undefined ? undefined : (JSON.parse(entry.outcome) as Outcome)
      if (came?.released === true || said.charges === undefined) return []
      const charges = settledCharges(said.charges, came?.settled)
      return [{ requestId: said.requestId, timeMs: said.timeMs, steadyMs: steadyMs - (trueMs - entry.trueMs), charges }]
    })
  }
}

export class BudgetWorld {
  readonly ledger = new ListLedger()
  trueMs = 0
  clock: ManualClock
  windows: Windows
  lookBack: LookBack
  private lastId = 0
  /** Instead of handing out the whole ledger at once. */
  readParts: ((range: RecountRange) => AsyncIterable<readonly RecentCharges[]>) | undefined

  constructor(wallMs: number) {
    this.clock = new ManualClock(1_000, wallMs)
    this.windows = new Windows(this.clock)
    this.lookBack = this.looking()
  }

  get wallMs(): number {
    return this.clock.wallMs()
  }

  pass(ms: number): void {
    this.clock.pass(ms)
    this.trueMs += ms
  }

  /** Another process. What it puts in force has to be prepared. */
  restart(): void {
    this.clock = new ManualClock(this.clock.steadyMs() % 7_919, this.clock.wallMs())
    this.windows = new Windows(this.clock)
    this.lookBack = this.looking()
  }

  nextId(): string {
    this.lastId++
    return `r-${this.lastId}`
  }

  /** What is written before a call leaves. */
  decisionOf(requestId: string, charges: readonly BoundCharge[], reservation: Reservation): Decision {
    const stored = storedCharges(charges, reservation.wallMs)
    // it arrived some time before it was admitted
    return decisionOf(requestId, { timeMs: this.wallMs - 5 * minute, charges: stored })
  }

  record(requestId: string, charges: readonly BoundCharge[], reservation: Reservation): Entry {
    return this.ledger.append(this.decisionOf(requestId, charges, reservation), this.trueMs, this.wallMs)
  }

  private looking(): LookBack {
    const { windows, clock } = this
    const recent = (range: RecountRange) =>
      this.readParts?.(range) ?? inParts(this.ledger.read(range, this.trueMs, clock.steadyMs()))
    return new LookBack({ windows, log: quietLog, recent })
  }
}

async function* inParts(entries: readonly RecentCharges[]): AsyncIterable<readonly RecentCharges[]> {
  for (let from = 0; from < entries.length; from += 3) yield entries.slice(from, from + 3)
}

/** What a call took in the end, as its answer tells: one figure for each counter that is settled. */
export function figuresOf(charges: readonly BoundCharge[], figure: number): readonly SettledCharge[] {
  const settled = charges.filter(({ settleFrom }) => settleFrom !== undefined)
  return [...new Set(settled.map(({ bucket }) => bucket))].map(bucket => ({ bucket, units: figure }))
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Limits as policies have them, on few counters, which sliding windows and calendars share. */
const limitRules = fc
  .record({
    which: fc.nat(1),
    max: fc.constantFrom(1, 2, 3, 5, 8),
    window: fc.oneof(
      fc.constantFrom(1_000, minute, hour, day, 31 * day).map(windowMs => ({ windowMs })),
      fc.record({
        unit: fc.constantFrom('minute' as const, 'hour' as const, 'day' as const, 'week' as const, 'month' as const),
        zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Antarctica/Troll'),
      }),
    ),
    isSettled: fc.boolean(),
    isKeyed: fc.constantFrom(false, false, true),
  })
  .map(({ window, isSettled, ...rest }) => {
    const calendar = 'unit' in window ? window : undefined
    const windowMs = 'unit' in window ? lengths[window.unit] : window.windowMs
    return { ...rest, windowMs, ...(calendar && { calendar }), ...(isSettled && { settleFrom: 'result.n' }) }
  })

const counters = fc.record({
  counter: fc.constantFrom('a', 'b'),
  scope: fc.constantFrom<LimitScope>('grant', 'grant', 'principal', 'session', 'server', 'organisation'),
})

const lengths = { minute, hour, day, week: 7 * day, month: 30 * day } as const

/** The documents of a policy over time: each edit puts one of them in force. */
export const policies = fc
  .tuple(
    fc.array(counters, { minLength: 2, maxLength: 2 }),
    fc.array(fc.array(limitRules, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  )
  .map(([two, documents]) =>
    documents.map(rules =>
      rules.map(({ which, ...rule }) => ({
        ...rule,
        ...(two[which] ?? { counter: 'a', scope: 'grant' as LimitScope }),
      })),
    ),
  )

export type LimitRule = (typeof policies extends fc.Arbitrary<infer T> ? T : never)[number][number]

export function declaredOf(rules: readonly LimitRule[]): readonly DeclaredWindow[] {
  return rules.map(({ counter, scope, windowMs, calendar }) => ({
    counter,
    scope,
    windowMs,
    ...(calendar && { calendar }),
  }))
}

/** What one call asks for: some of the limits in force. */
export interface CallRequest {
  readonly which: readonly number[]
  readonly units: readonly number[]
  readonly key: string
  readonly who: Payer
}

export const requests = fc.record<CallRequest>({
  which: fc.array(fc.nat(3), { minLength: 1, maxLength: 4, size: 'max' }),
  units: fc.array(fc.constantFrom(0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 0.5, 3, 9), { minLength: 4, maxLength: 4 }),
  key: fc.constantFrom('k', 'k', 'k', '', '__proto__', ' key 1:k', 'x'.repeat(100)),
  who: fc.record({
    grant: fc.constantFrom('g', 'g', 'g', 'h'),
    principal: fc.constantFrom('p', 'p', 'p', 'q'),
    session: fc.constantFrom('s', 's', 's', 't'),
    server: fc.constantFrom('x', 'x', 'x', 'y'),
  }),
})

/** The charges of a call under these rules. */
export function chargesOf(
  rules: readonly LimitRule[],
  { which, units, key, who }: CallRequest,
): readonly BoundCharge[] {
  const chosen = [...new Set(which.map(at => at % rules.length))]
  const charges = chosen.map((at): Charge => {
    const { isKeyed, ...rule } = rules[at] as LimitRule
    return { ...rule, units: units[at] ?? 1, rule: `/limits/${at}`, ...(isKeyed && { keyValue: key }) }
  })
  return bindCharges(charges, who)
}

/** Moments when the world begins: close to the ends of days, weeks, months, and to changes of the clocks. */
export const beginnings = fc
  .tuple(
    fc.constantFrom(
      '2026-10-25T00:30Z',
      '2026-03-29T00:30Z',
      '2026-04-04T14:00Z',
      '2026-11-30T22:30Z',
      '2026-12-31T23:59Z',
      '2026-06-10T12:00Z',
    ),
    fc.integer({ min: -2 * hour, max: 2 * hour }),
  )
  .map(([text, by]) => Date.parse(text) + by)

/** How far somebody sets the clock on the wall. */
export const clockSteps = fc.constantFrom(
  -1,
  1,
  -250,
  500,
  -minute,
  minute,
  -hour,
  hour,
  -2 * hour,
  -4 * hour,
  -day,
  day,
  -2 * day,
  9 * day,
  -9 * day,
  40 * day,
  -40 * day,
  400 * day,
  -400 * day,
)
