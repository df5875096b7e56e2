/** `npm run bench -- --json` prints the shape that other programs read (the figures themselves are not judged here). */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { catalogueReport, catalogueText } from '../../bench/catalogue.ts'
import type { Measurement } from '../../bench/comparison.ts'
import { type PolicyMeasurement, reportOf as policyReportOf, policyText } from '../../bench/policy.ts'
import { reportOf } from '../../bench/report.ts'

const figure = expect.any(Number)
const figures = { cpuUsPerCall: figure, p50Us: figure, p99Us: figure, rps: figure }

test('bench --json: rounds, summary by subject, ratios', async () => {
  const options = ['--json', '--rounds', '1', '--seconds', '1', '--warm-up', '1', '--connections', '2']
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['bench/main.ts', '--subjects', 'direct,passthrough', ...options])
  const round = { round: 1, connections: 2, calls: figure, upstreamCpuUsPerCall: figure, ...figures }
  expect(JSON.parse(stdout)).toEqual({
    rounds: [
      { ...round, subject: 'direct' },
      { ...round, subject: 'passthrough' },
    ],
    summary: { direct: figures, passthrough: figures },
    ratios: { 'passthrough/direct': { ...figures, addedP50Us: figure } },
  })
})

test('the summary holds medians at the most connections; ratios compare with the pass-through', () => {
  const measured = (subject: Measurement['subject'], connections: number, cpuUsPerCall: number, p50Us: number) => {
    const rest = { round: 1, calls: 1, upstreamCpuUsPerCall: 1, p99Us: 2 * p50Us, rps: 1000 }
    return { subject, connections, cpuUsPerCall, p50Us, ...rest }
  }
  const report = reportOf([
    measured('passthrough', 1, 100, 200),
    measured('passthrough', 64, 80, 400),
    measured('sallyport', 1, 300, 900),
    measured('sallyport', 64, 100, 700),
    measured('sallyport', 64, 140, 900),
    measured('sallyport', 64, 900, 800),
  ])
  expect(report.summary['sallyport']).toEqual({ cpuUsPerCall: 140, p50Us: 800, p99Us: 1600, rps: 1000 })
  expect(report.ratios['sallyport/passthrough']).toEqual({
    cpuUsPerCall: 1.75,
    p50Us: 2,
    p99Us: 2,
    rps: 1,
    addedP50Us: 700,
  })
})

test('bench policy --json: rounds, summary by case and engine, ratios; every engine gave the expected verdicts', async () => {
  const run = promisify(execFile)
  const options = ['policy', '--json', '--rounds', '1', '--ms', '1', '--rules', '100']
  const { stdout } = await run(process.execPath, ['bench/main.ts', ...options])
  const report = JSON.parse(stdout)
  const table = 'rules of the tool called'
  expect(report.rounds[0]).toEqual({
    round: 1,
    table,
    row: '1',
    rules: 1,
    engine: 'sallyport',
    decisions: figure,
    nsPerDecision: figure,
  })
  const engines = ['sallyport', 'cedar', 'cedar, joined', 'cel', 'cel, joined']
  const figures = { medianNs: figure, leastNs: figure, mostNs: figure }
  expect(report.summary.slice(5, 10)).toEqual(
    engines.map(engine => ({ table, row: '100', rules: 100, engine, ...figures })),
  )
  expect(report.ratios[`${table}: 100: cedar/sallyport`]).toBeGreaterThan(1)
})

test('a policy report holds medians, their spread, and ratios with ours', () => {
  const measured = (round: number, engine: PolicyMeasurement['engine'], nsPerDecision: number): PolicyMeasurement => {
    return { round, table: 't', row: '100', rules: 100, engine, decisions: 1, nsPerDecision }
  }
  const report = policyReportOf([
    measured(1, 'sallyport', 5_000),
    measured(1, 'cel', 90_000),
    measured(2, 'sallyport', 4_000),
    measured(2, 'cel', 110_000),
  ])
  expect(report.summary[0]).toMatchObject({ engine: 'sallyport', medianNs: 4_500, leastNs: 4_000, mostNs: 5_000 })
  expect(report.ratios).toEqual({ 't: 100: cel/sallyport': 22 })
  expect(policyText(report)).toContain('| 100 | 4.50 (4.00–5.00) | — | — | 100 (90.0–110) · 22× | — |')
})

test('bench catalogue: medians over the rounds, ratios to the start of Node, a table', () => {
  const times = {
    node: [40, 50, 60],
    parse: [60, 75, 90],
    classify: [900, 1_000, 3_000],
    build: [9_000, 10_000, 11_000],
  }
  const rounds = Object.entries(times).flatMap(([subject, all]) =>
    all.map((ms, index) => ({ round: index + 1, subject: subject as keyof typeof times, ms })),
  )
  const report = catalogueReport(rounds)
  expect(report.summary.classify).toEqual({ medianMs: 1_000, leastMs: 900, mostMs: 3_000 })
  expect(report.ratios).toEqual({ 'parse/node': 1.5, 'classify/node': 20, 'build/node': 200 })
  expect(catalogueText(report)).toContain('| `catalogue classify` of 1,000 tools | 1.00 (0.90–3.00) | 20× |')
})
