/** The `connect` bridge as a client starts it: the real binary on stdio, the official client, both eras, a real gateway. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { compiled } from '../fixtures/compiled.ts'
import type { ConformanceContent } from '../fixtures/conformance-content.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
let legacy: FixtureServer<ConformanceContent>
let modern: FixtureServer<ConformanceContent>
let gateway: SpawnedGateway

beforeAll(async () => {
  ;[legacy, modern] = await Promise.all([startConformanceUpstream('legacy'), startConformanceUpstream('modern')])
  gateway = await spawnGateway({
    servers: { old: localServer(legacy.url), new: localServer(modern.url) },
    policies: {
      'no-errors': {
        version: '1',
        default: 'allow',
        tools: { test_error_handling: { action: 'deny', reason: 'not today' } },
      },
    },
    grants: { agent: { servers: { old: 'no-errors', new: 'allow-all' } } },
  })
})

afterAll(async () => {
  await gateway?.stop()
  await Promise.all([legacy?.stop(), modern?.stop()])
})

type Era = 'legacy' | 'modern'

interface Bridged {
  readonly client: Client
  readonly asked: string[]
  readonly heard: string[]
  /**
   * Progress as it arrived. Not what `onprogress` is told: the official client forgets its listener when the answer is
   * read in one go with the last notifications.
   */
  readonly progress: { readonly progress: unknown; readonly progressToken: unknown }[]
  /** What the bridge wrote to standard error. */
  readonly said: () => string
  close(): Promise<void>
}

/** An official client that starts the bridge as its server. */
async function bridged(
  era: Era,
  server: string | undefined,
  options: { token?: string; url?: string } = {},
): Promise<Bridged> {
  const asked: string[] = []
  const heard: string[] = []
  const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} }
  const mode = era === 'legacy' ? ('legacy' as const) : { pin: '2026-07-28' }
  const client = new Client({ name: 'stdio-client', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } })
  client.setRequestHandler('elicitation/create', request => {
    asked.push(request.method)
    return { action: 'accept', content: { username: 'alice', email: 'a@example.com' } }
  })
  client.setNotificationHandler('notifications/tools/list_changed', ({ method }) => {
    heard.push(method)
  })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'connect', ...(server === undefined ? [] : [server]), '--url', options.url ?? gateway.url],
    env: { ...compiled, SALLYPORT_TOKEN: options.token ?? gateway.tokens['agent'] ?? '' },
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  await client.connect(transport)
  const progress: Bridged['progress'] = []
  const take = transport.onmessage
  transport.onmessage = (message, ...rest) => {
    if ('method' in message && message.method === 'notifications/progress') {
      progress.push({ progress: message.params?.['progress'], progressToken: message.params?.['progressToken'] })
    }
    take?.(message, ...rest)
  }
  return { client, asked, heard, progress, said: () => said, close: () => client.close() }
}

function textOf(result: { readonly content: readonly { readonly type: string }[] }): string {
  const [first] = result.content
  return first !== undefined && 'text' in first ? String(first.text) : ''
}

const pairs = (['legacy', 'modern'] as const).flatMap(era => (['old', 'new'] as const).map(server => ({ era, server })))

test.each(pairs)('a $era client on stdio lists, calls and is asked by the $server server', async ({ era, server }) => {
  const bridge = await bridged(era, server)
  expect(bridge.client.getProtocolEra()).toBe(era)
  const { tools } = await bridge.client.listTools()
  expect(tools.map(tool => tool.name)).toContain('test_simple_text')
  const simple = await bridge.client.callTool({ name: 'test_simple_text', arguments: {} })
  expect(textOf(simple)).toBe('This is a simple text response for testing.')
  await bridge.client.callTool({ name: 'test_tool_with_progress', arguments: {} }, { onprogress: () => undefined })
  expect(bridge.progress.map(({ progress }) => progress)).toContain(50)
  expect(new Set(bridge.progress.map(({ progressToken }) => typeof progressToken))).toEqual(new Set(['number']))
  const elicitation = server === 'old' ? 'test_elicitation' : 'test_input_required_result_elicitation'
  const answered = await bridge.client.callTool({
    name: elicitation,
    arguments: server === 'old' ? { message: 'who?' } : {},
  })
  expect(answered.isError ?? false).toBe(false)
  expect(bridge.asked).toEqual(['elicitation/create'])
  await bridge.close()
  expect(bridge.said()).toBe('')
})

test.each(['legacy', 'modern'] as const)('a refusal reaches a %s client on stdio with its reason', async era => {
  const bridge = await bridged(era, 'old')
  const refused = await bridge.client.callTool({ name: 'test_error_handling', arguments: {} })
  expect(refused.isError).toBe(true)
  expect(textOf(refused)).toContain('[POLICY DENIED] not today')
  await bridge.close()
})

test.each(['legacy', 'modern'] as const)('without a server a %s client sees every server of the grant', async era => {
  const bridge = await bridged(era, undefined)
  const names = (await bridge.client.listTools()).tools.map(tool => tool.name)
  expect(names).toContain('old__test_simple_text')
  expect(names).toContain('new__test_simple_text')
  const result = await bridge.client.callTool({ name: 'new__test_simple_text', arguments: {} })
  expect(textOf(result)).toContain('simple text')
  await bridge.close()
})

test('parameters mirrored into headers work from stdio, where nobody sends headers', async () => {
  const bridge = await bridged('modern', 'new')
  const result = await bridge.client.callTool({ name: 'test_x_mcp_header', arguments: { region: 'eu-west' } })
  expect(result.isError ?? false).toBe(false)
  await bridge.close()
})

test('a token that is not known ends the connection with the words of the gateway', async () => {
  await expect(bridged('legacy', 'old', { token: `sp_${'A'.repeat(43)}` })).rejects.toThrow(
    'the credential is not valid here',
  )
})

/** Another way to the gateway, that can be closed and opened again on the same port at once. */
async function passage(): Promise<{ url: string; close(): Promise<void>; open(): Promise<void> }> {
  const target = Number(new URL(gateway.url).port)
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    const on = connect(target, '127.0.0.1')
    for (const [one, other] of [[socket, on] as const, [on, socket] as const]) {
      sockets.add(one)
      one.on('error', () => undefined).on('close', () => other.destroy())
    }
    socket.pipe(on).pipe(socket)
  })
  let port = 0
  const open = async (): Promise<void> => {
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const close = async (): Promise<void> => {
    const closed = new Promise(resolve => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await open()
  return { url: `http://127.0.0.1:${port}`, close, open }
}

test('a client that was connected goes on after the gateway was killed and started again', async () => {
  // How long a gateway takes to start depends on the machine, how long the bridge waits for it does not: it starts
  // behind a closed door, which opens once the call found it closed.
  const door = await passage()
  const bridge = await bridged('legacy', 'old', { url: door.url })
  await bridge.client.callTool({ name: 'test_simple_text', arguments: {} })
  await Promise.all([door.close(), gateway.kill()])
  await gateway.restart()
  const during = bridge.client.callTool({ name: 'test_simple_text', arguments: {} })
  const [answer] = await Promise.all([during, sleep(limits.bridgeRetryMsMin * 2).then(door.open)])
  expect(textOf(answer)).toContain('simple text')
  await bridge.close()
  await door.close()
})
