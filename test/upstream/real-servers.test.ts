/** Real servers from npm over every transport, as they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../src/upstream/upstream.ts'
import { binaryOf, startEverything } from '../fixtures/real-servers.ts'
import { gist, request, stopAfterTest, useHttp, useStdio } from '../fixtures/upstreams/use.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-real-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const npm = (name: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  useStdio(process.execPath, [binaryOf(name), ...args], { env })

async function tools(upstream: Upstream): Promise<number> {
  const outcome = await upstream.send(request({ method: 'tools/list', params: {} }))
  return outcome.kind === 'result' ? (outcome.result['tools'] as readonly unknown[]).length : -1
}

describe.each(['streamableHttp', 'sse', 'stdio'] as const)('server-everything over %s', transport => {
  async function everything(): Promise<Upstream> {
    if (transport === 'stdio') return npm('@modelcontextprotocol/server-everything', ['stdio'])
    return useHttp(stopAfterTest(await startEverything(transport)).url)
  }

  test('lists, calls, tells progress, asks its client', async () => {
    const upstream = await everything()
    const identity = await upstream.identity()
    expect(identity.ok && identity.value).toMatchObject({
      era: 'legacy',
      protocolVersion: transport === 'sse' ? '2024-11-05' : '2025-11-25',
    })
    expect(await tools(upstream)).toBeGreaterThanOrEqual(13)
    const echo = { name: 'echo', arguments: { message: 'hello' } }
    const echoed = await upstream.send(request({ params: echo }))
    expect(echoed.kind === 'result' && echoed.result).toEqual({ content: [{ type: 'text', text: 'Echo: hello' }] })
    const heard: unknown[] = []
    const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } }
    const ran = await upstream.send(
      request({ params: long, progressToken: 'p', onNotification: (_, params) => void heard.push(params) }),
    )
    expect(gist(ran)).toBe('result')
    expect(heard).toEqual([1, 2, 3].map(progress => ({ progress, total: 3, progressToken: 'p' })))
    const sampled = await upstream.send(
      request({
        params: { name: 'trigger-sampling-request', arguments: { prompt: 'say hi', maxTokens: 5 } },
        client: { capabilities: { sampling: {} }, clientInfo: {} },
        onRequest: method =>
          Promise.resolve({
            result: { role: 'assistant', model: method, content: { type: 'text', text: 'hi there' } },
          }),
      }),
    )
    expect(JSON.stringify(sampled)).toContain('hi there')
    const unknown = await upstream.send(request({ method: 'x/y', params: {} }))
    expect(unknown).toMatchObject({ kind: 'error', certainlyNotExecuted: true, error: { code: -32601 } })
  })
})

test('server-everything refuses a session it has ended, and so do we', async () => {
  const upstream = useHttp(stopAfterTest(await startEverything('streamableHttp')).url)
  const session = await upstream.openSession(request().client)
  if (!session.ok) throw new Error('no session')
  const { ref } = session.value
  expect(gist(await upstream.send(request({ session: ref, method: 'ping', params: {} })))).toBe('result')
  await upstream.closeSession(ref)
  const gone = await upstream.send(request({ session: ref, method: 'ping', params: {} }))
  expect(gist(gone)).toBe('refused ERR_UPSTREAM_SESSION_GONE')
})

test('server-filesystem keeps to its own folder and is told nothing about roots', async () => {
  writeFileSync(join(folder, 'note.txt'), 'héllo')
  const upstream = npm('@modelcontextprotocol/server-filesystem', [folder])
  expect(await tools(upstream)).toBe(14)
  const read = { name: 'read_text_file', arguments: { path: join(folder, 'note.txt') } }
  const client = { capabilities: { roots: { listChanged: true } }, clientInfo: {} }
  const outcome = await upstream.send(request({ params: read, client }))
  expect(JSON.stringify(outcome)).toContain('héllo')
  expect(upstream.status().counters.refusedQuestions).toBe(0)
})

test('server-memory writes and reads', async () => {
  const upstream = npm('@modelcontextprotocol/server-memory', [], { MEMORY_FILE_PATH: join(folder, 'memory.json') })
  expect(await tools(upstream)).toBe(9)
  const entity = { name: 'sallyport', entityType: 'gateway', observations: ['two doors'] }
  const create = { name: 'create_entities', arguments: { entities: [entity] } }
  expect(gist(await upstream.send(request({ params: create })))).toBe('result')
  const read = await upstream.send(request({ params: { name: 'read_graph', arguments: {} } }))
  expect(JSON.stringify(read)).toContain('two doors')
})

test('context7 is modern over stdio', async () => {
  const upstream = npm('@upstash/context7-mcp')
  const identity = await upstream.identity()
  expect(identity.ok && identity.value).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' })
  expect(await tools(upstream)).toBe(2)
})
