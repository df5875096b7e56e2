/** Group identity, the part of grants and of the control API: nobody is somebody by default, and agents administer nothing. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../src/api/app.ts'
import { readBearer } from '../../src/identity/grants.ts'
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
  gateway = await startGateway({ servers: { door: localServer(upstream.url) } })
  ;({ credential } = await adminOf(gateway))
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

async function control(method: string, path: string, body?: Fields, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${credential}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = await response.text()
  return {
    status: response.status,
    body: answer === '' ? {} : (JSON.parse(answer) as Fields),
    headers: response.headers,
  }
}

async function statusWith(token: string): Promise<number> {
  return (await new RawClient(gateway.endpoint('door'), token, 'modern').request('tools/list')).status
}

test('A-032 no, empty, repeated, foreign or garbage credential → 401 at every door, never somebody', async () => {
  const modern = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
  const given: (string | undefined)[] = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer    ',
    'Basic dXNlcjpwYXNz',
    'bearer:abc',
    'null',
    'Bearer undefined',
    `Bearer sp_${randomBytes(32).toString('base64url')}`,
    `Bearer ${gateway.tokens['agent']} x`,
    `Bearer ${gateway.tokens['agent']},Bearer x`,
    `Bearer ${text(gateway.tokens['agent']).slice(0, -1)}`,
    `Bearer ${text(gateway.tokens['agent']).toUpperCase()}`,
    `Bearer ${credential}`,
  ]
  for (const path of ['/mcp', '/mcp/door', '/mcp/nothing'])
    for (const authorization of given) {
      const response = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        body: JSON.stringify(modern),
      })
      expect([path, authorization, response.status]).toEqual([path, authorization, 401])
      expect(response.headers.get('www-authenticate')).toContain('resource_metadata=')
    }
  expect(readBearer('Bearer \u0000').ok).toBe(false)
})

test('A-035 an expired, rotated or revoked grant → 401 from the next call on, with one answer for all reasons', async () => {
  const terms = { principal: 'short-lived', servers: { door: 'allow-all' } }
  const made = await control('POST', '/grants', { name: 'brief', ...terms, expiresIn: '2s' })
  expect(made.status).toBe(201)
  const token = text(made.body['token'])
  expect(await statusWith(token)).toBe(200)
  await new Promise(resolve => setTimeout(resolve, 2_100))
  expect(await statusWith(token)).toBe(401)

  const second = text((await control('POST', '/grants', { name: 'second', ...terms })).body['token'])
  const rotated = text((await control('POST', '/grants/second/rotate')).body['token'])
  expect([await statusWith(second), await statusWith(rotated)]).toEqual([401, 200])
  expect((await control('DELETE', '/grants/second')).status).toBe(200)
  expect(await statusWith(rotated)).toBe(401)

  const answers = new Set<string>()
  for (const refused of [token, second, rotated, `sp_${randomBytes(32).toString('base64url')}`]) {
    const answer = await new RawClient(gateway.endpoint('door'), refused, 'modern').request('tools/list')
    answers.add(text(answer.error?.['message'] ?? ''))
  }
  expect([...answers]).toHaveLength(1)
})

test('A-035 a grant cannot be made with an end in the past or without a readable one', async () => {
  for (const expiresIn of ['2020-01-01', '0d', '-5m', 'soon', '1e9d', '2027-02-30']) {
    const made = await control('POST', '/grants', { name: 'late', principal: 'p', servers: { door: null }, expiresIn })
    expect([expiresIn, made.status]).toEqual([expiresIn, 400])
  }
})

test('A-041 an agent credential at the control API → 403 for every path and method, valid or not', async () => {
  const foreign = `sp_${randomBytes(32).toString('base64url')}`
  const paths = endpoints.map(
    ({ method, path }) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'agent')] as const,
  )
  for (const [method, path] of [
    ...paths,
    ['GET', '/openapi.json'],
    ['GET', '/ledger/export'],
    ['GET', '/nothing'],
  ] as const)
    for (const token of [text(gateway.tokens['agent']), foreign]) {
      const answer = await control(method, path, undefined, { authorization: `Bearer ${token}` })
      expect([method, path, answer.status]).toEqual([method, path, 403])
      expect(fields(answer.body['error'])['code']).toBe('ERR_API_AGENT_CREDENTIAL')
    }
})

test('A-041 a revoked agent credential is still an agent credential', async () => {
  const terms = { name: 'gone', principal: 'p', servers: { door: 'allow-all' } }
  const token = text((await control('POST', '/grants', terms)).body['token'])
  await control('DELETE', '/grants/gone')
  expect((await control('GET', '/status', undefined, { authorization: `Bearer ${token}` })).status).toBe(403)
})

test('A-041 the control API without a credential, with a wrong one, or from a web page → 401 or 403', async () => {
  const cases: [Record<string, string>, number][] = [
    [{ authorization: '' }, 401],
    [{ authorization: 'Bearer spa_wrong' }, 401],
    [{ authorization: `Basic ${Buffer.from(`admin:${credential}`).toString('base64')}` }, 401],
    [{ origin: gateway.url }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
  ]
  for (const [headers, status] of cases)
    expect([headers, (await control('GET', '/status', undefined, headers)).status]).toEqual([headers, status])
  expect((await control('GET', '/status')).status).toBe(200)
})

test('A-114 a command line through the API → 403, by whatever member it comes', async () => {
  for (const more of [
    { command: 'sh' },
    { command: ['sh'] },
    { args: ['-c', 'id'] },
    { env: { PATH: '/tmp' } },
    { cwd: '/' },
  ]) {
    const answer = await control('POST', '/servers', { name: 'evil', url: 'https://a.example/mcp', ...more })
    expect([more, answer.status, fields(answer.body['error'])['code']]).toEqual([
      more,
      403,
      'ERR_API_COMMAND_FORBIDDEN',
    ])
  }
  const names = list((await control('GET', '/servers')).body['servers']).map(server => server['name'])
  expect(names).toEqual(['door'])
})
