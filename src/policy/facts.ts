/**
 * Why a rule decided as it did: what each comparison looked at and found, and in words what went wrong. Run only after
 * a denial, so it may be slow; texts and lists are cut, because facts go into records and answers.
 */
import { limits } from '../limits.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { CompiledRule, Policy } from './compile.ts'
import { Desk } from './desk.ts'
import { compileJudge, type Setting } from './evaluate.ts'
import type { Condition, Leaf } from './model.ts'
import { error, missing, type Sense, type Truth, yes } from './operators.ts'
import { answerRoots, type Step } from './path.ts'
import { absent, broken, compileReach, type Found, follow, stepsBehindEach } from './reach.ts'
import { kindOf } from './shape.ts'
import type { DecisionInput } from './verdict.ts'
import { readWhen } from './when.ts'

const textShownMax = 200
const listShownMax = 5
const factsMax = 20

export interface Inspection {
  readonly facts: readonly JsonObject[]
  /** The first thing that could not be compared. */
  readonly error?: string
}

/** `desk` bounds the work: what does not fit is left out. Several rules may share one, for one call. */
export function inspect(
  policy: Policy,
  rule: CompiledRule,
  input: DecisionInput,
  desk: Desk = new Desk(),
  truth: Truth = rule.test(input),
): Inspection {
  const setting: Setting = { zone: policy.zone, desk }
  const sense: Sense = { holdingDenies: rule.kind !== 'require', inRequire: rule.kind === 'require' }
  const found: Finding[] = [...inspectAll(rule.rule.conditions, sense, setting, input)]
  if (rule.rule.when !== undefined && !desk.isSpent) found.push(inspectWhen(rule.rule.when, setting, input))
  const problem = found.find(({ problem }) => problem !== undefined)?.problem
  const unexplained = truth === error ? 'the rule could not be evaluated' : undefined
  const words = problem ?? unexplained
  return { facts: found.slice(0, factsMax).map(({ fact }) => fact), ...(words !== undefined && { error: words }) }
}

interface Finding {
  readonly fact: JsonObject
  readonly problem?: string
}

/** No more conditions than there are facts to show: a group may hold thousands. */
function inspectAll(
  conditions: readonly Condition[],
  sense: Sense,
  setting: Setting,
  input: DecisionInput,
): readonly Finding[] {
  const found: Finding[] = []
  for (const condition of conditions) {
    if (found.length < factsMax) found.push(...inspectCondition(condition, sense, setting, input))
  }
  return found
}

function inspectCondition(
  condition: Condition,
  sense: Sense,
  setting: Setting,
  input: DecisionInput,
): readonly Finding[] {
  if ('any' in condition) return inspectAll(condition.any, sense, setting, input)
  if ('all' in condition) return inspectAll(condition.all, sense, setting, input)
  if ('not' in condition)
    return inspectCondition(condition.not, { ...sense, holdingDenies: !sense.holdingDenies }, setting, input)
  return setting.desk.isSpent ? [] : inspectLeaf(condition.leaf, sense, setting, input)
}

function inspectWhen(source: string, { zone, desk }: Setting, input: DecisionInput): Finding {
  const reading = readWhen(source, zone, answerRoots)
  if (!reading.ok)
    return { fact: { path: 'when', op: 'when', value: source, holds: 'error' }, problem: reading.message }
  const { truth, problem } = reading.when.evaluate(input, desk)
  const fact: JsonObject = { path: 'when', op: 'when', value: source, holds: truth === error ? 'error' : truth === yes }
  return problem === undefined ? { fact } : { fact, problem }
}

/** One finding per value; of a list a few, those that err or decide before others. */
function inspectLeaf(leaf: Leaf, sense: Sense, { zone, desk }: Setting, input: DecisionInput): readonly Finding[] {
  const judge = compileJudge(leaf, sense, desk)
  const telling: Finding[] = []
  const others: Finding[] = []
  let scanned = 0
  for (const value of spread(compileReach(leaf.path, zone)(input), stepsBehindEach(leaf.path))) {
    const truth = judge(value, desk)
    const isTelling = truth === error || (truth === yes) === sense.holdingDenies
    const list = isTelling ? telling : others
    if (list.length < listShownMax) list.push(findingOf(leaf, value, truth, desk))
    scanned += 1
    if (telling.length === listShownMax || scanned === limits.policyFactsScannedMax || desk.isSpent) break
  }
  return [...telling, ...others].slice(0, listShownMax)
}

function findingOf(leaf: Leaf, value: Found, truth: Truth, desk: Desk): Finding {
  const fact: JsonObject = {
    path: leaf.path.text,
    op: leaf.op,
    value: leaf.value,
    ...(value !== absent && value !== broken && { actual: cut(value) }),
    holds: truth === error ? 'error' : truth === missing ? 'missing' : truth === yes,
  }
  if (truth !== error) return { fact }
  const tooMuch = `\`${leaf.path.text}\` takes more work to compare than one decision may cost`
  return { fact, problem: desk.isSpent ? tooMuch : problemOf(leaf, value) }
}

function* spread(found: Found, behind: readonly Step[] | undefined): Generator<Found> {
  if (behind === undefined) yield found
  else if (found === absent || found === null) yield absent
  else if (found === broken || !Array.isArray(found)) yield broken
  else {
    const each = behind.findIndex(step => 'each' in step)
    const before = each === -1 ? behind : behind.slice(0, each)
    for (const item of found as readonly Json[]) {
      if (each === -1) yield follow(item, before)
      else yield* spread(follow(item, before), behind.slice(each + 1))
    }
  }
}

/** What could not be compared, without repeating the value. */
function problemOf({ path, op, value }: Leaf, found: Found): string {
  if (found === absent || found === broken) return `\`${path.text}\` leads through a value that has no such member`
  const needed: Partial<Record<Leaf['op'], string>> = {
    lt: 'a number',
    lte: 'a number',
    gt: 'a number',
    gte: 'a number',
    regex: 'text',
    starts_with: 'text',
    ends_with: 'text',
    glob: 'text',
    cidr: 'an address such as 10.0.0.1',
    host_in: 'a URL or host that can be read in one way',
    contains: 'text or a list of like values',
  }
  const wanted =
    needed[op] ??
    (Array.isArray(value)
      ? 'a value of the kind it is compared with'
      : kindOf(value).replace(/^(?:true|false)$/, 'true or false'))
  return `\`${path.text}\` must be ${wanted}, found ${kindOf(found)}`
}

function cut(value: Json): Json {
  if (typeof value === 'string') return value.length > textShownMax ? `${value.slice(0, textShownMax)}…` : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null || typeof value !== 'object') return value
  const text = JSON.stringify(value)
  return text.length > textShownMax ? `${text.slice(0, textShownMax)}…` : value
}
