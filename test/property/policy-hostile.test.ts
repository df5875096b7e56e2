/**
 * Documents and calls that would hold or break another engine. Shown by counting and by growth, not by a clock: what is
 * eight times as large takes about eight times as long, a list is read a bounded number of times, and what is refused is
 * refused with a code and a place. The same refusals as `sallyport policy check` prints them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { limits } from '../../src/limits.ts'
import { decide } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { readPattern } from '../../src/policy/pattern.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { countedList, growth } from '../fixtures/growth.ts'
import { callOf, loadedOf, policyOf, verdictOn } from '../fixtures/policy-call.ts'
import { runRecorded } from '../fixtures/recorded-shell.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })
const many = <T>(count: number, made: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => made(index))
const tool = (entry: object) => ({ version: '1', tools: { t: entry } })
const denyIf = (...rules: object[]) => tool({ deny_if: rules })

/** Sixteen times as much may take so many times sixteen times as long; a square would take sixteen. */
const inProportion = 4

describe('documents of every size load in proportion to it', () => {
  const toolsOf = (count: number) => many(count, i => [`tool_${i}`, { deny_if: [leaf('args.x', 'gt', i)] }] as const)
  const asJson = (count: number) => JSON.stringify({ version: '1', tools: Object.fromEntries(toolsOf(count)) })
  const asYaml = (count: number) =>
    ['version: "1"', 'tools:', ...toolsOf(count).map(([name, entry]) => `  ${name}: ${JSON.stringify(entry)}`)].join(
      '\n',
    )

  test('the document of 5,000 tools has more than 200 KB', () => {
    expect(asJson(5_000).length).toBeGreaterThan(200_000)
    expect(loadedOf(asJson(5_000)).problems).toEqual([])
  })

  test.each<[string, number, (size: number) => string]>([
    ['tools, JSON', 5_000, asJson],
    ['tools, YAML', 2_500, asYaml],
    ['rules of one tool', 8_000, size => JSON.stringify(denyIf(...many(size, i => leaf('args.x', 'gt', i))))],
    [
      'globs as tools',
      4_000,
      size => JSON.stringify({ version: '1', tools: Object.fromEntries(many(size, i => [`a${i}_*`, {}])) }),
    ],
    ['hidden names', 8_000, size => JSON.stringify({ version: '1', hide: many(size, i => `tool_${i}*`) })],
    [
      'a list of values',
      64_000,
      size =>
        JSON.stringify(
          denyIf(
            leaf(
              'args.x',
              'in',
              many(size, i => `value ${i}`),
            ),
          ),
        ),
    ],
    [
      'patterns',
      1_000,
      size => JSON.stringify(denyIf(...many(size, i => leaf('args.x', 'regex', `[a-z]{1,80}_${i}`)))),
    ],
    [
      'expressions',
      1_000,
      size => JSON.stringify(denyIf(...many(size, i => ({ when: `args.x > ${i}.0 && args.y.all(a, a < 1.0)` })))),
    ],
    [
      'anchors and aliases',
      4_000,
      size =>
        [
          'version: "1"',
          'hide:',
          ...many(size, i => `  - &a${i} n${i}`),
          'tools:',
          ...many(size, i => `  t${i}: { reason: *a${i} }`),
        ].join('\n'),
    ],
    [
      'wrong keys, each with a place',
      8_000,
      size => JSON.stringify({ version: '1', tools: Object.fromEntries(many(size, i => [`t${i}`, { denyif: [] }])) }),
    ],
  ])(
    '%s',
    (_title, size, made) => {
      const [small, large] = [made(size / 16), made(size)]
      expect(
        growth(
          16,
          () => loadPolicy('p', small),
          () => loadPolicy('p', large),
          3,
        ),
      ).toBeLessThan(inProportion)
    },
    60_000,
  )
})

