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

test('work that grows with the square of a list is refused before it is done', () => {
  const list = Array.from({ length: 10_000 }, (_, i) => i)
  const started = performance.now()
  const verdict = verdictOn({ require: [{ when: 'args.l.all(a, args.l.all(b, a == b || a != b))' }] }, { l: list })
  expect(verdict).toMatchObject({ effect: 'deny', error: '`when` would take more work than one decision may' })
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a hostile pattern of the document stays linear', () => {
  const started = performance.now()
  verdictOn({ deny_if: [{ when: 'args.x.matches("^(a+)+$")' }] }, { x: `${'a'.repeat(100_000)}!` })
  expect(performance.now() - started).toBeLessThan(5_000)
})
