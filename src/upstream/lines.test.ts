import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineReader } from './lines.ts'

function read(chunks: readonly string[], lineBytesMax: number): { lines: string[]; tails: string[] } {
  const lines: string[] = []
  const tails: string[] = []
  const reader = new LineReader(
    lineBytesMax,
    line => lines.push(line.toString('utf8')),
    tail => tails.push(tail),
  )
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return { lines, tails }
}

test('lines come out whole, however the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 7 }), (texts, size) => {
      const lines = texts.map(text => text.replaceAll('\n', ' ')).filter(text => text !== '')
      const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
      const seen: string[] = []
      const reader = new LineReader(
        1000,
        line => seen.push(line.toString('utf8')),
        () => undefined,
      )
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
      expect(seen).toEqual(lines)
    }),
  )
})

test('a line over the limit is dropped up to its end, and its last bytes are shown', () => {
  const long = 'x'.repeat(500)
  expect(read(['short\n', long, long, 'tail"id":7}\nafter\n'], 600)).toEqual({
    lines: ['short', 'after'],
    tails: [`${'x'.repeat(128 - 11)}tail"id":7}`],
  })
  expect(read([`${long}\n${long}\nok\n`], 400).lines).toEqual(['ok'])
})

test('the limit is exact', () => {
  expect(read(['12345\n123456\n'], 5)).toEqual({ lines: ['12345'], tails: ['123456'] })
})
