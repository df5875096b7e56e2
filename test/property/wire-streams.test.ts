/** Event streams read the same in every chunking; header values survive the trip; folds are stable. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldForDeny, isToolName, showInvisible } from '../../src/wire/names.ts'
import { decodeHeaderValue, encodeHeaderValue } from '../../src/wire/param-headers.ts'
import { type SseEvent, SseReader, sseComment, sseFrame } from '../../src/wire/sse.ts'

const runs = { numRuns: 1000 }
const utf8 = new TextEncoder()

const line = fc.constantFrom(
  'data: a',
  'data:é世',
  'data',
  'data: 😀',
  'event: x',
  'id: 1',
  'retry: 5',
  ': c',
  'junk',
  '',
  '\ufeffdata: b',
)
const ending = fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n')
const stream = fc
  .array(fc.tuple(line, ending), { maxLength: 20 })
  .map(lines => utf8.encode(lines.map(([text, end]) => text + end).join('')))

function read(bytes: Uint8Array, cuts: readonly number[]): SseEvent[] {
  const reader = new SseReader({ eventBytesMax: 1000 })
  const events: SseEvent[] = []
  let from = 0
  for (const cut of [...cuts.map(cut => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    // a fresh copy, overwritten afterwards: the reader must not keep the caller's memory
    const chunk = bytes.slice(from, cut)
    events.push(...reader.push(chunk))
    chunk.fill(0x58)
    from = cut
  }
  return [...events, ...reader.end()]
}

test('the same events come out of every chunking', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
      const whole = read(bytes, [])
      expect(read(bytes, cuts)).toEqual(whole)
      expect(read(bytes, Array.from(bytes.keys()))).toEqual(whole)
    }),
    runs,
  )
})

test('the bound is met in every chunking or in none', () => {
  const outcome = (bytes: Uint8Array, cuts: readonly number[]) => {
    const reader = new SseReader({ eventBytesMax: 12 })
    let from = 0
    try {
      for (const cut of [...cuts.map(cut => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
        reader.push(bytes.slice(from, cut))
        from = cut
      }
      return 'read'
    } catch (error) {
      return (error as Error).name
    }
  }
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
      expect(outcome(bytes, cuts)).toBe(outcome(bytes, []))
    }),
    runs,
  )
})

const field = fc.string({ unit: 'grapheme', maxLength: 10 }).map(text => text.replace(/[\r\n\0]/g, '').trim())

test('frames are read back as they were written, comments between them change nothing', () => {
  const frame = fc.record({ data: fc.string({ unit: 'grapheme' }), event: field, id: field, retry: fc.nat(100_000) })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 10 }), (frames, cuts) => {
      const text = frames.map(({ data, ...options }) => sseFrame(data, options) + sseComment).join('')
      const expected = frames.map(({ data, event, id, retry }) => ({
        event: event === '' ? 'message' : event,
        data: data.replace(/\r\n|\r/g, '\n'),
        id,
        retry,
      }))
      expect(read(utf8.encode(text), cuts)).toEqual(expected)
    }),
    runs,
  )
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'grapheme-ascii' }).map(text => ` ${text}`),
  fc.string({ unit: 'binary' }).map(text => text.toWellFormed()),
  fc.string({ unit: 'grapheme-ascii' }).map(text => `=?base64?${text}?=`),
)

test('header values survive encoding, transport and decoding, and hold nothing a header may not', () => {
  fc.assert(
    fc.property(anyText, text => {
      const encoded = encodeHeaderValue(text)
      expect(encoded).toMatch(/^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/)
      // the constructor is the judge of what a header may hold, and trims as a peer would
      const carried = new Headers({ 'mcp-name': encoded }).get('mcp-name') ?? ''
      expect(decodeHeaderValue(carried)).toEqual({ ok: true, value: text })
    }),
    runs,
  )
})

test('one text has one wrapped form: decoding a wrapped value and encoding it again cannot differ in the base64', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('A', 'b', '0', '+', '/', '=', 'Q', 'w') }), inner => {
      const decoded = decodeHeaderValue(`=?base64?${inner}?=`)
      if (decoded.ok) expect(Buffer.from(decoded.value).toString('base64')).toBe(inner)
    }),
    { numRuns: 3000 },
  )
})

const tricky = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      'İ',
      'ı',
      'ſ',
      'ß',
      'ẞ',
      'Σ',
      'ς',
      'ŉ',
      'ǰ',
      '\u0345',
      '\u0307',
      '\u212a',
      'ﬃ',
      '\u1e9b',
      '\u03f4',
      '\u00ad',
    ),
  ),
})

test('folding is a fixed point and blind to case, compatibility form and ignorable characters', () => {
  fc.assert(
    fc.property(tricky, text => {
      const folded = foldForDeny(text)
      expect(foldForDeny(folded)).toBe(folded)
      expect(foldForDeny(text.normalize('NFKC'))).toBe(folded)
      expect(foldForDeny(text.normalize('NFD'))).toBe(folded)
      expect(foldForDeny([...text].join('\u2060'))).toBe(foldForDeny([...text].join('\u200b')))
    }),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), text => {
      expect(foldForDeny(text.toUpperCase())).toBe(foldForDeny(text))
      expect(foldForDeny([...text].join('\u2060'))).toBe(foldForDeny(text))
    }),
    runs,
  )
})

test('nothing invisible is shown, and what is shown of a tool name is the name', () => {
  fc.assert(
    fc.property(tricky, text => {
      expect(showInvisible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
      if (isToolName(text)) expect(showInvisible(text)).toBe(text)
    }),
    runs,
  )
})
