/**
 * The calls of one tool whose verdict two policies disagree on, by the rule that makes the difference: for every rule
 * of one that the other does not have, the calls it alone decides otherwise.
 */
import { limits } from '../../limits.ts'
import { decide } from '../decide.ts'
import type { DecisionInput } from '../verdict.ts'
import { type Atoms, searchesIn } from './atoms.ts'
import { type Answer, type Inquiry, inquire, isMet } from './inquiry.ts'
import { asks, asksNothing, type Clause, denies, type Judgement, passes, type Side } from './judgement.ts'
import type { Budget, Demand } from './solver.ts'
import type { KnownTool } from './space.ts'
import { onlyYes } from './truths.ts'

export type Effect = 'allow' | 'ask' | 'deny'
/** Which of two policies. */
export type Which = 'before' | 'after'

/** Calls that go from one verdict to another; `cause` is the rule of one policy that decides them there. */
export interface Transition extends Answer {
  readonly from: Effect
  readonly to: Effect
  readonly cause: { readonly in: Which; readonly at: string }
  /** The comparisons the difference is about. */
  readonly about: readonly Demand[]
  /** True if there are more: rules that only one of the two has, too many to be told apart together. */
  readonly isCut: boolean
}

interface Pair {
  readonly before: Judgement
  readonly after: Judgement
}

export interface Comparison {
  readonly atoms: Atoms
  readonly tool: KnownTool
  readonly before: Side
  readonly after: Side
  readonly judgements: Pair
}

/** Every transition of a tool that has calls, or may have. */
export function transitionsOf(comparison: Comparison, budget: Budget, regionsMax: number): readonly Transition[] {
  const { before, after } = comparison.judgements
  const found: Transition[] = []
  const look = (from: Effect, to: Effect, cause: Cause) => {
    const transition = transitionOf(comparison, from, to, cause, budget, regionsMax)
    if (transition.regions.length > 0 || !transition.complete) found.push(transition)
  }
  for (const from of ['allow', 'ask'] as const) {
    if (!can(before, from)) continue
    for (const cause of denialsOf(after, before)) look(from, 'deny', { ...cause, in: 'after' })
  }
  for (const to of ['allow', 'ask'] as const) {
    if (!can(after, to)) continue
    for (const cause of denialsOf(before, after)) look('deny', to, { ...cause, in: 'before' })
  }
  if (can(before, 'ask') && can(after, 'ask')) {
    for (const cause of termsOf(after, before)) look('ask', 'ask', { ...cause, in: 'after' })
    for (const cause of termsOf(before, after)) look('ask', 'ask', { ...cause, in: 'before' })
  }
  if (can(before, 'allow'))
    for (const cause of questionsOf(after, before)) look('allow', 'ask', { ...cause, in: 'after' })
  if (can(after, 'allow'))
    for (const cause of questionsOf(before, after)) look('ask', 'allow', { ...cause, in: 'before' })
  return found
}

interface Cause {
  readonly at: string
  readonly demands: readonly Demand[]
  readonly in: Which
}

function can({ denied, clauses }: Judgement, effect: 'allow' | 'ask'): boolean {
  return denied === undefined && (effect === 'allow' || clauses.some(({ kind }) => kind === 'approve_if'))
}

/** The ways a policy denies that the other one does not have. */
function denialsOf({ denied, clauses }: Judgement, other: Judgement): readonly Omit<Cause, 'in'>[] {
  if (denied !== undefined) return [{ at: denied, demands: [] }]
  const shared = keysOf(other)
  return clauses.flatMap(clause => (shared.has(clause.key) ? [] : [{ at: clause.at, demands: [denies(clause)] }]))
}

function questionsOf({ denied, clauses }: Judgement, other: Judgement): readonly Omit<Cause, 'in'>[] {
  if (denied !== undefined) return []
  const shared = keysOf(other)
  return clauses.flatMap(clause =>
    clause.kind !== 'approve_if' || shared.has(clause.key) ? [] : [{ at: clause.at, demands: [asks(clause)] }],
  )
}

