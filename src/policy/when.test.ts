import { describe, expect, test } from 'vitest'
import { problemsOf, verdictOn } from '../../test/fixtures/policy-call.ts'
import { readWhen } from './when.ts'

const outcome = (list: 'require' | 'deny_if', when: string, args: object) => {
  const verdict = verdictOn({ [list]: [{ when }] }, args as never)
  return verdict.effect === 'deny' && verdict.error !== undefined ? 'deny!' : verdict.effect
}

describe('expressions', () => {
  test.each<[string, object, string, string]>([
    ['args.amount > 500', { amount: 501 }, 'allow', 'deny'],
    ['args.amount > 500', { amount: 500 }, 'deny', 'allow'],
    ['args.amount > 500', { amount: '501' }, 'deny!', 'deny!'],
    ['args.amount > 500', {}, 'deny!', 'deny!'],
    ['args.amount > 500', { amount: null }, 'deny!', 'deny!'],
    ['args.amount > 500', { amount: Number.NaN }, 'deny!', 'deny!'],
    ['args.amount == 5', { amount: 5 }, 'allow', 'deny'],
    ['has(args.amount) && args.amount > 500', {}, 'deny', 'allow'],
    ['args.amount', { amount: 1 }, 'deny!', 'deny!'],
    ['args.from != args.to', { from: 'a', to: 'b' }, 'allow', 'deny'],
    ['args.from != args.to', { from: 'a', to: 'a' }, 'deny', 'allow'],
    ['args.items.all(i, i.price * double(i.count) <= 100.0)', { items: [{ price: 10, count: 2 }] }, 'allow', 'deny'],
    ['args.items.all(i, i.price * double(i.count) <= 100.0)', { items: [{ price: 10, count: 11 }] }, 'deny', 'allow'],
    ['"writer" in caller.roles', {}, 'allow', 'deny'],
    ['grant.labels.team == "payments" && server.name == "stripe"', {}, 'allow', 'deny'],
    ['tool.name == "t" && tool.category == "Write" && !tool.annotations.readOnlyHint', {}, 'allow', 'deny'],
    ['time.weekday == "sunday" && time.hour == 14 && time.date == "2026-11-22"', {}, 'allow', 'deny'],
    ['args.q.matches("(?i)drop\\\\s+table")', { q: 'x DROP  TABLE y' }, 'allow', 'deny'],
    ['args["__proto__"].x == 1', JSON.parse('{"__proto__":{"x":1}}') as object, 'allow', 'deny'],
    ['has(args.constructor)', {}, 'deny', 'allow'],
    ['size(args.list) <= 3', { list: [1, 2, 3] }, 'allow', 'deny'],
    ['args.name == "prod"', { name: 'PROD' }, 'deny', 'allow'],
  ])('%s on %j: require %s, deny_if %s', (when, args, require, denyIf) => {
    expect(outcome('require', when, args)).toBe(require)
    expect(outcome('deny_if', when, args)).toBe(denyIf)
  })

  test('stands beside conditions: both must hold', () => {
    const rule = { conditions: [{ path: 'args.a', op: 'eq', value: 1 }], when: 'args.b == 1' }
    expect(verdictOn({ deny_if: [rule] }, { a: 1, b: 1 }).effect).toBe('deny')
    expect(verdictOn({ deny_if: [rule] }, { a: 1, b: 2 }).effect).toBe('allow')
    expect(verdictOn({ deny_if: [rule] }, { a: 2, b: 1 }).effect).toBe('allow')
    expect(verdictOn({ deny_if: [rule] }, { a: 2 })).toMatchObject({
      effect: 'deny',
      error: expect.stringContaining('`when`'),
    })
  })

  test('asks where it is in `approve_if`, and an error there denies', () => {
    expect(verdictOn({ approve_if: [{ when: 'args.a > 1' }] }, { a: 2 })).toMatchObject({ effect: 'ask' })
    expect(verdictOn({ approve_if: [{ when: 'args.a > 1' }] }, {})).toMatchObject({ effect: 'deny' })
  })

  test('the denial says what went wrong and shows the expression', () => {
    expect(verdictOn({ require: [{ when: 'args.a > 1' }] }, {})).toMatchObject({
      message: 'required: when args.a > 1 (`when` could not be evaluated: field not found: a)',
      facts: [{ path: 'when', op: 'when', value: 'args.a > 1', holds: 'error' }],
    })
  })
})

