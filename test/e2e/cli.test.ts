/**
 * The commands against a really started gateway, as an operator types them: some as `node src/main.ts` in processes
 * of their own, most in this process, which is quicker and lets a person answer questions.
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'
import type { ConformanceContent } from '../fixtures/conformance-content.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import { binaryOf } from '../fixtures/real-servers.ts'
import { type Ran, runRecorded } from '../fixtures/recorded-shell.ts'
import { connectSdk } from '../fixtures/sdk-clients.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
let upstream: FixtureServer<ConformanceContent>
let gateway: SpawnedGateway
let folder = ''

beforeAll(async () => {
  upstream = await startConformanceUpstream('legacy')
  gateway = await spawnGateway({ servers: { fixture: localServer(upstream.url) } })
  folder = dirname(gateway.dataDir)
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** `node src/main.ts …` in a process of its own, on the data folder of the gateway, nobody to ask. */
function spawned(...argv: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: folder, ...compiled }
  const args = [main, ...argv, '--data-dir', gateway.dataDir]
  return new Promise(resolve => {
    const child = execFile(process.execPath, args, { env, cwd: folder }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
    child.stdin?.end()
  })
}

/** The same inside this process, which is quicker. */
async function sallyport(...argv: string[]): Promise<Ended> {
  const { code, out, err } = await runRecorded([...argv, '--data-dir', gateway.dataDir])
  return { code, out, err }
}

/** The same with the answers of a person. */
function answered(answers: readonly string[], ...argv: string[]): Promise<Ran> {
  return runRecorded([...argv, '--data-dir', gateway.dataDir], { answers })
}

function fits(text: string): void {
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
}

test('doctor finds nothing wrong on a fresh gateway, and says what is when something is', async () => {
  const well = await spawned('doctor')
  expect(well).toMatchObject({ code: 0, err: '' })
  expect(well.out).toContain('nothing is wrong')
  fits(well.out)
  const added = await spawned('server', 'add', 'dead', 'http://127.0.0.1:1/mcp', '--private', '--yes')
  expect(added.code).toBe(1)
  expect(added.err).toContain('the server stays added')
  const sick = await sallyport('doctor', '--json')
  expect(sick.code).toBe(1)
  expect(JSON.parse(sick.out)).toMatchObject({
    ok: false,
    checks: expect.arrayContaining([
      expect.objectContaining({
        name: 'server',
        state: 'finding',
        remedy: expect.stringContaining('server show dead'),
      }),
    ]),
  })
  expect(await sallyport('server', 'remove', 'dead', '--yes')).toMatchObject({ code: 0 })
})

test('an HTTP server is added with its definitions shown, and callable once a person said yes', async () => {
  const no = await sallyport('server', 'add', 'second', upstream.url, '--private')
  expect(no.code).toBe(1)
  expect(no.out).toContain('test_simple_text')
  expect(no.err).toContain('nothing was approved')
  const pending = await sallyport('server', 'review', 'second', '--json')
  expect(pending.code).toBe(1)
  const waiting = (JSON.parse(pending.out) as { pending: { name: string }[] }).pending
  expect(waiting.length).toBeGreaterThan(10)
  const refused = await answered(['n'], 'server', 'review', 'second')
  expect(refused.code).toBe(1)
  const one = await answered(['y'], 'server', 'review', 'second', '--tool', 'test_simple_text')
  expect(one).toMatchObject({ code: 0, questions: ['approve this definition of `second`? [y/N] '] })
  expect(one.out).toContain('1 tool of `second` is callable now')
  expect(await sallyport('server', 'review', 'second', '--yes')).toMatchObject({ code: 0 })
  expect(await sallyport('server', 'review', 'second')).toMatchObject({
    code: 0,
    out: 'nothing waits for review on `second`\n',
  })
})

