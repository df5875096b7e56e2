import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Charge, LimitScope } from '../policy/verdict.ts'
import { bindCharges, counterPrefix, prefixOf, storedCharges } from './charges.ts'

const base: Charge = { counter: 'c', scope: 'grant', windowMs: 1_000, max: 1, units: 1, rule: '/x' }

test('a counter is shared exactly as its scope says', () => {
  const bucket = (scope: LimitScope, who: { grant: string; principal: string; session: string; server: string }) =>
    bindCharges([{ ...base, scope }], who)[0]?.bucket
  const one = { grant: 'g', principal: 'p', session: 's', server: 'x' }
  const shared: readonly (readonly [LimitScope, Partial<typeof one>])[] = [
    ['grant', { principal: 'q', session: 't' }],
    ['session', { grant: 'h', principal: 'q' }],
    ['server', { grant: 'h', principal: 'q', session: 't' }],
    ['principal', { grant: 'h', session: 't', server: 'y' }],
    ['organisation', { grant: 'h', principal: 'q', session: 't', server: 'y' }],
  ]
  const apart: readonly (readonly [LimitScope, Partial<typeof one>])[] = [
    ['grant', { grant: 'h' }],
    ['grant', { server: 'y' }],
    ['session', { session: 't' }],
    ['session', { server: 'y' }],
    ['server', { server: 'y' }],
    ['principal', { principal: 'q' }],
  ]
  for (const [scope, other] of shared) expect(bucket(scope, { ...one, ...other }), scope).toBe(bucket(scope, one))
  for (const [scope, other] of apart) expect(bucket(scope, { ...one, ...other }), scope).not.toBe(bucket(scope, one))
})

test('no two counters have one bucket, whatever their names contain', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', ':', '1', '2', 'key '), maxLength: 6 })
  const scope = fc.constantFrom<LimitScope>('grant', 'principal', 'session', 'server', 'organisation')
  const one = fc.record({
    counter: text,
    scope,
    keyValue: fc.option(text, { nil: undefined }),
    grant: text,
    server: text,
  })
  fc.assert(
    fc.property(one, one, (left, right) => {
      const bucket = ({ counter, scope: of, keyValue, grant, server }: typeof left) => {
        const charge =
          keyValue === undefined ? { ...base, counter, scope: of } : { ...base, counter, scope: of, keyValue }
        return bindCharges([charge], { grant, principal: grant, session: grant, server })[0]?.bucket ?? ''
      }
      const owner = ({ scope: of, grant, server }: typeof left) =>
        of === 'organisation' ? [] : of === 'principal' ? [grant] : of === 'server' ? [server] : [grant, server]
      const identity = (it: typeof left) => JSON.stringify([it.scope, it.counter, it.keyValue ?? null, owner(it)])
      expect(bucket(left) === bucket(right)).toBe(identity(left) === identity(right))
      expect(prefixOf(bucket(left))).toBe(counterPrefix(left.scope, left.counter))
    }),
    { numRuns: 2_000 },
  )
})

test('a long key value is kept as its hash', () => {
  const who = { grant: 'g', principal: 'p', session: 's', server: 'x' }
  const bucket = (keyValue: string) => bindCharges([{ ...base, keyValue }], who)[0]?.bucket ?? ''
  const long = 'x'.repeat(1_000_000)
  expect(bucket(long).length).toBeLessThan(150)
  expect(bucket(long)).not.toBe(bucket(`${long}y`))
})

test('a record keeps one charge for each counter, of zero units only where a real figure may come', () => {
  const who = { grant: 'g', principal: 'p', session: 's', server: 'x' }
  const charges = bindCharges(
    [
      base,
      { ...base, windowMs: 5_000, units: 3 },
      { ...base, counter: 'd', units: 0 },
      { ...base, counter: 'e', units: 0, settleFrom: 'result.amount' },
    ],
    who,
  )
  expect(storedCharges(charges, 7)).toEqual([
    { bucket: charges[0]?.bucket, units: 3, wallMs: 7, windowMs: 5_000 },
    { bucket: charges[3]?.bucket, units: 0, wallMs: 7, windowMs: 1_000 },
  ])
})
