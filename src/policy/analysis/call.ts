/**
 * Calls out of a box: for each variable one choice, for each choice one value, put together into the JSON somebody can
 * paste. The first call of a box is the plainest; further ones vary it where a question can only be tried.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { readContext } from '../explain.ts'
import { absent } from '../reach.ts'
import type { DecisionInput } from '../verdict.ts'
import type { Box } from './solver.ts'
import type { Choice, Space, Variable } from './space.ts'
import { onlyError } from './truths.ts'

/** A call as it is printed: `context` is what `policy explain --context` takes. */
export interface Call {
  readonly tool: string
  readonly args: JsonObject
  readonly context: JsonObject
}

/** What is said of every call, and not a matter of choice. */
export interface Given {
  readonly tool: string
  /** The tool's facts, where a list of tools gives them. */
  readonly facts?: JsonObject
}

/** The call as the engine sees it; `undefined` for a context that cannot be written down. */
export function inputOf({ tool, args, context }: Call): DecisionInput | undefined {
  const reading = readContext(context, anyMs)
  return reading.ok ? { tool, args, ...reading.context } : undefined
}

/** The time of calls to which time does not matter. */
const anyMs = Date.UTC(2026, 0, 5, 12)

/** Calls from `box`, the plainest first, as many as may be tried. `about`: the variables a reader is to look at. */
export function* callsIn(space: Space, box: Box, given: Given, about: ReadonlySet<number>): Generator<Call> {
  const options = space.variables.map(variable =>
    optionsOf(variable, box.left[variable.id] ?? [], about.has(variable.id)),
  )
  const first = assemble(space, options, given, () => 0)
  if (first !== undefined) yield first
  let tries = 1
  const open = options.flatMap((each, id) => (each.length > 1 ? [id] : []))
  for (const id of open) {
    for (let index = 1; index < (options[id]?.length ?? 0); index += 1) {
      if (tries++ >= limits.analysisTriesMax) return
      const call = assemble(space, options, given, other => (other === id ? index : 0))
      if (call !== undefined) yield call
    }
  }
  // two and more at once, in an order that meets everything sooner or later
  for (let round = 1; open.length > 1 && tries < limits.analysisTriesMax; round += 1) {
    tries += 1
    const call = assemble(space, options, given, id => spread(round, id))
    if (call !== undefined) yield call
  }
}

/** A number for each variable that goes through all options at its own pace. */
function spread(round: number, id: number): number {
  return Math.imul(round, 2 * id + 1) + Math.floor(round / (id + 2))
}

interface Option {
  readonly choice: number
  readonly sample: unknown
  /** Stands for nothing being there. */
  readonly isGone: boolean
}

/** The values a variable may take, the plainest first. */
function optionsOf(variable: Variable, left: readonly number[], isAbout: boolean): readonly Option[] {
  const isFree = !isAbout || left.length === variable.choices.length
  const rank = ({ as, truths, samples }: Choice): number => {
    if (as === 'broken') return 9
    if (as === 'absent') return isFree ? 0 : 4
    const [sample] = samples
    if ([...truths.values()].some(each => each === onlyError)) return isLong(sample) ? 8 : 5
    return typeof sample === 'number' && !Number.isInteger(sample) ? 2 : isLong(sample) ? 8 : 1
  }
  const ranked = left.toSorted((a, b) => rank(variable.choices[a] as Choice) - rank(variable.choices[b] as Choice))
  const first = ranked.flatMap(choice => samplesOf(variable, choice).slice(0, 1))
  const more = ranked.flatMap(choice => samplesOf(variable, choice).slice(1))
  return [...first, ...more]
}

function isLong(sample: unknown): boolean {
  return typeof sample === 'string' && sample.length > 100
}

function samplesOf(variable: Variable, choice: number): readonly Option[] {
  const { as, samples } = variable.choices[choice] as Choice
  if (variable.opaque !== undefined) return []
  if (as === 'broken') return [{ choice, sample: undefined, isGone: true }]
  return samples.map(sample => ({ choice, sample, isGone: sample === absent }))
}

/** One call; `pick` says which option of each variable. Nothing where a variable has no value that fits. */
function assemble(
  space: Space,
  options: readonly (readonly Option[])[],
  given: Given,
  pick: (variable: number) => number,
): Call | undefined {
  const chosen: (Option | undefined)[] = []
  const roots = new Map<string, Json>()
  let timeMs: number | undefined
  for (const { id, parent, place, opaque } of space.variables) {
    if (opaque !== undefined) continue
    const above = parent === undefined ? undefined : chosen[parent.id]
    const fitting = (options[id] ?? []).filter(({ choice, isGone }) => {
      if (parent === undefined || above === undefined) return true
      return parent.fits[above.choice]?.[choice] && (!isGone || !isGiven(above.sample, parent.key))
    })
    const option = fitting[pick(id) % Math.max(1, fitting.length)]
    if (option === undefined) return undefined
    chosen[id] = option
    if (place === undefined) timeMs = option.sample as number
    else if (!option.isGone && !isInside(above?.sample, place.keys.at(-1))) {
      const root = roots.get(place.root)
      roots.set(place.root, setAt(root, place.keys, option.sample as Json))
    }
  }
  return callFrom(roots, timeMs, given)
}

/** True where the value above already holds the member. */
function isGiven(above: unknown, key: string): boolean {
  return isJsonObject(above) && Object.hasOwn(above, key)
}

function isInside(above: unknown, key: string | undefined): boolean {
  return key !== undefined && isGiven(above, key)
}

function callFrom(roots: ReadonlyMap<string, Json>, timeMs: number | undefined, given: Given): Call {
  const context: Record<string, Json> = {}
  for (const [root, value] of roots) {
    if (root === 'args' || !isJsonObject(value)) continue
    const { name: _name, ...facts } = value
    const members = root === 'tool' ? facts : value
    if (Object.keys(members).length > 0) context[root] = members
  }
  if (given.facts !== undefined) context['tool'] = given.facts
  if (timeMs !== undefined) context['time'] = new Date(timeMs).toISOString()
  const args = roots.get('args')
  return { tool: given.tool, args: isJsonObject(args) ? args : {}, context }
}

/** The value with `to` at the end of `keys`; own members only, whatever they are called. */
function setAt(value: Json | undefined, keys: readonly string[], to: Json): Json {
  const [key, ...rest] = keys
  if (key === undefined) return isJsonObject(to) && isJsonObject(value) ? merge(to, value) : to
  const members = new Map(Object.entries(isJsonObject(value) ? value : {}))
  members.set(key, setAt(members.get(key), rest, to))
  return Object.fromEntries(members)
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  return Object.fromEntries([...Object.entries(a), ...Object.entries(b)])
}
