/**
 * Questions of agents about servers and tools, answered in a thread of their own: rating a large server takes a second in
 * which no call could move. The thread starts with the first question. Bounded: so many at a time, so long for each; one
 * that does not come back is ended, and the next question starts another.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../clock.ts'
import { Fault } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Logger } from '../../log.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import type { Ask, CatalogueQuestion, Told } from './checking-worker.ts'

export class CatalogueThread {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #waiting = new Map<number, (told: Told | undefined) => void>()
  #worker: Worker | undefined
  #lastId = 0
  #isStopped = false

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock
    this.#log = log
  }

  /**
   * The answer; nothing for a server or tool that is not known. Throws Fault ERR_BUSY when too many ask, and
   * ERR_CATALOGUE_DATA when the catalogue cannot be read or no answer came in time.
   */
  async ask(question: CatalogueQuestion): Promise<JsonObject | undefined> {
    if (this.#isStopped || this.#waiting.size >= limits.catalogueChecksAtOnceMax)
      throw new Fault('ERR_BUSY', { max: limits.catalogueChecksAtOnceMax })
    const told = await this.#ask(question)
    if (told === undefined) throw new Fault('ERR_CATALOGUE_DATA', { file: 'servers', reason: 'no answer came in time' })
    if (told[1] === 'broken') throw new Fault('ERR_CATALOGUE_DATA', { file: 'servers', reason: told[2] })
    return told[2] ?? undefined
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#isStopped = true
    this.#end()
  }

  #ask(question: CatalogueQuestion): Promise<Told | undefined> {
    return new Promise(resolve => {
      this.#lastId += 1
      const id = this.#lastId
      const cancel = this.#clock.timer(limits.catalogueCheckMs, () => {
        this.#log.warn({}, 'a question about the catalogue took too long and was given up')
        this.#end()
      })
      this.#waiting.set(id, told => {
        cancel()
        resolve(told)
      })
      this.#worker ??= this.#spawn()
      this.#worker.postMessage([id, question] satisfies Ask)
    })
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
    const path = new URL(`./checking-worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(path, { resourceLimits: { maxOldGenerationSizeMb: limits.catalogueThreadMb } })
    worker.unref()
    worker.on('message', (told: Told) => this.#settle(told[0], told))
    worker.on('error', cause => this.#log.error({ err: cause }, 'the thread of the catalogue ended with an error'))
    worker.once('exit', () => {
      if (worker === this.#worker) this.#end()
    })
    return worker
  }
}
