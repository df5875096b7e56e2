/**
 * What is known of the two public dialects and of the form in tool-page FAQs, row by row: what loads and behaves as it
 * did there, what is read more strictly and with which note, and what is refused with which remedy.
 */
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { decide, isListed } from '../../src/policy/decide.ts'
import { type Loaded, loadPolicy } from '../../src/policy/load.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { callOf } from '../fixtures/policy-call.ts'

type Read = Extract<Loaded, { ok: true }>

function load(document: unknown): Loaded {
  return loadPolicy('p', typeof document === 'string' ? document : stringify(document), { compileSchema })
}

function read(document: unknown): Read {
  const loaded = load(document)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded
}

function effect({ policy }: Read, tool: string, args: JsonObject = {}): string {
  return decide(policy, callOf(tool, args)).effect
}

/** The changes noted at one pointer, or nothing. */
function changesAt({ notes }: Read, path: string): readonly string[] | undefined {
  return notes.find(note => note.path === path)?.changes
}

const doors =
  '`resources/read`, `prompts/get` and the other doors are judged too, and denied unless they are listed; there they passed'
const leaf = (path: string, op: string, value: Json) => ({ path, op, value })

/** An Intercept document with one rule of the tool `t`. */
function intercept(rule: unknown, more: object = {}): JsonObject {
  return { version: '1', default: 'deny', tools: { t: { rules: [rule] } }, ...more } as unknown as JsonObject
}

function condition(path: string, op: string, value: Json, rule: object = {}): JsonObject {
  return intercept({ name: 'r', conditions: [leaf(path, op, value)], ...rule })
}

const rule0 = '/tools/t/rules/0'

