/** Streamable HTTP of 2026-07-28 against raw fixture servers: what is sent, what is read, what each ending proves. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { limits } from '../../src/limits.ts'
import {
  type Fixture,
  json,
  type Message,
  metaOf,
  result,
  startFixture,
  startRaw,
  stream,
} from '../fixtures/upstreams/server.ts'
import { gist, request, stopAfterTest, useHttp } from '../fixtures/upstreams/use.ts'

type Answer = Parameters<typeof startFixture>[0]['call']

async function modern(call: Answer): Promise<Fixture> {
  return stopAfterTest(await startFixture({ era: 'modern', call }))
}

const echo: Answer = (message, response) => result(message, response, { content: [], echoed: message.params })

test('the identity is asked once and is what the server said', async () => {
  const fixture = await modern(echo)
  const upstream = useHttp(fixture.url)
  const [first, second] = await Promise.all([upstream.identity(), upstream.identity()])
  expect(first).toEqual({
    ok: true,
    value: {
      era: 'modern',
      protocolVersion: '2026-07-28',
      capabilities: { tools: {} },
      serverInfo: { name: 'fixture', version: '1' },
    },
  })
  expect(second).toEqual(first)
  expect(fixture.of('server/discover')).toHaveLength(1)
  expect(upstream.status().state).toBe('ready')
})

test('a call carries the protocol headers, the request keys and the mirrored values, and nothing else', async () => {
  const fixture = await modern(echo)
  const upstream = useHttp(fixture.url, { headers: { 'X-Team': 'red' } })
  const outcome = await upstream.send(
    request({
      client: { capabilities: { elicitation: {} }, clientInfo: { name: 'agent', version: '1' } },
      params: { name: 'echo', arguments: { a: 1 }, _meta: { traceparent: '00-1', progressToken: 'theirs' } },
      mcpName: 'echo',
      mcpParams: { 'Mcp-Param-Region': '=?base64?w6k=?=' },
      logLevel: 'warning',
    }),
  )
  expect(gist(outcome)).toBe('result')
  const [seen] = fixture.of('tools/call')
  const names = (seen?.rawHeaders ?? []).filter((_, index) => index % 2 === 0).map(name => name.toLowerCase())
  expect(names.toSorted()).toEqual([
    ...['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'host'],
    ...['mcp-method', 'mcp-name', 'mcp-param-region', 'mcp-protocol-version', 'user-agent', 'x-team'],
  ])
  expect(seen?.headers).toMatchObject({
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
    'mcp-param-region': '=?base64?w6k=?=',
    'mcp-protocol-version': '2026-07-28',
    'x-team': 'red',
  })
  expect(seen?.message.params).toEqual({
    name: 'echo',
    arguments: { a: 1 },
    _meta: {
      traceparent: '00-1',
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      'io.modelcontextprotocol/clientInfo': { name: 'agent', version: '1' },
      'io.modelcontextprotocol/logLevel': 'warning',
    },
  })
})

test('numbers and unknown members come back digit for digit', async () => {
  const fixture = await modern((message, response) =>
    json(
      response,
      `{"jsonrpc":"2.0","id":${message.id},"result":{"n":12345678901234567890,"__proto__":{"x":1e400},"z":1.0}}`,
    ),
  )
  const outcome = await useHttp(fixture.url).send(request())
  expect(outcome.kind === 'result' && JSON.stringify(outcome.result)).toBe(
    '{"n":12345678901234567890,"__proto__":{"x":1e400},"z":1}',
  )
})

test('progress goes out under our token and comes back under the agent’s', async () => {
  const fixture = await modern((message, response) => {
    const meta = metaOf(message)
    const send = stream(response)
    send({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: meta['progressToken'], progress: 1 },
    })
    send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'foreign', progress: 2 } })
    send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })
    send({ jsonrpc: '2.0', id: message.id, result: { content: [] } })
    response.end()
  })
  const upstream = useHttp(fixture.url)
  const heard: unknown[] = []
  const outcome = await upstream.send(
    request({ progressToken: 'mine', onNotification: (method, params) => void heard.push([method, params]) }),
  )
  expect(gist(outcome)).toBe('result')
  expect(heard).toEqual([
    ['notifications/progress', { progressToken: 'mine', progress: 1 }],
    ['notifications/message', { level: 'info', data: 'x' }],
  ])
  expect(upstream.status().counters.droppedNotifications).toBe(1)
  const sent = fixture.of('tools/call')[0]?.message as Message
  expect(metaOf(sent)['progressToken']).toBe(sent.id)
})

test('a caller that is slow stops the socket, and every notification arrives in order', async () => {
  const filler = 'x'.repeat(32 * 1024)
  let written = 0
  const fixture = await modern((message, response) => {
    const send = stream(response)
    const next = () => {
      while (written < 600) {
        const params = { progressToken: message.id, progress: written, filler }
        written++
        if (!send({ jsonrpc: '2.0', method: 'notifications/progress', params }))
          return void response.once('drain', next)
      }
      send({ jsonrpc: '2.0', id: message.id, result: { content: [] } })
      response.end()
    }
    next()
  })
  const heard: unknown[] = []
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const sending = useHttp(fixture.url).send(
    request({
      progressToken: 1,
      onNotification: (_, params) => {
        heard.push(params['progress'])
        return heard.length === 1 ? held : Promise.resolve()
      },
    }),
  )
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(heard).toEqual([0])
  // 20 MB are waiting at the server: what fits into socket buffers has left, the rest has not
  expect(written).toBeLessThan(400)
  release()
  expect(gist(await sending)).toBe('result')
  expect(heard).toEqual(Array.from({ length: 600 }, (_, index) => index))
})

test('an aborted signal closes the stream, which is the cancellation of this era', async () => {
  let closed = false
  const fixture = await modern((message, response) => {
    if (message.method !== 'tools/call') return
    stream(response)(':')
    response.on('close', () => {
      closed = true
    })
  })
  const controller = new AbortController()
  const sending = useHttp(fixture.url).send(request({ signal: controller.signal }))
  setTimeout(() => controller.abort(), 200)
  expect(gist(await sending)).toBe('unknown ERR_UPSTREAM_CANCELLED')
  await expect.poll(() => closed).toBe(true)
  expect(fixture.of('notifications/cancelled')).toEqual([])
  const late = await useHttp(fixture.url).send(request({ signal: AbortSignal.abort() }))
  expect(gist(late)).toBe('refused ERR_UPSTREAM_CANCELLED')
})

test.each<[string, number, unknown, string, boolean?]>([
  ['method not found', 404, { code: -32601, message: 'no' }, 'error -32601', true],
  ['invalid params', 400, { code: -32602, message: 'no' }, 'error -32602', true],
  [
    'missing capability',
    400,
    { code: -32021, message: 'no', data: { requiredCapabilities: {} } },
    'error -32021',
    true,
  ],
  ['an internal error', 500, { code: -32603, message: 'no' }, 'error -32603', false],
  ['an error of its own', 200, { code: -32000, message: 'no' }, 'error -32000', false],
])('%s is an error with its proof', async (_, status, error, expected, certain) => {
  const fixture = await modern((message, response) => json(response, { jsonrpc: '2.0', id: message.id, error }, status))
  const outcome = await useHttp(fixture.url).send(request())
  expect(gist(outcome)).toBe(expected)
  expect(outcome).toMatchObject({ status, certainlyNotExecuted: certain })
})

test.each<[number, string]>([
  [301, 'refused ERR_UPSTREAM_REDIRECT'],
  [302, 'unknown ERR_UPSTREAM_REDIRECT'],
  [303, 'unknown ERR_UPSTREAM_REDIRECT'],
  [307, 'refused ERR_UPSTREAM_REDIRECT'],
  [401, 'refused ERR_UPSTREAM_UNAUTHORIZED'],
  [403, 'refused ERR_UPSTREAM_UNAUTHORIZED'],
  [404, 'refused ERR_UPSTREAM_REFUSED'],
  [405, 'refused ERR_UPSTREAM_REFUSED'],
  [406, 'refused ERR_UPSTREAM_REFUSED'],
  [415, 'refused ERR_UPSTREAM_REFUSED'],
  [400, 'unknown ERR_UPSTREAM_FAILED'],
  [409, 'unknown ERR_UPSTREAM_FAILED'],
  [500, 'unknown ERR_UPSTREAM_FAILED'],
  [503, 'unknown ERR_UPSTREAM_FAILED'],
  [200, 'unknown ERR_UPSTREAM_INVALID'],
  [202, 'unknown ERR_UPSTREAM_INVALID'],
])('HTTP %i without a message is %s', async (status, expected) => {
  const fixture = await modern(
    (_, response) => void response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(),
  )
  expect(gist(await useHttp(fixture.url).send(request()))).toBe(expected)
})

test('a 429 says when to come back', async () => {
  const fixture = await modern((_, response) => void response.writeHead(429, { 'retry-after': '7' }).end())
  const outcome = await useHttp(fixture.url).send(request())
  expect(gist(outcome)).toBe('refused ERR_UPSTREAM_BUSY')
  expect(outcome.kind === 'refused' && outcome.refusal.data).toEqual({ status: 429, retryAfterMs: 7000 })
})

test.each<[string, (message: Message) => unknown]>([
  ['no JSON', () => 'nonsense'],
  ['a batch', message => [{ jsonrpc: '2.0', id: message.id, result: {} }]],
  ['a foreign id', message => ({ jsonrpc: '2.0', id: Number(message.id) + 1, result: {} })],
  ['the id as text', message => ({ jsonrpc: '2.0', id: String(message.id), result: {} })],
  ['another version', message => ({ jsonrpc: '1.0', id: message.id, result: {} })],
  ['result and error', message => ({ jsonrpc: '2.0', id: message.id, result: {}, error: { code: 1, message: '' } })],
  ['a result that is no object', message => ({ jsonrpc: '2.0', id: message.id, result: [1] })],
  ['a request', message => ({ jsonrpc: '2.0', id: message.id, method: 'ping' })],
])('an answer that is %s is unknown, never a success', async (_, answer) => {
  const fixture = await modern((message, response) => json(response, answer(message)))
  expect(gist(await useHttp(fixture.url).send(request()))).toBe('unknown ERR_UPSTREAM_INVALID')
})

test('a connection refused is refused, a connection cut in mid-call is unknown', async () => {
  const fixture = await modern((message, response) => {
    if (message.method === 'tools/call') response.socket?.destroy()
  })
  const upstream = useHttp(fixture.url)
  expect(gist(await upstream.send(request()))).toBe('unknown ERR_UPSTREAM_LOST')
  await fixture.stop()
  expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_UNREACHABLE')
  expect(upstream.status()).toMatchObject({ state: 'failing' })
})

test('https to a server that speaks no TLS is refused', async () => {
  const fixture = await modern(echo)
  const outcome = await useHttp(fixture.url.replace('http:', 'https:')).send(request())
  expect(gist(outcome)).toBe('refused ERR_UPSTREAM_TLS')
  expect(fixture.seen).toEqual([])
})

test('a server that cannot be reached is asked again what it is', async () => {
  const fixture = await modern(echo)
  const upstream = useHttp(fixture.url)
  await upstream.identity()
  await fixture.stop()
  expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_UNREACHABLE')
  const identity = await upstream.identity()
  expect(identity.ok).toBe(false)
})

test('what is known of a server is asked again when it is old, without holding up or losing a call', async () => {
  let discovers = 0
  const raw = stopAfterTest(
    await startRaw((_, response, body) => {
      const message = JSON.parse(body) as Message
      if (message.method !== 'server/discover') return result(message, response, {})
      discovers++
      if (discovers === 2) return response.writeHead(503).end()
      return result(message, response, { supportedVersions: ['2026-07-28'], capabilities: {} })
    }),
  )
  let laterMs = 0
  const clock = { ...systemClock, steadyMs: () => systemClock.steadyMs() + laterMs }
  const upstream = useHttp(raw.url, {}, { clock })
  expect(gist(await upstream.send(request()))).toBe('result')
  for (const expected of [2, 3]) {
    laterMs += limits.upstreamIdentityMs + 1
    expect(gist(await upstream.send(request()))).toBe('result')
    await expect.poll(() => discovers).toBe(expected)
  }
  expect(gist(await upstream.send(request()))).toBe('result')
  expect(upstream.status().state).toBe('ready')
})

test('a stopped upstream refuses, and ends what is running', async () => {
  const fixture = await modern(() => undefined)
  const upstream = useHttp(fixture.url)
  await upstream.identity()
  const running = upstream.send(request())
  await expect.poll(() => fixture.of('tools/call').length).toBe(1)
  await upstream.stop()
  expect(gist(await running)).toBe('unknown ERR_UPSTREAM_LOST')
  expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_STOPPED')
})

test('a subscription delivers what was asked for under its own id, and its end', async () => {
  let end: () => void = () => undefined
  const fixture = await modern((message, response) => {
    const send = stream(response)
    const _meta = { 'io.modelcontextprotocol/subscriptionId': message.id, kept: 1 }
    const foreign = { 'io.modelcontextprotocol/subscriptionId': 'other' }
    const notify = (method: string, params: Record<string, unknown>) => send({ jsonrpc: '2.0', method, params })
    notify('notifications/subscriptions/acknowledged', { notifications: { toolsListChanged: true }, _meta })
    notify('notifications/tools/list_changed', { _meta })
    notify('notifications/tools/list_changed', { _meta: foreign })
    notify('notifications/prompts/list_changed', { _meta })
    notify('notifications/resources/updated', { uri: 'a:b', _meta })
    notify('notifications/resources/updated', { uri: 'a:c', _meta })
    end = () => {
      send({ jsonrpc: '2.0', id: message.id, result: { resultType: 'complete', _meta } })
      response.end()
    }
  })
  const upstream = useHttp(fixture.url)
  const heard: unknown[] = []
  const ends: string[] = []
  const listening = await upstream.listen({
    client: request().client,
    pool: 'grant-1',
    filter: { toolsListChanged: true, resourceSubscriptions: ['a:b'] },
    signal: new AbortController().signal,
    onNotification: (method, params) => void heard.push([method, params]),
    onRequest: request().onRequest,
    onEnd: reason => void ends.push(reason),
  })
  expect(listening).toEqual({ ok: true, value: { honoured: { toolsListChanged: true } } })
  await expect.poll(() => heard.length).toBe(2)
  expect(heard).toEqual([
    ['notifications/tools/list_changed', { _meta: { kept: 1 } }],
    ['notifications/resources/updated', { uri: 'a:b', _meta: { kept: 1 } }],
  ])
  expect(upstream.status().counters.droppedNotifications).toBe(3)
  end()
  await expect.poll(() => ends).toEqual(['the server ended the subscription'])
})
