import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../../test/fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../../test/fixtures/gateway-parts.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import type { Grant } from '../identity/grant.ts'
import { limits } from '../limits.ts'
import { explainCall } from './explaining.ts'

const clock = new ManualClock()
const upstream = new HandMadeUpstream('modern')
let gateway: PartsGateway

beforeAll(async () => {
  gateway = await startParts({ servers: { hand: upstream }, clock })
})

afterAll(() => gateway.stop())

function grantOf(name: 'alice' | 'bob'): Grant {
  const found = gateway.handle.gate.deps.grants.find(gateway.tokens[name])
  if (!found.ok) throw new Error(found.refusal.message)
  return found.value
}

const explain = (tool: string, args: Fields, server = 'hand') =>
  explainCall(gateway.handle.gate, grantOf('alice'), { server, tool, args: args as never })

const call = async (era: 'legacy' | 'modern', args: Fields, grant: 'alice' | 'bob' = 'alice') => {
  const client = await new RawClient(gateway.endpoint('hand'), gateway.tokens[grant], era).connect()
  return await client.request('tools/call', { name: 'act', arguments: args })
}

test('no limit, a limit with room, without, and one that no call of this size ever fits', async () => {
  gateway.setPolicy({
    version: '1',
    tools: { act: { limits: [{ counter: 'c', window: 'minute', max: 10, increment_from: 'args.n' }] } },
  })
  expect(explain('act', { n: 4 })).toMatchObject({ verdict: 'allow', limits: [{ units: 4, used: 0, retryAfterMs: 0 }] })
  await call('modern', { n: 8 })
  clock.pass(20_000)
  expect(explain('act', { n: 4 })).toMatchObject({
    ...{
      verdict: 'deny',
      code: 'ERR_LIMIT_REACHED',
      rule: '/tools/act/limits/0',
      retryable: true,
      retryAfterMs: 40_000,
    },
    limits: [{ units: 4, used: 8, max: 10, retryAfterMs: 40_000 }],
  })
  const never = explain('act', { n: 11 })
  expect(never).toMatchObject({ verdict: 'deny', retryable: false, limits: [{ units: 11, retryAfterMs: -1 }] })
  expect(Object.hasOwn(never, 'retryAfterMs')).toBe(false)
  expect(explain('act', { n: 2 }).verdict).toBe('allow')
})

test('of several limits without room the one that frees last is named, as the call names it', async () => {
  const counted = (counter: string, window: string) => ({ counter, window, max: 1 })
  gateway.setPolicy({
    version: '1',
    tools: { act: { limits: [counted('x', 'minute'), counted('y', 'day'), counted('z', 'hour')] } },
  })
  await call('modern', {})
  const decision = fields(fields((await call('modern', {})).result?.['_meta'])['dev.sallyport/decision'])
  expect(explain('act', {})).toMatchObject({ rule: '/tools/act/limits/1', message: decision['message'] })
})

test('a limit of a calendar is told in its own words, as the call tells it', async () => {
  gateway.setPolicy({
    version: '1',
    tools: { act: { limits: [{ counter: 'm', window: 'month', max: 1, align: 'calendar', zone: 'Europe/Berlin' }] } },
  })
  expect(explain('act', {})).toMatchObject({ verdict: 'allow', limits: [{ used: 0, retryAfterMs: 0 }] })
  await call('modern', {})
  const decision = fields(fields((await call('modern', {})).result?.['_meta'])['dev.sallyport/decision'])
  const told = explain('act', {})
  expect(told).toMatchObject({ verdict: 'deny', message: decision['message'], retryAfterMs: decision['retryAfterMs'] })
  expect(told.limits).toMatchObject([{ used: 1, calendar: { unit: 'month', zone: 'Europe/Berlin' } }])
  const asking = new RawClient(gateway.endpoint('sallyport'), gateway.tokens.alice, 'modern')
  const question = { name: 'policy.explain', arguments: { server: 'hand', tool: 'act' } }
  const { result } = await asking.request('tools/call', question)
  const words = text(fields(list(result?.['content'])[0])['text']).split('\n')
  expect(words.at(-1)).toMatch(/^limit `m`: 1 of 1 used this month, this call takes 1, fits at /)
})

