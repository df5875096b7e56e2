import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { callOf, policyOf } from '../../test/fixtures/policy-call.ts'
import { limits } from '../limits.ts'
import { readLossless } from '../wire/json.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { drive, type Fits, ruleAnswer, ruleError, ruleMessage } from './results.ts'

const block = (text: string) => ({ type: 'text', text })
const said = (...texts: string[]): JsonObject => ({ content: texts.map(block) })
const both = (data: JsonObject): JsonObject => ({ content: [block(JSON.stringify(data))], structuredContent: data })

function policyWith(results: string | JsonObject, tool = 't') {
  const given = typeof results === 'string' ? (parse(results) as JsonObject) : results
  return policyOf({ version: '1', default: 'allow', tools: { [tool]: { results: given } } })
}

function rule(results: string | JsonObject, answer: JsonObject, args: JsonObject = {}, fits?: Fits, tool = 't') {
  return drive(ruleAnswer(policyWith(results, tool), callOf(tool, args), answer, fits))
}

function given(results: string | JsonObject, answer: JsonObject, tool = 't'): JsonObject {
  const ruling = rule(results, answer, {}, undefined, tool)
  if (ruling.effect === 'withhold') throw new Error(ruling.message)
  return ruling.value
}

const texts = (answer: JsonObject) => (answer['content'] as { text: string }[]).map(({ text }) => text)

test('an answer nobody asks anything of is the same value', () => {
  const answer = said('x')
  expect(drive(ruleAnswer(undefined, callOf('t'), answer))).toEqual({ effect: 'give', value: answer, redactions: 0 })
  expect(given('{redact: [{path: result.a}, {pattern: zzz}], max_bytes: 100, deny_if: []}', answer)).toBe(answer)
})

// -- deny_if --

test.each([
  ['{conditions: [{path: result.total, op: gt, value: 100}]}', { total: 101 }, true],
  ['{conditions: [{path: result.total, op: gt, value: 100}]}', { total: 100 }, false],
  ['{conditions: [{path: result.total, op: gt, value: 100}]}', {}, false],
  [
    '{conditions: [{path: "result.items[*].kind", op: eq, value: secret}]}',
    { items: [{ kind: 'a' }, { kind: 'ＳＥＣＲＥＴ' }] },
    true,
  ],
  ['{conditions: [{path: result.owner, op: neq, value: me}]}', { owner: 'ME' }, true],
  ['{not: {path: result.public, op: eq, value: true}}', { public: false }, true],
  ['{when: "result.total > 100.0"}', { total: 101 }, true],
  ['{when: "has(result.total) && result.total > 100.0"}', {}, false],
  ['{when: "result.owner != args.owner"}', { owner: 'b' }, true],
  ['{when: "result.structuredContent.owner == args.owner && !has(result.isError)"}', { owner: 'a' }, true],
  [
    '{conditions: [{path: args.owner, op: eq, value: a}, {path: result.owner, op: eq, value: b}]}',
    { owner: 'b' },
    true,
  ],
  ['{conditions: []}', {}, true],
])('deny_if %s on %j: withheld %s', (condition, data, isWithheld) => {
  const ruling = rule(`{deny_if: [${condition}]}`, both(data as JsonObject), { owner: 'a' })
  expect(ruling.effect).toBe(isWithheld ? 'withhold' : 'give')
  if (ruling.effect === 'withhold') expect(ruling.rule).toBe('/tools/t/results/deny_if/0')
})

test.each([
  ['unlike types', '{conditions: [{path: result.total, op: gt, value: 100}]}', { total: '5' }],
  [
    'a number beyond a double',
    '{conditions: [{path: result.total, op: gt, value: 100}]}',
    readLossless('{"total": 1e999}', 5),
  ],
  ['a step into text', '{conditions: [{path: result.a.b, op: eq, value: x}]}', { a: 'x' }],
  ['no list', '{conditions: [{path: "result.a[*]", op: eq, value: x}]}', { a: 'x' }],
  ['no member', '{when: result.total > 100.0}', {}],
  ['no truth', '{when: result.total}', { total: 5 }],
])('a rule that errs withholds: %s', (_title, condition, data) => {
  const ruling = rule(`{deny_if: [${condition}]}`, both(data as JsonObject))
  expect(ruling).toMatchObject({ effect: 'withhold', rule: '/tools/t/results/deny_if/0' })
})

