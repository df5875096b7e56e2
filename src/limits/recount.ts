/**
 * Counts families anew from the ledger while calls go on. Each charge is counted once: those of calls that are under way
 * from memory, with their own time, and all others from the ledger, which holds them in their final form. Until
 * `finish`, nothing changes for anybody; then everything at once.
 */
import { limits } from '../limits.ts'
import { prefixOf, type RecentCharges } from './charges.ts'
import { Counter, type Moment } from './counter.ts'
import type { Family } from './family.ts'
import type { Held } from './held.ts'
import type { ShelfBounds } from './shelf.ts'

/** What has to be read: charges of at most this age, and those whose period the clock on the wall may show again. */
export interface RecountRange {
  readonly ageMs: number
  /** Absent: no calendar looks. */
  readonly wallSinceMs?: number
}

export interface RecountParts {
  /** The families as they will be, by prefix. */
  readonly families: ReadonlyMap<string, Family>
  readonly now: Moment
  /** Calls under way. More are added with `join` as they come. */
  readonly underWay: Iterable<Held>
  readonly bounds: ShelfBounds & { readonly eventsMax: number }
  /** Puts the counted families in force. */
  readonly install: (families: ReadonlyMap<string, Family>, counters: ReadonlyMap<string, Counter>) => void
  readonly onEnd: () => void
}

export class Recount {
  readonly range: RecountRange
  private readonly parts: RecountParts
  private readonly counters = new Map<string, Counter>()
  private readonly made = new Map<Family, number>()
  private readonly held = new Set<Held>()
  private readonly heldNames = new Set<string>()
  private isOver = false

  constructor(parts: RecountParts) {
    this.parts = parts
    this.range = rangeOf([...parts.families.values()])
    for (const held of parts.underWay) this.join(held)
  }

  /** A call that is under way: it is counted from memory. */
  join(held: Held): void {
    this.held.add(held)
    if (held.requestId !== undefined) this.heldNames.add(held.requestId)
  }

  /** A part of what the ledger remembers, oldest first. */
  add(entries: Iterable<RecentCharges>): void {
    const { families, now } = this.parts
    for (const { requestId, steadyMs, timeMs, charges } of entries) {
      if (this.heldNames.has(requestId)) continue
      for (const { bucket, units, wallMs = timeMs } of charges) {
        const family = families.get(prefixOf(bucket))
        if (family === undefined || !(units > 0)) continue
        const taken = { steadyMs: Math.min(steadyMs, now.steadyMs), wallMs }
        if (!this.isSeen(family, taken)) continue
        const counter = this.counters.get(bucket) ?? this.make(bucket, family)
        counter?.take(units, taken)
      }
    }
  }

  /** Everything has been read: the families are complete from now on. */
  finish(): void {
    if (this.isOver) return
    const { families, bounds, install, now } = this.parts
    const late = new Map<Counter, (Moment & { units: number })[]>()
    for (const held of this.held) {
      for (const take of held.takes) {
        const family = families.get(prefixOf(take.bucket))
        if (family === undefined) continue
        take.counter = this.counters.get(take.bucket) ?? new Counter(family, bounds.eventsMax)
        this.counters.set(take.bucket, take.counter)
        const charges = late.get(take.counter) ?? []
        late.set(take.counter, charges)
        if (take.units > 0) charges.push({ ...held.taken, units: take.units })
      }
    }
    for (const [counter, charges] of late) counter.merge(charges, now.steadyMs)
    this.end()
    install(families, this.counters)
  }

  /** Gives up, if it is not finished: everything stays as it was. */
  abandon(): void {
    if (!this.isOver) this.end()
  }

  private end(): void {
    this.isOver = true
    this.parts.onEnd()
  }

  /** Some limit can still see a charge of that moment. */
  private isSeen(family: Family, taken: Moment): boolean {
    if (taken.steadyMs + family.retainMs > this.parts.now.steadyMs) return true
    return family.views.some(view => taken.wallMs >= view.sinceMs)
  }

  private make(bucket: string, family: Family): Counter | undefined {
    const { bounds, now } = this.parts
    const made = this.made.get(family) ?? 0
    if (this.counters.size >= bounds.bucketsMax || made >= bounds.bucketsPerNameMax) {
      // what is left out must not be taken for unused: such counters are refused until nothing of it can count
      family.crowdedUntilMs = now.steadyMs + Math.max(family.retainMs, longestPeriodMs(family))
      return undefined
    }
    this.made.set(family, made + 1)
    const counter = new Counter(family, bounds.eventsMax)
    this.counters.set(bucket, counter)
    return counter
  }
}

function rangeOf(families: readonly Family[]): RecountRange {
  const ageMs = Math.max(0, ...families.map(({ retainMs }) => retainMs))
  const views = families.flatMap(family => family.views)
  return views.length === 0 ? { ageMs } : { ageMs, wallSinceMs: Math.min(...views.map(view => view.sinceMs)) }
}

function longestPeriodMs({ views }: Family): number {
  return views.length === 0 ? 0 : limits.windowCalendarMonthMs
}
