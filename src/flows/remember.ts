/**
 * Reads back from the ledger who has brought what in, before a policy looks at it: when the gateway starts, and when a
 * policy that looks further back is put in force. Refused: to go on when the ledger cannot be read; then the policy is
 * not put in force.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Marks, RecentMarks } from './marks.ts'

export interface MemoryDeps {
  readonly marks: Marks
  readonly clock: Clock
  /** Calls that left marks and began at most so long ago, a part at a time. */
  readonly marked: (ageMs: number) => AsyncIterable<readonly RecentMarks[]>
}

export class MarkMemory {
  readonly #deps: MemoryDeps
  /** From this moment of the steady clock on, every mark is known. */
  #knownFromMs: number

  constructor(deps: MemoryDeps) {
    this.#deps = deps
    this.#knownFromMs = deps.clock.steadyMs()
  }

  /** Resolves when every mark of the last `withinMs` is known. Throws a Fault. */
  async prepare(withinMs: number): Promise<void> {
    const { marks, clock, marked } = this.#deps
    const fromMs = clock.steadyMs() - withinMs
    if (withinMs <= 0 || fromMs >= this.#knownFromMs) return
    // a mark grows old from the end of its call, which may have begun long before
    for await (const part of marked(withinMs + limits.callTotalMs)) marks.restore(part)
    this.#knownFromMs = Math.min(this.#knownFromMs, fromMs)
  }
}
