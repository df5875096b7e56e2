import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultDataDir } from './data-dir.ts'
import { Stop } from './exits.ts'
import { adminCredential, findGateway } from './gateway-address.ts'

let dataDir = ''
const record = { url: 'http://10.0.0.5:7777', credential: 'secret', pid: 1, startedAt: '2026-11-22T00:00:00Z' }

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  writeFileSync(join(dataDir, 'admin.json'), JSON.stringify(record))
})
afterAll(() => rmSync(dataDir, { recursive: true }))

test('--url beats SALLYPORT_URL beats the record', () => {
  const env = { SALLYPORT_URL: 'https://env.example/' }
  expect(findGateway({ url: 'https://option.example', dataDir }, env).url).toBe('https://option.example')
  expect(findGateway({ dataDir }, env).url).toBe('https://env.example')
  expect(findGateway({ dataDir }, {}).url).toBe('http://10.0.0.5:7777')
})

test('no record and no name is exit 3, with what to do', () => {
  const attempt = () => findGateway({ dataDir: join(dataDir, 'none') }, {})
  expect(attempt).toThrow(Stop)
  expect(attempt).toThrow(/holds no record/)
  try {
    attempt()
  } catch (error) {
    expect(error).toMatchObject({ exit: 3, remedy: expect.stringContaining('sallyport start') })
  }
})

test.each(['ftp://a', 'nonsense', 'file:///etc/passwd'])('`%s` is not the address of a gateway', url => {
  expect(() => findGateway({ url, dataDir }, {})).toThrow('is not an http or https address')
})

test('a record that is not one is refused', () => {
  const other = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  for (const text of ['{', '{}', '[]', '{"url":"x","credential":"c","pid":1,"startedAt":""}']) {
    writeFileSync(join(other, 'admin.json'), text)
    expect(() => findGateway({ dataDir: other }, {})).toThrow('it is not a record of a gateway')
  }
  rmSync(other, { recursive: true })
})

test('the credential never crosses a network in the clear, except to the address of its own record', () => {
  const to = (url: string) => adminCredential(findGateway({ url, dataDir }, {}))
  expect(to('http://127.0.0.1:1')).toBe('secret')
  expect(to('http://localhost:1')).toBe('secret')
  expect(to('http://[::1]:1')).toBe('secret')
  expect(to('https://anywhere.example')).toBe('secret')
  expect(to('http://10.0.0.5:7777')).toBe('secret')
  for (const url of [
    'http://10.0.0.5:7778',
    'http://gateway.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
  ])
    expect(() => to(url)).toThrow('the admin credential is not sent')
})

test('the data folder follows XDG, and ignores a relative value', () => {
  expect(defaultDataDir({ XDG_DATA_HOME: '/data' })).toBe('/data/sallyport')
  expect(defaultDataDir({ XDG_DATA_HOME: 'data', HOME: '/h' })).toBe('/h/.local/share/sallyport')
  expect(defaultDataDir({ HOME: '/h' })).toBe('/h/.local/share/sallyport')
})
