/**
 * What two policies decide differently: for each class of tool names the regions of calls whose verdict changes, with
 * a call for each that both engines have decided; and what else changes for calls: limits, lists, who is asked.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'
import { isListed } from '../decide.ts'
import type { SchemaCompiler } from '../load.ts'
import type { ToolFacts } from '../verdict.ts'
import { Atoms } from './atoms.ts'
import type { Call } from './call.ts'
import { type Doubt, doubtOf, outOfSteps } from './doubts.ts'
import type { Region } from './inquiry.ts'
import { type Judgement, judgementOf, type Side } from './judgement.ts'
import { labelOf } from './labels.ts'
import { type LimitChange, limitChanges } from './limit-changes.ts'
import { doors, namesToldApart } from './names.ts'
import { newBudget } from './solver.ts'
import type { KnownTool } from './space.ts'
import { toolSchemaOf } from './tool-schema.ts'
import { type Comparison, type Effect, type Transition, transitionsOf, type Which } from './transitions.ts'
import { atomsOf } from './truths.ts'
import { regionWords } from './words.ts'

/** Calls of one verdict that get another; from `ask` to `ask`: somebody else is asked, too, or no longer. */
export interface VerdictChange {
  readonly from: Effect
  readonly to: Effect
  /** The calls, in words that all hold; none: every call. */
  readonly when: readonly string[]
  readonly cause: { readonly in: Which; readonly at: string }
  readonly call: Call
}

/** What nobody can tell about one kind of change. */
export interface OpenChange extends Doubt {
  readonly from: Effect
  readonly to: Effect
  readonly when: readonly string[]
  readonly cause: VerdictChange['cause']
}

/** Everything that changes for some tools. */
export interface ToolChange {
  /** `delete_file`, ``tools that match `get_*` ``, `every other tool`. */
  readonly tools: readonly string[]
  readonly verdicts: readonly VerdictChange[]
  readonly open: readonly OpenChange[]
  readonly limits: readonly LimitChange[]
  /** Whether lists show the tool, where that changes. */
  readonly listed?: { readonly before: boolean; readonly after: boolean }
}

export interface Difference {
  readonly tools: readonly ToolChange[]
  /** False: there are more kinds of tool names than were looked at. */
  readonly complete: boolean
}

/** Both policies are judged as if they enforced. `tools`: only these, with what is known of them. */
export function differenceOf(
  before: Side,
  after: Side,
  tools?: readonly ToolFacts[],
  compile?: SchemaCompiler,
): Difference {
  const enforced = { before: enforcing(before), after: enforcing(after) }
  const { names, complete } =
    tools === undefined
      ? namesToldApart([before.document, after.document], [])
      : { names: [...new Set([...tools.map(({ name }) => name), ...doors])], complete: true }
  const exact = new Set([before, after].flatMap(({ document }) => Object.keys(toolsIn(document))))
  const found = new Map<string, { change: Omit<ToolChange, 'tools'>; labels: string[] }>()
  for (const name of names) {
    const facts = tools?.find(tool => tool.name === name)
    const known: KnownTool =
      facts === undefined ? { name, isExample: tools === undefined && !exact.has(name) } : knownTool(facts, compile)
    const atoms = new Atoms()
    const judgements = {
      before: judgementOf(atoms, enforced.before, known),
      after: judgementOf(atoms, enforced.after, known),
    }
    const change = changeOf({ atoms, tool: known, judgements, ...enforced })
    if (change === undefined) continue
    const key = JSON.stringify(change, (member, value) => (member === 'tool' ? undefined : value))
    const group = found.get(key) ?? { change, labels: [] }
    found.set(key, group)
    group.labels.push(tools === undefined ? labelOf(name, before, after) : `\`${name}\``)
  }
  const changes = [...found.values()].map(({ change, labels }) => ({ tools: [...new Set(labels)], ...change }))
  return { tools: changes, complete }
}

/** The same policy, blocking what it decides. */
function enforcing(side: Side): Side {
  return { ...side, policy: { ...side.policy, mode: 'enforce' } }
}

export function toolsIn(document: JsonObject): JsonObject {
  return isJsonObject(document['tools']) ? document['tools'] : {}
}

/** What a list of tools says of one, as a decision sees it. */
function factsOf({ annotations = {}, category, severity }: ToolFacts): JsonObject {
  return { annotations, ...(category && { category }), ...(severity && { severity }) }
}

