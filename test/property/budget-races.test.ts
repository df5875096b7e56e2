/**
 * Limits under every order of events (`fc.scheduler`): calls that arrive, are written, are carried out or not and end at
 * any moment, while the clocks go on and are set, the policy is edited, the ledger is read a part at a time, and the
 * process is killed between any two of these steps.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/ledger/record.ts'
import type { BoundCharge, SettledCharge } from '../../src/limits/charges.ts'
import { type Admitted, BudgetModel } from './budget-model.ts'
import * as world from './budget-world.ts'

interface CallPlan {
  readonly request: world.CallRequest
  readonly end: 'succeeded' | 'failed' | 'unknown' | 'refused' | 'intent fails'
  readonly figure: number
}

type Happening =
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'set wall'; readonly ms: number }
  | { readonly do: 'policy'; readonly at: number }
  | { readonly do: 'kill' }

const callPlans = fc.record<CallPlan>({
  request: world.requests,
  end: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'unknown', 'refused', 'intent fails'),
  figure: fc.constantFrom(0, 1, 2, 5, 12),
})

const happenings = fc.oneof<fc.Arbitrary<Happening>[]>(
  fc.constantFrom(1, 500, 1_000, world.minute, world.hour, world.day).map(ms => ({ do: 'pass' as const, ms })),
  world.clockSteps.map(ms => ({ do: 'set wall' as const, ms })),
  fc.nat().map(at => ({ do: 'policy' as const, at })),
  fc.constant({ do: 'kill' as const }),
)

/** An admitted call and what is known of it, outside of any process. */
interface Told {
  readonly admitted: Admitted
  readonly charges: readonly BoundCharge[]
  /** When its intent was durable: a recount may count it from then on. */
  latestMs: number
  /** Where it stands in its own life. `ended`: nothing can change any more. */
  stage: 'reserved' | 'written' | 'closed' | 'ended'
  outcome: Outcome | undefined
}

class Race {
  readonly budget = new BudgetModel()
  /** The same calls at the latest moment they may be counted from. */
  readonly late = new BudgetModel()
  readonly real: world.BudgetWorld
  private readonly told: Told[] = []
  private readonly scheduler: fc.Scheduler
  private readonly policies: readonly (readonly world.LimitRule[])[]
  /** Nothing while a process starts: it does not listen yet. */
  rules: readonly world.LimitRule[] | undefined
  private life = 0

  constructor(scheduler: fc.Scheduler, policies: readonly (readonly world.LimitRule[])[], wallMs: number) {
    this.scheduler = scheduler
    this.policies = policies
    this.real = new world.BudgetWorld(wallMs)
    const { real } = this
    real.readParts = async function* (range) {
      // as the store does: a range is looked up once, and what was written meanwhile is seen as it is by then
      const { trueMs } = real
      for (let from = 0; from < real.ledger.entries.length; from += 3) {
        await scheduler.schedule(Promise.resolve(), 'a part is read')
        const passedMs = real.trueMs - trueMs
        const part = real.ledger.entries.slice(from, from + 3)
        yield real.ledger.read(range, trueMs, real.clock.steadyMs() - passedMs, part)
      }
    }
  }

  async start(): Promise<void> {
    this.rules = undefined
    const { life } = this
    const rules = this.policies[0] ?? []
    await this.real.lookBack.prepare(world.declaredOf(rules))
    if (life === this.life) this.rules = rules
  }

  async call({ request, end, figure }: CallPlan): Promise<void> {
    const { real } = this
    await this.step('a call arrives')
    if (this.rules === undefined) return
    const charges = world.chargesOf(this.rules, request)
    const requestId = real.nextId()
    const result = real.windows.reserve(charges, requestId)
    const { trueMs, wallMs } = real
    if (!result.ok) {
      if (result.refusal.reason !== undefined) return
      const fits = charges.every(charge => this.late.fits(charge, charges, trueMs, wallMs))
      expect(fits, `refused with room: ${JSON.stringify(result.refusal)}`).toBe(false)
      return
    }
    const { reservation } = result
    for (const charge of charges) {
      expect(this.budget.fits(charge, charges, trueMs, wallMs), `over ${JSON.stringify(charge)}`).toBe(true)
    }
    const admitted = this.budget.admit(charges, trueMs, wallMs)
    const told: Told = { admitted, charges, latestMs: trueMs, stage: 'reserved', outcome: undefined }
    this.told.push(told)
    this.renewLate()
    const decision = real.decisionOf(requestId, charges, reservation)
    if (!(await this.step('its intent is written'))) return
    if (end === 'intent fails') {
      reservation.release()
      reservation.end()
      this.settle(told, { outcome: 'refused', durationMs: 0, released: true })
      return
    }
    const entry = real.ledger.append(decision, real.trueMs, real.wallMs)
    told.stage = 'written'
    told.latestMs = real.trueMs
    this.renewLate()
    if (!(await this.step('its server answers'))) return
    const outcome = outcomeOf(charges, end, figure)
    if (!(await this.step('its outcome is written'))) return
    real.ledger.close(entry, outcome)
    told.stage = 'closed'
    told.outcome = outcome
    // killed here: what was written is what counts
    if (!(await this.step('its outcome is acknowledged'))) return
    if (outcome.released === true) reservation.release()
    else if (outcome.settled !== undefined) reservation.settle(outcome.settled)
    reservation.end()
    this.settle(told, outcome)
  }

