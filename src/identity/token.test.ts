import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readExpiry, readExpiryDate } from './expiry.ts'
import { readFileToken } from './token.ts'

function reasonOf(token: string): string {
  const read = readFileToken('ci', token)
  return read.ok ? 'accepted' : read.refusal.message
}

test('random secrets of 32 characters and more are accepted in every usual spelling', () => {
  for (let round = 0; round < 200; round += 1)
    for (const token of [
      `sp_${randomBytes(32).toString('base64url')}`,
      randomBytes(32).toString('base64'),
      randomBytes(32).toString('hex'),
      randomBytes(24).toString('base64url'),
    ])
      expect([token, reasonOf(token)]).toEqual([token, 'accepted'])
})

test.each([
  ['short', 'it has 5 characters, 32 are needed'],
  ['', 'it has 0 characters'],
  ['a'.repeat(43), 'it repeats a few characters'],
  ['abcdefgh12'.repeat(4), 'it'],
  ['k3x9mQ7z'.repeat(5), 'it'],
  ['0123456789abcdefghijklmnopqrstuvwxyz', 'it runs through neighbouring characters'],
  ['sp_CHANGEMEd8f7ghs8df7gh8sd7fgh8s7dfg', 'it contains a word known from examples'],
  ['my-super-secret-token-number-42-xyzq', 'it contains a word known from examples'],
  ['k3x9 mQ7zabu4 81nvb2 9xlqpw 3hfy6t', 'a Bearer header cannot carry'],
])('%s is refused', (token, reason) => {
  expect(reasonOf(token)).toContain(reason)
})

const now = Date.parse('2027-01-01T00:00:00Z')

test('an expiry is a duration or an ISO date in the future', () => {
  expect(readExpiry('30d', now)).toEqual({ ok: true, value: now + 30 * 86_400_000 })
  expect(readExpiry('90m', now)).toEqual({ ok: true, value: now + 5_400_000 })
  expect(readExpiry('2027-02-01', now)).toEqual({ ok: true, value: Date.parse('2027-02-01T00:00:00Z') })
  expect(readExpiry('2027-02-01T12:00+02:00', now)).toEqual({ ok: true, value: Date.parse('2027-02-01T10:00:00Z') })
  for (const bad of ['', '0d', '30', '30y', '-1d', '1e3d', 'tomorrow', '2027-02-30', '2027-02-01T12:00', '2026-12-31'])
    expect([bad, readExpiry(bad, now).ok]).toEqual([bad, false])
  expect(readExpiryDate('2020-01-01').ok).toBe(true)
})
