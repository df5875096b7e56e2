/**
 * A thread that is asked under numbers and answers under the same: started by the first question, started again by the
 * next one after it ended. Promises an answer, or nothing, in bounded time; refuses nothing by itself: whoever asks looks
 * at `isTaking` first.
 */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'

export interface ThreadPlan {
  readonly clock: Clock
  readonly log: Logger
  /** The file the thread runs. */
  readonly worker: URL
  /** So many questions at a time. */
  readonly atOnceMax: number
  /** So long for each, in milliseconds. */
  readonly answerMs: number
  /** What happens to a thread that is late: it is ended with all it was asked, or it may go on for those who ask again. */
  readonly late: 'ended' | 'kept'
}

export class AskedThread<Asked extends readonly unknown[], Told extends readonly [id: number, ...unknown[]]> {
  readonly #plan: ThreadPlan
  readonly #waiting = new Map<number, (told: Told | undefined) => void>()
  #worker: Worker | undefined
  #lastId = 0
  #isStopped = false

  constructor(plan: ThreadPlan) {
    this.#plan = plan
  }

  /** Whether one more question would be asked. */
  get isTaking(): boolean {
    return !this.#isStopped && this.#waiting.size < this.#plan.atOnceMax
  }

  /** What the thread tells; nothing when it ended or took too long. */
  ask(...asked: Asked): Promise<Told | undefined> {
    return new Promise(resolve => {
      this.#lastId += 1
      const id = this.#lastId
      const cancel = this.#plan.clock.timer(this.#plan.answerMs, () => this.#giveUp(id))
      this.#waiting.set(id, told => {
        cancel()
        resolve(told)
      })
      this.#worker ??= this.#spawn()
      this.#worker.postMessage([id, ...asked])
    })
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#isStopped = true
    this.#end()
  }

  #giveUp(id: number): void {
    if (this.#plan.late === 'kept') this.#settle(id, undefined)
    else {
      this.#plan.log.warn({}, 'a question about the catalogue took too long and was given up')
      this.#end()
    }
  }

  #settle(id: number, told: Told | undefined): void {
    const tell = this.#waiting.get(id)
    this.#waiting.delete(id)
    tell?.(told)
  }

  /** A thread that does not come back cannot be asked to stop; what it was asked is lost with it. */
  #end(): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
  }

  #spawn(): Worker {
    const { worker: file, log } = this.#plan
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: limits.catalogueThreadMb } })
    worker.unref()
    worker.on('message', (told: Told) => this.#settle(told[0], told))
    worker.on('error', cause => log.error({ err: cause }, 'the thread of the catalogue ended with an error'))
    worker.once('exit', () => {
      if (worker === this.#worker) this.#end()
    })
    return worker
  }
}
