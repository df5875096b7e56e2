/** The catalogue commands of the real binary, offline and without a gateway: what a shell and a pipe see. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const main = new URL('../../src/main.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env['PATH'], HOME: folder }
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, 'catalogue', ...argv], {
      cwd: folder,
      env,
      maxBuffer: 2 ** 26,
    })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

test('search, show, diff', async () => {
  const search = await run('search', 'browser')
  expect([search.code, search.err]).toEqual([0, ''])
  expect(search.out).toMatch(/^playwright /m)
  const show = await run('show', 'playwright', '--json')
  expect(JSON.parse(show.out)).toMatchObject({ slug: 'playwright', package: '@playwright/mcp' })
  const diff = await run('diff', 'playwright', 'puppeteer')
  expect(diff.code).toBe(1)
  expect(diff.out).toContain(' removed')
  expect((await run('show', 'nothing-like-this')).code).toBe(2)
})
