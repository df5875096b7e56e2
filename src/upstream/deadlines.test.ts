import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { Deadlines, type Timed } from './deadlines.ts'

class Call implements Timed {
  totalUntilMs: number
  readonly idleMs: number
  activeMs: number
  excused = false
  before: Timed | undefined
  after: Timed | undefined
  expired: string | undefined
  readonly #watch: Deadlines

  constructor(watch: Deadlines, totalMs: number, idleMs: number) {
    this.#watch = watch
    this.activeMs = watch.nowMs()
    this.totalUntilMs = this.activeMs + totalMs
    this.idleMs = idleMs
    watch.add(this)
  }

  expire(limit: string): void {
    this.expired = limit
    this.#watch.remove(this)
  }
}

function setting(): { watch: Deadlines; pass: (ms: number) => void } {
  const clock = new ManualClock()
  return { watch: new Deadlines(clock), pass: ms => clock.pass(ms) }
}

test('a call ends at its idle time, at its total time, or not at all', () => {
  const { watch, pass } = setting()
  const idle = new Call(watch, 10_000, 1_000)
  const total = new Call(watch, 3_000, 2_000)
  const lively = new Call(watch, 10_000, 1_000)
  const endless = new Call(watch, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  for (let i = 0; i < 35; i++) {
    pass(100)
    lively.activeMs = watch.nowMs()
    total.activeMs = watch.nowMs()
    if (i === 8) expect(idle.expired).toBeUndefined()
    if (i === 10) expect(idle.expired).toBe('idle time')
  }
  expect([total.expired, lively.expired, endless.expired]).toEqual(['total time', undefined, undefined])
})

test('silence that is excused does not count, and counts from its end', () => {
  const { watch, pass } = setting()
  const call = new Call(watch, 60_000, 1_000)
  call.excused = true
  pass(5_000)
  call.excused = false
  pass(900)
  expect(call.expired).toBeUndefined()
  pass(300)
  expect(call.expired).toBe('idle time')
})

test('calls leave in any order, and one that ends others does not disturb the watch', () => {
  const { watch, pass } = setting()
  const calls = Array.from({ length: 5 }, () => new Call(watch, 60_000, 1_000))
  const [first, , third, , fifth] = calls as [Call, Call, Call, Call, Call]
  watch.remove(third)
  watch.remove(first)
  watch.remove(fifth)
  watch.remove(fifth)
  pass(1_200)
  expect(calls.map(call => call.expired)).toEqual([undefined, 'idle time', undefined, 'idle time', undefined])
  const late = new Call(watch, 60_000, 500)
  pass(700)
  expect(late.expired).toBe('idle time')
})
