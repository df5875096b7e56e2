/**
 * The waiting side of the store: rows handed over in one turn of the event loop leave in one message, and each caller
 * hears when its row is durable. A row that is not durable in time is refused; while the store hangs, further rows are
 * refused at once, so that nothing piles up. Everything works again with the first write that succeeds.
 */
import type { Clock } from '../clock.ts'
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Numbers, StateChange, WriteMessage } from './messages.ts'
import { opens } from './messages.ts'
import type { StoreHealth } from './port.ts'
import type { Moment } from './time.ts'

/** What one message carries, and who waits for it. */
interface Batch {
  readonly bornMs: number
  readonly texts: string[]
  readonly decisions: number[]
  readonly changes: StateChange[]
  readonly done: ((seq: number) => void)[]
  readonly failed: ((fault: Fault) => void)[]
  /** Whoever waits for the changes of durable rows, or for the queue. */
  readonly others: { done: () => void; failed: (fault: Fault) => void }[]
  isRefused: boolean
}

export interface QueueOptions {
  readonly clock: Clock
  readonly writeMs: number
  readonly post: (message: WriteMessage) => void
  readonly now: () => Moment
  /** Intents that became durable after their caller was refused. */
  readonly onLate: (seqs: readonly number[]) => void
  /** The store works again, or no longer does. */
  readonly onTurn: (ok: boolean, reason: string | undefined) => void
}

export class WriteQueue {
  private readonly options: QueueOptions
  private gathering: Batch | undefined
  private readonly sent = new Map<number, Batch>()
  private lastId = 0
  private rows = 0
  private isHung = false
  private isStopped = false
  private lastError: string | undefined
  private timer: (() => void) | undefined
  private probe: (() => void) | undefined
  /** Intents whose caller knows their number and that have no outcome yet. */
  readonly live = new Set<number>()

  constructor(options: QueueOptions) {
    this.options = options
  }

  /** Hands a row over. `decision`: `opens`, `complete`, or an intent's number. Resolves with the row's own number. */
  append(text: string, decision: number): Promise<number> {
    const refusal = this.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    const batch = this.batch()
    batch.texts.push(text)
    batch.decisions.push(decision)
    this.rows++
    return new Promise((resolve, reject) => {
      batch.done.push(resolve)
      batch.failed.push(reject)
    })
  }

  /** Hands changes of durable rows over; all of them are durable or none. */
  change(changes: readonly StateChange[]): Promise<void> {
    const refusal = this.refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    const batch = this.batch()
    batch.changes.push(...changes)
    return new Promise((done, failed) => batch.others.push({ done, failed }))
  }

  /** Resolves when what was handed over before is durable or refused. */
  async flush(): Promise<void> {
    const all = this.gathering === undefined ? [...this.sent.values()] : [...this.sent.values(), this.gathering]
    // what was refused already may never be answered
    const waiting = all.filter(batch => !batch.isRefused)
    await Promise.all(
      waiting.map(batch => new Promise<void>(done => batch.others.push({ done, failed: () => done() }))),
    )
  }

  /** The worker's answer to a transaction: each batch's id, followed by the numbers of its rows. */
  acknowledge(acks: readonly (number | Numbers)[]): void {
    for (let index = 0; index < acks.length; index += 2) {
      const id = acks[index] as number
      const batch = this.take(id)
      if (batch !== undefined) this.deliver(batch, acks[index + 1] ?? 0)
    }
    this.turn(true)
  }

  /** The worker's answer to a transaction that failed. */
  fail(ids: readonly number[], reason: string): void {
    this.turn(false, reason)
    for (const id of ids) {
      const batch = this.take(id)
      if (batch !== undefined) this.refuse(batch, reason)
    }
  }

  /** The worker is gone: nothing that was sent will be answered, and only the next probe asks for another worker. */
  failAll(reason: string): void {
    this.fail([...this.sent.keys()], reason)
    this.isHung = true
  }

  health(): StoreHealth {
    const oldest = this.sent.values().next().value ?? this.gathering
    const lagMs = oldest === undefined ? 0 : this.options.clock.steadyMs() - oldest.bornMs
    const health = { ok: !this.isHung && this.lastError === undefined, lagMs, queued: this.rows }
    return this.lastError === undefined ? health : { ...health, lastError: this.lastError }
  }