test('the message has the words of the rule and nothing of the answer', () => {
  const data = { total: 'TOP SECRET', note: 'TOP SECRET' }
  const own = '{deny_if: [{conditions: [{path: result.note, op: contains, value: top}], on_deny: not for agents}]}'
  expect(rule(own, both(data))).toMatchObject({ message: 'not for agents' })
  expect(rule('{deny_if: [{conditions: [{path: result.note, op: contains, value: top}]}]}', both(data))).toMatchObject({
    message: 'the answer is withheld when `result.note` contains "top"',
  })
  const errs = rule('{deny_if: [{conditions: [{path: result.total, op: gt, value: 5}]}]}', both(data))
  expect(errs).toMatchObject({
    message: 'the answer is withheld when `result.total` gt 5 (`result.total` must be a number, found text)',
  })
})

test('deny_if judges the answer as it came, before anything is taken out', () => {
  const ruling = rule(
    '{redact: [{path: result.a}], deny_if: [{conditions: [{path: result.a, op: eq, value: x}]}]}',
    both({ a: 'x' }),
  )
  expect(ruling.effect).toBe('withhold')
})

test('rules of all tools come first, those of a look-alike come along', () => {
  const policy = policyOf({
    version: '1',
    default: 'allow',
    all_tools: { results: { deny_if: [{ conditions: [{ path: 'result.a', op: 'eq', value: 1 }] }], max_bytes: 50 } },
    tools: { t: { results: { deny_if: [{ conditions: [] }], max_bytes: 80 } }, u: { results: { max_bytes: 40 } } },
  })
  const ruled = (tool: string, answer: JsonObject) => drive(ruleAnswer(policy, callOf(tool), answer))
  expect(ruled('t', both({ a: 1 }))).toMatchObject({ rule: '/all_tools/results/deny_if/0' })
  expect(ruled('t', both({ a: 2 }))).toMatchObject({ rule: '/tools/t/results/deny_if/0' })
  expect(ruled('Ｔ', both({ a: 2 }))).toMatchObject({ rule: '/tools/t/results/deny_if/0' })
  expect(ruled('u', said('x'.repeat(60)))).toMatchObject({ rule: '/tools/u/results/max_bytes' })
  expect(ruled('other', said('x'.repeat(60)))).toMatchObject({ rule: '/all_tools/results/max_bytes' })
  expect(ruled('resources/read', said('x'.repeat(60))).effect).toBe('give')
})

// -- redact: paths --

test('a path takes its value out of the structure and of the text that repeats it', () => {
  const data = { customers: [{ id: 1, email: 'ann@example.com' }, { id: 2, email: 'bob@example.com' }, { id: 3 }] }
  const ruling = rule('{redact: [{path: "result.customers[*].email"}]}', both(data))
  const clean = { customers: [{ id: 1, email: '[redacted]' }, { id: 2, email: '[redacted]' }, { id: 3 }] }
  expect(ruling).toEqual({ effect: 'give', value: both(clean), redactions: 4 })
})

test.each(['result.a.b', 'result.structuredContent.a.b', 'result["a"]["b"]'])('%s: the same place', path => {
  expect(given({ redact: [{ path }] }, both({ a: { b: 'geheim', c: 1 } }))).toEqual(
    both({ a: { b: '[redacted]', c: 1 } }),
  )
})

test('text that is JSON keeps its indentation and the digits of its numbers', () => {
  const text = '{\n  "mail": "x@y.z",\n  "id": 12345678901234567890\n}'
  expect(texts(given('{redact: [{path: result.mail}]}', said(text)))).toEqual([
    '{\n  "mail": "[redacted]",\n  "id": 12345678901234567890\n}',
  ])
})

test('structured content that is a list, and text that is one', () => {
  const list = [{ mail: 'ann@example.com' }, { mail: 'bob@example.com', id: 1 }]
  const answer = { content: [block(JSON.stringify(list))], structuredContent: list }
  const clean = [{ mail: '[redacted]' }, { mail: '[redacted]', id: 1 }]
  expect(given('{redact: [{path: "result.structuredContent[*].mail"}]}', answer)).toEqual({
    content: [block(JSON.stringify(clean))],
    structuredContent: clean,
  })
})

test('every JSON text of the answer is looked through, embedded resources too', () => {
  const json = '{"mail":"x@y.z"}'
  const answer = {
    content: [block('prose'), block(json), { type: 'resource', resource: { uri: 'a:b', text: json } }],
  }
  expect(JSON.stringify(given('{redact: [{path: result.mail, with: "***"}]}', answer))).not.toContain('x@y.z')
})

