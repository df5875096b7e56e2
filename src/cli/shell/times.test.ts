import { expect, test } from 'vitest'
import { Stop } from './exits.ts'
import { ago, readSince, readSpan, span } from './times.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

test('times say what a reader wants to know first', () => {
  expect(ago(now - 400, now)).toBe('now')
  expect(ago(now - 12_000, now)).toBe('12s ago')
  expect(ago(now - 3 * 60_000, now)).toBe('3m ago')
  expect(ago(now - 26 * 3_600_000, now)).toBe('26h ago')
  expect(ago(now - 72 * 3_600_000, now)).toBe('3d ago')
  expect(ago(now + 60_000, now)).toBe('in 1m')
  expect(span(59_400)).toBe('59s')
})

test('--since takes a length of time or a date', () => {
  expect(readSince('10m', now)).toBe(now - 600_000)
  expect(readSince('7d', now)).toBe(now - 7 * 86_400_000)
  expect(readSince('2026-11-22T10:00:00Z', now)).toBe(now - 7_200_000)
})

test.each(['', '10', 'm', '0s', '10y', '-5m', 'yesterday', '1e3s', '99999999d', '22 Nov'])(
  '--since refuses `%s`',
  text => {
    expect(() => readSince(text, now)).toThrow(Stop)
  },
)

test('a refused length of time says how to write one', () => {
  expect(() => readSpan('soon', '--expires')).toThrow('`soon` is not a time for --expires')
})
