/**
 * From effects to one category: sources agree or not, and the worst effect that is likely enough wins (guidelines,
 * "Precedence"). What nothing speaks for is unknown, and the unknown is the worse of its candidates.
 */

import { type Category, categories, rankOf, worstOf } from './lexicon/senses.ts'
import type { Effect, Source } from './reading.ts'

/** What was decided and how near the others came. */
export interface Ruling {
  readonly category: Category
  /** 0…1 per category: how likely it is that the tool can do this. */
  readonly scores: Readonly<Record<Category, number>>
  readonly runnerUp: Category
  /** No effect was likely enough; the category is the worse of the candidates. */
  readonly isGuess: boolean
  /** A careful reader could take this one instead: a sense or phrase said so. */
  readonly also: Category | undefined
  readonly deciding: readonly Effect[]
}

const sources: readonly Source[] = ['name', 'description', 'schema', 'annotation']
const clearReadScore = 0.93

/** The numbers of the decision; the evaluation varies them to see what hangs on them. */
export interface Thresholds {
  /** From here on an effect is likely enough to decide. */
  readonly deciding: number
  /** An effect that stands against a clearly reading tool has to be this likely. */
  readonly contradicting: number
}

/** The numbers in force. */
export const thresholds: Thresholds = { deciding: 0.5, contradicting: 0.62 }

/** Decides. Deterministic: the order of effects does not matter. */
export function ruleOn(effects: readonly Effect[], { deciding, contradicting }: Thresholds = thresholds): Ruling {
  const scores = Object.fromEntries(categories.map(each => [each, scoreOf(each, effects)])) as Record<Category, number>
  const least = scores.Read >= clearReadScore ? contradicting : deciding
  const likely = categories.filter(each => each !== 'Read' && scores[each] >= least)
  const isFree = effects.some(
    each => each.category === 'Execute' && each.source === 'schema' && each.strength >= freeArgumentStrength,
  )
  const isNamed = effects.some(
    each => each.source === 'name' && rankOf[each.category] > rankOf.Execute && each.strength >= deciding,
  )
  const chosen = isFree && !isNamed && likely.includes('Execute') ? 'Execute' : worstOf(likely)
  if (chosen !== undefined) return ruling(chosen, scores, effects, false)
  if (scores.Read >= deciding) return ruling('Read', scores, effects, false)
  const candidates = categories.filter(each => scores[each] >= candidateScore)
  return ruling(worstOf(candidates) ?? 'Write', scores, effects, true)
}

/** A free argument that is code: what it could also do is no reason for a worse category (guidelines, "Precedence"). */
const freeArgumentStrength = 0.85
/** Below this a category is not even a candidate for the unknown. */
const candidateScore = 0.2

/** Sources that agree add up; within one source the strongest reason counts. */
function scoreOf(category: Category, effects: readonly Effect[]): number {
  let doubt = 1
  for (const source of sources) {
    let strongest = 0
    for (const each of effects)
      if (each.category === category && each.source === source && each.strength > strongest) strongest = each.strength
    doubt *= 1 - strongest
  }
  return 1 - doubt
}

function ruling(
  category: Category,
  scores: Record<Category, number>,
  effects: readonly Effect[],
  isGuess: boolean,
): Ruling {
  const deciding = effects.filter(each => each.category === category).toSorted((a, b) => b.strength - a.strength)
  const also = deciding.find(each => each.also !== undefined && each.strength >= candidateScore)?.also
  const others = categories.filter(each => each !== category)
  const second = others.toSorted((a, b) => scores[b] - scores[a] || rankOf[b] - rankOf[a])[0] as Category
  const neighbour: Category = category === 'Read' ? 'Write' : category === 'Write' ? 'Read' : 'Write'
  const runnerUp = scores[second] >= candidateScore ? second : (also ?? neighbour)
  return { category, scores, runnerUp: runnerUp === category ? neighbour : runnerUp, isGuess, also, deciding }
}
