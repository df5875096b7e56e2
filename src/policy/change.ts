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
  const rules: readonly CompiledRule[] = [...resolution.requires, ...resolution.denials, ...resolution.approvals]
  const limit = resolution.limits.find(each => each.limit.at === at)?.limit
  const counted = [limit?.incrementFrom, limit?.key].flatMap(path =>
    path === undefined ? [] : [1, 'x'].map((value): Change => ({ path, value, words: 'can be counted' })),
  )
  const denying = rules.filter(rule => rule.at === at).flatMap(({ rule }) => rule.conditions.flatMap(leavesOf))
  const paths = new Set(denying.filter(({ path }) => isChangeable(path)).map(({ path }) => path.text))
  if (paths.size === 0) return counted
  const leaves = [...denying, ...rules.flatMap(({ rule }) => rule.conditions.flatMap(leavesOf))]
  const changes = leaves.flatMap(leaf => {
    if (!paths.has(leaf.path.text)) return []
    const actual = actualOf(leaf.path, input)
    return candidatesFor(leaf, actual).map((candidate): [Change, number] => [
      { path: leaf.path, ...candidate },
      distance(candidate, actual),
    ])
  })
  return [...counted, ...changes.sort(([, a], [, b]) => a - b).map(([change]) => change)]
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
    const members = new Map(Object.entries(value ?? {}))
    const changed = changeAt(members.get(step.key), rest, to)
    if (changed === undefined) members.delete(step.key)
    else members.set(step.key, changed)
    return Object.fromEntries(members)
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