describe('a decision costs what the rules of its tool cost', () => {
  const input = callOf('tool_77', { x: 1 })
  const times =
    (count: number, policy: ReturnType<typeof policyOf>, given = input) =>
    () => {
      for (let i = 0; i < count; i += 1) decide(policy, given)
    }
  const rules = (count: number) => policyOf(denyIf(...many(count, i => leaf('args.x', 'gt', i + 10))))

  test('and not what the document has for other tools', () => {
    const tools = Object.fromEntries(many(5_000, i => [`tool_${i}`, { deny_if: [leaf('args.x', 'gt', i)] }]))
    const all = policyOf({ version: '1', tools })
    const one = policyOf({ version: '1', tools: { tool_77: tools['tool_77'] } })
    times(2_000, one)()
    expect(growth(1, times(1_000, one), times(1_000, all), 9)).toBeLessThan(3)
  })

  test('in proportion to their number', () => {
    const [few, lots] = [rules(625), rules(10_000)]
    const call = callOf('t', { x: 1 })
    times(200, few, call)()
    expect(growth(16, times(20, few, call), times(20, lots, call), 7)).toBeLessThan(inProportion)
  })

  test('a denied call looks for what would pass a bounded number of times', () => {
    const [few, lots] = [rules(500), rules(8_000)]
    const call = callOf('t', { x: 1e9 })
    expect(decide(few, call)).toMatchObject({ effect: 'deny', rule: '/tools/t/deny_if/0' })
    expect(growth(16, times(1, few, call), times(1, lots, call), 7)).toBeLessThan(inProportion)
  })
})

test('100 argument rules cost less than RE2 takes to read 2,000 characters', () => {
  // which is some 30 µs on a quiet machine, where the rules take 5
  const kinds = [
    (i: number) => leaf('args.amount', 'gt', 10_000 + i),
    (i: number) => leaf('args.currency', 'eq', `cur${i}`),
    (i: number) => leaf('args.customer', 'in', [`a${i}`, `b${i}`]),
    (i: number) => leaf('args.path', 'starts_with', `/secret${i}`),
    (i: number) => leaf('args.meta.level', 'gte', 1_000 + i),
  ]
  const policy = policyOf(denyIf(...many(100, i => kinds[i % kinds.length]?.(i) ?? {})))
  const args = { amount: 50, currency: 'usd', customer: 'c1', path: '/home/me/file.txt', meta: { level: 3 } }
  const input = callOf('t', args)
  expect(decide(policy, input).effect).toBe('allow')
  const reading = readPattern('[a-y]+[zZ]')
  if (!reading.ok) throw new Error(reading.message)
  const { test: find } = reading.pattern
  const text = 'abcdefghij'.repeat(200)
  const repeated = (run: () => unknown) => () => {
    for (let i = 0; i < 2_000; i += 1) run()
  }
  expect(
    growth(
      1,
      repeated(() => find(text)),
      repeated(() => decide(policy, input)),
      7,
    ),
  ).toBeLessThan(1)
})

