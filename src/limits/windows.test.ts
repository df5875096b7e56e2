import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import type { Charge } from '../policy/verdict.ts'
import { type BoundCharge, bindCharges, storedCharges } from './charges.ts'
import { Windows } from './windows.ts'

const minute = 60_000
const who = { grant: 'ci', principal: 'bot', session: 's', server: 'files' }

function charge(more: Partial<Charge> = {}): BoundCharge {
  const one = {
    counter: 'calls',
    scope: 'grant',
    windowMs: minute,
    max: 10,
    units: 1,
    rule: '/limits/0',
    ...more,
  } as const
  return bindCharges([one], who)[0] as BoundCharge
}

function taken(windows: Windows, charges: readonly BoundCharge[], times: number): number {
  return Array.from({ length: times }, () => windows.reserve(charges)).filter(result => result.ok).length
}

test('a window admits exactly its maximum and frees one unit when the first is a window old', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  expect(taken(windows, [charge()], 1)).toBe(1)
  clock.pass(1_000)
  expect(taken(windows, [charge()], 20)).toBe(9)
  expect(windows.reserve([charge()])).toEqual({
    ok: false,
    refusal: { rule: '/limits/0', counter: 'calls', used: 10, max: 10, windowMs: minute, retryAfterMs: 59_000 },
  })
  clock.pass(58_999)
  expect(taken(windows, [charge()], 1)).toBe(0)
  clock.pass(1)
  expect(taken(windows, [charge()], 2)).toBe(1)
})

test('all charges are taken or none', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const wide = charge({ counter: 'wide', max: 5 })
  const narrow = charge({ counter: 'narrow', max: 2, rule: '/limits/1' })
  expect(taken(windows, [wide, narrow], 4)).toBe(2)
  expect(taken(windows, [wide], 10)).toBe(3)
})

test('two limits on one counter each look through their own window and count a call once', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const both = [charge({ max: 3 }), charge({ max: 5, windowMs: 60 * minute, rule: '/limits/1' })]
  expect(taken(windows, both, 10)).toBe(3)
  clock.pass(minute)
  expect(taken(windows, both, 10)).toBe(2)
  const result = windows.reserve(both)
  expect(result.ok ? undefined : result.refusal).toMatchObject({
    rule: '/limits/1',
    used: 5,
    retryAfterMs: 59 * minute,
  })
})

test('a refusal waits for the last of several limits', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const short = charge({ counter: 'short', max: 1, windowMs: 1_000 })
  const long = charge({ counter: 'long', max: 1, rule: '/limits/1' })
  windows.reserve([short, long])
  clock.pass(100)
  const result = windows.reserve([short, long])
  expect(result.ok ? undefined : result.refusal).toMatchObject({ counter: 'long', retryAfterMs: 59_900 })
})

test('units: zero passes even over the maximum, more than the maximum never passes, nonsense never passes', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  expect(taken(windows, [charge({ max: 0, units: 0 })], 3)).toBe(3)
  for (const units of [11, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    const result = windows.reserve([charge({ units })])
    expect(result.ok ? undefined : result.refusal.retryAfterMs, String(units)).toBe(-1)
  }
  const result = windows.reserve([charge({ windowMs: 0 })])
  expect(result.ok).toBe(false)
  expect(taken(windows, [charge({ max: 0 })], 1)).toBe(0)
  expect(taken(windows, [charge({ units: 4 })], 5)).toBe(2)
})

test('a maximum beyond what a double counts is still a maximum', () => {
  const windows = new Windows(new ManualClock())
  const vast = charge({ max: 2 ** 60, units: 2 ** 53 - 2 })
  expect(taken(windows, [vast], 1)).toBe(1)
  expect(taken(windows, [charge({ max: 2 ** 60 })], 5)).toBe(1)
})

test('a release gives back once, and only what still counts', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const first = windows.reserve([charge({ units: 6 })])
  clock.pass(10)
  const second = windows.reserve([charge({ units: 4 })])
  if (!first.ok || !second.ok) throw new Error('both fit')
  first.reservation.release()
  first.reservation.release()
  expect(taken(windows, [charge()], 10)).toBe(6)
  clock.pass(2 * minute)
  expect(taken(windows, [charge({ units: 5 })], 1)).toBe(1)
  second.reservation.release()
  expect(taken(windows, [charge()], 10)).toBe(5)
})

test('a release of a charge that is long gone takes nothing from the charges that came after it', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const old = windows.reserve([charge({ units: 50, max: 100 })])
  clock.pass(minute)
  for (let call = 0; call < 100; call++) {
    expect(windows.reserve([charge({ max: 100 })]).ok).toBe(true)
    clock.pass(1)
  }
  if (old.ok) old.reservation.release()
  expect(windows.reserve([charge({ max: 100 })]).ok).toBe(false)
})

test('a shared counter keeps its charges for the longest declared window', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const day = 24 * 60 * minute
  windows.recount([{ counter: 'calls', scope: 'grant', windowMs: day }])?.finish()
  for (let hour = 0; hour < 20; hour++) {
    expect(taken(windows, [charge({ max: 100 })], 100)).toBe(100)
    clock.pass(60 * minute)
  }
  const result = windows.reserve([charge({ max: 2_000, windowMs: day })])
  expect(result.ok ? undefined : result.refusal).toMatchObject({ used: 2_000, retryAfterMs: 4 * 60 * minute })
})

