/** The HTTP+SSE transport of 2024-11-05, for servers that have nothing newer. */
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { startRaw } from '../fixtures/upstreams/server.ts'
import { gist, request, stopAfterTest, useHttp } from '../fixtures/upstreams/use.ts'

interface Old {
  readonly url: string
  readonly posts: { readonly connection: string; readonly message: Record<string, unknown> }[]
  readonly streams: Map<string, ServerResponse>
  /** Status of the next posted call. */
  status: number
}

/** A server of 2024-11-05: GET opens a stream that names its endpoint, answers come on the stream. */
async function old(endpoint: (connection: string) => string = name => `/messages?c=${name}`): Promise<Old> {
  const posts: Old['posts'] = []
  const streams: Old['streams'] = new Map()
  let opened = 0
  const state = { status: 202 }
  const raw = stopAfterTest(
    await startRaw((incoming, response, body) => {
      if (incoming.method === 'GET') {
        const name = `c${opened++}`
        streams.set(name, response)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        return void response.write(`event: endpoint\ndata: ${endpoint(name)}\n\n`)
      }
      const connection = /c=(\w+)/.exec(incoming.url ?? '')?.[1]
      if (connection === undefined) return void response.writeHead(405).end()
      const message = JSON.parse(body) as Record<string, unknown>
      posts.push({ connection, message })
      const { id, method } = message
      if (method === 'tools/call' && state.status !== 202) return void response.writeHead(state.status).end()
      response.writeHead(202).end('accepted')
      const initialized = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: {} }
      const result = method === 'initialize' ? initialized : { connection }
      if (id === undefined) return undefined
      return streams
        .get(connection)
        ?.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
    }),
  )
  return Object.assign(state, { url: raw.url, posts, streams })
}

test('the probe ends at the endpoint event, and calls are answered on the stream', async () => {
  const server = await old()
  const upstream = useHttp(server.url)
  const identity = await upstream.identity()
  expect(identity.ok && identity.value).toMatchObject({ era: 'legacy', protocolVersion: '2024-11-05' })
  const outcome = await upstream.send(request())
  expect(outcome.kind === 'result' && outcome.result).toEqual({ connection: 'c1' })
  const session = await upstream.openSession(request().client)
  expect(session.ok && session.value.ref).toBe('')
})

test('one connection a pool and set of capabilities', async () => {
  const server = await old()
  const upstream = useHttp(server.url)
  const client = { capabilities: { sampling: {} }, clientInfo: {} }
  const connections: unknown[] = []
  for (const more of [{ pool: 'a' }, { pool: 'a' }, { pool: 'b' }, { pool: 'a', client }]) {
    const outcome = await upstream.send(request(more))
    connections.push(outcome.kind === 'result' && outcome.result['connection'])
  }
  expect(connections).toEqual(['c1', 'c1', 'c2', 'c3'])
})

test.each([
  [404, 'refused ERR_UPSTREAM_SESSION_GONE'],
  [401, 'refused ERR_UPSTREAM_UNAUTHORIZED'],
  [500, 'unknown ERR_UPSTREAM_FAILED'],
])('a post answered with HTTP %i ends its call as %s', async (status, expected) => {
  const server = await old()
  const upstream = useHttp(server.url)
  await upstream.identity()
  server.status = status
  expect(gist(await upstream.send(request()))).toBe(expected)
})

test('a stream that ends takes its calls with it, and the next call opens another', async () => {
  const server = await old()
  const upstream = useHttp(server.url)
  await upstream.send(request())
  server.streams.get('c1')?.end()
  await expect
    .poll(async () => {
      const outcome = await upstream.send(request())
      return outcome.kind === 'result' && outcome.result['connection']
    })
    .toBe('c2')
})

test.each([
  'http://127.0.0.1:1/messages?c=c0',
  '//localhost/messages?c=c0',
  'https://evil.example/?c=c0',
  'javascript:0',
])('an endpoint on another origin, %s, is refused and nothing is posted', async endpoint => {
  const server = await old(() => endpoint)
  const upstream = useHttp(server.url, { headers: { authorization: 'Bearer secretsecret' } })
  expect((await upstream.identity()).ok).toBe(false)
  expect(server.posts).toEqual([])
})
