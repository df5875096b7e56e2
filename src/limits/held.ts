/** What an admitted call has taken, until it is over. Gives back once, and never what another call took. */
import type { SettledCharge } from './charges.ts'
import type { Counter, Moment } from './counter.ts'

/** Units that are taken. They stay taken unless released. */
export interface Reservation {
  readonly id: number
  /** What the clock on the wall showed when they were taken. */
  readonly wallMs: number
  /** Gives the units back. Only on proof that the call was not carried out; a second time changes nothing. */
  release(): void
  /** Puts real figures in place of the estimates, as of the time they were taken; a second time changes nothing. */
  settle(figures: readonly SettledCharge[]): void
  /** The call is over: what it took now stays as it is. */
  end(): void
}

/** What one counter gives for one call. */
export interface Take {
  readonly bucket: string
  counter: Counter
  units: number
}

/** What the windows do for what is held. */
interface Keeper {
  readonly steadyMs: () => number
  /** The counter that stands for a bucket now; `counter` itself where there was none any more. */
  readonly current: (bucket: string, counter: Counter) => Counter
  readonly onEnd: (held: Held) => void
}

export class Held implements Reservation {
  readonly id: number
  readonly requestId: string | undefined
  readonly taken: Moment
  readonly takes: readonly Take[]
  private readonly keeper: Keeper
  private isFinal = false

  constructor(id: number, requestId: string | undefined, taken: Moment, takes: readonly Take[], keeper: Keeper) {
    this.id = id
    this.requestId = requestId
    this.taken = taken
    this.takes = takes
    this.keeper = keeper
  }

  get wallMs(): number {
    return this.taken.wallMs
  }

  release(): void {
    this.change(() => 0)
  }

  settle(figures: readonly SettledCharge[]): void {
    const byBucket = new Map(figures.map(({ bucket, units }) => [bucket, units]))
    this.change(take => byBucket.get(take.bucket) ?? take.units)
  }

  end(): void {
    this.isFinal = true
    this.keeper.onEnd(this)
  }

  private change(unitsOf: (take: Take) => number): void {
    if (this.isFinal) return
    this.isFinal = true
    const steadyMs = this.keeper.steadyMs()
    for (const take of this.takes) {
      const units = unitsOf(take)
      // a counter in which nothing counted any more may have been forgotten, and made again for another call
      if (units > take.units) take.counter = this.keeper.current(take.bucket, take.counter)
      if (units !== take.units) take.counter.change(take.units, units, this.taken, steadyMs)
      take.units = units
    }
  }
}
