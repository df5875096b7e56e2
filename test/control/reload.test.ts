/** Reconciliation: a change touches what it names, and calls on everything else go on. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { adminOf, localServer, spawnGateway, startGateway, type TestGateway } from '../fixtures/gateway.ts'
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

async function gatewayOf(servers: Record<string, Fields>, policies: Record<string, Fields> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ servers, policies })
  undo.push(() => gateway.stop())
  return gateway
}

async function control(gateway: TestGateway, method: string, path: string, body?: Fields): Promise<Fields> {
  const { credential } = await adminOf(gateway)
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${credential}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as Fields
}

/** Writes another configuration with the same grants, and has it read. */
async function rewrite(gateway: TestGateway, servers: Record<string, Fields>, more: Fields = {}): Promise<Fields> {
  const config = JSON.parse(await readFile(gateway.configFile, 'utf8')) as Fields
  const grants = fields(config['grants'])
  const attached = Object.fromEntries(Object.keys(servers).map(server => [server, 'allow-all']))
  const next = {
    ...config,
    servers,
    grants: { ...grants, agent: { ...fields(grants['agent']), servers: attached } },
    ...more,
  }
  await writeFile(gateway.configFile, JSON.stringify(next))
  return await control(gateway, 'POST', '/reload')
}

function client(gateway: TestGateway, server: string): RawClient {
  return new RawClient(gateway.endpoint(server), text(gateway.tokens['agent']), 'modern')
}

async function call(gateway: TestGateway, server: string, name = 'read_file'): Promise<string> {
  const { result, error, status } = await client(gateway, server).request('tools/call', { name, arguments: {} })
  return result === undefined ? `${status} ${JSON.stringify(error)}` : JSON.stringify(result)
}

test('servers are added, changed and removed; a call under way on another server is answered', async () => {
  const [kept, old, next] = await Promise.all([door(), door(), door()])
  const gateway = await gatewayOf({
    kept: localServer(kept.url),
    moved: localServer(old.url),
    leaving: localServer(old.url),
  })
  const handle = kept.content.handle.bind(kept.content)
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  kept.content.handle = async (method, params, exchange) => {
    if (method === 'tools/call') await held
    return await handle(method, params, exchange)
  }
  const underWay = call(gateway, 'kept', 'delete_user')
  await expect.poll(async () => (await control(gateway, 'GET', '/ledger?outcome=open'))['records']).toHaveLength(1)

  next.content.tools = [
    {
      name: 'read_file',
      description: 'Reads',
      inputSchema: old.content.tools[0]?.['inputSchema'],
      annotations: { readOnlyHint: true },
    },
  ]
  const changes = await rewrite(gateway, {
    kept: localServer(kept.url),
    moved: localServer(next.url),
    arrived: localServer(next.url),
  })
  expect([...(changes['changes'] as string[])].sort()).toEqual([
    'grant agent changed',
    'server arrived added',
    'server leaving removed',
    'server moved changed',
  ])
  expect(await call(gateway, 'arrived')).toContain('called read_file')
  expect(await call(gateway, 'leaving')).toContain('403')
  old.content.reached.length = 0
  expect(await call(gateway, 'moved')).toContain('called read_file')
  expect([old.content.calls(), next.content.calls()]).toEqual([[], ['read_file', 'read_file']])
  // What the new address does not offer is not callable there, whatever was approved at the old one.
  expect(await call(gateway, 'moved', 'delete_user')).not.toContain('called')
  release()
  expect(await underWay).toContain('called delete_user')
})

test('an address that offers another definition is not callable until reviewed, from the first call on', async () => {
  const [old, next] = await Promise.all([door(), door()])
  next.content.tools = next.content.tools.map(tool => ({ ...tool, description: 'Something else' }))
  const gateway = await gatewayOf({ moved: localServer(old.url) })
  expect(await call(gateway, 'moved')).toContain('called read_file')
  await rewrite(gateway, { moved: localServer(next.url) })
  expect(await call(gateway, 'moved')).toContain('waits for review')
})

