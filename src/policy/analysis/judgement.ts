/**
 * One policy's rules for one tool as demands: what must hold for a call to pass, what denies it, what puts it before a
 * person. In the order of the engine; the verdict depends on which of them hold, not on the order.
 */

import { canonicalJson } from '../../wire/canonical.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import type { Policy, Resolution } from '../compile.ts'
import { pointerMembers } from '../problem.ts'
import type { Atoms } from './atoms.ts'
import type { Demand } from './solver.ts'
import type { KnownTool } from './space.ts'
import { schemaClauses } from './tool-schema.ts'
import { anyTruth, type Formula, onlyError, onlyMissing, onlyNo, onlyYes, type Truths } from './truths.ts'

/** One rule: it lets a call pass when its formula comes out as one of `passes`. */
export interface Clause {
  readonly at: string
  readonly kind: 'arguments' | 'require' | 'deny_if' | 'approve_if' | 'limit'
  readonly formula: Formula
  readonly passes: Truths
  /** Equal for two rules that say the same, in whatever document. */
  readonly key: string
  /** Of a rule that asks: who is asked, and how. Equal for the same terms. */
  readonly terms?: string
}

/** What a policy does with calls of one tool. `denied`: whatever is in them. */
export interface Judgement {
  readonly denied?: string
  readonly clauses: readonly Clause[]
}

/** A policy with the document it was made from, which names its schemas. */
export interface Side {
  readonly policy: Policy
  readonly document: JsonObject
}

export function judgementOf(atoms: Atoms, { policy, document }: Side, tool: KnownTool): Judgement {
  const resolution = policy.resolve(tool.name)
  const denied = deniedBy(resolution)
  if (denied !== undefined) return { denied, clauses: [] }
  const clauses: Clause[] = tool.schema === undefined ? [] : [...schemaClauses(atoms, tool.schema)]
  const add = (at: string, kind: Clause['kind'], formula: Formula, passes: Truths) => {
    clauses.push(clauseOf(at, kind, formula, passes))
  }
  for (const { at, check } of resolution.checks) {
    const schema = valueAt(document, at) ?? at
    add(
      at,
      'arguments',
      atoms.schema(schema, 'the schema of `arguments`', ({ args }) => check(args) === undefined),
      onlyYes,
    )
  }
  for (const { at, rule, kind } of [...resolution.requires, ...resolution.denials])
    add(at, kind, atoms.rule(rule, kind, policy.zone), passing[kind])
  for (const { at, rule, kind, approval } of resolution.approvals) {
    const { rule: _rule, message: _message, ...terms } = approval
    const clause = clauseOf(at, kind, atoms.rule(rule, kind, policy.zone), passing[kind])
    clauses.push({ ...clause, terms: canonicalJson(terms) })
  }
  for (const { limit } of resolution.limits) {
    if (limit.incrementFrom !== undefined) add(limit.at, 'limit', atoms.units(limit.incrementFrom), onlyYes)
    if (limit.key !== undefined) add(limit.at, 'limit', atoms.key(limit.key), onlyYes)
  }
  return { clauses }
}

export function clauseOf(at: string, kind: Clause['kind'], formula: Formula, passes: Truths): Clause {
  return { at, kind, formula, passes, key: JSON.stringify([kind === 'approve_if', passes, formula]) }
}

const passing: Readonly<Record<'require' | 'deny_if' | 'approve_if', Truths>> = {
  require: onlyYes,
  deny_if: onlyNo | onlyMissing,
  approve_if: onlyYes | onlyNo | onlyMissing,
}

function deniedBy({ hidden, listedBy, denied }: Resolution): string | undefined {
  if (hidden) return '(hidden)'
  return listedBy === undefined ? '(default deny)' : denied?.at
}

function valueAt(document: JsonObject, at: string) {
  let value: unknown = document
  for (const member of pointerMembers(at)) value = (value as Record<string, unknown> | undefined)?.[member]
  return value as JsonObject | undefined
}

/** The clause lets the call pass. */
export function passes({ formula, passes: among, at }: Clause): Demand {
  return { formula, among, at }
}

/** The clause denies the call. */
export function denies({ formula, passes: among, at }: Clause): Demand {
  return { formula, among: anyTruth & ~among, at }
}

/** The clause, one of `approve_if`, puts the call before a person. */
export function asks({ formula, at }: Clause): Demand {
  return { formula, among: onlyYes, at }
}

/** The clause, one of `approve_if`, has nothing to ask. */
export function asksNothing({ formula, at }: Clause): Demand {
  return { formula, among: anyTruth & ~(onlyYes | onlyError), at }
}
