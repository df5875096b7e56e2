import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import type { Charge } from '../policy/verdict.ts'
import { type BoundCharge, bindCharges } from './charges.ts'
import { Held } from './held.ts'
import { canSettle, settlementOf } from './settlement.ts'
import { Sliding } from './sliding.ts'
import { Windows } from './windows.ts'

const minute = 60_000
const who = { grant: 'ci', principal: 'bot', session: 's', server: 'files' }

function charge(more: Partial<Charge> = {}): BoundCharge {
  const base = { counter: 'spend', scope: 'grant', windowMs: minute, max: 100, units: 10, rule: '/limits/0' } as const
  return bindCharges([{ ...base, settleFrom: 'result.amount', ...more }], who)[0] as BoundCharge
}

function reserved(windows: Windows, charges: readonly BoundCharge[]): Held {
  const result = windows.reserve(charges)
  if (!result.ok || !(result.reservation instanceof Held)) throw new Error('there was room')
  return result.reservation
}

const usedOf = (windows: Windows, one = charge()) => windows.preview([one])[0]?.used

test('the real figure stands in place of the estimate from the time of the call on, more or less', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const { bucket } = charge()
  const [first, second] = [reserved(windows, [charge()]), reserved(windows, [charge()])]
  clock.pass(10_000)
  first.settle([{ bucket, units: 3 }])
  expect(usedOf(windows)).toBe(13)
  second.settle([{ bucket, units: 95 }])
  expect(usedOf(windows)).toBe(98)
  const third = reserved(windows, [charge({ units: 2 })])
  // now it stands above the maximum, and admits nothing until it frees
  third.settle([{ bucket, units: 50 }])
  expect(usedOf(windows)).toBe(148)
  expect(windows.preview([charge({ units: 1 })])[0]?.retryAfterMs).toBe(50_000)
  expect(windows.reserve([charge({ units: 0 })]).ok).toBe(true)
  clock.pass(50_000)
  expect(usedOf(windows)).toBe(50)
  expect(windows.reserve([charge({ units: 50 })]).ok).toBe(true)
})

test('an estimate of nothing is counted once its figure is known, at its own time', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const free = charge({ units: 0 })
  const held = reserved(windows, [free])
  clock.pass(1_000)
  windows.reserve([charge({ units: 1 })])
  clock.pass(1_000)
  held.settle([{ bucket: free.bucket, units: 100 }])
  expect(windows.preview([charge({ units: 10 })])[0]).toMatchObject({ used: 101, retryAfterMs: 58_000 })
  clock.pass(58_000)
  expect(usedOf(windows)).toBe(1)
})

test('a figure that comes when the call is older than every window changes nothing', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const held = reserved(windows, [charge()])
  clock.pass(minute)
  windows.reserve([charge({ units: 1 })])
  held.settle([{ bucket: charge().bucket, units: 99 }])
  expect(usedOf(windows)).toBe(1)
})

test('a figure finds its counter, even if that was forgotten and made again for another call', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock, { bucketsMax: 1 })
  const mine = charge({ units: 0, keyValue: 'a' })
  const held = reserved(windows, [mine])
  // there is room for one counter, and an empty one is idle
  clock.pass(2_000)
  expect(windows.reserve([charge({ units: 1, windowMs: 1_000, keyValue: 'b' })]).ok).toBe(true)
  clock.pass(2_000)
  expect(windows.reserve([charge({ units: 1, keyValue: 'a' })]).ok).toBe(true)
  held.settle([{ bucket: mine.bucket, units: 100 }])
  expect(usedOf(windows, charge({ keyValue: 'a' }))).toBe(101)
})

test('what is released, settled or over stays as it is', () => {
  const windows = new Windows(new ManualClock())
  const { bucket } = charge()
  const [one, other, third] = [charge(), charge(), charge()].map(each => reserved(windows, [each]))
  one?.release()
  one?.settle([{ bucket, units: 50 }])
  other?.settle([{ bucket, units: 7 }])
  other?.release()
  third?.end()
  third?.release()
  third?.settle([{ bucket, units: 0 }])
  expect(usedOf(windows)).toBe(17)
})

