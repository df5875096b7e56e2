/**
 * A document after reading: every dialect becomes this, and the compiler, the checks and the normal form know only
 * this. Each part keeps the JSON Pointer of the place where it was written.
 */
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { Path, Step } from './path.ts'
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

/** What is taken out of an answer: the values at a path, or every text that matches a pattern (RE2). */
export type Redaction =
  | {
      readonly at: string
      readonly with: string
      readonly path: { readonly text: string; readonly steps: readonly Step[] }
    }
  | { readonly at: string; readonly with: string; readonly pattern: string }

/** `results`: what an answer may say. */
export interface ResultRules {
  readonly at: string
  readonly maxBytes?: number
  readonly redactions: readonly Redaction[]
  /** Their conditions may start with `result`. */
  readonly denials: readonly Rule[]
}

export interface RuleSet {
  readonly requires: readonly Rule[]
  readonly denials: readonly Rule[]
  readonly approvals: readonly ApprovalRule[]
  readonly limits: readonly LimitRule[]
  readonly results?: ResultRules
}

/** What a call brings in: a call so labelled leaves a mark on its principal and grant. */
export const sourceLabels = ['untrusted', 'sensitive'] as const
/** What a call can do with what was brought in. */
export const sinkLabels = ['external', 'destructive'] as const
export const labels = [...sourceLabels, ...sinkLabels] as const
export type SourceLabel = (typeof sourceLabels)[number]
export type SinkLabel = (typeof sinkLabels)[number]
export type Label = (typeof labels)[number]

/** For `withinMs` after a call labelled `after`, a call labelled `to` is denied or put before a person. */
export interface Flow {
  readonly at: string
  readonly after: SourceLabel
  readonly withinMs: number
  readonly to: SinkLabel
  readonly ask: boolean
  /** `on_deny`, in the operator's words. */
  readonly message?: string
  readonly approvers: readonly string[]
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
  readonly labels?: readonly Label[]
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
  readonly flows?: readonly Flow[]
}

/** The document in its own grammar, as `policy import` prints it. Reading it again gives the same document. */
export type NormalisedDocument = JsonObject & { readonly version: '1' }

export const emptyRules: RuleSet = { requires: [], denials: [], approvals: [], limits: [] }
