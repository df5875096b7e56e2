/**
 * Random documents and calls that meet often: few names, few paths, values from one small pool of awkward ones (unlike
 * types, special numbers, look-alikes, `__proto__`, dot segments, ambiguous URLs), so that most rules see something.
 */
import fc from 'fast-check'
import { weekdays } from '../../src/policy/conditions.ts'
import { type Operator, operators } from '../../src/policy/model.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'

/** Values that are easily taken for one another, and the operators that tell them apart. */
const families: readonly { readonly values: readonly Scalar[]; readonly ops: readonly Operator[] }[] = [
  {
    values: ['prod', 'PROD', 'ｐｒｏｄ', 'pr\u200bod', 'prod ', 'product'],
    ops: ['eq', 'neq', 'in', 'not_in', 'starts_with'],
  },
  { values: ['s', 'S', 'ſ', 'ß', 'ss', 'SS', 'ẞ'], ops: ['eq', 'neq', 'contains', 'ends_with', 'in'] },
  { values: ['σ', 'ς', 'Σ', 'é', 'e\u0301', 'É', '\ud800', 'İ', 'i̇'], ops: ['eq', 'neq', 'in', 'not_in'] },
  { values: ['', 'a', 'A', 'ab', 'ba', 'aba'], ops: ['contains', 'starts_with', 'ends_with', 'regex', 'exists'] },
  { values: [499, 500, 501, '500', 500.5, true, null], ops: ['lt', 'lte', 'gt', 'gte', 'eq'] },
  { values: [0, -0, 1, -1, '', '0', false, null, 5e-324], ops: ['lt', 'lte', 'gt', 'gte', 'in', 'exists'] },
  { values: [1e308, -1e308, 1e21, 2 ** 53, 2 ** 53 - 1, '1e21'], ops: ['lt', 'gte', 'eq', 'neq'] },
  { values: [true, false, 'true', 'TRUE', 1, null], ops: ['eq', 'neq', 'in', 'not_in', 'exists'] },
  { values: ['__proto__', 'constructor', 'toString', '__PROTO__'], ops: ['exists', 'eq'] },
  {
    values: [
      '/srv/a',
      '/srv/../etc',
      '/SRV/a/b',
      '/etc/passwd',
      '/srv/.',
      '/srv/a\\b',
      '..',
      '/x/../etc/y',
      '/x/../ETC/y',
      '\\etc\\x',
    ],
    ops: ['glob'],
  },
  {
    values: [
      'https://good.com',
      'https://good.com/a',
      'https://GOOD.com/A',
      'https://good.com@evil.com',
      'https://good.com.evil.com/',
    ],
    ops: ['starts_with', 'host_in'],
  },
  {
    values: [
      'https://evil.com\\@good.com',
      'good.com',
      'good.com.',
      'x.good.com',
      'https://evil.com/',
      'javascript:1',
      'evil.com:1',
    ],
    ops: ['host_in', 'starts_with'],
  },
  {
    values: [
      '10.0.0.1',
      '127.0.0.1',
      '::ffff:10.0.0.1',
      '0177.0.0.1',
      '2001:db8::1',
      'http://[::ffff:127.0.0.1]/',
      'http://2130706433',
    ],
    ops: ['cidr', 'host_in'],
  },
  { values: ['delete', 'DELETE', 'delete\nx', 'undelete', 'delete\n'], ops: ['regex', 'contains'] },
]
type Scalar = string | number | boolean | null
const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const
const numbers = families.flatMap(({ values }) => values).filter(each => typeof each === 'number')
const keys = ['x', 'x', 'x', 'y', 'y', 'X', 'list', 'a.b', '__proto__', 'constructor', 'ｘ'] as const

/** An object whose members are own, whatever they are called. */
function objectOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  const object = {}
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}

function valuesFrom(scalar: fc.Arbitrary<Scalar>) {
  return fc.letrec<{ value: unknown; object: JsonObject }>(tie => ({
    value: fc.oneof(
      { weight: 9, arbitrary: scalar },
      { weight: 1, arbitrary: fc.constantFrom(...special) },
      { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
      { weight: 3, arbitrary: tie('object') },
    ),
    object: fc.array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 4 }).map(objectOf),
  }))
}

