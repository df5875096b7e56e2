/**
 * The scratch of one policy: what a decision has already looked up, worked out and spent. Deciding is synchronous, so one
 * desk serves every call of a policy; it is cleared after each, and nothing of a call stays behind.
 */
import { limits } from '../limits.ts'
import type { Json } from '../wire/json-types.ts'
import { foldForDeny } from '../wire/names.ts'
import type { Path } from './path.ts'
import { absent, compileReach, type Found, type Reach } from './reach.ts'
import { CallText, type Texts } from './text.ts'
import type { DecisionInput } from './verdict.ts'
import { written } from './written.ts'

const unitsPerElement = 4

/** One path of a policy (up to its first `[*]`): looked up once per decision, however many rules ask. */
export class Slot implements Texts {
  readonly #reach: Reach
  readonly #used: Slot[]
  #isFilled = false
  #value: Found = absent
  #text: CallText | undefined

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

  text(raw: string): CallText {
    if (this.#text?.raw !== raw) this.#text = new CallText(raw)
    return this.#text
  }

  clear(): void {
    this.#isFilled = false
    this.#value = absent
    this.#text = undefined
  }
}

export class Desk implements Texts {
  readonly #slots = new Map<string, Slot>()
  readonly #used: Slot[] = []
  readonly #texts = new Map<string, CallText>()
  readonly #written = { exact: new Map<Json, string>(), folded: new Map<Json, string>() }
  #left: number = limits.policyWorkMax

  /** The slot of `path`; `zone` is the IANA zone of `time.*`, one per document. */
  slot(path: Path, zone: string): Slot {
    const key = path.text.split('[*]', 1)[0] ?? ''
    const slot = this.#slots.get(key) ?? new Slot(compileReach(path, zone), this.#used)
    this.#slots.set(key, slot)
    return slot
  }

  /** For elements of lists, of which there may be many. */
  text(raw: string): CallText {
    const known = this.#texts.get(raw)
    if (known !== undefined) return known
    const text = new CallText(raw)
    if (this.#texts.size < limits.policyTextsMax) this.#texts.set(raw, text)
    return text
  }

  /** The written form of a list or object, folded or not; `undefined` when writing it takes more work than is left. */
  written(value: Json, folds: boolean): string | undefined {
    const forms = folds ? this.#written.folded : this.#written.exact
    const known = forms.get(value)
    if (known !== undefined) return known
    const text = folds ? written(value, foldForDeny) : written(value)
    if (!this.spend(text.length)) return undefined
    if (forms.size < limits.policyTextsMax) forms.set(value, text)
    return text
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
    if (this.#texts.size > 0) this.#texts.clear()
    if (this.#written.exact.size > 0) this.#written.exact.clear()
    if (this.#written.folded.size > 0) this.#written.folded.clear()
  }
}