  /** Takes no more rows and refuses those that still wait. */
  stop(): void {
    this.isStopped = true
    this.timer?.()
    this.probe?.()
    for (const batch of this.sent.values()) this.refuse(batch, stoppedReason)
    if (this.gathering !== undefined) this.refuse(this.gathering, stoppedReason)
  }

  private refusal(): Fault | undefined {
    if (this.isStopped) return unavailable(stoppedReason)
    if (this.isHung) return unavailable(this.lastError ?? 'the store does not answer')
    if (this.rows >= limits.ledgerQueueRowsMax) return unavailable('too many rows wait for their commit')
    return undefined
  }

  private batch(): Batch {
    if (this.gathering !== undefined) return this.gathering
    const batch: Batch = {
      bornMs: this.options.clock.steadyMs(),
      ...{ texts: [], decisions: [], changes: [], done: [], failed: [], others: [], isRefused: false },
    }
    this.gathering = batch
    setImmediate(() => this.send(batch))
    return batch
  }

  private send(batch: Batch): void {
    this.gathering = undefined
    if (this.isStopped) return
    const id = ++this.lastId
    this.sent.set(id, batch)
    const { atMs, wallMs } = this.options.now()
    this.options.post(['write', id, atMs, wallMs, batch.texts, batch.decisions, batch.changes])
    this.timer ??= this.watch(this.options.writeMs)
  }

  private take(id: number): Batch | undefined {
    const batch = this.sent.get(id)
    if (batch === undefined) return undefined
    this.sent.delete(id)
    this.rows -= batch.texts.length
    return batch
  }

  private deliver(batch: Batch, numbers: Numbers): void {
    const late: number[] = []
    for (let index = 0; index < batch.texts.length; index++) {
      const seq = typeof numbers === 'number' ? numbers + index : (numbers[index] ?? 0)
      const decision = batch.decisions[index] ?? 0
      if (decision > 0) this.live.delete(decision)
      else if (decision === opens) {
        this.live.add(seq)
        if (batch.isRefused) late.push(seq)
      }
      batch.done[index]?.(seq)
    }
    for (const other of batch.others) other.done()
    if (late.length > 0) this.options.onLate(late)
  }

  /** Rejects everyone who waits. A batch that was sent may still become durable: then `deliver` tells of its intents. */
  private refuse(batch: Batch, reason: string): void {
    if (batch.isRefused) return
    batch.isRefused = true
    const fault = unavailable(reason)
    for (const failed of batch.failed) failed(fault)
    for (const other of batch.others) other.failed(fault)
  }

  /** After a long pause of this thread the answers may be here already: they are heard before anyone is refused. */
  private watch(ms: number): () => void {
    return this.options.clock.timer(ms, () => setImmediate(() => this.refuseOverdue()))
  }

  private refuseOverdue(): void {
    this.timer = undefined
    if (this.isStopped) return
    const { clock, writeMs } = this.options
    const nowMs = clock.steadyMs()
    for (const batch of this.sent.values()) {
      const leftMs = batch.bornMs + writeMs - nowMs
      if (leftMs > 0) {
        this.timer = this.watch(leftMs)
        return
      }
      const reason = `a commit did not end within ${writeMs} ms`
      this.turn(false, reason)
      this.isHung = true
      this.refuse(batch, reason)
    }
  }

  /** The worker answered (or nobody will): what is known of the store changes. */
  private turn(ok: boolean, reason?: string): void {
    const wasOk = this.lastError === undefined
    this.isHung = false
    this.lastError = reason
    if (this.isStopped) return
    if (wasOk !== ok) this.options.onTurn(ok, reason)
    if (!ok) this.probe ??= this.options.clock.timer(limits.ledgerRetryMs, () => this.tryAgain())
  }

  /** Without traffic nobody would notice that the store works again. */
  private tryAgain(): void {
    this.probe = undefined
    if (this.lastError === undefined) return
    if (this.sent.size === 0) this.batch()
    else this.probe = this.options.clock.timer(limits.ledgerRetryMs, () => this.tryAgain())
  }
}

const stoppedReason = 'the store was stopped'

function unavailable(reason: string): Fault {
  return new Fault('ERR_LEDGER_UNAVAILABLE', {}, new Error(reason))
}
