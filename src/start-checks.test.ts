import { expect, test } from 'vitest'
import { noHttpSettings } from './config/http.ts'
import { liveRules, localUrl } from './front-rules.ts'
import { isLoopback, isPeerAllowed, judgeListening } from './start-checks.ts'

test.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1'])('%s is loopback', host => {
  expect(isLoopback(host)).toBe(true)
  expect(judgeListening(host, noHttpSettings)).toEqual([])
})

test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.com', 'localhost.evil.com', 'example.com', '0x7f000001'])(
  '%s is not, and needs a named proxy',
  host => {
    expect(isLoopback(host)).toBe(false)
    expect(judgeListening(host, noHttpSettings)).toHaveLength(1)
    expect(judgeListening(host, { hosts: [], behindTlsProxy: ['10.0.3.7'] })).toEqual([])
  },
)

test('a public address without TLS is refused, whatever it listens on', () => {
  expect(judgeListening('127.0.0.1', { ...noHttpSettings, publicUrl: 'http://gateway.example.com' })).toHaveLength(1)
  expect(judgeListening('127.0.0.1', { ...noHttpSettings, publicUrl: 'https://gateway.example.com' })).toEqual([])
})

test('behind a proxy, only it and this machine may connect', () => {
  const settings = { hosts: [], behindTlsProxy: ['10.0.3.7', '10.0.4.0/28', 'fd00::7'] }
  const allowed = [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '10.0.3.7',
    '::ffff:10.0.3.7',
    '10.0.4.15',
    'fd00::7',
    'fd00:0::0007',
  ]
  for (const peer of allowed) expect([peer, isPeerAllowed(peer, settings)]).toEqual([peer, true])
  for (const peer of ['10.0.3.8', '10.0.4.16', '::ffff:10.0.3.8', 'fd00::8', '203.0.113.1', '', undefined, 'proxy'])
    expect([peer, isPeerAllowed(peer, settings)]).toEqual([peer, false])
  expect(isPeerAllowed('203.0.113.1', noHttpSettings)).toBe(true)
})

test('the gateway answers to loopback names, to where it listens, and to what the operator names', () => {
  const listening = { host: '10.0.0.5', port: 7777 }
  let settings = noHttpSettings
  const rules = liveRules(listening, () => settings)
  expect([...rules.allowedHosts]).toEqual(['127.0.0.1', 'localhost', '[::1]', '10.0.0.5'])
  expect([...rules.allowedOrigins]).toEqual(['http://127.0.0.1:7777', 'http://localhost:7777', 'http://[::1]:7777'])
  expect(rules.publicUrl).toBe('http://10.0.0.5:7777')
  settings = { hosts: ['gateway.internal'], publicUrl: 'https://gateway.example.com', behindTlsProxy: [] }
  expect(rules.allowedHosts.has('gateway.internal')).toBe(true)
  expect(rules.allowedHosts.has('gateway.example.com')).toBe(true)
  expect(rules.allowedOrigins.has('https://gateway.example.com')).toBe(true)
  expect(rules.publicUrl).toBe('https://gateway.example.com')
})

test('an address of any kind is reached by a name of this machine', () => {
  expect(localUrl({ host: '0.0.0.0', port: 1 })).toBe('http://127.0.0.1:1')
  expect(localUrl({ host: '::', port: 1 })).toBe('http://[::1]:1')
  expect(localUrl({ host: '[::1]', port: 1 })).toBe('http://[::1]:1')
  expect(localUrl({ host: 'localhost', port: 1 })).toBe('http://localhost:1')
  const any = liveRules({ host: '0.0.0.0', port: 1 }, () => noHttpSettings)
  expect(any.allowedHosts.has('0.0.0.0')).toBe(false)
})
