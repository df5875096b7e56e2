/**
 * One entry of the attack database: what an attack is, where it happened, which tools it concerns, what stops it and
 * what does not, and a replay that a test carries out against that. Types and the closed lists of words; no reading.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import { flagNames } from '../classify/evidence.ts'
import { categories } from '../classify/lexicon/senses.ts'
import type { AttackId } from './ids.ts'

export const attackClasses = [
  'protocol',
  'supply-chain',
  'prompt-metadata',
  'agent-behaviour',
  'data',
  'identity',
  'cost',
] as const
export type AttackClass = (typeof attackClasses)[number]

/**
 * `documented`: it happened, or a product has a vulnerability record for it; `demonstrated`: somebody showed it
 * working; `theoretical`: no public case is known.
 */
export const attackStatuses = ['documented', 'demonstrated', 'theoretical'] as const
export type AttackStatus = (typeof attackStatuses)[number]

export const attackSeverities = ['low', 'medium', 'high', 'critical'] as const
export type AttackSeverity = (typeof attackSeverities)[number]

/** Categories and flags of tools, as the catalogue rates them. */
export const affectedCategories = categories
export const affectedFlags = flagNames

/** Where a fact stands. Without a `url`: a record or a document that is named. */
export interface Source {
  readonly title: string
  readonly url?: string
}

export interface DocumentedCase {
  readonly text: string
  /** `2025`, `2025-04` or `2025-04-01`. */
  readonly date?: string
  /** Vulnerability records, such as `CVE-2025-54136`. */
  readonly records: readonly string[]
  readonly sources: readonly Source[]
}

/**
 * The tools an attack concerns: a tool with one of `categories` (any, when empty) and one of `flags` (any, when
 * empty). When both are empty no tool is concerned more than another, and `servers` says which servers are.
 */
export interface Affected {
  readonly categories: readonly string[]
  readonly flags: readonly string[]
  readonly servers?: string
}

/** Something the gateway does besides the policy; `test` is the title of a test that holds it. */
export interface Measure {
  readonly measure: string
  readonly test?: string
}

/** Which part stops an attack: the policy, the gateway before any rule, or neither: what is there only bounds the damage. */
export const stoppers = ['policy', 'gateway', 'neither'] as const
export type Stopper = (typeof stoppers)[number]

export interface Prevention {
  readonly by: Stopper
  /** A policy document with comments, as text. */
  readonly policy: string
  /** What the policy stops, and what it leaves open. */
  readonly stops: string
  readonly leaves: string
  readonly beyond: readonly Measure[]
}

/**
 * What becomes of a call: passed on, put before a person, denied by a rule, over a limit, refused by the gateway before
 * the rules, or passed on with its answer withheld.
 */
export const expectations = ['allow', 'ask', 'deny', 'limit', 'refused', 'withheld'] as const
export type Expectation = (typeof expectations)[number]

/** Part of the attack, or part of the work that must go on. */
export type StepKind = 'attack' | 'work'

export interface CallStep {
  readonly kind: StepKind
  readonly title: string
  /** A tool, or another door by its method (`resources/read`). */
  readonly tool: string
  readonly args: JsonObject
  readonly expect: Expectation
  /** JSON Pointer of the rule that must decide. */
  readonly rule?: string
  /** Code of the refusal, for `refused`. */
  readonly code?: string
  /** The call is made so often; all but the last must pass. */
  readonly times: number
  /** Time that passes before the call. */
  readonly laterMs: number
  /** Who calls, if not an agent without roles. */
  readonly roles: readonly string[]
  readonly callerId?: string
  /** What the server answers: a result. */
  readonly answer?: JsonObject
  /** Text that the agent must not get to see, and text that it must. */
  readonly hides: readonly string[]
  readonly shows: readonly string[]
}

/** A request as bytes, for what happens before any rule. `{server}` in `path` and `{token}` in a header are filled in. */
export interface SendStep {
  readonly kind: 'attack'
  readonly title: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whose credential goes along: the agent's, another agent's, the operator's, or the text given. */
  readonly credential: string
  readonly status: number
  /** A part of the answer. */
  readonly says?: string
}

/** From here on the server offers these definitions in place of those of the same name. */
export interface ChangeStep {
  readonly kind: 'change'
  readonly title: string
  readonly tools: readonly JsonObject[]
}

export type TrialStep = CallStep | SendStep | ChangeStep

export interface Trial {
  readonly tools: readonly JsonObject[]
  readonly steps: readonly TrialStep[]
}

export interface Attack {
  readonly id: AttackId
  readonly name: string
  readonly class: AttackClass
  readonly status: AttackStatus
  readonly severity: AttackSeverity
  readonly summary: string
  readonly steps: readonly string[]
  readonly case: DocumentedCase
  readonly affects: Affected
  readonly owasp: {
    readonly llm: readonly string[]
    readonly agentic: readonly string[]
    readonly mcp: readonly string[]
  }
  readonly prevention: Prevention
  readonly trial: Trial
}