test('a changed definition is shown member by member and waits for a yes', async () => {
  const weather = fork(new URL('../../src/demo/weather-server.ts', import.meta.url).pathname, [], { env: {} })
  const told = async (word: string) => {
    const [news] = (await once(weather, 'message')) as [Record<string, unknown>]
    return news[word]
  }
  const port = await told('listening')
  const url = `http://127.0.0.1:${String(port)}/mcp`
  expect(await sallyport('server', 'add', 'weather', url, '--private', '--yes')).toMatchObject({ code: 0 })
  weather.send('change')
  await told('changed')
  const review = await sallyport('server', 'review', 'weather')
  expect(review).toMatchObject({ code: 1, err: expect.stringContaining('nothing was approved') })
  expect(review.out).toContain('get_forecast  changed in 2 places since it was approved')
  expect(review.out).toContain('- Weather forecast for a city.\n')
  expect(review.out).toContain('pass it as `note`')
  fits(review.out)
  expect((await sallyport('server', 'list')).out).toContain('tools wait for review: sallyport server review weather')
  expect(await sallyport('doctor')).toMatchObject({
    code: 1,
    out: expect.stringContaining('sallyport server review weather'),
  })
  expect(await answered(['yes'], 'server', 'review', 'weather')).toMatchObject({ code: 0 })
  expect(await answered(['y'], 'server', 'remove', 'weather')).toMatchObject({
    code: 0,
    out: 'server `weather` is removed\n',
  })
  weather.kill()
})

test('a local program is added on the host only, through a file of mode 0600', async () => {
  const files = join(folder, 'files')
  mkdirSync(files, { recursive: true })
  const script = binaryOf('@modelcontextprotocol/server-filesystem')
  const added = await sallyport(
    'server',
    'add',
    'files',
    '--command',
    process.execPath,
    '--arg',
    script,
    '--arg',
    files,
    '--yes',
  )
  expect(added).toMatchObject({ code: 0, err: '' })
  expect(added.out).toContain('read_text_file')
  fits(
    added.out
      .split('\n')
      .filter(line => !line.includes('{'))
      .join('\n'),
  )
  const hostFile = join(gateway.dataDir, 'servers.yaml')
  expect(statSync(hostFile).mode & 0o777).toBe(0o600)
  const before = readFileSync(hostFile, 'utf8')
  expect(before).toContain('files:')
  const bad = await sallyport('server', 'add', 'not a name', '--command', 'true', '--yes')
  expect(bad.code).toBe(1)
  expect(readFileSync(hostFile, 'utf8')).toBe(before)
  const list = await sallyport('server', 'list')
  fits(list.out)
  expect(list.out).toMatch(/files +ready +legacy +14 +0 +host/)
})

test('server show names every tool; --json carries whole definitions', async () => {
  const text = await sallyport('server', 'show', 'fixture')
  expect(text.code).toBe(0)
  fits(text.out)
  const json = await sallyport('server', 'show', 'fixture', '--json')
  const shown = JSON.parse(json.out) as { tools: { name: string; definition: unknown }[] }
  expect(shown.tools.find(tool => tool.name === 'test_simple_text')?.definition).toMatchObject({
    inputSchema: { type: 'object' },
  })
  expect(await sallyport('server', 'show', 'nobody')).toMatchObject({
    code: 1,
    err: expect.stringContaining('`nobody`'),
  })
})

test('a policy is applied, shown, and judges from the next call on', async () => {
  const file = join(folder, 'strict.yaml')
  writeFileSync(
    file,
    'version: "1"\ndefault: allow\ntools:\n  test_simple_text: { action: deny, reason: not on Sundays }\n',
  )
  const applied = await sallyport('policy', 'apply', 'strict', file)
  expect(applied).toMatchObject({ code: 0, err: '' })
  const list = await sallyport('policy', 'show')
  fits(list.out)
  expect(list.out).toContain('strict')
  expect((await sallyport('policy', 'show', 'strict')).out).toContain('not on Sundays')
  writeFileSync(file, 'version: "1"\ndefault: perhaps\n')
  const refused = await sallyport('policy', 'apply', 'strict', file)
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('the policy in force has') })
  expect(refused.out).toContain(`${file}:2:10: error:`)
})

