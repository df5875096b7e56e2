/**
 * The windows against a model that remembers every charge and adds them up anew each time: random times (steered to the
 * edges of windows), several limits on shared counters, releases, restarts from stored charges, steps of the wall clock.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BoundCharge, bindCharges, type RecentCharges, storedCharges } from '../../src/limits/charges.ts'
import type { Reservation } from '../../src/limits/held.ts'
import { Windows } from '../../src/limits/windows.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const spans = [100, 250, 1_000] as const
const who = { grant: 'g', principal: 'p', session: 's', server: 'x' }

/** Every charge ever admitted. `timeMs` is a time that no clock step touches. */
interface Taken {
  readonly timeMs: number
  readonly bucket: string
  readonly units: number
  isReleased: boolean
}

class Model {
  readonly taken: Taken[] = []
  nowMs = 0

  used(bucket: string, windowMs: number, atMs: number): number {
    return this.taken
      .filter(one => one.bucket === bucket && !one.isReleased && one.timeMs + windowMs > atMs)
      .reduce((sum, one) => sum + one.units, 0)
  }

  fits(charges: readonly BoundCharge[], atMs: number): boolean {
    return charges.every(({ bucket, windowMs, max }) => {
      const units = this.units(charges, bucket)
      return units === 0 || this.used(bucket, windowMs, atMs) + units <= max
    })
  }

  /** The first millisecond from now at which the charges fit if nothing else happens; −1: never. */
  waitMs(charges: readonly BoundCharge[]): number {
    if (charges.some(({ bucket, max }) => this.units(charges, bucket) > Math.max(max, 0))) return -1
    let waitMs = 0
    while (!this.fits(charges, this.nowMs + waitMs)) waitMs++
    return waitMs
  }

  take(charges: readonly BoundCharge[]): Taken[] {
    const buckets = [...new Set(charges.map(one => one.bucket))]
    const taken = buckets.map(bucket => ({
      timeMs: this.nowMs,
      bucket,
      units: this.units(charges, bucket),
      isReleased: false,
    }))
    this.taken.push(...taken)
    return taken
  }

  private units(charges: readonly BoundCharge[], bucket: string): number {
    return Math.max(...charges.filter(one => one.bucket === bucket).map(one => one.units))
  }
}

const chargeArbitrary = fc
  .record({
    counter: fc.constantFrom('a', 'b'),
    windowMs: fc.constantFrom(...spans),
    max: fc.integer({ min: 0, max: 6 }),
    units: fc.constantFrom(0, 1, 1, 1, 2, 0.5, 3, 7),
  })
  .map(one => ({ ...one, scope: 'grant' as const, rule: '/limits' }))

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('reserve' as const),
        charges: fc.array(chargeArbitrary, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('pass' as const),
        ms: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(1, 99, 100, 101, 249, 250, 999, 1_000)),
      }),
    },
    // to the edge of a window of an earlier charge, and one before it
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('edge' as const),
        of: fc.nat(),
        windowMs: fc.constantFrom(...spans),
        before: fc.nat(1),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), of: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set wall' as const),
        ms: fc.constantFrom(86_400_000, -86_400_000, 3_600_000, 250),
      }),
    },
  ),
  { maxLength: 80, size: 'max' },
)

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** Runs one history on both and compares every answer. */
function compare(history: Steps): void {
  const model = new Model()
  let clock = new ManualClock()
  let windows = fresh(clock)
  const held: { reservation: Reservation; taken: Taken[] }[] = []
  const records: { taken: Taken[]; timeMs: number; charges: ReturnType<typeof storedCharges> }[] = []
  const pass = (ms: number) => {
    clock.pass(ms)
    model.nowMs += ms
  }
  for (const step of history) {
    if (step.do === 'pass') pass(step.ms)
    else if (step.do === 'set wall') clock.setWall(step.ms)
    else if (step.do === 'edge') {
      const from = model.taken[step.of % Math.max(1, model.taken.length)]
      if (from !== undefined) pass(Math.max(0, from.timeMs + step.windowMs - step.before - model.nowMs))
    } else if (step.do === 'release') {
      const one = held.splice(step.of % Math.max(1, held.length), 1)[0]
      one?.reservation.release()
      for (const taken of one?.taken ?? []) taken.isReleased = true
    } else if (step.do === 'restart') {
      // another process: its steady clock starts anywhere, and reservations of the old one mean nothing to it
      clock = new ManualClock(clock.steadyMs() % 7_919)
      held.length = 0
      const kept = records.filter(one => one.taken.every(taken => !taken.isReleased))
      const steadyMs = clock.steadyMs()
      windows = fresh(
        clock,
        kept.map(({ timeMs, charges }) => ({
          ...{ requestId: '', timeMs: 0, charges, steadyMs: steadyMs - (model.nowMs - timeMs) },
        })),
      )
    } else {
      const charges = bindCharges(step.charges, who)
      const result = windows.reserve(charges)
      expect(result.ok).toBe(model.fits(charges, model.nowMs))
      if (result.ok) {
        const taken = model.take(charges)
        held.push({ reservation: result.reservation, taken })
        records.push({ taken, timeMs: model.nowMs, charges: storedCharges(charges, 0) })
      } else {
        const { refusal } = result
        expect(refusal.retryAfterMs).toBe(model.waitMs(charges))
        const named = charges.filter(one => one.counter === refusal.counter && one.windowMs === refusal.windowMs)
        expect(named.map(one => model.used(one.bucket, one.windowMs, model.nowMs))).toContain(refusal.used)
      }
    }
  }
}

