import { expect, test } from 'vitest'
import { growth } from '../../test/fixtures/growth.ts'
import { Fault } from '../errors.ts'
import { isRawNumber, readLossless, readStrict } from './json.ts'
import { foldEqualKeys } from './keys.ts'

const bounds = { bytesMax: 1000, depthMax: 8, elementsMax: 20 }

function read(text: string) {
  return readStrict(new TextEncoder().encode(text), bounds)
}

function codeOf(text: string): string {
  const result = read(text)
  return result.ok ? 'accepted' : result.refusal.code
}

test('a plain body is read as JSON.parse reads it', () => {
  const text = ' {"a":[1,-0.5,1e3,true,null],"b":{"":"\\u00e9\\n"}} '
  const result = read(text)
  expect(result.ok && result.value).toEqual(JSON.parse(text))
})

test('bounds are exact: at the bound accepted, one over refused', () => {
  expect(codeOf(`"${'x'.repeat(998)}"`)).toBe('accepted')
  expect(codeOf(`"${'x'.repeat(999)}"`)).toBe('ERR_WIRE_TOO_LARGE')
  expect(codeOf('['.repeat(8) + ']'.repeat(8))).toBe('accepted')
  expect(codeOf('['.repeat(9) + ']'.repeat(9))).toBe('ERR_WIRE_TOO_DEEP')
  expect(codeOf(`[${'1,'.repeat(19)}1]`)).toBe('accepted')
  expect(codeOf(`[${'1,'.repeat(20)}1]`)).toBe('ERR_WIRE_TOO_MANY_ELEMENTS')
  // one item of the array and 19 members; then 20 members
  const members = (count: number) => Array.from({ length: count }, (_, i) => `"${i}":{}`).join(', ')
  expect(codeOf(`[ { ${members(19)} } ]`)).toBe('accepted')
  expect(codeOf(`[ { ${members(20)} } ]`)).toBe('ERR_WIRE_TOO_MANY_ELEMENTS')
})

test('brackets, commas and digits inside strings count for nothing', () => {
  expect(codeOf(`{"k":"${'[{,1e999:'.repeat(50)}"}`)).toBe('accepted')
  expect(codeOf('{"k":"\\"[[[[[[[[[[[["}')).toBe('accepted')
  expect(codeOf('{"k":"\\\\"}')).toBe('accepted')
})

test('duplicate keys are refused at every depth, spelled by escapes too, and named', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '[[{"x":{"a":1,"b":2,"a":3}}]]',
    '{"a":{"z":1},"a":{"y":1}}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"0":1,"0":2}',
    '{"q":"{\\"a\\":1,\\"a\\":2}", "a" :1, "a"\n:2}',
  ]) {
    expect(codeOf(text), text).toBe('ERR_WIRE_DUPLICATE_KEY')
  }
  const result = read('{"k":"{\\"no\\":1,\\"no\\":2}","n\\u0061me":1,"name":2}')
  expect(result.ok ? '' : result.refusal.message).toContain('`name`')
  expect(codeOf('[{"a":1},{"a":1}]')).toBe('accepted')
})

test('a duplicate after megabytes of text is still named', () => {
  const text = `{"x":"${'a'.repeat(2 ** 21)}","y":"${'\\n'.repeat(2 ** 20)}","a":1,"a":2}`
  const result = readStrict(new TextEncoder().encode(text), { ...bounds, bytesMax: 2 ** 23 })
  expect(result.ok ? '' : result.refusal.message).toContain('`a`')
})

test('fold-equal keys are refused in the envelope and only reported in free-form data', () => {
  for (const text of [
    '{"method":1,"Method":2}',
    '{"params":{"name":1,"NAME":2}}',
    '{"params":{"name":1,"\\uff4eame":2}}',
    '{"result":{"action":1,"Action":2}}',
    '{"params":{"_meta":{"k":1,"\u212a":2}}}',
    '{"params":{"ref":{"straße":1,"STRASSE":2}}}',
    '{"params":{"name":1,"na\u200bme":2}}',
  ]) {
    expect(codeOf(text), text).toBe('ERR_WIRE_FOLD_EQUAL_KEYS')
  }
  expect(codeOf('{"params":{"arguments":{"a":1,"A":2}}}')).toBe('accepted')
  expect(foldEqualKeys({ a: 1, A: [{ 'x/~': 1, 'X/~': 2 }], b: { ſ: 1, s: 2, S: 3 } })).toEqual([
    '/A',
    '/A/0/X~1~0',
    '/b/s',
    '/b/S',
  ])
  expect(foldEqualKeys([{ a: 1 }, { A: 1 }])).toEqual([])
})

