import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { type BootClock, type LastSeen, machineBootClock, StoreTime } from './time.ts'

const day = 86_400_000

/** The machine's time since boot, moved by hand together with the clock of a process. */
function bootAt(id: string, ms: () => number): BootClock {
  return { id, ms }
}

function lastOf(time: StoreTime): LastSeen {
  const { atMs, wallMs } = time.now()
  const { boot } = time
  return boot === undefined ? { atMs, wallMs } : { atMs, wallMs, bootId: boot.id, bootOffsetMs: boot.offsetMs }
}

test('store time starts at the wall clock and then follows only the steady one', () => {
  const clock = new ManualClock(50, 1_000_000)
  const time = new StoreTime(clock, undefined, undefined)
  expect(time.now()).toEqual({ atMs: 1_000_000, wallMs: 1_000_000 })
  clock.pass(10)
  clock.setWall(-day)
  expect(time.now()).toEqual({ atMs: 1_000_010, wallMs: 1_000_010 - day })
})

test('over a restart of the process it follows the time since boot, whatever the wall clock did meanwhile', () => {
  for (const step of [0, day, -day]) {
    let bootMs = 7_000
    const first = new StoreTime(
      new ManualClock(50, 1_000_000),
      undefined,
      bootAt('x', () => bootMs),
    )
    const last = lastOf(first)
    bootMs += 5_000
    const second = new StoreTime(
      new ManualClock(3, 1_000_000 + 5_000 + step),
      last,
      bootAt('x', () => bootMs),
    )
    const gap = second.now().atMs - last.atMs
    expect(gap, `step ${step}`).toBeGreaterThanOrEqual(4_998)
    expect(gap, `step ${step}`).toBeLessThanOrEqual(5_000)
  }
})

test('over a reboot it believes the wall clock, but never backwards', () => {
  const first = new StoreTime(
    new ManualClock(50, 1_000_000),
    undefined,
    bootAt('x', () => 9),
  )
  const last = lastOf(first)
  const after = (wallMs: number) =>
    new StoreTime(
      new ManualClock(1, wallMs),
      last,
      bootAt('y', () => 2),
    ).now().atMs - last.atMs
  expect(after(1_060_000)).toBe(59_999)
  expect(after(1_000_000 - day)).toBe(0)
})

test('moments are whole milliseconds, never before the moment they name', () => {
  const clock = new ManualClock(0.25, 1_000_000)
  const time = new StoreTime(clock, undefined, undefined)
  clock.pass(0.5)
  expect(time.now().atMs).toBe(1_000_001)
})

test('the machine names its start where it can, and its time since boot moves', async () => {
  const boot = machineBootClock()
  if (process.platform !== 'linux') {
    expect(boot).toBeUndefined()
    return
  }
  const before = boot?.ms() ?? 0
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(boot?.ms()).toBeGreaterThan(before)
  expect(machineBootClock()?.id).toBe(boot?.id)
})
