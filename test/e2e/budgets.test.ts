/**
 * Budgets on the real gateway: the real figure of an answer over kill -9, and policies that are edited, taken away and
 * put back while it runs, with what was used before counted as after a restart. Keys that want to be somebody else's.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { adminOf, ledgerOf, localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { type ShopContent, startShopUpstream } from '../fixtures/shop-upstream.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let shop: FixtureServer<ShopContent>
let gateway: SpawnedGateway

beforeAll(async () => {
  shop = await startShopUpstream('both')
  gateway = await spawnGateway({ servers: { shop: localServer(shop.url) } })
})

afterAll(async () => {
  await gateway?.stop()
  await shop?.stop()
})

beforeEach(() => {
  shop.content.real = asked => asked
})

async function control(method: string, path: string, body?: Fields): Promise<Fields> {
  const { credential } = await adminOf(gateway)
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Fields
}

/** Puts a policy with these limits in force. */
const putLimits = (name: string, ...limits: Fields[]) =>
  control('PUT', `/policies/${name}`, { text: JSON.stringify({ version: '1', tools: { charge: { limits } } }) })

const tokens = new Map<string, string>()

/** A grant of that name, under the policy of that name. */
async function grantOf(name: string): Promise<void> {
  const made = await control('POST', '/grants', { name, principal: name, servers: { shop: name } })
  tokens.set(name, text(made['token']))
}

/** What the agent was told: `charged`, or why not. */
async function charge(grant: string, args: Fields): Promise<string> {
  const client = new RawClient(gateway.endpoint('shop'), tokens.get(grant) ?? '', 'modern')
  const { result } = await client.request('tools/call', { name: 'charge', arguments: args })
  return text(list(result?.['content'])[0]?.['text'])
}

async function times(grant: string, count: number, args: Fields = {}): Promise<number> {
  let admitted = 0
  for (let call = 0; call < count; call++) if ((await charge(grant, args)) === 'charged') admitted += 1
  return admitted
}

test('the real figure counts, more or less than the estimate, and over kill -9 it still does', async () => {
  await putLimits('spend', {
    ...{ counter: 'spend', window: 'day', max: 100, increment_from: 'args.amount', settle_from: 'result.charged' },
  })
  await grantOf('spend')
  shop.content.real = asked => asked / 4
  expect(await times('spend', 4, { amount: 40 })).toBe(4)
  shop.content.real = () => 55
  expect(await times('spend', 1, { amount: 10 })).toBe(1)
  const full = 'limit `spend` is used up: 95 of 100 per day; frees in 24 hours'
  expect(await charge('spend', { amount: 6 })).toContain(full)
  await gateway.kill()
  await gateway.restart()
  expect(await charge('spend', { amount: 6 })).toContain('95 of 100 per day')
  expect(await charge('spend', { amount: 5 })).toBe('charged')
  // it stands above its maximum now
  expect(await charge('spend', { amount: 1 })).toContain('150 of 100 per day')
  const lines = (await ledgerOf(gateway)).filter(line => line['grant'] === 'spend' && line['verdict'] === 'allow')
  expect(lines.map(line => list(line['settled'])[0]?.['units'])).toEqual([10, 10, 10, 10, 55, 55])
})

test('a limit that is taken away and put back, made longer or aligned to a calendar keeps its count', async () => {
  const calls = (more: Fields) => ({ counter: 'calls', window: 'hour', max: 10, ...more })
  await putLimits('edited', calls({}))
  await grantOf('edited')
  expect(await times('edited', 6)).toBe(6)
  await putLimits('edited')
  expect(await times('edited', 1)).toBe(1)
  await putLimits('edited', calls({}))
  expect(await times('edited', 1)).toBe(1)
  // seven in all, of which the process that follows knows nothing by itself: nothing is limited when it starts
  await putLimits('edited')
  await gateway.kill()
  await gateway.restart()
  await putLimits('edited', calls({ window: 'minute', max: 100 }))
  expect(await times('edited', 1)).toBe(1)
  await putLimits('edited', calls({ window: 'day' }))
  expect(await times('edited', 5)).toBe(2)
  await putLimits('edited', calls({ window: 'month', align: 'calendar', zone: 'Europe/Berlin', max: 11 }))
  expect(await times('edited', 3)).toBe(1)
  expect(await charge('edited', {})).toMatch(
    /^\[POLICY DENIED\] limit `calls` is used up: 11 of 11 this month, until \d{4}-\d\d-01 00:00 Europe\/Berlin$/,
  )
  await putLimits('edited', calls({ window: '90s', max: 12 }), calls({ window: 'week', align: 'calendar' }))
  expect(await times('edited', 2)).toBe(0)
})