describe('comparisons of the older dialect', () => {
  test('two numbers compare as numbers, in both', () => {
    const loaded = read(condition('args.x', 'eq', 1))
    expect(effect(loaded, 't', { x: 1.0 })).toBe('allow')
    expect(effect(loaded, 't', { x: 2 })).toBe('deny')
  })

  test.each<[string, Json, Json, string]>([
    ['eq', 1, '1', 'the text "1" passed there and is denied here'],
    ['eq', '1', 1, 'the number 1 passed there and is denied here'],
    ['eq', true, 'true', 'the text "true" passed there and is denied here'],
    ['eq', 'true', true, 'true passed there and is denied here'],
    ['eq', 'false', false, 'false passed there and is denied here'],
    ['eq', 1_000_000, '1e+06', 'the text "1e+06" passed there and is denied here'],
    ['eq', '<nil>', null, 'null passed there and is denied here'],
    ['in', ['a', 1], '1', 'the text "1" passed there and is denied here'],
    ['neq', 'x', 5, 'a value other than text passed there and is denied here'],
    ['neq', 5, 'x', 'a value other than a number passed there and is denied here'],
    ['not_in', ['x', 'y'], false, 'a value other than text passed there and is denied here'],
  ])('%s %j: %j was compared by its text there, and is denied with a note', (op, value, given, words) => {
    const loaded = read(condition('args.x', op, value))
    expect(effect(loaded, 't', { x: given })).toBe('deny')
    expect(changesAt(loaded, rule0)?.join()).toContain(words)
  })

  test.each<[string, Json]>([
    ['eq', 'usd'],
    ['eq', '1000000'],
    ['in', ['usd', 'eur']],
    ['lt', 5],
    ['lte', 5],
    ['gt', 5],
    ['gte', 5],
    ['regex', '^a'],
    ['exists', true],
    ['exists', false],
  ])('%s %j means the same, and has no note', (op, value) => {
    expect(changesAt(read(condition('args.x', op, value)), rule0)).toBeUndefined()
  })

  test.each(['neq', 'not_in'])('%s: text that differs only in case or form is denied, with a note', op => {
    const loaded = read(condition('args.x', op, op === 'neq' ? 'prod' : ['prod']))
    expect(effect(loaded, 't', { x: 'PROD' })).toBe('deny')
    expect(effect(loaded, 't', { x: 'ｐｒｏｄ' })).toBe('deny')
    expect(effect(loaded, 't', { x: 'test' })).toBe('allow')
    expect(changesAt(loaded, rule0)?.join()).toContain('differs only in case or look-alike characters is denied too')
  })

  test.each(['lt', 'lte', 'gt', 'gte'])('%s: text that looks like a number is denied, as there', op => {
    expect(effect(read(condition('args.x', op, 5)), 't', { x: '5' })).toBe('deny')
  })

  test.each<[string, Json]>([
    ['eq', 'x'],
    ['neq', 'x'],
    ['in', ['x']],
    ['not_in', ['x']],
    ['lt', 5],
    ['regex', '.'],
    ['contains', 'x'],
  ])('a missing path makes %s false and denies, as there', (op, value) => {
    expect(effect(read(condition('args.x', op, value)), 't', {})).toBe('deny')
  })

  test('exists: a present null is absent, as there', () => {
    expect(effect(read(condition('args.x', 'exists', true)), 't', { x: null })).toBe('deny')
    expect(effect(read(condition('args.x', 'exists', false)), 't', { x: null })).toBe('allow')
    expect(effect(read(condition('args.x', 'exists', false)), 't', {})).toBe('allow')
  })

  test('exists false behind a value that is no object: absent there, denied here with a note', () => {
    const loaded = read(condition('args.x.y', 'exists', false))
    expect(effect(loaded, 't', { x: 'text' })).toBe('deny')
    expect(effect(loaded, 't', {})).toBe('allow')
    expect(changesAt(loaded, rule0)?.join()).toContain('read as absent there and is denied here')
  })

  test('regex is RE2 and searches; anything but text is denied, as there', () => {
    const loaded = read(condition('args.x', 'regex', 'b+'))
    expect(effect(loaded, 't', { x: 'abc' })).toBe('allow')
    expect(effect(loaded, 't', { x: 5 })).toBe('deny')
  })

  test('contains: part of a text, element of a list; a list of mixed types is denied with a note', () => {
    const loaded = read(condition('args.x', 'contains', 'a'))
    expect(effect(loaded, 't', { x: 'cat' })).toBe('allow')
    expect(effect(loaded, 't', { x: ['a', 'b'] })).toBe('allow')
    expect(effect(loaded, 't', { x: ['a', 1] })).toBe('deny')
    expect(changesAt(loaded, rule0)).toEqual([
      '`args.x` contains: a list that holds anything but texts is denied, whatever else is in it',
    ])
  })

  test('a list that mixes types gets the values that were equal there, so that none of them passes here', () => {
    const loaded = read(condition('args.x', 'not_in', [true, '5']))
    for (const x of [true, 'true', 5, '5']) expect(effect(loaded, 't', { x }), String(x)).toBe('deny')
    expect(effect(loaded, 't', { x: 'other' })).toBe('allow')
  })
})

describe('paths of the older dialect', () => {
  test('nested members, and names that are written in quotes here', () => {
    const loaded = read(condition('args.a b.c-d', 'eq', 'x'))
    expect(effect(loaded, 't', { 'a b': { 'c-d': 'x' } })).toBe('allow')
    expect(JSON.stringify(loaded.document)).toContain(JSON.stringify('args["a b"].c-d').slice(1, -1))
  })

  test.each(['args.items[0]', 'args.items[*].x', 'args["a.b"]', 'args.*', 'args..x', 'args', 'caller.id', 'time.hour'])(
    '%s named a member or nothing there and something else here: refused',
    path => {
      const loaded = load(condition(path, 'exists', true))
      expect(loaded.problems).toMatchObject([
        { severity: 'error', code: 'bad-path', path: `${rule0}/conditions/0/path`, line: expect.any(Number) },
      ])
    },
  )

  test.each(['glob', 'starts_with', 'cidr', 'host_in'])('%s is no operator of that dialect', op => {
    expect(load(condition('args.x', op, 'a')).problems).toMatchObject([{ path: `${rule0}/conditions/0/op` }])
  })

  test('groups are no part of that dialect', () => {
    expect(load(intercept({ name: 'r', conditions: [{ any: [leaf('args.x', 'eq', 1)] }] })).ok).toBe(false)
  })
})

const state = (more: object = {}) => ({ counter: 'c', window: 'day', ...more })

