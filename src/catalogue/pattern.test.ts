import { expect, test } from 'vitest'
import { readSchemaPattern } from './pattern.ts'

function verdict(source: string): string {
  const read = readSchemaPattern(source)
  if (!read.ok) return read.refusal.message.replace(/^.*` /, '')
  return read.value.isEnforced ? 'enforced' : 'not enforced'
}

test.each([
  '^(a+)+$',
  '(a*)*',
  '(a|a)*b',
  '(a?b?)*c',
  '(a|aa)+',
  '(.*,)*x',
  '(\\w+\\s?)*$',
  '(x+x+)+y',
  '(a|a){1,40}',
  '(\\d{1,3})*',
  '(?=(a+)+b)c',
  '((a+){20,30})',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
])('%s can take a backtracking engine exponential time and is refused', source => {
  expect(verdict(source)).toContain('exponential time')
})

test.each([
  '^[a-z0-9]+(-[a-z0-9]+)*$',
  '^([a-z]+-)*[a-z]+$',
  '^\\s*\\S+(\\s+\\S+)*$',
  '^([0-9a-f]{32})+$',
  '^\\d{1,3}(\\.\\d{1,3}){3}$',
  '^[^,]+(,[^,]+)*$',
  '[\\w.-]+@[\\w.-]+',
  '^#[0-9A-Fa-f]{6}$',
  '^(GET|POST|PUT)(,(GET|POST|PUT))*$',
  '^(\\p{L}+-)*$',
])('%s is enforced', source => {
  expect(verdict(source)).toBe('enforced')
})

test('what RE2 cannot express is accepted and not enforced, unless it is dangerous too', () => {
  expect(verdict('^(?!x)[a-z]+$')).toBe('not enforced')
  expect(verdict('(a)\\1')).toBe('not enforced')
  expect(verdict('^(?!x)(a+)+$')).toContain('exponential time')
})

test('a pattern that is not a regular expression, too long or too large is refused', () => {
  expect(verdict('(')).toContain('is not a regular expression')
  expect(verdict('a'.repeat(2_001))).toContain('is longer than 2000 characters')
  const long = String.fromCharCode(...Array.from({ length: 700 }, (_, at) => 0x4e00 + at))
  expect(verdict(`(${long})*`)).toContain('too large to be judged')
})

test('matching is unanchored, as JSON Schema says, and linear', () => {
  const read = readSchemaPattern('b+c')
  expect(read.ok && read.value.matches('abbcd')).toBe(true)
  expect(read.ok && read.value.matches('abd')).toBe(false)
})
