/**
 * Rules that can never decide: nothing meets their conditions, or whatever they would deny or ask about has been denied
 * or asked about by a rule before them. Said only where it is certain; what is not looked at, because it would take too
 * many steps, is not said.
 */
import { limits } from '../../limits.ts'
import { isGlob } from '../glob.ts'
import type { ApprovalRule, Condition, Entry, Model, Rule, RuleSet } from '../model.ts'
import type { ProblemLog } from '../problem.ts'
import { Atoms, type RuleKind, searchesIn } from './atoms.ts'
import { type Budget, boxesOf, type Demand, newBudget } from './solver.ts'
import { spaceOf } from './space.ts'
import { anyTruth, atomsOf, onlyError, onlyMissing, onlyNo, onlyYes, type Truths } from './truths.ts'

/** A rule with its place in the order in which rules are tried. */
interface Tried {
  readonly at: string
  readonly kind: RuleKind
  readonly rule: Rule
  /** What is asked when it asks. */
  readonly terms: string
  /** Names of the places it looks at, for finding the rules that may have to do with it. */
  readonly places: ReadonlySet<string>
  /** Its own entry's, and not one of `all_tools` that other tools need. */
  readonly isOwn: boolean
}

/** Adds a warning for every rule that never decides, and for entries that let no call pass. */
export function checkDeadRules(log: ProblemLog, model: Model): void {
  const budget = newBudget()
  checkSequence(log, sequenceOf([[model.allTools, true]]), model.zone, budget)
  for (const entry of model.entries) {
    if (entry.action === 'deny' || entry.action === 'hide' || budget.steps < 0) continue
    const isTool = !/\/|\*\*/.test(entry.name)
    const sets: [RuleSet, boolean][] = [
      ...(isTool ? [[model.allTools, false] as [RuleSet, boolean]] : []),
      [entry, true],
    ]
    const tried = sequenceOf(sets, entry)
    checkSequence(log, tried, model.zone, budget)
    checkPassable(log, entry, tried, model.zone, budget)
  }
}

/** Rules in the order they are tried, each list with the sets in their order. */
function sequenceOf(sets: readonly (readonly [RuleSet, boolean])[], entry?: Entry): readonly Tried[] {
  const of = (list: 'requires' | 'denials' | 'approvals', kind: RuleKind) =>
    sets.flatMap(([set, isOwn]) => set[list].map(rule => triedOf(rule, kind, isOwn)))
  const always = entry?.action === 'require_approval' ? [triedOf(alwaysAsks(entry), 'approve_if', false)] : []
  return [...of('requires', 'require'), ...of('denials', 'deny_if'), ...always, ...of('approvals', 'approve_if')]
}

function alwaysAsks(entry: Entry): ApprovalRule {
  return { at: `${entry.at}/action`, conditions: [], approvers: [], quorum: 1, allowEdits: false }
}

function triedOf(rule: Rule | ApprovalRule, kind: RuleKind, isOwn: boolean): Tried {
  const { at, conditions: _conditions, when: _when, message: _message, ...terms } = rule as ApprovalRule
  const places = new Set(rule.conditions.flatMap(placesOf))
  return { at, kind, rule, terms: JSON.stringify(terms), places, isOwn }
}

function placesOf(condition: Condition): readonly string[] {
  if ('not' in condition) return placesOf(condition.not)
  if ('any' in condition) return condition.any.flatMap(placesOf)
  if ('all' in condition) return condition.all.flatMap(placesOf)
  const { root, steps } = condition.leaf.path
  return [JSON.stringify([root, steps[0] ?? null])]
}

/** With which truths a rule denies a call or puts it before a person, and with which it lets it go on. */
const fires: Readonly<Record<RuleKind, Truths>> = {
  require: anyTruth & ~onlyYes,
  deny_if: onlyYes | onlyError,
  approve_if: onlyYes | onlyError,
}

function checkSequence(log: ProblemLog, tried: readonly Tried[], zone: string, budget: Budget): void {
  for (const [index, one] of tried.entries()) {
    if (!one.isOwn || one.rule.when !== undefined || isSaidDead(log, one.at) || budget.steps < 0) continue
    if (one.rule.conditions.length === 0) continue
    const related = tried
      .slice(0, index)
      .filter(other => isRelated(other, one))
      .slice(0, limits.analysisRelatedMax)
    const isPlain = one.rule.conditions.length === 1 && 'leaf' in (one.rule.conditions[0] as Condition)
    if (related.length === 0 && isPlain) continue
    const look = new Look(zone, budget)
    if (!isPlain && !look.canBe(one, onlyYes, [])) sayUnmeetable(log, one, look.canBe(one, fires[one.kind], []))
    else if (related.length > 0) {
      const isTogether = look.isFeasible([one, ...related])
      if (isTogether && look.decides(one, related)) continue
      const culprit = related.find(other => !look.decides(one, [other]))
      if (isTogether || culprit !== undefined) sayDead(log, one, culprit)
    }
  }
}

/** The simpler checks come first, and have better words for what they find. */
function isSaidDead(log: ProblemLog, at: string): boolean {
  return log.mentions(at, 'dead-rule') || log.mentions(at, 'contradiction')
}

/** A rule of an earlier kind, or of the same list, that asks about one of the same places. */
function isRelated(other: Tried, one: Tried): boolean {
  if (other.rule.when !== undefined || (other.kind === 'approve_if' && one.kind !== 'approve_if')) return false
  return other.rule.conditions.length === 0 || [...other.places].some(place => one.places.has(place))
}

