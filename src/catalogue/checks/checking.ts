/**
 * Questions of agents about servers and tools, answered in a thread of their own: rating a large server takes a second in
 * which no call could move. The thread starts with the first question. Bounded: so many at a time, so long for each; one
 * that does not come back is ended, and the next question starts another.
 */
import { extname } from 'node:path'
import type { Clock } from '../../clock.ts'
import { Fault } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Logger } from '../../log.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import { AskedThread } from '../asked-thread.ts'
import type { CatalogueQuestion, Told } from './checking-worker.ts'

export class CatalogueThread {
  readonly #thread: AskedThread<readonly [CatalogueQuestion], Told>

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#thread = new AskedThread({
      ...{ clock, log },
      worker: new URL(`./checking-worker${extname(import.meta.url)}`, import.meta.url),
      atOnceMax: limits.catalogueChecksAtOnceMax,
      answerMs: limits.catalogueCheckMs,
      late: 'ended',
    })
  }

  /**
   * The answer; nothing for a server or tool that is not known. Throws Fault ERR_BUSY when too many ask, and
   * ERR_CATALOGUE_DATA when the catalogue cannot be read or no answer came in time.
   */
  async ask(question: CatalogueQuestion): Promise<JsonObject | undefined> {
    if (!this.#thread.isTaking) throw new Fault('ERR_BUSY', { max: limits.catalogueChecksAtOnceMax })
    const told = await this.#thread.ask(question)
    if (told === undefined) throw new Fault('ERR_CATALOGUE_DATA', { file: 'servers', reason: 'no answer came in time' })
    if (told[1] === 'broken') throw new Fault('ERR_CATALOGUE_DATA', { file: 'servers', reason: told[2] })
    return told[2] ?? undefined
  }

  /** Ends the thread; what still waits is given up. */
  stop(): void {
    this.#thread.stop()
  }
}