describe('refused at load', () => {
  test.each<[string, string]>([
    ['args.a >', 'cannot be read'],
    ['', 'expected text of 1 to 1000 characters'],
    ['arg.a > 1', '`arg` is not known in an expression'],
    ['now() > 1 && foo', '`foo` is not known in an expression'],
    ['args.a.matches(args.b)', '`matches` needs a pattern written out'],
    ['args.a.matches("(?=x)")', 'the pattern does not compile'],
    ['args.a.matches("[a-z]{900}")', 'instructions'],
    ['args.a.all(x, args.a.all(y, args.a.all(z, x == y && y == z)))', 'lists within lists'],
    [`${'args.a + '.repeat(120)}1 > 2`, 'from 1 to 1000 characters'],
  ])('%s', (when, message) => {
    const [problem] = problemsOf({ version: '1', tools: { t: { require: [{ when }] } } })
    expect(problem?.path).toBe('/tools/t/require/0/when')
    expect(problem?.message).toContain(message.replace('from ', ''))
  })

  test('an expression nested too deeply to parse, and one that is long when its macros are written out', () => {
    expect(readWhen(`${'['.repeat(25)}${']'.repeat(25)}`, 'UTC')).toMatchObject({
      ok: false,
      message: 'brackets are nested deeper than 24',
    })
    expect(readWhen(Array(40).fill('args.l.all(a,true)').join('&&'), 'UTC')).toMatchObject({
      ok: false,
      message: 'the expression is too large',
    })
  })
})

const many = (count: number, made: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => made(index))

test.each<[string, object]>([
  ['args.items.all(i, i.price * double(i.count) <= 100.0)', { items: many(1_000, () => ({ price: 1, count: 1 })) }],
  [
    'args.items.all(i, i.currency == args.currency)',
    { currency: 'usd', items: many(2_000, () => ({ currency: 'usd', name: 'a name', tags: ['a', 'b'] })) },
  ],
  ['args.to.all(t, t.endsWith("@example.com"))', { to: many(2_000, index => `someone${index}@example.com`) }],
  ['args.ids.all(i, i in args.allowed)', { ids: many(150, index => index), allowed: many(200, index => index) }],
  ['args.rows.filter(r, r.ok).map(r, r.id).size() <= 500', { rows: many(500, index => ({ ok: true, id: index })) }],
  ['!args.text.contains("password") && !args.text.matches("key-[0-9]+")', { text: 'a word '.repeat(3_000) }],
  [
    'args.index.all(i, args.table[i] == 1.0)',
    {
      index: ['a', 'b'],
      table: Object.fromEntries(['a', 'b', ...many(500, String)].map(key => [key, 1])),
    },
  ],
])('lists of a common size are within the work of a decision: %s', (when, args) => {
  expect(outcome('require', when, args)).toBe('allow')
})

describe('work that grows faster than the call is refused before it is done', () => {
  const list = many(3_000, index => index)
  const periodic = 'a'.repeat(20_000)
  const bombs: readonly [string, object][] = [
    ['args.l.all(a, args.l.all(b, a == b || a != b))', { l: list }],
    ['args.l.all(a, a in args.l)', { l: list }],
    ['args.l.all(a, args.l == args.l)', { l: list }],
    ['args.l.map(a, args.l).map(b, b + b).size() > 5', { l: list }],
    ['args.l.map(a, args.l + args.l + args.l + args.l).size() > 5', { l: list }],
    ['args.l.map(a, args.l.map(b, b)).size() > 5', { l: list }],
    ['args.l.all(a, size(args.s + args.s) > 0)', { l: list, s: periodic }],
    ['args.l.all(a, args.s.contains(args.s + "b"))', { l: list, s: periodic }],
    ['args.l.all(a, !args.s.matches("(a|x)*y"))', { l: list, s: periodic }],
    ['args.l.all(a, timestamp(args.s) > timestamp(args.s))', { l: list, s: periodic }],
    ['args.s.repeated.contains(args.n)', { s: { repeated: periodic.repeat(20) }, n: `${periodic}b${periodic}` }],
    ['(args.c ? args.l : args.l).all(a, (args.c ? args.l : []) == args.l)', { l: list, c: true }],
    ['args.l.filter(a, a >= 0.0).all(b, b in args.l.filter(a, a >= 0.0))', { l: list }],
  ]
  test.each(bombs)('%s', (when, args) => {
    expect(verdictOn({ require: [{ when }] }, args as never)).toMatchObject({
      effect: 'deny',
      error: '`when` would take more work than one decision may',
    })
  })
})

test('a hostile pattern of the document stays linear', () => {
  const verdict = verdictOn({ deny_if: [{ when: 'args.x.matches("^(a+)+$")' }] }, { x: `${'a'.repeat(100_000)}!` })
  expect(verdict).toMatchObject({ effect: 'allow' })
})