describe('counters of the older dialect', () => {
  test('rate_limit: a limit, with a note on its window, its scope and what gives room back', () => {
    const loaded = read(intercept({ name: 'r', rate_limit: '5/hour' }))
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({
      effect: 'allow',
      charges: [{ counter: 't._rate_3600s', windowMs: 3_600_000, max: 5, units: 1, scope: 'grant' }],
    })
    expect(changesAt(loaded, `${rule0}/rate_limit`)).toEqual([
      'at most 5 in any hour; there in each hour of the clock, so up to twice as much around its edge',
      'counted for each grant; there for the whole process (`scope: server` counts all grants together)',
      'a call that the server answers with an error stays counted, unless it certainly did nothing',
    ])
  })

  test.each([
    ['lte', 10, 10],
    ['lt', 10, 9],
    ['lte', 10.5, 10],
  ])('state %s %d: at most %d', (op, value, max) => {
    const loaded = read(intercept({ name: 'r', conditions: [leaf('state.t.c', op, value)], state: state() }))
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({
      charges: [{ counter: 't.c', max, windowMs: 86_400_000 }],
    })
  })

  test('increment: three for each call of ten', () => {
    const loaded = read(
      intercept({ name: 'r', conditions: [leaf('state.t.c', 'lte', 10)], state: state({ increment: 3 }) }),
    )
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({ charges: [{ max: 3, units: 1 }] })
  })

  test('increment_from: negative, fractional, text and missing amounts, with a note', () => {
    const held = { name: 'r', conditions: [leaf('state.t.c', 'lte', 100)], state: state({ increment_from: 'args.n' }) }
    const loaded = read(intercept(held))
    for (const n of [-1, '5', null, [5]]) expect(effect(loaded, 't', { n } as JsonObject), String(n)).toBe('deny')
    expect(effect(loaded, 't', {})).toBe('deny')
    expect(decide(loaded.policy, callOf('t', { n: 2.5 }))).toMatchObject({ charges: [{ units: 2.5, max: 100 }] })
    expect(changesAt(loaded, `${rule0}/conditions/0`)?.join()).toContain(
      'a call without a number of 0 or more at `args.n` is denied, and fractions count; there a negative amount gave room back and fractions were cut off',
    )
  })

  test('on_deny of a counted rule is not told, with a note', () => {
    const held = { name: 'r', conditions: [leaf('state.t.c', 'lte', 5)], state: state(), on_deny: 'enough' }
    expect(changesAt(read(intercept(held)), `${rule0}/conditions/0`)).toContain(
      '`on_deny` is not told: a limit has words of its own',
    )
  })

  test.each(['gt', 'gte', 'eq', 'neq', 'in', 'exists'])('state %s never counted there: refused', op => {
    const value = op === 'in' ? [1] : op === 'exists' ? true : 1
    const loaded = load(intercept({ name: 'r', conditions: [leaf('state.t.c', op, value)], state: state() }))
    expect(loaded.problems).toMatchObject([
      { code: 'bad-limit', path: `${rule0}/conditions/0/op`, remedy: 'use `lte`', line: expect.any(Number) },
    ])
  })

  test('a counter that nothing holds was never counted: left out, with a note', () => {
    const loaded = read(intercept({ name: 'r', conditions: [leaf('args.x', 'lt', 5)], state: state() }))
    expect(decide(loaded.policy, callOf('t', { x: 1 }))).toMatchObject({ effect: 'allow', charges: [] })
    expect(changesAt(loaded, `${rule0}/state`)).toEqual(['nothing holds the counter `c`: as there, it is not counted'])
  })

  test('one rule may hold the counter another one keeps', () => {
    const keeps = { name: 'a', conditions: [leaf('state.t.c', 'lte', 100)], state: state() }
    const holds = { name: 'b', conditions: [leaf('state.t.c', 'lte', 5)] }
    const loaded = read({ version: '1', tools: { t: { rules: [keeps, holds] } } })
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({ charges: [{ max: 100 }, { max: 5, counter: 't.c' }] })
  })

  test.each([
    [
      'a counter nobody keeps',
      [{ name: 'r', conditions: [leaf('state.t.d', 'lte', 1)], state: state() }],
      'conditions/0/path',
    ],
    [
      'a counter of another tool',
      [{ name: 'r', conditions: [leaf('state.u.c', 'lte', 1)], state: state() }],
      'conditions/0/path',
    ],
    [
      'text instead of a number',
      [{ name: 'r', conditions: [leaf('state.t.c', 'lte', '1')], state: state() }],
      'conditions/0/value',
    ],
    [
      'an amount that is no argument',
      [{ name: 'r', conditions: [leaf('state.t.c', 'lte', 1)], state: state({ increment_from: 'n' }) }],
      'state/increment_from',
    ],
    [
      'a bad window',
      [{ name: 'r', conditions: [leaf('state.t.c', 'lte', 1)], state: state({ window: 'year' }) }],
      'state/window',
    ],
    [
      'a counter without a name',
      [{ name: 'r', conditions: [leaf('state.t.c', 'lte', 1)], state: state({ counter: '' }) }],
      'state/counter',
    ],
    [
      'a counter that decides who is asked',
      [{ name: 'r', action: 'require_approval', conditions: [leaf('state.t.c', 'lte', 1)], state: state() }],
      'conditions/0',
    ],
  ])('%s is refused', (_what, rules, at) => {
    expect(load({ version: '1', tools: { t: { rules } } }).problems.map(problem => problem.path)).toContain(
      `${rule0}/${at}`,
    )
  })

  test('a counter that is kept twice is refused', () => {
    const rules = [1, 2].map(n => ({ name: `r${n}`, conditions: [leaf('state.t.c', 'lte', n)], state: state() }))
    expect(load({ version: '1', tools: { t: { rules } } }).problems).toMatchObject([
      { code: 'duplicate-key', path: '/tools/t/rules/1/state/counter' },
    ])
  })
})

