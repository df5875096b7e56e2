/**
 * Random result rules and answers that meet often: few paths, values that are repeated as text, in JSON, in URLs, split
 * over blocks, in keys and numbers; look-alikes, `__proto__`, members of the frame inside the data and the other way round.
 */
import fc from 'fast-check'
import type { Operator } from '../../src/policy/model.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { callOf } from '../fixtures/policy-call.ts'

const secrets = [
  'ann@example.com',
  'geheim',
  'a"b"c\\d',
  'x y&z=1',
  '4111111111111111',
  'Ω-secret',
  'aaaaaaaa',
  'aaaaaaab',
] as const
const others = [
  '',
  'ok',
  'Ann',
  'GEHEIM',
  'ｇｅｈｅｉｍ',
  'ge\u200bheim',
  '[redacted]',
  '***',
  'key-12',
  '__proto__',
  '\ud800xxxxx',
  'text',
] as const
const numbers = [0, 1, 5, 500, 123_456, 1_234_567, 4_111_111_111_111_111, 1e21, 0.5, -123_456] as const
type Scalar = string | number | boolean | null

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...secrets) },
  { weight: 2, arbitrary: fc.constantFrom(...others) },
  { weight: 2, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false) },
)
const keys = [
  'mail',
  'mail',
  'list',
  'list',
  'x',
  'content',
  'isError',
  'text',
  'type',
  'data',
  '__proto__',
  'constructor',
  'a.b',
  ...secrets,
] as const

/** An object whose members are own, whatever they are called. */
function objectOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  const object = {}
  for (const [key, value] of entries)
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  return object
}

const { data } = fc.letrec<{ value: unknown; data: JsonObject }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 6, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: tie('data') },
  ),
  data: fc.array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 5 }).map(objectOf),
}))

/** JSON as servers write it: plain, indented, with escapes. */
const written = (value: unknown) =>
  fc.constantFrom(
    JSON.stringify(value),
    JSON.stringify(value, null, 2),
    JSON.stringify(value, null, '\t'),
    ` ${JSON.stringify(value)}\n`,
    JSON.stringify(value).replaceAll('@', '\\u0040').replaceAll('e', '\\u0065'),
  )

const prose = fc
  .array(
    fc.oneof(
      fc.constantFrom(...secrets, ...others).map(String),
      fc.constantFrom(...numbers).map(String),
      fc.constantFrom(' ', 'x', '1', '"'),
    ),
    { maxLength: 4 },
  )
  .chain(words =>
    fc.constantFrom(
      words.join(' '),
      words.join(''),
      encodeURIComponent(words.join('/').toWellFormed()),
      JSON.stringify(words),
    ),
  )

const text = fc.oneof({ weight: 3, arbitrary: prose }, { weight: 1, arbitrary: data.chain(written) })
const split = fc
  .tuple(fc.constantFrom(...secrets), fc.nat(8))
  .map(([secret, at]) => [secret.slice(0, at), secret.slice(at)])
const textBlock = text.map(words => ({ type: 'text', text: words }))
const blocks = fc.oneof(
  { weight: 5, arbitrary: textBlock.map(block => [block]) },
  { weight: 2, arbitrary: split.map(parts => parts.map(words => ({ type: 'text', text: words }))) },
  { weight: 1, arbitrary: prose.map(data_ => [{ type: 'image', data: data_, mimeType: 'geheim' }]) },
  {
    weight: 1,
    arbitrary: text.map(words => [{ type: 'resource', resource: { uri: `x:${words}`, text: words, mimeType: words } }]),
  },
  {
    weight: 1,
    arbitrary: prose.map(words => [
      { type: 'resource_link', uri: words, name: words, annotations: { priority: 123_456 } },
    ]),
  },
)
const content = fc.array(blocks, { maxLength: 3 }).map(lists => lists.flat())

/** Mostly an object; some servers answer with a list. */
const structured = fc.oneof({ weight: 5, arbitrary: data }, { weight: 1, arbitrary: fc.array(data, { maxLength: 2 }) })
const toolAnswer = fc
  .record(
    { content, structuredContent: structured, isError: fc.boolean(), _meta: data, other: prose },
    { requiredKeys: ['content'] },
  )
  .chain(answer =>
    answer.structuredContent === undefined
      ? fc.constant(answer)
      : fc.boolean().chain(repeats =>
          repeats
            ? written(answer.structuredContent).map(words => ({
                ...answer,
                content: [{ type: 'text', text: words }, ...answer.content],
              }))
            : fc.constant(answer),
        ),
  )
const doorAnswers: Readonly<Record<string, fc.Arbitrary<object>>> = {
  'resources/read': fc
    .array(text, { maxLength: 2 })
    .map(texts => ({ contents: texts.map(words => ({ uri: 'a:b', text: words })) })),
  'prompts/get': fc.record({
    description: prose,
    messages: fc.array(textBlock, { maxLength: 2 }).map(all => all.map(block => ({ role: 'user', content: block }))),
  }),
  'completion/complete': fc.array(prose, { maxLength: 2 }).map(values => ({ completion: { values, total: 123_456 } })),
}

