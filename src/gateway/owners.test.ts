import { expect, test } from 'vitest'
import { fits } from './owners.ts'

test.each([
  ['test://template/{id}/data', 'test://template/123/data', true],
  ['test://template/{id}/data', 'test://template/data', false],
  ['file:///{+path}', 'file:///a/b/c', true],
  ['file:///{+path}', 'mail:///a', false],
  ['test://fixed', 'test://fixed', true],
  ['test://fixed', 'test://fixed/more', false],
  ['a:{x}-{y}-z', 'a:1-2-z', true],
  ['a:{x}-{y}-z', 'a:1-z', false],
])('template %s fits %s: %s', (template, uri, expected) => {
  expect(fits(template, uri)).toBe(expected)
})
