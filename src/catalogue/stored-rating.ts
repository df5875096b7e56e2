/**
 * The rating that stands in a file of `data/servers`: what searching and listing need without rating anew. Evidence is
 * left out; it follows from the definitions beside it, and so does everything here (test/pins/catalogue-data.test.ts).
 */
import { isJsonObject, type Json } from '../wire/json-types.ts'
import type { RatedServer, RatedTool } from './classify/classify.ts'
import type { Grade } from './classify/grade.ts'
import type { Category } from './classify/lexicon/senses.ts'

export type StoredTool = Pick<RatedTool, 'name' | 'category' | 'severity' | 'flags' | 'confidence'>

export interface StoredRating {
  readonly grade: Grade
  /** 0…100. */
  readonly points: number
  readonly totals: Readonly<Record<Category, number>>
  /** o200k tokens of all definitions. */
  readonly tokens: number
  /** In the order of the definitions. */
  readonly tools: readonly StoredTool[]
}

/** What is kept of a rating. */
export function storedRating({ grade, totals, tokens, tools }: RatedServer): StoredRating {
  return {
    grade: grade.grade,
    points: grade.points,
    totals,
    tokens: tokens ?? 0,
    tools: tools.map(({ name, category, severity, flags, confidence }) => ({
      ...{ name, category, severity, flags, confidence },
    })),
  }
}

/** The `classified` of a record; nothing where there is none. Its form is that of `storedRating`: we wrote it. */
export function readStoredRating(value: Json | undefined): StoredRating | undefined {
  return value !== undefined && isJsonObject(value) ? (value as unknown as StoredRating) : undefined
}
