import { describe, expect, test } from 'vitest'
import { callOf, policyOf, verdictOn } from '../../test/fixtures/policy-call.ts'
import { decide, isListed } from './decide.ts'

const is = (path: string, value: unknown) => ({ path, op: 'eq', value })

describe('order', () => {
  const entry = {
    require: [
      { conditions: [is('args.a', 1)], on_deny: 'require 0' },
      { conditions: [is('args.b', 1)], on_deny: 'require 1' },
    ],
    deny_if: [{ conditions: [is('args.c', 1)], on_deny: 'deny 0' }],
    approve_if: [{ conditions: [is('args.d', 1)], on_deny: 'ask 0' }],
    limits: [{ counter: 'c', window: 'minute', max: 1 }],
  }
  const all = {
    require: [{ conditions: [is('args.ra', 1)], on_deny: 'all require' }],
    deny_if: [{ conditions: [is('args.da', 1)], on_deny: 'all deny' }],
    limits: [{ counter: 'all', window: 'minute', max: 9 }],
  }
  const policy = policyOf({
    version: '1',
    hide: ['h'],
    all_tools: all,
    tools: { t: entry, h: {}, n: { action: 'deny', ...entry } },
  })
  const at = (tool: string, args: object) => decide(policy, callOf(tool, args as never))

  test.each([
    [{}, 'all require'],
    [{ ra: 1 }, 'require 0'],
    [{ ra: 1, a: 1 }, 'require 1'],
    [{ ra: 1, a: 1, b: 1, da: 1, c: 1, d: 1 }, 'all deny'],
    [{ ra: 1, a: 1, b: 1, c: 1, d: 1 }, 'deny 0'],
  ])('%j is denied by the first rule that denies: %s', (args, message) => {
    expect(at('t', args)).toMatchObject({ effect: 'deny', message })
  })

  test('a question comes only when nothing denies, and carries the charges', () => {
    expect(at('t', { ra: 1, a: 1, b: 1, d: 1 })).toMatchObject({
      effect: 'ask',
      rule: '/tools/t/approve_if/0',
      message: 'ask 0',
      charges: [{ counter: 'all' }, { counter: 'c' }],
      approval: { required: [{ rule: '/tools/t/approve_if/0', quorum: 1, approvers: [], allowEdits: false }] },
    })
  })

  test('what is left is allowed, with the charges of all tools first', () => {
    expect(at('t', { ra: 1, a: 1, b: 1 })).toEqual({
      effect: 'allow',
      rule: '/tools/t',
      charges: [
        { counter: 'all', scope: 'grant', windowMs: 60_000, max: 9, units: 1, rule: '/all_tools/limits/0' },
        { counter: 'c', scope: 'grant', windowMs: 60_000, max: 1, units: 1, rule: '/tools/t/limits/0' },
      ],
    })
  })

  test('hidden comes before everything, `action: deny` before the rules', () => {
    expect(at('h', {})).toMatchObject({ rule: '(hidden)', hidden: true })
    expect(at('n', {})).toMatchObject({ rule: '/tools/n/action', hidden: false })
    expect(at('x', {})).toMatchObject({ rule: '(default deny)', hidden: false })
  })
})

test('without a policy every call is denied and nothing is listed', () => {
  expect(decide(undefined, callOf('t'))).toMatchObject({ effect: 'deny', rule: '(no policy)', hidden: false })
  expect(isListed(undefined, 't')).toBe(false)
})

