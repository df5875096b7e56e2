import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { envLine, readEnvFile } from '../shell/env-file.ts'
import { configFiles } from './config-text.ts'
import { gather, isSecret, leadsToGateway } from './gathering.ts'

const source = { env: {}, home: '/places/me', gatewayUrl: 'http://127.0.0.1:7777' }
const server = (name: string, more: Partial<ConfiguredServer> = {}): ConfiguredServer => ({
  client: 'cursor',
  file: '/places/me/.cursor/mcp.json',
  scope: 'user',
  name,
  transport: 'stdio',
  command: 'npx',
  args: [],
  env: {},
  headers: {},
  isDisabled: false,
  at: ['mcpServers', name],
  entry: {},
  ...more,
})
const names = (...servers: ConfiguredServer[]) => gather(servers, source).servers.map(({ name }) => name)

test('one server under several clients is one; different ones under one name are told apart', () => {
  expect(gather([server('files'), server('files', { client: 'codex' })], source).servers).toMatchObject([
    { name: 'files', configured: [{ client: 'cursor' }, { client: 'codex' }] },
  ])
  expect(names(server('files'), server('files', { client: 'codex', args: ['other'] }))).toEqual([
    'files',
    'files-codex',
  ])
})

test('names become names of the gateway, whatever they were', () => {
  expect(names(server('My Files!'), server('日本', { args: ['1'] }), server('sallyport', { args: ['2'] }))).toEqual([
    'my-files',
    'server',
    'sallyport-server',
  ])
  expect(names(server('a__b'), server('x'.repeat(90), { args: ['1'] }))[0]).toBe('a-b')
})

test('what leads to the gateway, is switched off or managed stays as it is', () => {
  const { left } = gather(
    [
      server('wired', { transport: 'http', command: undefined as never, url: 'http://127.0.0.1:7777/mcp/x' }),
      server('bridged', { command: '/bin/sallyport', args: ['connect', 'x'] }),
      server('off', { isDisabled: true }),
      server('managed', { scope: 'managed' }),
    ],
    source,
  )
  expect(left.map(({ reason }) => reason)).toEqual([
    'it leads to the gateway already',
    'it leads to the gateway already',
    'it is switched off',
    'it is set by an administrator',
  ])
})

test.each([
  ['API_KEY', 'x', true],
  ['GITHUB_TOKEN', 'x', true],
  ['DATABASE_URL', 'postgres://u:p@host/db', true],
  ['ANYTHING', 'ghp_0123456789abcdef0123', true],
  ['LOG_LEVEL', 'debug', false],
  ['MEMORY_FILE_PATH', '/srv/memory.json', false],
  ['API_KEY', '', false],
])('%s=%s is a secret: %s', (name, value, is) => {
  expect(isSecret(name, value)).toBe(is)
})

test('every value an environment file can carry reads back as it was', () => {
  for (const value of ['', 'plain', 'with space', "it's", '"quoted"', 'a#b', '$HOME', 'back\\slash', ' lead', 'ü€']) {
    expect(envLine('NAME', value), value).toBeDefined()
  }
  expect(envLine('NAME', `'"\``)).toBeUndefined()
})

test('a file of secrets that others may read is refused', () => {
  expect(() => readEnvFile('/etc/hostname', {})).toThrow('others may read it')
})

test('the same words in another folder are another server where the folder matters', () => {
  const project = (folder: string, more: Partial<ConfiguredServer>) =>
    server('files', { scope: 'project', file: `${folder}/.cursor/mcp.json`, ...more })
  const counted = (more: Partial<ConfiguredServer>) =>
    gather([project('/p', more), project('/q', more)], source).servers.length
  expect(counted({ command: 'npx', args: ['x', '.'] })).toBe(2)
  expect(counted({ command: './run', args: [] })).toBe(2)
  expect(counted({ command: 'npx', args: ['x', '/srv', '-v'] })).toBe(1)
  expect(counted({ command: 'npx', cwd: 'sub' })).toBe(2)
})

test('a value that looks like a reference stays the value it is; names that are taken are not used', () => {
  const [entry] = gather([server('gh', { env: { NAME: 'env:PROD', TOKEN: 't' } })], source).servers
  const files = configFiles(entry === undefined ? [] : [entry], [], 'me', { GH_TOKEN: 'another' })
  expect(files).toMatchObject({
    value: {
      config: expect.stringMatching(/NAME: env:GH_NAME\n\s+TOKEN: env:GH_TOKEN_2\n/),
      secrets: expect.stringContaining('GH_NAME=env:PROD\nGH_TOKEN_2=t\n'),
    },
  })
})

test('what the environment has already stays, and is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secrets.env'), 'A=1\nB=2\nC=3\n', { mode: 0o600 })
  const env = { A: '1', B: 'other' }
  expect(readEnvFile(join(folder, 'secrets.env'), env)).toEqual(['B'])
  expect(env).toEqual({ A: '1', B: 'other', C: '3' })
})

test('the gateway is known under every name of its address, and by its tokens', () => {
  const leads = (url: string, headers = {}) =>
    leadsToGateway(server('x', { command: undefined as never, url, headers }), 'http://127.0.0.1:7777')
  expect(
    ['http://localhost:7777/mcp', 'http://[::1]:7777/mcp/a', 'http://127.0.0.1:7777/mcp'].map(url => leads(url)),
  ).toEqual([true, true, true])
  expect(
    ['http://127.0.0.1:77/mcp', 'http://127.0.0.1:7777/mcpx', 'https://example.com/mcp'].map(url => leads(url)),
  ).toEqual([false, false, false])
  expect(leads('https://gate.example.com/mcp', { Authorization: `Bearer sp_${'a'.repeat(43)}` })).toBe(true)
})
