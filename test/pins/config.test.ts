/** The keys of sallyport.yaml, written out; the page and the schema that name the same ones; every example, read. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { fileMissing } from '../../src/config/files.ts'
import { grantKeys } from '../../src/config/grants.ts'
import { httpKeys } from '../../src/config/http.ts'
import { policyKeys } from '../../src/config/policies.ts'
import { httpServerKeys, stdioServerKeys } from '../../src/config/servers.ts'
import { configKeys, describeProblems, readConfig } from '../../src/config.ts'
import { type Fields, fields } from '../fixtures/fields.ts'

const page = readFileSync('docs/reference/config.md', 'utf8')
const schema = JSON.parse(readFileSync('schemas/sallyport.schema.json', 'utf8')) as Fields
const fits = new Ajv2020({ strict: false }).compile(schema)

const env = {
  SALLYPORT_GRANT_CI: randomBytes(32).toString('base64'),
  DOCS_KEY: 'docs-key-1234567',
  FILES_KEY: 'files-key-1234567',
}
const policies = JSON.stringify({ version: '1', default: 'deny' })

function read(text: string) {
  return readConfig({
    file: '/etc/sallyport/sallyport.yaml',
    env,
    readFile: file => {
      if (file.endsWith('sallyport.yaml')) return { ok: true, text }
      return file.endsWith('policies/files-readonly.json')
        ? { ok: true, text: policies }
        : { ok: false, reason: fileMissing }
    },
  })
}

test('the keys, literally', () => {
  expect(configKeys).toEqual(['$schema', 'servers', 'policies', 'grants', 'http'])
  expect(httpServerKeys).toEqual(['url', 'headers', 'network', 'pin'])
  expect(stdioServerKeys).toEqual(['command', 'args', 'env', 'cwd', 'pin'])
  expect(policyKeys).toEqual(['file', 'document'])
  expect(grantKeys).toEqual(['principal', 'kind', 'roles', 'groups', 'token', 'servers', 'labels', 'expires'])
  expect(httpKeys).toEqual(['hosts', 'publicUrl', 'behindTlsProxy', 'catalogue'])
})

const keys: readonly string[] = [
  ...configKeys,
  ...[...new Set([...httpServerKeys, ...stdioServerKeys])].map(key => `servers.*.${key}`),
  ...policyKeys.map(key => `policies.*.${key}`),
  ...grantKeys.map(key => `grants.*.${key}`),
  ...httpKeys.map(key => `http.${key}`),
]

test('the page has a heading for every key and for no other', () => {
  const prose = new Set(['Secrets', 'Environment', 'Data folder'])
  const headings = [...page.matchAll(/^##+ (.+)$/gm)]
    .map(match => match[1] ?? '')
    .filter(heading => !prose.has(heading))
  expect(headings.sort()).toEqual([...keys].sort())
})

const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? '')

test('every key of the page has an example that uses it', () => {
  for (const key of keys) {
    const section = page.split(/^##+ /m).find(part => part.startsWith(`${key}\n`)) ?? ''
    const isGroup = ['servers', 'policies', 'grants', 'http'].includes(key)
    const name = key.split('.').at(-1) ?? ''
    if (!isGroup) expect([key, /```yaml\n([\s\S]*?)```/.exec(section)?.[1]?.includes(name)]).toEqual([key, true])
  }
})

test.each(examples)('example %# of the page is read without a problem, by the gateway and by the schema', example => {
  const result = read(example)
  expect(result.ok ? '' : describeProblems(result.problems)).toBe('')
  expect([fits(parse(example)), fits.errors ?? []]).toEqual([true, []])
})

test('the schema knows the same keys', () => {
  const { properties, $defs } = schema
  const of = (name: string) => Object.keys(fields(fields(fields($defs)[name])['properties']))
  expect(Object.keys(fields(properties))).toEqual([...configKeys])
  expect(of('httpServer')).toEqual([...httpServerKeys])
  expect(of('stdioServer')).toEqual([...stdioServerKeys])
  expect(of('grant')).toEqual([...grantKeys])
  expect(of('http')).toEqual([...httpKeys])
})

test.each([
  'servrs: {}',
  'servers: { a: {} }',
  'servers: { a: { url: "https://a.example", command: x } }',
  'servers: { a: { url: "https://a.example", args: [] } }',
  'servers: { A: { command: x } }',
  'servers: { a__b: { command: x } }',
  'servers: { sallyport: { command: x } }',
  'servers: { a: { command: x, pin: never } }',
  'servers: { a: { command: [x] } }',
  'policies: { p: {} }',
  'policies: { p: { document: [] } }',
  'grants: { g: {} }',
  'grants: { g: { principal: p, kind: robot } }',
  'grants: { g: { principal: p, token: written-out } }',
  'grants: { g: { principal: p, expires: soon } }',
  'http: { publicUrl: "https://a.example/path" }',
  'http: { hosts: ["a b"] }',
  'http: { catalogue: yes please }',
])('%s is refused by the gateway and by the schema', text => {
  expect([read(text).ok, fits(parse(text))]).toEqual([false, false])
})
