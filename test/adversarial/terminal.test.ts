/** What servers and agents say, on the operator's terminal: every command shows it escaped, whoever wrote it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { type Ran, runRecorded } from '../fixtures/recorded-shell.ts'

/** Clear the screen, hide what follows, turn the line around, vanish, ring, go back over the line, end the line. */
const hostile =
  '\u001b[2J\u001b[8mhidden\u001b[0m \u202eevil\u202c \u200bzero \u{e0041} \u0007 \rserver is approved\n  ok'
const inputSchema = {
  type: 'object',
  properties: { [`a${hostile}`]: { type: 'string', description: hostile, enum: [hostile] } },
}
const tools = [{ name: 'plain', title: hostile, description: hostile, inputSchema, [`x${hostile}`]: hostile }]

const upstream = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString('utf8')
  })
  request.on('end', () => {
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const { id, method } = JSON.parse(body) as { id?: number; method: string }
    const results: Record<string, unknown> = {
      initialize: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: hostile, version: hostile },
      },
      'tools/list': { tools },
    }
    if (id === undefined) return void response.writeHead(202).end()
    const result = results[method]
    const answer = result === undefined ? { error: { code: -32601, message: hostile } } : { result }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
  })
})
let gateway: TestGateway

beforeAll(async () => {
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  gateway = await startGateway({ servers: {} })
})
afterAll(async () => {
  await gateway?.stop()
  upstream.close()
})

function run(...argv: string[]): Promise<Ran> {
  return runRecorded([...argv, '--data-dir', gateway.dataDir])
}

/** Nothing but visible characters, spaces and our own line ends. */
function expectClean({ out, err }: Ran): void {
  const unclean = [...`${out}${err}`].filter(
    character => character !== '\n' && /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(character),
  )
  expect(unclean).toEqual([])
}

test('A-074 hidden characters in every part of a definition → shown escaped by add, review and show', async () => {
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`
  const added = await run('server', 'add', 'bad', url, '--private')
  expect(added.code).toBe(1)
  expect(added.out).toContain('\\u001b[8mhidden')
  expect(added.out).toContain('\\u202eevil')
  expect(added.out).toContain('\\u200bzero \\udb40\\udc41 \\u0007')
  expectClean(added)
  for (const argv of [['review', 'bad'], ['show', 'bad'], ['show', 'bad', '--full'], ['list']])
    expectClean(await run('server', ...argv))
})

test('A-074 a line of a description cannot pass for a line of the command', async () => {
  const { out } = await run('server', 'review', 'bad')
  expect(out.split('\n').filter(line => line.includes('ok') && !line.startsWith('    '))).toEqual([])
})

test('A-044 names from the command line that nobody knows → refused, shown escaped', async () => {
  for (const argv of [
    ['server', 'show', hostile],
    ['ledger', 'show', hostile],
    ['policy', 'show', hostile],
    ['grant', 'revoke', hostile, '--yes'],
    [hostile],
  ]) {
    const ran = await run(...argv)
    expect(ran.code).toBeGreaterThan(0)
    expectClean(ran)
  }
})

test('A-074 JSON output → the same characters, as JSON escapes', async () => {
  const ran = await run('server', 'show', 'bad', '--json')
  expectClean(ran)
  const shown = JSON.parse(ran.out) as { tools: { description: string }[] }
  expect(shown.tools[0]?.description).toBe(hostile)
})
