import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { limits } from '../limits.ts'
import type { Charge } from '../policy/verdict.ts'
import type { CalendarWindow } from './calendar.ts'
import { type BoundCharge, bindCharges, type RecentCharges, storedCharges } from './charges.ts'
import { Windows } from './windows.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const who = { grant: 'ci', principal: 'bot', session: 's', server: 'files' }
const berlin = 'Europe/Berlin'

function charge(calendar: CalendarWindow | undefined, more: Partial<Charge> = {}): BoundCharge {
  const base = { counter: 'calls', scope: 'grant', windowMs: day, max: 3, units: 1, rule: '/limits/0' } as const
  return bindCharges([{ ...base, ...(calendar && { calendar }), ...more }], who)[0] as BoundCharge
}

const at = (text: string) => new ManualClock(1_000, Date.parse(text))
const taken = (windows: Windows, one: BoundCharge, times = 10) =>
  Array.from({ length: times }, () => windows.reserve([one])).filter(result => result.ok).length

/** Counts these limits from what the ledger remembers. */
function counted(windows: Windows, declared: readonly BoundCharge[], remembered: readonly RecentCharges[] = []): void {
  const recount = windows.recount(declared)
  recount?.add(remembered)
  recount?.finish()
}

test('a period admits its maximum, however late in it, and the next one all of its own', () => {
  const clock = at('2026-11-30T22:59:50Z')
  const windows = new Windows(clock)
  const monthly = charge({ unit: 'month', zone: berlin })
  expect(taken(windows, monthly)).toBe(3)
  const refused = windows.reserve([monthly])
  expect(refused.ok ? undefined : refused.refusal).toEqual({
    ...{ rule: '/limits/0', counter: 'calls', used: 3, max: 3, windowMs: day },
    ...{ calendar: { unit: 'month', zone: berlin }, retryAfterMs: 10_000, until: '2026-12-01 00:00 Europe/Berlin' },
  })
  expect(windows.preview([monthly])[0]).toMatchObject({
    used: 3,
    retryAfterMs: 10_000,
    until: '2026-12-01 00:00 Europe/Berlin',
  })
  clock.pass(9_999)
  expect(taken(windows, monthly)).toBe(0)
  clock.pass(1)
  expect(taken(windows, monthly)).toBe(3)
})

test('a day of 25 hours is one day, and one of 23 is not longer', () => {
  for (const [start, hours] of [
    ['2026-10-24T22:00:00Z', 25],
    ['2026-03-28T23:00:00Z', 23],
  ] as const) {
    const clock = at(start)
    const windows = new Windows(clock)
    const daily = charge({ unit: 'day', zone: berlin })
    expect(taken(windows, daily, 2)).toBe(2)
    clock.pass(hours * hour - 1)
    expect(taken(windows, daily), start).toBe(1)
    clock.pass(1)
    expect(taken(windows, daily), start).toBe(3)
  }
})

test('an hour that is repeated is one hour, and so is a minute of it', () => {
  const clock = at('2026-10-25T00:30:00Z')
  const windows = new Windows(clock)
  const hourly = charge({ unit: 'hour', zone: berlin })
  const each = charge({ unit: 'minute', zone: berlin }, { counter: 'minutes' })
  expect([taken(windows, hourly, 2), taken(windows, each)]).toEqual([2, 3])
  clock.pass(hour)
  // it is half past two again
  expect([taken(windows, hourly), taken(windows, each)]).toEqual([1, 0])
  const refused = windows.reserve([each])
  expect(refused.ok ? undefined : refused.refusal).toMatchObject({ retryAfterMs: minute })
  clock.pass(30 * minute)
  expect([taken(windows, hourly), taken(windows, each)]).toEqual([3, 3])
})

test('a clock that is set forward opens the next period, and set back shows what was used', () => {
  const clock = at('2026-11-10T12:00:00Z')
  const windows = new Windows(clock)
  const daily = charge({ unit: 'day', zone: 'UTC' })
  expect(taken(windows, daily)).toBe(3)
  clock.setWall(day)
  expect(taken(windows, daily)).toBe(3)
  clock.setWall(-day)
  expect(taken(windows, daily)).toBe(0)
  clock.setWall(day)
  expect(taken(windows, daily)).toBe(0)
  clock.setWall(day)
  expect(taken(windows, daily)).toBe(3)
})

test('a clock that is set back to a period memory does not hold: refused until the ledger was read', () => {
  const clock = at('2026-11-10T12:00:00Z')
  const windows = new Windows(clock)
  let gaps = 0
  windows.onGap = () => gaps++
  const daily = charge({ unit: 'day', zone: 'UTC' })
  counted(windows, [daily])
  expect(taken(windows, daily, 2)).toBe(2)
  const early = {
    requestId: 'early',
    steadyMs: 0,
    timeMs: clock.wallMs(),
    charges: storedCharges([daily], clock.wallMs()),
  }
  clock.pass(5 * day)
  expect(taken(windows, daily, 1)).toBe(1)
  clock.setWall(-5 * day)
  expect(windows.preview([daily])[0]).toMatchObject({ used: 0, retryAfterMs: limits.windowRecountMs })
  expect(gaps).toBe(0)
  const refused = windows.reserve([daily])
  expect(refused.ok ? undefined : refused.refusal).toMatchObject({ reason: 'being counted', retryAfterMs: 1_000 })
  expect(gaps).toBe(1)
  // nothing has to be declared for it; what is under way is known anyway, and the rest comes from the ledger
  counted(windows, [], [early])
  expect(windows.preview([daily])[0]).toMatchObject({ used: 3 })
  expect(taken(windows, daily)).toBe(0)
  expect(windows.recount([daily])).toBeUndefined()
})

