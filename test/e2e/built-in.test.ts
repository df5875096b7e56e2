/**
 * The built-in server of a spawned gateway, as agents meet it: the official clients v1 and v2 in both eras over HTTP,
 * and v2 over the `connect` bridge. The clients check every answer against the tool's output schema themselves.
 */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { fields, list, text } from '../fixtures/fields.ts'
import { ledgerOf, localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import { connectSdk, sdkKinds } from '../fixtures/sdk-clients.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
let upstream: FixtureServer<DoorContent>
let gateway: SpawnedGateway

beforeAll(async () => {
  upstream = await startDoorUpstream('both')
  gateway = await spawnGateway({
    servers: { door: localServer(upstream.url) },
    policies: {
      careful: {
        version: '1',
        tools: {
          read_file: {
            deny_if: [
              { conditions: [{ path: 'args.path', op: 'starts_with', value: '/etc/' }], on_deny: 'not from there' },
            ],
            limits: [{ counter: 'reads', window: 'hour', max: 100 }],
          },
        },
      },
    },
    grants: { agent: { servers: { door: 'careful' } } },
  })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
})

const question = (path: string) => ({ server: 'door', tool: 'read_file', arguments: { path } })
const refused = [
  'deny: `read_file` on `door` would be refused',
  'why: not from there (/tools/read_file/deny_if/0)',
].join('\n')

describe.each(sdkKinds)('%s client', kind => {
  test('lists the built-in tools, asks, and meets the same answer on the call', async () => {
    const token = gateway.tokens['agent'] ?? ''
    const asking = await connectSdk(kind, gateway.endpoint('sallyport'), token)
    const calling = await connectSdk(kind, gateway.endpoint('door'), token)
    const tools = await asking.listTools()
    expect(tools.map(tool => tool['name'])).toEqual([
      'policy.explain',
      'catalog.checkServer',
      'catalog.searchServers',
      'catalog.checkTool',
    ])
    expect(fields(tools[0])['outputSchema']).toMatchObject({ type: 'object' })
    expect(await asking.call('policy.explain', question('/etc/passwd'))).toContain(refused)
    expect(await calling.call('read_file', { path: '/etc/passwd' })).toBe('[POLICY DENIED] not from there')
    expect(await asking.call('policy.explain', question('/srv/a'))).toMatch(
      /^allow: .*\n.*\nlimit `reads`: \d+ of 100 used per hour/,
    )
    expect(await calling.call('read_file', { path: '/srv/a' })).toBe('called read_file')
    expect(await asking.call('catalog.checkServer', { server: 'door' })).toContain('a server of yours')
    expect(await asking.call('catalog.checkTool', { server: 'memory', tool: 'read_graph' })).toContain('Read (low)')
    expect(await asking.call('catalog.searchServers', { query: 'browser' })).toContain('- playwright: ')
    await asking.close()
    await calling.close()
  })
})

test.each(['legacy', 'modern'] as const)('`connect sallyport`, %s client', async era => {
  const mode = era === 'legacy' ? ('legacy' as const) : { pin: '2026-07-28' }
  const client = new Client({ name: 'stdio-client', version: '1.0.0' }, { versionNegotiation: { mode } })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'connect', 'sallyport', '--url', gateway.url],
    env: { ...compiled, SALLYPORT_TOKEN: gateway.tokens['agent'] ?? '' },
    stderr: 'pipe',
  })
  await client.connect(transport)
  expect(client.getServerVersion()).toMatchObject({ name: 'sallyport' })
  expect(client.getInstructions()).toContain('policy.explain')
  expect((await client.listTools()).tools.map(tool => tool.name)).toEqual([
    'policy.explain',
    'catalog.checkServer',
    'catalog.searchServers',
    'catalog.checkTool',
  ])
  const answer = await client.callTool({ name: 'policy.explain', arguments: question('/etc/passwd') })
  expect(text(fields(list(answer.content)[0])['text'])).toContain(refused)
  expect(answer.structuredContent).toMatchObject({ verdict: 'deny', also: [], policy: 'careful' })
  await client.close()
})

test('each question is one record, also after a restart, and the counters of the calls are untouched by them', async () => {
  const before = (await ledgerOf(gateway)).filter(line => line['tool'] === 'policy.explain')
  expect(before.length).toBeGreaterThan(0)
  for (const line of before)
    expect(line).toMatchObject({ server: 'sallyport', verdict: 'allow', outcome: 'succeeded', policy: '(built-in)' })
  expect(new Set(before.map(line => line['requestId'])).size).toBe(before.length)
  const calls = (await ledgerOf(gateway)).filter(line => line['tool'] === 'read_file' && line['verdict'] === 'allow')
  await gateway.kill()
  await gateway.restart()
  const client = await connectSdk('v2-pinned', gateway.endpoint('sallyport'), gateway.tokens['agent'] ?? '')
  expect(await client.call('policy.explain', question('/srv/a'))).toContain(`${calls.length} of 100 used`)
  const own = { server: 'sallyport', tool: 'policy.explain', arguments: question('/srv/a') }
  const [, counted] = /`built-in calls`: (\d+) of/.exec(await client.call('policy.explain', own)) ?? []
  // the two of now, and those of the minute before the restart
  expect(Number(counted)).toBeGreaterThan(2)
  await client.close()
})