describe('names', () => {
  const policy = policyOf({
    version: '1',
    default: 'allow',
    hide: ['delete_user', 'drop_*'],
    tools: {
      get_user: { limits: [{ counter: 'exact', window: 'minute', max: 1 }] },
      'get_*': { limits: [{ counter: 'glob', window: 'minute', max: 1 }] },
      'get_user_*': { limits: [{ counter: 'longer', window: 'minute', max: 1 }] },
      remove: { action: 'deny' },
      'purge_*': { action: 'deny' },
    },
  })
  const counters = (tool: string) => {
    const verdict = decide(policy, callOf(tool))
    return verdict.effect === 'allow' ? verdict.charges.map(({ counter }) => counter) : verdict.rule
  }

  test.each([
    ['get_user', ['exact']],
    ['get_user_name', ['longer']],
    ['get_x', ['glob']],
    ['other', []],
    ['GET_USER', ['exact']],
    ['Get_x', ['glob']],
    ['delete_user', '(hidden)'],
    ['Delete_User', '(hidden)'],
    ['delete\u2060_user', '(hidden)'],
    ['DROP_ALL', '(hidden)'],
    ['remove', '/tools/remove/action'],
    ['REMOVE', '/tools/remove/action'],
    ['Purge_x', '/tools/purge_*/action'],
  ])('%s', (tool, expected) => {
    expect(counters(tool)).toEqual(expected)
  })

  test('a look-alike of a listed name gets its restrictions, never its permission', () => {
    const strict = policyOf({ version: '1', tools: { get_user: {} } })
    expect(decide(strict, callOf('get_user'))).toMatchObject({ effect: 'allow' })
    expect(decide(strict, callOf('Get_User'))).toMatchObject({ effect: 'deny', rule: '(default deny)' })
    const wide = policyOf({ version: '1', tools: { 'g*': {}, 'G*': {}, GET_USER: { action: 'deny' } } })
    expect(decide(wide, callOf('get_user'))).toMatchObject({ effect: 'deny', rule: '/tools/GET_USER/action' })
    expect(decide(wide, callOf('get_other'))).toMatchObject({ effect: 'allow', rule: '/tools/g*' })
  })

  test('`*` covers tools and not the other doors', () => {
    const tools = policyOf({
      version: '1',
      tools: { '*': {} },
      all_tools: { limits: [{ counter: 'a', window: 'day', max: 1 }] },
    })
    expect(decide(tools, callOf('anything'))).toMatchObject({ effect: 'allow', charges: [{ counter: 'a' }] })
    expect(decide(tools, callOf('resources/read'))).toMatchObject({ rule: '(default deny)' })
    const doors = policyOf({ version: '1', tools: { 'resources/*': {}, '*/*': { action: 'deny' } } })
    expect(decide(doors, callOf('resources/read'))).toMatchObject({ effect: 'allow' })
    expect(decide(doors, callOf('prompts/get'))).toMatchObject({ rule: '/tools/*~1*/action' })
    const open = policyOf({ version: '1', default: 'allow', all_tools: { deny_if: [{ conditions: [] }] } })
    expect(decide(open, callOf('resources/read'))).toMatchObject({ effect: 'allow' })
    expect(decide(open, callOf('tool'))).toMatchObject({ rule: '/all_tools/deny_if/0' })
  })

  test('`hide: ["*"]` hides the doors too', () => {
    const none = policyOf({ version: '1', default: 'allow', hide: ['*'], tools: { a: {} } })
    for (const name of ['a', 'b', 'resources/read']) {
      expect(decide(none, callOf(name))).toMatchObject({ rule: '(hidden)', hidden: true })
      expect(isListed(none, name)).toBe(false)
    }
  })

  test('names of the language are names like any other', () => {
    const policy = policyOf('{"version":"1","tools":{"__proto__":{"action":"deny"},"constructor":{}}}')
    expect(decide(policy, callOf('__proto__'))).toMatchObject({ rule: '/tools/__proto__/action' })
    expect(decide(policy, callOf('constructor'))).toMatchObject({ effect: 'allow' })
    expect(decide(policy, callOf('toString'))).toMatchObject({ rule: '(default deny)' })
  })

  test('what was resolved is remembered within bounds', () => {
    for (let i = 0; i < 10_000; i += 1) policy.resolve(`name_${i}`)
    expect(policy.resolve('name_1').listedBy).toBe('/default')
  })
})