test('figures beyond what a double counts stay above the maximum, and leave exactly nothing behind', () => {
  const clock = new ManualClock()
  const windows = new Windows(clock)
  const most = Number.MAX_SAFE_INTEGER
  const calendar = { unit: 'hour', zone: 'UTC' } as const
  const daily = charge({ calendar, rule: '/limits/1', max: most })
  const held = Array.from({ length: 5 }, () => reserved(windows, [charge({ max: most }), daily]))
  for (const one of held) one.settle([{ bucket: daily.bucket, units: most }])
  expect(windows.reserve([charge({ max: most, units: 1 })]).ok).toBe(false)
  expect(windows.reserve([daily]).ok).toBe(false)
  clock.pass(30_000)
  expect(windows.reserve([charge({ units: 0 })]).ok).toBe(true)
  clock.pass(30_000)
  expect(usedOf(windows, charge())).toBe(0)
  clock.pass(60 * minute)
  expect(usedOf(windows, daily)).toBe(0)
})

test('sums of two windows stay right when charges are put in between, changed, and leave one window before the other', () => {
  const sliding = new Sliding(1_000)
  const sums = (nowMs: number) => [sliding.used(10, nowMs), sliding.used(100, nowMs)]
  sums(0)
  for (const timeMs of [1, 2, 3]) sliding.take(1, timeMs)
  expect(sums(12)).toEqual([1, 3])
  // older than the short window, between two that have left it
  sliding.change(0, 5, 1.5, 12)
  expect(sums(12)).toEqual([1, 8])
  sliding.change(0, 5, 2.5, 12)
  expect(sums(12)).toEqual([6, 13])
  sliding.change(5, 2, 1.5, 12)
  sliding.change(5, 0, 2.5, 12)
  expect(sums(12)).toEqual([1, 5])
  expect(sums(13)).toEqual([0, 5])
  expect(sums(101.5)).toEqual([0, 2])
})

const answer = { structuredContent: { amount: 7, half: 0.5, none: null, list: [1], text: '7', low: -1, vast: 2 ** 53 } }

test('a figure is a number from 0 to the largest that counts; anything else leaves the estimate, and says why', () => {
  const said = (settleFrom: string) => settlementOf([charge({ settleFrom })], answer, false)
  const { bucket } = charge()
  expect(said('result.amount')).toEqual({ settled: [{ bucket, units: 7 }], notes: [] })
  expect(said('result.half').settled).toEqual([{ bucket, units: 0.5 }])
  expect(said('result.list[0]').settled).toEqual([{ bucket, units: 1 }])
  for (const [path, why] of [
    ['result.nowhere', '`result.nowhere` is missing'],
    ['result.none', '`result.none` is missing'],
    ['result.none.deeper', '`result.none.deeper` is missing'],
    ['result.text', '`result.text` is no number'],
    ['result.list', '`result.list` is no number'],
    ['result.amount.deeper', '`result.amount.deeper` is missing'],
    ['result.low', '`result.low` is negative'],
    ['result.vast', '`result.vast` is too large'],
    ['result.__proto__', '`result.__proto__` is missing'],
    ['result.constructor.length', '`result.constructor.length` is missing'],
  ] as const) {
    expect(said(path)).toEqual({ settled: [], notes: [`\`spend\` keeps its estimate: ${why}`] })
  }
  const infinite = { content: [{ type: 'text', text: '{"amount": 1e999}' }] }
  expect(settlementOf([charge()], infinite, false).notes).toEqual([
    '`spend` keeps its estimate: `result.amount` is no number',
  ])
})

test('limits that share a counter: the largest of their figures, and of the estimates of those without one', () => {
  const settled = (charges: readonly BoundCharge[]) =>
    settlementOf(charges, answer, false).settled.map(one => one.units)
  const half = charge({ settleFrom: 'result.half', rule: '/limits/1' })
  const { settleFrom: _none, ...plain } = charge({ units: 9, rule: '/limits/2' })
  expect(settled([charge(), half])).toEqual([7])
  expect(settled([half, charge()])).toEqual([7])
  expect(settled([charge(), plain])).toEqual([9])
  expect(settled([charge({ settleFrom: 'result.low' }), half])).toEqual([10])
  expect(settled([plain])).toEqual([])
  expect(canSettle([plain])).toBe(false)
  expect(canSettle([plain, charge()])).toBe(true)
  const { bucket } = charge({ counter: 'other' })
  expect(
    settlementOf([charge(), charge({ counter: 'other', settleFrom: 'result.half' })], answer, false).settled,
  ).toEqual([
    { bucket: charge().bucket, units: 7 },
    { bucket, units: 0.5 },
  ])
})

test('a call that an earlier request has paid for takes what its figure is more than the estimate', () => {
  const units = (estimate: number) => settlementOf([charge({ units: estimate })], answer, true).settled[0]?.units
  expect(units(5)).toBe(2)
  expect(units(10)).toBe(0)
})
