/**
 * Times a call can be made at, in kinds that comparisons of `time.*` cannot tell apart. One zone: every day from 2000
 * to 2099 with every hour. Several zones (two policies): every quarter of an hour of one year, which has every way
 * their clocks stand to each other, and no other dates.
 */
import { weekdays } from '../conditions.ts'
import type { Path } from '../path.ts'
import { compileReach, type Found, follow } from '../reach.ts'
import type { DecisionInput } from '../verdict.ts'
import type { Atom } from './atoms.ts'
import { anyTruth, onlyTruth, type Truths } from './truths.ts'

export interface TimeKind {
  readonly truths: ReadonlyMap<number, Truths>
  /** Instants of this kind, in milliseconds. */
  readonly samples: readonly number[]
}

const quarterMs = 900_000
const hourMs = 4 * quarterMs
const dayMs = 24 * hourMs
const firstDay = Date.UTC(2000, 0, 1)
const daysCount = 36_525
/** The days tried first: a year nobody has to look up. */
const nearDay = Date.UTC(2026, 0, 1)

const known = new WeakMap<Atom, Map<string, readonly TimeKind[]>>()

/** Every kind of time for comparisons of `time.*`; worked out once for the same comparisons. */
export function timeKinds(atoms: readonly Atom[]): readonly TimeKind[] {
  const [first] = atoms
  if (first === undefined) return []
  const key = atoms.map(({ id }) => id).join()
  const kept = known.get(first) ?? new Map<string, readonly TimeKind[]>()
  known.set(first, kept)
  const zones = new Set(atoms.map(({ zone }) => zone))
  const kinds = kept.get(key) ?? (zones.size > 1 ? kindsOfInstants(atoms) : kindsOfDays(atoms, first.zone))
  if (!kept.has(key)) first.work.steps += daysCount
  kept.set(key, kinds)
  return kinds
}

type Part = 'hour' | 'weekday' | 'date'

function partOf({ path: { steps } }: Atom): Part {
  const [first] = steps
  return (first !== undefined && 'key' in first ? first.key : 'date') as Part
}

/** What a comparison says of a part of the time; a path that goes on behind it is broken. */
function judged(atom: Atom, part: Found): Truths {
  return onlyTruth(atom.judge(follow(part, atom.path.steps.slice(1))))
}

function kindsOfDays(atoms: readonly Atom[], zone: string): readonly TimeKind[] {
  const hourly = atoms.filter(atom => partOf(atom) === 'hour')
  const daily = atoms.filter(atom => partOf(atom) !== 'hour')
  const hours = distinct(
    [12, ...Array.from({ length: 24 }, (_, hour) => hour)].map(hour => ({
      at: hour,
      truths: hourly.map(atom => judged(atom, hour)),
    })),
  )
  const days = distinct(judgedDays(daily))
  return days.flatMap(day =>
    hours.map(hour => ({
      truths: new Map([...pairs(daily, day.truths), ...pairs(hourly, hour.truths)]),
      samples: instantsOf(day.at, hour.at, zone),
    })),
  )
}

function* judgedDays(atoms: readonly Atom[]): Generator<{ readonly at: number; readonly truths: readonly Truths[] }> {
  const isDated = atoms.some(atom => partOf(atom) === 'date')
  // no date is an address, and finding that out again for every day takes long
  const fixed = atoms.map(atom => (atom.op === 'cidr' ? judged(atom, 'monday') : undefined))
  const start = (nearDay - firstDay) / dayMs
  for (let index = 0; index < (isDated ? daysCount : 7); index += 1) {
    const at = firstDay + ((start + index) % daysCount) * dayMs
    const date = new Date(at)
    const parts = {
      hour: 0,
      date: date.toISOString().slice(0, 10),
      weekday: weekdays[(date.getUTCDay() + 6) % 7] ?? '',
    }
    yield { at, truths: atoms.map((atom, number) => fixed[number] ?? judged(atom, parts[partOf(atom)])) }
  }
}

