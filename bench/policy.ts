/**
 * `npm run bench -- policy`: nanoseconds per decision, ours and two others on the same rules and calls, in one process.
 * Rounds are interleaved: every round measures every engine on every case, in an order that turns. What is counted is
 * CPU time of the thread, so that other programs on the machine do not count.
 */
import { type BenchCase, benchCases } from './policy-cases.ts'
import { checkVerdicts, type EngineName, engines } from './policy-engines.ts'

export interface PolicyMeasurement {
  readonly round: number
  readonly table: string
  readonly row: string
  readonly rules: number
  readonly engine: EngineName
  readonly decisions: number
  readonly nsPerDecision: number
}

/** Over the rounds: the median, and the least and the most. */
export interface PolicyFigures {
  readonly table: string
  readonly row: string
  readonly rules: number
  readonly engine: EngineName
  readonly medianNs: number
  readonly leastNs: number
  readonly mostNs: number
}

export interface PolicyReport {
  readonly rounds: readonly PolicyMeasurement[]
  readonly summary: readonly PolicyFigures[]
  /** Keyed `table: row: engine/sallyport`; of the two forms of an engine both are there. */
  readonly ratios: Readonly<Record<string, number>>
}

export interface PolicyOptions {
  readonly rounds: number
  /** CPU time given to one engine on one case in one round. */
  readonly measureMs: number
  /** Cases of more rules are left out. */
  readonly rulesMax: number
  readonly onMeasured: (text: string) => void
}

interface Subject {
  readonly given: BenchCase
  readonly engine: EngineName
  readonly decisions: readonly (() => unknown)[]
}

/** Loads every case into every engine that can say it, checks the verdicts, warms up, measures. */
export function measurePolicies(options: PolicyOptions): PolicyReport {
  const subjects = benchCases()
    .filter(each => each.rules <= options.rulesMax)
    .map(given => engines.flatMap(each => subjectOf(given, each)))
  options.onMeasured(`${subjects.flat().length} subjects loaded; every verdict is the expected one`)
  for (const subject of subjects.flat()) cost(subject, options.measureMs)
  const rounds: PolicyMeasurement[] = []
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const each of subjects) {
      for (const subject of turned(each, round - 1)) {
        const { table, row, rules } = subject.given
        rounds.push({ round, table, row, rules, engine: subject.engine, ...cost(subject, options.measureMs) })
      }
    }
    options.onMeasured(`round ${round} of ${options.rounds}`)
  }
  return reportOf(rounds)
}

function subjectOf(given: BenchCase, { name, load }: (typeof engines)[number]): readonly Subject[] {
  const decider = load(given)
  if (decider === undefined) return []
  checkVerdicts(given, name, decider)
  return [{ given, engine: name, decisions: given[given.timed].map(decider) }]
}

/** Runs the calls in turn until the time is used up. */
function cost(
  { decisions }: Subject,
  measureMs: number,
): { readonly decisions: number; readonly nsPerDecision: number } {
  const run = (from: number, count: number): void => {
    for (let i = from; i < from + count; i += 1) decisions[i % decisions.length]?.()
  }
  const wallMs = performance.now()
  run(0, 3)
  const batch = Math.max(1, Math.round((3 * batchMs) / Math.max(performance.now() - wallMs, 0.001)))
  // the system counts CPU time in ticks of some milliseconds: counting starts and ends where one is over
  let started = cpuUs()
  for (const before = started; started === before; started = cpuUs()) run(0, batch)
  let done = 0
  let used = 0
  while (used < measureMs * 1_000) {
    run(done, batch)
    done += batch
    used = cpuUs() - started
  }
  return { decisions: done, nsPerDecision: Math.round((used * 1_000) / done) }
}

const batchMs = 0.2

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(list.length, 1)
  return [...list.slice(start), ...list.slice(0, start)]
}

export function reportOf(rounds: readonly PolicyMeasurement[]): PolicyReport {
  const groups = Map.groupBy(rounds, each => JSON.stringify([each.table, each.row, each.engine]))
  const summary = [...groups.values()].map(figuresOf)
  const ours = (given: PolicyFigures) =>
    summary.find(each => each.table === given.table && each.row === given.row && each.engine === 'sallyport')
  const ratios = summary
    .filter(each => each.engine !== 'sallyport')
    .map(each => [`${each.table}: ${each.row}: ${each.engine}/sallyport`, ratio(each, ours(each))] as const)
  return { rounds, summary, ratios: Object.fromEntries(ratios) }
}

function figuresOf(group: readonly PolicyMeasurement[]): PolicyFigures {
  const { table, row, rules, engine } = group[0] as PolicyMeasurement
  const sorted = group.map(each => each.nsPerDecision).sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? 0
  const middle = sorted.length >> 1
  const medianNs = sorted.length % 2 === 1 ? at(middle) : Math.round((at(middle - 1) + at(middle)) / 2)
  return { table, row, rules, engine, medianNs, leastNs: at(0), mostNs: at(sorted.length - 1) }
}

function ratio(one: PolicyFigures, other: PolicyFigures | undefined): number {
  const factor = one.medianNs / (other?.medianNs ?? Number.NaN)
  return factor >= 10 ? Math.round(factor) : Math.round(factor * 10) / 10
}

/** One table of figures for each table of cases, in µs with the spread over the rounds, and the ratios beside them. */
export function policyText({ summary, ratios }: PolicyReport): string {
  const names = engines.map(each => each.name)
  return [...Map.groupBy(summary, each => each.table)]
    .map(([table, figures]) => {
      const rows = [...Map.groupBy(figures, each => each.row)].map(([row, own]) => {
        const cells = names.map(name => {
          const found = own.find(each => each.engine === name)
          if (found === undefined) return '—'
          const factor = ratios[`${table}: ${row}: ${name}/sallyport`]
          return `${us(found.medianNs)} (${us(found.leastNs)}–${us(found.mostNs)})${factor === undefined ? '' : ` · ${factor.toLocaleString('en')}×`}`
        })
        return `| ${[row, ...cells].join(' | ')} |`
      })
      const head = `| ${[table, ...names].join(' | ')} |`
      return [head, `|${'---|'.repeat(names.length + 1)}`, ...rows].join('\n')
    })
    .join('\n\n')
}

function us(ns: number): string {
  const value = ns / 1_000
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)
}