describe('lists', () => {
  const policy = policyOf({
    version: '1',
    hide: ['h'],
    tools: { a: {}, d: { action: 'deny' }, i: { action: 'hide' }, q: { action: 'require_approval' }, h: {} },
  })
  test.each([
    ['a', true],
    ['d', true],
    ['q', true],
    ['i', false],
    ['h', false],
    ['x', false],
  ])('%s is listed: %s', (name, listed) => {
    expect(isListed(policy, name)).toBe(listed)
  })
  test('`action: hide` and `action: require_approval`', () => {
    expect(decide(policy, callOf('i'))).toMatchObject({ rule: '(hidden)', hidden: true })
    expect(decide(policy, callOf('q'))).toMatchObject({
      effect: 'ask',
      rule: '/tools/q/action',
      message: 'a person must approve every call of this tool',
    })
  })
})

describe('mode observe', () => {
  const policy = policyOf({
    version: '1',
    mode: 'observe',
    hide: ['h'],
    tools: {
      t: { deny_if: [{ conditions: [is('args.a', 1)] }], rate_limit: '1/minute' },
      q: { action: 'require_approval' },
    },
  })
  test('nothing is blocked, what would have been is carried, limits are still counted', () => {
    expect(decide(policy, callOf('t', { a: 1 }))).toMatchObject({
      effect: 'allow',
      rule: '/tools/t',
      charges: [{ max: 1 }],
      observed: { effect: 'deny', rule: '/tools/t/deny_if/0' },
    })
    expect(decide(policy, callOf('q'))).toMatchObject({ effect: 'allow', observed: { rule: '/tools/q/action' } })
    expect(decide(policy, callOf('h'))).toMatchObject({ effect: 'allow', observed: { rule: '(hidden)' } })
    expect(decide(policy, callOf('x'))).toMatchObject({ effect: 'allow', observed: { rule: '(default deny)' } })
    expect(decide(policy, callOf('t', { a: 2 }))).not.toHaveProperty('observed')
  })
  test('nothing is left out of lists', () => {
    expect(isListed(policy, 'h')).toBe(true)
    expect(isListed(policy, 'x')).toBe(true)
  })
})

describe('context', () => {
  const deny = (condition: object) => verdictOn({ deny_if: [{ conditions: [condition] }] }, {}).effect
  test.each([
    [is('caller.id', 'ci-bot')],
    [is('caller.kind', 'agent')],
    [{ path: 'caller.roles', op: 'contains', value: 'writer' }],
    [is('caller.roles[0]', 'writer')],
    [is('caller.groups[*]', 'platform')],
    [is('grant.name', 'ci')],
    [is('grant.labels.team', 'payments')],
    [is('server.name', 'stripe')],
    [is('tool.name', 't')],
    [is('tool.category', 'Write')],
    [is('tool.severity', 'medium')],
    [is('tool.annotations.readOnlyHint', false)],
    [is('time.hour', 14)],
    [is('time.weekday', 'sunday')],
    [is('time.date', '2026-11-22')],
    [{ path: 'grant.labels.other', op: 'exists', value: false }],
    [{ path: 'tool.annotations.title', op: 'exists', value: false }],
  ])('%j holds', condition => {
    expect(deny(condition)).toBe('deny')
  })
  test('a category nobody gave is missing', () => {
    const verdict = verdictOn(
      { require: [{ conditions: [is('tool.category', 'Read')] }] },
      {},
      { facts: { annotations: {} } },
    )
    expect(verdict).toMatchObject({ effect: 'deny', facts: [{ holds: 'missing' }] })
  })
  test('time is that of the document zone', () => {
    const entry = {
      deny_if: [{ conditions: [is('time.date', '2026-11-23'), is('time.hour', 3), is('time.weekday', 'monday')] }],
    }
    const input = callOf('t', {}, { timeMs: Date.UTC(2026, 10, 22, 18, 30) })
    const policy = policyOf({ version: '1', time: { zone: 'Asia/Tokyo' }, tools: { t: entry } })
    expect(decide(policy, input).effect).toBe('deny')
    expect(decide(policyOf({ version: '1', tools: { t: entry } }), input).effect).toBe('allow')
  })
  test('a time that is no time errs', () => {
    const entry = { deny_if: [{ conditions: [is('time.hour', 3)] }] }
    expect(verdictOn(entry, {}, { timeMs: Number.NaN })).toMatchObject({ effect: 'deny', error: expect.any(String) })
  })
})

