import { expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { addressOf, hostOf, isAmbiguousUrl, isUnderUrl, isUrlPrefix, readHost, readNetwork } from './address.ts'

test.each([
  ['https://a.com/x?y#z', 'a.com'],
  ['HTTPS://A.com', 'a.com'],
  ['ws://a.com:1', 'a.com'],
  ['https://xn--mnchen-3ya.de', 'xn--mnchen-3ya.de'],
  ['https://münchen.de', 'xn--mnchen-3ya.de'],
  ['a.com', 'a.com'],
  ['localhost:3000', 'localhost'],
  ['[::1]:80', '::1'],
  ['http://[::ffff:10.0.0.1]/', '10.0.0.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://a.com@b.com/', undefined],
  ['http://a.com\\b', undefined],
  ['http:a.com', undefined],
  ['https:/a.com', undefined],
  ['https:///a.com', undefined],
  ['https:123', undefined],
  ['//a.com', undefined],
  [' https://a.com', undefined],
  ['https://a.com\n', undefined],
  ['https://a .com', undefined],
  ['file:///etc/passwd', undefined],
  ['data:text/html,x', undefined],
  ['a.com/path', undefined],
  ['user@a.com', undefined],
  ['', undefined],
])('the host of %j is %s', (text, host) => {
  expect(hostOf(text)).toBe(host)
})

test.each([
  ['example.com', 'example.com'],
  ['EXAMPLE.com', 'example.com'],
  ['*.example.com', '*.example.com'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['2130706433', '127.0.0.1'],
  ['https://example.com', undefined],
  ['example.com:443', undefined],
  ['example.com/x', undefined],
  ['*', undefined],
  ['a.*.com', undefined],
  ['', undefined],
])('the entry %j means %s', (text, host) => {
  expect(readHost(text)).toBe(host)
})

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['010.0.0.1', undefined],
  ['10.1', undefined],
  ['0x0a000001', undefined],
  ['10.0.0.1 ', undefined],
  ['::1%lo', undefined],
  ['', undefined],
])('the address %j is %s', (text, address) => {
  expect(addressOf(text)?.toString()).toBe(address)
})

test.each([
  ['10.0.0.0/8', 8],
  ['10.0.0.1', 32],
  ['2001:db8::/32', 32],
  ['::ffff:10.0.0.0/104', 8],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/-1', undefined],
  ['10.0.0.0/8/8', undefined],
  ['::ffff:10.0.0.0/90', undefined],
  ['ten', undefined],
])('the network %j has %s bits', (text, bits) => {
  expect(readNetwork(text)?.[1]).toBe(bits)
})

test('a URL prefix is compared by origin, then by path', () => {
  expect(isUrlPrefix('https://a.com')).toBe(true)
  expect(isUrlPrefix('https://')).toBe(false)
  expect(isUrlPrefix('a.com')).toBe(false)
  expect(isUnderUrl('https://a.com/v1/x', 'https://a.com/v1/')).toBe(true)
  expect(isUnderUrl('https://a.com/v1/%2e%2e/x', 'https://a.com/v1/')).toBe(false)
  expect(isUnderUrl('http://a.com/v1/', 'https://a.com/v1/')).toBe(false)
  expect(isUnderUrl('https://a.com:444/v1/', 'https://a.com/v1/')).toBe(false)
})

test('a URL two programs could read differently is ambiguous, other text is not a URL', () => {
  expect(isAmbiguousUrl('https://a.com@b.com')).toBe(true)
  expect(isAmbiguousUrl('https:\\\\a.com')).toBe(true)
  expect(isAmbiguousUrl('https://a.com')).toBe(false)
  expect(isAmbiguousUrl('plain text')).toBe(false)
})

test('a text longer than any URL has no host; one that starts like a URL is ambiguous, however it hides that', () => {
  const rest = 'a'.repeat(limits.policyUrlCharsMax)
  expect(hostOf(`https://evil.com/${rest}`)).toBeUndefined()
  expect(hostOf(`https://evil.com/${rest.slice(0, -20)}`)).toBe('evil.com')
  for (const start of [
    'https://evil.com/',
    '  HTTPS://evil.com',
    '\u0000ht\ttp\ns://evil.com',
    `${' '.repeat(500)}ws://x`,
  ])
    expect(isAmbiguousUrl(start + rest)).toBe(true)
  for (const start of ['', 'see https://evil.com', 'httpx://a', '/https:'])
    expect(isAmbiguousUrl(start + rest)).toBe(false)
})
