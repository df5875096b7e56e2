import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callOf, loadedOf, problemsOf } from '../../test/fixtures/policy-call.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { decide, isListed } from './decide.ts'
import { dialectOf } from './dialects.ts'
import { noteText } from './stricter.ts'

const doors =
  '`resources/read`, `prompts/get` and the other doors are judged too, and denied unless they are listed; there they passed'

function fixture(name: string): string {
  return readFileSync(`test/fixtures/policies/${name}`, 'utf8')
}

test.each([
  ['connections-create-handoff.json', 'connections.createHandoff', 'connections.createhandoff_rate'],
  ['handoffs-operator.json', 'handoffs.operator', 'handoffs.operator_rate'],
])('%s loads verbatim: 30 a minute for that tool, nothing else', (file, tool, counter) => {
  const { policy, dialect, problems, notes } = loadedOf(fixture(file))
  expect({ dialect, problems }).toEqual({ dialect: 'hosted', problems: [] })
  expect(notes.map(noteText)).toEqual([`/default: ${doors}`])
  expect(decide(policy, callOf(tool))).toEqual({
    effect: 'allow',
    rule: `/tools/${tool}`,
    charges: [{ counter, scope: 'grant', windowMs: 60_000, max: 30, units: 1, rule: `/tools/${tool}/limits/0` }],
  })
  for (const other of ['connections.list', tool.toUpperCase(), 'resources/read']) {
    expect(decide(policy, callOf(other))).toMatchObject({ effect: 'deny', rule: '(default deny)' })
    expect(isListed(policy, other)).toBe(false)
  }
  expect(isListed(policy, tool)).toBe(true)
})

test('the hosted shape: limits of all tools, an argument rule, a denial without conditions', () => {
  const { policy, dialect, notes } = loadedOf(fixture('hosted.json'))
  expect(dialect).toBe('hosted')
  expect(notes).toEqual([
    {
      path: '/tools/write_file/deny_if/0',
      line: expect.any(Number),
      column: expect.any(Number),
      changes: [
        '`args.path` regex: a value other than text passed there and is denied here; text that differs only in case or look-alike characters is denied too',
        'the pattern is RE2 and finds its text anywhere',
      ],
    },
    expect.objectContaining({ path: '/default', changes: [doors] }),
  ])
  expect(decide(policy, callOf('read_file'))).toMatchObject({
    effect: 'allow',
    charges: [{ counter: 'calls', max: 120 }],
  })
  expect(decide(policy, callOf('write_file', { path: '/Users/me/.ssh/id' }))).toMatchObject({
    effect: 'deny',
    rule: '/tools/write_file/deny_if/0',
    message: 'not in there',
  })
  expect(decide(policy, callOf('write_file', { path: '/Users/me/notes' }))).toMatchObject({
    effect: 'allow',
    charges: [{ counter: 'calls' }, { counter: 'writes' }],
  })
  expect(decide(policy, callOf('merge'))).toMatchObject({
    effect: 'deny',
    rule: '/tools/merge/deny_if/0',
    message: 'Blocked by default. Requires approval.',
  })
  expect(isListed(policy, 'merge')).toBe(true)
  expect(decide(policy, callOf('delete_file'))).toMatchObject({ effect: 'deny', rule: '(hidden)', hidden: true })
})

test('the FAQ form: max and window in seconds, deny with a reason', () => {
  const { policy, dialect, notes } = loadedOf(fixture('faq.json'))
  expect(dialect).toBe('faq')
  expect(notes.map(noteText)).toEqual([
    'read as the form of the tool-page FAQs',
    '/tools/connections.createHandoff/rate_limit: counted for each grant here, in any interval of that length; there, for each agent session',
    `/default: ${doors}`,
  ])
  expect(decide(policy, callOf('connections.createHandoff'))).toMatchObject({
    effect: 'allow',
    charges: [{ max: 10, windowMs: 60_000, scope: 'grant', rule: '/tools/connections.createHandoff/rate_limit' }],
  })
  expect(decide(policy, callOf('connections.remove'))).toMatchObject({
    effect: 'deny',
    rule: '/tools/connections.remove/action',
    message: 'connections are removed by people',
  })
})

test('the FAQ form without version and default is read, and says what it took them for', () => {
  const { notes, document } = loadedOf({ tools: { a: { rate_limit: { max: 10, window: 60 } } } })
  expect(document).toMatchObject({ version: '1', default: 'deny' })
  expect(notes).toHaveLength(5)
})

test('Intercept: conditions must be true, counters become limits, star rules are those of all tools', () => {
  const { policy, dialect, problems } = loadedOf(fixture('intercept.yaml'))
  expect({ dialect, problems }).toEqual({ dialect: 'intercept', problems: [] })
  const all = { counter: '_global._rate_60s', max: 60, windowMs: 60_000, rule: '/tools/*/rules/0/rate_limit' }
  expect(decide(policy, callOf('list_repos'))).toMatchObject({ effect: 'allow', charges: [all] })
  expect(decide(policy, callOf('unlisted'))).toMatchObject({ effect: 'deny', rule: '(default deny)' })
  expect(decide(policy, callOf('delete_repository'))).toMatchObject({ effect: 'deny', rule: '(hidden)' })
  expect(decide(policy, callOf('create_issue', { title: 'x', labels: ['triage'] }))).toMatchObject({
    effect: 'allow',
    charges: [all, { counter: 'create_issue._rate_3600s', max: 5, windowMs: 3_600_000 }],
  })
  expect(decide(policy, callOf('create_issue', { labels: ['triage'] }))).toMatchObject({
    effect: 'deny',
    rule: '/tools/create_issue/rules/1',
    message: 'title and the label triage are needed',
  })
  expect(decide(policy, callOf('create_charge', { amount: 700, currency: 'usd' }))).toMatchObject({
    effect: 'allow',
    charges: [
      all,
      { counter: 'create_charge.daily_spend', max: 999_999, units: 700, windowMs: 86_400_000 },
      { counter: 'create_charge.runs', max: 3, units: 1 },
    ],
  })
  expect(decide(policy, callOf('create_charge', { amount: '700', currency: 'usd' }))).toMatchObject({
    effect: 'deny',
    rule: '/tools/create_charge/rules/0',
    error: '`args.amount` must be a number, found text',
  })
  expect(decide(policy, callOf('refund', { amount: 50_001 }))).toMatchObject({
    effect: 'ask',
    rule: '/tools/refund/rules/0',
    approval: { required: [{ decideWithinMs: 1_800_000, quorum: 1 }] },
  })
  expect(decide(policy, callOf('refund', { amount: 50_000 }))).toMatchObject({ effect: 'allow' })
  expect(decide(policy, callOf('delete_customer'))).toMatchObject({
    effect: 'deny',
    rule: '/tools/delete_customer/rules/0',
    message: 'customers are deleted by people',
  })
})

