/** The comparisons of a rule. */
import type { Leaf, Rule } from './model.ts'

/** The comparisons a rule needs all of: those outside groups. */
export function plainLeaves(rule: Rule): readonly Leaf[] {
  return rule.conditions.flatMap(condition => ('leaf' in condition ? [condition.leaf] : []))
}

/** True for a comparison of the elements of a list. */
export function isEach({ path }: Leaf): boolean {
  return path.steps.some(step => 'each' in step)
}
