/**
 * The embedded store: one SQLite file in the data folder, written by one worker thread (`worker.ts`). Promises that
 * what a call resolved is on the disk; that the folder is used by one gateway; and that a store which fails or hangs
 * refuses within `writeMs` and works again by itself when its file does. Opening throws ERR_STORE_LOCKED,
 * ERR_STORE_UNREADABLE or ERR_STORE_NEWER.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { Fault } from '../errors.ts'
import type { RecentMarks } from '../flows/marks.ts'
import type { RecentCharges } from '../limits/charges.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Rows } from '../rows.ts'
import { type FolderLock, lockFolder } from './lock.ts'
import { type Answer, type Ask, complete, type Opened, opens, type ReadName, type Reads } from './messages.ts'
import type { ChargedRange, EntryKind, EntryPair, EntryQuery, Journal, Store, StoreHealth } from './port.ts'
import { WriteQueue } from './queue.ts'
import { StateRows } from './state.ts'
import { type BootClock, type LastSeen, machineBootClock, StoreTime } from './time.ts'

export interface StoreOptions {
  /** The data folder; made with mode 0700 when it is missing. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** Deadline of a commit; `ledgerWriteMs` when absent. */
  readonly writeMs?: number
  /** Largest size of the database in pages of 4 KiB; as the disk allows when absent. */
  readonly pagesMax?: number
  /** Time since the machine's start; read from the machine when absent, not used when null. */
  readonly boot?: BootClock | null
}

/** Opens the store of a data folder. */
export async function openStore(options: StoreOptions): Promise<Store> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(options.folder)
  try {
    const store = new SqliteStore(options, lock)
    await store.started
    return store
  } catch (cause) {
    lock.release()
    throw cause
  }
}

/** A read that waits for its answer. */
interface Asked {
  readonly done: (value: unknown) => void
  readonly failed: (fault: Fault) => void
  readonly cancel: () => void
}

type StrayHandler = (seqs: readonly number[], reason: 'left' | 'late') => void

class SqliteStore implements Store, Journal {
  readonly started: Promise<void>
  readonly journal: Journal = this
  readonly state: Rows
  private readonly options: StoreOptions
  private readonly file: string
  private readonly lock: FolderLock
  private readonly queue: WriteQueue
  private readonly asked = new Map<number, Asked>()
  private readonly strays: { seqs: readonly number[]; reason: 'left' | 'late' }[] = []
  private worker: Worker | undefined
  private time: StoreTime | undefined
  private strayHandler: StrayHandler | undefined
  private stopped: Promise<void> | undefined
  private lastAsk = 0
  private isStopping = false
  private opening: { done: () => void; failed: (fault: Fault) => void } | undefined

  constructor(options: StoreOptions, lock: FolderLock) {
    this.options = options
    this.lock = lock
    this.file = join(options.folder, 'sallyport.db')
    this.queue = new WriteQueue({
      clock: options.clock,
      writeMs: options.writeMs ?? limits.ledgerWriteMs,
      post: message => this.post(message),
      now: () => this.now(),
      onLate: seqs => this.tellStrays(seqs, 'late'),
      onTurn: (ok, reason) => this.logTurn(ok, reason),
    })
    this.state = new StateRows({
      change: changes => this.queue.change(changes),
      read: kind => this.read('state', { kind }),
    })
    this.started = new Promise((done, failed) => {
      this.opening = { done, failed }
    })
    try {
      // made here so that nobody else may read it; SQLite gives its log the same rights
      closeSync(openSync(this.file, 'a', 0o600))
      this.spawn()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.opening?.failed(new Fault('ERR_STORE_UNREADABLE', { file: this.file, reason }, cause))
    }
  }

  append(kind: EntryKind, text: string, decision = complete): Promise<number> {
    return this.queue.append(text, kind === 'intent' ? opens : kind === 'outcome' ? decision : complete)
  }

  onStray(handler: StrayHandler): void {
    this.strayHandler = handler
    for (const { seqs, reason } of this.strays.splice(0)) handler(seqs, reason)
  }

  async pairs(query: EntryQuery): Promise<readonly EntryPair[]> {
    const { atMs, wallMs } = this.now()
    const sinceAtMs = atMs - (wallMs - (query.sinceMs ?? 0))
    const found: EntryPair[] = []
    let rest: EntryQuery | undefined = query
    while (rest !== undefined) {
      const limit = query.limit - found.length
      const part: Reads['pairs']['answer'] = await this.read('pairs', { query: { ...rest, limit }, sinceAtMs })
      found.push(...part.pairs)
      if (part.next === undefined || found.length >= query.limit) return found
      rest = query.order === 'up' ? { ...query, after: part.next } : { ...query, before: part.next }
    }
    return found
  }

  async *charged({ ageMs, ...wall }: ChargedRange): AsyncIterable<readonly RecentCharges[]> {
    const sinceAtMs = this.now().atMs - ageMs
    let after: number | undefined = 0
    while (after !== undefined) {
      const ask: Reads['charged']['ask'] = { sinceAtMs, after, ...wall }
      const part: Reads['charged']['answer'] = await this.read('charged', ask)
      yield part.entries.map(({ atMs, ...entry }) => ({ ...entry, steadyMs: this.time?.steadyAt(atMs) ?? 0 }))
      after = part.next
    }
  }

  async *labelled(ageMs: number): AsyncIterable<readonly RecentMarks[]> {
    const sinceAtMs = this.now().atMs - ageMs
    let after: number | undefined = 0
    while (after !== undefined) {
      const part: Reads['labelled']['answer'] = await this.read('labelled', { sinceAtMs, after })
      yield part.entries.map(({ atMs, ...entry }) => ({ ...entry, steadyMs: this.time?.steadyAt(atMs) ?? 0 }))
      after = part.next
    }
  }