/** The terms a policy asks on, by a rule the other one does not have, where the other one asks on none like them. */
function termsOf(judgement: Judgement, other: Judgement): readonly Omit<Cause, 'in'>[] {
  const shared = keysOf(other)
  const questions = judgement.clauses.filter(({ kind, key }) => kind === 'approve_if' && !shared.has(key))
  return questions.map(clause => {
    const same = other.clauses.filter(({ terms }) => terms !== undefined && terms === clause.terms)
    return { at: clause.at, demands: [asks(clause), ...same.map(asksNothing)] }
  })
}

function keysOf({ clauses }: Judgement): ReadonlySet<string> {
  return new Set(clauses.map(({ key }) => key))
}

function transitionOf(
  comparison: Comparison,
  from: Effect,
  to: Effect,
  cause: Cause,
  budget: Budget,
  regionsMax: number,
): Transition {
  const { atoms, tool, judgements } = comparison
  const sides = [
    ...demandsFor(judgements.before, from, keysOf(judgements.after)),
    ...demandsFor(judgements.after, to, keysOf(judgements.before)),
  ]
  const own = sides.filter(({ isOwn }) => isOwn).map(({ demand }) => demand)
  const about = feasible(atoms, cause.demands, own)
  const inquiry: Inquiry = {
    atoms,
    tool,
    demands: about,
    aside: sides.map(({ demand }) => demand).filter(demand => !about.includes(demand)),
    isTrue: input =>
      fits(tool, input) &&
      effectOf(comparison.before, input) === from &&
      effectOf(comparison.after, input) === to &&
      cause.demands.every(demand => isMet(atoms, demand, input)),
  }
  const isCut = about.length < cause.demands.length + own.length
  return { from, to, cause: { in: cause.in, at: cause.at }, about, isCut, ...inquire(inquiry, budget, regionsMax) }
}

/** The demands of the cause, and as many of the others as can be looked at together. */
function feasible(atoms: Atoms, cause: readonly Demand[], others: readonly Demand[]): readonly Demand[] {
  const about = [...cause]
  const searches = new Set(cause.flatMap(demand => searchesIn(atoms, demand)))
  for (const demand of others) {
    const more = searchesIn(atoms, demand).filter(id => !searches.has(id))
    if (more.length > 0 && searches.size + more.length > limits.analysisSearchesMax) continue
    for (const id of more) searches.add(id)
    about.push(demand)
  }
  return about
}

/** What must hold for a policy to come to `effect`; a denial is the cause's own matter. `isOwn`: the other has no such rule. */
function demandsFor(judgement: Judgement, effect: Effect, shared: ReadonlySet<string>) {
  if (effect === 'deny') return []
  const own = (clause: Clause, demand: Demand) => ({ demand, isOwn: !shared.has(clause.key) })
  const passing = judgement.clauses.map(clause =>
    own(clause, effect === 'allow' && clause.kind === 'approve_if' ? asksNothing(clause) : passes(clause)),
  )
  return effect === 'allow' ? passing : [...passing, { demand: asksSomething(judgement), isOwn: false }]
}

/** At least one rule puts the call before a person. */
function asksSomething({ clauses }: Judgement): Demand {
  const questions = clauses.filter(({ kind }) => kind === 'approve_if')
  const formula = { some: questions.map(({ formula: is }) => ({ is, among: onlyYes })) }
  return { formula, among: onlyYes, at: questions[0]?.at ?? '' }
}

/** A call that does not fit the tool's own schema is denied before any rule is asked. */
export function fits({ schema }: KnownTool, { args }: DecisionInput): boolean {
  return schema === undefined || schema.fits(args)
}

/** The verdict of the engine. */
function effectOf({ policy }: Side, input: DecisionInput): Effect {
  return decide(policy, input).effect
}
