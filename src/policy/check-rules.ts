/**
 * What is surely a mistake in a document that can be read: rules that never decide, requirements that contradict one
 * another, limits that can never be reached, comparisons weaker than they look. Warnings only; the document loads.
 */

import { foldForDeny } from '../wire/names.ts'
import { checkWeakness } from './check-weakness.ts'
import { compileGlob, isGlob } from './glob.ts'
import { isEach, plainLeaves } from './leaves.ts'
import type { Condition, Entry, Leaf, LimitRule, Model, Rule, RuleSet } from './model.ts'
import { isSame } from './operators.ts'
import type { ProblemLog } from './problem.ts'

export function checkRules(log: ProblemLog, model: Model): void {
  checkSet(log, model.allTools)
  const hiding = hidingOf(model)
  for (const entry of model.entries) {
    checkEntry(log, hiding(entry.name), entry)
    checkSet(log, entry)
  }
}

function checkEntry(log: ProblemLog, hiding: { readonly at: string } | undefined, entry: Entry): void {
  if (hiding !== undefined) {
    log.warning(
      'dead-entry',
      entry.at,
      `\`${entry.name}\` is hidden by ${hiding.at}: nothing else said about it is ever used`,
      'remove one of the two',
      'key',
    )
  }
  const rules = [...entry.requires, ...entry.denials, ...entry.approvals]
  const [first] = [...rules, ...entry.limits]
  if ((entry.action === 'deny' || entry.action === 'hide') && first !== undefined) {
    log.warning(
      'dead-rule',
      first.at,
      `never tried: \`action: ${entry.action}\` comes before it`,
      'remove the action or the rules',
      'key',
    )
  }
}

/** Finds what hides a tool: an exact name, else the first glob. */
function hidingOf(model: Model): (tool: string) => { readonly at: string } | undefined {
  const folded = model.hide.map(({ name, at }) => ({ name: foldForDeny(name), at }))
  const names = new Map(folded.toReversed().map(each => [each.name, each]))
  const globs = folded
    .filter(({ name }) => isGlob(name))
    .map(({ name, at }) => ({ at, matches: name === '*' ? () => true : compileGlob(name).matches }))
  return tool => names.get(foldForDeny(tool)) ?? globs.find(({ matches }) => matches(foldForDeny(tool)))
}

function checkSet(log: ProblemLog, set: RuleSet): void {
  checkConditionless(log, set)
  checkRepeated(log, [...set.requires, ...set.denials])
  checkRequirements(log, set)
  checkWeakness(log, set)
  checkLimits(log, set.limits)
  const withholding = set.results?.denials ?? []
  checkConditionless(log, { requires: [], denials: withholding })
  checkRepeated(log, withholding)
}

function isUnconditional(rule: Rule): boolean {
  return rule.conditions.length === 0 && rule.when === undefined
}

function checkConditionless(log: ProblemLog, { requires, denials }: Pick<RuleSet, 'requires' | 'denials'>): void {
  for (const rule of requires) {
    if (isUnconditional(rule))
      log.warning(
        'dead-rule',
        rule.at,
        'a `require` without conditions requires nothing',
        'add a condition, or remove it',
      )
  }
  const always = denials.findIndex(isUnconditional)
  const after = denials[always + 1]
  if (always !== -1 && after !== undefined) {
    log.warning(
      'dead-rule',
      after.at,
      `never decides: ${denials[always]?.at} denies every call`,
      'remove one of the two',
    )
  }
}

function checkRepeated(log: ProblemLog, rules: readonly Rule[]): void {
  const seen = new Map<string, string>()
  for (const rule of rules) {
    if (isUnconditional(rule)) continue
    const list = rule.at.split('/').at(-2) ?? ''
    const key = `${list} ${JSON.stringify([rule.conditions.map(textOf), rule.when ?? null])}`
    const earlier = seen.get(key)
    if (earlier !== undefined) log.warning('dead-rule', rule.at, `says the same as ${earlier}`, 'remove one of the two')
    else seen.set(key, rule.at)
  }
}

function textOf(condition: Condition): unknown {
  if ('leaf' in condition) return [condition.leaf.path.text, condition.leaf.op, condition.leaf.value]
  if ('not' in condition) return { not: textOf(condition.not) }
  return 'any' in condition ? { any: condition.any.map(textOf) } : { all: condition.all.map(textOf) }
}

/** What all requirements leave open at one path. */
interface Span {
  low: number
  high: number
  lowOpen: boolean
  highOpen: boolean
  equal?: Leaf
  exists?: Leaf
}

