/**
 * The ledger as the gateway uses it. Promises: what resolved is durable; an intent gets exactly one outcome; whatever
 * cannot be recorded in time is a Fault ERR_LEDGER_UNAVAILABLE, and the caller then lets nothing pass (design P3).
 * Intents that a stopped gateway left open are closed as `unknown` when the ledger opens.
 */
import type { Clock } from '../clock.ts'
import { Fault } from '../errors.ts'
import type { RecentMarks } from '../flows/marks.ts'
import type { RecentCharges } from '../limits/charges.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { ChargedRange, EntryPair, EntryQuery, Store, StoreHealth } from '../store/port.ts'
import { type LedgerLine, lineOf } from './line.ts'
import { type Decision, intentText, type Outcome, outcomeText, recordText } from './record.ts'

/** A recorded decision whose outcome is still to come. Close it once. */
export interface OpenIntent {
  readonly seq: number
  readonly requestId: string
}

/** Which lines to read. `after` and `before` are sequence numbers, exclusive. */
export interface LineQuery {
  readonly after?: number
  readonly before?: number
  /** At most `ledgerPageLinesMax`. */
  readonly limit: number
  readonly grant?: string
  readonly server?: string
  readonly tool?: string
  readonly verdict?: Decision['verdict']
  /** `open`: without an outcome. */
  readonly outcome?: Outcome['outcome'] | 'open'
  /** Recorded at or after this time of the wall clock, reckoned back from now by the store's own clock. */
  readonly sinceMs?: number
  readonly requestId?: string
}

export interface Ledger {
  /** Records a decision before its call leaves. Resolves when it is durable. */
  intent(decision: Decision): Promise<OpenIntent>
  /** Records what came of it. Resolves when it is durable; only then may the answer be released. */
  close(intent: OpenIntent, outcome: Outcome): Promise<void>
  /** Records a decision and its outcome at once: refusals, lists, calls that only read. */
  record(decision: Decision, outcome: Outcome): Promise<void>
  /** Lines in ascending order: the first after `after`, else the last before `before`, else the last of all. */
  page(query: LineQuery): Promise<readonly LedgerLine[]>
  /** Every line there is now, oldest first, a page at a time; what comes later is left out, so that it verifies. */
  export(): AsyncIterable<readonly LedgerLine[]>
  /**
   * Charges of admitted, unreleased calls, as settled, oldest first, a part at a time. Ages are counted by the store's
   * own clock, whatever the clock on the wall showed; calls whose wall clock is asked for come whatever their age.
   */
  recent(range: ChargedRange): AsyncIterable<readonly RecentCharges[]>
  /** Calls that left marks and began at most so long ago by the store's own clock, oldest first, a part at a time. */
  marked(ageMs: number): AsyncIterable<readonly RecentMarks[]>
  health(): StoreHealth
  /** Waits for open calls and the queue; intents still open at the deadline are closed as `unknown`. */
  drain(deadlineMs: number): Promise<void>
  /** Waits for what was handed over. The store itself is stopped by whoever opened it. */
  stop(): Promise<void>
}

export interface LedgerOptions {
  readonly store: Pick<Store, 'journal' | 'health' | 'flush'>
  readonly clock: Clock
  readonly log: Logger
}