  async live(all: readonly Happening[]): Promise<void> {
    for (const one of all) {
      await this.scheduler.schedule(Promise.resolve(), one.do)
      if (one.do === 'pass') this.real.pass(one.ms)
      else if (one.do === 'set wall') this.real.clock.setWall(one.ms)
      else if (one.do === 'kill') await this.kill()
      else {
        const { life } = this
        const rules = this.policies[one.at % this.policies.length] ?? []
        await this.real.lookBack.prepare(world.declaredOf(rules))
        if (life === this.life) this.rules = rules
      }
    }
  }

  /** What the world looks like to the next process. */
  private async kill(): Promise<void> {
    this.life++
    for (const told of this.told) {
      if (told.stage === 'ended') continue
      // not written: it never left
      if (told.stage === 'reserved') this.settle(told, { outcome: 'refused', durationMs: 0, released: true })
      else this.settle(told, told.outcome ?? { outcome: 'unknown', durationMs: 0 })
    }
    this.real.restart()
    await this.start()
  }

  private settle(told: Told, { released, settled }: Outcome): void {
    const { takes } = told.admitted
    if (released === true) takes.clear()
    for (const { bucket, units } of settled ?? []) takes.set(bucket, units)
    told.stage = 'ended'
    this.renewLate()
  }

  private renewLate(): void {
    this.late.admitted.length = 0
    for (const { admitted, latestMs } of this.told) this.late.admitted.push({ ...admitted, trueMs: latestMs })
  }

  /** True if the process that took the step before still lives. */
  private async step(name: string): Promise<boolean> {
    const { life } = this
    await this.scheduler.schedule(Promise.resolve(), name)
    return life === this.life
  }
}

function outcomeOf(charges: readonly BoundCharge[], end: CallPlan['end'], figure: number): Outcome {
  if (end === 'refused') return { outcome: 'refused', durationMs: 0, released: true }
  if (end !== 'succeeded') return { outcome: end === 'failed' ? 'failed' : 'unknown', durationMs: 0 }
  const settled: readonly SettledCharge[] = world.figuresOf(charges, figure)
  return { outcome: 'succeeded', durationMs: 0, settled }
}

test('in any order of events no window and no period holds more than its maximum, and nothing is lost for good', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      world.policies,
      world.beginnings,
      fc.array(callPlans, { minLength: 10, maxLength: 40, size: 'max' }),
      fc.array(happenings, { maxLength: 12, size: 'max' }),
      async (scheduler, policies, wallMs, plans, happens) => {
        const race = new Race(scheduler, policies, wallMs)
        const all = [race.start().then(() => race.live(happens)), ...plans.map(plan => race.call(plan))]
        await scheduler.waitFor(Promise.all(all))
        const { real, rules = [] } = race
        // long after all of it, every limit has all of its room again
        real.pass(70 * world.day)
        real.clock.setWall(3_000 * world.day)
        for (const [at, { max }] of rules.entries()) {
          const request = {
            which: [at],
            units: [1, 1, 1, 1],
            key: 'fresh',
            who: { grant: 'g', principal: 'p', session: 's', server: 'x' },
          }
          const [charge] = world.chargesOf(rules, request)
          if (charge !== undefined) expect(real.windows.preview([{ ...charge, units: max }])[0]?.retryAfterMs).toBe(0)
        }
      },
    ),
    { numRuns: Number(process.env['BUDGET_RUNS'] ?? 600) },
  )
})
