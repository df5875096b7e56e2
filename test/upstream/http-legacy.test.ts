/** Streamable HTTP of the legacy era: sessions owned and shared, questions in mid-call, GET streams, resumption. */
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { ListenOptions, UpstreamRequest } from '../../src/upstream/upstream.ts'
import {
  type Fixture,
  type FixtureOptions,
  json,
  metaOf,
  result,
  startFixture,
  startRaw,
  stream,
} from '../fixtures/upstreams/server.ts'
import { gist, request, stopAfterTest, useHttp } from '../fixtures/upstreams/use.ts'

async function legacy(options: Partial<FixtureOptions> = {}): Promise<Fixture> {
  const call: FixtureOptions['call'] = (message, response) => {
    if (message.id === undefined || message.method === undefined) response.writeHead(202).end()
    else result(message, response, { content: [] })
  }
  return stopAfterTest(await startFixture({ era: 'legacy', sessions: true, call, ...options }))
}

function listenOptions(more: Partial<ListenOptions>): ListenOptions {
  const { client, onRequest } = request()
  return {
    client,
    pool: 'grant-1',
    filter: {},
    signal: new AbortController().signal,
    onNotification: () => undefined,
    onRequest,
    onEnd: () => undefined,
    ...more,
  }
}

const sessionOf = (fixture: Fixture, method: string) =>
  fixture.of(method).map(seen => seen.headers['mcp-session-id'] as string | undefined)

test('the probe falls back to initialize, and ends the session it opened', async () => {
  const fixture = await legacy()
  const upstream = useHttp(fixture.url)
  const identity = await upstream.identity()
  expect(identity.ok && identity.value).toMatchObject({ era: 'legacy', protocolVersion: '2025-11-25' })
  expect(fixture.seen.map(seen => seen.message.method ?? seen.verb).slice(0, 3)).toEqual([
    'server/discover',
    'initialize',
    'notifications/initialized',
  ])
  await expect.poll(() => fixture.sessions.size).toBe(0)
})

test.each([301, 401, 403, 429, 500, 503])('HTTP %i decides nothing about the era', async status => {
  const verbs: string[] = []
  const raw = stopAfterTest(
    await startRaw((incoming, response, body) => {
      verbs.push(body === '' ? String(incoming.method) : (JSON.parse(body) as { method: string }).method)
      response.writeHead(status).end()
    }),
  )
  const upstream = useHttp(raw.url)
  expect((await upstream.identity()).ok).toBe(false)
  expect(verbs).toEqual(['server/discover'])
  expect(upstream.status()).toMatchObject({ state: 'failing' })
})

test('callers of one pool with equal capabilities share a session; other pools and capabilities do not', async () => {
  const fixture = await legacy()
  const upstream = useHttp(fixture.url)
  const client = (capabilities: UpstreamRequest['client']['capabilities']) => ({ capabilities, clientInfo: {} })
  await Promise.all([upstream.send(request({ pool: 'a' })), upstream.send(request({ pool: 'a' }))])
  await upstream.send(request({ pool: 'b' }))
  await upstream.send(request({ pool: 'a', client: client({ sampling: {} }) }))
  await upstream.send(request({ pool: 'a' }))
  const [one, two, three, four, five] = sessionOf(fixture, 'tools/call')
  expect(one).toBeDefined()
  expect(two).toBe(one)
  expect(five).toBe(one)
  expect(new Set([one, three, four]).size).toBe(3)
  const opened = fixture.of('initialize').slice(1)
  expect(opened.map(seen => seen.message.params?.['capabilities'])).toEqual([{}, {}, { sampling: {} }])
  expect(opened.every(seen => JSON.stringify(seen.message.params?.['clientInfo']).includes('sallyport-test'))).toBe(
    true,
  )
})

test('a dead shared session is opened again once and the call is made once', async () => {
  const fixture = await legacy()
  const upstream = useHttp(fixture.url)
  expect(gist(await upstream.send(request()))).toBe('result')
  fixture.sessions.clear()
  expect(gist(await upstream.send(request()))).toBe('result')
  // the refused one, and the one that was answered
  expect(fixture.of('tools/call')).toHaveLength(3)
})

test('a session refused with 400, −32000 and the word session is as dead as one refused with 404', async () => {
  let dead = true
  const fixture = await legacy({
    call: (message, response) => {
      if (!dead) return result(message, response, {})
      dead = false
      const error = { code: -32000, message: 'Bad Request: No valid session ID provided' }
      json(response, { jsonrpc: '2.0', error, id: null }, 400)
    },
  })
  expect(gist(await useHttp(fixture.url).send(request()))).toBe('result')
})

