/** The client scenarios of the official conformance suite against the upstream room alone (authorization is not here). */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { binaryOf } from '../fixtures/real-servers.ts'

const run = promisify(execFile)
const driver = fileURLToPath(new URL('../fixtures/upstreams/driver.ts', import.meta.url))

async function conform(scenario: string, version: string): Promise<string> {
  const suite = binaryOf('@modelcontextprotocol/conformance')
  const command = `"${process.execPath}" "${driver}"`
  const args = [suite, 'client', '--command', command, '--scenario', scenario, '--spec-version', version]
  // the suite exits with 1 when a check fails
  const { stdout, stderr } = await run(process.execPath, args, { timeout: 50_000, maxBuffer: 64 * 1024 * 1024 })
  return stdout + stderr
}

describe.concurrent('2025-11-25', () => {
  test.each(['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'])('%s', async scenario => {
    expect(await conform(scenario, '2025-11-25')).toContain('OVERALL: PASSED')
  })
})

describe.concurrent('2026-07-28', () => {
  test.each([
    ...['tools_call', 'request-metadata', 'http-standard-headers', 'http-custom-headers'],
    ...['http-invalid-tool-headers', 'json-schema-ref-no-deref', 'sep-2322-client-request-state'],
  ])('%s', async scenario => {
    expect(await conform(scenario, '2026-07-28')).toContain('OVERALL: PASSED')
  })
})