describe('order and reach of the older dialect', () => {
  const star = (rules: readonly unknown[], more: object = {}) => ({
    version: '1',
    tools: { t: { rules: [] }, '*': { rules } },
    ...more,
  })

  test('rules of `*` hold for every tool that is listed, and rescue none that is not', () => {
    const loaded = read(star([{ name: 'all', conditions: [leaf('args.ok', 'eq', true)] }], { default: 'deny' }))
    expect(effect(loaded, 't', { ok: true })).toBe('allow')
    expect(effect(loaded, 't', {})).toBe('deny')
    expect(effect(loaded, 'other', { ok: true })).toBe('deny')
    expect(loaded.document).toMatchObject({ all_tools: { require: [{}] } })
  })

  test('under `default: allow` they hold for unlisted tools too', () => {
    const loaded = read(star([{ name: 'all', conditions: [leaf('args.ok', 'eq', true)] }]))
    expect(effect(loaded, 'other', {})).toBe('deny')
    expect(effect(loaded, 'other', { ok: true })).toBe('allow')
  })

  test('a counter of `*` is one counter for all tools', () => {
    const loaded = read(star([{ name: 'all', conditions: [leaf('state._global.c', 'lte', 9)], state: state() }]))
    for (const tool of ['t', 'other'])
      expect(decide(loaded.policy, callOf(tool))).toMatchObject({ charges: [{ counter: '_global.c', max: 9 }] })
  })

  test('rules of `*` came last there and come first here: a note where the reason can differ', () => {
    const own = { rules: [{ name: 'own', conditions: [leaf('args.x', 'eq', 1)] }] }
    const all = { rules: [{ name: 'all', conditions: [leaf('args.y', 'eq', 1)] }] }
    const changes = [
      'these rules are tried before those of the tool: the verdict is the same, the reason given may be another',
    ]
    expect(changesAt(read({ version: '1', tools: { t: own, '*': all } }), '/tools/*')).toEqual(changes)
    expect(changesAt(read({ version: '1', tools: { t: { rules: [] }, '*': all } }), '/tools/*')).toBeUndefined()
  })

  test('conditions come before `action: deny` here: a note where the reason can differ', () => {
    const rules = [
      { name: 'never', action: 'deny' },
      { name: 'small', conditions: [leaf('args.n', 'lt', 5)] },
    ]
    const loaded = read({ version: '1', tools: { t: { rules } } })
    expect(decide(loaded.policy, callOf('t', { n: 9 }))).toMatchObject({ effect: 'deny', rule: '/tools/t/rules/1' })
    expect(changesAt(loaded, '/tools/t')?.join()).toContain('the reason given may be another')
  })

  test('hidden and denied tools are left out of lists; what default deny leaves out was shown there: a note', () => {
    const loaded = read(intercept({ name: 'r', action: 'deny' }, { hide: ['h'] }))
    expect([isListed(loaded.policy, 't'), isListed(loaded.policy, 'h'), isListed(loaded.policy, 'u')]).toEqual([
      true,
      false,
      false,
    ])
    expect(changesAt(loaded, '/default')).toEqual([
      'tools that are not listed are left out of lists too; there they were shown',
      doors,
    ])
  })

  test('`default` is allow when left out, as there, with a note', () => {
    const loaded = read({ version: '1', tools: { t: { rules: [] } } })
    expect(effect(loaded, 'other')).toBe('allow')
    expect(loaded.notes.flatMap(note => note.changes)).toContain(
      'tools that are not listed are allowed, as there; write `default: deny` to change that',
    )
  })

  test('`hide: ["*"]` hides everything, the other doors too: a note', () => {
    const loaded = read(intercept({ name: 'r', rate_limit: '5/hour' }, { hide: ['*'] }))
    expect(effect(loaded, 't')).toBe('deny')
    expect(effect(loaded, 'resources/read')).toBe('deny')
    expect(changesAt(loaded, '/hide/0')?.join()).toContain('are hidden too; there they passed')
  })

  test('a glob in `hide` was the name of one tool there: a note', () => {
    const loaded = read(intercept({ name: 'r', rate_limit: '5/hour' }, { hide: ['delete_*'], default: 'allow' }))
    expect(effect(loaded, 'delete_x')).toBe('deny')
    expect(changesAt(loaded, '/hide/0')).toEqual(['hides every tool it matches; there it was the name of one'])
  })

  test('resources and prompts were not judged there: denied under default deny, with a note; allowed under allow', () => {
    const deny = read(intercept({ name: 'r', rate_limit: '5/hour' }))
    expect(effect(deny, 'resources/read', { uri: 'a:b' })).toBe('deny')
    expect(changesAt(deny, '/default')).toContain(doors)
    const allow = read(intercept({ name: 'r', rate_limit: '5/hour' }, { default: 'allow' }))
    expect(effect(allow, 'resources/read', { uri: 'a:b' })).toBe('allow')
    expect(allow.notes.flatMap(note => note.changes)).not.toContain(doors)
  })

  test('the message of a rule: `on_deny`, else its name', () => {
    const named = read(condition('args.x', 'eq', 'a'))
    expect(decide(named.policy, callOf('t', { x: 'b' }))).toMatchObject({ message: 'Denied by rule "r"' })
    const told = read(condition('args.x', 'eq', 'a', { on_deny: 'only a' }))
    expect(decide(told.policy, callOf('t', { x: 'b' }))).toMatchObject({ message: 'only a' })
  })
})