describe('lists', () => {
  const items = many(10_000, i => i)
  /** An element is looked at once a rule, and a decision has work for so many. */
  const readsMax = limits.policyWorkMax / 4

  test.each([
    ['many rules', denyIf(...many(1_000, i => leaf('args.list[*]', 'gt', 20_000 + i)))],
    [
      'one rule of many conditions',
      denyIf({ conditions: many(1_000, i => ({ path: 'args.list[*]', op: 'gt', value: 20_000 + i })) }),
    ],
    ['many rules that ask for an element', denyIf(...many(1_000, i => leaf('args.list', 'contains', 20_000 + i)))],
    ['require', tool({ require: many(1_000, i => leaf('args.list[*]', 'lt', 20_000 + i)) })],
    ['groups', denyIf({ not: { all: many(1_000, i => ({ path: 'args.list[*]', op: 'lt', value: 20_000 + i })) } })],
  ])('10,000 elements under %s: read a bounded number of times, then denied', (_title, document) => {
    const { list, reads } = countedList(items)
    const verdict = decide(policyOf(document), callOf('t', { list } as JsonObject))
    expect(verdict).toMatchObject({ effect: 'deny', error: expect.any(String) })
    expect(reads()).toBeGreaterThan(readsMax / 3)
    expect(reads()).toBeLessThan(readsMax * 1.2)
  })

  test('10,000 elements under a few rules have a verdict, each read once a rule', () => {
    const { list, reads } = countedList(items)
    const policy = policyOf(denyIf(...many(10, i => leaf('args.list[*]', 'gt', 20_000 + i))))
    expect(decide(policy, callOf('t', { list } as JsonObject)).effect).toBe('allow')
    expect(reads()).toBe(10 * items.length)
  })

  test('lists within lists are counted together', () => {
    const inner = countedList(many(300, i => ({ x: i })))
    const list = many(300, () => ({ list: inner.list }))
    const entry = denyIf(...many(100, i => leaf('args.list[*].list[*].x', 'gt', 1_000 + i)))
    const verdict = decide(policyOf(entry), callOf('t', { list } as unknown as JsonObject))
    expect(verdict).toMatchObject({ effect: 'deny', error: expect.any(String) })
    expect(inner.reads()).toBeLessThan(readsMax * 1.2)
  })

  test.each<[string, (index: number) => unknown]>([
    ['texts', i => `value ${i}`],
    ['numbers', i => i],
    ['objects', i => ({ id: i })],
    ['lists', i => [i, 'a']],
  ])('a list of 40,000 %s is one look for each element, as one of 500 is', (_title, made) => {
    const policy = (count: number) => policyOf(denyIf(leaf('args.list[*]', 'in', many(count, made))))
    const [short, long] = [policy(500), policy(40_000)]
    const input = callOf('t', { list: many(2_000, i => made(-1 - i)) } as JsonObject)
    expect(decide(long, input).effect).toBe('allow')
    expect(
      growth(
        1,
        () => decide(short, input),
        () => decide(long, input),
      ),
    ).toBeLessThan(16)
  })

  test('a large object is written once, however many rules compare it', () => {
    const policy = (count: number) => policyOf(denyIf(...many(count, i => leaf('args.x', 'eq', { a: i }))))
    const [few, lots] = [policy(1), policy(300)]
    const input = callOf('t', { x: { list: many(20_000, i => `text ${i}`) } })
    expect(decide(lots, input).effect).toBe('allow')
    expect(
      growth(
        1,
        () => decide(few, input),
        () => decide(lots, input),
      ),
    ).toBeLessThan(30)
  })
})

describe('depth', () => {
  const nested = (depth: number): JsonObject =>
    many(depth, i => i).reduce<JsonObject>(inner => ({ x: inner }), { x: 1 })

  test('arguments 50 deep are followed to the end', () => {
    const path = `args${'.x'.repeat(51)}`
    expect(verdictOn({ require: [leaf(path, 'eq', 1)] }, nested(50)).effect).toBe('allow')
    expect(verdictOn({ deny_if: [leaf(path, 'eq', 1)] }, nested(50)).effect).toBe('deny')
    expect(verdictOn({ deny_if: [leaf(`${path}.x`, 'eq', 1)] }, nested(50))).toMatchObject({
      error: expect.any(String),
    })
  })

  test.each([1_000, 10_000, 100_000])('arguments %i deep have a verdict', depth => {
    const entry = { require: [leaf('args.x', 'neq', { a: 1 })], deny_if: [leaf('args.x', 'eq', { x: 1 })] }
    expect(['allow', 'deny']).toContain(verdictOn(entry, nested(depth)).effect)
    expect(['allow', 'deny']).toContain(verdictOn({ require: [{ when: 'has(args.x)' }] }, nested(depth)).effect)
  })

  test('groups eight deep decide', () => {
    let condition: object = { path: 'args.x', op: 'eq', value: 1 }
    for (let depth = 0; depth < limits.policyGroupDepthMax; depth += 1) condition = { not: condition }
    expect(verdictOn({ require: [{ conditions: [condition] }] }, { x: 1 }).effect).toBe('allow')
    expect(verdictOn({ require: [{ conditions: [condition] }] }, { x: 2 }).effect).toBe('deny')
  })
})