test('sliding windows and calendars that share a counter count the same calls', () => {
  const clock = at('2026-11-10T23:30:00Z')
  const windows = new Windows(clock)
  const sliding = charge(undefined, { windowMs: hour, max: 4 })
  const daily = charge({ unit: 'day', zone: 'UTC' }, { rule: '/limits/1' })
  counted(windows, [sliding, daily])
  expect(taken(windows, sliding, 2)).toBe(2)
  expect(taken(windows, daily)).toBe(1)
  expect(taken(windows, sliding)).toBe(1)
  clock.pass(30 * minute)
  // another day, the same hour
  expect([taken(windows, sliding), taken(windows, daily)]).toEqual([0, 3])
})

test('what a calendar counts is kept for its period and not for longer', () => {
  const clock = at('2026-11-10T00:00:00Z')
  const windows = new Windows(clock)
  const keyed = (keyValue: string) => charge({ unit: 'hour', zone: 'UTC' }, { keyValue })
  for (let index = 0; index < 100; index++) windows.reserve([keyed(`${index}`)])
  expect(windows.size).toBe(100)
  clock.pass(hour)
  for (let index = 0; index < 100; index++) windows.reserve([keyed(`next ${index}`)])
  // within three hours the clock may still go back
  expect(windows.size).toBe(200)
  clock.pass(4 * hour)
  for (let index = 0; index < 300; index++) windows.reserve([keyed(`later ${index}`)])
  expect(windows.size).toBe(300)
})

test('a clock that jumps about cannot fill memory: periods given up are read from the ledger again', () => {
  const clock = at('2026-11-10T12:00:00Z')
  const windows = new Windows(clock)
  const each = charge({ unit: 'minute', zone: 'UTC' })
  counted(windows, [each])
  const remembered: RecentCharges[] = []
  const call = () => {
    const result = windows.reserve([each], `r-${remembered.length}`)
    if (!result.ok) return result.refusal
    result.reservation.end()
    const charges = storedCharges([each], clock.wallMs())
    remembered.push({ requestId: `r-${remembered.length}`, steadyMs: clock.steadyMs(), timeMs: 0, charges })
    return undefined
  }
  let refused = 0
  // a minute back at each step: every period is another one, and all of them lie ahead
  for (let step = 0; step < 600; step++) {
    clock.setWall(-minute)
    if (call()?.reason !== 'being counted') continue
    refused++
    counted(windows, [], remembered)
    expect(call()).toBeUndefined()
  }
  expect(refused).toBeGreaterThan(0)
  expect(refused).toBeLessThan(10)
  // forward again: what was given up is not taken for unused
  for (let step = 0; step < 600; step++) {
    let refusal = call()
    if (refusal?.reason === 'being counted') {
      counted(windows, [], remembered)
      refusal = call()
    }
    expect(refusal).toBeUndefined()
    expect(call()).toBeUndefined()
    expect(call()?.used).toBe(3)
    clock.setWall(minute)
  }
})

test('counters that were left out of a recount for want of room are refused and not taken for unused', () => {
  const clock = at('2026-11-10T12:00:00Z')
  const windows = new Windows(clock, { bucketsMax: 10 })
  const keyed = (keyValue: string) => charge(undefined, { windowMs: hour, keyValue })
  const remembered = Array.from({ length: 20 }, (_, index) => ({
    ...{ requestId: `${index}`, steadyMs: clock.steadyMs(), timeMs: 0, charges: storedCharges([keyed(`${index}`)], 0) },
  }))
  counted(windows, [keyed('')], remembered)
  expect(windows.size).toBe(10)
  expect(taken(windows, keyed('3'))).toBe(2)
  const refused = windows.reserve([keyed('17')])
  expect(refused.ok ? undefined : refused.refusal).toMatchObject({ reason: 'too many counters', retryAfterMs: hour })
  clock.pass(hour)
  expect(taken(windows, keyed('17'))).toBe(3)
})

test('a recount that is given up changes nothing, and only one runs at a time', () => {
  const windows = new Windows(at('2026-11-10T12:00:00Z'))
  const daily = charge({ unit: 'day', zone: 'UTC' })
  counted(windows, [daily])
  expect(taken(windows, daily, 2)).toBe(2)
  const longer = charge(undefined, { windowMs: hour })
  const recount = windows.recount([longer])
  expect(() => windows.recount([longer])).toThrow('under way')
  recount?.abandon()
  expect(windows.preview([daily])[0]?.used).toBe(2)
  expect(windows.recount([longer])).toBeDefined()
})