  lastSeq(): Promise<number> {
    return this.read('lastSeq', null)
  }

  health(): StoreHealth {
    return this.queue.health()
  }

  flush(): Promise<void> {
    return this.queue.flush()
  }

  stop(): Promise<void> {
    this.stopped ??= this.end()
    return this.stopped
  }

  private async end(): Promise<void> {
    await this.queue.flush()
    this.isStopping = true
    this.queue.stop()
    const { worker } = this
    if (worker !== undefined) {
      const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()))
      worker.postMessage(['stop'] satisfies Ask)
      // a worker that hangs in its file system cannot be asked
      const cancel = this.options.clock.timer(
        this.options.writeMs ?? limits.ledgerWriteMs,
        () => void worker.terminate(),
      )
      await ended
      cancel()
    }
    this.lock.release()
  }

  private now(): { atMs: number; wallMs: number } {
    if (this.time === undefined) throw new Fault('ERR_LEDGER_UNAVAILABLE', {}, new Error('the store is not open'))
    return this.time.now()
  }

  private read<Name extends ReadName>(name: Name, ask: Reads[Name]['ask']): Promise<Reads[Name]['answer']> {
    if (this.isStopping) return Promise.reject(this.unreadable('it was closed'))
    return new Promise((done, failed) => {
      const id = ++this.lastAsk
      const cancel = this.options.clock.timer(limits.storeReadMs, () => {
        this.settle(id, asked => asked.failed(this.unreadable(`a read did not end within ${limits.storeReadMs} ms`)))
      })
      this.asked.set(id, { done: done as (value: unknown) => void, failed, cancel })
      this.post(['read', id, name, ask])
    })
  }

  private post(ask: Ask): void {
    if (this.worker === undefined && !this.isStopping) this.spawn()
    this.worker?.postMessage(ask)
  }

  private spawn(): void {
    const path = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(path, { workerData: { file: this.file, pagesMax: this.options.pagesMax ?? 0 } })
    this.worker = worker
    worker.on('message', (answer: Answer) => this.hear(answer))
    worker.on('error', cause => this.options.log.error({ err: cause }, 'the worker of the store ended with an error'))
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined
      this.lose('the worker of the store ended')
    })
  }

  private hear(answer: Answer): void {
    switch (answer[0]) {
      case 'wrote':
        this.queue.acknowledge(answer[1])
        break
      case 'failed':
        this.queue.fail(answer[1], answer[2])
        break
      case 'answer':
        this.settle(answer[1], asked => asked.done(answer[2]))
        break
      case 'unanswered':
        this.settle(answer[1], asked => asked.failed(this.unreadable(answer[2])))
        break
      case 'opened':
        this.hearOpened(answer[1])
        break
      case 'broken':
        this.hearBroken(new Fault(answer[1], answer[2]))
        break
      case 'stopped':
        break
    }
  }

  private settle(id: number, tell: (asked: Asked) => void): void {
    const asked = this.asked.get(id)
    if (asked === undefined) return
    this.asked.delete(id)
    asked.cancel()
    tell(asked)
  }

  private hearOpened(opened: Opened): void {
    if (this.time === undefined) {
      const boot = this.options.boot === undefined ? machineBootClock() : (this.options.boot ?? undefined)
      this.time = new StoreTime(this.options.clock, lastSeen(opened), boot)
      if (this.time.boot !== undefined) this.post(['mark', 'boot', JSON.stringify(this.time.boot)])
      this.tellStrays(opened.open, 'left')
      this.opening?.done()
      return
    }
    // opened again after a failure: an intent nobody knows of was durable although its caller was refused
    this.tellStrays(
      opened.open.filter(seq => !this.queue.live.has(seq)),
      'late',
    )
  }

  private hearBroken(fault: Fault): void {
    // later on a file that cannot be opened fails the writes that want it, and is tried again
    if (this.time !== undefined) return
    this.isStopping = true
    this.queue.stop()
    this.opening?.failed(fault)
    void this.worker?.terminate()
  }

  private lose(reason: string): void {
    this.queue.failAll(reason)
    for (const [id] of this.asked) this.settle(id, asked => asked.failed(this.unreadable(reason)))
    this.opening?.failed(this.unreadable(reason))
  }

  private tellStrays(seqs: readonly number[], reason: 'left' | 'late'): void {
    if (seqs.length === 0) return
    for (const seq of seqs) this.queue.live.add(seq)
    if (this.strayHandler === undefined) this.strays.push({ seqs, reason })
    else this.strayHandler(seqs, reason)
  }

  private unreadable(reason: string): Fault {
    return new Fault('ERR_STORE_UNREADABLE', { file: this.file, reason })
  }

  private logTurn(ok: boolean, reason: string | undefined): void {
    if (ok) this.options.log.info({}, 'the store writes again')
    else this.options.log.error({ reason }, 'the store does not write; calls are refused until it does')
  }
}

function lastSeen(opened: Opened): LastSeen | undefined {
  if (opened.lastSeq === 0) return undefined
  const { atMs, wallMs } = opened
  const boot = opened.boot === undefined ? undefined : (JSON.parse(opened.boot) as { id: string; offsetMs: number })
  return boot === undefined ? { atMs, wallMs } : { atMs, wallMs, bootId: boot.id, bootOffsetMs: boot.offsetMs }
}