describe('what the older dialect refuses is refused, with its place', () => {
  test.each<[string, unknown, string]>([
    ['version not "1"', { version: '2', tools: { t: { rules: [] } } }, '/version'],
    ['default neither allow nor deny', intercept({ name: 'r', action: 'deny' }, { default: 'ask' }), '/default'],
    ['a blank entry of hide', intercept({ name: 'r', action: 'deny' }, { hide: [''] }), '/hide/0'],
    ['a rule without a name', intercept({ action: 'deny' }), `${rule0}/name`],
    ['an unknown action', intercept({ name: 'r', action: 'block' }), `${rule0}/action`],
    [
      'deny with conditions',
      intercept({ name: 'r', action: 'deny', conditions: [leaf('args.x', 'eq', 1)] }),
      `${rule0}/conditions`,
    ],
    ['evaluate without conditions', intercept({ name: 'r' }), rule0],
    ['an unknown operator', condition('args.x', 'like', 1), `${rule0}/conditions/0/op`],
    ['in without a list', condition('args.x', 'in', 'a'), `${rule0}/conditions/0/value`],
    ['lt without a number', condition('args.x', 'lt', '5'), `${rule0}/conditions/0/value`],
    ['exists without true or false', condition('args.x', 'exists', 1), `${rule0}/conditions/0/value`],
    ['a regex that is no text', condition('args.x', 'regex', 5), `${rule0}/conditions/0/value`],
    ['a regex that does not compile', condition('args.x', 'regex', '('), `${rule0}/conditions/0/value`],
    ['a rate of another form', intercept({ name: 'r', rate_limit: '5 per hour' }), `${rule0}/rate_limit`],
    ['a rate of nothing', intercept({ name: 'r', rate_limit: '0/hour' }), `${rule0}/rate_limit`],
    ['a rate beside conditions', condition('args.x', 'eq', 1, { rate_limit: '5/hour' }), `${rule0}/rate_limit`],
    ['a rate beside deny', intercept({ name: 'r', action: 'deny', rate_limit: '5/hour' }), `${rule0}/rate_limit`],
    ['a glob for a name', { version: '1', tools: { 'get_*': { rules: [] } } }, '/tools/get_*'],
  ])('%s', (_what, document, path) => {
    const loaded = load(document)
    expect(loaded.ok).toBe(false)
    expect(loaded.problems.map(problem => problem.path)).toContain(path)
  })

  test('every mistake is found in one reading', () => {
    const rules = [{ action: 'block' }, { name: 'r', rate_limit: 'x' }]
    expect(load({ version: '2', default: 'x', tools: { t: { rules } } }).problems.length).toBeGreaterThanOrEqual(5)
  })
})

