/** Medians over rounds, ratios between subjects, and the tables that show them. */
import type { Measurement } from './comparison.ts'
import type { SubjectName } from './subjects.ts'

/** Medians of one subject at one number of connections. */
export interface Figures {
  readonly cpuUsPerCall: number
  readonly p50Us: number
  readonly p99Us: number
  readonly rps: number
}

/** How one subject compares with another. All but the last at the largest number of connections. */
export interface Ratio extends Figures {
  /** Microseconds added to the median latency at the smallest number of connections. */
  readonly addedP50Us: number
}

export interface Report {
  readonly rounds: readonly Measurement[]
  /** At the largest number of connections. */
  readonly summary: Readonly<Record<string, Figures>>
  /** Keyed `subject/other`. */
  readonly ratios: Readonly<Record<string, Ratio>>
}

const pairs: readonly (readonly [SubjectName, SubjectName])[] = [
  ['passthrough', 'direct'],
  ['sallyport', 'passthrough'],
  ['sallyport-read', 'passthrough'],
]

/** Builds the report that `--json` prints. */
export function reportOf(rounds: readonly Measurement[]): Report {
  const connections = [...new Set(rounds.map(each => each.connections))].sort((a, b) => a - b)
  const least = connections[0] ?? 1
  const most = connections.at(-1) ?? 1
  const names = [...new Set(rounds.map(each => each.subject))]
  const ratios = pairs
    .filter(pair => pair.every(name => names.includes(name)))
    .map(([name, other]) => [`${name}/${other}`, ratioOf(rounds, name, other, least, most)] as const)
  return {
    rounds,
    summary: Object.fromEntries(names.map(name => [name, figuresOf(rounds, name, most)])),
    ratios: Object.fromEntries(ratios),
  }
}

function ratioOf(
  rounds: readonly Measurement[],
  name: SubjectName,
  other: SubjectName,
  least: number,
  most: number,
): Ratio {
  const one = figuresOf(rounds, name, most)
  const two = figuresOf(rounds, other, most)
  return {
    cpuUsPerCall: rounded(one.cpuUsPerCall / two.cpuUsPerCall),
    p50Us: rounded(one.p50Us / two.p50Us),
    p99Us: rounded(one.p99Us / two.p99Us),
    rps: rounded(one.rps / two.rps),
    addedP50Us: figuresOf(rounds, name, least).p50Us - figuresOf(rounds, other, least).p50Us,
  }
}

/** The raw table (medians per subject and number of connections) and the ratios, as text for people. */
export function reportText(report: Report): string {
  const connections = [...new Set(report.rounds.map(each => each.connections))]
  const lines = ['| subject | connections | CPU µs per call | p50 µs | p99 µs | calls/s |', '|---|---|---|---|---|---|']
  for (const name of Object.keys(report.summary) as SubjectName[]) {
    for (const count of connections) {
      const { cpuUsPerCall, p50Us, p99Us, rps } = figuresOf(report.rounds, name, count)
      lines.push(`| ${name} | ${count} | ${cpuUsPerCall} | ${p50Us} | ${p99Us} | ${rps} |`)
    }
  }
  const most = Math.max(...connections)
  const least = Math.min(...connections)
  const heads = [`CPU per call, ${most} connections`, 'p50', 'p99', 'calls/s', `added p50 µs, ${least} connection`]
  const ratios = Object.entries(report.ratios).map(([name, each]) => {
    return `| ${name} | ${each.cpuUsPerCall} | ${each.p50Us} | ${each.p99Us} | ${each.rps} | ${each.addedP50Us} |`
  })
  return [...lines, '', `| ratio | ${heads.join(' | ')} |`, '|---|---|---|---|---|---|', ...ratios].join('\n')
}

/** Medians over the rounds. */
function figuresOf(rounds: readonly Measurement[], subject: SubjectName, connections: number): Figures {
  const own = rounds.filter(each => each.subject === subject && each.connections === connections)
  return {
    cpuUsPerCall: median(own.map(each => each.cpuUsPerCall)),
    p50Us: median(own.map(each => each.p50Us)),
    p99Us: median(own.map(each => each.p99Us)),
    rps: median(own.map(each => each.rps)),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : rounded(((sorted[middle - 1] ?? upper) + upper) / 2)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