test('calls go on while a policy is edited, and no more than the maximum in all', async () => {
  const calls = (window: string) => ({ counter: 'busy', window, max: 40 })
  await putLimits('busy', calls('hour'))
  await grantOf('busy')
  let isOver = false
  const agents = Array.from({ length: 6 }, async () => {
    let admitted = 0
    while (!isOver) admitted += await times('busy', 1)
    return admitted
  })
  for (const window of ['2h', '3h', 'day', '2d', 'week', 'month', '40d', '50d']) await putLimits('busy', calls(window))
  isOver = true
  const admitted = (await Promise.all(agents)).reduce((sum, one) => sum + one, 0)
  expect(admitted + (await times('busy', 41))).toBe(40)
})

test('a key counts per value, whatever the value wants to be', async () => {
  await putLimits('keyed', { counter: 'per customer', window: 'hour', max: 1, key: 'args.customer' })
  await grantOf('keyed')
  const values = [
    ...['a', 'A', '\u00e1', 'a\u0301', '', ' ', '__proto__', 'constructor', 'toString', '0', 'true', 'null'],
    ...['grant 12:per customer', ' key 1:a', '1:a', '\u202ea', 'a\nb', '😀', 'x'.repeat(256)],
    ...[`${'x'.repeat(255)}y`, `sha256-${'0'.repeat(64)}`, '[object Object]'],
  ]
  // every value once, and none a second time
  for (const customer of values) expect(await times('keyed', 2, { customer }), JSON.stringify(customer)).toBe(1)
  // what is no text in any encoding does not get this far
  for (const customer of ['\u0000', '\ud83d']) expect(await times('keyed', 1, { customer })).toBe(0)
  // numbers and booleans count as their text does
  expect(await times('keyed', 1, { customer: 0 })).toBe(0)
  expect(await times('keyed', 1, { customer: -0 })).toBe(0)
  expect(await times('keyed', 1, { customer: true })).toBe(0)
  expect(await times('keyed', 2, { customer: 1.5 })).toBe(1)
  for (const customer of [null, {}, [], ['a'], { customer: 'a' }, 'x'.repeat(257)]) {
    expect(await charge('keyed', { customer }), JSON.stringify(customer)).toContain(
      'must be text, a number, true or false',
    )
  }
  expect(await charge('keyed', {})).toContain('must be text, a number, true or false')
  // and a restart knows each of them
  await gateway.kill()
  await gateway.restart()
  for (const customer of values) expect(await times('keyed', 1, { customer }), JSON.stringify(customer)).toBe(0)
})

test('a principal with two grants has one budget of its own, and each grant another', async () => {
  const limits = [
    { counter: 'mine', window: 'hour', max: 5, scope: 'principal' },
    { counter: 'mine', window: 'hour', max: 3 },
  ]
  await putLimits('two', ...limits)
  for (const name of ['two-a', 'two-b']) {
    const made = await control('POST', '/grants', { name, principal: 'one', servers: { shop: 'two' } })
    tokens.set(name, text(made['token']))
  }
  expect(await times('two-a', 5)).toBe(3)
  expect(await times('two-b', 5)).toBe(2)
  expect(fields((await ledgerOf(gateway)).at(-1))).toMatchObject({ grant: 'two-b', code: 'ERR_LIMIT_REACHED' })
})