describe('texts', () => {
  test.each([
    ['nested repetition', '(x+x+)+y'],
    ['repetition of nothing', '(((a*)*)*)*b'],
    ['alternatives that overlap', '(a|b|ab)*c'],
    ['optional parts', `${'a?'.repeat(100)}${'a'.repeat(100)}c`],
    ['counted', '([ab]{1,20}){1,10}c'],
    ['unanchored any', '.*.*.*.*c'],
    ['word ends', '(\\w+\\b\\W*)+c'],
  ])(
    '%s: %s reads a text once, whatever is in it',
    (_title, source) => {
      const reading = readPattern(source)
      if (!reading.ok) throw new Error(reading.message)
      const { test: find, testFolded } = reading.pattern
      const [short, long] = ['ab'.repeat(2_000), 'ab'.repeat(32_000)]
      expect(
        growth(
          16,
          () => find(short),
          () => find(long),
        ),
      ).toBeLessThan(inProportion)
      expect(
        growth(
          16,
          () => testFolded(short),
          () => testFolded(long),
        ),
      ).toBeLessThan(inProportion)
    },
    30_000,
  )

  test.each([
    ['patterns', many(100, i => leaf('args.x', 'regex', `(a|b|ab)*c${i}`)), 'ab'.repeat(500_000)],
    ['globs', many(100, i => leaf('args.x', 'glob', `**a*/b*a${i}*`)), 'ab/'.repeat(300_000)],
    [
      'texts made of what is looked for',
      many(10, i => leaf('args.x', 'contains', `${'a'.repeat(20_000)}b${i}${'a'.repeat(20_000)}`)),
      'a'.repeat(900_000),
    ],
  ])('a megabyte under many %s is denied when the work is used up', (_title, deny_if, x) => {
    expect(verdictOn({ deny_if }, { x })).toMatchObject({ effect: 'deny', error: expect.any(String) })
  })

  test.each([
    ['a pattern that begins alike', 'regex', `${'a'.repeat(200)}b${'a'.repeat(200)}`],
    ['a glob that begins alike', 'glob', `**${'a'.repeat(200)}b${'a'.repeat(200)}*/**`],
    ['a part that begins alike', 'contains', `${'a'.repeat(400)}b${'a'.repeat(400)}`],
    ['a path of dots', 'glob', '/etc/**'],
    ['a host', 'host_in', ['example.com']],
    ['a URL', 'starts_with', 'https://example.com/a'],
    ['an address', 'cidr', ['10.0.0.0/8', '::/0']],
  ])('%s: %s over a long text grows with the text', (_title, op, value) => {
    const policy = policyOf(denyIf(leaf('args.x', op, value)))
    const text = (size: number) => callOf('t', { x: 'a/../'.repeat(size / 5) })
    const [short, long] = [text(10_000), text(160_000)]
    expect(
      growth(
        16,
        () => decide(policy, short),
        () => decide(policy, long),
      ),
    ).toBeLessThan(inProportion)
  })

  test('a denial for a text that takes most of the work is no error', () => {
    const x = `${'a'.repeat(1_200_000)}z`
    const verdict = verdictOn({ deny_if: [leaf('args.x', 'regex', '[a-y]z$')] }, { x })
    expect(verdict).toMatchObject({ effect: 'deny', rule: '/tools/t/deny_if/0' })
    expect(verdict).not.toHaveProperty('error')
  })

  test('a thousand rules on one text fold it once', () => {
    const policy = (count: number) => policyOf(denyIf(...many(count, i => leaf('args.x', 'ends_with', `É${i}`))))
    const [few, lots] = [policy(10), policy(1_000)]
    const input = callOf('t', { x: 'É'.repeat(200_000) })
    expect(
      growth(
        1,
        () => decide(few, input),
        () => decide(lots, input),
      ),
    ).toBeLessThan(20)
  })
})