test('a question shows its limits; they are not tried', async () => {
  gateway.setPolicy({ version: '1', tools: { act: { action: 'require_approval', rate_limit: '1/minute' } } })
  expect(explain('act', {})).toMatchObject({ verdict: 'ask', limits: [{ units: 1, max: 1, retryAfterMs: 0 }] })
})

test('a policy that only observes: allowed, and what it would have refused', async () => {
  gateway.setPolicy({ version: '1', mode: 'observe', tools: { act: { rate_limit: '1/minute' } }, hide: ['look'] })
  expect(explain('look', {})).toMatchObject({ verdict: 'allow', observed: { rule: '(hidden)' } })
  clock.pass(60_000)
  expect(Object.hasOwn(explain('act', {}), 'observed')).toBe(false)
  await call('modern', {})
  expect(explain('act', {})).toMatchObject({ verdict: 'allow', observed: { rule: '/tools/act/rate_limit' } })
  expect((await call('modern', {})).result?.['isError']).toBeUndefined()
})

test('a limit of a session is looked at as on a modern connection', async () => {
  gateway.setPolicy({
    version: '1',
    tools: { act: { limits: [{ counter: 's', window: 'day', max: 3, scope: 'session' }] } },
  })
  await call('legacy', {})
  expect(explain('act', {}).limits).toMatchObject([{ scope: 'session', used: 0 }])
  await call('modern', {})
  expect(explain('act', {}).limits).toMatchObject([{ scope: 'session', used: 1 }])
})

test('other doors are asked about by their method, with the address that would be judged', () => {
  const deny = { conditions: [{ path: 'args.uri', op: 'starts_with', value: 'file:' }] }
  gateway.setPolicy({ version: '1', tools: { 'resources/read': { deny_if: [deny] }, 'prompts/get': {} } })
  expect(explain('resources/read', { uri: 'FILE:///x' })).toMatchObject({
    verdict: 'deny',
    rule: '/tools/resources~1read/deny_if/0',
  })
  expect(explain('resources/read', { uri: 'https://x.test/y' }).verdict).toBe('allow')
  expect(explain('resources/read', { uri: 'file:///a/../b' })).toMatchObject({
    code: 'ERR_PARAMS_INVALID',
    rule: '(refused)',
  })
  expect(explain('resources/read', {}).code).toBe('ERR_PARAMS_INVALID')
  expect(explain('prompts/get', { name: 'x' }).verdict).toBe('allow')
  expect(explain('completion/complete', {})).toMatchObject({ rule: '(default deny)' })
  expect(explain('tools/list', {})).toMatchObject({ code: 'ERR_TOOL_UNKNOWN' })
})

test('the built-in server is a server too', () => {
  expect(explain('policy.explain', { server: 'a', tool: 'b' }, 'sallyport')).toMatchObject({
    verdict: 'allow',
    policy: '(built-in)',
    limits: [{ counter: 'built-in calls', max: limits.builtinCallsPerMinuteMax }],
  })
  expect(explain('policy.explain', {}, 'sallyport')).toMatchObject({ rule: '(arguments)', retryable: true })
  expect(explain('anything', {}, 'sallyport')).toMatchObject({ rule: '(default deny)' })
})

test('long lists of a policy are cut, and so is a long explanation', () => {
  const values = Array.from({ length: 300 }, (_, at) => `value-${at}`)
  const rules = Array.from({ length: 150 }, () => ({ conditions: [{ path: 'args.x', op: 'in', value: values }] }))
  gateway.setPolicy({ version: '1', tools: { act: { deny_if: rules } } })
  const allowed = explain('act', { x: 'none' })
  expect(allowed.facts).toHaveLength(limits.explainFactsMax)
  expect(explain('act', { x: 'value-7' }).also).toHaveLength(limits.explainRulesMax)
  expect(JSON.stringify(allowed).length).toBeLessThan(200_000)
})

test('nothing is sent, reserved or recorded', async () => {
  gateway.setPolicy({
    version: '1',
    default: 'allow',
    all_tools: { limits: [{ counter: 'q', window: 'day', max: 1 }] },
  })
  const [lines, sent] = [gateway.ledger.lines.length, upstream.sent.length]
  for (let asked = 0; asked < 50; asked += 1) expect(explain('act', {}).verdict).toBe('allow')
  expect([gateway.ledger.lines.length, upstream.sent.length]).toEqual([lines, sent])
  expect((await call('modern', {})).result?.['isError']).toBeUndefined()
})
