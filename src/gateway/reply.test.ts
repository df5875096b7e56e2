import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { limits } from '../limits.ts'
import { Reply } from './reply.ts'

let server: Server | undefined
let socket: Socket | undefined

afterEach(() => {
  vi.useRealTimers()
  socket?.destroy()
  server?.closeAllConnections()
  server?.close()
})

/** A response whose client reads nothing. */
async function unread(): Promise<{ response: ServerResponse; reply: Reply }> {
  const arrived = Promise.withResolvers<ServerResponse>()
  server = createServer((_, response) => arrived.resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const response = await arrived.promise
  return { response, reply: new Reply(response, true) }
}

const large = { jsonrpc: '2.0', text: 'x'.repeat(8 * 1024 * 1024) }

test('a stream that has ended writes no more comments while its client is still reading', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { response, reply } = await unread()
  const faults: unknown[] = []
  response.on('error', fault => faults.push(fault))
  void reply.notify(large)
  reply.finish(200)
  expect(response.writableFinished).toBe(false)
  vi.advanceTimersByTime(2 * limits.streamKeepAliveMs)
  reply.answer(1, { kind: 'result', result: {} })
  await new Promise(resolve => setImmediate(resolve))
  expect(faults).toEqual([])
})

test('back-pressure: a message resolves when the client takes it, or is gone', async () => {
  const { response, reply } = await unread()
  const taken = reply.notify(large)
  expect(taken).toBeInstanceOf(Promise)
  response.destroy()
  await taken
  expect(reply.notify({})).toBeUndefined()
})

test('a client that takes nothing is let go, with a stream and with a plain answer', async () => {
  const streaming = await unread()
  streaming.reply.openStream()
  expect(streaming.response.socket?.timeout).toBe(limits.clientStallMs)
  socket?.destroy()
  server?.close()
  const plain = await unread()
  plain.reply.answer(1, { kind: 'result', result: large })
  expect(plain.response.socket?.timeout).toBe(limits.clientStallMs)
})

test('a taken answer leaves no time limit to a request that was sent behind it', async () => {
  const waiting = Promise.withResolvers<ServerResponse>()
  server = createServer((request, response) => {
    if (request.url === '/first') new Reply(response, false).answer(1, { kind: 'result', result: {} })
    else waiting.resolve(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  const second = await waiting.promise
  await new Promise(resolve => setImmediate(resolve))
  expect(second.socket?.timeout ?? 0).toBe(0)
})
