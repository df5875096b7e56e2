/** The time before the gateway has seen its servers: whoever comes early waits a little, and is told of what comes late. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { limits } from '../../src/limits.ts'
import { startServer } from '../../src/server.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, text } from '../fixtures/fields.ts'
import { freePort, localServer, patientClock, startGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const undo: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function door(): Promise<FixtureServer<DoorContent>> {
  const server = await startDoorUpstream('both')
  undo.push(() => server.stop())
  return server
}

/** Keeps the answers to `tools/list` back until `release`; `only` that many of them. */
function holdLists({ content }: FixtureServer<DoorContent>, only = Number.POSITIVE_INFINITY) {
  const handle = content.handle.bind(content)
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  let held = 0
  content.handle = async (method, params, exchange) => {
    const answer = handle(method, params, exchange)
    if (method === 'tools/list' && held < only) {
      held += 1
      await released
    }
    return await answer
  }
  return { release }
}

const asked = ({ content }: FixtureServer<DoorContent>): number =>
  content.reached.filter(({ method }) => method === 'tools/list').length

async function toolsOf(client: RawClient): Promise<string[]> {
  const { items } = await client.listAll('tools/list', 'tools')
  return items.map(tool => text(tool['name']))
}

const token = `sp_${randomBytes(32).toString('base64url')}`
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

test('clients that come while the servers are looked at for the first time get whole lists, and calls are made', async () => {
  const server = await door()
  const names = server.content.tools.map(tool => text(tool['name']))
  const { release } = holdLists(server, 1)
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  const configFile = join(folder, 'sallyport.yaml')
  process.env['SALLYPORT_TEST_EARLY'] = token
  const config = {
    servers: { door: localServer(server.url) },
    policies: { open: { document: { version: '1', default: 'allow' } } },
    grants: { agent: { principal: 'agent', token: 'env:SALLYPORT_TEST_EARLY', servers: { door: 'open' } } },
  }
  await writeFile(configFile, JSON.stringify(config))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const starting = startServer({ configFile, dataDir, host: '127.0.0.1', port, logger: quiet, clock: patientClock })
  undo.push(async () => (await starting).stop())
  const probe = () =>
    fetch(`${url}/readyz`).then(
      async response => `${response.status} ${await response.text()}`,
      () => 'nothing listens',
    )
  await expect.poll(probe, { timeout: 10_000 }).toBe('503 the servers are looked at for the first time\n')

  const early: Promise<unknown>[] = []
  let answered = 0
  const asks = (['legacy', 'modern'] as const).flatMap(era =>
    (['/mcp/door', '/mcp'] as const).map(path => async () => {
      const client = await new RawClient(`${url}${path}`, token, era).connect()
      return { path, listed: await toolsOf(client) }
    }),
  )
  const calls = async () =>
    (await new RawClient(`${url}/mcp/door`, token, 'modern').request('tools/call', { name: 'delete_user' })).result
  for (const ask of [...asks, calls]) early.push(ask().finally(() => (answered += 1)))
  await expect.poll(() => asked(server), { timeout: 10_000 }).toBe(1 + asks.length)
  expect([answered, server.content.calls()]).toEqual([0, []])
  release()
  const [called, ...listed] = (await Promise.all(early)).reverse()
  expect(listed).toHaveLength(asks.length)
  for (const { path, listed: tools } of listed as { path: string; listed: string[] }[])
    expect(tools).toEqual(path === '/mcp' ? names.map(name => `door__${name}`) : names)
  expect(called).toMatchObject({ content: [{ text: 'called delete_user' }] })
  await starting
  expect(await probe()).toBe('200 ready\n')
  delete process.env['SALLYPORT_TEST_EARLY']
})

/** The machine's clock, on which the gateway does not wait for first looks before it is ready, and for lists a second. */
function impatient(isReady: () => boolean): Clock {
  return {
    ...systemClock,
    timer: (ms, then) => {
      const isShort = (ms === limits.firstLookMs && !isReady()) || ms === limits.sharedServerMs
      return systemClock.timer(isShort ? 1_000 : ms, then)
    },
  }
}

test('a server that keeps its list back does not keep back the others, and clients hear when it is there', async () => {
  const [prompt, mute] = await Promise.all([door(), door()])
  const { release } = holdLists(mute)
  const servers = { prompt: localServer(prompt.url), mute: localServer(mute.url) }
  let isReady = false
  const gateway = await startGateway({ servers, clock: impatient(() => isReady) })
  isReady = true
  undo.push(() => gateway.stop())
  const whole = (server: string) => prompt.content.tools.map(tool => `${server}__${text(tool['name'])}`)
  for (const era of ['legacy', 'modern'] as const) {
    const client = await new RawClient(gateway.endpoint(), text(gateway.tokens['agent']), era).connect()
    // again, should this machine be too busy for a second to be enough for the prompt one
    await expect.poll(() => toolsOf(client), { timeout: 10_000 }).toEqual(whole('prompt'))
  }
  expect(gateway.logged.some(line => line.includes('was left out') && line.includes('mute'))).toBe(true)

  const leaving = new AbortController()
  undo.push(async () => leaving.abort())
  const heard: Fields[] = []
  const listener = await new RawClient(gateway.endpoint(), text(gateway.tokens['agent']), 'legacy').connect()
  const stream = listener.stream('GET', {}, leaving.signal)
  const reading = (async () => {
    for await (const message of stream) heard.push(message)
  })()
  reading.catch(() => undefined)
  await expect.poll(() => metricOf(gateway.url, 'streams'), { timeout: 10_000 }).toBe(1)
  release()
  await expect
    .poll(() => heard.map(({ method }) => method), { timeout: 10_000 })
    .toContain('notifications/tools/list_changed')
  const both = [...whole('mute'), ...whole('prompt')]
  await expect.poll(async () => (await toolsOf(listener)).sort(), { timeout: 10_000 }).toEqual(both.sort())
})

async function metricOf(url: string, part: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return Number(
    lines
      .find(line => !line.startsWith('#') && line.includes(part))
      ?.split(' ')
      .at(-1),
  )
}
