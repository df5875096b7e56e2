import { expect, test } from 'vitest'
import { policyOf } from '../../test/fixtures/policy-call.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { explain, readContext } from './explain.ts'

const now = Date.UTC(2026, 10, 22, 14, 30)
const policy = policyOf({
  version: '1',
  tools: {
    pay: {
      require: [{ conditions: [{ path: 'args.amount', op: 'lte', value: 500 }] }],
      approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 100 }], approvers: ['role:approver'] }],
      limits: [{ counter: 'spend', window: 'day', max: 1000, increment_from: 'args.amount' }],
    },
    night: { require: [{ conditions: [{ path: 'time.hour', op: 'gte', value: 22 }] }] },
  },
})

function ask(tool: string, args: JsonObject, context?: JsonObject) {
  const reading = readContext(context, now)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return explain(policy, { tool, args, ...reading.context })
}

test('a denial: rule, message, facts, what would pass', () => {
  expect(ask('pay', { amount: 900 })).toEqual({
    verdict: 'deny',
    rule: '/tools/pay/require/0',
    message: 'required: `args.amount` lte 500',
    facts: [{ path: 'args.amount', op: 'lte', value: 500, actual: 900, holds: false }],
    wouldPassIf: '`args.amount` is at most 500',
    also: [],
    limits: [],
    policy: 'test',
    policyVersion: policy.version,
  })
})

test('an error is named', () => {
  expect(ask('pay', { amount: '9' })).toMatchObject({
    verdict: 'deny',
    error: '`args.amount` must be a number, found text',
    wouldPassIf: '`args.amount` is at most 500',
  })
})

test('a question: who is asked, what was compared, what it would be charged', () => {
  expect(ask('pay', { amount: 200 })).toMatchObject({
    verdict: 'ask',
    rule: '/tools/pay/approve_if/0',
    facts: [{ path: 'args.amount', op: 'gt', value: 100, actual: 200, holds: true }],
    approval: { required: [{ approvers: ['role:approver'], quorum: 1 }] },
    limits: [{ counter: 'spend', units: 200 }],
  })
})

test('an allowance: every comparison that was made, and the limits', () => {
  expect(ask('pay', { amount: 50 })).toMatchObject({
    verdict: 'allow',
    rule: '/tools/pay',
    message: 'allowed: listed by /tools/pay, and no rule denies it; limits apply',
    facts: [
      { op: 'lte', holds: true },
      { op: 'gt', holds: false },
    ],
    limits: [{ units: 50, max: 1000 }],
  })
})

test('every rule that would deny is named, of all tools and of the tool', () => {
  const over = (at: number) => [{ conditions: [{ path: 'args.n', op: 'gt', value: at }] }]
  const strict = policyOf({
    version: '1',
    all_tools: { deny_if: over(100) },
    tools: { a: { deny_if: [...over(50), ...over(5)] } },
  })
  const reading = readContext(undefined, now)
  if (!reading.ok) throw new Error('refused')
  const also = (n: number) => explain(strict, { tool: 'a', args: { n }, ...reading.context })
  expect(also(200)).toMatchObject({ rule: '/all_tools/deny_if/0', also: ['/tools/a/deny_if/0', '/tools/a/deny_if/1'] })
  expect(also(20)).toMatchObject({ rule: '/tools/a/deny_if/1', also: [] })
})

test('what is not listed', () => {
  expect(ask('other', {})).toMatchObject({ verdict: 'deny', rule: '(default deny)', facts: [] })
})

test('observe says what would have been', () => {
  const observing = policyOf({ version: '1', mode: 'observe', tools: { a: { action: 'deny' } } })
  const reading = readContext(undefined, now)
  if (!reading.ok) throw new Error('refused')
  expect(explain(observing, { tool: 'a', args: {}, ...reading.context })).toMatchObject({
    verdict: 'allow',
    observed: { rule: '/tools/a/action' },
    message: 'allowed, because the policy only observes; enforced it would be denied by /tools/a/action',
  })
})

test.each<[JsonObject, string]>([
  [{ time: { hour: 23 } }, 'allow'],
  [{ time: { hour: 9, weekday: 'monday', date: '2026-11-23' } }, 'deny'],
  [{ time: '2026-11-22T22:00:00Z' }, 'allow'],
  [{ time: now }, 'deny'],
  [{ time: { weekday: 'monday' } }, 'deny'],
  [{}, 'deny'],
])('at %j: %s', (context, verdict) => {
  expect(ask('night', {}, context).verdict).toBe(verdict)
})

test('a whole context is read', () => {
  const reading = readContext(
    {
      caller: { id: 'ci', kind: 'service', roles: ['a'], groups: ['b'] },
      grant: { name: 'g', labels: { team: 'x' } },
      server: 'stripe',
      tool: { category: 'Write', severity: 'medium', annotations: { readOnlyHint: true } },
      time: now,
    },
    0,
  )
  expect(reading).toEqual({
    ok: true,
    context: {
      caller: { id: 'ci', kind: 'service', roles: ['a'], groups: ['b'] },
      grant: { name: 'g', labels: { team: 'x' } },
      server: { name: 'stripe' },
      facts: { category: 'Write', severity: 'medium', annotations: { readOnlyHint: true } },
      timeMs: now,
    },
  })
})

test.each<[unknown, string]>([
  [[], ''],
  [{ calller: {} }, '/calller'],
  [{ caller: { role: [] } }, '/caller/role'],
  [{ caller: { roles: 'a' } }, '/caller/roles'],
  [{ grant: { labels: { a: 1 } } }, '/grant/labels/a'],
  [{ server: 5 }, '/server'],
  [{ time: 'soon' }, '/time'],
  [{ time: '22 Nov 2026' }, '/time'],
  [{ time: '2026-11-22T14:30' }, '/time'],
  [{ time: '2026-13-22' }, '/time'],
  [{ time: { hour: 25 } }, '/time/hour'],
  [{ time: { weekday: 'sun' } }, '/time/weekday'],
  [{ tool: { annotations: [] } }, '/tool/annotations'],
])('the context %j is refused at %s', (context, path) => {
  const reading = readContext(context as never, now)
  expect(reading.ok ? [] : reading.problems.map(problem => problem.path)).toContain(path)
})

test('the work of telling why is bounded like the decision, and what did not fit is left out', () => {
  const patterns = Array.from({ length: 60 }, (_, at) => ({ path: 'args.text', op: 'regex', value: `(a|b)*c${at}` }))
  const long = policyOf({ version: '1', tools: { a: { deny_if: patterns.map(leaf => ({ conditions: [leaf] })) } } })
  const reading = readContext(undefined, now)
  if (!reading.ok) throw new Error('refused')
  const { verdict, facts, error } = explain(long, {
    tool: 'a',
    args: { text: 'ab'.repeat(450_000) },
    ...reading.context,
  })
  expect([verdict, error]).toEqual(['deny', 'the rule could not be evaluated'])
  expect(facts.length).toBeLessThan(5)
})
