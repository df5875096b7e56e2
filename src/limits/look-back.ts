/**
 * Looks back into the ledger, so that no limit opens a fresh budget: when the gateway starts, before a policy is put in
 * force, and when the clock on the wall was set to a period that memory does not hold. Calls go on meanwhile. Refused:
 * to go on when the ledger cannot be read; then nothing has changed.
 */
import type { Logger } from '../log.ts'
import type { RecentCharges } from './charges.ts'
import type { DeclaredWindow } from './family.ts'
import type { RecountRange } from './recount.ts'
import type { Windows } from './windows.ts'

export interface LookBackDeps {
  readonly windows: Windows
  readonly log: Logger
  /** What the ledger remembers, oldest first, a part at a time. */
  readonly recent: (range: RecountRange) => AsyncIterable<readonly RecentCharges[]>
}

export class LookBack {
  readonly #deps: LookBackDeps
  #last: Promise<unknown> = Promise.resolve()
  #isGapKnown = false

  constructor(deps: LookBackDeps) {
    this.#deps = deps
    deps.windows.onGap = () => this.#closeGap()
  }

  /** Resolves when the counters of these limits hold all that counts: then they may be in force. Throws a Fault. */
  prepare(declared: readonly DeclaredWindow[]): Promise<void> {
    const next = this.#last.then(() => this.#look(declared))
    this.#last = next.catch(() => undefined)
    return next
  }

  async #look(declared: readonly DeclaredWindow[]): Promise<void> {
    const { windows, recent } = this.#deps
    this.#isGapKnown = false
    const recount = windows.recount(declared)
    if (recount === undefined) return
    try {
      for await (const part of recent(recount.range)) recount.add(part)
      recount.finish()
    } finally {
      recount.abandon()
    }
  }

  /** Calls of that limit are refused until it is done. */
  #closeGap(): void {
    if (this.#isGapKnown) return
    this.#isGapKnown = true
    this.#deps.log.warn({}, 'the clock was set: limits of its calendar are counted anew from the ledger')
    this.prepare([]).catch(err => this.#deps.log.error({ err }, 'limits could not be counted anew'))
  }
}
