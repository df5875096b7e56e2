/**
 * A document after reading: every dialect becomes this, and the compiler, the checks and the normal form know only
 * this. Each part keeps the JSON Pointer of the place where it was written.
 */
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { Path } from './path.ts'
import type { LimitScope } from './verdict.ts'

export const operators = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'not_in',
  'exists',
  'regex',
  'contains',
  'starts_with',
  'ends_with',
  'glob',
  'cidr',
  'host_in',
] as const

export type Operator = (typeof operators)[number]

/** One comparison: the value at `path` against the document's `value`. */
export interface Leaf {
  readonly path: Path
  readonly op: Operator
  readonly value: Json
  readonly at: string
}

export type Condition =
  | { readonly leaf: Leaf }
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] }
  | { readonly not: Condition }

/** Conditions ANDed, and beside them one CEL expression. */
export interface Rule {
  readonly at: string
  readonly conditions: readonly Condition[]
  readonly when?: string
  /** `on_deny`, in the operator's words. */
  readonly message?: string
}

/** A rule that needs a person when it holds. Times in milliseconds. */
export interface ApprovalRule extends Rule {
  readonly approvers: readonly string[]
  readonly quorum: number
  readonly decideWithinMs?: number
  readonly executeWithinMs?: number
  readonly allowEdits: boolean
}

export type CalendarUnit = 'minute' | 'hour' | 'day' | 'week' | 'month'

export interface LimitRule {
  readonly at: string
  readonly counter: string
  readonly windowMs: number
  readonly max: number
  readonly scope: LimitScope
  readonly key?: Path
  readonly incrementFrom?: Path
  readonly settleFrom?: string
  readonly calendar?: { readonly unit: CalendarUnit; readonly zone: string }
}

export interface RuleSet {
  readonly requires: readonly Rule[]
  readonly denials: readonly Rule[]
  readonly approvals: readonly ApprovalRule[]
  readonly limits: readonly LimitRule[]
}

export type Action = 'allow' | 'deny' | 'hide' | 'require_approval'

/** What one key of `tools` says. `name` is an exact name or a glob. */
export interface Entry extends RuleSet {
  readonly name: string
  readonly at: string
  readonly action: Action
  readonly reason?: string
  /** Extra JSON Schema for the arguments. */
  readonly argumentSchema?: JsonObject
  /** The operator's word on whether a call changes anything; stands above the definition's own annotation. */
  readonly readOnly?: boolean
}

export type Dialect = 'v1' | 'hosted' | 'intercept' | 'faq'

export interface Model {
  readonly dialect: Dialect
  readonly description?: string
  readonly default: 'allow' | 'deny'
  readonly mode: 'enforce' | 'observe'
  readonly zone: string
  readonly hide: readonly { readonly name: string; readonly at: string }[]
  readonly allTools: RuleSet
  readonly entries: readonly Entry[]
}

/** The document in its own grammar, as `policy import` prints it. Reading it again gives the same document. */
export type NormalisedDocument = JsonObject & { readonly version: '1' }

export const emptyRules: RuleSet = { requires: [], denials: [], approvals: [], limits: [] }
