/** `start` as a process manager sees it, and a Node that is too old. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(args: readonly string[]) {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...compiled },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString('utf8')
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, said, ended }
}

test('start says where it listens once it is ready, finds sallyport.yaml beside it, and ends cleanly on SIGTERM', async () => {
  writeFileSync(join(folder, 'sallyport.yaml'), 'policies:\n  open: { document: { version: "1", default: allow } }\n')
  const dataDir = join(folder, 'data')
  const { child, said, ended } = run([main, 'start', '--json', '--port', '0', '--data-dir', dataDir])
  while (!said.out.includes('}')) await Promise.race([once(child.stdout, 'data'), ended])
  const ready = JSON.parse(said.out) as { url: string; dataDir: string; pid: number }
  expect(ready).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), dataDir, pid: child.pid })
  expect((await fetch(`${ready.url}/readyz`)).status).toBe(200)
  expect(statSync(join(dataDir, 'admin.json')).mode & 0o777).toBe(0o600)
  const second = run([main, 'start', '--port', '0', '--data-dir', dataDir])
  expect(await second.ended).toBe(1)
  expect(second.said.err).toContain('one folder serves one gateway')
  const shown = run([main, 'policy', 'show', '--data-dir', dataDir, '--json'])
  expect(await shown.ended).toBe(0)
  expect(JSON.parse(shown.said.out)).toMatchObject({ policies: [{ name: 'open', managedBy: 'file' }] })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(existsSync(join(dataDir, 'admin.json'))).toBe(false)
})

test('a Node that is too old is told so, before anything is loaded that it cannot run', async () => {
  const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.23.3" } })'
  const { said, ended } = run(['--import', `data:text/javascript,${encodeURIComponent(older)}`, main, '--version'])
  expect(await ended).toBe(2)
  expect(said.err).toContain('needs Node 24 or newer, and this is Node 22.23.3')
  expect(said.out).toBe('')
})
