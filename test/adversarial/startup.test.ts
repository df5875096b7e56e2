/** Start-up: what is in force is what the files say, whole, or the gateway says why not; nothing is weak by default. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Logger } from '../../src/log.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, list, text } from '../fixtures/fields.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const variable = 'SALLYPORT_STARTUP_TEST_TOKEN'
const token = `sp_${randomBytes(32).toString('base64url')}`
let folder: string
let dataDir: string
let configFile: string
let lines: string[]
let running: RunningServer | undefined
let upstream: FixtureServer<DoorContent> | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-startup-'))
  dataDir = join(folder, 'data')
  configFile = join(folder, 'sallyport.yaml')
  lines = []
  process.env[variable] = token
})

afterEach(async () => {
  await running?.stop()
  await upstream?.stop()
  running = undefined
  upstream = undefined
  delete process.env[variable]
  await rm(folder, { recursive: true, force: true })
})

const logger: Logger = {
  debug: () => undefined,
  info: (_, message) => void lines.push(`info ${message}`),
  warn: (_, message) => void lines.push(`warn ${message}`),
  error: (fields, message) => void lines.push(`error ${message} ${JSON.stringify(fields)}`),
}

async function start(options: { config?: string; host?: string; withFile?: boolean } = {}): Promise<RunningServer> {
  if (options.config !== undefined) await writeFile(configFile, options.config)
  const file = options.config === undefined && options.withFile !== true ? {} : { configFile }
  running = await startServer({ ...file, dataDir, host: options.host ?? '127.0.0.1', port: 0, logger })
  return running
}

async function refusalOf(options: Parameters<typeof start>[0]): Promise<string> {
  return await start(options).then(
    () => 'started',
    (fault: Error) => fault.message,
  )
}

async function admin(path: string): Promise<Fields> {
  const record = JSON.parse(await readFile(join(dataDir, 'admin.json'), 'utf8')) as Fields
  const answer = await fetch(`${text(record['url'])}/api/v1${path}`, {
    headers: { authorization: `Bearer ${text(record['credential'])}` },
  })
  return (await answer.json()) as Fields
}

const allow = JSON.stringify({ version: '1', default: 'allow' })
const denyAll = JSON.stringify({ version: '1', default: 'deny' })

function config(policy: string, url = 'http://127.0.0.1:9/mcp'): string {
  return `servers:
  door: { url: "${url}", network: private, pin: trust-first }
policies:
  main: ${policy}
grants:
  agent: { principal: agent, token: "env:${variable}", servers: { door: main } }
`
}

test.each([
  ['an empty file', ''],
  ['half a file', 'servers:\n  door: { url: "http'],
  ['a syntax error', 'servers: ]'],
  ['an unknown key', 'servrs: {}'],
  ['an empty policy', config('{ document: {} }')],
  ['a policy of another version', config('{ document: { version: "9", default: deny } }')],
  ['a misspelled action', config('{ document: { version: "1", default: alow } }')],
  ['a policy file that is missing', config('{ file: nothing.json }')],
  ['a variable that is not set', config(`{ document: ${allow} }`).replace(variable, 'SALLYPORT_NOT_SET')],
])('A-056 %s at start → refuses to start, names the place, leaves nothing behind', async (_, text_) => {
  const message = await refusalOf({ config: text_ })
  expect(message).toContain('the configuration is refused')
  expect(message).toContain(configFile)
  // The folder is free again: the same gateway starts as soon as the mistake is gone.
  expect(await readdir(dataDir)).not.toContain('admin.json')
  await start({ config: config(`{ document: ${denyAll} }`) })
})

test('A-056 a missing configuration file, and a policy file that is empty, half-written or a folder → refuses to start', async () => {
  expect(await refusalOf({ withFile: true })).toContain('it does not exist')
  const file = join(folder, 'main.json')
  for (const content of ['', '{"version":"1",', '\u0000']) {
    await writeFile(file, content)
    expect(await refusalOf({ config: config('{ file: main.json }') })).toContain(`${file}:`)
  }
  await rm(file)
  await mkdir(file)
  expect(await refusalOf({ config: config('{ file: main.json }') })).toContain('it is a folder')
})

test('A-056 a policy of an earlier run is not in force when the file no longer declares it', async () => {
  upstream = await startDoorUpstream('both')
  const first = await start({ config: config(`{ document: ${allow} }`, upstream.url) })
  const call = async (server: RunningServer) =>
    JSON.stringify(
      (
        await new RawClient(`${server.url}/mcp/door`, token, 'modern').request('tools/call', {
          name: 'read_file',
          arguments: {},
        })
      ).result ?? {},
    )
  expect(await call(first)).toContain('called read_file')
  await first.stop()
  const without = config(`{ document: ${allow} }`, upstream.url).replace('door: main', 'door: null')
  expect(await call(await start({ config: without }))).toContain('[POLICY DENIED]')
})

test('A-057 a bad policy on hot reload → the old one stays, loudly, and records name the revision in force', async () => {
  upstream = await startDoorUpstream('both')
  const file = join(folder, 'main.json')
  await writeFile(file, allow)
  const server = await start({ config: config('{ file: main.json }', upstream.url) })
  const client = new RawClient(`${server.url}/mcp/door`, token, 'modern')
  const call = async () =>
    JSON.stringify((await client.request('tools/call', { name: 'read_file', arguments: {} })).result ?? {})
  const policyVersion = async () => list((await admin('/ledger?limit=1'))['records'])[0]?.['policyVersion']
  expect(await call()).toContain('called read_file')
  const before = await policyVersion()
  const { revision } = (await admin('/status'))['config'] as Fields

  await writeFile(file, '{"version":"1","defalt":"deny"}')
  await expect
    .poll(() => lines.filter(line => line.startsWith('error')).join('\n'), { timeout: 10_000 })
    .toContain(`${file}:1:`)
  expect(lines.join('\n')).toContain('did you mean `default`?')
  expect(await call()).toContain('called read_file')
  expect(await policyVersion()).toBe(before)
  const status = (await admin('/status'))['config'] as Fields
  expect(status['revision']).toBe(revision)
  expect(status['lastError']).toContain('unknown key')
  const reloaded = await server.reload()
  expect(reloaded.ok ? '' : reloaded.refusal.code).toBe('ERR_CONFIG_INVALID')

  await writeFile(file, denyAll)
  await expect.poll(call, { timeout: 10_000 }).toContain('[POLICY DENIED]')
  expect(await policyVersion()).not.toBe(before)
  expect(((await admin('/status'))['config'] as Fields)['lastError']).toBeUndefined()
})

test('A-057 a change of the configuration file is put in force without a restart; a mistake in it changes nothing', async () => {
  upstream = await startDoorUpstream('both')
  const good = config(`{ document: ${allow} }`, upstream.url)
  const server = await start({ config: good })
  const status = async () =>
    (await new RawClient(`${server.url}/mcp/door`, token, 'modern').request('tools/list')).status
  expect(await status()).toBe(200)
  await writeFile(configFile, `${good}\ngarbage: [`)
  await expect.poll(() => lines.join('\n'), { timeout: 10_000 }).toContain('the configuration in force stays as it is')
  expect(await status()).toBe(200)
  await writeFile(configFile, good.slice(0, good.indexOf('grants:')))
  await expect.poll(status, { timeout: 10_000 }).toBe(401)
  await writeFile(configFile, good)
  await expect.poll(status, { timeout: 10_000 }).toBe(200)
  await rm(configFile)
  await expect.poll(() => lines.join('\n'), { timeout: 10_000 }).toContain('it does not exist')
  expect(await status()).toBe(200)
})

test('A-129 first start with no configuration → no default account, secret, server or grant; loopback only; files for this user alone', async () => {
  const server = await start()
  expect(new URL(server.url).hostname).toBe('127.0.0.1')
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(each => each !== undefined && !each.internal && each.family === 'IPv4')
  if (outside !== undefined) await expect(fetch(`http://${outside.address}:${server.port}/healthz`)).rejects.toThrow()
  expect(await admin('/grants')).toEqual({ grants: [] })
  expect(await admin('/servers')).toEqual({ servers: [] })
  expect(await admin('/policies')).toEqual({ policies: [] })
  for (const guess of ['', 'admin', 'changeme', 'sallyport', 'sp_', 'null', 'undefined'])
    for (const path of ['/mcp', '/api/v1/status']) {
      const answer = await fetch(server.url + path, {
        method: path === '/mcp' ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${guess}` },
      })
      expect([guess, path, [401, 403].includes(answer.status)]).toEqual([guess, path, true])
    }
  expect(((await stat(dataDir)).mode & 0o777).toString(8)).toBe('700')
  for (const name of (await readdir(dataDir)).filter(file => file !== 'lock'))
    expect([name, ((await stat(join(dataDir, name))).mode & 0o077).toString(8)]).toEqual([name, '0'])
})

test('A-129 every start has an admin credential of its own, and it ends with the gateway', async () => {
  const credentials = new Set<string>()
  for (let round = 0; round < 2; round += 1) {
    const server = await start()
    const record = JSON.parse(await readFile(join(dataDir, 'admin.json'), 'utf8')) as Fields
    expect(record).toMatchObject({ url: server.url, pid: process.pid })
    expect(text(record['credential'])).toMatch(/^spa_[A-Za-z0-9_-]{43}$/)
    credentials.add(text(record['credential']))
    await server.stop()
    expect(await readdir(dataDir)).not.toContain('admin.json')
  }
  expect(credentials.size).toBe(2)
  expect(lines.join('\n')).not.toContain([...credentials][0])
})

test.each([
  ['an example', 'changeme-changeme-changeme-changeme-1234'],
  ['a word and a number', 'my-super-secret-token-0123456789-abcdef'],
  ['a repetition', 'a'.repeat(64)],
  ['an alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
  ['31 characters', randomBytes(32).toString('base64url').slice(0, 31)],
])('A-130 a grant with %s for a token → refuses to start with a remedy', async (_, weak) => {
  process.env[variable] = weak
  const message = await refusalOf({ config: config(`{ document: ${allow} }`) })
  expect(message).toContain('is too weak')
  expect(message).toContain('openssl rand')
  expect(message).not.toContain(weak)
})

test('A-130 a key or credential file that others may read → refuses to start with a remedy', async () => {
  await (await start()).stop()
  running = undefined
  for (const name of ['seal.key', 'sallyport.db']) {
    await chmod(join(dataDir, name), 0o644)
    const message = await refusalOf({})
    expect(message).toContain(`others may read \`${join(dataDir, name)}\` (mode 644)`)
    expect(message).toContain(`chmod 600 ${join(dataDir, name)}`)
    await chmod(join(dataDir, name), 0o600)
  }
  await writeFile(join(dataDir, 'admin.json'), '{}', { mode: 0o644 })
  expect(await refusalOf({})).toContain('admin.json')
  await rm(join(dataDir, 'admin.json'))
  await chmod(dataDir, 0o777)
  expect(await refusalOf({})).toContain(`chmod 700 ${dataDir}`)
})

test('A-130 a sealing key that is no key → refuses to start with a remedy', async () => {
  await mkdir(dataDir, { mode: 0o700 })
  for (const content of [
    '',
    'secret',
    Buffer.alloc(32).toString('base64url'),
    Buffer.alloc(32, 'ab').toString('base64url'),
  ]) {
    await writeFile(join(dataDir, 'seal.key'), content, { mode: 0o600 })
    expect(await refusalOf({})).toContain('does not hold 32 random bytes')
  }
})

test.each(['0.0.0.0', '::', '192.168.7.7', '10.0.0.1', 'gateway.example.com', ''])(
  'A-130 listening on `%s` without a named TLS proxy → refuses to start with a remedy',
  async host => {
    const message = await refusalOf({ host, config: 'servers: {}' })
    expect(message).toContain('does not start on this set-up')
    expect(message).toContain('127.0.0.1')
  },
)

test('A-130 behind a named TLS proxy, only that proxy and this machine are let in; a wildcard is no name', async () => {
  const behind = (proxies: string) => `http: { behindTlsProxy: [${proxies}], publicUrl: "https://gateway.example.com" }`
  for (const wildcard of ['"0.0.0.0/0"', '"::/0"', '"0.0.0.0"', '"*"'])
    expect(await refusalOf({ host: '0.0.0.0', config: behind(wildcard) })).toContain('does not name proxies')
  const server = await start({ host: '0.0.0.0', config: behind('"10.255.255.1"') })
  expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200)
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(each => each !== undefined && !each.internal && each.family === 'IPv4')
  if (outside !== undefined) await expect(fetch(`http://${outside.address}:${server.port}/healthz`)).rejects.toThrow()
  // The setting cannot be taken away under a gateway that depends on it.
  await writeFile(configFile, 'servers: {}')
  const reloaded = await server.reload()
  expect(reloaded.ok ? '' : reloaded.refusal.code).toBe('ERR_START_REFUSED')
})

test('A-130 two gateways on one data folder, or one port taken → the second refuses and the first goes on', async () => {
  const first = await start()
  await expect(startServer({ dataDir, host: '127.0.0.1', port: 0, logger })).rejects.toThrow(
    /another gateway|in use|lock/i,
  )
  const other = join(folder, 'other')
  await expect(startServer({ dataDir: other, host: '127.0.0.1', port: first.port, logger })).rejects.toThrow(
    'another program listens',
  )
  await expect(startServer({ dataDir: other, host: '127.0.0.1', port: first.port, logger })).rejects.toThrow(
    'another program listens',
  )
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
})