/** A tool of a list, with everything the list says of it. */
export function knownTool(tool: ToolFacts, compile: SchemaCompiler | undefined): KnownTool {
  const schema = toolSchemaOf(tool, compile)
  return { name: tool.name, facts: factsOf(tool), ...(schema && { schema }) }
}

function changeOf(comparison: Comparison): Omit<ToolChange, 'tools'> | undefined {
  const { tool, before, after, judgements } = comparison
  const transitions = isSame(judgements.before, judgements.after)
    ? []
    : transitionsOf(comparison, newBudget(), limits.analysisRegionsMax)
  const shown = transitions.map(transition => shownTransition(comparison.atoms, transition))
  const listed = { before: isListed(before.policy, tool.name), after: isListed(after.policy, tool.name) }
  const isJudged = judgements.before.denied === undefined && judgements.after.denied === undefined
  const change = {
    verdicts: shown.flatMap(({ verdicts }) => verdicts),
    open: withoutRepetition(shown.flatMap(({ open }) => open)),
    limits: isJudged ? limitChanges(before, after, tool.name) : [],
    ...(listed.before !== listed.after && { listed }),
  }
  const isNothing = change.verdicts.length + change.open.length + change.limits.length === 0
  return isNothing && listed.before === listed.after ? undefined : change
}

function isSame(a: Judgement, b: Judgement): boolean {
  if (a.denied !== undefined && b.denied !== undefined) return true
  const keys = (judgement: Judgement) => [...new Set(judgement.clauses.map(({ key }) => key))].sort().join('\n')
  return a.denied === b.denied && keys(a) === keys(b)
}

/** Regions that say the same of what matters are one; two that differ in one place only are joined there. */
function shownTransition(atoms: Atoms, transition: Transition) {
  const { from, to, cause, about, isCut, regions, complete } = transition
  const verdicts: VerdictChange[] = []
  const open: OpenChange[] = []
  for (const { region, left } of joinedRegions(regions, about)) {
    const words = regionWords(atoms, region.space, left, askedIn(about))
    const when = isCut ? [...words, 'no other rule stops it'] : words
    if (region.call === undefined) open.push({ from, to, when, cause, ...doubtOf(atoms, region) })
    else verdicts.push({ from, to, when, cause, call: region.call })
  }
  if (!complete && regions.length < limits.analysisRegionsMax) open.push({ from, to, when: [], cause, ...outOfSteps })
  return { verdicts, open }
}

/** What nobody can tell for one and the same reason, said once for each kind of change. */
function withoutRepetition(open: readonly OpenChange[]): readonly OpenChange[] {
  const tooMuch = (one: OpenChange) => one.why === outOfSteps.why
  return open.filter(
    (one, index) =>
      !tooMuch(one) || open.findIndex(two => tooMuch(two) && two.from === one.from && two.to === one.to) === index,
  )
}

type Left = readonly (readonly number[])[]

function askedIn(about: Transition['about']): readonly number[] {
  return about.flatMap(({ formula }) => atomsOf(formula))
}

function mentionedIn({ space }: Region, about: Transition['about']): ReadonlySet<number> {
  return new Set(askedIn(about).flatMap(atom => space.owner.get(atom) ?? []))
}

function joinedRegions(
  regions: readonly Region[],
  about: Transition['about'],
): readonly { region: Region; left: Left }[] {
  const joined: { region: Region; left: Left }[] = []
  for (const region of regions) {
    const mentioned = mentionedIn(region, about)
    const left = region.box.left.map((choices, id) => (mentioned.has(id) ? choices : []))
    joined.push({ region, left })
  }
  for (let at = 0; at < joined.length; ) {
    const one = joined[at] as { region: Region; left: Left }
    const partner = joined.findIndex((two, index) => index > at && canJoin(one, two))
    const two = joined[partner]
    if (two === undefined) {
      at += 1
      continue
    }
    const left = one.left.map((choices, id) =>
      [...new Set([...choices, ...(two.left[id] ?? [])])].sort((a, b) => a - b),
    )
    const region = one.region.call === undefined ? two.region : one.region
    joined.splice(partner, 1)
    joined[at] = { region, left }
    at = 0
  }
  return joined
}

function canJoin(one: { region: Region; left: Left }, two: { region: Region; left: Left }): boolean {
  if ((one.region.call === undefined) !== (two.region.call === undefined)) return false
  return one.left.filter((choices, id) => choices.join() !== (two.left[id] ?? []).join()).length < 2
}
