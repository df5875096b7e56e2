/**
 * What changes in the limits of one tool: added, removed, looser, tighter. Limits that a tighter one makes pointless are
 * left out of the comparison; a counter that only has another name is the same counter.
 */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { windowText } from '../caps.ts'
import type { CompiledLimit } from '../compile.ts'
import type { LimitRule } from '../model.ts'
import type { Side } from './judgement.ts'

export interface LimitChange {
  readonly kind: 'added' | 'removed' | 'looser' | 'tighter' | 'changed'
  readonly before?: { readonly at: string; readonly words: string }
  readonly after?: { readonly at: string; readonly words: string }
}

export function limitChanges(before: Side, after: Side, tool: string): readonly LimitChange[] {
  const old = effective(before.policy.resolve(tool).limits)
  const fresh = effective(after.policy.resolve(tool).limits)
  if (old.length + fresh.length === 0) return []
  const uses = { old: sharesIn(before.document), fresh: sharesIn(after.document) }
  const pairs = pairUp(old, fresh, (a, b) => uses.old.get(a.counter) === uses.fresh.get(b.counter))
  const changes = pairs.flatMap(([one, two]) => (isSame(one, two) ? [] : [change(one, two)]))
  const gone = old.filter(limit => !pairs.some(([one]) => one === limit))
  const come = fresh.filter(limit => !pairs.some(([, two]) => two === limit))
  return [
    ...changes,
    ...gone.map((limit): LimitChange => ({ kind: 'removed', before: said(limit) })),
    ...come.map((limit): LimitChange => ({ kind: 'added', after: said(limit) })),
  ]
}

function effective(compiled: readonly CompiledLimit[]): readonly LimitRule[] {
  const all = compiled.map(({ limit }) => limit)
  const isPointless = (limit: LimitRule, index: number) =>
    all.some((other, at) => at !== index && coversLimit(other, limit) && !(coversLimit(limit, other) && index < at))
  return all.filter((limit, index) => !isPointless(limit, index))
}

/** True if `tighter` always refuses before `looser` does: both count the same, in windows that slide. */
export function coversLimit(tighter: LimitRule, looser: LimitRule): boolean {
  if (!countSame(tighter, looser) || tighter.counter !== looser.counter) return false
  if (tighter.calendar || looser.calendar) {
    const isSameWindow = JSON.stringify(tighter.calendar) === JSON.stringify(looser.calendar)
    return isSameWindow && tighter.max <= looser.max
  }
  return tighter.windowMs >= looser.windowMs && tighter.max <= looser.max
}

function countSame(a: LimitRule, b: LimitRule): boolean {
  return (
    a.scope === b.scope &&
    a.key?.text === b.key?.text &&
    a.incrementFrom?.text === b.incrementFrom?.text &&
    a.settleFrom === b.settleFrom
  )
}

/** Each limit with the one it became: of the same window first, then of the same counter, then of whatever is left alike. */
function pairUp(
  old: readonly LimitRule[],
  fresh: readonly LimitRule[],
  isRenamed: (a: LimitRule, b: LimitRule) => boolean,
): readonly (readonly [LimitRule, LimitRule])[] {
  const pairs: [LimitRule, LimitRule][] = []
  const rules: readonly ((a: LimitRule, b: LimitRule) => boolean)[] = [
    (a, b) => a.counter === b.counter && isSame(a, b),
    (a, b) => a.counter === b.counter && countSame(a, b) && windowOf(a) === windowOf(b),
    (a, b) => a.counter === b.counter && countSame(a, b),
    (a, b) => isRenamed(a, b) && isSame(a, b),
    (a, b) => isRenamed(a, b) && countSame(a, b) && windowOf(a) === windowOf(b),
  ]
  for (const fits of rules) {
    for (const one of old) {
      if (pairs.some(([taken]) => taken === one)) continue
      const two = fresh.find(each => fits(one, each) && !pairs.some(([, taken]) => taken === each))
      if (two !== undefined) pairs.push([one, two])
    }
  }
  return pairs
}

/** For each counter what counts in it: equal for a counter that has only been given another name. */
function sharesIn(document: JsonObject): ReadonlyMap<string, string> {
  const known = shares.get(document) ?? findShares(document)
  shares.set(document, known)
  return known
}

const shares = new WeakMap<JsonObject, ReadonlyMap<string, string>>()

function findShares(document: JsonObject): ReadonlyMap<string, string> {
  const uses = new Map<string, string[]>()
  const sets = [['', document['all_tools']], ...Object.entries(document['tools'] ?? {})] as readonly [string, Json][]
  for (const [name, set] of sets) {
    const limits = isJsonObject(set) && Array.isArray(set['limits']) ? (set['limits'] as readonly JsonObject[]) : []
    for (const { counter, scope, window } of limits) {
      const list = uses.get(String(counter)) ?? []
      uses.set(String(counter), [...list, JSON.stringify([name, scope, window])])
    }
  }
  return new Map([...uses].map(([counter, list]) => [counter, list.sort().join()]))
}

function isSame(a: LimitRule, b: LimitRule): boolean {
  return countSame(a, b) && windowOf(a) === windowOf(b) && a.max === b.max
}

function windowOf({ windowMs, calendar }: LimitRule): string {
  return calendar === undefined ? windowText(windowMs) : `calendar ${calendar.unit} in ${calendar.zone}`
}

function change(one: LimitRule, two: LimitRule): LimitChange {
  const sameName = { ...two, counter: one.counter }
  const isTighter = coversLimit(sameName, one)
  const isLooser = coversLimit(one, sameName)
  const kind = isTighter ? 'tighter' : isLooser ? 'looser' : 'changed'
  return { kind, before: said(one), after: said(two) }
}

function said(limit: LimitRule): { readonly at: string; readonly words: string } {
  const what =
    limit.incrementFrom === undefined ? `${limit.max} calls` : `${limit.max} of \`${limit.incrementFrom.text}\``
  const each = limit.key === undefined ? '' : ` and \`${limit.key.text}\``
  const settled = limit.settleFrom === undefined ? '' : `, settled from \`${limit.settleFrom}\``
  const counter = `\`${limit.counter}\``
  return { at: limit.at, words: `${counter}: ${what} per ${windowOf(limit)} for each ${limit.scope}${each}${settled}` }
}
