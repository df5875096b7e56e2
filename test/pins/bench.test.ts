/** `npm run bench -- --json` prints the shape that other programs read (the figures themselves are not judged here). */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Measurement } from '../../bench/comparison.ts'
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
