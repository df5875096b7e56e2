import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLossless } from '../wire/json.ts'
import type { Json } from '../wire/json-types.ts'
import { Redactor, secretsOfHeader } from './redaction.ts'

const redact = (redactor: Redactor, value: Json) => {
  const text = JSON.stringify(value)
  return redactor.json(readLossless(text, 64), text)
}

test('whatever the secret and wherever it stands, it is gone in every promised form, and the rest stays', () => {
  // shorter runs can occur by accident in the mark or around it
  const secrets = fc.string({ unit: 'binary', minLength: 12, maxLength: 40 }).filter(text => text.isWellFormed())
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
      const redactor = new Redactor([secret])
      const echoes = [
        `${before}${secret}${after}`,
        Buffer.from(`${before}${secret}${after}`).toString('base64'),
        Buffer.from(`${before}${secret}${after}`).toString('base64url'),
        `${before}${encodeURIComponent(secret)}${after}`,
      ]
      for (const echo of echoes) {
        const { value, count } = redact(redactor, { [echo]: [echo] })
        expect(count).toBeGreaterThanOrEqual(2)
        const [key] = Object.keys(value as object)
        expect(key).toContain('[redacted]')
        expect(JSON.stringify(value)).not.toContain(JSON.stringify(secret).slice(1, -1))
      }
    }),
  )
})

test('a value without the secret is returned as it is, not as a copy', () => {
  const redactor = new Redactor(['secret-secret'])
  fc.assert(
    fc.property(fc.jsonValue(), json => {
      const text = JSON.stringify(json)
      const value = JSON.parse(text) as Json
      expect(redactor.json(value, text)).toEqual({ value, count: 0 })
      expect(redactor.json(value, text).value).toBe(value)
    }),
  )
})

test('digits of a secret are gone from numbers too, also from those a double does not hold', () => {
  const redactor = new Redactor(['12345678901234567890'])
  expect(redact(redactor, readLossless('{"n":12345678901234567890,"m":1}', 8))).toEqual({
    value: { n: '[redacted]', m: 1 },
    count: 1,
  })
})

test('values shorter than eight characters are not redacted: they would match by accident', () => {
  expect(redact(new Redactor(['warn', '1234567', '']), { text: 'warn 1234567' }).count).toBe(0)
  expect(redact(new Redactor(['12345678']), { text: '12345678' }).count).toBe(1)
})

test('a secret inside another leaves nothing of the longer one', () => {
  const redactor = new Redactor(['abcdefgh', 'abcdefgh-ijklmnop'])
  expect(redactor.text('x abcdefgh-ijklmnop y').value).toBe('x [redacted] y')
})

test('`__proto__` stays plain data', () => {
  const { value } = redact(new Redactor(['secretsecret']), readLossless('{"__proto__":{"a":"secretsecret"}}', 8))
  expect(JSON.stringify(value)).toBe('{"__proto__":{"a":"[redacted]"}}')
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
})

test('the credential in a header is a secret of its own, and so are the parts of a Basic one', () => {
  expect(secretsOfHeader('opaque-value')).toEqual(['opaque-value'])
  expect(secretsOfHeader('Bearer abc')).toEqual(['Bearer abc', 'abc'])
  const basic = Buffer.from('user:open sesame').toString('base64')
  expect(secretsOfHeader(`Basic ${basic}`)).toEqual([`Basic ${basic}`, basic, 'user:open sesame', 'open sesame'])
})
