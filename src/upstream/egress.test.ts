import fc from 'fast-check'
import { expect, test } from 'vitest'
import { problemOf, readTarget } from './egress.ts'

test.each([
  '1.1.1.1',
  '93.184.216.34',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '::ffff:1.1.1.1',
  '64:ff9b::101:101',
])('%s is public', address => {
  expect(problemOf(address, 'public')).toBeUndefined()
  expect(problemOf(address, 'private')).toBeUndefined()
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '::1',
  'fd12::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
])('%s is private: only with `network: private`', address => {
  expect(problemOf(address, 'public')).toMatch(/^the address is /)
  expect(problemOf(address, 'private')).toBeUndefined()
})

test.each([
  '169.254.169.254',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  'fe80::1',
  '::',
  'ff02::1',
  '240.0.0.1',
  '2002::1',
])('%s is nobody’s server', address => {
  expect(problemOf(address, 'public')).toMatch(/^the address is /)
  expect(problemOf(address, 'private')).toMatch(/^the address is /)
})

test('an IPv4 address is judged alike in every notation that reaches it', () => {
  fc.assert(
    fc.property(fc.ipV4(), address => {
      const hex = address
        .split('.')
        .map(part => Number(part).toString(16).padStart(2, '0'))
        .join('')
      const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`
      const isPublic = problemOf(address, 'public') === undefined
      expect(problemOf(`::ffff:${groups}`, 'public') === undefined).toBe(isPublic)
      expect(problemOf(`64:ff9b::${groups}`, 'public') === undefined).toBe(isPublic)
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      problemOf(text, 'public')
      readTarget(text, { server: 's', network: 'public' })
      readTarget(`https://${text}/`, { server: 's', network: 'public' })
    }),
  )
})

test('what may be written in an entry', () => {
  const read = (url: string, network: 'public' | 'private') => readTarget(url, { server: 's', network }).ok
  expect(read('https://mcp.example.com/mcp?x=1', 'public')).toBe(true)
  expect(read('http://mcp.example.com/', 'public')).toBe(false)
  expect(read('http://127.0.0.1:3001/mcp', 'private')).toBe(true)
  expect(read('http://localhost:3001/mcp', 'private')).toBe(true)
  expect(read('https://api.localhost/', 'public')).toBe(false)
  expect(read('https://user@mcp.example.com/', 'private')).toBe(false)
})