const json = (document: unknown) => JSON.stringify(document, undefined, 1)
const laughs = (levels: number) =>
  ['version: "1"', 'x0: &x0 [ha, ha]', ...many(levels, i => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]`)].join('\n')
const deepGroups = many(9, i => i).reduce<object>(inner => ({ any: [inner] }), { path: 'args.x', op: 'eq', value: 1 })
const when = (text: string) => json(tool({ deny_if: [{ when: text }] }))
const regex = (text: string) => json(denyIf(leaf('args.x', 'regex', text)))

/** Title, document, code, JSON Pointer, line, a part of the message. */
const refused: readonly (readonly [string, string, string, string, number, string])[] = [
  [
    'repetition of a repetition',
    regex('(a{1000}){1000}'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'invalid repeat count',
  ],
  [
    'three repetitions within',
    regex('((a{100}){100}){100}'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'invalid repeat count',
  ],
  [
    'more than a thousand times',
    regex('a{1001}'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'invalid repeat count',
  ],
  [
    'a program that is too large',
    regex('(?:a?){300}a{300}'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'instructions, more than 500',
  ],
  [
    'classes, many times',
    regex('[\\pL\\pN]{600}'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'more than 500',
  ],
  [
    'groups without end',
    regex('('.repeat(900)),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'missing closing )',
  ],
  [
    'backreference',
    regex('(a+)\\1'),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'invalid escape sequence',
  ],
  ['lookahead', regex('(?=a)b'), 'bad-regex', '/tools/t/deny_if/0/conditions/0/value', 11, 'does not compile'],
  [
    'a long pattern',
    regex('a|'.repeat(501)),
    'bad-regex',
    '/tools/t/deny_if/0/conditions/0/value',
    11,
    'more than 1000 characters',
  ],
  [
    'nine groups within',
    json(denyIf({ conditions: [deepGroups] })),
    'too-large',
    `/tools/t/deny_if/0/conditions/0${'/any/0'.repeat(8)}/any`,
    25,
    'deeper than 8',
  ],
  [
    'an expression within expressions',
    when(`${'['.repeat(30)}1${']'.repeat(30)} == []`),
    'bad-when',
    '/tools/t/deny_if/0/when',
    7,
    'brackets are nested deeper than 24',
  ],
  [
    'an expression of many loops',
    when(Array(40).fill('args.l.all(a,true)').join('&&')),
    'bad-when',
    '/tools/t/deny_if/0/when',
    7,
    'too large',
  ],
  [
    'loops within loops',
    when('args.a.all(x, args.a.all(y, args.a.all(z, x == z)))'),
    'bad-when',
    '/tools/t/deny_if/0/when',
    7,
    'lists within lists',
  ],
  [
    'a pattern a caller chooses',
    when('args.a.matches(args.b)'),
    'bad-when',
    '/tools/t/deny_if/0/when',
    7,
    'a pattern written out',
  ],
  [
    'a repetition within an expression',
    when('args.a.matches("(a{1000}){1000}")'),
    'bad-when',
    '/tools/t/deny_if/0/when',
    7,
    'invalid repeat count',
  ],
  [
    'aliases of aliases',
    laughs(30),
    'too-large',
    expect.stringContaining('/x') as unknown as string,
    3,
    'more than 200000 elements',
  ],
  [
    'an alias of itself',
    'version: "1"\ntools: &x\n  t: *x\n',
    'too-large',
    `/tools${'/t'.repeat(31)}`,
    3,
    'nested deeper than 32',
  ],
  ['an alias of nothing', 'version: "1"\ntools:\n  t: *x\n', 'syntax', '/tools/t', 3, 'no anchor `x`'],
  [
    'a merge key',
    'version: "1"\ntools:\n  a: &a { action: deny }\n  t: { <<: *a }\n',
    'syntax',
    '/tools/t/<<',
    4,
    'merge keys',
  ],
  ['a tag', 'version: "1"\ntools: !!js/function "x"\n', 'syntax', '', 2, 'unresolved tag'],
  ['two documents', 'version: "1"\n---\nversion: "1"\n', 'syntax', '', 2, 'multiple documents'],
  [
    'duplicate keys',
    '{"version":"1",\n"tools":{"t":{"action":"deny"},\n"t":{}}}',
    'duplicate-key',
    '/tools/t',
    3,
    'duplicate key `t`',
  ],
  ['keys that are lists', 'version: "1"\ntools:\n  ? [a]\n  : {}\n', 'syntax', '/tools', 3, 'a key must be plain text'],
  ['nothing but brackets', '['.repeat(20_000), 'syntax', '', 1, ''],
  [
    'lists without end, closed',
    `version: "1"\nhide: ${'['.repeat(40)}${']'.repeat(40)}\n`,
    'too-large',
    `/hide${'/0'.repeat(31)}`,
    2,
    'nested deeper than 32',
  ],
  ['nothing but quotes', '"'.repeat(20_001), 'syntax', '', 1, ''],
  ['a long line of colons', 'a: '.repeat(10_000), 'syntax', '', 1, ''],
  ['binary', many(1_000, i => String.fromCharCode(i % 32)).join(''), 'wrong-type', '', 1, 'a policy is an object'],
  ['half a file', '{"version":"1","tools":{"a":{"require":[{"conditi', 'syntax', '', 1, ''],
  ['an empty file', '', 'wrong-type', '', 0, 'found null'],
  [
    'a number no double holds',
    '{"version":"1","tools":{"t":{"deny_if":[{"conditions":[\n{"path":"args.x","op":"gt","value":9007199254740993}]}]}}}',
    'bad-number',
    '/tools/t/deny_if/0/conditions/0/value',
    2,
    '9007199254740993',
  ],
  [
    'more than a mebibyte',
    `{"version":"1","description":"${'x'.repeat(1_100_000)}"}`,
    'too-large',
    '',
    0,
    'bytes, more than',
  ],
  [
    'a remote schema',
    json(tool({ arguments: { $ref: 'https://evil.com/schema' } })),
    'bad-schema',
    '/tools/t/arguments',
    5,
    '',
  ],
  [
    'a schema with a pattern that is none',
    json(tool({ arguments: { properties: { a: { pattern: '(?=a' } } } })),
    'bad-schema',
    '/tools/t/arguments',
    5,
    '',
  ],
]

describe('what is refused, is refused with a code and a place', () => {
  test.each(refused)('%s', (_title, text, code, path, line, message) => {
    const loaded = loadPolicy('p', text, { compileSchema })
    expect(loaded.ok).toBe(false)
    expect(loaded.problems.length).toBeLessThanOrEqual(limits.policyProblemsMax)
    const first = loaded.problems.find(problem => problem.severity === 'error')
    expect(first).toMatchObject({
      code,
      path,
      message: expect.stringContaining(message),
      remedy: expect.stringMatching(/./),
    })
    if (line > 0) expect(first).toMatchObject({ line, column: expect.any(Number) })
  })

  test('more elements than any policy has', () => {
    const loaded = loadPolicy('p', `{"version":"1","hide":[${'1,'.repeat(210_000)}1]}`)
    const problem = {
      code: 'too-large',
      path: expect.stringMatching(/^\/hide\/\d+$/),
      line: 1,
      column: expect.any(Number),
    }
    expect(loaded).toMatchObject({ ok: false, problems: expect.arrayContaining([expect.objectContaining(problem)]) })
  })

  test('thirty levels of aliases take as long as twenty: the bound is what ends them', () => {
    expect(
      growth(
        1,
        () => loadPolicy('p', laughs(20)),
        () => loadPolicy('p', laughs(30)),
        3,
      ),
    ).toBeLessThan(3)
  })
})

describe('`policy check` on them ends with a clear text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-hostile-'))
  const file = join(folder, 'policy.yaml')
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(refused)('%s', async (_title, text, code, _path, line, message) => {
    writeFileSync(file, text)
    const { code: exit, out, err } = await runRecorded(['policy', 'check', file])
    expect(exit).toBe(1)
    expect(err).toBe('')
    const flat = out.replaceAll(/\n +/g, ' ')
    expect(flat).toContain(line > 0 ? `policy.yaml:${line}:` : 'policy.yaml: error: ')
    expect(flat).toContain(message)
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^\d+ errors?(?:, \d+ warnings?)? in .*policy\.yaml$/)
    // no line of it is as long as what the document tried
    expect(Math.max(...out.split('\n').map(each => each.length))).toBeLessThan(2_500)
    const printed = JSON.parse((await runRecorded(['policy', 'check', file, '--json'])).out) as {
      ok: boolean
      problems: { code: string }[]
    }
    expect(printed.ok).toBe(false)
    expect(printed.problems.map(problem => problem.code)).toContain(code)
  })
})

describe('arguments: a JSON Schema of the policy', () => {
  const entry = {
    arguments: {
      type: 'object',
      properties: { path: { type: 'string', maxLength: 5 } },
      required: ['path'],
      additionalProperties: false,
    },
    require: [leaf('args.path', 'exists', true)],
  }
  const policy = policyOf(tool(entry), { compileSchema })

  test.each<[JsonObject, string]>([
    [{ path: 'abc' }, 'allow'],
    [{ path: 'abcdef' }, 'deny'],
    [{}, 'deny'],
    [{ path: 5 }, 'deny'],
    [{ path: 'a', other: 1 }, 'deny'],
  ])('%j: %s', (args, effect) => {
    expect(decide(policy, callOf('t', args)).effect).toBe(effect)
  })

  test('comes before the rules and is named', () => {
    expect(decide(policy, callOf('t', {}))).toMatchObject({
      rule: '/tools/t/arguments',
      message: expect.stringContaining('the arguments do not fit the policy: '),
    })
  })
})
