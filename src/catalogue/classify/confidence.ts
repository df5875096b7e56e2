/**
 * How sure a rating is: the share of labelled tools in the same situation whose label is exactly the category given
 * (measured over the tools of eval/, see docs/reference/risk-method.md). A situation is how many sources speak for the
 * category and whether something speaks for another one; six situations, six numbers.
 */

import type { Ruling } from './category.ts'
import { categories } from './lexicon/senses.ts'
import type { Reading } from './reading.ts'

/** The situations a rating can be made in. */
export const situations = ['clear', 'single', 'ambiguous-agreed', 'ambiguous-single', 'contested', 'guess'] as const
/** One of `situations`. */
export type Situation = (typeof situations)[number]

/** Measured shares, rounded down to hundredths. */
export const confidenceOf: Readonly<Record<Situation, number>> = {
  clear: 0.97,
  single: 0.85,
  'ambiguous-agreed': 0.89,
  'ambiguous-single': 0.87,
  contested: 0.77,
  guess: 0.45,
}

/** The situation a ruling was made in. */
export function situationOf(ruling: Ruling, { effects }: Reading): Situation {
  if (ruling.isGuess) return 'guess'
  const speaks = (source: string) =>
    effects.some(
      each => each.source === source && each.category === ruling.category && each.strength >= agreeingStrength,
    )
  const agreeing = ['name', 'description', 'schema'].filter(speaks).length
  const rival = Math.max(...categories.filter(each => each !== ruling.category).map(each => ruling.scores[each]))
  if (rival >= rivalScore) return 'contested'
  if (ruling.also !== undefined) return agreeing >= 2 ? 'ambiguous-agreed' : 'ambiguous-single'
  return agreeing >= 2 ? 'clear' : 'single'
}

const agreeingStrength = 0.5
const rivalScore = 0.5
