import { expect, test } from 'vitest'
import { compareSpecificity, compileGlob, globProblem, isEvasive, resolveSegments } from './glob.ts'

test.each([
  ['get_*', 'get_user', true],
  ['get_*', 'get_', true],
  ['get_*', 'forget_x', false],
  ['*', 'anything', true],
  ['*', '', true],
  ['*', 'resources/read', false],
  ['*/*', 'resources/read', true],
  ['resources/*', 'resources/read', true],
  ['resources/*', 'prompts/get', false],
  ['**', 'resources/read', true],
  ['a.b', 'a.b', true],
  ['a.b', 'axb', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a?c', 'a😀c', true],
  ['a*c*e', 'abcde', true],
  ['a*c*e', 'ace', true],
  ['a*c*e', 'aec', false],
  ['**/x', 'x', true],
  ['**/x', 'a/b/x', true],
  ['**/x', 'ax', false],
  ['a**/x', 'abc/d/x', true],
  ['/a/**/b/*', '/a/b/c', true],
  ['/a/**/b/*', '/a/x/y/b/c', true],
  ['/a/**/b/*', '/a/x/b/c/d', false],
  ['a*', 'a\nb', true],
  ['[a]', '[a]', true],
  ['[a]', 'a', false],
  ['(a|b)', 'a', false],
  ['$', '$', true],
])('%s on %j: %s', (pattern, text, expected) => {
  expect(compileGlob(pattern).matches(text)).toBe(expected)
})

test('of two globs the one with more literal characters, then fewer stars, comes first', () => {
  expect(['*', 'get_*', 'get_*_*', 'get_user_*', '**'].sort(compareSpecificity)).toEqual([
    'get_user_*',
    'get_*_*',
    'get_*',
    '*',
    '**',
  ])
})

test('a backslash is no part of a glob', () => {
  expect(globProblem('C:\\*')).toContain('backslash')
  expect(globProblem('a'.repeat(501))).toContain('500')
  expect(globProblem('/a/**')).toBeUndefined()
})

test.each([
  ['/a/../b', true, '/b'],
  ['..', true, '..'],
  ['./a', true, 'a'],
  ['/a/.', true, '/a'],
  ['/a/..', true, ''],
  ['a\\b', true, 'a/b'],
  ['/../../etc', true, '/etc'],
  ['../../etc', true, '../../etc'],
  ['/a/..b/c.', false, '/a/..b/c.'],
  ['/a/b', false, '/a/b'],
])('%s is evasive: %s, and leads to %j', (text, evasive, resolved) => {
  expect(isEvasive(text)).toBe(evasive)
  expect(resolveSegments(text)).toBe(resolved)
})

test('a hostile glob and a long text stay linear', () => {
  const glob = compileGlob(`${'*a'.repeat(100)}**/b`)
  expect(glob.matches('a'.repeat(100_000))).toBe(false)
})
