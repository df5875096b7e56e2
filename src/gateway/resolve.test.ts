import { expect, test } from 'vitest'
import { canonicalUri } from './resolve.ts'

test.each([
  ['FILE:///srv/a', 'file:///srv/a'],
  ['test://static-text', 'test://static-text'],
  ['mem:item?x=1#y', 'mem:item?x=1#y'],
  ['file:///srv/a%20b', 'file:///srv/a%20b'],
  ['file:///srv/.hidden', 'file:///srv/.hidden'],
  ['file:///srv/a..b', 'file:///srv/a..b'],
])('A-054 address %s is judged as %s', (uri, expected) => {
  expect(canonicalUri(uri)).toEqual({ ok: true, value: expected })
})

test.each([
  'no-scheme',
  '/etc/passwd',
  'file:///srv/../etc/passwd',
  'file:///srv/..%2fetc',
  'file:///srv/%2e%2E/etc',
  'file:///srv\\..\\etc',
  'file:///srv/%5c..',
  'file:///srv/..',
  'file:///srv/./x',
  'file:///a b',
  'file:///a\u0000b',
  'java\tscript:alert(1)',
])('A-054 address %j is refused', uri => {
  expect(canonicalUri(uri).ok).toBe(false)
})
