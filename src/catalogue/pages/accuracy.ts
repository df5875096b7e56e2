/**
 * How often the classifier is right, as measured by `npm run eval:risk` and kept in `data/pages/accuracy.json`. Read
 * leniently: without a file, or with another one, the pages say where to run the measurement.
 */
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { type Category, categories } from '../recommend.ts'

export interface CategoryScore {
  readonly category: Category
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly support: number
}

export interface MeasuredSet {
  readonly title: string
  readonly servers: number
  readonly tools: number
  readonly macroF1: number
  readonly accuracy: number
  /** Execute, Destructive or Financial tools that were rated Read. */
  readonly dangerousAsRead: number
  readonly scores: readonly CategoryScore[]
  /** Tools by the label they have and the rating they got. */
  readonly confusion: Readonly<Record<Category, Readonly<Record<Category, number>>>>
}

export interface Accuracy {
  readonly sets: readonly MeasuredSet[]
  /** What is left when a source is not read. */
  readonly ablations: readonly {
    readonly without: string
    readonly macroF1: number
    readonly dangerousAsRead: number
  }[]
}

/** Reads the result file; nothing when it holds no measured set. */
export function readAccuracy(value: Json): Accuracy | undefined {
  if (!isJsonObject(value)) return undefined
  const sets = listOf(value['sets']).flatMap(measuredSet)
  const ablations = listOf(value['ablations']).flatMap(each => {
    if (!isJsonObject(each) || typeof each['without'] !== 'string') return []
    return [
      {
        without: each['without'],
        macroF1: numberOf(each['macroF1']),
        dangerousAsRead: numberOf(each['dangerousAsRead']),
      },
    ]
  })
  return sets.length === 0 ? undefined : { sets, ablations }
}

function measuredSet(value: Json): readonly MeasuredSet[] {
  if (!isJsonObject(value) || typeof value['title'] !== 'string') return []
  const matrix = isJsonObject(value['confusion']) ? value['confusion'] : {}
  const row = (label: Category) => {
    const own = isJsonObject(matrix[label]) ? matrix[label] : {}
    return Object.fromEntries(categories.map(given => [given, numberOf(own[given])])) as Record<Category, number>
  }
  return [
    {
      title: value['title'],
      servers: numberOf(value['servers']),
      tools: numberOf(value['tools']),
      macroF1: numberOf(value['macroF1']),
      accuracy: numberOf(value['accuracy']),
      dangerousAsRead: numberOf(value['dangerousAsRead']),
      scores: categories.flatMap(category => scoreIn(value['scores'], category)),
      confusion: Object.fromEntries(categories.map(label => [label, row(label)])) as MeasuredSet['confusion'],
    },
  ]
}

function scoreIn(value: Json | undefined, category: Category): readonly CategoryScore[] {
  const own = isJsonObject(value) ? value[category] : undefined
  if (!isJsonObject(own)) return []
  const of = (key: string) => numberOf(own[key])
  return [{ category, precision: of('precision'), recall: of('recall'), f1: of('f1'), support: of('support') }]
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
