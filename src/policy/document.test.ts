import { expect, test } from 'vitest'
import { loadedOf, problemsOf } from '../../test/fixtures/policy-call.ts'
import { loadPolicy } from './load.ts'

test('a mistake is shown with line, column and the nearest known key', () => {
  const text = '{\n  "version": "1",\n  "tools": {\n    "pay": { "deny_iff": [] }\n  }\n}'
  expect(problemsOf(text)).toEqual([
    {
      severity: 'error',
      code: 'unknown-key',
      path: '/tools/pay/deny_iff',
      line: 4,
      column: 14,
      message: 'unknown key `deny_iff`',
      remedy: 'did you mean `deny_if`?',
    },
  ])
})

const leaf = { path: 'args.x', op: 'eq', value: 1 }

test.each<[string, unknown, string, string]>([
  ['no version', {}, '', 'bad-version'],
  ['a number as version', { version: 1 }, '/version', 'bad-version'],
  ['version 2', { version: '2' }, '/version', 'bad-version'],
  ['an unknown default', { version: '1', default: 'alow' }, '/default', 'bad-value'],
  ['an unknown mode', { version: '1', mode: 'observed' }, '/mode', 'bad-value'],
  ['an unknown key on top', { version: '1', tool: {} }, '/tool', 'unknown-key'],
  ['hide that is no list', { version: '1', hide: 'a' }, '/hide', 'wrong-type'],
  ['an empty name in hide', { version: '1', hide: [''] }, '/hide/0', 'wrong-type'],
  ['tools that is a list', { version: '1', tools: [] }, '/tools', 'wrong-type'],
  ['an empty tool name', { version: '1', tools: { '': {} } }, '/tools/', 'bad-value'],
  ['a backslash in a tool name', { version: '1', tools: { 'a\\b': {} } }, '/tools/a\\b', 'bad-value'],
  ['a tool that is text', { version: '1', tools: { a: 'deny' } }, '/tools/a', 'wrong-type'],
  ['an unknown action', { version: '1', tools: { a: { action: 'denny' } } }, '/tools/a/action', 'bad-value'],
  ['rules that are no list', { version: '1', tools: { a: { require: {} } } }, '/tools/a/require', 'wrong-type'],
  [
    'a rule without conditions',
    { version: '1', tools: { a: { deny_if: [{ on_deny: 'x' }] } } },
    '/tools/a/deny_if/0',
    'missing-key',
  ],
  [
    'a misspelt on_deny',
    { version: '1', tools: { a: { deny_if: [{ conditions: [], on_denny: 'x' }] } } },
    '/tools/a/deny_if/0/on_denny',
    'unknown-key',
  ],
  ['an empty group', { version: '1', tools: { a: { require: [{ any: [] }] } } }, '/tools/a/require/0/any', 'bad-value'],
  [
    'a group beside a leaf',
    { version: '1', tools: { a: { require: [{ conditions: [{ any: [leaf], ...leaf }] }] } } },
    '/tools/a/require/0/conditions/0/path',
    'unknown-key',
  ],
  [
    'not with a list',
    { version: '1', tools: { a: { require: [{ not: [leaf] }] } } },
    '/tools/a/require/0/not',
    'wrong-type',
  ],
  [
    'a bad schema of arguments',
    { version: '1', tools: { a: { arguments: true } } },
    '/tools/a/arguments',
    'wrong-type',
  ],
  [
    'a limit without a counter',
    { version: '1', tools: { a: { limits: [{ window: 'day', max: 1 }] } } },
    '/tools/a/limits/0/counter',
    'wrong-type',
  ],
  [
    'an unknown scope',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, scope: 'grants' }] } } },
    '/tools/a/limits/0/scope',
    'bad-value',
  ],
  [
    'a maximum of 0',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 0 }] } } },
    '/tools/a/limits/0/max',
    'bad-limit',
  ],
  [
    'a fraction as maximum',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1.5 }] } } },
    '/tools/a/limits/0/max',
    'bad-limit',
  ],
  [
    'an unknown window',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'days', max: 1 }] } } },
    '/tools/a/limits/0/window',
    'bad-window',
  ],
  [
    'a window of no length',
    { version: '1', tools: { a: { rate_limit: { max: 1, window: 0 } } } },
    '/tools/a/rate_limit/window',
    'bad-window',
  ],
  [
    'a window over a year',
    { version: '1', tools: { a: { rate_limit: '1/400d' } } },
    '/tools/a/rate_limit',
    'bad-limit',
  ],
  [
    'a rate in words',
    { version: '1', tools: { a: { rate_limit: 'ten a minute' } } },
    '/tools/a/rate_limit',
    'bad-limit',
  ],
  ['a rate of nothing', { version: '1', tools: { a: { rate_limit: '0/minute' } } }, '/tools/a/rate_limit', 'bad-limit'],
  [
    'increment_from outside args',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, increment_from: 'caller.id' }] } } },
    '/tools/a/limits/0/increment_from',
    'bad-path',
  ],
  [
    'increment_from of a list',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, increment_from: 'args.x[*]' }] } } },
    '/tools/a/limits/0/increment_from',
    'bad-path',
  ],
  [
    'settle_from outside result',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, settle_from: 'args.x' }] } } },
    '/tools/a/limits/0/settle_from',
    'bad-path',
  ],
  [
    'settle_from of a list',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, settle_from: 'result.x[*].n' }] } } },
    '/tools/a/limits/0/settle_from',
    'bad-path',
  ],
  [
    'settle_from of the whole result',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, settle_from: 'result' }] } } },
    '/tools/a/limits/0/settle_from',
    'bad-path',
  ],
  [
    'a calendar of seconds',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 60, max: 1, align: 'calendar' }] } } },
    '/tools/a/limits/0/window',
    'bad-window',
  ],
  [
    'an unknown zone',
    {
      version: '1',
      tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, align: 'calendar', zone: 'Mars' }] } },
    },
    '/tools/a/limits/0/zone',
    'bad-value',
  ],
  [
    'a zone without a calendar',
    { version: '1', tools: { a: { limits: [{ counter: 'c', window: 'day', max: 1, zone: 'UTC' }] } } },
    '/tools/a/limits/0/zone',
    'bad-limit',
  ],
  ['an unknown zone of the document', { version: '1', time: { zone: 'Mars' } }, '/time/zone', 'bad-value'],
  ['time without a zone', { version: '1', time: {} }, '/time', 'missing-key'],
  [
    'a quorum of 0',
    { version: '1', tools: { a: { approve_if: [{ conditions: [], quorum: 0 }] } } },
    '/tools/a/approve_if/0/quorum',
    'bad-value',
  ],
  [
    'a bad span',
    { version: '1', tools: { a: { approve_if: [{ conditions: [], decide_within: 'soon' }] } } },
    '/tools/a/approve_if/0/decide_within',
    'bad-value',
  ],
  [
    'approvers of a require',
    { version: '1', tools: { a: { require: [{ conditions: [leaf], approvers: ['x'] }] } } },
    '/tools/a/require/0/approvers',
    'unknown-key',
  ],
  ['action in all_tools', { version: '1', all_tools: { action: 'deny' } }, '/all_tools/action', 'unknown-key'],
  ['a document that is a list', [], '', 'wrong-type'],
  ['a document that is text', '"x"', '', 'wrong-type'],
])('%s is refused', (_title, document, path, code) => {
  expect(problemsOf(document)).toEqual(
    expect.arrayContaining([expect.objectContaining({ severity: 'error', path, code })]),
  )
})