test('a session of one client carries its declaration and dies with a refusal', async () => {
  const fixture = await legacy()
  const upstream = useHttp(fixture.url)
  const client = { capabilities: { roots: {} }, clientInfo: { name: 'claude', version: '2' } }
  const session = await upstream.openSession(client)
  if (!session.ok) throw new Error(session.refusal.message)
  const { ref } = session.value
  expect(fixture.of('initialize').at(-1)?.message.params).toMatchObject(client)
  expect(gist(await upstream.send(request({ session: ref })))).toBe('result')
  const other = useHttp(fixture.url)
  expect(gist(await other.send(request({ session: ref })))).toBe('result')
  await upstream.closeSession(ref)
  expect(fixture.sessions.has(ref.split(' ')[1] as string)).toBe(false)
  expect(gist(await upstream.send(request({ session: ref })))).toBe('refused ERR_UPSTREAM_SESSION_GONE')
  expect(upstream.status().state).toBe('ready')
  expect(gist(await upstream.send(request({ session: '2025-11-25 a\r\nb' })))).toBe('refused ERR_UPSTREAM_SESSION_GONE')
})

test('a server without sessions gives an empty ref, and its calls name only the version', async () => {
  const fixture = await legacy({ sessions: false, version: '2025-06-18' })
  const upstream = useHttp(fixture.url)
  const session = await upstream.openSession(request().client)
  expect(session.ok && session.value.ref).toBe('')
  expect(gist(await upstream.send(request({ session: '' })))).toBe('result')
  const [seen] = fixture.of('tools/call')
  expect(seen?.headers['mcp-session-id']).toBeUndefined()
  expect(seen?.headers['mcp-protocol-version']).toBe('2025-06-18')
})

test('the version header starts with 2025-06-18', async () => {
  const fixture = await legacy({ version: '2025-03-26' })
  await useHttp(fixture.url).send(request())
  expect(fixture.of('tools/call')[0]?.headers['mcp-protocol-version']).toBeUndefined()
})

test('a version nobody knows is refused', async () => {
  const fixture = await legacy({ version: '2019-01-01' })
  const outcome = await useHttp(fixture.url).send(request())
  expect(gist(outcome)).toBe('refused ERR_UPSTREAM_VERSION')
})

test('a log level opens a session of its own and is set there before the call', async () => {
  const fixture = await legacy({ capabilities: { tools: {}, logging: {} } })
  const upstream = useHttp(fixture.url)
  await upstream.send(request({ logLevel: 'debug' }))
  await upstream.send(request())
  const [set] = fixture.of('logging/setLevel')
  const [loud, quiet] = sessionOf(fixture, 'tools/call')
  expect(set?.message.params).toEqual({ level: 'debug' })
  expect(set?.headers['mcp-session-id']).toBe(loud)
  expect(quiet).not.toBe(loud)
})

