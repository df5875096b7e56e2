/**
 * The pages for a running gateway: made in a thread of their own, so that no call waits while tools are rated or a page
 * is written. The thread starts with the first question. Bounded: so many questions at a time, so long for each.
 */
import { extname } from 'node:path'
import type { Clock } from '../../clock.ts'
import { accepted, Fault, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Logger } from '../../log.ts'
import { AskedThread } from '../asked-thread.ts'
import type { Question, ServedFile, Told } from './serving-worker.ts'

/** What stands at a path: a file, a folder whose address ends with `/`, or nothing, with the page that says so. */
export type Served =
  | { readonly kind: 'file'; readonly file: ServedFile }
  | { readonly kind: 'folder' }
  | { readonly kind: 'missing'; readonly file: ServedFile | undefined }

export class PagesThread {
  readonly #thread: AskedThread<Question, Told>

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#thread = new AskedThread({
      ...{ clock, log },
      worker: new URL(`./serving-worker${extname(import.meta.url)}`, import.meta.url),
      atOnceMax: limits.cataloguePagesAtOnceMax,
      answerMs: limits.cataloguePageMs,
      // the tools are rated once: who asks again finds it done
      late: 'kept',
    })
  }

  /**
   * What stands at `path`, without its first `/`, of the site at `baseUrl`. Refuses with ERR_BUSY when too many ask; throws
   * Fault ERR_CATALOGUE_DATA when the catalogue cannot be made or took too long.
   */
  async find(path: string, baseUrl: string): Promise<Result<Served>> {
    if (!this.#thread.isTaking) return refused('ERR_BUSY', { max: limits.cataloguePagesAtOnceMax })
    const told = await this.#thread.ask(path, baseUrl)
    if (told === undefined)
      throw new Fault('ERR_CATALOGUE_DATA', { file: path, reason: 'the pages could not be made in time' })
    if (told[1] === 'broken') throw new Fault('ERR_CATALOGUE_DATA', { file: path, reason: told[2] })
    if (told[1] === 'folder') return accepted({ kind: 'folder' })
    return accepted({ kind: told[1], file: told[2] } as Served)
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#thread.stop()
  }
}