test.each<[object, string]>([
  [{ path: 'args.x', op: 'eqq', value: 1 }, '/op'],
  [{ path: 'args.x', op: 'eq' }, ''],
  [{ op: 'eq', value: 1 }, '/path'],
  [{ path: 'arg.x', op: 'eq', value: 1 }, '/path'],
  [{ path: 'args.x', op: 'lt', value: '1' }, '/value'],
  [{ path: 'args.x', op: 'in', value: 'a' }, '/value'],
  [{ path: 'args.x', op: 'exists', value: 'true' }, '/value'],
  [{ path: 'args.x', op: 'regex', value: '(?=a)' }, '/value'],
  [{ path: 'args.x', op: 'regex', value: '(a)\\1' }, '/value'],
  [{ path: 'args.x', op: 'regex', value: '(' }, '/value'],
  [{ path: 'args.x', op: 'regex', value: 'a'.repeat(1001) }, '/value'],
  [{ path: 'args.x', op: 'regex', value: '[a-z]{900}' }, '/value'],
  [{ path: 'args.x', op: 'regex', value: 5 }, '/value'],
  [{ path: 'args.x', op: 'starts_with', value: 5 }, '/value'],
  [{ path: 'args.x', op: 'glob', value: 'a\\b' }, '/value'],
  [{ path: 'args.x', op: 'cidr', value: '10.0.0.0/99' }, '/value'],
  [{ path: 'args.x', op: 'cidr', value: [] }, '/value'],
  [{ path: 'args.x', op: 'host_in', value: ['https://a.com'] }, '/value'],
  [{ path: 'args.x', op: 'host_in', value: [5] }, '/value'],
  [{ path: 'time.weekday', op: 'in', value: ['sat'] }, '/value'],
  [{ path: 'args.x', op: 'eq', value: 1, case: 'fold' }, '/case'],
])('the condition %j is refused at %s', (condition, place) => {
  const paths = problemsOf({ version: '1', tools: { a: { require: [{ conditions: [condition] }] } } }).map(
    ({ path }) => path,
  )
  expect(paths).toContain(`/tools/a/require/0/conditions/0${place}`)
})