/** Questions about the rules of one sequence. Nothing is known to be impossible once the steps are used up. */
class Look {
  readonly #atoms = new Atoms()
  readonly #zone: string
  readonly #budget: Budget

  constructor(zone: string, budget: Budget) {
    this.#zone = zone
    this.#budget = budget
  }

  /**
   * True unless `one` makes no difference behind the rules `before` it. One that asks makes none where another asks the
   * same, or where it errs and another does, too: an error denies.
   */
  decides(one: Tried, before: readonly Tried[]): boolean {
    if (one.kind !== 'approve_if') return this.canBe(one, fires[one.kind], before)
    const denying = before.filter(({ kind }) => kind !== 'approve_if').map(other => this.passing(other))
    const asking = before.filter(({ kind }) => kind === 'approve_if')
    const unlike = (tried: readonly Tried[], truths: Truths) =>
      tried.map(other => this.#demand(other, anyTruth & ~truths))
    const same = asking.filter(({ terms }) => terms === one.terms)
    return (
      this.isPossible([this.#demand(one, onlyError), ...denying, ...unlike(asking, onlyError)]) ||
      this.isPossible([this.#demand(one, onlyYes), ...denying, ...unlike(same, onlyYes | onlyError)])
    )
  }

  /** True unless no call gives `one` a truth of `among` while every rule of `passed` lets it go on. */
  canBe(one: Tried, among: Truths, passed: readonly Tried[]): boolean {
    return this.isPossible([this.#demand(one, among), ...passed.map(other => this.passing(other))])
  }

  passing(tried: Tried): Demand {
    const going = tried.kind === 'require' ? onlyYes : onlyNo | onlyMissing
    return this.#demand(tried, going)
  }

  isPossible(demands: readonly Demand[]): boolean {
    const ids = demands.flatMap(({ formula }) => atomsOf(formula))
    this.#budget.steps -= stepsOfSpace * (1 + ids.length + 2 ** Math.min(this.#searches(demands), 10))
    if (this.#budget.steps < 0) return true
    const space = spaceOf(this.#atoms, ids, { name: '', isAny: true }, [])
    const first = boxesOf(space, demands, this.#budget).next()
    return first.done !== true || this.#budget.steps < 0
  }

  /** True if the rules can be held against each other in reasonable time. */
  isFeasible(tried: readonly Tried[]): boolean {
    return this.#searches(tried.map(each => this.#demand(each, onlyYes))) <= limits.analysisSearchesMax
  }

  #searches(demands: readonly Demand[]): number {
    return new Set(demands.flatMap(demand => searchesIn(this.#atoms, demand))).size
  }

  #demand({ rule, kind, at }: Tried, among: Truths): Demand {
    return { formula: this.#atoms.rule(rule, kind, this.#zone), among, at }
  }
}

/** What it costs to find out which values there are, in steps of the search. */
const stepsOfSpace = 200

function sayUnmeetable(log: ProblemLog, { at, kind }: Tried, stillFires: boolean): void {
  if (kind === 'require') {
    const remedy = 'change one of the conditions'
    log.warning('contradiction', at, 'no call can pass: its conditions exclude one another', remedy)
    return
  }
  const what = kind === 'deny_if' ? 'denies' : 'asks about'
  const rest = `it only ${kind === 'deny_if' ? 'denies' : 'stops'} calls whose values it cannot compare`
  const message = stillFires
    ? `its conditions exclude one another: ${rest}`
    : `never ${what} anything: its conditions exclude one another`
  log.warning(
    stillFires ? 'contradiction' : 'dead-rule',
    at,
    message,
    'change one of the conditions, or remove the rule',
  )
}

function sayDead(log: ProblemLog, { at, kind }: Tried, culprit: Tried | undefined): void {
  log.warning('dead-rule', at, deadWords(kind, culprit), 'remove it, or change what comes before it')
}

function deadWords(kind: RuleKind, culprit: Tried | undefined): string {
  const before = culprit?.at ?? 'the rules before it'
  const verb = culprit === undefined ? 'deny' : 'denies'
  if (kind === 'require') {
    return culprit?.kind === 'deny_if'
      ? `never decides: ${before} denies every call it would deny`
      : `requires nothing more than ${before}`
  }
  const [never, ones] =
    kind === 'deny_if' ? ['never denies anything', 'it would deny'] : ['never asks', 'it would ask about']
  if (culprit?.kind === 'require') return `${never}: no call that meets ${before} is one ${ones}`
  if (culprit?.kind === 'approve_if') return `asks about nothing more than ${before}`
  return `${never}: ${before} ${verb} every call ${ones}`
}

/** An entry whose rules deny every call, though none of them says so. */
function checkPassable(log: ProblemLog, entry: Entry, tried: readonly Tried[], zone: string, budget: Budget): void {
  const denying = tried.filter(({ kind, rule }) => kind !== 'approve_if' && rule.when === undefined)
  const own = denying.filter(({ isOwn }) => isOwn)
  const isPlain = own.length < 2 || denying.some(({ kind, rule }) => kind === 'deny_if' && rule.conditions.length === 0)
  const isSaid = denying.some(({ at }) => log.mentions(at, 'contradiction'))
  if (isPlain || isSaid || denying.length > limits.analysisRelatedMax || budget.steps < 0) return
  const look = new Look(zone, budget)
  if (look.isPossible(denying.map(each => look.passing(each)))) return
  log.warning(
    'contradiction',
    entry.at,
    `no call of \`${entry.name}\` can pass: its rules leave nothing${isGlob(entry.name) ? ' for any tool it matches' : ''}`,
    'change the rules, or write "action": "deny" if that is meant',
    'key',
  )
}