test('a value that was taken out does not survive as text elsewhere: raw, in JSON, in a URL', () => {
  const data = { mail: 'ann "a" b@example.com', note: 'write to ann "a" b@example.com', 'ann "a" b@example.com': 1 }
  const answer = {
    content: [
      block(`mail: ${data.mail}`),
      block(`see {"x": ${JSON.stringify(data.mail)}}`),
      block(`https://x.y/?m=${encodeURIComponent(data.mail)}`),
    ],
    structuredContent: data,
    _meta: { 'example.com/about': data.mail },
  }
  const text = JSON.stringify(given('{redact: [{path: result.mail}]}', answer))
  for (const form of ['ann ', 'b@example', 'b%40example']) expect(text).not.toContain(form)
})

test('an escape in JSON text hides nothing', () => {
  const answer = { ...both({ mail: 'ann@example.com' }), content: [block('{"other": "ann\\u0040example.com"}')] }
  expect(texts(given('{redact: [{path: result.mail}]}', answer))).toEqual(['{"other":"[redacted]"}'])
})

test('short values are taken out where the path leads, and only there', () => {
  expect(limits.resultHiddenCharsMin).toBe(6)
  const answer = { content: [block('ok is not okay')], structuredContent: { status: 'ok', name: 'Ann' } }
  expect(given('{redact: [{path: result.status}]}', answer)).toEqual({
    content: [block('ok is not okay')],
    structuredContent: { status: '[redacted]', name: 'Ann' },
  })
})

test('numbers are found as text too, and digits within longer digits are another number', () => {
  const answer = {
    content: [block('pin 123456, order 91234567, 123456.')],
    structuredContent: { pin: 123456, id: 123456, other: 1234567 },
  }
  expect(given('{redact: [{path: result.pin}]}', answer)).toEqual({
    content: [block('pin [redacted], order 91234567, [redacted].')],
    structuredContent: { pin: '[redacted]', id: '[redacted]', other: 1234567 },
  })
})

test('an object is taken out whole, and what was in it is searched for', () => {
  const answer = {
    content: [block('Ann Miller, Exampletown')],
    structuredContent: { customer: { name: 'Ann Miller', city: ['Exampletown'] }, id: 7 },
  }
  expect(given('{redact: [{path: result.customer}]}', answer)).toEqual({
    content: [block('[redacted], [redacted]')],
    structuredContent: { customer: '[redacted]', id: 7 },
  })
})

test('null and what is missing are nothing to take out', () => {
  const answer = both({ a: null, list: [] })
  expect(
    rule(
      '{redact: [{path: result.a}, {path: result.b.c}, {path: "result.list[*].x"}, {path: "result.list[3]"}]}',
      answer,
    ),
  ).toEqual({
    effect: 'give',
    value: answer,
    redactions: 0,
  })
})

test('a path that leads through something else withholds the answer: what it names may be elsewhere', () => {
  const ruling = rule(
    '{redact: [{path: "result.customers[*].email"}]}',
    both({ customers: { ann: { email: 'x@y.z' } } }),
  )
  expect(ruling).toMatchObject({ effect: 'withhold', rule: '/tools/t/results/redact/0' })
  expect(rule('{redact: [{path: result.a.b}]}', both({ a: 'text' })).effect).toBe('withhold')
})

test('a path into the answer itself', () => {
  const answer = {
    content: [block('one'), { type: 'image', data: 'aGk=', mimeType: 'image/png' }],
    _meta: { a: 'secret' },
  }
  expect(given('{redact: [{path: "result.content[*].text"}, {path: result._meta.a}]}', answer)).toEqual({
    content: [block('[redacted]'), { type: 'image', data: 'aGk=', mimeType: 'image/png' }],
    _meta: { a: '[redacted]' },
  })
})

test('two paths to one place: the first mark stays', () => {
  const answer = both({ a: { b: 'secret' } })
  expect(given('{redact: [{path: result.a.b, with: one}, {path: result.a.b, with: two}]}', answer)).toEqual(
    both({ a: { b: 'one' } }),
  )
})

test('names of the language are plain data', () => {
  const answer = JSON.parse(
    '{"content": [], "structuredContent": {"__proto__": {"x": "secret"}, "a": 1}}',
  ) as JsonObject
  const ruled = given('{redact: [{path: result.__proto__.x}]}', answer)
  expect(JSON.stringify(ruled)).toBe('{"content":[],"structuredContent":{"__proto__":{"x":"[redacted]"},"a":1}}')
  expect(given('{redact: [{path: result.constructor.name}]}', answer)).toBe(answer)
})

