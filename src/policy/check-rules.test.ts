import { expect, test } from 'vitest'
import { callOf, loadedOf, policyOf } from '../../test/fixtures/policy-call.ts'
import { decide } from './decide.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })
const limit = (counter: string, window: string, max: number, other: object = {}) => ({ counter, window, max, ...other })

function warnings(document: object): readonly (readonly [string, string])[] {
  return loadedOf({ version: '1', ...document }).problems.map(({ code, path }) => [code, path] as const)
}
const ofEntry = (entry: object) => warnings({ tools: { t: entry } })

test.each<[string, object, string, string]>([
  ['rules behind an action', { action: 'deny', require: [leaf('args.a', 'eq', 1)] }, 'dead-rule', '/tools/t/require/0'],
  ['limits behind an action', { action: 'hide', limits: [limit('c', 'day', 1)] }, 'dead-rule', '/tools/t/limits/0'],
  ['a require without conditions', { require: [{ conditions: [] }] }, 'dead-rule', '/tools/t/require/0'],
  [
    'a rule behind an unconditional denial',
    { deny_if: [{ conditions: [] }, leaf('args.a', 'eq', 1)] },
    'dead-rule',
    '/tools/t/deny_if/1',
  ],
  [
    'the same rule twice',
    { deny_if: [leaf('args.a', 'eq', 1), leaf('args.a', 'eq', 1)] },
    'dead-rule',
    '/tools/t/deny_if/1',
  ],
  [
    'requirements that exclude one another',
    { require: [leaf('args.a', 'lte', 5), leaf('args.a', 'gte', 10)] },
    'contradiction',
    '/tools/t/require/1/conditions/0',
  ],
  [
    'bounds that meet and exclude',
    { require: [leaf('args.a', 'lt', 5), leaf('args.a', 'gte', 5)] },
    'contradiction',
    '/tools/t/require/1/conditions/0',
  ],
  [
    'two values at once',
    { require: [leaf('args.a', 'eq', 'x'), leaf('args.a', 'eq', 'y')] },
    'contradiction',
    '/tools/t/require/1/conditions/0',
  ],
  [
    'a value outside the bounds',
    { require: [leaf('args.a', 'lte', 5), leaf('args.a', 'eq', 9)] },
    'contradiction',
    '/tools/t/require/1/conditions/0',
  ],
  [
    'given and left out',
    { require: [leaf('args.a', 'exists', true), leaf('args.a', 'exists', false)] },
    'contradiction',
    '/tools/t/require/1/conditions/0',
  ],
  ['an empty list', { require: [leaf('args.a', 'in', [])] }, 'contradiction', '/tools/t/require/0/conditions/0/value'],
  [
    'a denial that is excluded already',
    { require: [leaf('args.a', 'lte', 100)], deny_if: [leaf('args.a', 'gt', 500)] },
    'dead-rule',
    '/tools/t/deny_if/0',
  ],
  [
    'a pattern without anchors',
    { require: [leaf('args.a', 'regex', 'read')] },
    'unanchored',
    '/tools/t/require/0/conditions/0/value',
  ],
  [
    'a path prefix',
    { require: [leaf('args.a', 'starts_with', '/srv/')] },
    'traversal',
    '/tools/t/require/0/conditions/0/value',
  ],
  [
    'a path prefix that denies',
    { deny_if: [leaf('args.a', 'starts_with', '/etc')] },
    'traversal',
    '/tools/t/deny_if/0/conditions/0/value',
  ],
  [
    'a path prefix that asks, in a group',
    { approve_if: [{ any: [{ path: 'args.a', op: 'starts_with', value: 'private/' }] }] },
    'traversal',
    '/tools/t/approve_if/0/any/0/value',
  ],
  [
    'a path prefix that must not be',
    { require: [{ not: { path: 'args.a', op: 'starts_with', value: '/etc/' } }] },
    'traversal',
    '/tools/t/require/0/not/value',
  ],
  [
    'a limit never reached',
    { limits: [limit('c', 'day', 10), limit('c', 'minute', 20)] },
    'dead-limit',
    '/tools/t/limits/1',
  ],
  [
    'a limit never reached, other order',
    { limits: [limit('c', 'minute', 20), limit('c', 'day', 10)] },
    'dead-limit',
    '/tools/t/limits/0',
  ],
  [
    'one counter for two things',
    { limits: [limit('c', 'day', 10), limit('c', 'day', 500, { increment_from: 'args.n' })] },
    'mixed-counter',
    '/tools/t/limits/1',
  ],
  [
    'one counter with two real figures',
    { limits: [limit('c', 'day', 10, { settle_from: 'result.n' }), limit('c', 'hour', 5)] },
    'mixed-counter',
    '/tools/t/limits/1',
  ],
  [
    'a limit never reached in its calendar',
    { limits: [limit('c', 'day', 10, { align: 'calendar' }), limit('c', 'day', 20, { align: 'calendar' })] },
    'dead-limit',
    '/tools/t/limits/1',
  ],
])('%s is a warning', (_title, entry, code, path) => {
  expect(ofEntry(entry)).toEqual([[code, path]])
})