function checkRequirements(log: ProblemLog, { requires, denials }: RuleSet): void {
  const spans = new Map<string, Span>()
  for (const leaf of requires.flatMap(plainLeaves)) {
    const span = spans.get(leaf.path.text) ?? {
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      lowOpen: false,
      highOpen: false,
    }
    spans.set(leaf.path.text, span)
    // an empty list meets whatever is required of its elements
    const clash = narrow(span, leaf) && !isEach(leaf)
    if (clash)
      log.warning(
        'contradiction',
        leaf.at,
        `no call can pass: nothing satisfies this and the other requirements on \`${leaf.path.text}\``,
        'change one of the requirements',
      )
  }
  for (const rule of denials) {
    const [leaf, ...more] = plainLeaves(rule)
    const span = leaf === undefined ? undefined : spans.get(leaf.path.text)
    if (leaf === undefined || more.length > 0 || rule.conditions.length > 1 || span === undefined) continue
    // an expression beside the condition may err, and then it denies
    if (rule.when !== undefined) continue
    if (isOutside(span, leaf)) {
      log.warning(
        'dead-rule',
        rule.at,
        `never denies anything: what \`require\` says of \`${leaf.path.text}\` already excludes it`,
        'remove it, or widen the requirement',
      )
    }
  }
}

/** Takes one requirement in; true if nothing is left. */
function narrow(span: Span, leaf: Leaf): boolean {
  const { op, value } = leaf
  if (op === 'exists') {
    const clash = span.exists !== undefined && span.exists.value !== value
    span.exists ??= leaf
    return clash
  }
  if (op === 'eq') {
    const clash = span.equal !== undefined && !isSame(span.equal.value, value)
    span.equal ??= leaf
    return clash || (typeof value === 'number' && !holdsNumber(span, value))
  }
  if (typeof value !== 'number') return false
  if ((op === 'gt' || op === 'gte') && (value > span.low || (value === span.low && op === 'gt'))) {
    span.low = value
    span.lowOpen = op === 'gt'
  }
  if ((op === 'lt' || op === 'lte') && (value < span.high || (value === span.high && op === 'lt'))) {
    span.high = value
    span.highOpen = op === 'lt'
  }
  const isEmpty = span.low > span.high || (span.low === span.high && (span.lowOpen || span.highOpen))
  return isEmpty || (typeof span.equal?.value === 'number' && !holdsNumber(span, span.equal.value))
}

function holdsNumber({ low, high, lowOpen, highOpen }: Span, value: number): boolean {
  return (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high)
}

/** True if no number that passed the requirements can satisfy `leaf`. */
function isOutside({ low, high, lowOpen, highOpen }: Span, { op, value }: Leaf): boolean {
  if (typeof value !== 'number') return false
  if (op === 'gt') return high <= value
  if (op === 'gte') return high < value || (high === value && highOpen)
  if (op === 'lt') return low >= value
  if (op === 'lte') return low > value || (low === value && lowOpen)
  return op === 'eq' && (value < low || value > high)
}

function checkLimits(log: ProblemLog, limits: readonly LimitRule[]): void {
  for (const [index, limit] of limits.entries()) {
    for (const other of limits.slice(0, index)) {
      if (other.counter !== limit.counter || other.scope !== limit.scope || other.key?.text !== limit.key?.text)
        continue
      if (other.incrementFrom?.text !== limit.incrementFrom?.text) {
        log.warning(
          'mixed-counter',
          limit.at,
          `the counter \`${limit.counter}\` counts different things here and in ${other.at}`,
          'give each its own counter',
        )
        continue
      }
      if (other.settleFrom !== limit.settleFrom) {
        log.warning(
          'mixed-counter',
          limit.at,
          `the counter \`${limit.counter}\` is settled from another figure here than in ${other.at}: the largest counts`,
          'write the same `settle_from` in both, or give each its own counter',
        )
      }
      if (other.calendar?.unit !== limit.calendar?.unit || other.calendar?.zone !== limit.calendar?.zone) continue
      const [looser, tighter] = covers(other, limit) ? [limit, other] : covers(limit, other) ? [other, limit] : []
      if (looser !== undefined && tighter !== undefined) {
        log.warning(
          'dead-limit',
          looser.at,
          `never reached: ${tighter.at} lets no more through in a window at least as long`,
          'remove it, or lower its `max`',
        )
      }
    }
  }
}

/** True if `tighter` always refuses first. */
function covers(tighter: LimitRule, looser: LimitRule): boolean {
  return tighter.windowMs >= looser.windowMs && tighter.max <= looser.max
}
