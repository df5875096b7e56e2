/**
 * The smallest single change of one argument after which a denied call is no longer denied. Found by trying: a change
 * is offered only after the engine has decided the changed call. Bounded in tries, and in work by the decision's own
 * budget, so that being refused costs no more than being allowed may.
 */
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { type Candidate, candidatesFor } from './candidates.ts'
import type { CompiledRule, Resolution } from './compile.ts'
import type { Desk } from './desk.ts'
import type { Condition, Leaf } from './model.ts'
import type { Path, Step } from './path.ts'
import { compileReach, type Found, follow, stepsBehindEach } from './reach.ts'
import type { DecisionInput } from './verdict.ts'

/** `value` absent: the member at `path` is left out. With `[*]` in the path every element is changed that way. */
export interface Change {
  readonly path: Path
  readonly value?: Json
  readonly words: string
}

/** Tries changes to what `rule` looked at; `denies` decides a call with other arguments. */
export function findChange(
  rule: string,
  resolution: Resolution,
  input: DecisionInput,
  desk: Desk,
  denies: (args: JsonObject) => boolean,
): Change | undefined {
  if (desk.isSpent) return undefined
  const tries = changesFor(rule, resolution, input).slice(0, limits.policyTriesMax)
  return tries.find(change => {
    if (desk.isSpent) return false
    const args = applyChange(input.args, change)
    return args !== undefined && !denies(args)
  })
}

/** Changes to the paths of the rule that denied, from every rule that looks at one of them, the nearest first. */
function changesFor(at: string, resolution: Resolution, input: DecisionInput): readonly Change[] {
  const limit = resolution.limits.find(each => each.limit.at === at)?.limit
  const counted = [limit?.incrementFrom, limit?.key].flatMap(path =>
    path === undefined ? [] : [1, 'x'].map((value): Change => ({ path, value, words: 'can be counted' })),
  )
  const { byRule, byPath } = leavesIn(resolution)
  const denying = byRule.get(at) ?? []
  const paths = new Map(denying.filter(({ path }) => isChangeable(path)).map(({ path }) => [path.text, path]))
  const changes = [...paths].flatMap(([text, path]) => {
    const actual = actualOf(path, input)
    const leaves = [...denying.filter(leaf => leaf.path.text === text), ...(byPath.get(text) ?? [])]
    return distinct(leaves.flatMap(leaf => candidatesFor(leaf, actual))).map((candidate): [Change, number] => [
      { path, ...candidate },
      distance(candidate, actual),
    ])
  })
  return [...counted, ...changes.sort(([, a], [, b]) => a - b).map(([change]) => change)]
}

/** Many rules guess the same value: the first to guess it names it. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<Json | undefined>()
  return candidates.filter(({ value }) => {
    if (seen.has(value)) return false
    seen.add(value)
    return true
  })
}

interface Leaves {
  readonly byRule: ReadonlyMap<string, readonly Leaf[]>
  readonly byPath: ReadonlyMap<string, readonly Leaf[]>
}

const known = new WeakMap<Resolution, Leaves>()

/** The comparisons of a tool's rules, gathered at its first denial. */
function leavesIn(resolution: Resolution): Leaves {
  const gathered = known.get(resolution)
  if (gathered !== undefined) return gathered
  const rules: readonly CompiledRule[] = [...resolution.requires, ...resolution.denials, ...resolution.approvals]
  const byRule = new Map(rules.map(({ at, rule }) => [at, rule.conditions.flatMap(leavesOf)]))
  const leaves = { byRule, byPath: Map.groupBy([...byRule.values()].flat(), ({ path }) => path.text) }
  known.set(resolution, leaves)
  return leaves
}

function leavesOf(condition: Condition): readonly Leaf[] {
  if ('leaf' in condition) return [condition.leaf]
  if ('not' in condition) return leavesOf(condition.not)
  return ('any' in condition ? condition.any : condition.all).flatMap(leavesOf)
}

function isChangeable({ root, steps }: Path): boolean {
  return root === 'args' && steps.length > 0
}

/** What is there now; of a list the first element. */
function actualOf(path: Path, input: DecisionInput): Json | undefined {
  const start = compileReach(path, 'UTC')(input)
  const behind = stepsBehindEach(path)
  const first = Array.isArray(start) ? ((start as readonly Json[])[0] ?? null) : start
  const found: Found =
    behind === undefined
      ? start
      : follow(
          first,
          behind.filter(step => !('each' in step)),
        )
  return typeof found === 'symbol' ? undefined : found
}

/** Numbers by how far away they are, values of the kind that is there before others, leaving out last. */
function distance({ value }: Candidate, actual: Json | undefined): number {
  if (value === undefined) return Number.MAX_VALUE
  if (typeof value === 'number' && typeof actual === 'number') return Math.abs(value - actual) / Number.MAX_SAFE_INTEGER
  return actual === undefined || typeof value === typeof actual ? 1e3 : 1e6
}

/** The arguments after a change, or `undefined` where it does not fit what is there. The given ones stay as they are. */
export function applyChange(args: JsonObject, change: Change): JsonObject | undefined {
  const changed = changeAt(args, change.path.steps, change.value)
  return isJsonObject(changed) ? changed : undefined
}

function changeAt(value: Json | undefined, steps: readonly Step[], to: Json | undefined): Json | undefined {
  const [step, ...rest] = steps
  if (step === undefined) return to
  if ('key' in step) {
    if (value !== undefined && value !== null && !isJsonObject(value)) return changeAt({}, steps, to)
    const members: JsonObject = value ?? {}
    const changed = changeAt(Object.hasOwn(members, step.key) ? members[step.key] : undefined, rest, to)
    // a computed key is a member like any other, `__proto__` too
    if (changed !== undefined) return { ...members, [step.key]: changed }
    const { [step.key]: _, ...others } = members
    return others
  }
  const list = Array.isArray(value) ? (value as readonly Json[]) : []
  if ('each' in step) return list.flatMap(item => changeAt(item, rest, to) ?? [])
  if (step.index > list.length || step.index >= limits.policyTriesMax * 100) return undefined
  const changed = changeAt(list[step.index], rest, to)
  return list.toSpliced(step.index, 1, ...(changed === undefined ? [] : [changed]))
}

/** The change in words: `args.amount` is at most 500. */
export function changeWords({ path, words }: Change): string {
  return `\`${path.text}\` ${words}`
}
