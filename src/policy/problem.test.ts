import { expect, test } from 'vitest'
import { nearest, ProblemLog, pointer, pointerMembers } from './problem.ts'

test('pointers escape and come apart again (RFC 6901)', () => {
  expect(pointer(pointer('', 'a/b'), '~c')).toBe('/a~1b/~0c')
  expect(pointerMembers('/a~1b/~0c/0')).toEqual(['a/b', '~c', '0'])
  expect(pointerMembers('')).toEqual([])
})

test.each([
  ['deny_iff', 'deny_if'],
  ['Defualt', 'default'],
  ['tool', 'tools'],
  ['limit', 'limits'],
  ['xyz', undefined],
  ['', undefined],
])('nearest to `%s` is %s', (word, expected) => {
  expect(nearest(word, ['default', 'deny_if', 'tools', 'limits'])).toBe(expected)
})

test('a log keeps 100 problems and still knows that there was an error after them', () => {
  const log = new ProblemLog()
  for (let i = 0; i < 150; i += 1) log.warning('w', '', 'm', 'r')
  expect(log.hasErrors).toBe(false)
  log.error('e', '', 'm', 'r')
  expect(log.hasErrors).toBe(true)
  expect(log.list(() => undefined)).toHaveLength(100)
})