test('the old address serves until the new one has shown its definitions', async () => {
  const [old, next] = await Promise.all([door(), door()])
  const gateway = await gatewayOf({ moved: localServer(old.url) })
  const handle = next.content.handle.bind(next.content)
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  next.content.handle = async (method, params, exchange) => {
    if (method === 'tools/list') await held
    return await handle(method, params, exchange)
  }
  const reloading = rewrite(gateway, { moved: localServer(next.url) })
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(await call(gateway, 'moved')).toContain('called read_file')
  expect([old.content.calls(), next.content.calls()]).toEqual([['read_file'], []])
  release()
  expect((await reloading)['changes']).toContain('server moved changed')
  expect(await call(gateway, 'moved')).toContain('called read_file')
  expect(next.content.calls()).toEqual(['read_file'])
})

test('nothing changed → nothing is touched, and the answer says so', async () => {
  const server = await door()
  const gateway = await gatewayOf({ door: localServer(server.url) })
  server.content.reached.length = 0
  expect((await control(gateway, 'POST', '/reload'))['changes']).toEqual([])
  expect(server.content.reached).toEqual([])
})

test('clients on a stream hear that tools changed when a policy does', async () => {
  const server = await door()
  const gateway = await gatewayOf({ door: localServer(server.url) })
  const agent = new RawClient(gateway.endpoint('door'), text(gateway.tokens['agent']), 'legacy')
  await agent.connect()
  const stop = new AbortController()
  const stream = await fetch(gateway.endpoint('door'), {
    headers: {
      authorization: `Bearer ${gateway.tokens['agent']}`,
      accept: 'text/event-stream',
      'mcp-session-id': agent.sessionId ?? '',
      'mcp-protocol-version': '2025-11-25',
    },
    signal: stop.signal,
  })
  let heard = ''
  const reading = (async () => {
    for await (const chunk of stream.body ?? []) heard += Buffer.from(chunk).toString()
  })().catch(() => undefined)
  await rewrite(
    gateway,
    { door: localServer(server.url) },
    { policies: { 'allow-all': { document: { version: '1', default: 'allow', hide: ['delete_user'] } } } },
  )
  await expect.poll(() => heard, { timeout: 5_000 }).toContain('notifications/tools/list_changed')
  const listed = list((await client(gateway, 'door').request('tools/list')).result?.['tools'])
  expect(listed.map(tool => tool['name'])).not.toContain('delete_user')
  stop.abort()
  await reading
})

test('what was made through the API survives a restart: servers, reviews, policies, grants', async () => {
  const server = await door()
  const gateway = await spawnGateway({ servers: {}, grants: {} })
  undo.push(() => gateway.stop())
  await control(gateway, 'POST', '/servers', { name: 'door', url: server.url, network: 'private' })
  const tools = list((await control(gateway, 'GET', '/servers/door/tools'))['tools'])
  const approve = tools.filter(tool => tool['name'] !== 'delete_user').map(({ name, hash }) => ({ tool: name, hash }))
  await control(gateway, 'POST', '/servers/door/review', { approve })
  await control(gateway, 'PUT', '/policies/mine', { text: '{"version":"1","default":"allow"}' })
  const { token } = await control(gateway, 'POST', '/grants', {
    name: 'mine',
    principal: 'p',
    servers: { door: 'mine' },
  })
  const agent = () => new RawClient(gateway.endpoint('door'), text(token), 'modern')
  const listed = async () => list((await agent().request('tools/list')).result?.['tools']).map(tool => tool['name'])
  expect(await listed()).toEqual(['read_file', 'region_tool'])
  await gateway.kill()
  await gateway.restart()
  expect(await listed()).toEqual(['read_file', 'region_tool'])
})

test('SIGTERM: open calls are answered, new ones are refused, the record of the gateway is gone', async () => {
  const server = await door()
  const gateway = await spawnGateway({ servers: { door: localServer(server.url) } })
  undo.push(() => gateway.stop())
  const handle = server.content.handle.bind(server.content)
  server.content.handle = async (method, params, exchange) => {
    if (method === 'tools/call') await new Promise(resolve => setTimeout(resolve, 700))
    return await handle(method, params, exchange)
  }
  const underWay = call(gateway, 'door', 'delete_user')
  await expect.poll(() => server.content.reached.some(({ method }) => method === 'tools/list')).toBe(true)
  await expect.poll(async () => (await control(gateway, 'GET', '/ledger?outcome=open'))['records']).toHaveLength(1)
  const ended = gateway.terminate()
  expect(await underWay).toContain('called delete_user')
  await ended
  await expect(adminOf(gateway)).rejects.toThrow()
})
