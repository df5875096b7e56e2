/** The formula of a server's grade in words, written from the numbers it is computed with. */
import { gradeFormula } from '../classify/grade.ts'
import { categories } from '../recommend.ts'
import { grouped } from './words.ts'

/** What points are taken off for, and how many. */
export function deductionRows(): readonly (readonly [reason: string, points: string])[] {
  const { average, grave, hidden, instructions, contradictions, undescribed, unmarked, cost } = gradeFormula
  return [
    [average.reason, `${average.factor} × mean weight of its tools, at most ${average.max}`],
    [grave.reason, `${grave.factor} × log₂(1 + their number), at most ${grave.max}`],
    [hidden.reason, String(hidden.points)],
    [`${instructions.reason} (serious ones)`, `${instructions.each} a tool, at most ${instructions.max}`],
    [`${contradictions.reason} (serious ones)`, `${contradictions.each} a tool, at most ${contradictions.max}`],
    [undescribed.reason, `${undescribed.max} × their share`],
    [unmarked.reason, `${unmarked.max} × their share`],
    [cost.reason, `1 for every ${grouped(cost.step)} beyond the first ${grouped(cost.free)}, at most ${cost.max}`],
  ]
}

/** The weight of one tool, flags in backticks. */
export function weightSentence(): string {
  const { categoryWeight, weightyFlags, toolWeightMax } = gradeFormula
  const weights = categories.map(each => `${each} ${categoryWeight[each]}`).join(', ')
  const flags = weightyFlags.map(flag => `\`${flag}\``)
  return `The weight of a tool: ${weights}, and one more for each of ${flags.slice(0, -1).join(', ')} and ${flags.at(-1)}; at most ${toolWeightMax}.`
}

/** From how many points each grade is given, and what caps it. */
export function thresholdSentences(): string {
  const { thresholds, bestWhenPoisoned } = gradeFormula
  const grades = thresholds.map(([grade, least]) => `${grade} from ${least}`).join(', ')
  return `${grades}, else F. A server with hidden text or serious instructions to the model is a ${bestWhenPoisoned} at best.`
}
