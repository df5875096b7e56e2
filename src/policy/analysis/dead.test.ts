import { expect, test } from 'vitest'
import { workMs } from '../../../test/fixtures/growth.ts'
import { loadedOf } from '../../../test/fixtures/policy-call.ts'
import type { ToolFacts } from '../verdict.ts'
import { checkDead } from './dead.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })
const limit = (counter: string, window: string, max: number) => ({ counter, window, max })

function warnings(document: object, tools?: readonly ToolFacts[]) {
  const { problems } = loadedOf(
    { version: '1', ...document },
    {
      further: (log, model) => checkDead(log, model, tools),
      ...(tools && { tools }),
    },
  )
  return problems.map(({ code, path, message }) => [code, path, message] as const)
}
const ofEntry = (entry: object) => warnings({ tools: { t: entry } })

test.each<[string, object, string, string, string]>([
  [
    'a denial behind a broader one',
    { deny_if: [leaf('args.a', 'gt', 500), leaf('args.a', 'gt', 1000)] },
    'dead-rule',
    '/tools/t/deny_if/1',
    'never denies anything: /tools/t/deny_if/0 denies every call it would deny',
  ],
  [
    'a denial that a glob excludes',
    { require: [leaf('args.a', 'glob', '/srv/**')], deny_if: [leaf('args.a', 'glob', '/etc/**')] },
    'dead-rule',
    '/tools/t/deny_if/0',
    'never denies anything: no call that meets /tools/t/require/0 is one it would deny',
  ],
  [
    'a denial that two rules exclude together',
    {
      require: [leaf('args.a', 'in', ['x', 'y'])],
      deny_if: [leaf('args.a', 'eq', 'x'), leaf('args.a', 'in', ['x', 'z'])],
    },
    'dead-rule',
    '/tools/t/deny_if/1',
    'never denies anything: the rules before it deny every call it would deny',
  ],
  [
    'a question behind a denial',
    { deny_if: [leaf('args.a', 'gt', 500)], approve_if: [leaf('args.a', 'gt', 1000)] },
    'dead-rule',
    '/tools/t/approve_if/0',
    'never asks: /tools/t/deny_if/0 denies every call it would ask about',
  ],
  [
    'a question behind a requirement',
    { require: [leaf('args.a', 'lte', 500)], approve_if: [leaf('args.a', 'gt', 1000)] },
    'dead-rule',
    '/tools/t/approve_if/0',
    'never asks: no call that meets /tools/t/require/0 is one it would ask about',
  ],
  [
    'a question behind the same question',
    { approve_if: [leaf('args.a', 'gt', 500), leaf('args.a', 'gt', 1000)] },
    'dead-rule',
    '/tools/t/approve_if/1',
    'asks about nothing more than /tools/t/approve_if/0',
  ],
  [
    'a requirement behind a stricter one',
    { require: [leaf('args.a', 'gte', 10), leaf('args.a', 'gt', 5)] },
    'dead-rule',
    '/tools/t/require/1',
    'requires nothing more than /tools/t/require/0',
  ],
  [
    'conditions that exclude one another',
    {
      deny_if: [
        {
          conditions: [
            { path: 'args.a', op: 'gt', value: 5 },
            { path: 'args.a', op: 'lt', value: 3 },
          ],
        },
      ],
    },
    'contradiction',
    '/tools/t/deny_if/0',
    'its conditions exclude one another: it only denies calls whose values it cannot compare',
  ],
  [
    'texts that exclude one another',
    {
      approve_if: [
        {
          conditions: [
            { path: 'args.a', op: 'eq', value: 'x' },
            { path: 'args.a', op: 'starts_with', value: 'y' },
          ],
        },
      ],
    },
    'contradiction',
    '/tools/t/approve_if/0',
    'its conditions exclude one another: it only stops calls whose values it cannot compare',
  ],
  [
    'a group no call meets',
    {
      require: [
        { conditions: [{ path: 'args.a', op: 'gt', value: 5 }, { not: { path: 'args.a', op: 'gt', value: 3 } }] },
      ],
    },
    'contradiction',
    '/tools/t/require/0',
    'no call can pass: its conditions exclude one another',
  ],
  [
    'a denial of everything that is required',
    { require: [leaf('args.a', 'gte', 10)], deny_if: [leaf('args.a', 'gte', 5)] },
    'contradiction',
    '/tools/t',
    'no call of `t` can pass: its rules leave nothing',
  ],
])('%s', (_title, entry, code, path, message) => {
  expect(ofEntry(entry)).toEqual([[code, path, message]])
})