test('a question in mid-call reaches the caller, and the answer the server', async () => {
  let waiting: ServerResponse | undefined
  let callId: unknown
  const fixture = await legacy({
    call: (message, response) => {
      if (message.method === 'tools/call') {
        waiting = response
        callId = message.id
        const send = stream(response)
        send({ jsonrpc: '2.0', id: 'q1', method: 'elicitation/create', params: { message: 'name?' } })
        send({ jsonrpc: '2.0', id: 7, method: 'ping' })
      } else {
        response.writeHead(202).end()
        if (message.id === 'q1') {
          waiting?.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: callId, result: { got: message.result } })}\n\n`)
        }
      }
    },
  })
  const asked: unknown[] = []
  const outcome = await useHttp(fixture.url).send(
    request({
      client: { capabilities: { elicitation: {} }, clientInfo: {} },
      // longer than the idle time: silence while a question is open is not the server's
      idleMs: 300,
      onRequest: async (method, params) => {
        asked.push([method, params])
        await new Promise(resolve => setTimeout(resolve, 800))
        return { result: { action: 'accept', content: { name: 'Ann' } } }
      },
    }),
  )
  expect(asked).toEqual([['elicitation/create', { message: 'name?' }]])
  expect(outcome.kind === 'result' && outcome.result).toEqual({ got: { action: 'accept', content: { name: 'Ann' } } })
  const answers = fixture.seen.filter(seen => seen.message.id === 7)
  expect(answers.map(seen => seen.message.result)).toEqual([{}])
  expect(answers[0]?.headers['mcp-session-id']).toBe(sessionOf(fixture, 'tools/call')[0])
})

test('a question the server withdraws is withdrawn at the caller', async () => {
  const fixture = await legacy({
    call: (message, response) => {
      if (message.method !== 'tools/call') return void response.writeHead(202).end()
      const send = stream(response)
      send({ jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} })
      send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
      setTimeout(() => {
        send({ jsonrpc: '2.0', id: message.id, result: {} })
        response.end()
      }, 100)
    },
  })
  let withdrawn = false
  const outcome = await useHttp(fixture.url).send(
    request({
      client: { capabilities: { elicitation: {} }, clientInfo: {} },
      onRequest: (_method, _params, signal) =>
        new Promise(resolve => {
          signal.addEventListener('abort', () => {
            withdrawn = true
            resolve({ result: {} })
          })
        }),
    }),
  )
  expect(gist(outcome)).toBe('result')
  expect(withdrawn).toBe(true)
})

test('an aborted signal tells the server, because closing a stream does not cancel in this era', async () => {
  const fixture = await legacy({
    call: (message, response) => {
      if (message.method === 'tools/call') stream(response)(':')
      else response.writeHead(202).end()
    },
  })
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 300)
  const outcome = await useHttp(fixture.url).send(request({ signal: controller.signal }))
  expect(gist(outcome)).toBe('unknown ERR_UPSTREAM_CANCELLED')
  await expect.poll(() => fixture.of('notifications/cancelled').length).toBe(1)
  const [cancelled] = fixture.of('notifications/cancelled')
  expect(cancelled?.message.params?.['requestId']).toBe(fixture.of('tools/call')[0]?.message.id)
})

test('a stream that breaks after an event id is resumed, and the answer counts', async () => {
  let callId: unknown
  const fixture = await legacy({
    call: (message, response) => {
      if (message.method !== 'tools/call') return void response.writeHead(202).end()
      callId = message.id
      stream(response)('', 'id: e1\nretry: 50\n')
      setTimeout(() => response.end(), 20)
    },
    get: (seen, response) => {
      expect(seen.headers['last-event-id']).toBe('e1')
      stream(response)({ jsonrpc: '2.0', id: callId, result: { resumed: true } })
      response.end()
    },
  })
  const outcome = await useHttp(fixture.url).send(request())
  expect(outcome.kind === 'result' && outcome.result).toEqual({ resumed: true })
  expect(fixture.of('tools/call')).toHaveLength(1)
})

test.each([404, 405, 401, 500, 0])(
  'a resumption refused with %i leaves the call unknown, and is never a reason to call again',
  async status => {
    const fixture = await legacy({
      call: (message, response) => {
        if (message.method !== 'tools/call') return response.writeHead(202).end()
        stream(response)('', 'id: e1\nretry: 10\n')
        return setTimeout(() => response.end(), 20)
      },
      get: (_, response) => (status === 0 ? response.socket?.destroy() : response.writeHead(status).end()),
    })
    const outcome = await useHttp(fixture.url).send(request())
    expect(gist(outcome)).toBe('unknown ERR_UPSTREAM_LOST')
    expect(fixture.of('tools/call')).toHaveLength(1)
  },
)

test('the stream of a session hands its owner everything, progress to its call, and is opened again', async () => {
  const streams: ((value: unknown, fields?: string) => boolean)[] = []
  const responses: ServerResponse[] = []
  const fixture = await legacy({
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
    get: (_, response) => {
      responses.push(response)
      streams.push(stream(response))
      streams.at(-1)?.('', 'id: s1\nretry: 30\n')
    },
    call: (message, response) => {
      if (message.method !== 'tools/call') return result(message, response, {})
      const { progressToken } = metaOf(message)
      streams.at(-1)?.({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1 } })
      setTimeout(() => result(message, response, {}), 50)
    },
  })
  const upstream = useHttp(fixture.url)
  const session = await upstream.openSession(request().client)
  if (!session.ok) throw new Error('no session')
  const { ref } = session.value
  const heard: unknown[] = []
  const listening = await upstream.listen(
    listenOptions({
      session: ref,
      filter: { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['a:b'] },
      onNotification: (method, params) => void heard.push([method, params]),
    }),
  )
  expect(listening).toEqual({
    ok: true,
    value: { honoured: { toolsListChanged: true, resourceSubscriptions: ['a:b'] } },
  })
  expect(fixture.of('resources/subscribe').map(seen => seen.message.params)).toEqual([{ uri: 'a:b' }])
  streams[0]?.({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 1 } })
  streams[0]?.({ jsonrpc: '2.0', method: 'notifications/x/unknown', params: {} })
  await expect.poll(() => heard.length).toBe(1)
  const progress: unknown[] = []
  await upstream.send(
    request({ session: ref, progressToken: 'p', onNotification: (_, params) => void progress.push(params) }),
  )
  expect(progress).toEqual([{ progressToken: 'p', progress: 1 }])
  responses[0]?.end()
  await expect.poll(() => streams.length).toBe(2)
  streams[1]?.({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
  await expect.poll(() => heard.length).toBe(2)
  expect(fixture.seen.filter(seen => seen.verb === 'GET').at(-1)?.headers['last-event-id']).toBe('s1')
  expect(upstream.status().counters.droppedNotifications).toBe(1)
})

test('listeners of a shared session share its stream and hear only what they asked for', async () => {
  let send: ((value: unknown) => boolean) | undefined
  let gets = 0
  const posted: unknown[] = []
  const fixture = await legacy({
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true } },
    get: (_, response) => {
      gets++
      send = stream(response)
      send('')
    },
    call: (message, response) => {
      if (message.error !== undefined) posted.push(message.error)
      response.writeHead(202).end()
    },
  })
  const upstream = useHttp(fixture.url)
  const heard: Record<string, string[]> = { tools: [], prompts: [] }
  const ends: string[] = []
  const controller = new AbortController()
  for (const [name, filter] of [
    ['tools', { toolsListChanged: true }],
    ['prompts', { promptsListChanged: true }],
  ] as const) {
    const listening = await upstream.listen(
      listenOptions({
        filter,
        signal: controller.signal,
        onNotification: method => void heard[name]?.push(method),
        onEnd: reason => void ends.push(reason),
      }),
    )
    expect(listening).toEqual({ ok: true, value: { honoured: filter } })
  }
  expect(gets).toBe(1)
  send?.({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
  send?.({ jsonrpc: '2.0', method: 'notifications/prompts/list_changed' })
  send?.({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info' } })
  send?.({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} })
  await expect.poll(() => posted.length).toBe(1)
  expect(heard).toEqual({
    tools: ['notifications/tools/list_changed'],
    prompts: ['notifications/prompts/list_changed'],
  })
  expect(upstream.status().counters).toMatchObject({ droppedNotifications: 1, refusedQuestions: 1 })
  controller.abort()
  expect(ends).toEqual([])
})

test('a question on the stream of a shared session goes to the one call that can be meant, or to nobody', async () => {
  let send: ((value: unknown) => boolean) | undefined
  const waiting: { id: unknown; response: ServerResponse }[] = []
  const answers: unknown[] = []
  let asked = 0
  const fixture = await legacy({
    capabilities: { tools: {}, logging: {} },
    get: (_, response) => {
      send = stream(response)
      send('')
    },
    call: (message, response) => {
      if (message.method === 'tools/call') {
        waiting.push({ id: message.id, response })
        if (message.params?.['name'] === 'ask') {
          send?.({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'error', data: 1 } })
          send?.({ jsonrpc: '2.0', id: `q${asked++}`, method: 'elicitation/create', params: {} })
        }
        return
      }
      response.writeHead(202).end()
      if (message.method !== undefined) return
      answers.push(message.result ?? message.error)
      for (const { id, response: call } of waiting.splice(0)) json(call, { jsonrpc: '2.0', id, result: {} })
    },
  })
  const upstream = useHttp(fixture.url)
  const heard: unknown[] = []
  const ask = (name: string) =>
    upstream.send(
      request({
        params: { name, arguments: {} },
        client: { capabilities: { elicitation: {} }, clientInfo: {} },
        onNotification: (_, params) => void heard.push([name, params['data']]),
        onRequest: () => Promise.resolve({ result: { action: 'accept', by: name } }),
      }),
    )
  expect(gist(await ask('ask'))).toBe('result')
  expect(answers).toEqual([{ action: 'accept', by: 'ask' }])
  expect(heard).toEqual([['ask', 1]])
  const both = [ask('other')]
  await expect.poll(() => waiting.length).toBe(1)
  both.push(ask('ask'))
  expect((await Promise.all(both)).map(gist)).toEqual(['result', 'result'])
  expect(answers[1]).toMatchObject({ code: -32603 })
  expect(heard).toHaveLength(1)
  expect(fixture.seen.filter(seen => seen.verb === 'GET')).toHaveLength(1)
})

test('a server without a GET stream has no stream', async () => {
  const fixture = await legacy()
  const listening = await useHttp(fixture.url).listen(listenOptions({ filter: { toolsListChanged: true } }))
  expect(listening.ok === false && listening.refusal.code).toBe('ERR_UPSTREAM_NO_STREAM')
})

test('what one client tells goes to its own session only', async () => {
  const fixture = await legacy()
  const upstream = useHttp(fixture.url)
  await upstream.identity()
  await upstream.notify('notifications/roots/list_changed', {})
  const session = await upstream.openSession(request().client)
  if (!session.ok) throw new Error('no session')
  await upstream.notify('notifications/roots/list_changed', {}, session.value.ref)
  expect(sessionOf(fixture, 'notifications/roots/list_changed')).toEqual([session.value.ref.split(' ')[1]])
})
