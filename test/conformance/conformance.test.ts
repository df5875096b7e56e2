/**
 * The official conformance suite through the gateway, in front of our own fixture upstream: both eras alike, and each
 * era in front of the other. The suite sends no token, so a shim adds it; the gateway itself knows no anonymous caller.
 * Expected failures stand in the baseline files beside this test, each with its reason; a stale entry fails the run.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runConformance } from '../fixtures/conformance-run.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { freePort, localServer, startGateway } from '../fixtures/gateway.ts'
import { startTokenShim } from '../fixtures/token-shim.ts'

const runs = [
  { name: 'legacy-to-legacy', upstream: 'legacy', revision: '2025-11-25' },
  { name: 'modern-to-modern', upstream: 'modern', revision: '2026-07-28' },
  { name: 'modern-to-legacy', upstream: 'legacy', revision: '2026-07-28' },
  { name: 'legacy-to-modern', upstream: 'modern', revision: '2025-11-25' },
] as const

let origin: string
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  const servers: Record<string, Record<string, unknown>> = {}
  for (const { name, upstream } of runs) {
    const fixture = await startConformanceUpstream(upstream)
    stops.push(fixture.stop)
    servers[name] = localServer(fixture.url)
  }
  // The suite sends its own address as Origin, which is the shim's: the gateway has to know itself by that name.
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  const gateway = await startGateway({ servers, settings: { http: { publicUrl: origin } } })
  const shim = await startTokenShim(gateway.url, gateway.tokens['agent'] ?? '', port)
  stops.unshift(shim.stop, gateway.stop)
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

test.each(runs)('$name meets the requirements of $revision', async ({ name, revision }) => {
  const baseline = fileURLToPath(new URL(`${name}.yml`, import.meta.url))
  const run = await runConformance(`${origin}/mcp/${name}`, revision, baseline)
  // The suite's own verdict is on required scenarios. Here the baseline names every failure and warning, and nothing else.
  const fell = { ...run.warned, ...run.failed }
  const unexpected = Object.entries(fell).filter(([scenario]) => !run.expected.includes(scenario))
  expect(Object.fromEntries(unexpected)).toEqual({})
  expect(
    run.expected.filter(scenario => fell[scenario] === undefined),
    'stale entries',
  ).toEqual([])
  expect(run.exitCode, run.output).toBe(0)
  expect(run.checksPassed).toBeGreaterThanOrEqual(80)
})
