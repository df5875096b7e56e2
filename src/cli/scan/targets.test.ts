import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { projectOf, surroundings, targetsOf } from './targets.ts'

test('the project is the nearest folder with a file of a client or a repository; the home folder is none', () => {
  const home = mkdtempSync(join(tmpdir(), 'sallyport-project-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const [repository, deep, loose] = ['code/.git', 'code/src/deep', 'loose'].map(name => join(home, name))
  for (const folder of [repository, deep, loose, join(home, '.cursor')]) mkdirSync(folder ?? '', { recursive: true })
  writeFileSync(join(home, '.cursor/mcp.json'), '{}')
  expect(projectOf(deep ?? '', home)).toBe(join(home, 'code'))
  expect(projectOf(loose ?? '', home)).toBe(loose)
  expect(projectOf(home, home)).toBe(home)
  writeFileSync(join(home, 'code/src/.mcp.json'), '{}')
  expect(projectOf(deep ?? '', home)).toBe(join(home, 'code/src'))
})

test('a home that is empty or relative is none', () => {
  for (const HOME of ['', 'here']) expect(surroundings({ HOME }).home).toMatch(/^[/\\]|^[A-Z]:/)
})

test('an address of another scheme is no name for a registry', async () => {
  const options = { header: {}, env: {}, registry: 'https://registry.example.com' }
  const where = surroundings({ HOME: '/places/me' })
  await expect(targetsOf('ftp://example.com/mcp', options, where)).rejects.toMatchObject({ code: 'ERR_CLI_USAGE' })
})
