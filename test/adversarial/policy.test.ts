/** Group "Policy" of the adversarial cases, and the parts of others that are decided by the policy alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import { explain } from '../../src/policy/explain.ts'
import { specify } from '../../src/policy/spec.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { growth, workMs } from '../fixtures/growth.ts'
import { callOf, loadedOf, policyOf, problemsOf, verdictOn } from '../fixtures/policy-call.ts'
import { scenarios } from '../property/policy-documents.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })

describe('A-018 names of the language are plain data in arguments and paths', () => {
  const args = JSON.parse(
    '{"__proto__": {"admin": true}, "a": {"constructor": {"prototype": 1}}, "toString": "x"}',
  ) as JsonObject

  test.each([
    ['args.__proto__.admin', true],
    ['args.a.constructor.prototype', 1],
    ['args.toString', 'x'],
  ])('A-018 own member %s is read', (path, value) => {
    expect(verdictOn({ deny_if: [leaf(path, 'eq', value)] }, args).effect).toBe('deny')
  })

  test.each([
    'args.__proto__',
    'args.constructor',
    'args.hasOwnProperty',
    'args.list.length',
    'args.text.length',
    'args.a.__proto__',
    'args["__proto__"].x',
    'grant.labels.constructor',
    'tool.annotations.__proto__',
  ])('A-018 inherited member %s does not exist', path => {
    const verdict = verdictOn({ require: [leaf(path, 'exists', true)] }, { a: {}, list: [], text: 'x' })
    expect(verdict.effect).toBe('deny')
  })

  test('A-018 a hostile document changes no prototype', () => {
    const text =
      '{"version":"1","tools":{"__proto__":{"action":"deny"},"a":{"arguments":{"__proto__":{"x":1}}}},"__proto__":{"default":"allow"}}'
    expect(problemsOf(text).map(({ path }) => path)).toContain('/__proto__')
    expect(({} as Record<string, unknown>)['action']).toBeUndefined()
    expect(({} as Record<string, unknown>)['default']).toBeUndefined()
  })
})

describe('names against a deny', () => {
  const policy = policyOf({
    version: '1',
    default: 'allow',
    hide: ['drop_all'],
    tools: { delete_user: { action: 'deny' } },
  })

  test.each([
    ['A-043 case', 'Delete_User'],
    ['A-043 capitals', 'DELETE_USER'],
    ['A-043 word joiner', 'delete\u2060_user'],
    ['A-043 long s', 'delete_u\u017fer'],
    ['A-043 Kelvin sign in another name', 'drop_al\u200dl'],
    ['A-044 full width', '\uff44elete_user'],
    ['A-044 right-to-left override', '\u202edelete_user'],
    ['A-044 TAG characters', 'delete_user\u{e0041}'],
    ['A-044 soft hyphen', 'de\u00adlete_user'],
  ])('%s → the deny holds', (_title, name) => {
    expect(decide(policy, callOf(name))).toMatchObject({ effect: 'deny' })
  })

  test('A-043 an allow of the same name does not hold for its look-alikes', () => {
    const strict = policyOf({ version: '1', tools: { delete_user: {} } })
    for (const name of ['Delete_User', 'delete_user ', 'delete_user\u0000', 'delete\u2060_user', 'delete_u\u017fer']) {
      expect(decide(strict, callOf(name))).toMatchObject({ effect: 'deny', rule: '(default deny)' })
    }
  })

  test('A-044 a name in a message has its invisible characters escaped', () => {
    const verdict = decide(policyOf({ version: '1' }), callOf('x\u202e\u001b[31m\u{e0041}'))
    expect(verdict).toMatchObject({ message: '`x\\u202e\\u001b[31m\\udb40\\udc41` is not permitted by policy `test`' })
  })
})

describe('A-059 a rule that cannot be evaluated denies', () => {
  test.each<[string, object, JsonObject]>([
    ['require, unlike types', { require: [leaf('args.a', 'eq', 'x')] }, { a: 1 }],
    ['deny_if, unlike types', { deny_if: [leaf('args.a', 'eq', 'x')] }, { a: 1 }],
    ['approve_if, unlike types', { approve_if: [leaf('args.a', 'gt', 1)] }, { a: '9' }],
    ['deny_if, step into text', { deny_if: [leaf('args.a.b', 'eq', 'x')] }, { a: '{"b":"x"}' }],
    ['deny_if, list where an element was meant', { deny_if: [leaf('args.a[*].b', 'gt', 1)] }, { a: { b: 5 } }],
    ['deny_if, unreadable address', { deny_if: [leaf('args.a', 'cidr', '127.0.0.0/8')] }, { a: '0x7f000001' }],
    [
      'deny_if, unreadable URL',
      { deny_if: [leaf('args.a', 'host_in', ['evil.com'])] },
      { a: 'http://evil.com\\@good.com' },
    ],
    ['deny_if, not finite', { deny_if: [leaf('args.a', 'gt', 500)] }, { a: Number.NaN }],
    [
      'deny_if, error behind a false condition',
      { deny_if: [{ conditions: [...leaf('args.b', 'eq', 1).conditions, ...leaf('args.a', 'gt', 1).conditions] }] },
      { b: 2, a: 'x' },
    ],
    [
      'limit, amount that is no number',
      { limits: [{ counter: 'c', window: 'day', max: 9, increment_from: 'args.a' }] },
      { a: '1' },
    ],
  ])('A-059 %s → deny', (_title, entry, args) => {
    expect(verdictOn(entry, args)).toMatchObject({ effect: 'deny', error: expect.any(String) })
  })

  test('A-059 a missing path never holds, not even negated', () => {
    expect(verdictOn({ require: [leaf('args.a', 'neq', 'x')] }, {}).effect).toBe('deny')
    expect(verdictOn({ require: [{ not: { path: 'args.a', op: 'eq', value: 'x' } }] }, {}).effect).toBe('deny')
    expect(verdictOn({ require: [leaf('args.a', 'not_in', ['x'])] }, {}).effect).toBe('deny')
  })

  test('A-059 an engine that throws denies', () => {
    const input = new Proxy(callOf('t'), {
      get(target, key) {
        if (key === 'args') throw new Error('gone')
        return Reflect.get(target, key)
      },
    })
    const policy = policyOf({ version: '1', tools: { t: { deny_if: [leaf('args.a', 'eq', 1)] } } })
    expect(decide(policy, input)).toMatchObject({ effect: 'deny', rule: '(error)' })
  })
})

describe('A-060 `amount <= 500` lets through numbers and nothing else', () => {
  const entry = { require: [leaf('args.amount', 'lte', 500)] }
  test.each<[string, JsonObject]>([
    ['"100"', { amount: '100' }],
    ['[100]', { amount: [100] }],
    ['null', { amount: null }],
    ['""', { amount: '' }],
    ['NaN', { amount: Number.NaN }],
    ['-Infinity', { amount: Number.NEGATIVE_INFINITY }],
    ['true', { amount: true }],
    ['{}', { amount: {} }],
    ['{"valueOf":1}', { amount: { valueOf: 1 } }],
    ['missing', {}],
    ['"1e2"', { amount: '1e2' }],
    ['501', { amount: 501 }],
    ['500.0000001', { amount: 500.0000001 }],
  ])('A-060 %s → deny', (_title, args) => {
    expect(verdictOn(entry, args).effect).toBe('deny')
  })
  test('A-060 500 → allow', () => {
    expect(verdictOn(entry, { amount: 500 }).effect).toBe('allow')
    expect(verdictOn(entry, { amount: -1 }).effect).toBe('allow')
  })
  test('A-060 the same as `deny if > 500`: nothing that is not a number slips past', () => {
    for (const amount of ['100', [100], null, '', true, {}, '1e2', Number.NaN]) {
      expect(verdictOn({ deny_if: [leaf('args.amount', 'gt', 500)] }, { amount } as JsonObject).effect).toBe('deny')
    }
  })
})

describe('A-063 a URL is compared as the place it leads to', () => {
  const urls = [
    'https://api.good.com.evil.com',
    'https://api.good.com@evil',
    'https://api.good.com\\@evil.com/',
    'https://api.good.com\\.evil.com/',
    'https://api.good.com\t.evil.com/',
    'https://api.good.com:443@evil.com/',
    'https://user:pass@api.good.com/',
    ' https://api.good.com/',
    'https:\\\\api.good.com',
    'https:api.good.com',
    'https://api.good.com:8443/',
    'http://api.good.com/',
    'https://api.good.comevil/',
    'javascript:https://api.good.com',
    'https://api.good.com\u2044@evil.com',
  ]
  test.each(urls)('A-063 %j under a required prefix https://api.good.com → deny', url => {
    expect(verdictOn({ require: [leaf('args.url', 'starts_with', 'https://api.good.com')] }, { url }).effect).toBe(
      'deny',
    )
  })
  test.each(urls.filter(url => !url.startsWith('http:') && !url.includes(':8443')))(
    'A-063 %j with a required host api.good.com → deny',
    url => {
      expect(verdictOn({ require: [leaf('args.url', 'host_in', ['api.good.com'])] }, { url }).effect).toBe('deny')
    },
  )
  test.each([
    'https://api.good.com',
    'https://api.good.com/',
    'https://api.good.com/a?b=https://evil.com',
    'HTTPS://API.GOOD.COM/x',
    'https://api.good.com:443/x',
    'https://ａpi.good.com/',
  ])('A-063 %s leads there → allow', url => {
    expect(verdictOn({ require: [leaf('args.url', 'starts_with', 'https://api.good.com')] }, { url }).effect).toBe(
      'allow',
    )
    expect(verdictOn({ require: [leaf('args.url', 'host_in', ['api.good.com'])] }, { url }).effect).toBe('allow')
  })
  test.each([
    'https://evil.com',
    'https://EVIL.com/',
    'https://x@evil.com',
    'https:evil.com',
    '\thttps://evil.com',
    'https://evil.com.',
  ])('A-063 %j does not slip past a denied host', url => {
    expect(verdictOn({ deny_if: [leaf('args.url', 'host_in', ['evil.com'])] }, { url }).effect).toBe('deny')
  })
})

describe('A-064 a catastrophic expression', () => {
  const inputs = (length: number) => [`${'a'.repeat(length)}!`, 'x'.repeat(length), 'ab c'.repeat(length / 4)]
  const patterns = ['^(a+)+$', '(a|aa)+$', '(x+x+)+y', '([a-z]+)*[0-9]$', '(.*)(.*)(.*)(.*)=(.*)', '(a?){50}a{50}$']

  test.each(patterns)('A-064 %s on 100 KB → linear, the event loop keeps turning', pattern => {
    const policy = policyOf({ version: '1', tools: { t: { deny_if: [leaf('args.x', 'regex', pattern)] } } })
    const large = inputs(102_400)
    // work of this thread alone; a backtracking engine needs more than 20 s for 30 characters of the first
    const spentMs = large.map(x => workMs(() => decide(policy, callOf('t', { x }))))
    expect(Math.min(...spentMs)).toBeLessThan(50)
    expect(Math.max(...spentMs)).toBeLessThan(1_000)
    for (const [index, x] of inputs(1_600).entries()) {
      const few = () => decide(policy, callOf('t', { x }))
      const many = () => decide(policy, callOf('t', { x: large[index] ?? '' }))
      expect(growth(64, few, many, 3), x.slice(0, 8)).toBeLessThan(16)
    }
  })

  test.each(['(a)\\1', '(?=a)', '(?<!a)b', 'a{1001}', '[a-z]{900}', '((a{100}){100}){100}', 'a'.repeat(1001), '('])(
    'A-064 %s is refused at load',
    pattern => {
      expect(problemsOf({ version: '1', tools: { t: { deny_if: [leaf('args.x', 'regex', pattern)] } } })).toMatchObject(
        [{ code: 'bad-regex', path: '/tools/t/deny_if/0/conditions/0/value' }],
      )
    },
  )
})

describe('A-065 anchoring', () => {
  const matches = (value: string, x: string) =>
    verdictOn({ require: [leaf('args.x', 'regex', value)] }, { x }).effect === 'allow'
  test('A-065 an expression without anchors finds its text anywhere: `delete` holds for `undelete_all`', () => {
    expect(matches('delete', 'undelete_all')).toBe(true)
    expect(verdictOn({ deny_if: [leaf('args.x', 'regex', 'delete')] }, { x: 'undelete_all' }).effect).toBe('deny')
  })
  test('A-065 `^` and `$` are the ends of the text and not of a line', () => {
    expect(matches('^delete$', 'delete')).toBe(true)
    expect(matches('^delete$', 'undelete_all')).toBe(false)
    expect(matches('^delete$', 'delete\nx')).toBe(false)
    expect(matches('^delete$', 'x\ndelete')).toBe(false)
    expect(matches('^delete$', 'delete\n')).toBe(false)
  })
})

describe('A-067 deny wins', () => {
  test('A-067 allow and deny both hold → deny, and the rule is named', () => {
    const entry = { action: 'allow', require: [leaf('args.a', 'eq', 1)], deny_if: [leaf('args.a', 'lte', 1)] }
    expect(verdictOn(entry, { a: 1 })).toMatchObject({ effect: 'deny', rule: '/tools/t/deny_if/0' })
  })
  test('A-067 the rules of all tools and the tool disagree → the restrictive one wins, whichever it is', () => {
    const tool = { require: [leaf('args.a', 'lte', 10)] }
    const all = { require: [leaf('args.a', 'lte', 100)] }
    const policy = policyOf({ version: '1', all_tools: all, tools: { t: tool } })
    expect(decide(policy, callOf('t', { a: 50 }))).toMatchObject({ effect: 'deny', rule: '/tools/t/require/0' })
    expect(decide(policy, callOf('t', { a: 500 }))).toMatchObject({ effect: 'deny', rule: '/all_tools/require/0' })
  })
  test('A-067 the explanation lists both', () => {
    const over = (at: number) => [leaf('args.a', 'gt', at)]
    const policy = policyOf({ version: '1', all_tools: { deny_if: over(100) }, tools: { t: { deny_if: over(10) } } })
    expect(explain(policy, callOf('t', { a: 500 }))).toMatchObject({
      verdict: 'deny',
      rule: '/all_tools/deny_if/0',
      also: ['/tools/t/deny_if/0'],
    })
  })
  test('A-067 hidden and listed → hidden; question and denial → denial', () => {
    const policy = policyOf({
      version: '1',
      hide: ['a'],
      tools: { a: {}, b: { action: 'require_approval', deny_if: [{ conditions: [] }] } },
    })
    expect(decide(policy, callOf('a'))).toMatchObject({ effect: 'deny', rule: '(hidden)' })
    expect(decide(policy, callOf('b'))).toMatchObject({ effect: 'deny', rule: '/tools/b/deny_if/0' })
  })
})

describe('A-068 a mistake in the file refuses the file, with its line', () => {
  test.each<[string, string, number, string]>([
    ['an unknown key', 'version: "1"\ntools:\n  a:\n    deny_iff: []\n', 4, 'did you mean `deny_if`?'],
    ['a misspelt effect', 'version: "1"\ntools:\n  a:\n    action: denny\n', 4, 'did you mean `deny`?'],
    ['a misspelt default', 'version: "1"\ndefault: alow\n', 2, 'did you mean `allow`?'],
    [
      'a misspelt operator',
      'version: "1"\ntools:\n  a:\n    require:\n      - conditions:\n          - {path: args.x, op: matchs, value: a}\n',
      6,
      'use one of eq, neq, lt, lte, gt, gte, in, not_in, exists, regex, contains, starts_with, ends_with, glob, cidr, host_in',
    ],
    [
      'a JSON file',
      '{\n  "version": "1",\n  "tools": {\n    "a": { "limits": [{ "counter": "c", "windov": "day", "max": 1 }] }\n  }\n}',
      4,
      'did you mean `window`?',
    ],
    [
      'a duplicate key',
      '{\n  "version": "1",\n  "default": "deny",\n  "default": "allow"\n}',
      4,
      'keep one of the two',
    ],
  ])('A-068 %s', (_title, text, line, remedy) => {
    expect(problemsOf(text)).toEqual(
      expect.arrayContaining([expect.objectContaining({ severity: 'error', line, remedy })]),
    )
  })
})

test('A-069 random policies × random calls: engine ≡ executable specification (100,000 pairs in test/property)', () => {
  fc.assert(
    fc.property(scenarios(20), ({ document, inputs }) => {
      const { policy, document: normal } = loadedOf(document)
      for (const input of inputs) {
        const { effect, rule } = decide(policy, input)
        expect({ effect, rule }).toEqual({ effect: specify(normal, input).effect, rule: specify(normal, input).rule })
      }
    }),
    { numRuns: 100 },
  )
})
