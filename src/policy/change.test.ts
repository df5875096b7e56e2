import { expect, test } from 'vitest'
import { callOf, policyOf, verdictOn } from '../../test/fixtures/policy-call.ts'
import { applyChange } from './change.ts'
import { decide } from './decide.ts'
import { readPath } from './path.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })

test.each<[string, object, object, string | undefined]>([
  ['require at most', { require: [leaf('args.amount', 'lte', 500)] }, { amount: 900 }, '`args.amount` is at most 500'],
  [
    'require at most, text',
    { require: [leaf('args.amount', 'lte', 500)] },
    { amount: '900' },
    '`args.amount` is at most 500',
  ],
  ['require at most, missing', { require: [leaf('args.amount', 'lte', 500)] }, {}, '`args.amount` is at most 500'],
  ['deny above', { deny_if: [leaf('args.amount', 'gt', 500)] }, { amount: 900 }, '`args.amount` is at most 500'],
  ['deny from', { deny_if: [leaf('args.amount', 'gte', 500)] }, { amount: 900 }, '`args.amount` is less than 500'],
  ['require below', { require: [leaf('args.amount', 'lt', 0.5)] }, { amount: 0.5 }, '`args.amount` is less than 0.5'],
  [
    'require and deny on one path',
    { require: [leaf('args.n', 'lte', 500)], deny_if: [leaf('args.n', 'gt', 100)] },
    { n: 900 },
    '`args.n` is at most 100',
  ],
  ['require one of', { require: [leaf('args.c', 'in', ['usd', 'eur'])] }, { c: 'gbp' }, '`args.c` is "usd"'],
  ['require not', { require: [leaf('args.env', 'neq', 'prod')] }, { env: 'prod' }, '`args.env` is not "prod"'],
  ['deny one', { deny_if: [leaf('args.env', 'eq', 'prod')] }, { env: 'PROD' }, '`args.env` is not "prod"'],
  ['require given', { require: [leaf('args.reason', 'exists', true)] }, {}, '`args.reason` is given'],
  ['deny given', { deny_if: [leaf('args.force', 'exists', true)] }, { force: true }, '`args.force` is left out'],
  [
    'require contains',
    { require: [leaf('args.labels', 'contains', 'triage')] },
    { labels: ['a'] },
    '`args.labels` contains "triage"',
  ],
  [
    'deny contains',
    { deny_if: [leaf('args.q', 'contains', 'drop')] },
    { q: 'drop it' },
    '`args.q` does not contain "drop"',
  ],
  [
    'require ends with',
    { require: [leaf('args.to', 'ends_with', '@corp.com')] },
    { to: 'x' },
    '`args.to` ends with "@corp.com"',
  ],
  [
    'require glob',
    { require: [leaf('args.path', 'glob', '/srv/**')] },
    { path: '/etc/x' },
    '`args.path` matches "/srv/**"',
  ],
  [
    'require host',
    { require: [leaf('args.url', 'host_in', ['*.good.com'])] },
    { url: 'https://evil.com' },
    '`args.url` leads to *.good.com',
  ],
  [
    'require network',
    { require: [leaf('args.ip', 'cidr', ['10.0.0.0/8'])] },
    { ip: '8.8.8.8' },
    '`args.ip` is in 10.0.0.0/8',
  ],
  [
    'deny pattern',
    { deny_if: [leaf('args.q', 'regex', '(?i)drop\\s+table')] },
    { q: 'DROP TABLE' },
    '`args.q` does not match "(?i)drop\\\\s+table"',
  ],
  [
    'every element',
    { require: [leaf('args.to[*]', 'ends_with', '@corp.com')] },
    { to: ['a@corp.com', 'b@evil.com'] },
    '`args.to[*]` ends with "@corp.com"',
  ],
  [
    'below an element',
    { deny_if: [leaf('args.items[*].n', 'gt', 5)] },
    { items: [{ n: 1 }, { n: 9 }] },
    '`args.items[*].n` is at most 5',
  ],
  [
    'an amount to count',
    { limits: [{ counter: 'c', window: 'day', max: 9, increment_from: 'args.n' }] },
    { n: '3' },
    '`args.n` can be counted',
  ],
  [
    'two arguments would have to change',
    { require: [{ conditions: [...leaf('args.a', 'eq', 1).conditions, ...leaf('args.b', 'eq', 1).conditions] }] },
    {},
    undefined,
  ],
  ['nothing of the call can change it', { require: [leaf('caller.id', 'eq', 'root')] }, {}, undefined],
  ['no condition', { deny_if: [{ conditions: [] }] }, {}, undefined],
  ['an action', { action: 'deny' }, {}, undefined],
])('%s', (_title, entry, args, words) => {
  const verdict = verdictOn(entry, args as never)
  expect(verdict.effect).toBe('deny')
  expect(verdict.effect === 'deny' ? verdict.wouldPassIf : '').toBe(words)
})

test('what another rule would refuse is not offered', () => {
  const entry = { require: [leaf('args.c', 'in', ['usd', 'eur'])], deny_if: [leaf('args.c', 'eq', 'usd')] }
  expect(verdictOn(entry, { c: 'gbp' })).toMatchObject({ wouldPassIf: '`args.c` is "eur"' })
})

test('the arguments of the call stay as they were', () => {
  const args = { a: { b: [1, 2] }, amount: 900 }
  const before = JSON.stringify(args)
  decide(policyOf({ version: '1', tools: { t: { require: [leaf('args.amount', 'lte', 5)] } } }), callOf('t', args))
  expect(JSON.stringify(args)).toBe(before)
})

test.each<[string, object, unknown, object]>([
  ['args.a.b', {}, 1, { a: { b: 1 } }],
  ['args.a.b', { a: 'text' }, 1, { a: { b: 1 } }],
  ['args.a', { a: 1, b: 2 }, undefined, { b: 2 }],
  ['args.l[*].n', { l: [{ n: 1 }, { n: 2 }] }, 3, { l: [{ n: 3 }, { n: 3 }] }],
  ['args.l[0]', { l: [] }, 3, { l: [3] }],
  ['args.l[1]', { l: [1, 2, 3] }, undefined, { l: [1, 3] }],
])('%s of %j', (text, args, value, expected) => {
  const reading = readPath(text)
  if (!reading.ok) throw new Error(reading.message)
  const change = { path: reading.path, words: '', ...(value !== undefined && { value: value as never }) }
  expect(applyChange(args as never, change)).toEqual(expected)
})

test('`__proto__` in a path changes a member and no prototype', () => {
  const reading = readPath('args.__proto__.x')
  if (!reading.ok) throw new Error(reading.message)
  const changed = applyChange({}, { path: reading.path, value: 1, words: '' })
  expect(JSON.stringify(changed)).toBe('{"__proto__":{"x":1}}')
  expect(({} as Record<string, unknown>)['x']).toBeUndefined()
})
