/** Groups framing, headers and identity, through a running gateway: what is refused never reaches the server. */
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, fields } from '../fixtures/fields.ts'
import { adminOf, ledgerOf, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let upstream: FixtureServer<DoorContent>
let gateway: TestGateway
let port: number

beforeAll(async () => {
  upstream = await startDoorUpstream('both')
  gateway = await startGateway({
    servers: { door: localServer(upstream.url), other: localServer(upstream.url) },
    grants: {
      agent: { servers: { door: 'allow-all' } },
      second: { servers: { door: 'allow-all', other: 'allow-all' } },
    },
  })
  port = Number(new URL(gateway.url).port)
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

afterEach(() => {
  upstream.content.reached.length = 0
})

interface Plain {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
  json: Fields
}

interface Sent {
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
}

const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

function modernBody(method: string, params: Fields = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: modernMeta } })
}

function modernHeaders(method: string, name?: string): Record<string, string> {
  return {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': name }),
  }
}

const callBody = modernBody('tools/call', { name: 'read_file', arguments: {} })
const callHeaders = modernHeaders('tools/call', 'read_file')

/** Sends exactly what it is told, with a valid credential unless a header says otherwise. */
function send(options: Sent = {}): Promise<Plain> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: options.method ?? 'POST',
        path: options.path ?? '/mcp/door',
        headers: {
          host: `127.0.0.1:${port}`,
          authorization: `Bearer ${gateway.tokens['agent']}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          ...options.headers,
        },
      },
      incoming => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          text += chunk
        })
        incoming.on('end', () => {
          let json: Fields = {}
          if (text.startsWith('{')) json = JSON.parse(text) as Fields
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(options.body ?? callBody)
  })
}

const codeOf = (answer: Plain): unknown => fields(answer.json['error'])['code']
const nameOf = (answer: Plain): unknown => fields(fields(answer.json['error'])['data'])['code']

function expectNothingForwarded(): void {
  expect(upstream.content.calls()).toEqual([])
}

async function recordsOf(code: string): Promise<number> {
  return (await ledgerOf(gateway)).filter(line => line['code'] === code).length
}

test('the plain call of this file passes', async () => {
  const answer = await send({ headers: callHeaders })
  expect(answer.status).toBe(200)
  expect(upstream.content.calls()).toEqual(['read_file'])
})

// -- framing ---------------------------------------------------------------------------------------------------------

test.each([
  ['two calls', `[${callBody},${callBody}]`],
  ['one call', `[${callBody}]`],
  ['none', '[]'],
])('A-001 batch body with %s → 400 −32600, refused whole', async (_, body) => {
  const before = await recordsOf('ERR_WIRE_BATCH')
  const answer = await send({ headers: callHeaders, body })
  expect([answer.status, codeOf(answer)]).toEqual([400, -32600])
  expectNothingForwarded()
  expect(await recordsOf('ERR_WIRE_BATCH')).toBe(before + 1)
})

test('A-002 tools/call without id → refused; upstream sees nothing', async () => {
  const body = callBody.replace('"id":1,', '')
  const modern = await send({ headers: callHeaders, body })
  expect(modern.status).toBeGreaterThanOrEqual(400)
  const legacy = await new RawClient(gateway.endpoint('door'), gateway.tokens['agent'] as string, 'legacy').connect()
  expect(await legacy.notify('tools/call', { name: 'read_file', arguments: {} })).toBeGreaterThanOrEqual(400)
  expectNothingForwarded()
})

test.each([`${callBody}x`, `${callBody}${callBody}`, `${callBody}]`])(
  'A-004 trailing bytes → 400 −32700',
  async body => {
    const answer = await send({ headers: callHeaders, body })
    expect([answer.status, codeOf(answer)]).toEqual([400, -32700])
    expectNothingForwarded()
  },
)

test('A-005 a duplicate key at any depth → ERR_WIRE_DUPLICATE_KEY', async () => {
  for (const body of [
    callBody.replace('"name":"read_file"', '"name":"read_file","name":"delete_user"'),
    callBody.replace('"arguments":{}', '"arguments":{"a":{"b":1,"b":2}}'),
  ]) {
    const answer = await send({ headers: callHeaders, body })
    expect([answer.status, nameOf(answer)]).toEqual([400, 'ERR_WIRE_DUPLICATE_KEY'])
  }
  expectNothingForwarded()
})

test.each([
  ['"method"', '"Method":"tools/list","method"'],
  ['"params"', '"param\\u017f":{},"params"'],
  ['"name"', '"\uff4eame":"delete_user","name"'],
  ['"arguments"', '"Arguments":{},"arguments"'],
])('A-006 fold-equal envelope keys %s → refused', async (key, replacement) => {
  const answer = await send({ headers: callHeaders, body: callBody.replace(key, replacement) })
  expect(answer.status).toBe(400)
  expectNothingForwarded()
})

test.each([
  ['BOM', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(callBody)])],
  ['UTF-16', Buffer.from(callBody, 'utf16le')],
  ['overlong', Buffer.concat([Buffer.from(callBody.slice(0, -1)), Buffer.from([0xc0, 0xaf, 0x7d])])],
  ['invalid', Buffer.from(callBody.replace('read_file', 'read_\u00ff'), 'latin1')],
  ['lone surrogate', Buffer.from(callBody.replace('"arguments":{}', '"arguments":{"a":"\\ud800"}'))],
  ['NUL', Buffer.from(callBody.replace('"arguments":{}', '"arguments":{"a":"\\u0000"}'))],
])('A-009 %s → 400', async (_, body) => {
  expect((await send({ headers: callHeaders, body })).status).toBe(400)
  expectNothingForwarded()
})

test.each(['"1.0"', '2.0', 'null', 'true'])('A-010 jsonrpc %s → refused', async version => {
  const answer = await send({ headers: callHeaders, body: callBody.replace('"jsonrpc":"2.0"', `"jsonrpc":${version}`) })
  expect([answer.status, codeOf(answer)]).toEqual([400, -32600])
  expectNothingForwarded()
})

test('A-012 nesting depth 100,000 → refused at the limit, recorded', async () => {
  const before = await recordsOf('ERR_WIRE_TOO_DEEP')
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const answer = await send({
    headers: callHeaders,
    body: callBody.replace('"arguments":{}', `"arguments":{"a":${deep}}`),
  })
  expect([answer.status, nameOf(answer)]).toEqual([400, 'ERR_WIRE_TOO_DEEP'])
  expect(await recordsOf('ERR_WIRE_TOO_DEEP')).toBe(before + 1)
  expectNothingForwarded()
})

test('A-014 a body one byte over the limit → 413 with Content-Length and chunked; the limit itself is read', async () => {
  const padded = (bytes: number) => callBody + ' '.repeat(bytes - callBody.length)
  expect((await send({ headers: callHeaders, body: padded(limits.requestBytesMax) })).status).toBe(200)
  upstream.content.reached.length = 0
  expect((await send({ headers: callHeaders, body: padded(limits.requestBytesMax + 1) })).status).toBe(413)
  const chunked = { ...callHeaders, 'transfer-encoding': 'chunked' }
  expect((await send({ headers: chunked, body: padded(limits.requestBytesMax + 1) })).status).toBe(413)
  expectNothingForwarded()
})

test('A-014 a Content-Length that lies: too large is refused before the body, too small is cut off', async () => {
  const head = (length: number) =>
    `POST /mcp/door HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${gateway.tokens['agent']}\r\n` +
    `Content-Type: application/json\r\nMcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: read_file\r\n` +
    `Content-Length: ${length}\r\n\r\n`
  expect(await rawExchange(head(limits.requestBytesMax + 1))).toMatch(/^HTTP\/1\.1 413/)
  expect(await rawExchange(head(callBody.length - 5) + callBody)).toMatch(/^HTTP\/1\.1 400/)
  expectNothingForwarded()
})

test('A-015 a compressed body → 415', async () => {
  const answer = await send({ headers: { ...callHeaders, 'content-encoding': 'gzip' }, body: randomBytes(64) })
  expect(answer.status).toBe(415)
  expectNothingForwarded()
})

test('A-018 __proto__ and constructor in arguments are plain data and reach the server as such', async () => {
  const body = callBody.replace(
    '"arguments":{}',
    '"arguments":{"__proto__":{"polluted":1},"constructor":{"prototype":{"x":1}}}',
  )
  expect((await send({ headers: callHeaders, body })).status).toBe(200)
  const [call] = upstream.content.reached
  expect(JSON.stringify(call?.params['arguments'])).toContain('"__proto__":{"polluted":1}')
  expect(({} as Fields)['polluted']).toBeUndefined()
})

test.each([
  ['CL and TE', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['space before colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['obfuscated TE', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
])('A-020 request smuggling: %s → 400 and the connection is closed', async (_, rest) => {
  const credential = `Authorization: Bearer ${gateway.tokens['agent']}\r\nContent-Type: application/json`
  const answer = await rawExchange(`POST /mcp/door HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${credential}\r\n${rest}`)
  expect(answer).toMatch(/^HTTP\/1\.1 400/)
})

test('A-020 bare line feeds between headers → 400 and the connection is closed', async () => {
  expect(await rawExchange(`POST /mcp/door HTTP/1.1\nHost: 127.0.0.1:${port}\n\n`)).toMatch(/^HTTP\/1\.1 400/)
})

/** Writes bytes on a socket and returns everything until the other side closes. */
function rawExchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.on('error', error => (text === '' ? reject(error) : resolve(text)))
    socket.setTimeout(20_000, () => socket.destroy())
  })
}

// -- headers ---------------------------------------------------------------------------------------------------------

test('A-021 Mcp-Name: read_file with body delete_user → 400 −32020', async () => {
  const body = modernBody('tools/call', { name: 'delete_user', arguments: {} })
  const answer = await send({ headers: callHeaders, body })
  expect([answer.status, codeOf(answer)]).toEqual([400, -32020])
  expectNothingForwarded()
})

test.each([
  ['missing', undefined, -32020],
  ['unknown', 'v999.0.0', -32020],
  ['older than served', '2024-10-07', -32020],
  ['a legacy version', '2025-11-25', -32020],
])('A-023 MCP-Protocol-Version %s on a modern body → 400, never weaker rules', async (_, version, code) => {
  const { 'mcp-protocol-version': _own, ...rest } = callHeaders
  const answer = await send({
    headers: { ...rest, ...(version === undefined ? {} : { 'mcp-protocol-version': version }) },
  })
  expect([answer.status, codeOf(answer)]).toEqual([400, code])
  expectNothingForwarded()
})

test('A-023 an unknown version in header and body → 400 −32022 with the versions served', async () => {
  const body = callBody.replace('2026-07-28', 'v999.0.0')
  const answer = await send({ headers: { ...callHeaders, 'mcp-protocol-version': 'v999.0.0' }, body })
  expect([answer.status, codeOf(answer)]).toEqual([400, -32022])
  expect(fields(fields(answer.json['error'])['data'])['requested']).toBe('v999.0.0')
})

test.each(['https://evil', 'null', 'http://127.0.0.1.evil.com', 'http://localhost:1', 'file://'])(
  'A-025 Origin %s → 403',
  async origin => {
    expect((await send({ headers: { ...callHeaders, origin } })).status).toBe(403)
    expectNothingForwarded()
  },
)

test('A-026 Host: evil.com → 421 before the credential is looked at', async () => {
  const answer = await send({ headers: { ...callHeaders, host: 'evil.com', authorization: 'Bearer wrong' } })
  expect(answer.status).toBe(421)
  expectNothingForwarded()
})

test('A-027 forwarding headers from a client change nothing', async () => {
  const forwarded = {
    x_forwarded_user: 'root',
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-host': 'evil.com',
    'x-forwarded-uri': '/mcp/other',
    forwarded: 'for=1.2.3.4;host=evil.com',
  }
  expect((await send({ headers: { ...callHeaders, ...forwarded } })).status).toBe(200)
  const [last] = (await ledgerOf(gateway)).slice(-1)
  expect([last?.['principal'], last?.['server']]).toEqual(['agent-principal', 'door'])
})

test('A-029 line breaks in a mirrored argument never become a header', async () => {
  const evil = 'eu\r\nX-Injected: 1'
  const body = modernBody('tools/call', { name: 'region_tool', arguments: { region: evil } })
  const encoded = `=?base64?${Buffer.from(evil).toString('base64')}?=`
  const answer = await send({
    headers: { ...modernHeaders('tools/call', 'region_tool'), 'mcp-param-region': encoded },
    body,
  })
  expect(answer.status).toBe(200)
  expect(fields(upstream.content.reached.at(-1)?.params['arguments'])['region']).toBe(evil)
  const bare = await send({ headers: modernHeaders('tools/call', 'region_tool'), body })
  expect([bare.status, codeOf(bare)]).toEqual([400, -32020])
})

test.each(['GET', 'DELETE', 'PUT', 'HEAD', 'OPTIONS', 'PATCH'])('A-030 %s on the endpoint → 405', async method => {
  const answer = await send({ method, headers: { 'mcp-protocol-version': '2026-07-28' }, body: '' })
  expect(answer.status).toBe(405)
  expectNothingForwarded()
})

test('a repeated header that decides something is refused', async () => {
  for (const header of ['mcp-name', 'mcp-param-region']) {
    const answer = await send({ headers: { ...callHeaders, [header]: ['read_file', 'delete_user'] } })
    expect([header, answer.status]).toEqual([header, 400])
  }
  expectNothingForwarded()
})

// -- identity --------------------------------------------------------------------------------------------------------

test.each([
  ['none', undefined],
  ['empty', ''],
  ['a scheme without a token', 'Bearer   '],
  ['Basic', 'Basic dXNlcjpwYXNz'],
  ['garbage', '%%% \u00ff'],
  ['two tokens', 'Bearer a, Bearer b'],
  ['a token of the right form that was never given', `Bearer sp_${'A'.repeat(43)}`],
])('A-032 credential: %s → 401, no principal', async (_, authorization) => {
  const records = (await ledgerOf(gateway)).length
  const answer = await send({ headers: { ...callHeaders, authorization: authorization ?? [] } })
  expect(answer.status).toBe(401)
  expect(String(answer.headers['www-authenticate'])).toContain('/.well-known/oauth-protected-resource/mcp/door')
  expectNothingForwarded()
  expect((await ledgerOf(gateway)).length).toBe(records)
})

test('A-032 a refused credential is refused before the body is read', async () => {
  const answer = await rawExchange(
    `POST /mcp/door HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer wrong\r\nContent-Length: 4000000\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 401/)
})

