/**
 * Random documents and calls that meet often: few names, few paths, values from one small pool of awkward ones (unlike
 * types, special numbers, look-alikes, `__proto__`, dot segments, ambiguous URLs), so that most rules see something.
 */
import fc from 'fast-check'
import { weekdays } from '../../src/policy/conditions.ts'
import { operators } from '../../src/policy/model.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'

const texts = [
  '',
  'a',
  'A',
  'prod',
  'PROD',
  'ｐｒｏｄ',
  'pr\u200bod',
  'ſ',
  's',
  'İ',
  'ß',
  'SS',
  'ς',
  'é',
  'e\u0301',
  '\ud800',
  '1',
  '500',
  '1e2',
  'true',
  'null',
  '__proto__',
  'constructor',
  '/srv/a',
  '/srv/../etc',
  '/SRV/a/b',
  '/etc/passwd',
  '/srv/.',
  'a\\b',
  './a',
  '..',
  'https://good.com',
  'https://good.com/a',
  'https://GOOD.com/A',
  'https://good.com@evil.com',
  'https://good.com.evil.com/',
  'https://evil.com\\@good.com',
  'good.com',
  'good.com.',
  'x.good.com',
  'http://[::ffff:127.0.0.1]/',
  'http://2130706433',
  'javascript:1',
  '10.0.0.1',
  '127.0.0.1',
  '::ffff:10.0.0.1',
  '0177.0.0.1',
  '2001:db8::1',
  'delete\nx',
  'delete',
  'undelete',
] as const
const numbers = [0, -0, 1, -1, 5, 499, 500, 500.5, 501, 1e21, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 53 - 1] as const
const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const
const keys = ['x', 'X', 'y', 'list', 'a.b', '__proto__', 'constructor', 'ｘ'] as const

const scalar = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<string | number | boolean | null>(...texts) },
  { weight: 4, arbitrary: fc.constantFrom<string | number | boolean | null>(...numbers) },
  { weight: 2, arbitrary: fc.constantFrom<string | number | boolean | null>(true, false, null) },
)

/** An object whose members are own, whatever they are called. */
function objectOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  const object = {}
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}

const value = fc.letrec<{ value: unknown; object: JsonObject }>(tie => ({
  value: fc.oneof(
    { weight: 8, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom(...special) },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 3, arbitrary: tie('object') },
  ),
  object: fc.array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 3 }).map(objectOf),
}))

const path = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('args.x', 'args.y', 'args.X') },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'args.list[*]',
      'args.list[*].x',
      'args.list[*].list[*]',
      'args.list[0]',
      'args.list[1].x',
      'args.x.y',
      'args["a.b"]',
      'args.__proto__',
      'args.__proto__.x',
      'args.constructor',
      'args["ｘ"]',
      'args',
      'args[*]',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'caller.id',
      'caller.kind',
      'caller.roles',
      'caller.roles[*]',
      'caller.groups[0]',
      'grant.name',
      'grant.labels.x',
      'server.name',
      'tool.name',
      'tool.category',
      'tool.severity',
      'tool.annotations.x',
      'time.hour',
      'time.date',
    ),
  },
)

const network = fc.constantFrom('10.0.0.0/8', '127.0.0.1', '::/0', '2001:db8::/32', '0.0.0.0/0')
const host = fc.constantFrom('good.com', '*.good.com', 'evil.com', '127.0.0.1', 'good.com.')
const patterns = ['^delete$', 'delete', '(?i)prod', 'prod', '^/srv/', '[A-Z]', '.', 'a|b', '[^a]', '']
const globs = ['*', '**', '/srv/*', '/srv/**', '**/a', '?', 'p*d', '/*/a', 'ｐ*']