describe('later versions of the older dialect', () => {
  test('require_approval: the conditions select the calls that need a person', () => {
    const rule = {
      name: 'large',
      action: 'require_approval',
      conditions: [leaf('args.n', 'gt', 50_000)],
      approval_timeout: '30m',
    }
    const loaded = read(intercept(rule))
    expect(effect(loaded, 't', { n: 50_001 })).toBe('ask')
    expect(effect(loaded, 't', { n: 50_000 })).toBe('allow')
    expect(effect(loaded, 't', {})).toBe('allow')
    expect(effect(loaded, 't', { n: '50001' })).toBe('deny')
    expect(changesAt(loaded, rule0)).toEqual([
      '`args.n` gt: a value other than a number passed there without a person and is denied here',
    ])
    expect(loaded.document).toMatchObject({ tools: { t: { approve_if: [{ quorum: 1, decide_within: '1800s' }] } } })
  })

  test('require_approval without conditions: every call', () => {
    expect(effect(read(intercept({ name: 'r', action: 'require_approval' })), 't')).toBe('ask')
  })

  test('the `approvals` block is left out with a warning', () => {
    const loaded = read(
      intercept({ name: 'r', action: 'require_approval' }, { approvals: { webhook: 'https://x.example' } }),
    )
    expect(loaded.problems).toMatchObject([{ severity: 'warning', code: 'not-carried', path: '/approvals' }])
  })

  test.each([
    ['spend_limit', '$500/day', 'increment_from'],
    ['spend', { per_call: 5, daily: 50 }, 'increment_from'],
    ['idempotency_window', '5m', 'remove the key'],
    ['redact', true, '`results`'],
  ])('%s has no equal and is refused, with what to write instead', (key, value, remedy) => {
    expect(load(intercept({ name: 'r', conditions: [leaf('args.x', 'eq', 1)], [key]: value })).problems).toMatchObject([
      {
        code: 'not-carried',
        path: `${rule0}/${key}`,
        message: `\`${key}\` has no equal in a policy`,
        remedy: expect.stringContaining(remedy),
        line: expect.any(Number),
      },
    ])
  })

  test('any other key is refused with the nearest one', () => {
    expect(load(intercept({ name: 'r', rate_limits: '5/hour' })).problems[0]).toMatchObject({
      code: 'unknown-key',
      remedy: 'did you mean `rate_limit`?',
    })
  })
})

