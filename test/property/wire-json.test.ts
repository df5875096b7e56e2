/** The strict reader agrees with JSON.parse on everything it accepts, and refuses every mutation that has two readings. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/wire/canonical.ts'
import { readLossless, readStrict } from '../../src/wire/json.ts'
import type { Json } from '../../src/wire/json-types.ts'
import { isLossless, scanJson } from '../../src/wire/scan.ts'

const runs = { numRuns: 1000 }
const wide = { bytesMax: 1 << 20, depthMax: 100, elementsMax: 100_000 }
const utf8 = new TextEncoder()

function codeOf(text: string, bounds = wide): string {
  const result = readStrict(utf8.encode(text), bounds)
  return result.ok ? 'accepted' : result.refusal.code
}

/** Text both sides can carry: no U+0000, no unpaired surrogates. */
const plainText = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter(text => !text.includes('\0') && text.isWellFormed())
const oddKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'toJSON',
  'rawJSON',
  '',
  '0',
  '10',
  '9',
  'length',
  ':',
  '{',
  '"',
)
const key = fc.oneof({ weight: 4, arbitrary: plainText }, { weight: 1, arbitrary: oddKey })
const scalar = fc.oneof(
  fc.constantFrom<Json>(null, true, false),
  plainText,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

/** Values of JSON, built by JSON.parse so that `__proto__` is an own member, as on the wire. */
const { value } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 6, selector: ([name]) => name })
      .map(entries => Object.fromEntries(entries) as Json),
  ),
}))

/** A document whose message level cannot clash: everything sits in `params.arguments`. */
const document = value.map(inner => ({ params: { arguments: inner } }))

/** Serialises with random white space and random escapes: another spelling of the same value. */
function spell(value: Json, next: () => number): string {
  const gap = () => [' ', '', '\n', '\t ', '', '\r\n'][next() % 6] as string
  const text = (string: string) =>
    `"${Array.from({ length: string.length }, (_, i) => {
      const unit = string.charCodeAt(i)
      const escaped = `\\u${unit.toString(16).padStart(4, '0')}`
      const lone = unit >= 0xd800 && unit <= 0xdfff
      if (lone || next() % 4 === 0) return escaped
      return JSON.stringify(string[i]).slice(1, -1)
    }).join('')}"`
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    const items: readonly Json[] = value
    return `[${gap()}${items.map(item => spell(item, next) + gap()).join(`,${gap()}`)}]`
  }
  const members = Object.entries(value).map(([name, member]) => `${text(name)}${gap()}:${gap()}${spell(member, next)}`)
  return `{${gap()}${members.join(`${gap()},${gap()}`)}${gap()}}`
}

const spelled = fc.tuple(document, fc.infiniteStream(fc.nat(1000))).map(([whole, numbers]) => ({
  whole,
  text: spell(whole as Json, () => numbers.next().value as number),
}))

