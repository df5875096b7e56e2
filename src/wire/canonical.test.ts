import { expect, test } from 'vitest'
import { Fault } from '../errors.ts'
import { callDigest, canonicalJson, sha256Hex } from './canonical.ts'
import { readLossless } from './json.ts'
import type { Json } from './json-types.ts'

test('keys are ordered by UTF-16 units, at every depth', () => {
  const value = {
    '\u20ac': 1,
    '\r': 2,
    '\ufb33': 3,
    '1': 4,
    '\u{1f600}': 5,
    '\u0080': 6,
    '\u00f6': { b: 1, a: [{ d: 1, c: 2 }] },
  }
  expect(canonicalJson(value)).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":{"a":[{"c":2,"d":1}],"b":1},"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
  )
  expect(canonicalJson({ '10': 1, '9': 2, a: 3, '': 4 })).toBe('{"":4,"10":1,"9":2,"a":3}')
})

test('numbers have their shortest form', () => {
  for (const [number, text] of [
    [0, '0'],
    [-0, '0'],
    [1e21, '1e+21'],
    [1e20, '100000000000000000000'],
    [1e-7, '1e-7'],
    [0.000001, '0.000001'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [333333333.3333333, '333333333.3333333'],
    [9007199254740992, '9007199254740992'],
  ] as const) {
    expect(canonicalJson(number)).toBe(text)
  }
})

test('strings have the shortest escapes', () => {
  expect(canonicalJson('\u20ac$\u000f\nA\'B"\\/\b\t\f\r\u007f\u2028')).toBe(
    '"\u20ac$\\u000f\\nA\'B\\"\\\\/\\b\\t\\f\\r\u007f\u2028"',
  )
  expect(canonicalJson('\ud800')).toBe('"\\ud800"')
  expect(canonicalJson('\\ud800')).toBe('"\\\\ud800"')
})

test('odd keys are data', () => {
  const value = JSON.parse('{"toJSON":"x","__proto__":{"b":1,"a":2},"rawJSON":"1","length":3}') as Json
  expect(canonicalJson(value)).toBe('{"__proto__":{"a":2,"b":1},"length":3,"rawJSON":"1","toJSON":"x"}')
})

test('numbers kept as text keep their digits', () => {
  expect(canonicalJson(readLossless('{"b":9007199254740993,"a":[1e400]}', 5))).toBe(
    '{"a":[1e400],"b":9007199254740993}',
  )
})

test('what JSON cannot carry is a fault', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, [undefined], { a: undefined }, 1n]) {
    expect(() => canonicalJson(value as unknown as Json)).toThrow(Fault)
  }
})

test('the hash is SHA-256 of the UTF-8 bytes', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256Hex('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c')
})

const parts = { principal: 'p', grant: 'g', server: 's', tool: 't', definitionHash: 'd', argsText: '{}' }

test('any change of a part changes the digest, and parts do not run into each other', () => {
  const digests = new Set([callDigest(parts)])
  for (const key of Object.keys(parts)) digests.add(callDigest({ ...parts, [key]: 'other' }))
  digests.add(callDigest({ ...parts, principal: 'pg', grant: '' }))
  digests.add(callDigest({ ...parts, principal: '', grant: 'pg' }))
  digests.add(callDigest({ ...parts, principal: 'p","g', grant: 'x' }))
  expect(digests.size).toBe(10)
  expect(callDigest({ ...parts })).toBe(callDigest(parts))
})

test('the layout of the digest is pinned: stored approvals depend on it', () => {
  expect(callDigest(parts)).toBe(sha256Hex('["sallyport call 1","p","g","s","t","d","{}"]'))
})