test('more keys than are compared in pairs are still told apart', () => {
  const keys = Array.from({ length: 15 }, (_, i) => `"k${i}":0`).join(',')
  expect(codeOf(`{"params":{${keys}}}`)).toBe('accepted')
  expect(codeOf(`{"params":{${keys},"K3":0}}`)).toBe('ERR_WIRE_FOLD_EQUAL_KEYS')
})

test('as many keys as the gateway takes are compared in linear time', () => {
  const bodyOf = (length: number) => {
    const keys = Array.from({ length }, (_, i) => `"k${100_000 + i}":0`).join(',')
    return new TextEncoder().encode(`{"params":{"_meta":{${keys}}}}`)
  }
  const isRead = (body: Uint8Array) => readStrict(body, { ...bounds, bytesMax: 2 ** 22, elementsMax: 100_000 }).ok
  const [small, large] = [bodyOf(1_562), bodyOf(99_990)]
  expect(isRead(large)).toBe(true)
  // in pairs it would be five thousand million comparisons, and 64 times as much for each key
  expect(
    growth(
      64,
      () => isRead(small),
      () => isRead(large),
    ),
  ).toBeLessThan(16)
})

test('a number is accepted exactly if a double holds it', () => {
  for (const number of [
    ...['0', '-0', '0.1', '0.10', '1.0', '1e2', '1E+2', '100e-2', '-1.5e-10', '0e999999', '0.000e-9999'],
    ...['9007199254740991', '9007199254740992', '9007199254740994', '123456789012345680000', '1e22', '1e308'],
    ...['1.7976931348623157e308', '5e-324', '2.2250738585072014e-308', '0.30000000000000004'],
    `0.${'0'.repeat(40)}1e41`,
    `1${'0'.repeat(40)}e-40`,
  ]) {
    expect(codeOf(`[${number}]`), number).toBe('accepted')
  }
  for (const number of [
    ...['9007199254740993', '-9007199254740993', '1e309', '-1e400', '1e-400', '4e-324', '0.1000000000000000055'],
    ...['12345678901234567890', '1.00000000000000001', '3.141592653589793238', '1e99999999999999999999', '2e308'],
  ]) {
    expect(codeOf(`[${number}]`), number).toBe('ERR_WIRE_LOSSY_NUMBER')
  }
})

test('U+0000 and unpaired surrogates are refused in values and keys', () => {
  for (const text of ['"\\u0000"', '{"name\\u0000":1}', '["\\ud800"]', '{"\\udc00":1}', '"\\ud800\\u0041"']) {
    expect(codeOf(text), text).toBe('ERR_WIRE_FORBIDDEN_CHARACTER')
  }
  expect(codeOf('"\\ud83d\\ude00"')).toBe('accepted')
  expect(codeOf('"\\ufeff"')).toBe('accepted')
})

test('a refusal shows input cut and without invisible characters', () => {
  const result = read(`{"\u202e${'x'.repeat(200)}":1,"\u202e${'x'.repeat(200)}":2}`)
  expect(result.ok ? '' : result.refusal.message).toMatch(/`\\u202ex{79}…`/)
})

test('malformed wins over lossy: the text was never JSON', () => {
  expect(codeOf('[1e400')).toBe('ERR_WIRE_MALFORMED')
})

test('`__proto__` is an own member and changes no prototype', () => {
  const result = read('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')
  const value = result.ok ? result.value : null
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
})

test('the decoder holds nothing back after a refusal', () => {
  expect(readStrict(Uint8Array.of(0x22, 0xc3), bounds).ok).toBe(false)
  expect(read('"é"')).toEqual({ ok: true, value: 'é' })
})

test('lossless: numbers a double cannot hold come back digit for digit', () => {
  const text = '{"id":9007199254740993,"tiny":[1e-400,0.1],"__proto__":{"big":123456789012345678901234567890}}'
  const value = readLossless(text, 8)
  expect(JSON.stringify(value)).toBe(text)
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(isRawNumber((value as { id: unknown }).id)).toBe(true)
  expect(isRawNumber({ rawJSON: '1' })).toBe(false)
  expect(isRawNumber(null)).toBe(false)
})

test('lossless: anything else is plain, duplicates and lone surrogates as the parser has them', () => {
  expect(readLossless('{"a":1,"a":[2.50,"\\ud800"]}', 8)).toEqual({ a: [2.5, '\ud800'] })
})

test('lossless: bad JSON and depth are faults of the upstream', () => {
  for (const [text, depthMax] of [
    ['{', 8],
    ['', 8],
    ['\ufeff1', 8],
    ['[[[]]]', 2],
    ['['.repeat(1_000_000), 100],
    ['[9007199254740993', 8],
  ] as const) {
    expect(() => readLossless(text, depthMax)).toThrow(Fault)
  }
  expect(readLossless('[[1]]', 2)).toEqual([[1]])
})
