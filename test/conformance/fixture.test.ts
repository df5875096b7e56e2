/** The fixture itself, without a gateway: a failure here is the fixture's, not the gateway's. */
import { expect, test } from 'vitest'
import { runConformance } from '../fixtures/conformance-run.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'

test.each(['2025-11-25', '2026-07-28'])(
  'the fixture meets the requirements of %s without a gateway',
  async revision => {
    const upstream = await startConformanceUpstream('both')
    try {
      const run = await runConformance(upstream.url, revision)
      const failed = Object.entries(run.failed).filter(([scenario]) => !scenario.startsWith('tasks-'))
      expect(Object.fromEntries(failed)).toEqual({})
      expect(run.warned).toEqual({})
      expect(run.exitCode, run.output).toBe(0)
      expect(run.checksPassed).toBeGreaterThan(80)
    } finally {
      await upstream.stop()
    }
  },
)