test('a grant lives: token shown once, used, rotated, revoked', async () => {
  const made = await sallyport(
    'grant',
    'create',
    'tester',
    '--principal',
    'test-agent',
    '--server',
    'fixture=strict',
    '--expires',
    '2h',
    '--json',
  )
  expect(made).toMatchObject({ code: 0, err: '' })
  const { token } = JSON.parse(made.out) as { token: string }
  expect(token).toMatch(/^sp_[\w-]{43}$/)
  const client = await connectSdk('v2-legacy', gateway.endpoint('fixture'), token)
  expect(await client.call('test_simple_text', {})).toContain('[POLICY DENIED] not on Sundays')
  await client.call('test_error_handling', {})
  await client.close()
  const list = await sallyport('grant', 'list')
  fits(list.out)
  expect(list.out).toMatch(/tester +test-agent +active +in 2h/)
  expect(list.out).not.toContain('sp_')
  const rotated = await sallyport('grant', 'rotate', 'tester', '--json')
  expect((JSON.parse(rotated.out) as { token: string }).token).not.toBe(token)
  await expect(connectSdk('v2-legacy', gateway.endpoint('fixture'), token)).rejects.toThrow()
  expect(await sallyport('grant', 'revoke', 'tester')).toMatchObject({
    code: 1,
    err: expect.stringContaining('nothing was revoked'),
  })
  expect(await answered(['y'], 'grant', 'revoke', 'tester')).toMatchObject({ code: 0 })
  expect(await sallyport('grant', 'revoke', 'tester', '--yes')).toMatchObject({ code: 1 })
})

test('the ledger is tailed, filtered, shown and exported', async () => {
  const denied = await sallyport('ledger', 'tail', '--verdict', 'deny', '--tool', 'test_simple_text', '--since', '1h')
  expect(denied.code).toBe(0)
  fits(denied.out)
  expect(denied.out).toMatch(/tester +fixture \/ test_simple_text +deny +refused/)
  expect(denied.out).toContain('not on Sundays')
  const [line = ''] = (await sallyport('ledger', 'tail', '--tool', 'test_simple_text', '--json')).out.split('\n')
  const record = JSON.parse(line) as { seq: number; requestId: string; time: string }
  expect(new Date(record.time).toISOString()).toBe(record.time)
  const bySeq = await sallyport('ledger', 'show', String(record.seq))
  expect(bySeq.out).toContain(record.requestId)
  expect(JSON.parse((await sallyport('ledger', 'show', record.requestId, '--json')).out)).toMatchObject({
    seq: record.seq,
  })
  expect(await sallyport('ledger', 'show', '999999')).toMatchObject({ code: 1 })
  const file = join(folder, 'ledger.jsonl')
  const exported = await spawned('ledger', 'export', '--format', 'jsonl', '--out', file)
  expect(exported.out).toMatch(/^\d+ records are in /)
  const records = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text) as Record<string, unknown>)
  for (const name of [
    'seq',
    'time',
    'requestId',
    'principal',
    'grant',
    'server',
    'method',
    'verdict',
    'rule',
    'outcome',
    'durationMs',
    'hash',
  ])
    expect(records.at(-1), name).toHaveProperty(name)
  const piped = await spawned('ledger', 'export')
  expect(piped.out.split('\n').length).toBeGreaterThanOrEqual(records.length)
  expect(await sallyport('ledger', 'tail', '--grant', 'nobody')).toMatchObject({
    code: 0,
    out: expect.stringContaining('no record matches'),
  })
})

test('ledger tail -f shows what comes and ends when interrupted', async () => {
  const interrupt = new AbortController()
  const following = runRecorded(['ledger', 'tail', '-f', '-n', '1', '--data-dir', gateway.dataDir], {
    interruption: interrupt.signal,
  })
  const client = await connectSdk('v2-pinned', gateway.endpoint('fixture'), gateway.tokens['agent'] ?? '')
  await client.call('test_simple_text', {})
  await client.close()
  await new Promise(resolve => setTimeout(resolve, 1_500))
  interrupt.abort()
  expect(await following).toMatchObject({
    code: 0,
    out: expect.stringMatching(/agent +fixture \/ test_simple_text +allow +succeeded/),
  })
})