test('Intercept without `default` allows what it does not list, as there, and says so', () => {
  const { policy, notes } = loadedOf({ version: '1', tools: { a: { rules: [] } } })
  expect(decide(policy, callOf('b'))).toMatchObject({ effect: 'allow', rule: '/default' })
  expect(notes.some(note => noteText(note).startsWith('tools that are not listed are allowed'))).toBe(true)
})

test.each([
  ['a rule without a name', { action: 'deny' }, '/tools/a/rules/0/name'],
  [
    'deny with conditions',
    { name: 'n', action: 'deny', conditions: [{ path: 'args.x', op: 'eq', value: 1 }] },
    '/tools/a/rules/0/conditions',
  ],
  ['evaluate without conditions', { name: 'n' }, '/tools/a/rules/0'],
  ['an unknown action', { name: 'n', action: 'denny' }, '/tools/a/rules/0/action'],
  ['a rate in a bad form', { name: 'n', rate_limit: '5 per hour' }, '/tools/a/rules/0/rate_limit'],
  ['a rate beside conditions', { name: 'n', rate_limit: '5/hour', conditions: [] }, '/tools/a/rules/0/rate_limit'],
  [
    'a counter nobody keeps',
    { name: 'n', conditions: [{ path: 'state.a.c', op: 'lte', value: 1 }] },
    '/tools/a/rules/0/conditions/0/path',
  ],
  [
    'a counter that is never held',
    { name: 'n', conditions: [{ path: 'state.a.c', op: 'gt', value: 1 }], state: { counter: 'c', window: 'day' } },
    '/tools/a/rules/0/conditions/0/op',
  ],
  ['a spend limit', { name: 'n', spend_limit: '$500/day' }, '/tools/a/rules/0/spend_limit'],
])('Intercept: %s is refused with its place', (_title, rule, path) => {
  const paths = problemsOf({ version: '1', tools: { a: { rules: [rule] } } }).map(problem => problem.path)
  expect(paths).toContain(path)
})

test('Intercept: a counter that lets nothing through is a denial', () => {
  const rule = {
    name: 'n',
    conditions: [{ path: 'state.a.c', op: 'lt', value: 1 }],
    state: { counter: 'c', window: 'day' },
  }
  const { policy } = loadedOf({ version: '1', tools: { a: { rules: [rule] } } })
  expect(decide(policy, callOf('a'))).toMatchObject({ effect: 'deny', rule: '/tools/a/rules/0/conditions/0' })
})

test('Intercept: a name with a star matched nothing there and is refused', () => {
  expect(problemsOf({ version: '1', tools: { 'get_*': { rules: [] } } })).toMatchObject([
    { code: 'bad-value', path: '/tools/get_*' },
  ])
})

test.each(['intercept.yaml', 'hosted.json', 'faq.json', 'connections-create-handoff.json'])(
  '%s: what import prints is read as the same document',
  file => {
    const first = loadedOf(fixture(file))
    const second = loadedOf(first.document)
    expect(second.document).toEqual(first.document)
    expect(second.policy.version).toBe(first.policy.version)
    expect(JSON.stringify(loadedOf(second.document).document)).toBe(JSON.stringify(second.document))
  },
)

function written(rule: JsonObject): JsonObject {
  return { version: '1', default: 'deny', tools: { a: { require: [rule] } } }
}

test.each([
  ['v1', {}],
  ['v1', { version: '1', default: 'allow' }],
  ['v1', { version: '1', default: 'deny', tools: { a: {} } }],
  ['v1', { version: '1', default: 'deny', tools: { a: { rate_limit: '10/minute' } } }],
  ['v1', { version: '1', default: 'deny', mode: 'observe', tools: { a: { limits: [] } } }],
  ['hosted', { version: '1', default: 'deny', tools: { a: { deny_if: [] } } }],
  ['hosted', written({ conditions: [{ path: 'args.a', op: 'contains', value: 'x' }], on_deny: 'x' })],
  ['v1', written({ conditions: [{ path: 'args.a', op: 'glob', value: 'x' }] })],
  ['v1', written({ conditions: [{ path: 'caller.id', op: 'eq', value: 'x' }] })],
  ['v1', written({ conditions: [{ any: [{ path: 'args.a', op: 'eq', value: 'x' }] }] })],
  ['v1', written({ when: 'true' })],
  ['faq', { tools: { a: { action: 'deny', reason: 'x' } } }],
  ['intercept', { version: '1', tools: { a: { rules: [] } } }],
] as const)('dialect %s: %j', (dialect, document) => {
  expect(dialectOf(document)).toBe(dialect)
})