test('accepted documents are read as JSON.parse reads them, however they are spelled', () => {
  fc.assert(
    fc.property(spelled, ({ text }) => {
      expect(readStrict(utf8.encode(text), wide)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
    runs,
  )
})

test('on arbitrary text the reader accepts nothing that JSON.parse refuses', () => {
  const shards = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"a"',
    '1',
    '-',
    '.',
    'e',
    'true',
    'null',
    ' ',
    '0',
    'é',
  )
  const noise = fc.oneof(
    fc.array(shards, { maxLength: 12 }).map(parts => parts.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(noise, text => {
      const result = readStrict(utf8.encode(text), wide)
      if (result.ok) expect(result.value).toEqual(JSON.parse(text))
      else if (result.refusal.code === 'ERR_WIRE_MALFORMED') expect(() => JSON.parse(text)).toThrow()
    }),
    { numRuns: 5000 },
  )
})

/** Depth, members and items of a value, counted from the parsed side. */
function measure(value: Json): { depth: number; members: number; elements: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, members: 0, elements: 0 }
  const children = Object.values(value)
  const inner = children.map(measure)
  const sum = (pick: (m: { depth: number; members: number; elements: number }) => number) =>
    inner.reduce((total, m) => total + pick(m), 0)
  return {
    depth: 1 + Math.max(0, ...inner.map(m => m.depth)),
    members: sum(m => m.members) + (Array.isArray(value) ? 0 : children.length),
    elements: sum(m => m.elements) + children.length,
  }
}

test('scanner and parser count the same, and every bound is exact', () => {
  fc.assert(
    fc.property(spelled, ({ text }) => {
      const { depth, members, elements } = measure(JSON.parse(text) as Json)
      expect(scanJson(text, depth, elements)).toMatchObject({ members, lossy: undefined, over: undefined })
      expect(scanJson(text, depth - 1, elements).over).toBe('depth')
      expect(scanJson(text, depth, elements - 1).over).toBe('elements')
      const bytesMax = utf8.encode(text).length
      expect(codeOf(text, { bytesMax, depthMax: depth, elementsMax: elements })).toBe('accepted')
      expect(codeOf(text, { ...wide, bytesMax: bytesMax - 1 })).toBe('ERR_WIRE_TOO_LARGE')
    }),
    runs,
  )
})

test('repeating any member anywhere is refused', () => {
  fc.assert(
    fc.property(spelled, fc.nat(), scalar, fc.boolean(), ({ whole }, pick, other, escaped) => {
      let seen = 0
      const total = measure(whole as Json).members
      const chosen = pick % total
      const repeat = (value: Json): string => {
        if (typeof value !== 'object' || value === null) return JSON.stringify(value)
        if (Array.isArray(value)) return `[${(value as readonly Json[]).map(repeat).join(',')}]`
        const members = Object.entries(value).flatMap(([name, member]) => {
          const own = `${JSON.stringify(name)}:${repeat(member)}`
          if (seen++ !== chosen) return [own]
          const spelling = escaped ? name.replace(/^[a-z]/, c => `\\u00${c.charCodeAt(0).toString(16)}`) : undefined
          const again = spelling === undefined || /["\\]/.test(name) ? JSON.stringify(name) : `"${spelling}"`
          return [own, `${again}:${JSON.stringify(other)}`]
        })
        return `{${members.join(',')}}`
      }
      expect(codeOf(repeat(whole as Json))).toBe('ERR_WIRE_DUPLICATE_KEY')
    }),
    runs,
  )
})

const digits = fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }).map(list => list.join(''))
const literal = fc
  .tuple(fc.boolean(), digits, fc.option(digits), fc.option(fc.integer({ min: -400, max: 400 })))
  .map(([minus, whole, fraction, exponent]) => {
    const stripped = whole.replace(/^0+(?=.)/, '')
    return `${minus ? '-' : ''}${stripped}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`
  })

/** The rule in whole numbers: does the shortest decimal of the double denote what the literal denotes? */
function sameNumber(literal: string): boolean {
  const scaled = (text: string) => {
    const [mantissa = '', power = '0'] = text.toLowerCase().split('e')
    const [whole = '', fraction = ''] = mantissa.split('.')
    return BigInt(whole + fraction) * 10n ** BigInt(Number(power) - fraction.length + 1000)
  }
  const double = Number(literal)
  return Number.isFinite(double) && scaled(literal) === scaled(String(double))
}

test('a number is refused exactly when its double is another number', () => {
  fc.assert(
    fc.property(literal, text => {
      const same = sameNumber(text)
      expect(isLossless(text)).toBe(same)
      expect(codeOf(`{"a":[${text}]}`)).toBe(same ? 'accepted' : 'ERR_WIRE_LOSSY_NUMBER')
    }),
    { numRuns: 3000 },
  )
})

test('every double survives: its shortest form is never lossy', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number => {
      expect(codeOf(`[${String(number)}]`)).toBe('accepted')
    }),
    runs,
  )
})

test('lossless reading gives every number back as the same number', () => {
  fc.assert(
    fc.property(fc.array(literal, { maxLength: 5 }), document, (numbers, whole) => {
      const text = `{"numbers":[${numbers.join(',')}],"rest":${JSON.stringify(whole)}}`
      const again = JSON.stringify(readLossless(text, 100))
      const written = again.slice('{"numbers":['.length, again.indexOf(']')).split(',')
      for (const [index, number] of numbers.entries()) {
        expect(written[index]).toBe(isLossless(number) ? String(Number(number) + 0) : number)
      }
      expect(again.slice(again.indexOf(']') + 1)).toBe(`,"rest":${JSON.stringify(whole)}}`)
    }),
    runs,
  )
})

function shuffled(value: Json, next: () => number): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(item => shuffled(item, next))
  const entries = Object.entries(value).map(([name, member]) => [next(), name, shuffled(member, next)] as const)
  return Object.fromEntries(entries.toSorted((a, b) => a[0] - b[0]).map(([, name, member]) => [name, member]))
}

test('the canonical form does not depend on key order or spelling, and reads back to the same value', () => {
  fc.assert(
    fc.property(spelled, fc.infiniteStream(fc.nat()), ({ whole, text }, numbers) => {
      const canonical = canonicalJson(whole as Json)
      expect(canonicalJson(shuffled(whole as Json, () => numbers.next().value as number))).toBe(canonical)
      expect(canonicalJson(JSON.parse(text) as Json)).toBe(canonical)
      expect(canonicalJson(JSON.parse(canonical) as Json)).toBe(canonical)
      const again = readStrict(utf8.encode(canonical), wide)
      expect(again.ok && canonicalJson(again.value)).toBe(canonical)
    }),
    runs,
  )
})

test('values that differ have canonical forms that differ', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      const same = JSON.stringify(shuffledToOrder(one)) === JSON.stringify(shuffledToOrder(other))
      expect(canonicalJson(one) === canonicalJson(other)).toBe(same)
    }),
    runs,
  )
})

/** Entries as sorted pairs: equal exactly for values equal up to key order. */
function shuffledToOrder(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return ['array', ...(value as readonly Json[]).map(shuffledToOrder)]
  const pairs = Object.entries(value).map(([name, member]) => [name, shuffledToOrder(member)] as const)
  return ['object', ...pairs.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))]
}
