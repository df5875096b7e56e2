/**
 * Random documents of the public dialects. Importing is lossless (what is written decides as what was read) and stable
 * (importing it again changes nothing); and against a small model of the engine those dialects come from, no call passes
 * here that did not there, and every call that is judged more strictly is judged so by a rule that has a note.
 */
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { decide } from '../../src/policy/decide.ts'
import { type Loaded, loadPolicy } from '../../src/policy/load.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { callOf } from '../fixtures/policy-call.ts'

type Read = Extract<Loaded, { ok: true }>

const scalar = fc.constantFrom<Json>('5', 5, 'usd', 'USD', 'us', true, 'true', false, 0, 1e6, '1e+06', 'ｕｓｄ', 50_000)
const anything = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom<Json>(null, -3, 2.5, '', {}, { b: 5 }, { b: 'usd' }) },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
)
const args = fc.dictionary(fc.constantFrom('x', 'y', 'a b'), anything, { maxKeys: 3 })
const path = fc.constantFrom('args.x', 'args.x', 'args.y', 'args.x.b', 'args.a b', 'args.z')

const condition = fc.oneof(
  fc.record({ path, op: fc.constantFrom('eq', 'neq', 'contains'), value: scalar }),
  fc.record({ path, op: fc.constantFrom('in', 'not_in'), value: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ path, op: fc.constantFrom('lt', 'lte', 'gt', 'gte'), value: fc.constantFrom(0, 5, 50_000, 2.5) }),
  fc.record({ path, op: fc.constant('exists'), value: fc.boolean() }),
  fc.record({ path, op: fc.constant('regex'), value: fc.constantFrom('^us', 'd$', '5', '.') }),
)
const conditions = fc.array(condition, { minLength: 1, maxLength: 2 })
const text = fc.constantFrom('no', 'ask Ops', 'Denied.')
const tool = fc.constantFrom('a', 'b', 'Tool.X')
const window = fc.constantFrom('minute', 'hour', 'day')

interface Rule {
  readonly name: string
  readonly action?: string
  readonly conditions?: readonly Leaf[]
}
interface Leaf {
  readonly path: string
  readonly op: string
  readonly value: Json
}

const counted = fc.record(
  { counter: fc.constant('c'), window, increment_from: fc.constantFrom('args.x', 'args.y') },
  { requiredKeys: ['counter', 'window'] },
)
const evaluated = fc.record({ name: text, conditions, on_deny: text }, { requiredKeys: ['name', 'conditions'] })
const plainRule = fc.oneof(
  { weight: 6, arbitrary: evaluated },
  { weight: 1, arbitrary: fc.record({ name: text, action: fc.constant('deny') }) },
  { weight: 2, arbitrary: fc.record({ name: text, action: fc.constant('require_approval'), conditions }) },
  { weight: 2, arbitrary: fc.record({ name: text, rate_limit: fc.constantFrom('5/hour', '1/minute') }) },
)
const interceptRules = (name: string) =>
  fc
    .tuple(fc.array(plainRule, { maxLength: 3 }), fc.option(counted, { nil: undefined }), fc.integer({ max: 12 }))
    .map(([rules, state, most]): readonly unknown[] => {
      if (state === undefined) return rules
      const held = { path: `state.${name === '*' ? '_global' : name}.c`, op: 'lte', value: most }
      return [...rules, { name: 'counted', conditions: [held], state }]
    })
const intercept = fc
  .record(
    {
      version: fc.constant('1'),
      description: text,
      default: fc.constantFrom('allow', 'deny'),
      hide: fc.uniqueArray(tool, { maxLength: 1 }),
      tools: fc
        .uniqueArray(fc.constantFrom('a', 'b', '*', 'Tool.X'), { minLength: 1, maxLength: 3 })
        .chain(names => fc.tuple(...names.map(name => interceptRules(name).map(rules => [name, { rules }] as const))))
        .map(entries => Object.fromEntries(entries)),
    },
    { requiredKeys: ['version', 'tools'] },
  )
  .map(document => document as unknown as JsonObject)

