/**
 * Scores of the classifier against labels: confusion, precision, recall and F1 per category and flag, macro-F1, the share
 * of right answers per situation. Pure; `eval-risk.ts` prints, `test/pins/risk.test.ts` holds the floors.
 */

import { type Thresholds, thresholds } from '../src/catalogue/classify/category.ts'
import { type ClassifyOptions, classifyTools, type RatedTool } from '../src/catalogue/classify/classify.ts'
import { flagNames, type RiskFlag } from '../src/catalogue/classify/evidence.ts'
import { type Category, categories } from '../src/catalogue/classify/lexicon/senses.ts'
import type { LabelledServer, RiskLabel } from './risk-labels.ts'

/** One labelled tool and what it was rated. */
export interface Outcome {
  readonly label: RiskLabel
  readonly rated: RatedTool
  /** The label itself, or a category in `also`. */
  readonly isRight: boolean
}

/** Rates every labelled tool among its siblings. */
export function judge(servers: readonly LabelledServer[], options: ClassifyOptions = {}): readonly Outcome[] {
  return servers.flatMap(({ definitions, labels }) =>
    classifyTools(definitions, options).tools.flatMap(rated => {
      const label = labels.get(rated.name)
      if (label === undefined) return []
      return [{ label, rated, isRight: rated.category === label.category || label.also.includes(rated.category) }]
    }),
  )
}

export interface Scores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Tools that are of the class. */
  readonly support: number
}

/** Rows: the truth; columns: what was given. A prediction in `also` counts as the truth. */
export function confusionOf(
  outcomes: readonly Outcome[],
): Readonly<Record<Category, Readonly<Record<Category, number>>>> {
  const empty = () => Object.fromEntries(categories.map(each => [each, 0])) as Record<Category, number>
  const matrix = Object.fromEntries(categories.map(each => [each, empty()])) as Record<
    Category,
    Record<Category, number>
  >
  for (const { label, rated, isRight } of outcomes)
    matrix[isRight ? rated.category : label.category][rated.category] += 1
  return matrix
}

/** Scores per category; nothing for a category that neither occurs nor was given. */
export function categoryScores(outcomes: readonly Outcome[]): ReadonlyMap<Category, Scores> {
  const matrix = confusionOf(outcomes)
  const found = new Map<Category, Scores>()
  for (const each of categories) {
    const hits = matrix[each][each]
    const given = categories.reduce((sum, row) => sum + matrix[row][each], 0)
    const support = categories.reduce((sum, column) => sum + matrix[each][column], 0)
    if (given + support > 0) found.set(each, scoresOf(hits, given, support))
  }
  return found
}

/** Mean F1 over the categories that are labelled; one that is only given wrongly shows in the recall of the others. */
export function macroF1(outcomes: readonly Outcome[]): number {
  const all = [...categoryScores(outcomes).values()].filter(each => each.support > 0)
  return all.reduce((sum, each) => sum + each.f1, 0) / Math.max(1, all.length)
}

/** Scores per flag. */
export function flagScores(outcomes: readonly Outcome[]): ReadonlyMap<RiskFlag, Scores> {
  return new Map(
    flagNames.map(flag => {
      const truth = outcomes.filter(({ label }) => label.flags.includes(flag))
      const given = outcomes.filter(({ rated }) => rated.flags.includes(flag))
      const hits = truth.filter(({ rated }) => rated.flags.includes(flag)).length
      return [flag, scoresOf(hits, given.length, truth.length)] as const
    }),
  )
}

function scoresOf(hits: number, given: number, support: number): Scores {
  const precision = given === 0 ? 0 : hits / given
  const recall = support === 0 ? 0 : hits / support
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    support,
  }
}

/** Tools labelled Execute, Destructive or Financial that were rated Read although no careful reader would: none may be. */
export function dangerousAsRead(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(
    ({ label, rated, isRight }) => !isRight && rated.category === 'Read' && !['Read', 'Write'].includes(label.category),
  )
}

/** Servers dealt into `count` folds, the larger ones first, each to the fold that holds fewest tools. */
export function foldsOf(servers: readonly LabelledServer[], count: number): readonly (readonly LabelledServer[])[] {
  const folds: LabelledServer[][] = Array.from({ length: count }, () => [])
  const sizeOf = (fold: readonly LabelledServer[]) => fold.reduce((sum, each) => sum + each.labels.size, 0)
  const ordered = servers.toSorted((a, b) => b.labels.size - a.labels.size || (a.name < b.name ? -1 : 1))
  for (const server of ordered) folds.toSorted((a, b) => sizeOf(a) - sizeOf(b))[0]?.push(server)
  return folds
}

/** The numbers that could be tuned, on a grid around the ones in force. */
export const thresholdGrid: readonly Thresholds[] = [0.4, 0.45, 0.5, 0.55, 0.6].flatMap(deciding =>
  [0.56, 0.62, 0.68].map(contradicting => ({ deciding, contradicting })),
)

/** The numbers that do best on some servers; of equals the ones nearest to those in force. */
export function tunedOn(servers: readonly LabelledServer[]): Thresholds {
  const distance = (each: Thresholds) =>
    Math.abs(each.deciding - thresholds.deciding) + Math.abs(each.contradicting - thresholds.contradicting)
  return thresholdGrid
    .map(each => ({ each, score: macroF1(judge(servers, { thresholds: each })) }))
    .toSorted((a, b) => b.score - a.score || distance(a.each) - distance(b.each))
    .map(({ each }) => each)[0] as Thresholds
}

/** How often a confidence was right: the label itself, not only one of `also`. */
export function calibrationOf(
  outcomes: readonly Outcome[],
): ReadonlyMap<number, { readonly right: number; readonly all: number }> {
  const found = new Map<number, { right: number; all: number }>()
  for (const { label, rated } of outcomes) {
    const row = found.get(rated.confidence) ?? { right: 0, all: 0 }
    found.set(rated.confidence, { right: row.right + Number(rated.category === label.category), all: row.all + 1 })
  }
  return new Map([...found].toSorted(([a], [b]) => b - a))
}
