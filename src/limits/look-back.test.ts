import { expect, test } from 'vitest'
import { quietLog } from '../../test/fixtures/ledger-folder.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { type BoundCharge, bindCharges, type RecentCharges, storedCharges } from './charges.ts'
import { LookBack } from './look-back.ts'
import type { RecountRange } from './recount.ts'
import { Windows } from './windows.ts'

const hour = 3_600_000
const day = 24 * hour
const who = { grant: 'ci', principal: 'bot', session: 's', server: 'files' }
const daily = { counter: 'calls', scope: 'grant', windowMs: day, calendar: { unit: 'day', zone: 'UTC' } } as const
const hourly = { counter: 'calls', scope: 'grant', windowMs: hour } as const

function charge(window: typeof daily | typeof hourly): BoundCharge {
  return bindCharges([{ ...window, max: 3, units: 1, rule: '/limits/0' }], who)[0] as BoundCharge
}

/** A ledger whose reading the test holds in its hand. */
function started() {
  const clock = new ManualClock(day, Date.UTC(2026, 10, 22, 12))
  const windows = new Windows(clock)
  const asked: RecountRange[] = []
  const remembered: RecentCharges[] = []
  let gate: Promise<void> = Promise.resolve()
  let fault: Error | undefined
  async function* recent(range: RecountRange) {
    asked.push(range)
    await gate
    if (fault !== undefined) throw fault
    yield remembered
  }
  const lookBack = new LookBack({ windows, log: quietLog, recent })
  const remember = (ageMs: number) =>
    remembered.push({
      ...{ requestId: `${ageMs}`, steadyMs: clock.steadyMs() - ageMs, timeMs: clock.wallMs() - ageMs },
      charges: storedCharges([charge(hourly)], clock.wallMs() - ageMs),
    })
  const hold = () => {
    const held = Promise.withResolvers<void>()
    gate = held.promise
    return held.resolve
  }
  const fail = (cause?: Error) => {
    fault = cause
  }
  return { clock, windows, lookBack, asked, remember, hold, fail }
}

test('the ledger is read for what is new or longer, and not for what is known', async () => {
  const { lookBack, asked, windows, remember } = started()
  remember(2 * hour)
  await lookBack.prepare([hourly])
  expect(asked).toEqual([{ ageMs: hour }])
  await lookBack.prepare([hourly, { ...hourly, windowMs: 60_000 }])
  expect(asked).toHaveLength(1)
  expect(windows.preview([charge(hourly)])[0]?.used).toBe(0)
  await lookBack.prepare([{ ...hourly, windowMs: 3 * hour }])
  expect(asked.at(-1)).toEqual({ ageMs: 3 * hour })
  await lookBack.prepare([daily])
  expect(asked.at(-1)).toMatchObject({ ageMs: 3 * hour, wallSinceMs: expect.any(Number) })
  expect(windows.preview([charge(daily)])[0]?.used).toBe(1)
  await lookBack.prepare([daily, hourly])
  expect(asked).toHaveLength(3)
})

test('calls go on while the ledger is read, and are counted once', async () => {
  const { lookBack, windows, remember, hold } = started()
  remember(1_000)
  await lookBack.prepare([hourly])
  expect(windows.reserve([charge(hourly)], 'before').ok).toBe(true)
  const open = hold()
  const looking = lookBack.prepare([{ ...hourly, windowMs: day }])
  expect(windows.reserve([charge(hourly)], 'meanwhile').ok).toBe(true)
  expect(windows.reserve([charge(hourly)], 'one too many').ok).toBe(false)
  open()
  await looking
  expect(windows.preview([charge(hourly)])[0]?.used).toBe(3)
})

test('one after the other: the second waits for the first and then has nothing to do', async () => {
  const { lookBack, asked, hold } = started()
  const open = hold()
  const both = [lookBack.prepare([hourly]), lookBack.prepare([hourly])]
  open()
  await Promise.all(both)
  expect(asked).toHaveLength(1)
})

test('a ledger that cannot be read: everything stays as it was, and the next attempt is a fresh one', async () => {
  const { lookBack, windows, fail } = started()
  await lookBack.prepare([hourly])
  windows.reserve([charge(hourly)], 'a')
  fail(new Error('the disk is gone'))
  await expect(lookBack.prepare([daily])).rejects.toThrow('the disk is gone')
  expect(windows.preview([charge(hourly)])[0]?.used).toBe(1)
  fail()
  await lookBack.prepare([daily])
  expect(windows.preview([charge(daily)])[0]?.used).toBe(1)
})

test('a clock that was set back: refused calls start one look, and another one if it fails', async () => {
  const { clock, lookBack, asked, windows, fail } = started()
  await lookBack.prepare([daily])
  clock.pass(10 * day)
  expect(windows.reserve([charge(daily)], 'later').ok).toBe(true)
  clock.setWall(-10 * day)
  fail(new Error('the disk is gone'))
  for (let call = 0; call < 5; call++) {
    const refused = windows.reserve([charge(daily)])
    expect(refused.ok ? undefined : refused.refusal.reason).toBe('being counted')
  }
  await lookBack.prepare([]).catch(() => undefined)
  expect(asked).toHaveLength(3)
  fail()
  windows.reserve([charge(daily)])
  await lookBack.prepare([])
  expect(asked).toHaveLength(4)
  expect(windows.reserve([charge(daily)]).ok).toBe(true)
})