/** A token of the JWS compact form. Nothing of that form is a credential here until there is an issuer. */
function jws(head: Fields, claims: Fields, signature: string): string {
  const part = (value: Fields) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(head)}.${part(claims)}.${signature}`
}

test('A-033 A-034 signed tokens for another audience, of algorithm none, with an unknown key or key address → 401, nothing fetched', async () => {
  const claims = {
    iss: 'https://issuer.example.com',
    sub: 'agent-principal',
    aud: 'https://other.example.com',
    exp: 9_999_999_999,
  }
  const own = { ...claims, aud: gateway.endpoint('door') }
  const tokens = [
    jws({ alg: 'RS256', kid: 'k1' }, claims, randomBytes(256).toString('base64url')),
    jws({ alg: 'none' }, own, ''),
    jws({ alg: 'HS256', kid: 'k1' }, own, randomBytes(32).toString('base64url')),
    jws({ alg: 'RS256', kid: 'unknown' }, own, randomBytes(256).toString('base64url')),
    jws(
      { alg: 'RS256', jku: `${upstream.url}/jwks`, x5u: `${upstream.url}/cert` },
      own,
      randomBytes(256).toString('base64url'),
    ),
  ]
  const before = upstream.headers.at(-1)
  for (const token of tokens) {
    const answer = await send({ headers: { ...callHeaders, authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(401)
  }
  expectNothingForwarded()
  expect(upstream.headers.at(-1)).toBe(before)
})

test('a server that is not of the grant and one that does not exist are refused alike', async () => {
  const answers = await Promise.all(['/mcp/other', '/mcp/nowhere'].map(path => send({ path, headers: callHeaders })))
  expect(answers.map(answer => answer.status)).toEqual([403, 403])
  expect(answers[0]?.text.replaceAll('other', 'nowhere')).toBe(answers[1]?.text)
})

test('A-038 a session id used with another credential → the answer of an unknown one', async () => {
  const alice = await new RawClient(gateway.endpoint('door'), gateway.tokens['agent'] as string, 'legacy').connect()
  const bob = new RawClient(gateway.endpoint('door'), gateway.tokens['second'] as string, 'legacy')
  bob.sessionId = alice.sessionId
  const stolen = await bob.request('tools/list')
  bob.sessionId = 'nothing-like-a-session'
  const unknown = await bob.request('tools/list')
  expect([stolen.status, stolen.error]).toEqual([unknown.status, unknown.error])
  expect(stolen.status).toBe(404)
  expect((await alice.request('tools/list')).status).toBe(200)
})

test('A-040 the agent’s own token is nowhere in what the server receives', async () => {
  await send({ headers: callHeaders })
  const legacy = await new RawClient(gateway.endpoint('door'), gateway.tokens['agent'] as string, 'legacy').connect()
  await legacy.request('tools/call', { name: 'read_file', arguments: {} })
  const token = gateway.tokens['agent'] as string
  expect(JSON.stringify(upstream.content.reached)).not.toContain(token)
  expect(JSON.stringify(upstream.headers)).not.toContain(token)
})

test('A-041 an agent credential at the control API → 403 always', async () => {
  for (const path of ['/api/v1/status', '/api/v1/grants', '/api/v1/ledger', '/api/v1/nothing']) {
    const answer = await send({ method: 'GET', path, body: '' })
    expect([path, answer.status]).toEqual([path, 403])
  }
  const { credential } = await adminOf(gateway)
  const admin = await send({ headers: { ...callHeaders, authorization: `Bearer ${credential}` } })
  expect(admin.status).toBe(401)
})
