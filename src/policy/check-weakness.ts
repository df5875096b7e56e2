/**
 * Comparisons that are weaker than they look: a requirement that more meets than its author is likely to mean, a denial
 * that can be walked around. Warnings only.
 */
import { isEvasive, isGlob } from './glob.ts'
import { isEach, plainLeaves } from './leaves.ts'
import type { Condition, Leaf, RuleSet } from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'

/** Adds a warning for every comparison of a set of rules that is weaker than it looks. */
export function checkWeakness(log: ProblemLog, set: RuleSet): void {
  const required = set.requires.flatMap(plainLeaves)
  for (const leaf of required) checkRequirement(log, leaf)
  // where `glob` is required, no value with `..` comes as far as another rule
  const plain = new Set(required.flatMap(({ op, path }) => (op === 'glob' ? [path.text] : [])))
  for (const leaf of denyingLeaves(set)) if (!plain.has(leaf.path.text)) checkWayAround(log, leaf)
}

/** The comparisons that deny a call, or stop it for a person, when they hold. */
function denyingLeaves({ requires, denials, approvals }: RuleSet): readonly Leaf[] {
  const within = (condition: Condition, holdingDenies: boolean): readonly Leaf[] => {
    if ('leaf' in condition) return holdingDenies ? [condition.leaf] : []
    if ('not' in condition) return within(condition.not, !holdingDenies)
    return ('any' in condition ? condition.any : condition.all).flatMap(inner => within(inner, holdingDenies))
  }
  return [
    ...requires.flatMap(rule => rule.conditions.flatMap(condition => within(condition, false))),
    ...[...denials, ...approvals].flatMap(rule => rule.conditions.flatMap(condition => within(condition, true))),
  ]
}

/** The start of a path is no place: `/x/../etc` is in `/etc` and does not start with it. */
function checkWayAround(log: ProblemLog, { op, value, at }: Leaf): void {
  if (op !== 'starts_with' || typeof value !== 'string') return
  if (!value.includes('/') || /^[\w+.-]+:\/\//.test(value) || isEvasive(value)) return
  const shown = value.slice(0, 60)
  const around = value.startsWith('/') ? `/x/..${shown}` : `x/../${shown}`
  // every full path starts with `/`, whatever comes then
  if (around.startsWith(shown)) return
  const glob = isGlob(value) ? '`glob`' : `\`glob\` with \`${shown}**\``
  log.warning(
    'traversal',
    pointer(at, 'value'),
    `\`${around}\` leads to the same place and does not start with this`,
    `use ${glob}, which also looks at the place a value leads to`,
  )
}

/** Requirements that hold for more than their author is likely to mean. */
function checkRequirement(log: ProblemLog, leaf: Leaf): void {
  const { op, value, path, at } = leaf
  const place = pointer(at, 'value')
  if (op === 'regex' && typeof value === 'string' && !/^(?:\(\?[a-z]+\))?(?:\^|\\A)[\s\S]*(?:\$|\\z)$/.test(value)) {
    log.warning(
      'unanchored',
      place,
      'this pattern is satisfied by any text that contains a match',
      'write `^…$` to require the whole text',
    )
  }
  if (op === 'starts_with' && typeof value === 'string' && /^[./~]/.test(value) && !isEvasive(value)) {
    log.warning(
      'traversal',
      place,
      `\`${value.slice(0, 60)}/../…\` also starts with this`,
      'use `glob`, which no value with `..` satisfies',
    )
  }
  if ((op === 'in' || op === 'contains') && Array.isArray(value) && value.length === 0 && !isEach(leaf)) {
    log.warning(
      'contradiction',
      place,
      `nothing is in an empty list: no call can pass \`${path.text}\``,
      'name the values',
    )
  }
}