/** A leaf whose value the operator takes; what does not fit is refused at load and never decides. */
const leaf = fc.tuple(path, fc.constantFrom(...operators)).chain(([where, op]) => {
  const made = (arbitrary: fc.Arbitrary<unknown>) => arbitrary.map(wanted => ({ path: where, op, value: wanted }))
  switch (op) {
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return made(fc.constantFrom(...numbers))
    case 'in':
    case 'not_in':
      return made(fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 4 }))
    case 'exists':
      return made(fc.boolean())
    case 'regex':
      return made(fc.constantFrom(...patterns))
    case 'glob':
      return made(fc.constantFrom(...globs))
    case 'starts_with':
    case 'ends_with':
      return made(fc.constantFrom(...texts.filter(text => text.isWellFormed())))
    case 'cidr':
      return made(fc.oneof(network, fc.array(network, { minLength: 1, maxLength: 3 })))
    case 'host_in':
      return made(fc.array(host, { minLength: 1, maxLength: 3 }))
    default:
      return made(
        fc.oneof(
          scalar,
          fc.array(scalar, { maxLength: 2 }),
          fc.dictionary(fc.constantFrom('x', 'X', 'y'), scalar, { maxKeys: 2 }),
        ),
      )
  }
})

const weekdayLeaf = fc.constantFrom(...weekdays).map(day => ({ path: 'time.weekday', op: 'eq', value: day }))

const condition = fc.letrec<{ condition: object }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 10, arbitrary: leaf as fc.Arbitrary<object> },
    { weight: 1, arbitrary: weekdayLeaf },
    { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(any => ({ any })) },
    { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(all => ({ all })) },
    { weight: 2, arbitrary: tie('condition').map(not => ({ not })) },
  ),
})).condition

const rule = fc.array(condition, { maxLength: 3 }).map(conditions => ({ conditions }))
const limit = fc.record(
  {
    counter: fc.constantFrom('a', 'b'),
    window: fc.constantFrom('minute', 'day'),
    max: fc.constant(5),
    increment_from: fc.constantFrom('args.x', 'args.list[0]'),
    key: fc.constantFrom('args.x', 'args.y', 'args["a.b"]'),
  },
  { requiredKeys: ['counter', 'window', 'max'] },
)
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 2) => fc.array(arbitrary, { maxLength })
const ruleSet = { require: few(rule), deny_if: few(rule), approve_if: few(rule, 1), limits: few(limit, 1) }
const entry = fc.record(
  { action: fc.constantFrom('allow', 'allow', 'allow', 'allow', 'deny', 'hide', 'require_approval'), ...ruleSet },
  { requiredKeys: [] },
)

const names = ['t', 'T', 'ｔ', 't_a', 'T_a', 't_b', 'resources/read', '__proto__'] as const
const nameOrGlob = fc.constantFrom(...names, 't*', 'T*', '*', '*/*', 't_?', '**')

/** Documents of version "1" in their normal form. */
export const documents: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      version: fc.constant('1'),
      default: fc.constantFrom('allow', 'deny'),
      time: fc.constantFrom({ zone: 'Europe/Berlin' }, { zone: 'Asia/Kolkata' }),
      hide: fc.array(fc.constantFrom('hidden', 'h*', 'T_a'), { maxLength: 1 }),
      all_tools: fc.record(ruleSet, { requiredKeys: [] }),
      tools: fc
        .array(
          fc.tuple(fc.oneof({ weight: 3, arbitrary: fc.constant('t') }, { weight: 2, arbitrary: nameOrGlob }), entry),
          { minLength: 1, maxLength: 4 },
        )
        .map(objectOf),
    },
    { requiredKeys: ['version', 'tools'] },
  )
  .map(document => document as unknown as JsonObject)

/** Calls that the documents above have something to say about. */
export const calls: fc.Arbitrary<DecisionInput> = fc.record({
  tool: fc.oneof(
    { weight: 4, arbitrary: fc.constant('t') },
    { weight: 2, arbitrary: fc.constantFrom(...names, 'hidden', 'other') },
  ),
  args: value.object,
  caller: fc.record({
    id: fc.constantFrom('a', 'prod'),
    kind: fc.constantFrom('agent', 'person'),
    roles: fc.array(fc.constantFrom('a', 'A', 'prod'), { maxLength: 2 }),
    groups: fc.array(fc.constantFrom('a'), { maxLength: 1 }),
  }),
  grant: fc.record({
    name: fc.constantFrom('a', 'A'),
    labels: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('a', 'prod'), { maxKeys: 1 }),
  }),
  server: fc.record({ name: fc.constantFrom('a', 's') }),
  facts: fc.record(
    { category: fc.constantFrom('Read', 'a'), annotations: value.object },
    { requiredKeys: ['annotations'] },
  ),
  timeMs: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) }),
})
