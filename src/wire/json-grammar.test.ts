/**
 * One verdict per corner of the grammar. y: valid and accepted. n: not JSON, refused as malformed or by its encoding.
 * i: the standard lets implementations differ (RFC 8259), so the verdict is ours and pinned here.
 */
import { expect, test } from 'vitest'
import { readStrict } from './json.ts'

const bounds = { bytesMax: 100_000, depthMax: 64, elementsMax: 1000 }

const accepted: readonly (readonly [string, string])[] = [
  ['y lonely null', 'null'],
  ['y lonely true', 'true'],
  ['y lonely false', 'false'],
  ['y lonely string', '"asd"'],
  ['y lonely integer', '42'],
  ['y lonely negative', '-0.1'],
  ['y empty array', '[]'],
  ['y empty object', '{}'],
  ['y spaces everywhere', ' \t\r\n[ 1 , { "a" : 2 } ]\n'],
  ['y empty key', '{"":0}'],
  ['y key with quotes', '{"a\\"b":1}'],
  ['y nested empties', '[[],{},[[]],[{}]]'],
  ['y exponent forms', '[1e2,1E2,1e+2,1E-2,0e1,1.5e3]'],
  ['y minus zero', '[-0]'],
  ['y all escapes', '["\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\uD834\\uDD1E"]'],
  ['y backslash before the closing quote', '["\\\\"]'],
  ['y unescaped DEL', '["\u007f"]'],
  ['y unescaped U+2028 and U+2029', '["\u2028\u2029"]'],
  ['y astral raw', '["\u{1D11E}"]'],
  ['y noncharacter', '["\uffff"]'],
  ['y escaped newline as key', '{"\\n":1}'],
  ['y string that looks like a number', '["1e999"]'],
  ['y string that looks like a document', '["{\\"a\\":1,\\"a\\":2}"]'],
]

const malformed: readonly (readonly [string, string])[] = [
  ['n empty', ''],
  ['n only space', ' '],
  ['n two values', '{} {}'],
  ['n trailing bracket', '[1]]'],
  ['n trailing brace', '{"a":1}}'],
  ['n trailing comma in array', '[1,]'],
  ['n trailing comma in object', '{"a":1,}'],
  ['n leading comma', '[,1]'],
  ['n double comma', '[1,,2]'],
  ['n missing comma', '[1 2]'],
  ['n unclosed array', '[1'],
  ['n unclosed object', '{"a":1'],
  ['n unclosed string', '["a'],
  ['n string ending in a backslash', '["a\\'],
  ['n mismatched brackets', '[1}'],
  ['n only a closer', ']'],
  ['n key without value', '{"a"}'],
  ['n key without value after colon', '{"a":}'],
  ['n two colons', '{"a"::1}'],
  ['n colon in array', '["a":1]'],
  ['n comma instead of colon', '{"a",1}'],
  ['n unquoted key', '{a:1}'],
  ['n number key', '{1:1}'],
  ['n single quotes', "{'a':1}"],
  ['n comment', '{"a":1}/**/'],
  ['n line comment', '// x\n1'],
  ['n leading zero', '[01]'],
  ['n negative leading zero', '[-012]'],
  ['n leading plus', '[+1]'],
  ['n bare minus', '[-]'],
  ['n minus space', '[- 1]'],
  ['n no digits before the point', '[.5]'],
  ['n no digits after the point', '[1.]'],
  ['n point before exponent', '[1.e3]'],
  ['n empty exponent', '[1e]'],
  ['n two points', '[1.2.3]'],
  ['n two exponents', '[1e2e3]'],
  ['n hexadecimal', '[0x10]'],
  ['n binary', '[0b1]'],
  ['n separator', '[1_000]'],
  ['n bigint', '[1n]'],
  ['n NaN', '[NaN]'],
  ['n Infinity', '[Infinity]'],
  ['n minus Infinity', '[-Infinity]'],
  ['n full-width digit', '[\uff11]'],
  ['n capital True', '[True]'],
  ['n cut literal', '[tru]'],
  ['n undefined', 'undefined'],
  ['n raw newline in a string', '["a\nb"]'],
  ['n raw tab in a string', '["\t"]'],
  ['n raw U+0000 in a string', '["\0"]'],
  ['n raw U+0000 after the value', '1\0'],
  ['n bad escape', '["\\x41"]'],
  ['n escaped quote only', '["\\a"]'],
  ['n short unicode escape', '["\\u00A"]'],
  ['n bad unicode escape', '["\\u00zz"]'],
  ['n capital U escape', '["\\U0041"]'],
  ['n form feed as space', '[\f]'],
  ['n no-break space', '[\u00a0]'],
  ['n word joiner', '\u2060[]'],
  ['n smart quotes', '[\u201ca\u201d]'],
]