const limit = fc.record({ counter: text, window, max: fc.integer({ min: 1, max: 50 }), scope: fc.constant('grant') })
const ruleSet = { conditions: fc.oneof(fc.constant([]), conditions), on_deny: text }
const hostedEntry = fc.record(
  {
    require: fc.array(fc.record(ruleSet, { requiredKeys: ['conditions'] }), { maxLength: 2 }),
    deny_if: fc.array(fc.record(ruleSet, { requiredKeys: ['conditions'] }), { maxLength: 2 }),
    limits: fc.array(limit, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)
const hosted = fc
  .record(
    {
      version: fc.constant('1'),
      default: fc.constantFrom('allow', 'deny'),
      hide: fc.uniqueArray(fc.oneof(tool, fc.constant('*')), { maxLength: 1 }),
      all_tools: fc.record({ limits: fc.array(limit, { maxLength: 2 }) }),
      tools: fc.dictionary(tool, hostedEntry, { minKeys: 1, maxKeys: 3 }),
    },
    { requiredKeys: ['version', 'default', 'tools'] },
  )
  .map(document => {
    // a path with a space is written in quotes there is no telling how: not part of what is compared
    return JSON.parse(JSON.stringify(document).replaceAll('args.a b', 'args.y')) as JsonObject
  })

const faq = fc
  .record(
    {
      version: fc.constant('1'),
      default: fc.constantFrom('allow', 'deny'),
      tools: fc.dictionary(
        tool,
        fc.oneof(
          fc.record({
            rate_limit: fc.record({ max: fc.integer({ min: 1, max: 99 }), window: fc.integer({ min: 1, max: 9_999 }) }),
          }),
          fc.record({ action: fc.constant('deny'), reason: text }),
        ),
        { minKeys: 1, maxKeys: 3 },
      ),
    },
    { requiredKeys: ['tools'] },
  )
  .map(document => document as unknown as JsonObject)

function read(source: string): Read {
  const loaded = loadPolicy('p', source, { compileSchema })
  if (!loaded.ok) throw new Error(`${JSON.stringify(loaded.problems)}\n${source}`)
  return loaded
}

const calls = fc.array(fc.record({ tool: fc.constantFrom('a', 'b', 'Tool.X', 'other'), args }), {
  minLength: 8,
  maxLength: 8,
})

test.each([
  ['intercept', intercept],
  ['hosted', hosted],
  ['faq', faq],
] as const)('%s: what is imported decides as what was read, and is imported as itself', (_name, documents) => {
  fc.assert(
    fc.property(documents, calls, (document, made) => {
      const first = read(stringify(document))
      for (const written of [JSON.stringify(first.document), stringify(first.document)]) {
        const second = read(written)
        expect(second.document).toEqual(first.document)
        expect(second.policy.version).toBe(first.policy.version)
        expect(JSON.stringify(second.document)).toBe(JSON.stringify(first.document))
        for (const { tool: name, args: given } of made) {
          const [before, after] = [first, second].map(({ policy }) => decide(policy, callOf(name, given as JsonObject)))
          expect(withoutPlaces(after)).toEqual(withoutPlaces(before))
        }
      }
    }),
    { numRuns: 120 },
  )
})

/** The verdict without pointers: they name places in two different documents. */
function withoutPlaces(verdict: unknown): unknown {
  return JSON.parse(JSON.stringify(verdict, (key, value) => (key === 'rule' ? undefined : value)))
}

const strictness = ['allow', 'ask', 'deny'] as const

test('intercept: never looser than there, and stricter only where a note says so', () => {
  let stricter = 0
  fc.assert(
    fc.property(intercept, calls, (document, made) => {
      const { policy, notes } = read(JSON.stringify(document))
      for (const { tool: name, args: given } of made) {
        const here = decide(policy, callOf(name, given as JsonObject))
        const there = verdictThere(document, name, given as JsonObject)
        const difference = strictness.indexOf(here.effect) - strictness.indexOf(there)
        expect(difference, JSON.stringify({ document, name, given, here, there })).toBeGreaterThanOrEqual(0)
        if (difference === 0) continue
        stricter += 1
        expect(
          notes.map(note => note.path),
          JSON.stringify({ document, name, given, here }),
        ).toContain(here.rule)
      }
    }),
    { numRuns: 1_500 },
  )
  expect(stricter).toBeGreaterThan(50)
})

test('hosted: looser or stricter than there only where a note says so', () => {
  let stricter = 0
  fc.assert(
    fc.property(hosted, calls, (document, made) => {
      const { policy, notes } = read(JSON.stringify(document))
      for (const { tool: name, args: given } of made) {
        const here = decide(policy, callOf(name, given as JsonObject))
        const there = hostedVerdictThere(document, name, given as JsonObject)
        const difference = strictness.indexOf(here.effect) - strictness.indexOf(there)
        // a list that mixes types means what it means in our own grammar, which this form is a part of
        const isLooser = notes.some(({ changes }) => changes.some(change => / pass(?:es)? here: add /.test(change)))
        if (!isLooser)
          expect(difference, JSON.stringify({ document, name, given, here, there })).toBeGreaterThanOrEqual(0)
        if (difference <= 0) continue
        stricter += 1
        expect(
          notes.map(note => note.path),
          JSON.stringify({ document, name, given, here }),
        ).toContain(here.rule)
      }
    }),
    { numRuns: 1_500 },
  )
  expect(stricter).toBeGreaterThan(50)
})

// The engine those dialects come from, without its counters.

type Tools = Readonly<Record<string, { readonly rules: readonly Rule[] }>>

function verdictThere(document: JsonObject, name: string, given: JsonObject): 'allow' | 'ask' | 'deny' {
  if (asList(document['hide']).includes(name)) return 'deny'
  const tools = document['tools'] as unknown as Tools
  if (tools[name] === undefined && document['default'] === 'deny') return 'deny'
  let verdict: 'allow' | 'ask' = 'allow'
  for (const rule of [...(tools[name]?.rules ?? []), ...(tools['*']?.rules ?? [])]) {
    const stateless = (rule.conditions ?? []).filter(leaf => !leaf.path.startsWith('state.'))
    if (rule.action === 'deny') return 'deny'
    // nothing is used yet: a counter stops the call only where not even one fits
    if ((rule.conditions ?? []).some(leaf => leaf.path.startsWith('state.') && (leaf.value as number) < 1))
      return 'deny'
    const holds = stateless.every(leaf => holdsThere(leaf, given))
    if (rule.action === 'require_approval') verdict = holds ? 'ask' : verdict
    else if (!holds) return 'deny'
  }
  return verdict
}

function hostedVerdictThere(document: JsonObject, name: string, given: JsonObject): 'allow' | 'deny' {
  const hidden = asList(document['hide'])
  if (hidden.includes(name) || hidden.includes('*')) return 'deny'
  const tools = document['tools'] as Readonly<Record<string, Readonly<Record<string, Json>>>>
  const entry = tools[name]
  if (entry === undefined) return document['default'] === 'deny' ? 'deny' : 'allow'
  const all = (list: Json | undefined) =>
    (asList(list) as unknown as readonly Rule[]).map(rule =>
      (rule.conditions ?? []).every(leaf => holdsThere(leaf, given)),
    )
  return all(entry['require']).every(Boolean) && !all(entry['deny_if']).some(Boolean) ? 'allow' : 'deny'
}

function holdsThere({ path: at, op, value }: Leaf, given: JsonObject): boolean {
  let found: Json | undefined = given
  for (const part of at.split('.').slice(1))
    found =
      typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, part)
        ? (found as JsonObject)[part]
        : undefined
  if (op === 'exists') return (found !== undefined && found !== null) === value
  if (found === undefined) return false
  const actual = found
  switch (op) {
    case 'eq':
      return equalThere(actual, value)
    case 'neq':
      return !equalThere(actual, value)
    case 'in':
      return asList(value).some(item => equalThere(actual, item))
    case 'not_in':
      return !asList(value).some(item => equalThere(actual, item))
    case 'regex':
      return typeof actual === 'string' && RE2JS.compile(String(value)).matcher(actual).find()
    case 'contains':
      if (typeof actual === 'string') return actual.includes(goText(value))
      return Array.isArray(actual) && (actual as readonly Json[]).some(item => equalThere(item, value))
    default:
      if (typeof actual !== 'number' || typeof value !== 'number') return false
      return op === 'lt'
        ? actual < value
        : op === 'lte'
          ? actual <= value
          : op === 'gt'
            ? actual > value
            : actual >= value
  }
}

function equalThere(a: Json, b: Json): boolean {
  return typeof a === 'number' && typeof b === 'number' ? a === b : goText(a) === goText(b)
}

/** Go's `%v`. */
function goText(value: Json): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(goText).join(' ')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${members.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`
  }
  if (value === 1e6) return '1e+06'
  return String(value)
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
