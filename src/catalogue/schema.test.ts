import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { growth } from '../../test/fixtures/growth.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { compileSchema, judgeSchema } from './schema.ts'

function check(schema: JsonObject, args: JsonObject): string {
  const compiled = compileSchema(schema)
  if (!compiled.ok) throw new Error(compiled.refusal.message)
  const result = compiled.value(args)
  return result.ok ? 'fits' : result.refusal.message
}

function refusal(schema: JsonObject): string {
  const judged = judgeSchema(schema)
  return judged.ok ? 'accepted' : judged.refusal.message
}

test('arguments that fit are accepted, and nothing about them changes', () => {
  const args = Object.freeze({ amount: 5, note: '5' })
  const schema: JsonObject = {
    type: 'object',
    properties: { amount: { type: 'number' }, note: { type: 'string' }, currency: { type: 'string', default: 'EUR' } },
    required: ['amount'],
  }
  expect(check(schema, args)).toBe('fits')
  expect(Object.keys(args)).toEqual(['amount', 'note'])
})

test('no coercion: a number in text is not a number', () => {
  expect(check({ type: 'object', properties: { amount: { type: 'number' } } }, { amount: '5' })).toContain(
    '`/amount` must be number',
  )
})

test('a refusal names the member and no value', () => {
  const schema: JsonObject = { type: 'object', properties: { a: {} }, required: ['a'], additionalProperties: false }
  expect(check(schema, {})).toContain('must have a member `a`')
  expect(check(schema, { a: 1, secretive: 'hunter2' })).toContain('must not have a member `secretive`')
  expect(check(schema, { a: 1, secretive: 'hunter2' })).not.toContain('hunter2')
  expect(check({ type: 'object', properties: { a: { enum: ['x', 'y'] } } }, { a: 'z' })).toContain(
    'must be one of "x", "y"',
  )
})

test('a required member is an own member: `toString` of the prototype does not count', () => {
  expect(check({ type: 'object', required: ['toString'] }, {})).toContain('must have a member `toString`')
  const own = JSON.parse('{"__proto__":{"a":1}}') as JsonObject
  expect(check({ type: 'object', properties: { a: {} }, additionalProperties: false }, own)).toContain('__proto__')
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as JsonObject
  expect(check(schema, own)).toContain('`/__proto__` must be string')
  expect(check(schema, {})).toBe('fits')
})

test('dialects: draft-07 tuples, 2020-12 prefixItems, a dialect that is not known', () => {
  const tuple = { type: 'array', items: [{ type: 'string' }, { type: 'number' }] }
  expect(check({ type: 'object', properties: { pair: tuple } }, { pair: ['a', 'b'] })).toContain(
    '`/pair/1` must be number',
  )
  const prefixed = { type: 'array', prefixItems: [{ type: 'string' }] }
  expect(check({ type: 'object', properties: { pair: prefixed } }, { pair: [1] })).toContain('`/pair/0` must be string')
  expect(refusal({ $schema: 'https://example.org/own', type: 'object' })).toContain('names a dialect that is not known')
  expect(refusal({ type: 'object', properties: { a: { exclusiveMinimum: true } } })).toContain('not valid JSON Schema')
})

test('a bound beyond a double is read as one: schemas of 64-bit servers compile', () => {
  const raw = (JSON as unknown as { rawJSON(text: string): JsonObject }).rawJSON('18446744073709551615')
  const schema: JsonObject = { type: 'object', properties: { id: { type: 'integer', minimum: 0, maximum: raw } } }
  expect(check(schema, { id: 7 })).toBe('fits')
  expect(check(schema, { id: -1 })).toContain('`/id` must be >= 0')
})

test('uniqueness and large enumerations take linear time', () => {
  const items = (length: number) => Array.from({ length }, (_, index) => ({ index }))
  const schema: JsonObject = { type: 'object', properties: { list: { type: 'array', uniqueItems: true } } }
  const [few, many] = [items(782), items(50_000)]
  expect(check(schema, { list: many })).toBe('fits')
  expect(check(schema, { list: [...many, { index: 7 }] })).toContain('must not hold the same item twice')
  // 64 times as many in pairs would take 64 times as long for each
  expect(
    growth(
      64,
      () => check(schema, { list: few }),
      () => check(schema, { list: many }),
      3,
    ),
  ).toBeLessThan(16)
  expect(check(schema, { list: [1, true, '1', [1], { a: 1, b: 2 }] })).toBe('fits')
  expect(
    check(schema, {
      list: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    }),
  ).toContain('same item twice')
})

