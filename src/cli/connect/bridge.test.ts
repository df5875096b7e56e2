import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../clock.ts'
import { limits } from '../../limits.ts'
import { Bridge } from './bridge.ts'
import { openDoor } from './door.ts'

type Message = Record<string, unknown>
type Handler = (message: Message, request: IncomingMessage, response: ServerResponse) => void

interface Setup {
  /** Writes one message of the client. */
  say(message: Message | string): void
  /** The next line for the client, parsed. */
  hear(): Promise<Message>
  /** What the door saw: `METHOD message-method`, in order. */
  readonly seen: string[]
  readonly logged: string[]
  /** Ends the client's side and waits for the bridge. */
  finish(): Promise<void>
  readonly rest: () => string[]
}

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A bridge to a door that answers with `handle`, over real sockets. */
async function bridgeTo(handle: Handler, options: { clock?: Clock; url?: string } = {}): Promise<Setup> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const message = text === '' ? {} : (JSON.parse(text) as Message)
      seen.push(`${request.method} ${String(message['method'] ?? (text === '' ? '' : 'answer'))}`.trim())
      handle(message, request, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = options.url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const input = new PassThrough()
  const output = new PassThrough()
  const lines: string[] = []
  let buffered = ''
  output.on('data', (chunk: Buffer) => {
    buffered += chunk.toString('utf8')
    const parts = buffered.split('\n')
    buffered = parts.pop() ?? ''
    lines.push(...parts)
    output.emit('line')
  })
  const logged: string[] = []
  const clock = options.clock ?? systemClock
  const door = openDoor(url, 'sp_test', clock)
  const stop = new AbortController()
  const running = new Bridge({ input, output, door, clock, url, log: text => logged.push(text) }).run(stop.signal)
  open.push(async () => {
    stop.abort()
    await running
    server.closeAllConnections()
    server.close()
  })
  return {
    say: message => input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    hear: async () => {
      while (lines.length === 0) await once(output, 'line', { signal: AbortSignal.timeout(5_000) })
      return JSON.parse(lines.shift() ?? '') as Message
    },
    seen,
    logged,
    finish: async () => {
      input.end()
      await running
    },
    rest: () => lines.splice(0),
  }
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } }
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }

/** A legacy door with sessions `s1`, `s2`, …; `rest` answers what is not the handshake. */
function legacyDoor(rest: Handler): Handler {
  let sessions = 0
  return (message, request, response) => {
    if (message['method'] === 'initialize') {
      sessions += 1
      const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'd', version: '1' } }
      return json(response, 200, { jsonrpc: '2.0', id: message['id'], result }, { 'mcp-session-id': `s${sessions}` })
    }
    if (request.method === 'DELETE') return void response.writeHead(204).end()
    if (request.method === 'GET') return void response.writeHead(405).end()
    if (message['method'] === 'notifications/initialized') return void response.writeHead(202).end()
    rest(message, request, response)
  }
}

test('a legacy session is carried: its id and version on every request, its end at the end', async () => {
  const heads: unknown[] = []
  const bridge = await bridgeTo(
    legacyDoor((message, request, response) => {
      heads.push([
        request.headers['mcp-session-id'],
        request.headers['mcp-protocol-version'],
        request.headers.authorization,
      ])
      json(response, 200, { jsonrpc: '2.0', id: message['id'], result: {} })
    }),
  )
  bridge.say(initialize)
  expect(await bridge.hear()).toMatchObject({ id: 0, result: { protocolVersion: '2025-11-25' } })
  bridge.say(initialized)
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  expect(await bridge.hear()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  expect(heads).toEqual([['s1', '2025-11-25', 'Bearer sp_test']])
  await bridge.finish()
  expect(bridge.seen.at(-1)).toBe('DELETE')
  expect(bridge.seen).toContain('GET')
})

test('a session the gateway no longer knows is opened again and the request answered', async () => {
  const bridge = await bridgeTo(
    legacyDoor((message, request, response) => {
      if (request.headers['mcp-session-id'] === 's1') return json(response, 404, { error: 'no such session' })
      json(response, 200, { jsonrpc: '2.0', id: message['id'], result: { session: request.headers['mcp-session-id'] } })
    }),
  )
  bridge.say(initialize)
  await bridge.hear()
  bridge.say(initialized)
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'ping' })
  expect(await bridge.hear()).toEqual({ jsonrpc: '2.0', id: 1, result: { session: 's2' } })
  expect(bridge.seen.filter(line => line === 'POST initialize')).toHaveLength(2)
  await bridge.finish()
  expect(bridge.rest()).toEqual([])
})