describe('groups', () => {
  const a = is('args.a', 1)
  const b = is('args.b', 1)
  test.each([
    [{ any: [a, b] }, { a: 1 }, 'allow'],
    [{ any: [a, b] }, { b: 1 }, 'allow'],
    [{ any: [a, b] }, { a: 2, b: 2 }, 'deny'],
    [{ all: [a, b] }, { a: 1 }, 'deny'],
    [{ all: [a, b] }, { a: 1, b: 1 }, 'allow'],
    [{ not: a }, { a: 2 }, 'allow'],
    [{ not: a }, { a: 1 }, 'deny'],
    [{ not: a }, {}, 'deny'],
    [{ not: { not: a } }, { a: 1 }, 'allow'],
    [{ not: { not: a } }, {}, 'deny'],
    [{ not: { any: [a, b] } }, { a: 2 }, 'deny'],
    [{ not: { any: [a, b] } }, { a: 2, b: 2 }, 'allow'],
    [{ not: { all: [a, b] } }, { a: 2 }, 'allow'],
    [{ any: [a, b] }, { a: 1, b: 'x' }, 'deny'],
    [{ not: is('args.list[*]', 1) }, { list: [2, 3] }, 'allow'],
    [{ not: is('args.list[*]', 1) }, { list: [2, 1] }, 'deny'],
    [{ not: is('args.a', 'prod') }, { a: 'PROD' }, 'deny'],
    [{ not: is('args.a', 'prod') }, { a: 'test' }, 'allow'],
    [{ not: { path: 'args.a', op: 'glob', value: '/etc/**' } }, { a: '/x/../y' }, 'deny'],
    [{ not: { path: 'args.a', op: 'exists', value: true } }, {}, 'allow'],
  ])('require %j of %j: %s', (condition, args, effect) => {
    expect(verdictOn({ require: [{ conditions: [condition] }] }, args as never).effect).toBe(effect)
  })
  test.each([
    [{ any: [a, b] }, { a: 1 }, 'deny'],
    [{ any: [a, b] }, {}, 'allow'],
    [{ any: [a, b] }, { b: 'x' }, 'deny'],
    [{ not: a }, { a: 2 }, 'deny'],
    [{ not: a }, {}, 'allow'],
    [{ not: is('args.list[*]', 1) }, { list: [1, 2] }, 'deny'],
    [{ not: is('args.list[*]', 1) }, { list: [1, 1] }, 'allow'],
    [{ not: is('args.a', 'prod') }, { a: 'PROD' }, 'deny'],
    [{ not: { path: 'args.a', op: 'glob', value: '/srv/**' } }, { a: '/srv/../etc' }, 'deny'],
  ])('deny_if %j of %j: %s', (condition, args, effect) => {
    expect(verdictOn({ deny_if: [{ conditions: [condition] }] }, args as never).effect).toBe(effect)
  })
})