describe('the hosted form', () => {
  const hosted = (entry: unknown, more: object = {}) => ({
    version: '1',
    default: 'deny',
    tools: { t: entry },
    ...more,
  })
  const denying = (path: string, op: string, value: Json) =>
    hosted({ deny_if: [{ conditions: [leaf(path, op, value)] }] })

  test('order: hidden, not listed, rules', () => {
    const loaded = read(hosted({}, { hide: ['h'] }))
    expect(decide(loaded.policy, callOf('h'))).toMatchObject({ rule: '(hidden)' })
    expect(decide(loaded.policy, callOf('other'))).toMatchObject({ rule: '(default deny)' })
    expect(effect(loaded, 't')).toBe('allow')
    expect(decide(undefined, callOf('t'))).toMatchObject({ rule: '(no policy)' })
  })

  test('a deny_if without conditions denies always, and the tool stays visible', () => {
    const loaded = read(hosted({ deny_if: [{ conditions: [], on_deny: 'Requires human approval.' }] }))
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({ effect: 'deny', message: 'Requires human approval.' })
    expect(isListed(loaded.policy, 't')).toBe(true)
    expect(loaded.notes.map(note => note.path)).toEqual(['/default'])
  })

  test.each<[string, Json, Json, string]>([
    ['gt', 500, '900', 'a value other than a number passed there and is denied here'],
    ['eq', 'prod', 5, 'a value other than text passed there and is denied here'],
    ['eq', 'prod', 'PROD', 'text that differs only in case or look-alike characters is denied too'],
    ['regex', 'drop', 'DROP', 'text that differs only in case or look-alike characters is denied too'],
    ['contains', 'rm', ['x', 5], 'a value other than text, or a list of texts, passed there and is denied here'],
    ['neq', 1, '1', 'the text "1" passed there and is denied here'],
  ])('deny_if %s %j: %j is denied, with a note', (op, value, given, words) => {
    const loaded = read(denying('args.x', op, value))
    expect(effect(loaded, 't', { x: given })).toBe('deny')
    expect(changesAt(loaded, '/tools/t/deny_if/0')?.join()).toContain(words)
  })

  test('deny_if behind a value that is no object: denied, with a note', () => {
    const loaded = read(denying('args.x.y', 'gt', 5))
    expect(effect(loaded, 't', { x: 'text' })).toBe('deny')
    expect(changesAt(loaded, '/tools/t/deny_if/0')?.join()).toContain(
      'a value on the way that is no object passed there',
    )
  })

  test('deny_if of several conditions: one that cannot be compared denies, whatever the others say', () => {
    const conditions = [leaf('args.a', 'neq', 'x'), leaf('args.b', 'eq', 'y')]
    const loaded = read(hosted({ deny_if: [{ conditions }] }))
    expect(effect(loaded, 't', { a: 5, b: 'z' })).toBe('deny')
    expect(changesAt(loaded, '/tools/t/deny_if/0')?.join()).toContain('whatever the other conditions say')
  })

  test('a glob in `tools` was the name of one tool there: a note, because it allows more here', () => {
    const loaded = read({ version: '1', default: 'deny', tools: { 'get_*': { limits: [] } } })
    expect(effect(loaded, 'get_x')).toBe('allow')
    expect(changesAt(loaded, '/tools/get_*')).toEqual(['is about every tool it matches; there it was the name of one'])
  })

  test('a list that mixes types denies less: the note says what to add', () => {
    const loaded = read(denying('args.x', 'in', [true, '5']))
    expect(effect(loaded, 't', { x: 'true' })).toBe('allow')
    expect(changesAt(loaded, '/tools/t/deny_if/0')?.join()).toContain(
      '"true" and 5 were equal there and pass here: add them',
    )
  })

  test('limits: named windows, scope grant, free names; the same name counts together', () => {
    const limit = { counter: 'policies.create_rate', window: 'hour', max: 30, scope: 'grant' }
    const loaded = read(
      hosted({ limits: [limit] }, { all_tools: { limits: [{ ...limit, window: 'minute', max: 120 }] } }),
    )
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({
      charges: [
        { counter: 'policies.create_rate', max: 120, windowMs: 60_000 },
        { counter: 'policies.create_rate', max: 30, windowMs: 3_600_000 },
      ],
    })
    expect(loaded.notes.map(note => note.path)).toEqual(['/default'])
  })

  test('a note has the line of its rule', () => {
    const text =
      '{\n "version": "1", "default": "deny",\n "tools": {"t": {"deny_if": [\n  {"conditions": [{"path":"args.x","op":"gt","value":1}]}\n ]}}\n}'
    expect(read(text).notes).toMatchObject([
      { path: '/tools/t/deny_if/0', line: 4, column: 3 },
      { path: '/default', line: 2 },
    ])
  })
})

