/**
 * Searches of answers too large for the thread that serves everybody: one thread does them, one after the other. Promises:
 * every search ends, within its time or given up; one that does not end is taken away with its thread, and the next goes
 * on in another.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Searching } from '../policy/results.ts'
import { type Found, type Job, searchTexts, workOf } from '../policy/search.ts'
import type { Ask, Told } from './search-worker.ts'

interface Waiting {
  readonly job: Job
  readonly tell: (found: Found | undefined) => void
}

export interface SearchesOptions {
  readonly clock: Clock
  readonly log: Logger
  /** For tests; `limits.resultSearchMs` otherwise. */
  readonly searchMs?: number
}

export class Searches {
  readonly #options: SearchesOptions
  readonly #waiting = new Map<number, Waiting>()
  #running: number | undefined
  #lastId = 0
  #worker: Worker | undefined
  #isStopped = false

  constructor(options: SearchesOptions) {
    this.#options = options
  }

  /** Drives a ruling on an answer to its end; small searches are done at once. */
  async drive<T>(ruling: Searching<T>): Promise<T> {
    let step = ruling.next()
    while (step.done !== true) {
      const job = step.value
      const isSmall = workOf(job) <= limits.resultWorkInline
      const found = isSmall ? searchTexts(job, limits.resultTriesInline) : undefined
      step = ruling.next(found ?? (await this.#search(job)))
    }
    return step.value
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#isStopped = true
    void this.#worker?.terminate()
    this.#worker = undefined
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
  }

  #search(job: Job): Promise<Found | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined)
    return new Promise(resolve => {
      this.#lastId += 1
      const id = this.#lastId
      const { clock, searchMs = limits.resultSearchMs } = this.#options
      const cancel = clock.timer(searchMs, () => this.#giveUp(id))
      this.#waiting.set(id, {
        job,
        tell: found => {
          cancel()
          resolve(found)
        },
      })
      this.#next()
    })
  }

  #next(): void {
    if (this.#running !== undefined) return
    const [first] = this.#waiting
    if (first === undefined) return
    const [id, { job }] = first
    this.#running = id
    this.#worker ??= this.#spawn()
    this.#worker.postMessage([id, job] satisfies Ask)
  }

  #settle(id: number, found: Found | undefined): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#running === id) this.#running = undefined
    waiting?.tell(found)
  }

  /** A thread that does not come back cannot be asked to stop. */
  #giveUp(id: number): void {
    this.#options.log.warn({}, 'the search of an answer took too long and was given up')
    if (this.#running === id) {
      void this.#worker?.terminate()
      this.#worker = undefined
    }
    this.#settle(id, undefined)
    this.#next()
  }

  #spawn(): Worker {
    const path = new URL(`./search-worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(path, { resourceLimits: { maxOldGenerationSizeMb: limits.resultThreadMb } })
    worker.unref()
    worker.on('message', ([id, found]: Told) => {
      if (worker !== this.#worker) return
      this.#settle(id, found)
      this.#next()
    })
    worker.on('error', cause =>
      this.#options.log.error({ err: cause }, 'the thread that searches answers ended with an error'),
    )
    worker.once('exit', () => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      if (this.#running !== undefined) this.#settle(this.#running, undefined)
      this.#next()
    })
    return worker
  }
}
