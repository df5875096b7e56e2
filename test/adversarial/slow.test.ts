/** clients that hold on to sockets are cut by our own timers, and a healthy client does not notice them. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let upstream: FixtureServer<DoorContent>
let gateway: TestGateway
let port: number

beforeAll(async () => {
  upstream = await startDoorUpstream('modern')
  gateway = await startGateway({ servers: { door: localServer(upstream.url) } })
  port = Number(new URL(gateway.url).port)
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

interface Held {
  readonly socket: Socket
  readonly closedAfterMs: Promise<number>
}

/** Opens a socket, writes `first`, then `drip` every second, and reports when the other side closes it. */
function hold(first: string, drip: string): Held {
  const startedMs = performance.now()
  const socket = connect(port, '127.0.0.1', () => socket.write(first))
  const timer = setInterval(() => socket.write(drip), 1000)
  socket.resume()
  const closedAfterMs = new Promise<number>(resolve => {
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(performance.now() - startedMs)
    })
  })
  return { socket, closedAfterMs }
}

const slack = 2 * limits.connectionCheckMs + 3000

test('A-017 slow heads and slow bodies, 1 byte a second → closed by our timers; a healthy client is served throughout', async () => {
  const head = `POST /mcp/door HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
  const body = `${head}Authorization: Bearer ${gateway.tokens['agent']}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`
  const slowHeads = Array.from({ length: 50 }, () => hold(head, 'X'))
  const slowBodies = Array.from({ length: 50 }, () => hold(body, ' '))
  const client = new RawClient(gateway.endpoint('door'), gateway.tokens['agent'] as string, 'modern')
  const until = performance.now() + limits.requestMs + slack
  const all = Promise.all([...slowHeads, ...slowBodies].map(held => held.closedAfterMs))
  let served = 0
  let isDone = false
  void all.then(() => {
    isDone = true
  })
  while (!isDone && performance.now() < until) {
    const answer = await client.request('tools/call', { name: 'read_file', arguments: {} })
    expect(answer.status).toBe(200)
    served += 1
    await sleep(500)
  }
  expect(served).toBeGreaterThan(10)
  expect(isDone).toBe(true)
  for (const closedMs of await Promise.all(slowHeads.map(held => held.closedAfterMs))) {
    expect(closedMs).toBeLessThan(limits.headersMs + slack)
  }
  for (const closedMs of await Promise.all(slowBodies.map(held => held.closedAfterMs))) {
    expect(closedMs).toBeLessThan(limits.requestMs + slack)
  }
}, 90_000)
