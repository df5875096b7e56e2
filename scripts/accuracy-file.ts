/**
 * `data/pages/accuracy.json`: what `npm run eval:risk` measures, for the method page of the catalogue. Totals only. A test
 * holds the file equal to a fresh measurement.
 */
import { categories } from '../src/catalogue/classify/lexicon/senses.ts'
import { type LabelledServer, type LabelSet, labelledServers } from './risk-labels.ts'
import { categoryScores, confusionOf, dangerousAsRead, judge, macroF1 } from './risk-score.ts'

/** Where it lies in the repository. */
export const accuracyFile = 'data/pages/accuracy.json'

const titles: readonly (readonly [LabelSet, string])[] = [
  ['public', 'Public labels'],
  ['own', 'Our labels, used while developing'],
  ['later', 'Our labels, made after the first rules'],
  ['sealed', 'Our labels, of which only totals were looked at, but for two tools rated too mildly'],
  ['fresh', 'Servers of vendors and others, labelled blind, rich in rare classes'],
  ['written', 'Definitions we wrote ourselves, forty domains'],
]

/** The text of the file. */
export function accuracyText(): string {
  const labelled = labelledServers('public')
  const sets = titles.map(([set, title]) => measured(title, labelledServers(set)))
  const ablations = [
    ['nothing', {}],
    ['annotations', { annotations: true }],
    ['descriptions', { description: true }],
    ['names', { name: true }],
  ] as const
  return `${JSON.stringify(
    {
      sets,
      ablations: ablations.map(([without, ignored]) => {
        const outcomes = judge(labelled, { ignored })
        return { without, macroF1: rounded(macroF1(outcomes)), dangerousAsRead: dangerousAsRead(outcomes).length }
      }),
    },
    null,
    1,
  )}\n`
}

function measured(title: string, servers: readonly LabelledServer[]) {
  const outcomes = judge(servers)
  const scores = categoryScores(outcomes)
  return {
    title,
    servers: servers.length,
    tools: outcomes.length,
    macroF1: rounded(macroF1(outcomes)),
    accuracy: rounded(outcomes.filter(({ isRight }) => isRight).length / Math.max(1, outcomes.length)),
    dangerousAsRead: dangerousAsRead(outcomes).length,
    scores: Object.fromEntries(
      categories.flatMap(category => {
        const own = scores.get(category)
        if (own === undefined) return []
        const { precision, recall, f1, support } = own
        return [[category, { precision: rounded(precision), recall: rounded(recall), f1: rounded(f1), support }]]
      }),
    ),
    confusion: confusionOf(outcomes),
  }
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