const dataPath = fc.constantFrom(
  ...[
    'result.mail',
    'result.mail',
    'result.list[*]',
    'result.list[*].mail',
    'result.list[0]',
    'result.list',
    'result.x',
    'result.x.mail',
  ],
  ...[
    'result.text',
    'result.data.mail',
    'result["a.b"]',
    'result.__proto__',
    'result.__proto__.mail',
    'result.constructor.name',
  ],
  ...[
    'result.structuredContent.mail',
    'result.structuredContent.content',
    'result.structuredContent[*].mail',
    'result.structuredContent[0]',
    'result.mail.list[*]',
    'result["geheim"]',
  ],
)
const framePath = fc.constantFrom(
  ...[
    'result.content[*].text',
    'result.content[0].text',
    'result._meta.mail',
    'result._meta["a.b"]',
    'result.content[*].resource.text',
  ],
)
const doorPath = fc.constantFrom(
  'result.contents[*].text',
  'result.mail',
  'result.description',
  'result.messages[*].content.text',
  'result.completion.values[*]',
)
const anyPath = fc.oneof(
  { weight: 4, arbitrary: dataPath },
  { weight: 1, arbitrary: framePath },
  { weight: 1, arbitrary: doorPath },
)
const mark = fc.constantFrom('[redacted]', '***', 'geheim', '$0')
const patterns = [
  'geheim',
  '(?i)geheim',
  '\\b\\d{16}\\b',
  '[a-z]+@[a-z.]+',
  'e',
  'a+',
  '^.',
  '.$',
  '(?s)a.*b',
  '\\[',
  '[0-9]{6,}',
  'text',
  'Ω.',
] as const
const redaction = fc.oneof(
  { weight: 3, arbitrary: fc.record({ path: anyPath, with: mark }, { requiredKeys: ['path'] }) },
  {
    weight: 2,
    arbitrary: fc.record({ pattern: fc.constantFrom(...patterns), with: mark }, { requiredKeys: ['pattern'] }),
  },
)

const askedPath = fc.oneof(
  { weight: 4, arbitrary: dataPath },
  { weight: 1, arbitrary: framePath },
  {
    weight: 1,
    arbitrary: fc.constantFrom('result.isError', 'result.content', 'result.contents[*].text', 'args.x', 'caller.id'),
  },
)
const operands: readonly (readonly [Operator, fc.Arbitrary<unknown>])[] = [
  ...(['eq', 'neq'] as const).map(op => [op, scalar] as const),
  ...(['in', 'not_in'] as const).map(op => [op, fc.array(scalar, { maxLength: 3 })] as const),
  ...(['gt', 'lte'] as const).map(op => [op, fc.constantFrom(0, 5, 500)] as const),
  ...(['contains', 'starts_with', 'ends_with'] as const).map(op => [op, fc.constantFrom(...secrets, 'e')] as const),
  ['exists', fc.boolean()],
  ['regex', fc.constantFrom(...patterns)],
]
const leaf = fc
  .tuple(askedPath, fc.constantFrom(...operands))
  .chain(([path, [op, values]]) => values.map(value => ({ path, op, value })))
const condition = fc.oneof(
  { weight: 5, arbitrary: leaf },
  { weight: 1, arbitrary: leaf.map(not => ({ not })) },
  { weight: 1, arbitrary: fc.array(leaf, { minLength: 1, maxLength: 2 }).map(any => ({ any })) },
)
const denial = fc.array(condition, { minLength: 1, maxLength: 2 }).map(conditions => ({ conditions }))

const results = fc.record(
  {
    redact: fc.array(redaction, { minLength: 1, maxLength: 3 }),
    max_bytes: fc.constantFrom(40, 200, 1_000),
    deny_if: fc.array(denial, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
)
const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const tools = ['t', 't', 't', 'T', 'ｔ', 'resources/read', 'prompts/get', 'completion/complete'] as const

const document = fc
  .record({ t: results, glob: rarely(results), all: rarely(results), doors: rarely(results) })
  .map(({ t, glob, all, doors }) => ({
    version: '1',
    default: 'allow',
    ...(all && { all_tools: { results: all } }),
    tools: {
      t: { results: t },
      ...(glob && { 'T*': { results: glob } }),
      ...(doors && { '*/*': { results: doors } }),
    },
  }))

export interface ResultScenario {
  readonly document: JsonObject
  readonly pairs: readonly { readonly input: DecisionInput; readonly answer: JsonObject }[]
}

/** A document and answers to judge by it. */
export function resultScenarios(answersPerDocument: number): fc.Arbitrary<ResultScenario> {
  const pair = fc.constantFrom(...tools).chain(tool =>
    (doorAnswers[tool] ?? toolAnswer).map(answer => ({
      input: callOf(tool, { x: 'geheim' }),
      answer: answer as JsonObject,
    })),
  )
  const pairs = fc.array(pair, { minLength: answersPerDocument, maxLength: answersPerDocument })
  return fc.record({ document: document.map(made => made as unknown as JsonObject), pairs })
}