const path = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('args.x', 'args.x', 'args.x', 'args.y', 'args.X') },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'args.list[*]',
      'args.list[*].x',
      'args.list[*].list[*]',
      'args.list[0]',
      'args.list[1].x',
      'args.x.y',
      'args.x.constructor',
      'args.x.toString',
      'args.list[*].constructor',
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
const globs = ['*', '**', '/srv/*', '/srv/**', '/srv/**', '/etc/**', '/etc/*', '**/a', '?', '/*/a', '/Ｓrv/**']

/** A leaf whose value the operator takes; what does not fit is refused at load and never decides. */
function leafOf(scalar: fc.Arbitrary<Scalar>, ops: readonly Operator[]): fc.Arbitrary<object> {
  const text = scalar.map(String).filter(each => each.isWellFormed())
  const values: Record<string, fc.Arbitrary<unknown>> = {
    in: fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 4 }),
    exists: fc.boolean(),
    regex: fc.constantFrom(...patterns),
    glob: fc.constantFrom(...globs),
    starts_with: text,
    ends_with: text,
    cidr: fc.oneof(network, fc.array(network, { minLength: 1, maxLength: 3 })),
    host_in: fc.array(host, { minLength: 1, maxLength: 3 }),
    order: fc.oneof(fc.constantFrom(500, 0, 1), fc.constantFrom(...numbers)),
    any: fc.oneof(
      { weight: 4, arbitrary: scalar },
      { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('x', 'X', 'y'), scalar, { maxKeys: 2 }) },
    ),
  }
  const kindOf = (op: string) => (/^[lg]te?$/.test(op) ? 'order' : op === 'not_in' ? 'in' : op in values ? op : 'any')
  return fc
    .tuple(
      path,
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...ops) },
        { weight: 1, arbitrary: fc.constantFrom(...operators) },
      ),
    )
    .chain(([where, op]) => (values[kindOf(op)] as fc.Arbitrary<unknown>).map(value => ({ path: where, op, value })))
}

const weekdayLeaf = fc.constantFrom(...weekdays).map(day => ({ path: 'time.weekday', op: 'eq', value: day }))

function ruleOf(leaf: fc.Arbitrary<object>) {
  const { condition } = fc.letrec<{ condition: object }>(tie => ({
    condition: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { weight: 12, arbitrary: leaf },
      { weight: 1, arbitrary: weekdayLeaf },
      { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(any => ({ any })) },
      { weight: 1, arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(all => ({ all })) },
      { weight: 3, arbitrary: tie('condition').map(not => ({ not })) },
    ),
  }))
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.array(condition, { minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: fc.array(condition, { maxLength: 3 }) },
    )
    .map(conditions => ({ conditions }))
}

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
const names = ['t', 'T', 'ｔ', 't_a', 'T_a', 't_b', 'resources/read', '__proto__'] as const
const nameOrGlob = fc.constantFrom(...names, 't*', 'T*', '*', '*/*', 't_?', '**')

const sources = ['untrusted', 'sensitive'] as const
const labels = fc.uniqueArray(fc.constantFrom(...sources, 'external', 'external', 'destructive'), { maxLength: 2 })
/** `then` is a word of the grammar here; a literal object with it would look like a promise. */
const flow = fc
  .record({
    after: fc.constantFrom(...sources),
    within: fc.constantFrom('minute', 'hour', '90s'),
    to: fc.constantFrom('external', 'external', 'destructive'),
    outcome: fc.constantFrom('deny', 'require_approval'),
  })
  .map(({ outcome, ...rest }) => Object.fromEntries([...Object.entries(rest), ['then', outcome]]) as object)
const ageMs = fc.constantFrom(0, 1, 59_999, 60_000, 60_001, 89_999.5, 90_000, 3_600_000, Number.NaN)

const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 1) => fc.array(arbitrary, { maxLength })
const actions = ['allow', 'allow', 'allow', 'allow', 'allow', 'allow', 'deny', 'hide', 'require_approval'] as const

