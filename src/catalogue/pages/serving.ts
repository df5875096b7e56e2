/**
 * The pages for a running gateway: made in a thread of their own, so that no call waits while tools are rated or a page
 * is written. The thread starts with the first question. Bounded: so many questions at a time, so long for each.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../clock.ts'
import { accepted, Fault, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Logger } from '../../log.ts'
import type { Ask, ServedFile, Told } from './serving-worker.ts'

/** What stands at a path: a file, a folder whose address ends with `/`, or nothing, with the page that says so. */
export type Served =
  | { readonly kind: 'file'; readonly file: ServedFile }
  | { readonly kind: 'folder' }
  | { readonly kind: 'missing'; readonly file: ServedFile | undefined }

export class PagesThread {
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
   * What stands at `path`, without its first `/`, of the site at `baseUrl`. Refuses with ERR_BUSY when too many ask; throws
   * Fault ERR_CATALOGUE_DATA when the catalogue cannot be made or took too long.
   */
  async find(path: string, baseUrl: string): Promise<Result<Served>> {
    if (this.#isStopped || this.#waiting.size >= limits.cataloguePagesAtOnceMax)
      return refused('ERR_BUSY', { max: limits.cataloguePagesAtOnceMax })
    const told = await this.#ask(path, baseUrl)
    if (told === undefined)
      throw new Fault('ERR_CATALOGUE_DATA', { file: path, reason: 'the pages could not be made in time' })
    if (told[1] === 'broken') throw new Fault('ERR_CATALOGUE_DATA', { file: path, reason: told[2] })
    if (told[1] === 'folder') return accepted({ kind: 'folder' })
    return accepted({ kind: told[1], file: told[2] } as Served)
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#isStopped = true
    void this.#worker?.terminate()
    this.#loseAll()
  }

  #ask(path: string, baseUrl: string): Promise<Told | undefined> {
    return new Promise(resolve => {
      this.#lastId += 1
      const id = this.#lastId
      const cancel = this.#clock.timer(limits.cataloguePageMs, () => this.#settle(id, undefined))
      this.#waiting.set(id, told => {
        cancel()
        resolve(told)
      })
      this.#worker ??= this.#spawn()
      this.#worker.postMessage([id, path, baseUrl] satisfies Ask)
    })
  }

  #settle(id: number, told: Told | undefined): void {
    const tell = this.#waiting.get(id)
    this.#waiting.delete(id)
    tell?.(told)
  }

  #loseAll(): void {
    this.#worker = undefined
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
  }

  #spawn(): Worker {
    const path = new URL(`./serving-worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(path, { resourceLimits: { maxOldGenerationSizeMb: limits.catalogueThreadMb } })
    worker.unref()
    worker.on('message', (told: Told) => this.#settle(told[0], told))
    worker.on('error', cause => this.#log.error({ err: cause }, 'the thread of the catalogue ended with an error'))
    worker.once('exit', () => {
      if (worker === this.#worker) this.#loseAll()
    })
    return worker
  }
}
