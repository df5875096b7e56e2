/**
 * The scratch of one policy: what a decision has already looked up, folded and spent. Deciding is synchronous, so one
 * desk serves every call of a policy; it is cleared after each, and nothing of a call stays behind.
 */
import { limits } from '../limits.ts'
import { foldForDeny } from '../wire/names.ts'
import type { Path } from './path.ts'
import { absent, compileReach, type Found, type Reach } from './reach.ts'
import type { DecisionInput } from './verdict.ts'

const unitsPerElement = 4

/** Folds texts for a deny comparison, each at most once per decision. */
export interface Folder {
  fold(text: string): string
}

/** One path of a policy (up to its first `[*]`): looked up once per decision, however many rules ask. */
export class Slot implements Folder {
  readonly #reach: Reach
  readonly #used: Slot[]
  #isFilled = false
  #value: Found = absent
  #text: string | undefined
  #folded = ''

  constructor(reach: Reach, used: Slot[]) {
    this.#reach = reach
    this.#used = used
  }

  read(input: DecisionInput): Found {
    if (this.#isFilled) return this.#value
    this.#value = this.#reach(input)
    this.#isFilled = true
    this.#used.push(this)
    return this.#value
  }

  fold(text: string): string {
    if (this.#text !== text) {
      this.#folded = foldForDeny(text)
      this.#text = text
    }
    return this.#folded
  }

  clear(): void {
    this.#isFilled = false
    this.#value = absent
    this.#text = undefined
    this.#folded = ''
  }
}

export class Desk implements Folder {
  readonly #slots = new Map<string, Slot>()
  readonly #used: Slot[] = []
  readonly #folds = new Map<string, string>()
  #left: number = limits.policyWorkMax

  /** The slot of `path`; `zone` is the IANA zone of `time.*`, one per document. */
  slot(path: Path, zone: string): Slot {
    const key = path.text.split('[*]', 1)[0] ?? ''
    const slot = this.#slots.get(key) ?? new Slot(compileReach(path, zone), this.#used)
    this.#slots.set(key, slot)
    return slot
  }

  /** For elements of lists, of which there may be many. */
  fold(text: string): string {
    const known = this.#folds.get(text)
    if (known !== undefined) return known
    const folded = foldForDeny(text)
    if (this.#folds.size < limits.policyFoldsMax) this.#folds.set(text, folded)
    return folded
  }

  /** True once the decision has used up its work. */
  get isSpent(): boolean {
    return this.#left < 0
  }

  /** `spend` for the elements of a list, each of which is looked up, compared and perhaps folded. */
  spendElements(count: number): boolean {
    return this.spend(count * unitsPerElement)
  }

  /** Takes `units` of work; false when the decision has used up what it may. */
  spend(units: number): boolean {
    this.#left -= units
    return this.#left >= 0
  }

  /** For the next decision. */
  clear(): void {
    this.forget()
    this.#left = limits.policyWorkMax
  }

  /** For another call within the same decision: what was looked up goes, the work stays spent. */
  forget(): void {
    for (const slot of this.#used) slot.clear()
    this.#used.length = 0
    if (this.#folds.size > 0) this.#folds.clear()
  }
}