test('server requests come through the session stream and their answers go back', async () => {
  let stream: ServerResponse | undefined
  const door = legacyDoor((message, _request, response) => {
    response.writeHead(202).end()
    stream?.write(
      `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/got', params: message['result'] })}\n\n`,
    )
  })
  const bridge = await bridgeTo((message, request, response) => {
    if (request.method !== 'GET') return door(message, request, response)
    stream = response
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 'q', method: 'roots/list' })}\n\n`)
  })
  bridge.say(initialize)
  await bridge.hear()
  bridge.say(initialized)
  expect(await bridge.hear()).toEqual({ jsonrpc: '2.0', id: 'q', method: 'roots/list' })
  bridge.say({ jsonrpc: '2.0', id: 'q', result: { roots: [] } })
  expect(await bridge.hear()).toMatchObject({ params: { roots: [] } })
  await bridge.finish()
})

test('the session stream is opened again after a cut, from the last event on', async () => {
  const resumed: unknown[] = []
  const door = legacyDoor((_message, _request, response) => response.writeHead(202).end())
  const bridge = await bridgeTo((message, request, response) => {
    if (request.method !== 'GET') return door(message, request, response)
    resumed.push(request.headers['last-event-id'])
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(
      `id: e${resumed.length}\nretry: 1\ndata: {"jsonrpc":"2.0","method":"notifications/n${resumed.length}"}\n\n`,
    )
    if (resumed.length === 1) setTimeout(() => response.destroy(), 20)
  })
  bridge.say(initialize)
  await bridge.hear()
  bridge.say(initialized)
  expect(await bridge.hear()).toMatchObject({ method: 'notifications/n1' })
  expect(await bridge.hear()).toMatchObject({ method: 'notifications/n2' })
  expect(resumed).toEqual([undefined, 'e1'])
  await bridge.finish()
})

test('a modern message gets the headers HTTP needs, in the encoding of the specification', async () => {
  const heads: Record<string, unknown>[] = []
  const bridge = await bridgeTo((message, request, response) => {
    heads.push(request.headers)
    json(response, 200, { jsonrpc: '2.0', id: message['id'], result: {} })
  })
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'file:///é', _meta } })
  await bridge.hear()
  expect(heads[0]).toMatchObject({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'resources/read',
    'mcp-name': '=?base64?ZmlsZTovLy/DqQ==?=',
  })
  expect(heads[0]).not.toHaveProperty('mcp-session-id')
  await bridge.finish()
})

test('parameters a tool mirrors into headers are learnt, also when nobody has listed yet', async () => {
  const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } }
  const bridge = await bridgeTo((message, request, response) => {
    const { id, method } = message
    if (method === 'tools/list')
      return json(response, 200, { jsonrpc: '2.0', id, result: { tools: [{ name: 't', inputSchema }] } })
    const region = request.headers['mcp-param-region']
    if (region === undefined) return json(response, 400, { jsonrpc: '2.0', id, error: { code: -32020, message: 'no' } })
    json(response, 200, { jsonrpc: '2.0', id, result: { region } })
  })
  const params = { name: 't', arguments: { region: 'eu' }, _meta }
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  expect(await bridge.hear()).toEqual({ jsonrpc: '2.0', id: 1, result: { region: 'eu' } })
  bridge.say({ jsonrpc: '2.0', id: 2, method: 'tools/call', params })
  await bridge.hear()
  expect(bridge.seen).toEqual(['POST tools/call', 'POST tools/list', 'POST tools/call', 'POST tools/call'])
  await bridge.finish()
})

test('a modern cancellation closes the stream, and nothing is answered or forwarded', async () => {
  let closed: Promise<unknown> | undefined
  const bridge = await bridgeTo((_message, _request, response) => {
    closed = once(response, 'close')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n')
  })
  bridge.say({ jsonrpc: '2.0', id: 'c', method: 'tools/call', params: { name: 't', _meta } })
  await bridge.hear()
  bridge.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c', _meta } })
  await closed
  await bridge.finish()
  expect(bridge.seen).toEqual(['POST tools/call'])
  expect(bridge.rest()).toEqual([])
})

test('a legacy cancellation is a message like any other', async () => {
  const bridge = await bridgeTo(legacyDoor((_message, _request, response) => response.writeHead(202).end()))
  bridge.say(initialize)
  await bridge.hear()
  bridge.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
  await bridge.finish()
  expect(bridge.seen).toContain('POST notifications/cancelled')
})

test('an answer cut off is an error that says so, and is never asked for again', async () => {
  const bridge = await bridgeTo((_message, _request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': begun\n\n')
    setTimeout(() => response.destroy(), 10)
  })
  bridge.say({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 't', _meta } })
  const answer = await bridge.hear()
  expect(answer).toMatchObject({ id: 5, error: { code: -31411, data: { code: 'ERR_BRIDGE_LOST' } } })
  expect(bridge.seen).toEqual(['POST tools/call'])
  await bridge.finish()
})

test('a gateway that is not there is tried for a while, then the request is answered', async () => {
  let nowMs = 0
  const clock: Clock = {
    ...systemClock,
    steadyMs: () => nowMs,
    sleep: async ms => {
      nowMs += ms
    },
  }
  const bridge = await bridgeTo(() => undefined, { clock, url: 'http://127.0.0.1:1/mcp' })
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'ping' })
  const answer = await bridge.hear()
  expect(answer).toMatchObject({ id: 1, error: { data: { code: 'ERR_BRIDGE_UNREACHABLE' } } })
  expect(nowMs).toBeGreaterThan(limits.bridgeSendMs - limits.bridgeSendPauseMsMax)
  expect(nowMs).toBeLessThanOrEqual(limits.bridgeSendMs)
  await bridge.finish()
})

test('refusals of the gateway keep their code and get the id of the request', async () => {
  const bridge = await bridgeTo((message, _request, response) => {
    if (message['method'] === 'plain')
      return void response.writeHead(401, { 'content-type': 'text/plain' }).end('who are you')
    json(response, 400, { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no', data: { a: 1 } } })
  })
  bridge.say({ jsonrpc: '2.0', id: 'x', method: 'ping' })
  expect(await bridge.hear()).toEqual({
    jsonrpc: '2.0',
    id: 'x',
    error: { code: -32600, message: 'no', data: { a: 1 } },
  })
  bridge.say({ jsonrpc: '2.0', id: 'y', method: 'plain' })
  expect(await bridge.hear()).toMatchObject({ id: 'y', error: { code: -31412, data: { code: 'ERR_BRIDGE_REFUSED' } } })
  await bridge.finish()
})

test('a subscription survives a cut: acknowledged once, and what may have been missed is said', async () => {
  let rounds = 0
  const bridge = await bridgeTo((_message, _request, response) => {
    rounds += 1
    const notify = (method: string) =>
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method, params: { round: rounds } })}\n\n`)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    notify('notifications/subscriptions/acknowledged')
    if (rounds === 1) setTimeout(() => response.destroy(), 20)
  })
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['file:///a'] }
  bridge.say({ jsonrpc: '2.0', id: 9, method: 'subscriptions/listen', params: { notifications, _meta } })
  expect(await bridge.hear()).toMatchObject({
    method: 'notifications/subscriptions/acknowledged',
    params: { round: 1 },
  })
  const missed = { _meta: { 'io.modelcontextprotocol/subscriptionId': 9 } }
  expect(await bridge.hear()).toEqual({ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: missed })
  expect(await bridge.hear()).toMatchObject({ method: 'notifications/resources/updated', params: { uri: 'file:///a' } })
  await bridge.finish()
  expect(rounds).toBe(2)
})

