/**
 * The official conformance suite through the gateway, in front of our own fixture upstream: both eras alike, and each
 * era in front of the other. The suite sends no token, so a shim adds it; the gateway itself knows no anonymous caller.
 * Expected failures stand in the baseline files beside this test, each with its reason; a stale entry fails the run.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runConformance } from '../fixtures/conformance-run.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { startTokenShim } from '../fixtures/token-shim.ts'

const runs = [
  { name: 'legacy-to-legacy', upstream: 'legacy', revision: '2025-11-25' },
  { name: 'modern-to-modern', upstream: 'modern', revision: '2026-07-28' },
  { name: 'modern-to-legacy', upstream: 'legacy', revision: '2026-07-28' },
  { name: 'legacy-to-modern', upstream: 'modern', revision: '2025-11-25' },
] as const

let gateway: TestGateway
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const servers: Record<string, Record<string, unknown>> = {}
  for (const { name, upstream } of runs) {
    const fixture = await startConformanceUpstream(upstream)
    stops.push(fixture.stop)
    servers[name] = localServer(fixture.url)
  }
  gateway = await startGateway({ servers })
  stops.unshift(gateway.stop)
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

test.each(runs)('$name meets the requirements of $revision', async ({ name, revision }) => {
  const shim = await startTokenShim(gateway.endpoint(name), gateway.tokens['agent'] ?? '')
  try {
    const baseline = fileURLToPath(new URL(`${name}.yml`, import.meta.url))
    const run = await runConformance(shim.url, revision, baseline)
    expect(run.exitCode, run.output).toBe(0)
    // Unscored scenarios never change the exit code: the baseline names every one that fails, and nothing else.
    expect(Object.keys(run.failed).sort(), run.output).toEqual([...run.expected].sort())
    expect(run.checksPassed).toBeGreaterThan(60)
  } finally {
    await shim.stop()
  }
})
