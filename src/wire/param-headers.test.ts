import { expect, test } from 'vitest'
import type { Json, JsonObject } from './json-types.ts'
import {
  checkParamHeaders,
  decodeHeaderValue,
  encodeHeaderValue,
  type ParamHeader,
  paramHeadersOf,
  paramHeaderValues,
} from './param-headers.ts'

function headersOf(schema: Json): readonly ParamHeader[] | string {
  const result = paramHeadersOf(schema)
  return result.ok ? result.value : result.refusal.message
}

const region = { type: 'string', 'x-mcp-header': 'Region' }

test('annotated properties are found at every depth of properties', () => {
  const schema = {
    type: 'object',
    properties: {
      region,
      plain: { type: 'string' },
      page: { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Page-Size' } } },
      dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    },
  }
  expect(headersOf(schema)).toEqual([
    { header: 'Region', path: ['region'], type: 'string' },
    { header: 'Page-Size', path: ['page', 'size'], type: 'integer' },
    { header: 'Dry', path: ['dry'], type: 'boolean' },
  ])
  expect(headersOf({ type: 'object' })).toEqual([])
  expect(headersOf(true)).toEqual([])
})

test('a property may be named like the annotation, and data is not a schema', () => {
  expect(headersOf({ properties: { 'x-mcp-header': { type: 'string' } } })).toEqual([])
  expect(
    headersOf({ properties: { a: { default: region, enum: [region], const: region, examples: [region] } } }),
  ).toEqual([])
  expect(headersOf({ properties: { properties: { type: 'object', properties: { region } } } })).toEqual([
    { header: 'Region', path: ['properties', 'region'], type: 'string' },
  ])
})

test.each([
  ['at the root', { ...region }],
  ['on a number', { properties: { a: { type: 'number', 'x-mcp-header': 'A' } } }],
  ['on an object', { properties: { a: { type: 'object', 'x-mcp-header': 'A' } } }],
  ['on a list of types', { properties: { a: { type: ['string'], 'x-mcp-header': 'A' } } }],
  ['without a type', { properties: { a: { 'x-mcp-header': 'A' } } }],
  ['empty', { properties: { a: { type: 'string', 'x-mcp-header': '' } } }],
  ['with a space', { properties: { a: { type: 'string', 'x-mcp-header': 'A B' } } }],
  ['with a line end', { properties: { a: { type: 'string', 'x-mcp-header': 'A\r\nB' } } }],
  ['with a colon', { properties: { a: { type: 'string', 'x-mcp-header': 'A:' } } }],
  ['not ASCII', { properties: { a: { type: 'string', 'x-mcp-header': 'É' } } }],
  ['not a string', { properties: { a: { type: 'string', 'x-mcp-header': 1 } } }],
  ['twice without case', { properties: { a: region, b: { type: 'string', 'x-mcp-header': 'REGION' } } }],
  ['in items', { properties: { a: { type: 'array', items: region } } }],
  ['in prefixItems', { properties: { a: { prefixItems: [region] } } }],
  ['in oneOf', { oneOf: [{ properties: { region } }] }],
  ['in not', { not: { properties: { region } } }],
  ['in else', { if: {}, else: { properties: { region } } }],
  ['in $defs', { $defs: { r: region }, properties: { a: { $ref: '#/$defs/r' } } }],
  ['in additionalProperties', { additionalProperties: region }],
  ['in patternProperties', { patternProperties: { '.*': region } }],
  ['below an unreachable properties', { allOf: [{ properties: { a: { properties: { region } } } }] }],
])('an annotation %s makes the definition invalid', (_where, schema) => {
  expect(headersOf(schema)).toMatch(/x-mcp-header is invalid/)
})

test('values are written as is or wrapped', () => {
  for (const plain of ['us-east1', 'a b', 'SGVsbG8=', '=?base64?SGVsbG8=', 'SGVsbG8=?=', '=?BASE64?SGVsbG8=?=', '42']) {
    expect(encodeHeaderValue(plain)).toBe(plain)
    expect(decodeHeaderValue(plain)).toEqual({ ok: true, value: plain })
  }
  expect(encodeHeaderValue('Hello, 世界')).toBe('=?base64?SGVsbG8sIOS4lueVjA==?=')
  for (const text of [
    '',
    ' a',
    'a ',
    '\ta',
    'é',
    'a\r\nX: 1',
    '\0',
    '\u007f',
    '=?base64?SGVsbG8=?=',
    '=?base64??=',
    '=?base64?=',
  ]) {
    const encoded = encodeHeaderValue(text)
    expect(encoded, JSON.stringify(text)).toMatch(/^=\?base64\?[A-Za-z0-9+/]*=*\?=$/)
    expect(decodeHeaderValue(encoded)).toEqual({ ok: true, value: text })
  }
})

test('decoding is strict', () => {
  for (const raw of [
    '=?base64?SGVsbG8?=',
    '=?base64?SGVs!!!bG8=?=',
    '=?base64?SGVs bG8=?=',
    '=?base64?SGVsbG9=?=',
    '=?base64?SGVsbG8==?=',
    '=?base64?SGVsbG8-?=',
    '=?base64?=?=',
    '=?base64?=',
    '=?base64?/w==?=',
    '=?base64?7aCA?=',
    'caf\u00e9',
    'a\u0000b',
    'a\nb',
  ]) {
    expect(decodeHeaderValue(raw).ok, raw).toBe(false)
  }
  expect(decodeHeaderValue('  =?base64?SGVsbG8=?=\t')).toEqual({ ok: true, value: 'Hello' })
  expect(decodeHeaderValue('=?base64??=')).toEqual({ ok: true, value: '' })
  expect(decodeHeaderValue('')).toEqual({ ok: true, value: '' })
})

const declared: readonly ParamHeader[] = [
  { header: 'Region', path: ['region'], type: 'string' },
  { header: 'Size', path: ['page', 'size'], type: 'integer' },
  { header: 'Dry', path: ['dry'], type: 'boolean' },
]

test('the values of a call, null and absent left out', () => {
  expect(paramHeaderValues(declared, { region: 'é', page: { size: -42 }, dry: false })).toEqual({
    'Mcp-Param-Region': '=?base64?w6k=?=',
    'Mcp-Param-Size': '-42',
    'Mcp-Param-Dry': 'false',
  })
  expect(paramHeaderValues(declared, { region: null, page: { size: 1.5 }, other: 1 })).toEqual({})
  expect(paramHeaderValues(declared, { region: ['a'], page: 'x' })).toEqual({})
  expect(paramHeaderValues([{ header: 'A', path: ['toString'], type: 'string' }], {})).toEqual({})
})

function check(args: JsonObject, headers: Record<string, string>): string {
  const result = checkParamHeaders({ header: name => headers[name] }, declared, args)
  return result.ok ? 'agrees' : `${result.refusal.code} ${result.refusal.message}`
}

test('headers agree with the arguments or the call is refused', () => {
  expect(check({}, {})).toBe('agrees')
  expect(check({ region: 'Hello' }, { 'mcp-param-region': ' =?base64?SGVsbG8=?= ' })).toBe('agrees')
  expect(check({ region: 'SGVsbG8=' }, { 'mcp-param-region': 'SGVsbG8=' })).toBe('agrees')
  expect(check({ region: '=?base64?SGVsbG8=' }, { 'mcp-param-region': '=?base64?SGVsbG8=' })).toBe('agrees')
  expect(check({ region: '' }, { 'mcp-param-region': '' })).toBe('agrees')
  expect(check({ region: 'x' }, { 'mcp-param-region': 'x', 'mcp-param-unknown': 'y' })).toBe('agrees')
  expect(check({ page: { size: 42 }, dry: true }, { 'mcp-param-size': '42.0', 'mcp-param-dry': 'true' })).toBe('agrees')
  for (const [args, headers] of [
    [{ region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVsbG8?=' }],
    [{ region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVs!!!bG8=?=' }],
    [{ region: 'Hello' }, { 'mcp-param-region': 'hello' }],
    [{ region: 'test-value' }, {}],
    [{ region: '' }, {}],
    [{ dry: false }, {}],
    [{ dry: true }, { 'mcp-param-dry': 'True' }],
    [{}, { 'mcp-param-region': 'eu' }],
    [{ region: null }, { 'mcp-param-region': 'eu' }],
    [{ region: ['eu'] }, { 'mcp-param-region': 'eu' }],
    [{ page: { size: 42 } }, { 'mcp-param-size': '0x2a' }],
    [{ page: { size: 42 } }, { 'mcp-param-size': '42.5' }],
    [{ page: { size: 42 } }, { 'mcp-param-size': '42, 42' }],
    [{ page: { size: 9007199254740991 } }, { 'mcp-param-size': '9007199254740991.00000000000001' }],
    [{ page: { size: '42' } }, { 'mcp-param-size': '42.0' }],
    [{ region: 42 }, { 'mcp-param-region': '42.0' }],
  ] as const) {
    expect(check(args, headers), JSON.stringify([args, headers])).toMatch(/^ERR_WIRE_HEADER_MISMATCH .*Mcp-Param-/)
  }
})