test('a line that is no JSON is answered and the next one carried', async () => {
  const bridge = await bridgeTo((message, _request, response) =>
    json(response, 200, { jsonrpc: '2.0', id: message['id'], result: {} }),
  )
  bridge.say('{"jsonrpc":')
  expect(await bridge.hear()).toMatchObject({ id: null, error: { code: -32700 } })
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'ping' })
  expect(await bridge.hear()).toMatchObject({ id: 1 })
  await bridge.finish()
})

test('an answer written over several lines becomes one line, its numbers untouched', async () => {
  const bridge = await bridgeTo((_message, _request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{\n  "jsonrpc": "2.0",\r\n  "id": 1,\n  "result": { "n": 12345678901234567890.5 }\n}\n')
  })
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'ping' })
  await bridge.finish()
  expect(bridge.rest()).toEqual(['{   "jsonrpc": "2.0",   "id": 1,   "result": { "n": 12345678901234567890.5 } }'])
})

test('answers still open when the client ends are waited for', async () => {
  const bridge = await bridgeTo((message, _request, response) => {
    setTimeout(() => json(response, 200, { jsonrpc: '2.0', id: message['id'], result: {} }), 50)
  })
  bridge.say({ jsonrpc: '2.0', id: 1, method: 'ping' })
  await bridge.finish()
  expect(bridge.rest()).toHaveLength(1)
})
