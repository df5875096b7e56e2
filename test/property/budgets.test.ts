/**
 * Limits against the model, command by command: sliding windows and calendars on shared counters, five scopes, keys,
 * several limits at once, real figures, calls given back, calls of unknown outcome, edits of the policy, restarts at any
 * step, and a clock on the wall that somebody sets.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BoundCharge } from '../../src/limits/charges.ts'
import type { Reservation } from '../../src/limits/held.ts'
import { type Admitted, BudgetModel } from './budget-model.ts'
import * as world from './budget-world.ts'

interface Open {
  readonly requestId: string
  readonly charges: readonly BoundCharge[]
  readonly reservation: Reservation
  readonly entry: world.Entry
  readonly admitted: Admitted
}

interface Model {
  readonly budget: BudgetModel
  readonly policies: readonly (readonly world.LimitRule[])[]
  rules: readonly world.LimitRule[]
  open: Open[]
}

type Real = world.BudgetWorld
type Command = fc.AsyncCommand<Model, Real>

function command(name: string, run: (model: Model, real: Real) => Promise<void> | void): Command {
  return { check: () => true, run: async (model, real) => await run(model, real), toString: () => name }
}

/** A call. Where the clock was set to what memory does not hold, the ledger is read first, as in the gateway. */
function reserve(request: world.CallRequest): Command {
  return command(`reserve ${JSON.stringify(request)}`, async (model, real) => {
    const charges = world.chargesOf(model.rules, request)
    const requestId = real.nextId()
    const shown = real.windows.preview(charges)
    let result = real.windows.reserve(charges, requestId)
    expect(shown.every(one => one.retryAfterMs === 0)).toBe(result.ok)
    // a second time where an earlier look was under way when the clock was set
    for (let looks = 0; looks < 2 && !result.ok && result.refusal.reason === 'being counted'; looks++) {
      await real.lookBack.prepare([])
      result = real.windows.reserve(charges, requestId)
    }
    const { budget } = model
    const { trueMs, wallMs } = real
    const fits = charges.every(charge => budget.fits(charge, charges, trueMs, wallMs))
    expect(result.ok, result.ok ? 'one too many' : JSON.stringify(result.refusal)).toBe(fits)
    if (result.ok) {
      const { reservation } = result
      const entry = real.record(requestId, charges, reservation)
      model.open.push({ requestId, charges, reservation, entry, admitted: budget.admit(charges, trueMs, wallMs) })
      return
    }
    const { refusal } = result
    const named = charges.find(({ rule }) => rule === refusal.rule) as BoundCharge
    expect(refusal.used).toBe(budget.used(named, trueMs, wallMs))
    const waitMs = refusal.retryAfterMs
    if (waitMs === -1) expect(budget.units(charges, named.bucket)).toBeGreaterThan(named.max)
    else {
      // the first moment at which that limit has room again
      expect(budget.fits(named, charges, trueMs + waitMs, wallMs + waitMs)).toBe(true)
      expect(budget.fits(named, charges, trueMs + waitMs - 1, wallMs + waitMs - 1)).toBe(false)
    }
  })
}

/** The end of a call: what is written comes first. */
function close(which: number, how: 'succeeded' | 'unknown' | 'refused', figure: number): Command {
  return command(`close ${which} ${how} ${figure}`, (model, real) => {
    const [call] = model.open.splice(which % Math.max(1, model.open.length), 1)
    if (call === undefined) return
    const { charges, reservation, entry, admitted } = call
    if (how === 'refused') {
      real.ledger.close(entry, { outcome: 'refused', durationMs: 0, released: true })
      reservation.release()
      admitted.takes.clear()
    } else if (how === 'succeeded') {
      const settled = world.figuresOf(charges, figure)
      real.ledger.close(entry, { outcome: 'succeeded', durationMs: 0, settled })
      reservation.settle(settled)
      for (const { bucket, units } of settled) admitted.takes.set(bucket, units)
    } else real.ledger.close(entry, { outcome: 'unknown', durationMs: 0 })
    reservation.end()
    // what is over stays as it is
    reservation.release()
    reservation.settle(world.figuresOf(charges, 99))
  })
}

const commands = [
  ...Array.from({ length: 12 }, () => world.requests.map(reserve)),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom('succeeded' as const, 'succeeded' as const, 'unknown' as const, 'refused' as const),
      fc.constantFrom(0, 1, 2, 5, 12),
    )
    .map(([which, how, figure]) => close(which, how, figure)),
  fc
    .oneof(
      fc.integer({ min: 0, max: 2_000 }),
      fc.constantFrom(1, 1_000, world.minute, world.hour, world.day, 9 * world.day, 31 * world.day),
    )
    .map(ms => command(`pass ${ms}`, (_, real) => real.pass(ms))),
  // to the edge of a window of an earlier call, and one before it
  fc
    .tuple(fc.nat(), fc.constantFrom(1_000, world.minute, world.hour, world.day, 31 * world.day), fc.nat(1))
    .map(([of, windowMs, before]) =>
      command(`edge ${of} ${windowMs} ${before}`, ({ budget }, real) => {
        const one = budget.admitted[of % Math.max(1, budget.admitted.length)]
        if (one !== undefined) real.pass(Math.max(0, one.trueMs + windowMs - before - real.trueMs))
      }),
    ),
  // to the edge of an hour of the clock on the wall, which is one of every longer period too, now and then
  fc
    .tuple(fc.constantFrom(world.minute, 30 * world.minute, world.hour, world.day), fc.nat(1))
    .map(([unitMs, before]) =>
      command(`to the full ${unitMs} less ${before}`, (_, real) =>
        real.pass(unitMs - (real.wallMs % unitMs) - (before % unitMs)),
      ),
    ),
  world.clockSteps.map(ms => command(`set the clock by ${ms}`, (_, real) => real.clock.setWall(ms))),
  fc.nat().map(at =>
    command(`policy ${at}`, async (model, real) => {
      model.rules = model.policies[at % model.policies.length] ?? []
      await real.lookBack.prepare(world.declaredOf(model.rules))
    }),
  ),
  fc.constant(
    command('restart', async (model, real) => {
      real.restart()
      model.open = []
      await real.lookBack.prepare(world.declaredOf(model.rules))
    }),
  ),
]

test('limits agree with the model in every answer: admitted or not, used, and when it frees', async () => {
  await fc.assert(
    fc.asyncProperty(
      world.policies,
      world.beginnings,
      fc.commands(commands, { maxCommands: 80, size: 'max' }),
      async (policies, wallMs, steps) => {
        const rules = policies[0] ?? []
        const real = new world.BudgetWorld(wallMs)
        await real.lookBack.prepare(world.declaredOf(rules))
        await fc.asyncModelRun(() => ({ model: { budget: new BudgetModel(), policies, rules, open: [] }, real }), steps)
      },
    ),
    { numRuns: Number(process.env['BUDGET_RUNS'] ?? 600) },
  )
})