function fresh(clock: ManualClock, remembered: readonly RecentCharges[] = []): Windows {
  const windows = new Windows(clock)
  const windowMs = Math.max(...spans)
  const recount = windows.recount(['a', 'b'].map(counter => ({ counter, scope: 'grant' as const, windowMs })))
  recount?.add(remembered)
  recount?.finish()
  return windows
}

test('windows agree with the model in every answer: admitted or not, used, and when it frees', () => {
  fc.assert(fc.property(steps, compare), { numRuns: 1_500 })
})

test('with less memory than charges a window never admits more than the model, and frees at most a cell late', () => {
  const eventsMax = 64
  const cellMs = 1_000 / (Math.floor(eventsMax / 2) - 2)
  const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 3 })), {
    minLength: 300,
    maxLength: 900,
    size: 'max',
  })
  fc.assert(
    fc.property(history, fc.integer({ min: 50, max: 400 }), (moves, max) => {
      const clock = new ManualClock()
      const windows = new Windows(clock, { eventsMax })
      const taken: { timeMs: number; units: number }[] = []
      for (const [ms, units] of moves) {
        clock.pass(ms)
        const nowMs = clock.steadyMs()
        const used = (lateMs: number) =>
          taken.filter(one => one.timeMs + 1_000 + lateMs > nowMs).reduce((sum, one) => sum + one.units, 0)
        const charge = { counter: 'a', scope: 'grant' as const, windowMs: 1_000, max, units, rule: '/limits' }
        const result = windows.reserve(bindCharges([charge], who))
        if (result.ok) {
          expect(used(0) + units).toBeLessThanOrEqual(max)
          taken.push({ timeMs: nowMs, units })
        } else {
          expect(used(cellMs) + units).toBeGreaterThan(max)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('calls that interleave in any order are admitted exactly up to the maximum', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 60 }),
      async (scheduler, certain) => {
        const windows = new Windows(new ManualClock())
        const charge = bindCharges(
          [{ counter: 'a', scope: 'grant', windowMs: 1_000, max: 10, units: 1, rule: '/limits' }],
          who,
        )
        let standing = 0
        let mostStanding = 0
        const call = async (refusedUpstream: boolean) => {
          await scheduler.schedule(Promise.resolve('arrives'))
          const result = windows.reserve(charge)
          if (!result.ok) return 'refused'
          standing++
          mostStanding = Math.max(mostStanding, standing)
          await scheduler.schedule(Promise.resolve('intent is durable'))
          await scheduler.schedule(Promise.resolve('upstream answers'))
          if (!refusedUpstream) return 'stays'
          // proof that it was not carried out: the units are free again
          standing--
          result.reservation.release()
          return 'released'
        }
        const calls = Promise.all(certain.map(call))
        await scheduler.waitAll()
        const results = await calls
        expect(mostStanding).toBeLessThanOrEqual(10)
        expect(results.filter(result => result === 'stays').length).toBe(standing)
        const free = 10 - standing
        const again = Array.from({ length: 20 }, () => windows.reserve(charge)).filter(result => result.ok)
        expect(again.length).toBe(free)
      },
    ),
    { numRuns: 200 },
  )
})
