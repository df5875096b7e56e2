import { expect, test } from 'vitest'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { envLine, readEnvFile } from '../shell/env-file.ts'
import { gather, isSecret } from './gathering.ts'

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