test.each<[string, object]>([
  ['bounds that leave something', { require: [leaf('args.a', 'lte', 5), leaf('args.a', 'gte', 5)] }],
  ['bounds of different paths', { require: [leaf('args.a', 'lte', 5), leaf('args.b', 'gte', 10)] }],
  ['a denial within what is required', { require: [leaf('args.a', 'lte', 500)], deny_if: [leaf('args.a', 'gt', 100)] }],
  ['an anchored pattern', { require: [leaf('args.a', 'regex', '(?i)^read$')] }],
  ['a pattern of a denial', { deny_if: [leaf('args.a', 'regex', 'drop')] }],
  ['a URL prefix', { require: [leaf('args.a', 'starts_with', 'https://a.com/')] }],
  ['a URL that denies', { deny_if: [leaf('args.a', 'starts_with', 'https://a.com/x')] }],
  ['full paths', { deny_if: [leaf('args.a', 'starts_with', '/')] }],
  ['a prefix that is no path', { deny_if: [leaf('args.a', 'starts_with', 'test_')] }],
  [
    'a path prefix behind a glob',
    { require: [leaf('args.a', 'glob', '/srv/**')], deny_if: [leaf('args.a', 'starts_with', '/srv/x/')] },
  ],
  ['what is required of elements', { require: [leaf('args.a[*]', 'eq', 1), leaf('args.a[*]', 'eq', 2)] }],
  [
    'a condition beside an expression that may err',
    {
      require: [leaf('args.a', 'lte', 5)],
      deny_if: [{ conditions: [{ path: 'args.a', op: 'gt', value: 9 }], when: 'args.b == 1' }],
    },
  ],
  ['two useful limits', { limits: [limit('c', 'minute', 10), limit('c', 'day', 100)] }],
  ['limits of two scopes', { limits: [limit('c', 'day', 10), limit('c', 'minute', 20, { scope: 'principal' })] }],
  ['the same rule in two lists', { require: [leaf('args.a', 'eq', 1)], deny_if: [leaf('args.b', 'eq', 1)] }],
])('%s is fine', (_title, entry) => {
  expect(ofEntry(entry)).toEqual([])
})

test.each<[string, string[], string]>([
  ['by name', ['t'], '/tools/t'],
  ['by another case', ['T'], '/tools/t'],
  ['by a glob', ['t*'], '/tools/t'],
  ['with everything', ['*'], '/tools/t'],
])('an entry hidden %s is dead', (_title, hide, path) => {
  expect(warnings({ hide, tools: { t: {} } })).toEqual([['dead-entry', path]])
})

test('a warning has its place, and the document loads', () => {
  const text =
    'version: "1"\ntools:\n  t:\n    require:\n      - conditions:\n          - path: args.a\n            op: regex\n            value: read\n'
  expect(loadedOf(text).problems).toEqual([
    {
      severity: 'warning',
      code: 'unanchored',
      path: '/tools/t/require/0/conditions/0/value',
      line: 8,
      column: 20,
      message: 'this pattern is satisfied by any text that contains a match',
      remedy: 'write `^…$` to require the whole text',
    },
  ])
})

test.each([
  [
    '/etc',
    '`/x/../etc` leads to the same place and does not start with this',
    'use `glob` with `/etc**`, which also looks at the place a value leads to',
  ],
  [
    'a/b',
    '`x/../a/b` leads to the same place and does not start with this',
    'use `glob` with `a/b**`, which also looks at the place a value leads to',
  ],
])('a way around %s is shown, and what closes it', (value, message, remedy) => {
  const document = (op: string, pattern: string) => ({
    version: '1',
    default: 'allow',
    tools: { t: { deny_if: [leaf('args.a', op, pattern)] } },
  })
  expect(loadedOf(document('starts_with', value)).problems).toMatchObject([{ code: 'traversal', message, remedy }])
  const around = /^`(.*?)`/.exec(message)?.[1] ?? ''
  const effect = (op: string, pattern: string, a: string) =>
    decide(policyOf(document(op, pattern)), callOf('t', { a })).effect
  expect(effect('starts_with', value, around)).toBe('allow')
  expect(effect('glob', `${value}**`, around)).toBe('deny')
  expect(effect('glob', `${value}**`, `${value}/x`)).toBe('deny')
  expect(effect('glob', `${value}**`, 'other')).toBe('allow')
})
