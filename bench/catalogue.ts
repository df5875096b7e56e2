/**
 * `npm run bench -- catalogue`: how long the commands of the catalogue take, as processes, beside the start of Node and
 * beside parsing the same tools. Rounds are interleaved and turn; wall time, because it is what a person waits for.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const catalogueSubjects = ['node', 'parse', 'classify', 'build'] as const
export type CatalogueSubject = (typeof catalogueSubjects)[number]

export interface CatalogueMeasurement {
  readonly round: number
  readonly subject: CatalogueSubject
  readonly ms: number
}

/** Over the rounds: the median, and the least and the most. */
export interface CatalogueFigures {
  readonly medianMs: number
  readonly leastMs: number
  readonly mostMs: number
}

export interface CatalogueReport {
  readonly tools: number
  readonly rounds: readonly CatalogueMeasurement[]
  readonly summary: Readonly<Record<CatalogueSubject, CatalogueFigures>>
  /** Keyed `classify/node`: medians. */
  readonly ratios: Readonly<Record<string, number>>
}

/** Runs every subject once a round, in an order that turns. */
export function measureCatalogue(rounds: number, onMeasured: (text: string) => void): CatalogueReport {
  const place = mkdtempSync(join(tmpdir(), 'bench-catalogue-'))
  try {
    const file = join(place, 'tools.json')
    writeFileSync(file, JSON.stringify({ tools: someTools(toolCount) }))
    const lines: Readonly<Record<CatalogueSubject, readonly string[]>> = {
      node: ['-e', '0'],
      parse: ['-e', `JSON.parse(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`],
      classify: ['src/main.ts', 'catalogue', 'classify', file, '--json'],
      build: ['src/main.ts', 'catalogue', 'build', '--output', join(place, 'site'), '--json'],
    }
    const found: CatalogueMeasurement[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const from = (round - 1) % catalogueSubjects.length
      for (const subject of [...catalogueSubjects.slice(from), ...catalogueSubjects.slice(0, from)]) {
        rmSync(join(place, 'site'), { recursive: true, force: true })
        const ms = wallMs(lines[subject])
        found.push({ round, subject, ms })
        onMeasured(`round ${round} ${subject}: ${ms} ms`)
      }
    }
    return catalogueReport(found)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

const toolCount = 1_000

/** The first so many tools of the shipped catalogue, as one list: names that occur twice get a number. */
function someTools(count: number): readonly object[] {
  const names = new Map<string, number>()
  return readdirSync('data/servers')
    .filter(file => file.endsWith('.json'))
    .toSorted()
    .flatMap(
      file => (JSON.parse(readFileSync(join('data/servers', file), 'utf8')) as { tools: { name: string }[] }).tools,
    )
    .slice(0, count)
    .map(tool => {
      const times = (names.get(tool.name) ?? 0) + 1
      names.set(tool.name, times)
      return times === 1 ? tool : { ...tool, name: `${tool.name}_${times}` }
    })
}

function wallMs(line: readonly string[]): number {
  const start = performance.now()
  execFileSync(process.execPath, [...line], { stdio: ['ignore', 'ignore', 'inherit'] })
  return Math.round(performance.now() - start)
}

/** Medians and ratios of what was measured. */
export function catalogueReport(rounds: readonly CatalogueMeasurement[]): CatalogueReport {
  const figures = (subject: CatalogueSubject): CatalogueFigures => {
    const all = rounds.filter(each => each.subject === subject).map(each => each.ms)
    const sorted = all.toSorted((a, b) => a - b)
    return {
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
      leastMs: sorted[0] ?? 0,
      mostMs: sorted.at(-1) ?? 0,
    }
  }
  const summary = {
    node: figures('node'),
    parse: figures('parse'),
    classify: figures('classify'),
    build: figures('build'),
  }
  const ratio = (subject: CatalogueSubject) => Number((summary[subject].medianMs / summary.node.medianMs).toFixed(2))
  const ratios = { 'parse/node': ratio('parse'), 'classify/node': ratio('classify'), 'build/node': ratio('build') }
  return { tools: toolCount, rounds, summary, ratios }
}

/** The table of the performance page. */
export function catalogueText({ tools, summary, ratios }: CatalogueReport): string {
  const words: Readonly<Record<CatalogueSubject, string>> = {
    node: '`node -e 0`',
    parse: `the same reading ${tools.toLocaleString('en')} tools with \`JSON.parse\``,
    classify: `\`catalogue classify\` of ${tools.toLocaleString('en')} tools`,
    build: '`catalogue build` of the shipped catalogue',
  }
  const rows = catalogueSubjects.map(subject => {
    const { medianMs, leastMs, mostMs } = summary[subject]
    const factor = ratios[`${subject}/node`]
    return `| ${words[subject]} | ${seconds(medianMs)} (${seconds(leastMs)}–${seconds(mostMs)}) | ${factor === undefined ? '' : `${factor}×`} |`
  })
  return ['| process | seconds | of `node -e 0` |', '|---|---|---|', ...rows].join('\n')
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2)
}