function pairs(atoms: readonly Atom[], truths: readonly Truths[]): readonly (readonly [number, Truths])[] {
  return atoms.map(({ id }, index) => [id, truths[index] ?? anyTruth])
}

function distinct<Each extends { readonly truths: readonly Truths[] }>(all: Iterable<Each>): readonly Each[] {
  const found = new Map<string, Each>()
  for (const each of all) {
    const key = each.truths.join()
    if (!found.has(key)) found.set(key, each)
  }
  return [...found.values()]
}

/** The instant at which clocks in `zone` show this day and hour; none in the hour that summer time leaves out. */
function instantsOf(day: number, hour: number, zone: string): readonly number[] {
  const wanted = new Date(day).toISOString().slice(0, 10)
  const isIt = (timeMs: number) => partAt('hour', timeMs, zone) === hour && partAt('date', timeMs, zone) === wanted
  // clocks are at most 14 hours ahead of UTC and 12 behind; most zones are whole hours away
  for (const stepMs of [hourMs, quarterMs]) {
    for (let timeMs = day + (hour - 14) * hourMs; timeMs <= day + (hour + 13) * hourMs; timeMs += stepMs) {
      if (isIt(timeMs)) return [timeMs]
    }
  }
  return []
}

const reaches = new Map<string, (input: DecisionInput) => Found>()

function partAt(part: Part, timeMs: number, zone: string): Found {
  const key = `${part} ${zone}`
  const path: Path = { text: `time.${part}`, root: 'time', steps: [{ key: part }] }
  const reach = reaches.get(key) ?? compileReach(path, zone)
  reaches.set(key, reach)
  return reach({ timeMs } as DecisionInput)
}

/** What clocks in a zone show through the year, instant by instant. Kept: it takes longer than everything else. */
const years = new Map<string, readonly Readonly<Record<Part, Found>>[]>()

function yearIn(zone: string, stepMs: number): readonly Readonly<Record<Part, Found>>[] {
  const key = `${zone} ${stepMs}`
  const year =
    years.get(key) ??
    Array.from({ length: (366 * dayMs) / stepMs }, (_, index) => {
      const at = (part: Part) => partAt(part, nearDay + index * stepMs, zone)
      return { hour: at('hour'), weekday: at('weekday'), date: at('date') }
    })
  years.set(key, year)
  return year
}

/** Weekdays and hours of several zones hang together: the instants of a year are looked at one by one. */
function kindsOfInstants(atoms: readonly Atom[]): readonly TimeKind[] {
  const stepMs = atoms.every(({ zone }) => isWholeHours(zone)) ? hourMs : quarterMs
  const clocks = atoms.map(({ zone }) => yearIn(zone, stepMs))
  const found = new Map<string, { truths: readonly Truths[]; samples: number[] }>()
  const count = clocks[0]?.length ?? 0
  for (let index = 0; index < count; index += 1) {
    const truths = atoms.map((atom, number) => judged(atom, clocks[number]?.[index]?.[partOf(atom)] ?? ''))
    const key = truths.join()
    if (!found.has(key)) found.set(key, { truths, samples: [nearDay + index * stepMs] })
  }
  const kinds = [...found.values()].map(({ truths, samples }) => ({ truths: new Map(pairs(atoms, truths)), samples }))
  const isDated = atoms.some(atom => partOf(atom) === 'date')
  if (!isDated) return kinds
  return [...kinds, { truths: new Map(atoms.map(({ id }) => [id, anyTruth])), samples: [] }]
}

/** True if clocks in `zone` are whole hours away from UTC, in winter and in summer. */
function isWholeHours(zone: string): boolean {
  return [0, 182].every(day => {
    const timeMs = nearDay + day * dayMs
    return partAt('hour', timeMs, zone) !== partAt('hour', timeMs - quarterMs, zone)
  })
}