test('every problem of a document is found in one reading', () => {
  const document = { version: '2', defualt: 'deny', tools: { a: { action: 'denny', limits: [{}] } } }
  expect(problemsOf(document).map(({ path }) => path)).toEqual([
    '/defualt',
    '/version',
    '/tools/a/action',
    '/tools/a/limits/0/counter',
    '/tools/a/limits/0/window',
    '/tools/a/limits/0/max',
  ])
})

test('groups nested deeper than 8 are refused', () => {
  let condition: object = leaf
  for (let i = 0; i < 9; i += 1) condition = { not: condition }
  expect(problemsOf({ version: '1', tools: { a: { require: [{ conditions: [condition] }] } } })).toMatchObject([
    { code: 'too-large' },
  ])
})

test('every window is read, and written one way', () => {
  const windows = ['minute', 'hour', 'day', 'week', 'month', '90s', '60s', '15m', '24h', '2d', 45]
  const limits = windows.map((window, index) => ({ counter: `c${index}`, window, max: 1 }))
  const { document, policy } = loadedOf({ version: '1', tools: { a: { limits } } })
  const written = (document['tools'] as { a: { limits: { window: string }[] } }).a.limits.map(({ window }) => window)
  expect(written).toEqual(['minute', 'hour', 'day', 'week', 'month', '90s', 'minute', '900s', 'day', '172800s', '45s'])
  expect(policy.resolve('a').limits.map(({ charge }) => charge.windowMs)).toEqual([
    60_000, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000, 90_000, 60_000, 900_000, 86_400_000, 172_800_000, 45_000,
  ])
})

test('all of a document survives its normal form', () => {
  const document = {
    version: '1',
    description: 'all of it',
    default: 'allow',
    mode: 'observe',
    time: { zone: 'Europe/Berlin' },
    hide: ['delete_*'],
    all_tools: { deny_if: [{ conditions: [leaf], on_deny: 'no' }] },
    tools: {
      pay: {
        action: 'require_approval',
        reason: 'money',
        require: [{ conditions: [{ any: [leaf, { not: { all: [leaf] } }] }] }],
        approve_if: [
          {
            conditions: [leaf],
            on_deny: 'ask',
            approvers: ['role:approver'],
            quorum: 2,
            decide_within: '1800s',
            execute_within: '600s',
            allow_edits: true,
          },
        ],
        limits: [
          {
            counter: 'c',
            window: 'day',
            max: 5,
            scope: 'principal',
            key: 'args.k',
            increment_from: 'args.n',
            settle_from: 'result.n',
            align: 'calendar',
            zone: 'Asia/Tokyo',
          },
        ],
      },
      'get_*': {},
    },
  }
  expect(loadedOf(document).document).toEqual(document)
})

test('groups may stand beside conditions in a rule', () => {
  const { document } = loadedOf({
    version: '1',
    tools: { a: { require: [{ conditions: [leaf], any: [leaf], not: leaf }] } },
  })
  expect(document['tools']).toEqual({ a: { require: [{ conditions: [leaf, { any: [leaf] }, { not: leaf }] }] } })
})

test('the version names the meaning, not the spelling', () => {
  const json = loadPolicy('a', '{"version":"1","default":"deny","tools":{"a":{"rate_limit":"10/minute"}}}')
  const yaml = loadPolicy('b', 'version: "1"\ntools:\n  a:\n    rate_limit: {max: 10, window: 60}\n')
  const other = loadPolicy('a', '{"version":"1","tools":{"a":{"rate_limit":"11/minute"}}}')
  if (!json.ok || !yaml.ok || !other.ok) throw new Error('refused')
  expect(json.policy.version).toMatch(/^[0-9a-f]{12}$/)
  expect(yaml.policy.version).toBe(json.policy.version)
  expect(other.policy.version).not.toBe(json.policy.version)
})

test('`arguments` is refused where no schema can be compiled, and applied where it can', () => {
  const document = { version: '1', tools: { a: { arguments: { type: 'object' } } } }
  expect(problemsOf(document)).toMatchObject([{ code: 'bad-schema', path: '/tools/a/arguments' }])
})
