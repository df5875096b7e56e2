/** A question about a call, and its answer. Types only. */
import type { ErrorCode } from '../errors.ts'
import type { LimitRoom } from '../limits/room.ts'
import type { Charge } from '../policy/verdict.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'

export interface Question {
  readonly server: string
  /** A tool's name, or the method of another door (`resources/read`). */
  readonly tool: string
  readonly args: JsonObject
}

/** One limit of the call: what it would take, and the room there is at this moment. */
export type ChargeWithRoom = LimitRoom & Pick<Charge, 'keyValue' | 'settleFrom'>

/** What a call would be answered now, and why. The first five are what the call's own refusal would say. */
export interface Explained {
  readonly verdict: 'allow' | 'deny' | 'ask'
  /** JSON Pointer of the rule, or a name in parentheses for what is not a rule of the policy. */
  readonly rule: string
  readonly message: string
  readonly code?: ErrorCode
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly wouldPassIf?: string
  /** What was compared. Empty where the call would be refused before its arguments are looked at. */
  readonly facts: readonly Json[]
  /** What kept the rule from being evaluated. */
  readonly error?: string
  /** Further rules that would deny this call if the one that decided did not. */
  readonly also: readonly string[]
  readonly limits: readonly ChargeWithRoom[]
  readonly approval?: JsonObject
  /** The policy only observes: what it would have refused. */
  readonly observed?: { readonly rule: string; readonly message: string }
  readonly policy?: string
  readonly policyVersion?: string
}