test('where a schema wants no text, what is no text is left out, or null', () => {
  const answer = both({ total: 5, list: [1, 2], name: 'secret' })
  const results = '{redact: [{path: result.total}, {path: "result.list[*]"}, {path: result.name}]}'
  const ruled = (fits: Fits) => {
    const ruling = rule(results, answer, {}, fits)
    return ruling.effect === 'give' ? ruling.value['structuredContent'] : ruling
  }
  expect(ruled(() => true)).toEqual({ total: '[redacted]', list: ['[redacted]', '[redacted]'], name: '[redacted]' })
  expect(ruled(({ total }) => typeof total !== 'string')).toEqual({ list: [null, null], name: '[redacted]' })
  expect(ruled(({ total }) => total === null)).toEqual({ total: null, list: [null, null], name: '[redacted]' })
  expect(ruled(() => false)).toEqual({ total: '[redacted]', list: ['[redacted]', '[redacted]'], name: '[redacted]' })
})

test('an answer with more values than are searched for is withheld', () => {
  const many = Array.from({ length: limits.resultHiddenMax + 1 }, (_, index) => ({ mail: `user${index}@example.com` }))
  expect(rule('{redact: [{path: "result.list[*].mail"}]}', both({ list: many }))).toMatchObject({
    effect: 'withhold',
    message: 'the answer is withheld: more than 20000 values would have to be taken out',
  })
})

// -- redact: patterns --

test('a pattern is looked for in every text: blocks, data, keys, numbers, resources, metadata', () => {
  const card = '4111111111111111'
  const answer = {
    content: [
      block(`card ${card}`),
      { type: 'resource', resource: { uri: `x:${card}`, text: card, mimeType: 'text/plain' } },
      { type: 'resource_link', uri: 'a:b', name: card, description: card },
    ],
    structuredContent: { [card]: card, number: 4_111_111_111_111_111, deep: [[card]] },
    _meta: { 'example.com/x': [card] },
    other: card,
  }
  const ruling = rule('{redact: [{pattern: "\\\\b\\\\d{16}\\\\b", with: "[card]"}]}', answer)
  expect(JSON.stringify(ruling)).not.toContain('4111')
  expect(ruling).toMatchObject({
    redactions: 11,
    value: { structuredContent: { '[card]': '[card]', number: '[card]' } },
  })
})

test('words of the protocol and base64 are not texts', () => {
  const answer = {
    content: [
      block('text'),
      { type: 'image', data: 'text', mimeType: 'text/plain' },
      { type: 'resource', resource: { uri: 'a:b', blob: 'text' } },
    ],
    structuredContent: { type: 'text', data: 'text' },
  }
  expect(given('{redact: [{pattern: text, with: x}]}', answer)).toEqual({
    content: [
      block('x'),
      { type: 'image', data: 'text', mimeType: 'text/plain' },
      { type: 'resource', resource: { uri: 'a:b', blob: 'text' } },
    ],
    structuredContent: { type: 'x', data: 'x' },
  })
})

test('patterns run in their order; what stands in a place is plain text', () => {
  expect(texts(given('{redact: [{pattern: a, with: b}, {pattern: b+, with: "$0\\\\1"}]}', said('aab')))).toEqual([
    '$0\\1',
  ])
})

test('two keys that become the same are both kept', () => {
  const answer = both({ secret1: 1, secret2: 2, x: 3 })
  expect(given('{redact: [{pattern: "secret\\\\d"}]}', answer)['structuredContent']).toEqual({
    '[redacted]': 1,
    '[redacted] (2)': 2,
    x: 3,
  })
})

test('what is split over text blocks is found where they meet', () => {
  const card = '{redact: [{pattern: "\\\\d{16}", with: "[card]"}]}'
  expect(texts(given(card, said('a 41111111', '11111111 b')))).toEqual(['a [card]', ' b'])
  expect(texts(given(card, said(...'4111111111111111')))).toEqual(['[card]', ...Array(15).fill('')])
  expect(texts(given(card, said(`${'x'.repeat(5_000)}4111`, `${'1'.repeat(12)}${'y'.repeat(5_000)}`)))).toEqual([
    `${'x'.repeat(5_000)}[card]`,
    'y'.repeat(5_000),
  ])
  const split = {
    content: [block('mail ann@ex'), { type: 'image', data: '', mimeType: 'x' }, block('ample.com!')],
    structuredContent: { mail: 'ann@example.com' },
  }
  expect(given('{redact: [{path: result.mail}]}', split)).toMatchObject({
    content: [block('mail [redacted]'), {}, block('!')],
  })
})

test('a pattern that can match nothing at all leaves the places between characters alone', () => {
  expect(texts(given('{redact: [{pattern: "x|\\\\b"}]}', said('a xb c')))).toEqual(['a [redacted]b c'])
})