test('references stay inside: definitions and anchors resolve, addresses are not fetched', () => {
  const local: JsonObject = {
    type: 'object',
    properties: { a: { $ref: '#/$defs/text' } },
    $defs: { text: { type: 'string' } },
  }
  expect(check(local, { a: 1 })).toContain('`/a` must be string')
  const anchored: JsonObject = {
    type: 'object',
    properties: { a: { $ref: '#t' } },
    $defs: { t: { $anchor: 't', type: 'string' } },
  }
  expect(check(anchored, { a: 1 })).toContain('`/a` must be string')
  expect(refusal({ type: 'object', properties: { a: { $ref: '#/$defs/none' } } })).toContain('points nowhere')
})

test('a property that is called `$ref` or `pattern` is a property', () => {
  const schema: JsonObject = { type: 'object', properties: { $ref: { type: 'string' }, pattern: { type: 'string' } } }
  expect(check(schema, { $ref: 'x', pattern: '(' })).toBe('fits')
  expect(
    check({ type: 'object', properties: { a: { const: { $ref: 'http://x' } } } }, { a: { $ref: 'http://x' } }),
  ).toBe('fits')
})

test('references that double are refused before they cost anything', () => {
  const $defs: Record<string, JsonObject> = { d0: { type: 'string' } }
  for (let level = 1; level <= 30; level += 1)
    $defs[`d${level}`] = { allOf: [{ $ref: `#/$defs/d${level - 1}` }, { $ref: `#/$defs/d${level - 1}` }] }
  expect(refusal({ type: 'object', properties: { a: { $ref: '#/$defs/d30' } }, $defs })).toContain(
    'unfold to more than',
  )
})

test('a pattern RE2 cannot express is reported and not enforced', () => {
  const schema: JsonObject = { type: 'object', properties: { a: { type: 'string', pattern: '^(?!x).*$' } } }
  const judged = judgeSchema(schema)
  expect(judged.ok && judged.value.unenforcedPatterns).toEqual(['^(?!x).*$'])
  expect(check(schema, { a: 'x' })).toBe('fits')
})

test('the cost of one validation is bounded: values times alternatives', () => {
  const anyOf = Array.from({ length: 500 }, (_, index) => ({ const: index }))
  const schema: JsonObject = { type: 'object', properties: { list: { type: 'array', items: { anyOf } } } }
  expect(check(schema, { list: [1, 2, 3] })).toBe('fits')
  expect(check(schema, { list: Array.from({ length: 30_000 }, () => 499) })).toContain(
    'too many values for a schema with 500',
  )
})

test('what costs too much to compile is refused before it is', () => {
  const members = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`p${index}`, {}]))
  expect(refusal({ type: 'object', properties: members })).toContain('names more than 1000 members')
  const patterns = Array.from({ length: 101 }, (_, index) => ({ pattern: `^a{${index + 1}}$` }))
  expect(refusal({ type: 'object', properties: { a: { allOf: patterns } } })).toContain('more than 100 patterns')
})

test('`nullable` without `type`, a word of OpenAPI, is no reason to refuse a tool', () => {
  expect(check({ type: 'object', properties: { a: { nullable: true, enum: ['x'] } } }, { a: 'x' })).toBe('fits')
  expect(check({ type: 'object', properties: { nullable: { type: 'boolean' } } }, { nullable: 1 })).toContain(
    '`/nullable`',
  )
})

test('every recorded definition of real servers compiles', () => {
  const folder = new URL('../../test/fixtures/tools/', import.meta.url)
  const files = readdirSync(folder).filter(file => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const { tools } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { tools: JsonObject[] }
    for (const tool of tools)
      expect([file, tool['name'], compileSchema(tool['inputSchema']).ok]).toEqual([file, tool['name'], true])
  }
})
