/**
 * What the engine is asked and what it answers. Types only.
 * An answer is a value in every case: `decide` never throws, and whatever it cannot evaluate is a denial.
 */
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { SourceLabel } from './model.ts'

/** One call as the policy sees it. Other doors use their method as the tool name, e.g. `resources/read` `{uri}`. */
export interface DecisionInput {
  readonly tool: string
  readonly args: JsonObject
  readonly caller: {
    readonly id: string
    readonly kind: string
    readonly roles: readonly string[]
    readonly groups: readonly string[]
  }
  readonly grant: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly server: { readonly name: string }
  readonly facts: ToolRisk & { readonly annotations: JsonObject }
  readonly timeMs: number
  /** How long ago, in ms, this principal last made a call of each label with this grant; 0 while one is under way. */
  readonly recent?: { readonly [Label in SourceLabel]?: number }
  /** Only where an answer is judged (`results`). */
  readonly answer?: AnswerView
  /** Stands in for `timeMs` where a question is asked about a time of day and not about an instant. */
  readonly time?: { readonly hour?: number; readonly weekday?: string; readonly date?: string }
}

/** An answer as `result.*` sees it: a path that begins with one of `members` is read from it, any other from `data`. */
export interface AnswerView {
  readonly whole: JsonObject
  readonly members: ReadonlySet<string>
  readonly data?: JsonObject
}

/** What a tool can do, as it was rated from its definition (docs/reference/risk-method.md). */
export interface ToolRisk {
  readonly category?: string | undefined
  readonly severity?: string | undefined
}

export type LimitScope = 'grant' | 'principal' | 'session' | 'server' | 'organisation'

/** What one admitted call takes from one counter. */
export interface Charge {
  readonly counter: string
  readonly scope: LimitScope
  /** With `key`: one counter per value. Text as it is, other scalars as their JSON. */
  readonly keyValue?: string
  readonly windowMs: number
  readonly max: number
  readonly units: number
  /** JSON Pointer of the limit in the document as written. */
  readonly rule: string
  /** Absent: any interval of `windowMs`. Present: calendar windows, in this IANA zone. */
  readonly calendar?: { readonly unit: 'minute' | 'hour' | 'day' | 'week' | 'month'; readonly zone: string }
  /** Path into the result (`result.amount`) whose number replaces `units` when the call is settled. */
  readonly settleFrom?: string
}

export interface Denial {
  readonly effect: 'deny'
  /** JSON Pointer, or `(no policy)`, `(hidden)`, `(default deny)`, `(error)`. */
  readonly rule: string
  /** For the agent: which rule was broken, in the operator's words where the document has them. */
  readonly message: string
  /** `{path, op, value, actual?, holds}` of each comparison of the rule; `holds` is true, false, `missing` or `error`. */
  readonly facts?: readonly Json[]
  /** One change of one argument after which this call is no longer denied; verified before it is offered. */
  readonly wouldPassIf?: string
  /** Set when the rule did not come to an answer: unlike types, unparsable value, a fault. */
  readonly error?: string
  /** Set when waiting so long is enough: what denies does so for a time (`flows`). */
  readonly retryAfterMs?: number
  /** The tool is hidden by the policy: answer as for a tool that does not exist. */
  readonly hidden: boolean
}

export interface Allowance {
  readonly effect: 'allow'
  /** Pointer of the entry that lists the tool, or `/default`. */
  readonly rule: string
  readonly charges: readonly Charge[]
  /** `mode: observe`: what would have been denied. */
  readonly observed?: Denial
}

export interface Question {
  readonly effect: 'ask'
  readonly rule: string
  readonly message: string
  readonly charges: readonly Charge[]
  /** `{required: [{rule, approvers, quorum, decideWithinMs?, executeWithinMs?, allowEdits}]}`: every one must be met. */
  readonly approval: JsonObject
  readonly facts?: readonly Json[]
  /** Set when nobody is asked any more after so long: only flows ask. */
  readonly retryAfterMs?: number
}

export type Verdict = Allowance | Question | Denial

/** What the static checks may know of a server's tool. */
export interface ToolFacts {
  readonly name: string
  readonly inputSchema?: Json
  readonly outputSchema?: Json
  readonly annotations?: JsonObject
  /** How the tool was rated, where somebody did. */
  readonly category?: string
  readonly severity?: string
}
