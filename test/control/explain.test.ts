/** `POST /api/v1/explain` over a real socket. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { adminOf, ledgerOf, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let upstream: FixtureServer<DoorContent>
let gateway: TestGateway
let credential: string

beforeAll(async () => {
  upstream = await startDoorUpstream('both')
  upstream.content.tools.push({
    name: 'pay',
    inputSchema: { type: 'object', properties: { amount: { type: 'number' } } },
  })
  gateway = await startGateway({
    servers: { shop: localServer(upstream.url), other: localServer(upstream.url) },
    policies: {
      shopping: {
        version: '1',
        tools: {
          pay: {
            require: [{ conditions: [{ path: 'args.amount', op: 'lte', value: 500 }] }],
            limits: [{ counter: 'spend', window: 'day', max: 1000, scope: 'principal', increment_from: 'args.amount' }],
          },
        },
      },
    },
    grants: { buyer: { servers: { shop: 'shopping' } }, nothing: { servers: { shop: null } } },
  })
  ;({ credential } = await adminOf(gateway))
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

async function ask(body: Fields, token = credential): Promise<{ status: number; body: Fields }> {
  const response = await fetch(`${gateway.url}/api/v1/explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Fields }
}

const question = { grant: 'buyer', server: 'shop', tool: 'pay', args: { amount: 120 } }

test('the example of the page is what is answered', async () => {
  const page = readFileSync('docs/reference/http-api.md', 'utf8')
  const shown = /```json\n(\{\n {2}"server": "shop"[\s\S]*?\n)```/.exec(page)?.[1] ?? ''
  const { body } = await ask(question)
  const { policyVersion } = fields(body['explanation'])
  expect(text(policyVersion)).toMatch(/^[0-9a-f]{12}$/)
  expect(body).toEqual(JSON.parse(shown.replace('"policyVersion": "…"', `"policyVersion": "${text(policyVersion)}"`)))
})

test('it is the answer the call gets, before and after the budget is spent, and no record is written', async () => {
  const client = new RawClient(gateway.endpoint('shop'), gateway.tokens['buyer'] as string, 'modern')
  const call = async (amount: number) => {
    const { result } = await client.request('tools/call', { name: 'pay', arguments: { amount } })
    return fields(fields(result?.['_meta'])['dev.sallyport/decision'])
  }
  const asked = async (amount: number) => fields((await ask({ ...question, args: { amount } })).body['explanation'])
  for (const amount of [900, 450, 450, 101, 100, 1]) {
    const records = (await ledgerOf(gateway)).length
    const { verdict, rule, message, wouldPassIf, code } = await asked(amount)
    expect(await ledgerOf(gateway)).toHaveLength(records)
    const decision = await call(amount)
    if (verdict === 'allow') expect(decision).toEqual({})
    else
      expect({ verdict, rule, message, wouldPassIf, code }).toEqual({
        verdict: decision['verdict'],
        rule: decision['rule'],
        message: decision['message'],
        wouldPassIf: decision['wouldPassIf'],
        code: decision['code'],
      })
  }
  expect(await asked(1)).toMatchObject({ verdict: 'deny', limits: [{ used: 1000, units: 1, max: 1000 }] })
})

test('who has no policy, what is not offered, what does not fit: answers', async () => {
  const explained = async (body: Fields) => fields((await ask({ ...question, ...body })).body['explanation'])
  expect(await explained({ grant: 'nothing' })).toMatchObject({
    verdict: 'deny',
    rule: '(no policy)',
    facts: [],
    limits: [],
  })
  expect(await explained({ tool: 'delete_user' })).toMatchObject({ rule: '(default deny)', policy: 'shopping' })
  expect(await explained({ args: { amount: 'x' } })).toMatchObject({
    rule: '(arguments)',
    code: 'ERR_ARGUMENTS_INVALID',
  })
  expect(await explained({ args: undefined })).toMatchObject({ verdict: 'deny', rule: '/tools/pay/require/0' })
  expect(
    await explained({ server: 'sallyport', tool: 'policy.explain', args: { server: 'a', tool: 'b' } }),
  ).toMatchObject({
    verdict: 'allow',
    policy: '(built-in)',
  })
})

test('mistakes are refused by name', async () => {
  const refused = async (body: Fields) => {
    const { status, body: answer } = await ask({ ...question, ...body })
    return `${status} ${text(fields(answer['error'])['code'])}`
  }
  expect(await refused({ grant: 'nobody' })).toBe('404 ERR_GRANT_UNKNOWN')
  expect(await refused({ server: 'nowhere' })).toBe('404 ERR_SERVER_UNKNOWN')
  expect(await refused({ server: 'other' })).toBe('404 ERR_GRANT_NOT_ATTACHED')
  expect(await refused({ args: [1] })).toBe('400 ERR_API_INVALID')
  expect(await refused({ args: 'x' })).toBe('400 ERR_API_INVALID')
  expect(await refused({ arguments: {} })).toBe('400 ERR_API_INVALID')
  expect(await refused({ tool: '' })).toBe('400 ERR_API_INVALID')
  expect((await ask(question, gateway.tokens['buyer'])).status).toBe(403)
})

test('a member called __proto__ is judged like any other', async () => {
  const response = await fetch(`${gateway.url}/api/v1/explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: '{"grant":"buyer","server":"shop","tool":"pay","args":{"__proto__":{"amount":1}}}',
  })
  expect(fields(((await response.json()) as Fields)['explanation'])).toMatchObject({ rule: '/tools/pay/require/0' })
})

test('a grant that was taken back is explained, and said to be', async () => {
  const post = (path: string, method: string, body?: Fields) =>
    fetch(`${gateway.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  expect((await ask({ ...question, grant: 'nothing' })).body['grantState']).toBe('active')
  await post('/grants/nothing', 'DELETE')
  const { body } = await ask({ ...question, grant: 'nothing' })
  expect(body['grantState']).toBe('revoked')
  expect(list(fields(body['explanation'])['limits'])).toEqual([])
})
