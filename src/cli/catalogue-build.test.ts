import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fields } from '../../test/fixtures/fields.ts'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

const folder = mkdtempSync(join(tmpdir(), 'catalogue-build-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const build = (output: string, ...more: readonly string[]) =>
  runRecorded(['catalogue', 'build', '--output', output, ...more])

test('the site is written as it is made, says how long it took, and replaces what an earlier build left', async () => {
  const output = join(folder, 'site')
  mkdirSync(output)
  writeFileSync(join(output, 'llms.txt'), '# Sallyport catalogue\n')
  writeFileSync(join(output, 'stale.html'), 'left by an earlier build')
  const { code, out } = await build(output, '--base-url', 'https://example.com/catalogue', '--json')
  const report = fields(JSON.parse(out))
  expect(code).toBe(0)
  expect(report['baseUrl']).toBe('https://example.com/catalogue/')
  expect(Number(report['servers'])).toBeGreaterThanOrEqual(60)
  expect(Number(report['seconds'])).toBeGreaterThan(0)
  const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter(each => each.isFile())
  expect(files.length).toBe(report['files'])
  expect(existsSync(join(output, 'stale.html'))).toBe(false)
  expect(readFileSync(join(output, 'servers/memory/index.html'), 'utf8')).toContain(
    '<link rel="canonical" href="https://example.com/catalogue/servers/memory/">',
  )
}, 180_000)

test('a folder that holds something else is left alone', async () => {
  const output = join(folder, 'mine')
  mkdirSync(output)
  writeFileSync(join(output, 'thesis.txt'), 'irreplaceable')
  const { code, err } = await build(output)
  expect(code).toBe(2)
  expect(err.replaceAll(/\s+/g, ' ')).toContain('holds something else than a catalogue')
  expect(readdirSync(output)).toEqual(['thesis.txt'])
})

test.each(['nowhere', 'ftp://example.com/', 'https://example.com/?q=1', 'https://user@example.com/'])(
  '%s is no address of a site',
  async address => {
    const { code, err } = await build(join(folder, 'never'), '--base-url', address)
    expect(code).toBe(2)
    expect(err.replaceAll(/\s+/g, ' ')).toContain('is no address of a site')
    expect(existsSync(join(folder, 'never'))).toBe(false)
  },
)