/** Documents of version "1" in their normal form. */
function documentsFrom(scalar: fc.Arbitrary<Scalar>, ops: readonly Operator[]): fc.Arbitrary<JsonObject> {
  const rule = ruleOf(leafOf(scalar, ops))
  const ruleSet = { require: few(rule), deny_if: few(rule), approve_if: few(rule), limits: few(limit) }
  const entry = fc.record({ action: fc.constantFrom(...actions), labels, ...ruleSet }, { requiredKeys: [] })
  const name = fc.oneof({ weight: 3, arbitrary: fc.constant('t') }, { weight: 2, arbitrary: nameOrGlob })
  const document = {
    version: fc.constant('1'),
    default: fc.constantFrom('allow', 'deny'),
    time: fc.constantFrom({ zone: 'Europe/Berlin' }, { zone: 'Asia/Kolkata' }),
    hide: fc.array(fc.constantFrom('hidden', 'h*', 'T_a'), { maxLength: 1 }),
    all_tools: fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.record(ruleSet, { requiredKeys: [] }) },
    ),
    tools: fc.array(fc.tuple(name, entry), { minLength: 1, maxLength: 3 }).map(objectOf),
    flows: fc.array(flow, { maxLength: 3 }),
  }
  return fc.record(document, { requiredKeys: ['version', 'tools'] }).map(made => made as unknown as JsonObject)
}

/** Calls that such documents have something to say about. */
function callsFrom(scalar: fc.Arbitrary<Scalar>): fc.Arbitrary<DecisionInput> {
  const { object, value } = valuesFrom(scalar)
  const word = fc.oneof(fc.constantFrom('a', 'A', 'prod'), scalar.map(String))
  const recent = fc.record({ untrusted: ageMs, sensitive: ageMs }, { requiredKeys: [] })
  const call = fc.record({
    tool: fc.oneof(
      { weight: 4, arbitrary: fc.constant('t') },
      { weight: 2, arbitrary: fc.constantFrom(...names, 'hidden', 'other') },
    ),
    args: fc
      .tuple(fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: value }), object)
      .map(([x, rest]) => objectOf([['x', x], ...Object.entries(rest)])),
    caller: fc.record({
      id: word,
      kind: fc.constantFrom('agent', 'person'),
      roles: fc.array(word, { maxLength: 2 }),
      groups: fc.array(word, { maxLength: 1 }),
    }),
    grant: fc.record({ name: word, labels: fc.dictionary(fc.constantFrom('x', 'y'), word, { maxKeys: 1 }) }),
    server: fc.record({ name: word }),
    facts: fc.record({ category: word, annotations: object }, { requiredKeys: ['annotations'] }),
    timeMs: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) }),
  })
  return fc
    .tuple(call, fc.option(recent, { nil: undefined }))
    .map(([input, ages]) => (ages === undefined ? input : { ...input, recent: ages }))
}

export interface Scenario {
  readonly document: JsonObject
  /** Another document of the same values. */
  readonly other: JsonObject
  readonly inputs: readonly DecisionInput[]
}

/** A document and calls that share two families of values. */
export function scenarios(callsPerDocument: number): fc.Arbitrary<Scenario> {
  const family = fc.constantFrom(...families)
  return fc.tuple(family, family).chain(([first, second]) => {
    const scalar = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...first.values) },
      { weight: 1, arbitrary: fc.constantFrom(...second.values) },
    )
    const documents = documentsFrom(scalar, first.ops)
    const inputs = fc.array(callsFrom(scalar), { minLength: callsPerDocument, maxLength: callsPerDocument })
    return fc.record({ document: documents, other: documents, inputs })
  })
}

/** False for a call no JSON text can make: numbers that are not finite, half characters. */
export function isJsonCall(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return value.isWellFormed()
  return typeof value !== 'object' || value === null || Object.values(value).every(isJsonCall)
}

/** Rules of two documents in one: with more of them, more cover one another. */
export function joined(document: JsonObject, other: JsonObject): JsonObject {
  const tools = { ...(document['tools'] as Record<string, JsonObject>) }
  for (const [name, entry] of Object.entries(other['tools'] as Record<string, JsonObject>)) {
    const own = Object.hasOwn(tools, name) ? (tools[name] ?? {}) : {}
    const both = (list: string) => [...((own[list] ?? []) as object[]), ...((entry[list] ?? []) as object[])]
    const lists = Object.fromEntries(['require', 'deny_if', 'approve_if', 'limits'].map(list => [list, both(list)]))
    Object.defineProperty(tools, name, { value: { ...own, ...lists }, enumerable: true, configurable: true })
  }
  const hide = [...new Set([document, other].flatMap(each => (each['hide'] ?? []) as string[]))]
  return { ...document, hide, tools }
}
