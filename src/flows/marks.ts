/**
 * Who has brought what in, and how long ago: one mark per principal, grant and label, across all servers of the grant.
 * A call marks from before it leaves until its answer has been given, and from then on the mark grows old. Promises:
 * no mark looks older than it is, after a restart or when there are too many to remember; times are steady.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import { type SourceLabel, sourceLabels } from '../policy/model.ts'
import type { DecisionInput } from '../policy/verdict.ts'

/** Whose call: marks of two grants of one principal are apart. */
export interface Marked {
  readonly principal: string
  /** The grant's name, as the ledger has it. */
  readonly grant: string
}

/** What one call brought in, as the ledger remembers it. */
export interface RecentMarks extends Marked {
  /** When it was recorded, on this process's steady clock: before the start it may be negative. */
  readonly steadyMs: number
  readonly labels: readonly string[]
}

interface Mark {
  /** Calls under way. */
  open: number
  /** When the last one ended. */
  endedMs: number
}

type Sheet = Partial<Record<SourceLabel, Mark>>

const nothing = (): void => undefined

export class Marks {
  readonly #clock: Clock
  /** The least recently marked first. */
  readonly #sheets = new Map<string, Sheet>()
  /** What was forgotten for want of room was last marked then: whoever is not known may have been. */
  readonly #forgotten: Partial<Record<SourceLabel, number>> = {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Marks from now until the returned function is called, and counts the age from there. */
  begin(who: Marked, labels: readonly SourceLabel[]): () => void {
    if (labels.length === 0) return nothing
    const marks = labels.map(label => this.#mark(who, label))
    for (const mark of marks) mark.open += 1
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      for (const mark of marks) {
        mark.open -= 1
        mark.endedMs = this.#clock.steadyMs()
      }
      this.#makeRoom()
    }
  }

  /** The ages of this caller's marks in ms, as a decision takes them. Older ones than any flow looks at are left out. */
  recent(who: Marked): DecisionInput['recent'] {
    const sheet = this.#sheets.get(keyOf(who))
    const ages: { [Label in SourceLabel]?: number } = {}
    for (const label of sourceLabels) {
      const ageMs = this.#ageMs(sheet?.[label], this.#forgotten[label])
      if (ageMs < limits.policyFlowMsMax) ages[label] = ageMs
    }
    return Object.keys(ages).length === 0 ? undefined : ages
  }

  /** Takes in what the ledger remembers. The later of two marks stays. */
  restore(found: Iterable<RecentMarks>): void {
    for (const { labels, steadyMs, ...who } of found) {
      for (const label of sourceLabels) {
        if (!labels.includes(label)) continue
        const mark = this.#mark(who, label)
        mark.endedMs = Math.max(mark.endedMs, steadyMs)
      }
    }
    this.#makeRoom()
  }

  #ageMs(mark: Mark | undefined, forgottenMs: number | undefined): number {
    if (mark !== undefined && mark.open > 0) return 0
    const endedMs = Math.max(mark?.endedMs ?? Number.NEGATIVE_INFINITY, forgottenMs ?? Number.NEGATIVE_INFINITY)
    return Math.max(0, this.#clock.steadyMs() - endedMs)
  }

  #mark(who: Marked, label: SourceLabel): Mark {
    const key = keyOf(who)
    const sheet = this.#sheets.get(key) ?? {}
    this.#sheets.delete(key)
    this.#sheets.set(key, sheet)
    const mark = sheet[label] ?? { open: 0, endedMs: Number.NEGATIVE_INFINITY }
    sheet[label] = mark
    return mark
  }

  /** Drops the least recently marked callers, except those with a call under way, and remembers when that was. */
  #makeRoom(): void {
    for (const [key, sheet] of this.#sheets) {
      if (this.#sheets.size <= limits.flowMarksMax) return
      if (sourceLabels.some(label => (sheet[label]?.open ?? 0) > 0)) continue
      this.#sheets.delete(key)
      for (const label of sourceLabels) {
        const endedMs = sheet[label]?.endedMs
        if (endedMs !== undefined)
          this.#forgotten[label] = Math.max(this.#forgotten[label] ?? Number.NEGATIVE_INFINITY, endedMs)
      }
    }
  }
}

/** A grant's name holds no line break. */
function keyOf({ principal, grant }: Marked): string {
  return `${grant}\n${principal}`
}