describe('the form in tool-page FAQs', () => {
  test('max and a window in seconds: a limit for each grant, with a note', () => {
    const loaded = read({ version: '1', default: 'deny', tools: { t: { rate_limit: { max: 10, window: 60 } } } })
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({
      charges: [{ max: 10, windowMs: 60_000, scope: 'grant' }],
    })
    expect(changesAt(loaded, '/tools/t/rate_limit')).toEqual([
      'counted for each grant here, in any interval of that length; there, for each agent session',
    ])
  })

  test('action deny with a reason', () => {
    const loaded = read({ tools: { t: { action: 'deny', reason: 'write to sales' } } })
    expect(decide(loaded.policy, callOf('t'))).toMatchObject({ effect: 'deny', message: 'write to sales' })
    expect(loaded.notes.flatMap(note => note.changes)).toEqual([
      'read as the form of the tool-page FAQs',
      'the document has no version and is read as version "1"',
      'the document has no default: tools it does not list are denied',
      doors,
    ])
  })
})

describe('recommended defaults load as they are published', () => {
  const hostedLimit = (counter: string, window: string, max: number) => ({
    limits: [{ counter, window, max, scope: 'grant' }],
  })
  const blocked = (on_deny: string) => ({ deny_if: [{ conditions: [], on_deny }] })
  test.each<[string, unknown, string, number | undefined]>([
    ['read, tool page', {}, 'allow', undefined],
    ['read, server page', hostedLimit('t_per_minute', 'minute', 60), 'allow', 60],
    ['write, tool page', hostedLimit('t_rate', 'minute', 30), 'allow', 30],
    ['write, server page', hostedLimit('t_per_hour', 'hour', 30), 'allow', 30],
    ['execute, tool page', hostedLimit('t_rate', 'minute', 10), 'allow', 10],
    ['destructive, server page', blocked('Blocked by default. Requires approval.'), 'deny', undefined],
    ['financial, tool page', blocked('Requires human approval.'), 'deny', undefined],
  ])('%s', (_what, entry, verdict, max) => {
    const loaded = read({ version: '1', default: 'deny', tools: { t: entry } })
    expect(loaded.problems).toEqual([])
    const decided = decide(loaded.policy, callOf('t'))
    expect(decided.effect).toBe(verdict)
    if (decided.effect === 'allow')
      expect(decided.charges.map(charge => charge.max)).toEqual(max === undefined ? [] : [max])
    expect(effect(loaded, 'other')).toBe('deny')
  })

  test('destructive, tool page: hidden', () => {
    const loaded = read({ version: '1', default: 'deny', hide: ['delete_file'], tools: {} })
    expect(decide(loaded.policy, callOf('delete_file'))).toMatchObject({ rule: '(hidden)' })
  })

  test.each(['60/minute', '30/hour'])('the older dialect: rate_limit %s', rate_limit => {
    expect(effect(read(intercept({ name: 'r', rate_limit })), 't')).toBe('allow')
  })

  test('the older dialect: a server with presets', () => {
    const rates = (...list: readonly string[]) => ({
      rules: list.map(rate_limit => ({ name: rate_limit, rate_limit })),
    })
    const loaded = read({
      version: '1',
      hide: ['delete_file'],
      tools: {
        merge_pull_request: rates('2/minute', '10/hour'),
        push_files: rates('3/minute', '20/hour'),
        actions_run_trigger: rates('5/hour'),
        '*': rates('120/minute'),
      },
    })
    expect(decide(loaded.policy, callOf('merge_pull_request'))).toMatchObject({
      charges: [{ max: 120 }, { max: 2 }, { max: 10 }],
    })
    expect(effect(loaded, 'delete_file')).toBe('deny')
    expect(effect(loaded, 'list_issues')).toBe('allow')
  })

  test('a published example: files by path', () => {
    const loaded = read({
      version: '1',
      default: 'deny',
      tools: {
        read_file: {},
        list_directory: {},
        write_file: {
          deny_if: [
            { conditions: [leaf('args.path', 'regex', '^/Users/[^/]+/(\\.ssh|\\.aws|secrets)')], on_deny: 'no' },
          ],
        },
      },
    })
    expect(effect(loaded, 'write_file', { path: '/Users/me/.ssh/id' })).toBe('deny')
    expect(effect(loaded, 'write_file', { path: '/Users/me/notes.txt' })).toBe('allow')
    expect(effect(loaded, 'read_file', { path: '/etc/hosts' })).toBe('allow')
  })
})