describe('charges', () => {
  const limit = {
    counter: 'spend',
    window: 'day',
    max: 500,
    scope: 'principal',
    increment_from: 'args.amount',
    key: 'args.customer',
  }
  const entry = { limits: [limit] }
  test('units and key come from the call', () => {
    expect(verdictOn(entry, { amount: 70, customer: 'c1' })).toMatchObject({
      charges: [{ counter: 'spend', units: 70, keyValue: 'c1', scope: 'principal', max: 500 }],
    })
    expect(verdictOn(entry, { amount: 0, customer: 7 })).toMatchObject({ charges: [{ units: 0, keyValue: '7' }] })
  })
  test.each([
    [{ customer: 'c' }],
    [{ amount: -1, customer: 'c' }],
    [{ amount: '70', customer: 'c' }],
    [{ amount: Number.NaN, customer: 'c' }],
    [{ amount: Number.POSITIVE_INFINITY, customer: 'c' }],
    [{ amount: 2 ** 54, customer: 'c' }],
    [{ amount: 1 }],
    [{ amount: 1, customer: null }],
    [{ amount: 1, customer: ['c'] }],
    [{ amount: 1, customer: 'c'.repeat(257) }],
  ])('%j has no amount or key that can be counted and is denied', args => {
    expect(verdictOn(entry, args as never)).toMatchObject({
      effect: 'deny',
      rule: '/tools/t/limits/0',
      error: expect.stringContaining('limit `spend`'),
    })
  })
  test('calendar and settlement are carried', () => {
    const calendar = {
      counter: 'c',
      window: 'day',
      max: 1,
      align: 'calendar',
      zone: 'Asia/Tokyo',
      settle_from: 'result.amount',
    }
    expect(verdictOn({ limits: [calendar] }, {})).toMatchObject({
      charges: [{ calendar: { unit: 'day', zone: 'Asia/Tokyo' }, settleFrom: 'result.amount' }],
    })
  })
  test('the charges of a call that cannot change them are made once', () => {
    const policy = policyOf({ version: '1', tools: { t: { rate_limit: '1/minute' } } })
    const [first, second] = [decide(policy, callOf('t')), decide(policy, callOf('t'))]
    expect(first.effect === 'allow' && second.effect === 'allow' && first.charges === second.charges).toBe(true)
  })
})

describe('messages', () => {
  test.each([
    [{ require: [{ conditions: [{ path: 'args.a', op: 'lte', value: 5 }] }] }, 'required: `args.a` lte 5'],
    [
      { require: [{ conditions: [{ path: 'args.a', op: 'lte', value: 5 }] }], reason: 'small only' },
      'required: `args.a` lte 5: small only',
    ],
    [
      { deny_if: [{ conditions: [is('args.b', 'x'), { not: is('args.c', 1) }] }] },
      'denied when `args.b` eq "x" and not `args.c` eq 1',
    ],
    [{ deny_if: [{ any: [is('args.b', 'x'), is('args.c', 1)] }] }, 'denied when (`args.b` eq "x" or `args.c` eq 1)'],
    [{ deny_if: [{ conditions: [] }] }, 'denied by policy'],
    [{ deny_if: [{ conditions: [] }], reason: 'ask Ops' }, 'ask Ops'],
    [{ action: 'deny' }, 'this tool is denied by policy'],
    [{ action: 'deny', reason: 'ask Ops' }, 'ask Ops'],
    [{ deny_if: [{ conditions: [], on_deny: 'mine' }], reason: 'ask Ops' }, 'mine'],
  ])('%j says: %s', (entry, message) => {
    expect(verdictOn(entry, { b: 'x', c: 2, a: 6 })).toMatchObject({ effect: 'deny', message })
  })
  test('a name in a message shows what is invisible in it', () => {
    expect(decide(policyOf({ version: '1' }), callOf('a\u202eb'))).toMatchObject({
      message: '`a\\u202eb` is not permitted by policy `test`',
    })
  })
})

test('a call that breaks the engine is denied, and says that it was an error', () => {
  const policy = policyOf({ version: '1', tools: { t: { deny_if: [{ conditions: [is('caller.id', 'x')] }] } } })
  const input = callOf('t')
  Object.defineProperty(input, 'caller', {
    get: () => {
      throw new Error('no caller')
    },
  })
  expect(decide(policy, input)).toMatchObject({ effect: 'deny', rule: '(error)', error: 'no caller' })
})

test('a decision over its work budget is denied', () => {
  const conditions = Array.from({ length: 50 }, () => ({ path: 'args.list[*]', op: 'neq', value: 'x' }))
  const list = Array.from({ length: 90_000 }, (_, i) => `v${i}`)
  expect(verdictOn({ require: [{ conditions }] }, { list })).toMatchObject({
    effect: 'deny',
    error: expect.any(String),
  })
})