test('an empty match at load is refused', () => {
  expect(() => policyWith('{redact: [{pattern: "a*"}]}')).toThrow('the pattern matches empty text')
})

test('ten thousand values in a large text: one pass', () => {
  const mails = Array.from({ length: 10_000 }, (_, index) => `user${index}@example.com`)
  const prose = mails.map(mail => `Dear ${mail}, hello`).join('\n')
  const answer = { content: [block(prose)], structuredContent: { list: mails.map(mail => ({ mail })) } }
  expect(JSON.stringify(given('{redact: [{path: "result.list[*].mail"}]}', answer))).not.toContain('@example')
})

test('values made to begin alike cost no more than the bound, and the answer is withheld', () => {
  const list = Array.from({ length: 3_000 }, (_, index) => ({ v: 'a'.repeat(6 + index) }))
  const answer = {
    content: [block(`${'a'.repeat(5)}b`.repeat(20_000)), block('aaaaaab'.repeat(20_000))],
    structuredContent: { list },
  }
  expect(rule('{redact: [{path: "result.list[*].v"}]}', answer).effect).toBe('withhold')
})

// -- max_bytes --

test('max_bytes counts bytes of the JSON that is left', () => {
  const answer = said('ü'.repeat(50))
  const bytes = Buffer.byteLength(JSON.stringify(answer))
  expect(rule({ max_bytes: bytes }, answer).effect).toBe('give')
  expect(rule({ max_bytes: bytes - 1 }, answer)).toMatchObject({
    effect: 'withhold',
    rule: '/tools/t/results/max_bytes',
    message: `the answer has ${bytes} bytes, and ${bytes - 1} are let through; ask for less`,
  })
  expect(rule({ max_bytes: bytes - 1, redact: [{ pattern: 'ü+', with: 'u' }] }, answer).effect).toBe('give')
})

// -- other doors, errors, messages --

test('what a resource says is read as text and as data', () => {
  const answer = { contents: [{ uri: 'a:b', mimeType: 'application/json', text: '{"mail":"ann@example.com"}' }] }
  const results = '{redact: [{path: result.mail}]}'
  expect(given(results, answer, 'resources/read')).toEqual({
    contents: [{ uri: 'a:b', mimeType: 'application/json', text: '{"mail":"[redacted]"}' }],
  })
  expect(given('{redact: [{path: "result.contents[*].text"}]}', answer, 'resources/read')).toMatchObject({
    contents: [{ text: '[redacted]' }],
  })
  const deny = '{deny_if: [{conditions: [{path: "result.contents[*].uri", op: starts_with, value: "a:"}]}]}'
  expect(rule(deny, answer, {}, undefined, 'resources/read').effect).toBe('withhold')
})

test('prompts and completions', () => {
  const prompt = { messages: [{ role: 'user', content: block('key-12345') }] }
  expect(given('{redact: [{pattern: "key-\\\\d+"}]}', prompt, 'prompts/get')).toEqual({
    messages: [{ role: 'user', content: block('[redacted]') }],
  })
  const completion = { completion: { values: ['key-12345', 'b'] } }
  expect(given('{redact: [{pattern: "key-\\\\d+"}]}', completion, 'completion/complete')).toEqual({
    completion: { values: ['[redacted]', 'b'] },
  })
})

test('errors: message and data, and their size', () => {
  const rules = policyWith('{redact: [{pattern: "key-\\\\d+"}], max_bytes: 100}').resolve('t').results
  const error = { code: -32000, message: 'no key-12345', data: { 'key-1': ['key-2', 3] } as Json }
  expect(drive(ruleError(rules, error))).toEqual({
    effect: 'give',
    value: { code: -32000, message: 'no [redacted]', data: { '[redacted]': ['[redacted]', 3] } },
    redactions: 3,
  })
  expect(drive(ruleError(rules, { ...error, data: 'x'.repeat(100) }))).toMatchObject({ effect: 'withhold' })
  expect(drive(ruleError(undefined, error))).toMatchObject({ value: error })
})

test('messages beside an answer: patterns in their texts, tokens and levels as they are', () => {
  const rules = policyWith('{redact: [{pattern: "\\\\w*7\\\\w*"}]}').resolve('t').results
  if (rules === undefined) throw new Error('no rules')
  expect(drive(ruleMessage(rules, { progressToken: 't7', progress: 7, message: 'at x7' }))?.value).toEqual({
    progressToken: 't7',
    progress: 7,
    message: 'at [redacted]',
  })
  expect(drive(ruleMessage(rules, { level: 'info', data: { a7: 7 } }))?.value).toEqual({
    level: 'info',
    data: { '[redacted]': '[redacted]' },
  })
})