test.each<[string, object]>([
  ['a broader denial behind a narrower one', { deny_if: [leaf('args.a', 'gt', 1000), leaf('args.a', 'gt', 500)] }],
  ['unlike types', { deny_if: [leaf('args.a', 'eq', 'x'), leaf('args.a', 'eq', 1)] }],
  [
    'a list may hold what a text may not',
    { deny_if: [leaf('args.q', 'contains', 'drop'), leaf('args.q', 'contains', 'drop table')] },
  ],
  ['exact here, broad there', { require: [leaf('args.a', 'in', ['x', 'y'])], deny_if: [leaf('args.a', 'eq', 'X')] }],
  [
    'a question to other people',
    {
      approve_if: [
        { ...leaf('args.a', 'gt', 5), approvers: ['role:a'] },
        { ...leaf('args.a', 'gt', 9), approvers: ['role:b'] },
      ],
    },
  ],
  [
    'a question that may err where everything is asked about',
    { action: 'require_approval', approve_if: [leaf('args.a', 'gt', 5)] },
  ],
  [
    'what a pattern decides',
    { require: [leaf('args.a', 'regex', '^[a-z]+$')], deny_if: [leaf('args.a', 'regex', '^[a-z]*$')] },
  ],
  ['expressions', { deny_if: [{ when: 'args.a > 5.0' }, { when: 'args.a > 9.0' }] }],
  ['two useful limits', { limits: [limit('c', 'minute', 10), limit('c', 'day', 100)] }],
])('%s: nothing is dead', (_title, entry) => {
  expect(ofEntry(entry)).toEqual([])
})

test('rules of all tools come before those of one', () => {
  const rule = (value: string) => ({ deny_if: [leaf('args.a', 'eq', value)] })
  expect(
    warnings({ all_tools: rule('x'), tools: { t: rule('X'), 'resources/read': rule('x'), '**': rule('x') } }),
  ).toEqual([
    ['dead-rule', '/tools/t/deny_if/0', 'never denies anything: /all_tools/deny_if/0 denies every call it would deny'],
  ])
})

test('a limit behind one of all tools', () => {
  const document = { all_tools: { limits: [limit('c', 'day', 5)] }, tools: { t: { limits: [limit('c', 'hour', 9)] } } }
  expect(warnings(document).map(([code, path]) => [code, path])).toEqual([['dead-limit', '/tools/t/limits/0']])
})

test('a calendar limit behind a tighter one', () => {
  const calendar = (max: number) => ({ ...limit('c', 'day', max), align: 'calendar' })
  expect(ofEntry({ limits: [calendar(9), calendar(5)] }).map(([code, path]) => [code, path])).toEqual([
    ['dead-limit', '/tools/t/limits/0'],
  ])
  expect(ofEntry({ limits: [calendar(5), limit('c', 'day', 9)] })).toEqual([])
})

test.each<[string, object, string[]]>([
  ['a glob that only differs for doors', { 'get_*': {}, 'get_**': {} }, ['/tools/get_**']],
  ['a glob with every name taken', { 'a?': {}, 'a*': {}, 'a**': {}, '**a': {} }, ['/tools/a**']],
  ['globs for doors', { 'resources/*': {}, '*/*': {}, '*': {} }, []],
  ['a glob with all doors and all tools taken', { '*/*': {}, '*': {}, '**': {} }, ['/tools/**']],
  ['globs that overlap', { 'get_*': {}, '*_user': {} }, []],
  ['a look-alike', { 'T*': { deny_if: [leaf('args.a', 'eq', 1)] }, 't*': {} }, []],
])('%s', (_title, tools, paths) => {
  expect(warnings({ tools }).map(([code, path]) => [code, path])).toEqual(paths.map(path => ['dead-entry', path]))
})

test('a glob that no tool of the server is left for', () => {
  const document = { tools: { 'get_*': {}, get_a: {}, get_b: {} } }
  expect(warnings(document)).toEqual([])
  expect(warnings(document, [{ name: 'get_a' }, { name: 'get_b' }])).toEqual([
    ['dead-entry', '/tools/get_*', 'no tool of this server reaches `get_*`: each it matches has a more specific entry'],
  ])
  expect(warnings(document, [{ name: 'get_a' }, { name: 'get_b' }, { name: 'get_c' }])).toEqual([])
})

test.each<[string[], string[]]>([
  [['get_secret', 'get_*'], ['/hide/0']],
  [['get_*', 'get_**'], ['/hide/0']],
  [['GET_*', 'get_a*'], ['/hide/1']],
  [['get_*', '*_get'], []],
  [['*', 'a'], ['/hide/1']],
])('hide %j', (hide, paths) => {
  expect(warnings({ hide }).map(([code, path]) => [code, path])).toEqual(paths.map(path => ['dead-entry', path]))
})

test('a warning has its place', () => {
  const text =
    'version: "1"\ntools:\n  t:\n    deny_if:\n      - conditions: [{ path: args.a, op: gt, value: 5 }]\n      - conditions: [{ path: args.a, op: gt, value: 9 }]\n'
  expect(loadedOf(text, { further: checkDead }).problems).toMatchObject([
    { severity: 'warning', code: 'dead-rule', line: 6, column: 9, remedy: 'remove it, or change what comes before it' },
  ])
})

test('a large document is looked at in bounded time', () => {
  const tools: Record<string, object> = {}
  for (let i = 0; i < 500; i += 1) {
    const rules = Array.from({ length: 20 }, (_, index) => leaf(`args.a${index % 5}`, 'contains', `w${i} ${index}`))
    tools[`tool_${i}`] = { deny_if: rules }
  }
  expect(workMs(() => warnings({ tools }))).toBeLessThan(30_000)
})