test('what the ledger remembers is put back with its age, and the future counts as now', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const charges = storedCharges([charge({ units: 3 })], clock.wallMs())
  const recount = windows.recount([{ counter: 'calls', scope: 'grant', windowMs: minute }])
  expect(recount?.range).toEqual({ ageMs: minute })
  const ages = [minute, 59_000, -5_000]
  recount?.add(
    ages.map(ageMs => ({ requestId: `${ageMs}`, steadyMs: clock.steadyMs() - ageMs, timeMs: clock.wallMs(), charges })),
  )
  recount?.finish()
  const result = windows.reserve([charge({ units: 5 })])
  expect(result.ok ? undefined : result.refusal).toMatchObject({ used: 6, retryAfterMs: 1_000 })
  clock.pass(1_000)
  expect(taken(windows, [charge()], 10)).toBe(7)
})

test('counters nobody uses are forgotten, and too many live ones are refused', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock, { bucketsMax: 100 })
  const keyed = (keyValue: string) => charge({ keyValue })
  for (let round = 0; round < 50; round++) {
    for (let key = 0; key < 40; key++) windows.reserve([keyed(`${round} ${key}`)])
    clock.pass(minute)
    expect(windows.size).toBeLessThanOrEqual(100)
  }
  for (let key = 0; key < 200; key++) windows.reserve([keyed(`last ${key}`)])
  expect(windows.size).toBe(100)
  const full = windows.reserve([keyed('one more')])
  expect(full.ok ? undefined : full.refusal).toMatchObject({ reason: 'too many counters', retryAfterMs: 1_000 })
  clock.pass(minute)
  expect(windows.reserve([keyed('one more')]).ok).toBe(true)
})

test('a flood of key values on one counter leaves room for the others', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock, { bucketsMax: 100, bucketsPerNameMax: 60 })
  const keyed = (keyValue: string) => charge({ keyValue })
  for (let key = 0; key < 200; key++) windows.reserve([keyed(`${key}`)])
  expect(windows.size).toBe(60)
  expect(windows.reserve([keyed('59')]).ok).toBe(true)
  const full = windows.reserve([keyed('60')])
  expect(full.ok ? undefined : full.refusal).toMatchObject({ reason: 'too many counters' })
  expect(taken(windows, [charge({ counter: 'other' })], 3)).toBe(3)
  clock.pass(minute)
  expect(windows.reserve([keyed('60')]).ok).toBe(true)
})

test('making room for one charge of a call does not lose another charge of it', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock, { bucketsMax: 2 })
  windows.reserve([charge({ keyValue: 'old', windowMs: 10 })])
  clock.pass(minute)
  const both = [charge({ keyValue: 'a', max: 1 }), charge({ keyValue: 'b', max: 1 })]
  expect(windows.reserve(both).ok).toBe(true)
  clock.pass(2_000)
  expect(windows.reserve([charge({ keyValue: 'a', max: 1 })]).ok).toBe(false)
  expect(windows.reserve([charge({ keyValue: 'b', max: 1 })]).ok).toBe(false)
})

test('beyond its memory a counter never admits more and frees at most a little late', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock, { eventsMax: 128 })
  const many = charge({ max: 5_000 })
  for (let call = 0; call < 5_000; call++) {
    expect(windows.reserve([many]).ok).toBe(true)
    clock.pass(5)
  }
  const result = windows.reserve([many])
  const wait = result.ok ? 0 : result.refusal.retryAfterMs
  expect(wait).toBeGreaterThanOrEqual(minute - 25_000)
  expect(wait).toBeLessThanOrEqual(minute - 25_000 + minute / 60)
})

test('a preview says what a call would find, and takes nothing', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const wanted = [charge({ units: 4 }), charge({ units: 1, windowMs: 10 * minute, max: 20, rule: '/limits/1' })]
  const room = { counter: 'calls', scope: 'grant', units: 4 }
  for (let look = 0; look < 2; look++) {
    expect(windows.preview(wanted)).toEqual([
      { ...room, rule: '/limits/0', used: 0, max: 10, windowMs: minute, retryAfterMs: 0 },
      { ...room, rule: '/limits/1', used: 0, max: 20, windowMs: 10 * minute, retryAfterMs: 0 },
    ])
    expect(windows.size).toBe(0)
  }
  windows.reserve([charge({ units: 8 })])
  clock.pass(1_000)
  expect(windows.preview(wanted).map(({ used, retryAfterMs }) => [used, retryAfterMs])).toEqual([
    [8, 59_000],
    [8, 0],
  ])
  expect(windows.preview([charge({ units: 11 })])[0]?.retryAfterMs).toBe(-1)
  expect(windows.preview([charge({ units: Number.NaN })])[0]?.retryAfterMs).toBe(-1)
  expect(windows.preview([charge({ units: 0, max: 0 })])[0]?.retryAfterMs).toBe(0)
})
