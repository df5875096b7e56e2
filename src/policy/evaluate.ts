/**
 * Conditions, groups and rules as functions of a call. Three-valued with errors on top: `missing` is never true, not
 * even negated; an error anywhere in a rule is the rule's answer, whatever the rest says.
 * `[*]`: where holding lets the call through it must hold for every element, where holding denies for any.
 */
import type { Json } from '../wire/json-types.ts'
import type { Desk } from './desk.ts'
import type { Condition, Leaf, Rule } from './model.ts'
import { type Comparison, compileComparison, error, missing, no, type Sense, type Truth, yes } from './operators.ts'
import { answerRoots, type Step } from './path.ts'
import { absent, broken, type Found, follow, stepsBehindEach } from './reach.ts'
import type { Texts } from './text.ts'
import type { DecisionInput } from './verdict.ts'
import { readWhen } from './when.ts'

export type Test = (input: DecisionInput) => Truth

export interface Setting {
  readonly zone: string
  readonly desk: Desk
}

/** All conditions and `when` of a rule, ANDed. A rule with neither always holds. */
export function compileRule(rule: Rule, sense: Sense, setting: Setting): Test {
  const tests = rule.conditions.map(condition => compileCondition(condition, sense, setting))
  if (rule.when !== undefined) tests.push(compileWhen(rule.when, setting))
  return every(tests)
}

/** The expression has been judged at load; one that could not be read would err. */
function compileWhen(source: string, { zone, desk }: Setting): Test {
  const reading = readWhen(source, zone, answerRoots)
  return reading.ok ? input => reading.when.evaluate(input, desk).truth : () => error
}

function compileCondition(condition: Condition, sense: Sense, setting: Setting): Test {
  if ('leaf' in condition) return compileLeaf(condition.leaf, sense, setting)
  if ('any' in condition) return any(condition.any.map(inner => compileCondition(inner, sense, setting)))
  if ('all' in condition) return every(condition.all.map(inner => compileCondition(inner, sense, setting)))
  const inner = compileCondition(condition.not, { ...sense, holdingDenies: !sense.holdingDenies }, setting)
  return input => negate(inner(input))
}

function negate(truth: Truth): Truth {
  return truth === yes ? no : truth === no ? yes : truth
}

/** True only if all are; no test is skipped, because a later one may err. */
function every(tests: readonly Test[]): Test {
  const [only] = tests
  if (only !== undefined && tests.length === 1) return only
  return input => {
    let answer: Truth = yes
    for (let i = 0; i < tests.length; i += 1) {
      const truth = (tests[i] as Test)(input)
      if (truth === error) return error
      answer = both(answer, truth)
    }
    return answer
  }
}

function any(tests: readonly Test[]): Test {
  return input => {
    let answer: Truth = no
    for (let i = 0; i < tests.length; i += 1) {
      const truth = (tests[i] as Test)(input)
      if (truth === error) return error
      answer = either(answer, truth)
    }
    return answer
  }
}

function both(a: Truth, b: Truth): Truth {
  return a === no || b === no ? no : a === missing || b === missing ? missing : yes
}

function either(a: Truth, b: Truth): Truth {
  return a === yes || b === yes ? yes : a === missing || b === missing ? missing : no
}

function compileLeaf(leaf: Leaf, sense: Sense, setting: Setting): Test {
  const slot = setting.desk.slot(leaf.path, setting.zone)
  const behind = stepsBehindEach(leaf.path)
  if (behind !== undefined) {
    const judge = compileJudge(leaf, sense, setting.desk)
    return input => judgeEach(slot.read(input), behind, judge, sense, setting.desk)
  }
  if (leaf.op === 'exists') {
    const judge = compileJudge(leaf, sense, setting.desk)
    return input => judge(slot.read(input), slot)
  }
  // the common case without the layer of `judge`: this closure is what most of a decision consists of
  const compare = compileComparison(leaf.op, leaf.value, sense, setting.desk)
  return input => {
    const found = slot.read(input)
    return found === absent ? missing : found === broken ? error : compare(found, slot)
  }
}

type Judge = (found: Found, texts: Texts) => Truth

/** `exists` takes null for absent, as the field's dialects do: null never stands in for a value that is asked for. */
export function compileJudge(leaf: Leaf, sense: Sense, desk: Desk): Judge {
  if (leaf.op === 'exists') {
    const wanted = leaf.value
    return found => (found === broken ? error : (found !== absent && found !== null) === wanted ? yes : no)
  }
  const compare: Comparison = compileComparison(leaf.op, leaf.value, sense, desk)
  return (found, texts) => (found === absent ? missing : found === broken ? error : compare(found, texts))
}

/** The truth of a leaf whose path goes on `behind` a `[*]` at `list`. */
export function judgeEach(list: Found, behind: readonly Step[], judge: Judge, sense: Sense, desk: Desk): Truth {
  if (list === absent || list === null) return judge(absent, desk)
  if (list === broken || !Array.isArray(list)) return error
  const items = list as readonly Json[]
  if (!desk.spendElements(items.length)) return error
  const each = behind.findIndex(step => 'each' in step)
  const before = each === -1 ? behind : behind.slice(0, each)
  let answer: Truth = sense.holdingDenies ? no : yes
  for (let i = 0; i < items.length; i += 1) {
    const found = follow(items[i] ?? null, before)
    const truth = each === -1 ? judge(found, desk) : judgeEach(found, behind.slice(each + 1), judge, sense, desk)
    if (truth === error) return error
    answer = sense.holdingDenies ? either(answer, truth) : both(answer, truth)
  }
  return answer
}