const refusedOtherwise: readonly (readonly [string, string, string])[] = [
  ['i duplicate keys', '{"a":1,"a":2}', 'ERR_WIRE_DUPLICATE_KEY'],
  ['i duplicate equal members', '{"a":1,"a":1}', 'ERR_WIRE_DUPLICATE_KEY'],
  ['i huge exponent', '[1e9999]', 'ERR_WIRE_LOSSY_NUMBER'],
  ['i tiny exponent', '[123e-10000000]', 'ERR_WIRE_LOSSY_NUMBER'],
  ['i very big negative integer', '[-237462374673276894279832749832423479823246327846]', 'ERR_WIRE_LOSSY_NUMBER'],
  ['i integer beyond 2^53', '[9007199254740993]', 'ERR_WIRE_LOSSY_NUMBER'],
  ['i more digits than a double', '[0.12345678901234567890]', 'ERR_WIRE_LOSSY_NUMBER'],
  ['i lone high surrogate', '["\\uDADA"]', 'ERR_WIRE_FORBIDDEN_CHARACTER'],
  ['i lone low surrogate', '["\\uDd1e"]', 'ERR_WIRE_FORBIDDEN_CHARACTER'],
  ['i surrogates in the wrong order', '["\\uDd1e\\uD834"]', 'ERR_WIRE_FORBIDDEN_CHARACTER'],
  ['i escaped U+0000', '["\\u0000"]', 'ERR_WIRE_FORBIDDEN_CHARACTER'],
  ['i byte order mark', '\ufeff{}', 'ERR_WIRE_ENCODING'],
  ['i 65 levels', '['.repeat(65) + ']'.repeat(65), 'ERR_WIRE_TOO_DEEP'],
  ['i 65 unclosed levels', '['.repeat(65), 'ERR_WIRE_TOO_DEEP'],
]

const notUtf8: readonly (readonly [string, readonly number[]])[] = [
  ['n UTF-16 little endian with mark', [0xff, 0xfe, 0x22, 0, 0x22, 0]],
  ['n UTF-16 big endian with mark', [0xfe, 0xff, 0, 0x22, 0, 0x22]],
  ['n UTF-8 mark alone', [0xef, 0xbb, 0xbf]],
  ['n overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
  ['n overlong U+0000', [0x22, 0xc0, 0x80, 0x22]],
  ['n overlong in three bytes', [0x22, 0xe0, 0x80, 0xaf, 0x22]],
  ['n encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['n beyond U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ['n lone continuation', [0x22, 0x80, 0x22]],
  ['n cut sequence', [0x22, 0xe2, 0x82]],
  ['n latin-1', [0x22, 0xe9, 0x22]],
]

function verdict(bytes: Uint8Array): string {
  const result = readStrict(bytes, bounds)
  return result.ok ? 'accepted' : result.refusal.code
}

test.each(accepted)('%s', (_name, text) => {
  const result = readStrict(new TextEncoder().encode(text), bounds)
  expect(result).toEqual({ ok: true, value: JSON.parse(text) })
})

test.each(malformed)('%s', (_name, text) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(verdict(new TextEncoder().encode(text))).toBe('ERR_WIRE_MALFORMED')
})

test.each(refusedOtherwise)('%s', (_name, text, code) => {
  expect(verdict(new TextEncoder().encode(text))).toBe(code)
})

test.each(notUtf8)('%s', (_name, bytes) => {
  expect(verdict(Uint8Array.from(bytes))).toBe('ERR_WIRE_ENCODING')
})

// UTF-16 without a mark is valid UTF-8 full of U+0000, which the grammar refuses
test('n UTF-16 without mark', () => {
  expect(verdict(Uint8Array.of(0x22, 0, 0x61, 0, 0x22, 0))).toBe('ERR_WIRE_MALFORMED')
})
