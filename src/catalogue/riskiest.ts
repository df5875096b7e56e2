/** The order in which tools are shown to whoever wants to know what to look at: what can do most harm first. */
import { weightOf } from './classify/grade.ts'
import { severities } from './classify/lexicon/senses.ts'
import type { StoredTool } from './stored-rating.ts'

/** By severity, then by what weighs in the grade, then by name. */
export function riskiestFirst<T extends Omit<StoredTool, 'confidence'>>(tools: readonly T[]): readonly T[] {
  return tools.toSorted(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      weightOf(b) - weightOf(a) ||
      (a.name < b.name ? -1 : 1),
  )
}
