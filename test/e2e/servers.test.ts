/**
 * Real servers behind the gateway: everything (streamable HTTP, HTTP+SSE, stdio), filesystem, memory,
 * sequential-thinking and context7 (modern; listed only, it would call out). Each on its own endpoint for clients of
 * both eras, and three at once behind `/mcp`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { api, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { type RealServer, startEverything, stdioServer } from '../fixtures/real-servers.ts'
import { connectSdk, type SdkClient, type SdkKind } from '../fixtures/sdk-clients.ts'

const everythings = ['everything-http', 'everything-sse', 'everything-stdio'] as const
const clients: readonly SdkKind[] = ['v1', 'v2-auto']

let gateway: TestGateway
let folder: string
const started: RealServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-servers-'))
  const [http, sse] = await Promise.all([startEverything('streamableHttp'), startEverything('sse')])
  started.push(http, sse)
  const servers = {
    'everything-http': localServer(http.url),
    'everything-sse': localServer(sse.url),
    'everything-stdio': stdioServer('@modelcontextprotocol/server-everything', ['stdio']),
    filesystem: stdioServer('@modelcontextprotocol/server-filesystem', [folder]),
    memory: stdioServer('@modelcontextprotocol/server-memory', [], { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }),
    thinking: stdioServer('@modelcontextprotocol/server-sequential-thinking'),
    context7: stdioServer('@upstash/context7-mcp'),
  }
  const allowed = (...names: (keyof typeof servers)[]) => Object.fromEntries(names.map(name => [name, 'allow-all']))
  gateway = await startGateway({
    servers,
    grants: {
      agent: { servers: allowed(...(Object.keys(servers) as (keyof typeof servers)[])) },
      three: { servers: allowed('everything-stdio', 'filesystem', 'memory') },
    },
  })
})

afterAll(async () => {
  await gateway?.stop()
  for (const server of started) await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const connect = (kind: SdkKind, server?: string, grant = 'agent'): Promise<SdkClient> =>
  connectSdk(kind, gateway.endpoint(server), gateway.tokens[grant] ?? '')
const names = (tools: readonly Fields[]): string[] => tools.map(tool => text(tool['name']))

describe.each(clients)('%s client', kind => {
  test.each(everythings)('%s: list, call, progress, sampling, elicitation', async server => {
    const client = await connect(kind, server)
    const tools = names(await client.listTools())
    expect(tools).toEqual(expect.arrayContaining(['echo', 'get-sum', 'trigger-sampling-request']))
    expect(await client.listPrompts()).toContain('simple-prompt')
    expect((await client.listResources()).length).toBeGreaterThan(0)
    expect(await client.call('echo', { message: 'hi' })).toBe('Echo: hi')
    expect(await client.call('get-sum', { a: 2, b: 40 })).toContain('42')
    const progress: number[] = []
    const long = { duration: 0.3, steps: 3 }
    await client.call('trigger-long-running-operation', long, { onProgress: value => progress.push(value) })
    expect(progress).toEqual([1, 2, 3])
    expect(await client.call('trigger-sampling-request', { prompt: 'capital?' })).toContain('Paris')
    expect(client.asked).toContain('sampling/createMessage')
    await client.call('trigger-elicitation-request', {})
    expect(client.asked).toContain('elicitation/create')
    await client.close()
  })

  test('filesystem: writes and reads a file', async () => {
    const client = await connect(kind, 'filesystem')
    expect(await client.listTools()).toHaveLength(14)
    const path = join(folder, `${kind}.txt`)
    await client.call('write_file', { path, content: 'über\n' })
    expect(await readFile(path, 'utf8')).toBe('über\n')
    await writeFile(path, 'changed')
    expect(await client.call('read_text_file', { path })).toBe('changed')
    expect(await client.call('list_directory', { path: folder })).toContain(`${kind}.txt`)
    await client.close()
  })

  test('memory: remembers across calls', async () => {
    const client = await connect(kind, 'memory')
    expect(await client.listTools()).toHaveLength(9)
    await client.call('create_entities', { entities: [{ name: kind, entityType: 'client', observations: ['seen'] }] })
    expect(await client.call('read_graph', {})).toContain(kind)
    await client.close()
  })

  test('sequential-thinking: takes a thought', async () => {
    const client = await connect(kind, 'thinking')
    expect(names(await client.listTools())).toEqual(['sequentialthinking'])
    const thought = { thought: 'first', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }
    expect(await client.call('sequentialthinking', thought)).toContain('thoughtHistoryLength')
    await client.close()
  })

  test('context7: lists its tools', async () => {
    const client = await connect(kind, 'context7')
    expect(names(await client.listTools()).sort()).toEqual(['query-docs', 'resolve-library-id'])
    await client.close()
  })

  test('three servers behind one endpoint', async () => {
    const client = await connect(kind, undefined, 'three')
    const tools = names(await client.listTools())
    expect(new Set(tools.map(name => name.split('__')[0]))).toEqual(
      new Set(['everything-stdio', 'filesystem', 'memory']),
    )
    expect(tools).toHaveLength(16 + 14 + 9)
    expect(await client.call('everything-stdio__echo', { message: 'hi' })).toBe('Echo: hi')
    expect(await client.call('filesystem__list_allowed_directories', {})).toContain(folder)
    expect(await client.call('memory__read_graph', {})).toContain('entities')
    await expect(client.call('thinking__sequentialthinking', {})).rejects.toThrow()
    await client.close()
  })
})

test('context7 is spoken to in the modern era, everything in the legacy one', async () => {
  for (const server of ['context7', 'everything-http']) {
    const client = await new RawClient(gateway.endpoint(server), gateway.tokens['agent'] ?? '', 'modern').connect()
    expect((await client.request('tools/list')).status).toBe(200)
  }
  const servers = list((await api(gateway, '/servers'))['servers'])
  const eraOf = (name: string): unknown => fields(servers.find(server => server['name'] === name))['era']
  expect(eraOf('context7')).toBe('modern')
  expect(eraOf('everything-http')).toBe('legacy')
  expect(eraOf('everything-sse')).toBe('legacy')
})
