/** The demonstration, run as a newcomer runs it: its account is complete, true, quick, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
const demoMs = 25_000

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly tookMs: number
  /** What is left in the folder it may use for temporary files. */
  readonly left: readonly string[]
}

async function runDemo(args: readonly string[], onOutput?: (out: string, kill: () => void) => void): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  const startedMs = performance.now()
  const child = spawn(process.execPath, [main, 'demo', ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, ...compiled },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8')
    onOutput?.(out, () => child.kill('SIGINT'))
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8')
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  const left = readdirSync(folder)
  rmSync(folder, { recursive: true })
  return { code, out, err, tookMs: performance.now() - startedMs, left }
}

test('the account shows every kind of ending, the ledger, and how to connect', async () => {
  const ran = await runDemo([])
  expect(ran.err).toBe('')
  expect(ran.code).toBe(0)
  const labels = [...ran.out.matchAll(/^ {1,3}\d+ {2}([A-Z]+) /gm)].map(match => match[1])
  expect(labels).toEqual([
    ...['LISTED', 'ALLOWED', 'DENIED', 'HIDDEN'],
    ...['LISTED', 'ALLOWED', 'ALLOWED', 'LIMITED'],
    ...['ALLOWED', 'DENIED', 'HIDDEN'],
    ...['ALLOWED', 'CHANGED', 'UNKNOWN'],
  ])
  const words = ran.out.replaceAll(/\s+/g, ' ')
  expect(words).toContain('[POLICY DENIED] files under private/ are not for this agent; ask their owner')
  expect(words).toMatch(/the next call may pass in (\d+s|1m)/)
  expect(ran.out).toContain('[OUTCOME UNKNOWN]')
  expect(words).toContain('read ~/.ssh/id_ed25519')
  expect(ran.out).toMatch(/launch_balloon +allow +unknown/)
  for (const client of ['Claude Code', 'Cursor', 'VS Code']) expect(ran.out).toContain(client)
  for (const line of ran.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
  expect(ran.left).toEqual([])
  expect(ran.tookMs).toBeLessThan(demoMs)
})

test('--json gives the same account for programs; --keep leaves the gateway up until it is interrupted', async () => {
  let ready: Promise<number> | undefined
  const ran = await runDemo(['--json', '--keep'], (out, kill) => {
    const kept = /^\{"keep":true,"url":"([^"]+)"/m.exec(out)
    if (kept === null || ready !== undefined) return
    ready = fetch(`${kept[1]}/readyz`)
      .then(response => response.status)
      .finally(kill)
  })
  expect(await ready).toBe(200)
  expect(ran.code).toBe(0)
  expect(ran.left).toEqual([])
  const lines = ran.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  const steps = lines.filter(line => 'step' in line)
  expect(steps).toHaveLength(14)
  expect(steps.filter(step => step['holds'] !== true)).toEqual([])
  const ledger = lines.find(line => 'ledger' in line)?.['ledger'] as Record<string, unknown>[]
  expect(ledger.some(record => record['tool'] === 'launch_balloon' && record['outcome'] === 'unknown')).toBe(true)
})