/** Opens the ledger on a store; resolves when the intents left open by an earlier process are closed. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const ledger = new StoreLedger(options)
  await ledger.recovered
  return ledger
}

const left: Outcome = {
  outcome: 'unknown',
  durationMs: 0,
  note: 'gateway stopped before the answer was recorded',
}
const late: Outcome = {
  outcome: 'refused',
  durationMs: 0,
  released: true,
  note: 'not forwarded: the record was not durable in time',
}
const drained: Outcome = {
  outcome: 'unknown',
  durationMs: 0,
  note: 'gateway stopped before the answer came',
}
const lateNote = 'recorded late; the answer was withheld'

class StoreLedger implements Ledger {
  readonly recovered: Promise<unknown>
  private readonly options: LedgerOptions
  /** Open intents, by number, with the time they were opened. */
  private readonly open = new Map<number, number>()
  /** Outcomes that could not be written yet. */
  private readonly owed = new Map<number, Outcome>()
  private retry: (() => void) | undefined
  private onIdle: (() => void) | undefined

  constructor(options: LedgerOptions) {
    this.options = options
    const recovering: Promise<void>[] = []
    options.store.journal.onStray((seqs, reason) => {
      const outcome = reason === 'left' ? left : late
      options.log.warn({ intents: seqs.length, note: outcome.note }, 'closing records that nobody will close')
      const closing = seqs.map(seq => this.settle(seq, outcome))
      if (reason === 'left') recovering.push(...closing)
    })
    this.recovered = Promise.all(recovering)
  }

  async intent(decision: Decision): Promise<OpenIntent> {
    const seq = await this.options.store.journal.append('intent', intentText(decision))
    this.open.set(seq, this.options.clock.steadyMs())
    return { seq, requestId: decision.requestId }
  }

  async close(intent: OpenIntent, outcome: Outcome): Promise<void> {
    const { seq } = intent
    if (!this.open.delete(seq)) throw new Fault('ERR_LEDGER_CLOSED')
    try {
      await this.write(seq, outcome)
    } catch (cause) {
      this.owe(seq, { ...outcome, note: outcome.note === undefined ? lateNote : `${lateNote}; ${outcome.note}` })
      throw cause
    } finally {
      if (this.open.size === 0) this.onIdle?.()
    }
  }

  async record(decision: Decision, outcome: Outcome): Promise<void> {
    await this.options.store.journal.append('record', recordText(decision, outcome))
  }

  async page(query: LineQuery): Promise<readonly LedgerLine[]> {
    const limit = Math.min(query.limit, limits.ledgerPageLinesMax)
    const order = query.after === undefined ? 'down' : 'up'
    const pairs = await this.options.store.journal.pairs({ ...query, limit, order } satisfies EntryQuery)
    const lines = pairs.map(lineOfPair)
    return order === 'up' ? lines : lines.reverse()
  }

  async *export(): AsyncIterable<readonly LedgerLine[]> {
    const { journal } = this.options.store
    const asOf = await journal.lastSeq()
    const limit = limits.ledgerPageLinesMax
    let after = 0
    while (true) {
      const pairs = await journal.pairs({ after, asOf, limit, order: 'up' })
      if (pairs.length > 0) yield pairs.map(lineOfPair)
      const last = pairs.at(-1)
      if (last === undefined || pairs.length < limit) return
      after = last.decision.seq
    }
  }

  recent(range: ChargedRange): AsyncIterable<readonly RecentCharges[]> {
    return this.options.store.journal.charged(range)
  }

  marked(ageMs: number): AsyncIterable<readonly RecentMarks[]> {
    return this.options.store.journal.labelled(ageMs)
  }

  health(): StoreHealth {
    return this.options.store.health()
  }

  async drain(deadlineMs: number): Promise<void> {
    if (this.open.size > 0) {
      await new Promise<void>(resolve => {
        const cancel = this.options.clock.timer(deadlineMs, resolve)
        this.onIdle = () => {
          cancel()
          resolve()
        }
      })
      this.onIdle = undefined
    }
    const nowMs = this.options.clock.steadyMs()
    const rest = [...this.open]
    this.open.clear()
    await Promise.all(rest.map(([seq, sinceMs]) => this.settle(seq, { ...drained, durationMs: nowMs - sinceMs })))
    await this.options.store.flush()
  }

  async stop(): Promise<void> {
    this.retry?.()
    this.retry = undefined
    await this.options.store.flush()
  }

  /** Writes an outcome nobody waits for; tries again later if that fails. */
  private async settle(seq: number, outcome: Outcome): Promise<void> {
    try {
      await this.write(seq, outcome)
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause
      this.owe(seq, outcome)
    }
  }

  private async write(seq: number, outcome: Outcome): Promise<void> {
    const text = outcomeText(seq, outcome, this.options.clock.wallMs())
    await this.options.store.journal.append('outcome', text, seq)
  }

  private owe(seq: number, outcome: Outcome): void {
    this.owed.set(seq, outcome)
    this.retry ??= this.options.clock.timer(limits.ledgerRetryMs, () => void this.pay())
  }

  private async pay(): Promise<void> {
    this.retry = undefined
    const owed = [...this.owed]
    this.owed.clear()
    await Promise.all(owed.map(([seq, outcome]) => this.settle(seq, outcome)))
  }
}

function lineOfPair(pair: EntryPair): LedgerLine {
  return lineOf(pair.decision, pair.outcome)
}
