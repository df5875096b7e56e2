/**
 * Servers that misbehave at random, with a journal of what they really did: a call that is reported as refused was
 * never acted on, no call is acted on twice, and every call ends. The seed is printed with a failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { json, type Message, metaOf, result, startRaw, stream } from '../fixtures/upstreams/server.ts'
import { gist, request, stopAfterTest, useHttp, useProcess } from '../fixtures/upstreams/use.ts'

type Random = () => number

function randomFrom(seed: number): Random {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

const idOf = (message: Message) => Number((message.params?.['arguments'] as { id?: number } | undefined)?.id)

/** What a server may do with a call. Every habit but the first has acted. */
const habits: ((message: Message, response: ServerResponse, random: Random, era: string) => unknown)[] = [
  (_, response, random, era) => response.writeHead(era === 'legacy' || random() < 0.5 ? 404 : 429).end(),
  (message, response) => result(message, response, {}),
  (message, response) => result(message, response, {}),
  (message, response, random) => setTimeout(() => result(message, response, {}), random() * 100),
  (_, response) => response.socket?.destroy(),
  (_, response) => response.writeHead(500).end('x'),
  (_, response) => json(response, '"garbage"'),
  (_, response) => void stream(response),
  (_, response, random) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"jsonr')
    setTimeout(() => response.socket?.destroy(), random() * 50)
  },
  (message, response, random) => {
    const send = stream(response)
    const { progressToken } = metaOf(message)
    for (let progress = 0; progress < 20; progress++) {
      send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress } })
    }
    send({ jsonrpc: '2.0', id: message.id, result: {} })
    if (random() < 0.5) response.end()
  },
  (_, response) => {
    stream(response)('', 'id: 1\nretry: 10\n')
    response.end()
  },
  (_, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nbroken\r\n\r\n')
    response.socket?.end()
  },
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"a')
    setTimeout(() => response.socket?.destroy(), 20)
  },
]

async function chaotic(era: 'modern' | 'legacy', random: Random): Promise<{ url: string; acted: Map<number, number> }> {
  const acted = new Map<number, number>()
  const raw = await startRaw((incoming, response, body) => {
    const message = body === '' ? undefined : (JSON.parse(body) as Message)
    if (message?.method === undefined) return response.writeHead(incoming.method === 'GET' ? 405 : 202).end()
    if (message.method === 'server/discover' && era === 'modern') {
      return result(message, response, { supportedVersions: ['2026-07-28'], capabilities: {} })
    }
    if (message.method === 'initialize') {
      const greeting = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }
      const session = { 'mcp-session-id': `s${Math.floor(random() * 1e9)}` }
      return json(response, { jsonrpc: '2.0', id: message.id, result: greeting }, 200, session)
    }
    if (message.method === 'server/discover') return response.writeHead(400).end()
    if (message.id === undefined) return response.writeHead(202).end()
    const habit = Math.floor(random() * habits.length)
    if (habit !== 0) acted.set(idOf(message), (acted.get(idOf(message)) ?? 0) + 1)
    return habits[habit]?.(message, response, random, era)
  })
  stopAfterTest(raw)
  return { url: raw.url, acted }
}

/** An agent that sometimes cancels, sometimes is slow to take its notifications and sometimes fails to. */
function moody(id: number, random: Random): UpstreamRequest {
  const controller = new AbortController()
  if (random() < 0.1) setTimeout(() => controller.abort(), random() * 100)
  return request({
    params: { name: 'act', arguments: { id } },
    client: { capabilities: random() < 0.3 ? { elicitation: {} } : {}, clientInfo: {} },
    pool: `pool-${id % 5}`,
    signal: controller.signal,
    ...(random() < 0.5 ? { progressToken: 'token' } : {}),
    totalMs: 1200,
    idleMs: 600,
    onNotification: () => {
      const mood = random()
      if (mood < 0.02) throw new Error('moody')
      if (mood > 0.3) return undefined
      return new Promise((resolve, reject) => setTimeout(mood < 0.06 ? reject : resolve, 5))
    },
  })
}

async function runAll(upstream: Upstream, calls: number, atOnce: number, random: Random): Promise<Map<number, string>> {
  const outcomes = new Map<number, string>()
  let next = 0
  const agent = async () => {
    for (let id = next++; id < calls; id = next++) outcomes.set(id, gist(await upstream.send(moody(id, random))))
  }
  await Promise.all(Array.from({ length: atOnce }, agent))
  return outcomes
}

function judge(outcomes: ReadonlyMap<number, string>, acted: ReadonlyMap<number, number>, calls: number): void {
  expect(outcomes.size).toBe(calls)
  const lies = [...outcomes].filter(([id, outcome]) => outcome.startsWith('refused') && acted.has(id))
  expect(lies).toEqual([])
  expect([...acted].filter(([, times]) => times > 1)).toEqual([])
  const kinds = new Set([...outcomes.values()].map(outcome => outcome.split(' ')[0]))
  expect([...kinds].toSorted()).toEqual(['refused', 'result', 'unknown'])
}

describe.each(['modern', 'legacy'] as const)('a %s HTTP server', era => {
  const seed = Math.floor(performance.now() * 1000) % 1_000_000
  test(`tells the truth about 1,500 calls (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    const { url, acted } = await chaotic(era, random)
    const calls = 1500
    judge(await runAll(useHttp(url), calls, 100, random), acted, calls)
  })
})

describe('a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-chaos-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('that dies at random tells the truth about its calls', async () => {
    const file = join(folder, 'journal')
    const upstream = useProcess([], { env: { JOURNAL: file } })
    const random = randomFrom(7)
    const outcomes = new Map<number, string>()
    let next = 0
    const agent = async () => {
      for (let id = next++; id < 120; id = next++) {
        const name = random() < 0.04 ? 'die' : random() < 0.2 ? 'later' : 'echo'
        const params = { name, arguments: { id, ms: 50 } }
        outcomes.set(id, gist(await upstream.send(request({ params, totalMs: 5000 }))))
      }
    }
    await Promise.all(Array.from({ length: 8 }, agent))
    const journal = readFileSync(file, 'utf8').split('\n')
    const acted = new Map<number, number>()
    for (const line of journal) {
      if (!line.startsWith('tools/call ')) continue
      const { arguments: args } = JSON.parse(line.slice('tools/call '.length)) as { arguments: { id: number } }
      acted.set(args.id, (acted.get(args.id) ?? 0) + 1)
    }
    expect(outcomes.size).toBe(120)
    expect([...outcomes].filter(([id, outcome]) => outcome.startsWith('refused') && acted.has(id))).toEqual([])
    expect([...outcomes].filter(([id, outcome]) => outcome === 'result' && !acted.has(id))).toEqual([])
    expect([...acted].filter(([, times]) => times > 1)).toEqual([])
    expect(upstream.status().restarts).toBeGreaterThan(0)
  })
})
