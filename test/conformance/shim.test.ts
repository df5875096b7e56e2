/** The token shim changes nothing but the token: otherwise the conformance results would be the shim's. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTokenShim, type TokenShim } from '../fixtures/token-shim.ts'

let shim: TokenShim
let stop: () => Promise<void>
let seen: IncomingMessage[]
let handle: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  seen = []
  const server = createServer((incoming, response) => {
    seen.push(incoming)
    handle(incoming, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  shim = await startTokenShim(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp/x`, 'sp_token')
  stop = async () => {
    await shim.stop()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

afterEach(() => stop())

test('adds the token and passes Host, Origin and other headers, status and body through', async () => {
  handle = (incoming, response) => {
    response.writeHead(418, { 'X-Mixed-Case': 'kept', 'content-type': 'text/plain' })
    incoming.pipe(response)
  }
  const answer = await new Promise<{ status: number | undefined; names: string[]; body: string }>((resolve, reject) => {
    const headers = { host: 'evil.example.com', origin: 'http://evil.example.com', 'Mcp-Name': '  spaced  ' }
    const sent = request(shim.url, { method: 'POST', headers }, response => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8')
      })
      response.on('end', () => resolve({ status: response.statusCode, names: response.rawHeaders, body }))
    })
    sent.on('error', reject)
    sent.end('body')
  })
  expect(answer).toMatchObject({ status: 418, body: 'body' })
  expect(answer.names).toContain('X-Mixed-Case')
  expect(seen[0]?.url).toBe('/mcp/x')
  expect(seen[0]?.headers).toMatchObject({
    host: 'evil.example.com',
    origin: 'http://evil.example.com',
    authorization: 'Bearer sp_token',
  })
})

test('passes a stream on as it comes, and a client that leaves is seen behind the shim', async () => {
  const left = new Promise<void>(resolve => {
    handle = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: first\n\n')
      response.on('close', () => resolve())
    }
  })
  const abort = new AbortController()
  const response = await fetch(shim.url, { method: 'POST', body: '{}', signal: abort.signal })
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: first\n\n')
  abort.abort()
  await left
})

test('a server that breaks off is seen in front of the shim', async () => {
  handle = (_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: first\n\n')
    setTimeout(() => response.destroy(), 20)
  }
  const response = await fetch(shim.url, { method: 'POST', body: '{}' })
  await expect(response.text()).rejects.toThrow()
})
