/** The control API over a real socket: every operation once as it is meant, and the refusals a caller meets. */
import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { adminOf, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let upstream: FixtureServer<DoorContent>
let gateway: TestGateway
let credential: string

beforeAll(async () => {
  upstream = await startDoorUpstream('both')
  process.env['SALLYPORT_API_TEST_KEY'] = 'header-key-0123456789'
  gateway = await startGateway({
    servers: { door: localServer(upstream.url) },
    policies: { spare: { version: '1', default: 'deny' } },
  })
  ;({ credential } = await adminOf(gateway))
})

afterAll(async () => {
  delete process.env['SALLYPORT_API_TEST_KEY']
  await gateway.stop()
  await upstream.stop()
})

interface Sent {
  readonly raw?: string
  readonly headers?: Record<string, string>
}

async function control(method: string, path: string, body?: unknown, sent: Sent = {}) {
  const payload = sent.raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${credential}`,
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  })
  const answer = await response.text()
  return {
    status: response.status,
    text: answer,
    body: response.headers.get('content-type') === 'application/json' ? (JSON.parse(answer) as Fields) : {},
    headers: response.headers,
  }
}

function codeOf({ status, body }: { status: number; body: Fields }): string {
  return `${status} ${text(fields(body['error'])['code'])}`
}

test('status names the gateway, its servers, its ledger and its configuration', async () => {
  const { body, headers } = await control('GET', '/status')
  expect(body).toMatchObject({
    url: gateway.url,
    servers: [{ name: 'door', state: 'ready', tools: 3, pending: 0 }],
    ledger: { ok: true },
    config: { file: gateway.configFile },
  })
  expect(text(fields(body['config'])['revision'])).toMatch(/^[0-9a-f]{12}$/)
  expect(headers.get('cache-control')).toBe('no-store')
})

test('a server is added, reviewed, called, and removed with everything known of it', async () => {
  const headers = { 'x-key': 'env:SALLYPORT_API_TEST_KEY' }
  const added = await control('POST', '/servers', { name: 'extra', url: upstream.url, network: 'private', headers })
  expect(added.status).toBe(201)
  expect(added.body).toMatchObject({
    name: 'extra',
    kind: 'http',
    managedBy: 'api',
    pin: 'review',
    tools: 0,
    pending: 3,
  })
  expect(codeOf(await control('POST', '/servers', { name: 'extra', url: upstream.url, network: 'private' }))).toBe(
    '409 ERR_SERVER_EXISTS',
  )

  const tools = list((await control('GET', '/servers/extra/tools')).body['tools'])
  const approve = tools.map(({ name, hash }) => ({ tool: name, hash }))
  const review = await control('POST', '/servers/extra/review', { approve })
  expect(list(review.body['approved'])).toHaveLength(3)
  const made = await control('POST', '/grants', { name: 'extra', principal: 'p', servers: { extra: 'allow-all' } })
  const client = new RawClient(gateway.endpoint('extra'), text(made.body['token']), 'modern')
  const called = await client.request('tools/call', { name: 'read_file', arguments: {} })
  expect(JSON.stringify(called.result)).toContain('called read_file')

  expect((await control('DELETE', '/servers/extra')).status).toBe(200)
  expect((await client.request('tools/list')).status).toBe(403)
  expect(codeOf(await control('GET', '/servers/extra'))).toBe('404 ERR_SERVER_UNKNOWN')
  expect(
    (await control('POST', '/servers', { name: 'extra', url: upstream.url, network: 'private' })).body['pending'],
  ).toBe(3)
  await control('DELETE', '/servers/extra')
  await control('DELETE', '/grants/extra')
})

test('a server cannot be added with a mistake; nothing of it stays', async () => {
  const cases: [Fields, string][] = [
    [{ name: 'Bad Name', url: 'https://a.example' }, '400 ERR_SERVER_INVALID'],
    [{ name: 'sallyport', url: 'https://a.example' }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x', url: 'http://127.0.0.1:1/mcp' }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x', url: 'file:///etc/passwd' }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x' }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x', url: 'https://a.example', headers: { authorization: 'Bearer abc' } }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x', url: 'https://a.example', headers: { k: 'env:NOT_SET_ANYWHERE' } }, '400 ERR_SERVER_INVALID'],
    [{ name: 'x', url: 'https://a.example', extra: 1 }, '400 ERR_API_INVALID'],
    [{ url: 'https://a.example' }, '400 ERR_API_INVALID'],
  ]
  for (const [body, code] of cases)
    expect([body, codeOf(await control('POST', '/servers', body))]).toEqual([body, code])
  expect(list((await control('GET', '/servers')).body['servers']).map(server => server['name'])).toEqual(['door'])
  expect(codeOf(await control('DELETE', '/servers/door'))).toBe('409 ERR_SERVER_MANAGED')
})

test('a server that does not answer is added all the same, and says why it has no tools', async () => {
  const added = await control('POST', '/servers', { name: 'down', url: 'http://127.0.0.1:9/mcp', network: 'private' })
  expect(added.body).toMatchObject({ state: 'failing', tools: 0 })
  expect(text(added.body['lastError'])).not.toBe('')
  expect(codeOf(await control('GET', '/servers/down/tools'))).toBe('502 ERR_SERVER_LIST')
  await control('DELETE', '/servers/down')
})

test('a policy is put, used, replaced and removed; a mistake leaves the one in force', async () => {
  const put = await control('PUT', '/policies/mine', { text: 'version: "1"\ndefault: allow\n' })
  expect(put.body).toMatchObject({ name: 'mine', document: { version: '1', default: 'allow' } })
  const version = put.body['version']
  const made = await control('POST', '/grants', { name: 'mine', principal: 'p', servers: { door: 'mine' } })
  const client = new RawClient(gateway.endpoint('door'), text(made.body['token']), 'modern')
  const call = async () =>
    JSON.stringify((await client.request('tools/call', { name: 'read_file', arguments: {} })).result ?? {})
  expect(await call()).toContain('called read_file')

  const bad = await control('PUT', '/policies/mine', { text: 'version: "1"\ndefalt: deny\n' })
  expect(codeOf(bad)).toBe('400 ERR_POLICY_REFUSED')
  expect(list(fields(bad.body['error'])['problems'])[0]).toMatchObject({ line: 2, column: 1 })
  expect((await control('GET', '/policies/mine')).body['version']).toBe(version)

  await control('PUT', '/policies/mine', { text: '{"version":"1","default":"deny"}' })
  expect(await call()).toContain('[POLICY DENIED]')
  expect(codeOf(await control('DELETE', '/policies/mine'))).toBe('409 ERR_POLICY_IN_USE')
  const listed = list((await control('GET', '/policies')).body['policies']).find(policy => policy['name'] === 'mine')
  expect(listed).toMatchObject({ managedBy: 'api', servers: ['door'], grants: ['mine'] })
  await control('DELETE', '/grants/mine')
  expect((await control('DELETE', '/policies/mine')).status).toBe(200)
  expect(codeOf(await control('PUT', '/policies/spare', { text: '{}' }))).toBe('409 ERR_POLICY_MANAGED_BY_FILE')
  expect(codeOf(await control('DELETE', '/policies/spare'))).toBe('409 ERR_POLICY_MANAGED_BY_FILE')
})

test('a grant names servers and policies that exist, and its token is shown once', async () => {
  const cases: [Fields, RegExp][] = [
    [{ name: 'g', principal: 'p' }, /names at least one server/],
    [{ name: 'g', servers: { door: null } }, /says who acts/],
    [{ name: 'g', principal: 'p', servers: { dor: null } }, /did you mean `door`/],
    [{ name: 'g', principal: 'p', servers: { door: 'allow-al' } }, /did you mean `allow-all`/],
    [{ name: '../g', principal: 'p', servers: { door: null } }, /a name is letters/],
    [{ name: 'g', principal: 'p', kind: 'robot', servers: { door: null } }, /kind/],
  ]
  for (const [body, reason] of cases) {
    const refused = await control('POST', '/grants', body)
    expect([body, refused.status]).toEqual([body, 400])
    expect(text(fields(refused.body['error'])['message'])).toMatch(reason)
  }
  const made = await control('POST', '/grants', {
    ...{ name: 'full', principal: 'p', kind: 'person', roles: ['a'], groups: ['b'], labels: { team: 'c' } },
    ...{ servers: { door: null }, expiresIn: '30d' },
  })
  const token = text(made.body['token'])
  const { body, text: listed } = await control('GET', '/grants')
  expect(list(body['grants']).find(grant => grant['name'] === 'full')).toMatchObject({
    principal: { id: 'p', kind: 'person', roles: ['a'], groups: ['b'] },
    labels: { team: 'c' },
    servers: { door: null },
    state: 'active',
    tokenFrom: 'minted',
    managedBy: 'api',
  })
  expect(listed).not.toContain(token)
  expect(await readFile(join(gateway.dataDir, 'sallyport.db-wal'), 'latin1')).not.toContain(token)
  expect(codeOf(await control('POST', '/grants/agent/rotate'))).toBe('409 ERR_GRANT_MANAGED_BY_FILE')
  expect(codeOf(await control('POST', '/grants/nobody/rotate'))).toBe('404 ERR_GRANT_UNKNOWN')
})

test('the ledger is read by page, by request and as a verifiable export', async () => {
  const client = new RawClient(gateway.endpoint('door'), text(gateway.tokens['agent']), 'modern')
  for (let call = 0; call < 3; call += 1) await client.request('tools/call', { name: 'delete_user', arguments: {} })
  const newest = list((await control('GET', '/ledger?tool=delete_user&limit=2')).body['records'])
  expect(newest).toHaveLength(2)
  const [first, second] = newest
  expect(Number(first?.['seq'])).toBeLessThan(Number(second?.['seq']))
  const before = list(
    (await control('GET', `/ledger?tool=delete_user&before=${first?.['seq']}&limit=5`)).body['records'],
  )
  expect(before).toHaveLength(1)
  const one = await control('GET', `/ledger/${text(first?.['requestId'])}`)
  expect(one.body['record']).toEqual(first)
  expect(codeOf(await control('GET', '/ledger/r-nothing'))).toBe('404 ERR_RECORD_UNKNOWN')
  for (const query of ['limit=0', 'limit=100000', 'verdict=maybe', 'since=yesterday', 'unknown=1', 'after=-1'])
    expect([query, codeOf(await control('GET', `/ledger?${query}`))]).toEqual([query, '400 ERR_API_INVALID'])

  const exported = await control('GET', '/ledger/export?format=jsonl')
  expect(exported.headers.get('content-type')).toContain('application/x-ndjson')
  const lines = exported.text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Fields)
  expect(lines.map(line => line['seq'])).toContain(first?.['seq'])
  const filtered = (await control('GET', '/ledger/export?tool=delete_user')).text.trim().split('\n')
  expect(filtered).toHaveLength(3)
})

test('bodies are strict and bounded, whatever they say of their length', async () => {
  const put = (raw: string, headers: Record<string, string> = {}) =>
    control('PUT', '/policies/x', undefined, { raw, headers })
  expect(codeOf(await put('{"text":"a","text":"b"}'))).toBe('400 ERR_WIRE_DUPLICATE_KEY')
  expect(codeOf(await put('{"text":'))).toMatch(/^400 ERR_WIRE_/)
  expect(codeOf(await put('{"text":"a"}', { 'content-type': 'text/plain' }))).toBe('415 ERR_HTTP_MEDIA_TYPE')
  expect(codeOf(await put('{"text":"a","extra":1}'))).toBe('400 ERR_API_INVALID')
  expect(codeOf(await put(JSON.stringify({ text: 'x'.repeat(limits.apiBodyBytesMax) })))).toBe(
    '413 ERR_HTTP_BODY_TOO_LARGE',
  )
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url)
    const request = httpRequest(
      {
        hostname,
        port,
        method: 'PUT',
        path: '/api/v1/policies/x',
        headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      },
      response => resolve(response.resume().statusCode),
    )
    request.on('error', reject)
    request.write('{"text":"')
    for (let part = 0; part < 20; part += 1) request.write('x'.repeat(64 * 1024))
    request.end('"}')
  })
  expect(chunked).toBe(413)
})

test('an unknown path or method is refused with its name', async () => {
  const unknown = await control('GET', '/nothing')
  expect(codeOf(unknown)).toBe('404 ERR_API_PATH')
  expect(text(fields(unknown.body['error'])['message'])).toContain('GET /api/v1/nothing')
  expect(codeOf(await control('PATCH', '/status'))).toBe('404 ERR_API_PATH')
  expect(codeOf(await control('GET', '/servers/%2e%2e%2fstatus'))).toBe('404 ERR_SERVER_UNKNOWN')
})
