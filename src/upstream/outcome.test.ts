import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fault } from '../errors.ts'
import { outcomeOfStatus, provesNoExecution, refusalOfError } from './outcome.ts'

test('only errors by which a server says that it did not act are proof', () => {
  const proofs = [-32700, -32600, -32601, -32602, -32020, -32021, -32022]
  fc.assert(
    fc.property(fc.integer({ min: -33000, max: -31000 }), code => {
      expect(provesNoExecution(code)).toBe(proofs.includes(code))
    }),
    { numRuns: 2000 },
  )
})

test('no status below 300 or from 500 on is ever proof', () => {
  for (let status = 100; status < 600; status++) {
    const { kind } = outcomeOfStatus('s', status, undefined)
    if (status < 300 || status >= 500 || status === 302 || status === 303 || status === 400)
      expect(kind).toBe('unknown')
  }
})

test.each([
  ['ECONNREFUSED', false, 'ERR_UPSTREAM_UNREACHABLE', 'connection refused'],
  ['ENOTFOUND', false, 'ERR_UPSTREAM_UNREACHABLE', 'its name does not resolve'],
  ['UND_ERR_CONNECT_TIMEOUT', false, 'ERR_UPSTREAM_UNREACHABLE', 'could not be opened in time'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', false, 'ERR_UPSTREAM_TLS', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['CERT_HAS_EXPIRED', false, 'ERR_UPSTREAM_TLS', 'CERT_HAS_EXPIRED'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'ERR_UPSTREAM_TLS', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', false, 'ERR_UPSTREAM_TLS', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['ECONNRESET', true, 'ERR_UPSTREAM_LOST', 'connection reset'],
  ['EPIPE', true, 'ERR_UPSTREAM_LOST', 'connection reset'],
])('%s, dispatched %s, is %s', (code, dispatched, expected, reason) => {
  const refusal = refusalOfError('s', Object.assign(new Error('secret detail'), { code }), dispatched)
  expect(refusal.code).toBe(expected)
  expect(refusal.message).toContain(reason)
  expect(refusal.message).not.toContain('secret detail')
})

test('happy eyeballs fail as their first address does, and a fault keeps its code', () => {
  const first = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  expect(refusalOfError('s', new AggregateError([first]), false).message).toContain('connection refused')
  const fault = new Fault('ERR_UPSTREAM_EGRESS', { server: 's', host: 'h', reason: 'r' })
  expect(refusalOfError('s', fault, false)).toEqual(fault.refusal)
})
