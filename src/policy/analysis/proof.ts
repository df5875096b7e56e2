/**
 * Whether a policy ever lets through what a question asks about. `yes` only when every kind of call has been ruled out;
 * `no` only with a call that the engine lets through; otherwise nobody can tell, and why is said.
 */
import { limits } from '../../limits.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import { decide } from '../decide.ts'
import { compileGlob, isGlob } from '../glob.ts'
import type { SchemaCompiler } from '../load.ts'
import type { DecisionInput, ToolFacts, Verdict } from '../verdict.ts'
import { Atoms } from './atoms.ts'
import { type Call, inputOf } from './call.ts'
import { knownTool, toolsIn } from './difference.ts'
import { type Doubt, doubtOf, outOfSteps } from './doubts.ts'
import { inquire, isMet } from './inquiry.ts'
import { asksNothing, type Judgement, judgementOf, passes, type Side } from './judgement.ts'
import { labelOf } from './labels.ts'
import { doors, namesToldApart } from './names.ts'
import type { FactWord, Question } from './question.ts'
import { type Demand, newBudget } from './solver.ts'
import type { KnownTool } from './space.ts'
import { factDemand, needsRating } from './subject.ts'
import { schemaClauses } from './tool-schema.ts'
import { fits } from './transitions.ts'
import { onlyYes } from './truths.ts'

/** A reason for not knowing, and the tools it is about. */
export interface OpenQuestion extends Doubt {
  readonly tools: string
  /** A call that would be let through if the tool were what the question says. */
  readonly call?: Call
}

export type Proof =
  | { readonly answer: 'yes'; readonly kinds: number }
  | { readonly answer: 'no'; readonly call: Call; readonly verdict: 'allow' | 'ask'; readonly rule: string }
  | { readonly answer: 'cannot tell'; readonly open: readonly OpenQuestion[] }

/** Whether `question` never happens. `tools`: only these, with what is known of them. */
export function prove(side: Side, question: Question, tools?: readonly ToolFacts[], compile?: SchemaCompiler): Proof {
  const { names, complete } = namesFor(side, question, tools)
  const open: OpenQuestion[] = []
  for (const name of names) {
    const found = lookAt(side, question, name, tools, compile)
    if (found?.answer === 'no') return found
    if (found !== undefined) open.push(...found.open)
  }
  if (!complete) open.push({ tools: 'further names', ...outOfSteps })
  return open.length > 0 ? { answer: 'cannot tell', open } : { answer: 'yes', kinds: names.length }
}

/** The names the question is about: of every class one, or every tool of the list. */
function namesFor(side: Side, { name, facts }: Question, tools: readonly ToolFacts[] | undefined) {
  const found =
    tools === undefined
      ? namesToldApart([side.document], name === undefined ? [] : [name])
      : { names: [...tools.map(tool => tool.name), ...doors], complete: true }
  const isMeant = (each: string) => {
    if (name !== undefined) return isGlob(name) ? compileGlob(name).matches(each) : name === each
    return facts.length === 0 || !each.includes('/')
  }
  return { names: [...new Set(found.names)].filter(isMeant), complete: found.complete }
}

function lookAt(
  side: Side,
  question: Question,
  name: string,
  tools: readonly ToolFacts[] | undefined,
  compile: SchemaCompiler | undefined,
) {
  const facts = tools?.find(tool => tool.name === name)
  if (facts === undefined) return lookWith(side, question, { name, isExample: isExample(side, name, tools) })
  const tool = knownTool(facts, compile)
  const known: JsonObject = tool.facts ?? {}
  const missing = question.facts.filter(word => {
    const rating = needsRating(word)
    return rating !== undefined && known[rating] === undefined
  })
  if (missing.length === 0) return lookWith(side, question, tool)
  const rated = { ...known, ...Object.fromEntries(missing.map(word => [needsRating(word), ratingOf(word)])) }
  const found = lookWith(side, question, { ...tool, facts: rated })
  if (found?.answer !== 'no') return found
  const why = `the list of tools does not say whether \`${name}\` is ${missing.join(', ')}`
  return { answer: 'cannot tell' as const, open: [{ tools: `\`${name}\``, at: [], why, call: found.call }] }
}

function ratingOf(word: FactWord): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`
}

function isExample({ document }: Side, name: string, tools: readonly ToolFacts[] | undefined): boolean {
  return tools === undefined && !Object.hasOwn(toolsIn(document), name) && !name.includes('/')
}

function lookWith(side: Side, question: Question, tool: KnownTool): Exclude<Proof, { answer: 'yes' }> | undefined {
  const { policy } = side
  const observes = policy.mode === 'observe'
  const atoms = new Atoms()
  const resolution = policy.resolve(tool.name)
  const judgement = observes ? observed(atoms, tool) : judgementOf(atoms, side, tool)
  if (judgement.denied !== undefined) return undefined
  if (question.predicate === 'without limit' && resolution.limits.length > 0 && !observes) return undefined
  const about = question.facts.map(word => factDemand(atoms, word, resolution))
  if (question.condition !== undefined) about.push(conditionDemand(atoms, question, policy.zone))
  const asking = question.predicate === 'without approval'
  const aside = judgement.clauses.map(clause =>
    asking && clause.kind === 'approve_if' ? asksNothing(clause) : passes(clause),
  )
  const isTrue = (input: DecisionInput) =>
    fits(tool, input) &&
    isLetThrough(decide(policy, input), asking) &&
    about.every(demand => isMet(atoms, demand, input))
  const answer = inquire({ atoms, tool, demands: about, aside, isTrue }, newBudget(), limits.analysisBoxesMax, true)
  const call = answer.regions.find(region => region.call !== undefined)?.call
  if (call !== undefined) return counterExample(side, call)
  const tools = tool.isExample ? labelOf(tool.name, side) : `\`${tool.name}\``
  const open = answer.regions.slice(0, 1).map(region => ({ tools, ...doubtOf(atoms, region) }))
  if (open.length === 0 && !answer.complete) open.push({ tools, ...outOfSteps })
  return open.length === 0 ? undefined : { answer: 'cannot tell', open }
}

/** A policy that only observes denies nothing; the server's own schema still holds. */
function observed(atoms: Atoms, { schema }: KnownTool): Judgement {
  return { clauses: schema === undefined ? [] : schemaClauses(atoms, schema) }
}

function conditionDemand(atoms: Atoms, { condition }: Question, zone: string): Demand {
  if (condition === undefined) throw new Error('the question has no condition')
  const formula = atoms.condition(condition, { holdingDenies: true, inRequire: false }, zone)
  return { formula, among: onlyYes, at: '' }
}

function isLetThrough({ effect }: Verdict, withoutAsking: boolean): boolean {
  return effect === 'allow' || (effect === 'ask' && !withoutAsking)
}

/** The call with what the engine says of it now. */
function counterExample({ policy }: Side, call: Call): Proof & { answer: 'no' } {
  const input = inputOf(call)
  if (input === undefined) throw new Error('a call that was decided cannot be read')
  const { effect, rule } = decide(policy, input)
  return { answer: 'no', call, verdict: effect === 'ask' ? 'ask' : 'allow', rule }
}
