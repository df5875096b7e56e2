/**
 * The types that hold the path of a call together. Each step mints a type that only its own module can make, so that a
 * step cannot be skipped: `forward` wants a `Permit`, a `Permit` wants an allowed `Call`, a `Call` wants a resolved name.
 */
import type { PinnedTool } from '../catalogue/pins.ts'
import type { ErrorCode } from '../errors.ts'
import type { OpenIntent } from '../ledger/ledger.ts'
import type { BoundCharge } from '../limits/charges.ts'
import type { Reservation } from '../limits/held.ts'
import type { Charge, Policy } from '../policy/compile.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import type { ParamHeader } from '../wire/param-headers.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange } from './exchange.ts'
import type { StateBinding } from './state.ts'

declare const minted: unique symbol
type Minted<Kind extends string> = { readonly [minted]: Kind }

/** What a resolver found out about a request, before anything is decided. */
export interface CallFacts {
  readonly exchange: Exchange
  readonly server: GatewayServer
  /** The name the policy knows: the tool's own name, or the method for every other door. */
  readonly name: string
  /** What the policy and the digest look at. Frozen by convention: nothing writes to it after the reader. */
  readonly args: JsonObject
  /** Canonical form of `args` (RFC 8785). */
  readonly argsText: string
  /** SHA-256 over principal, grant, server, tool, definition hash and canonical arguments. */
  readonly digest: string
  readonly policy: Policy | undefined
  /** The pinned definition, where the request calls a tool and the server offers one of that name. */
  readonly pinned: PinnedTool | undefined
  /** What goes upstream, without `_meta`. */
  readonly params: JsonObject
  readonly mcpName: string | undefined
  /** Arguments that a modern client mirrors into headers; checked in step 4, where the tool may be spoken of. */
  readonly paramHeaders: readonly ParamHeader[]
  readonly mcpParams: Readonly<Record<string, string>> | undefined
  readonly binding: StateBinding
  /** The intent may share the outcome’s commit: the policy, or else the reviewed definition, says it changes nothing. */
  readonly isReadOnly: boolean
}

/** Step 3: a resolved call. Minted by `resolve.ts`. */
export type Call = CallFacts & Minted<'call'>

/** Step 4: a refusal with everything the agent and the record need. */
export interface Denied {
  readonly code: ErrorCode
  /** JSON Pointer of the rule, or a name in parentheses for what is not a rule of the document. */
  readonly rule: string
  readonly message: string
  readonly verdict: 'deny' | 'ask'
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly wouldPassIf?: string
  readonly facts?: readonly Json[]
  readonly approval?: JsonObject
}

/** Step 4: a call that the policy lets through, with what it must reserve. Minted by `decision.ts`. */
export type Allowed = {
  readonly call: Call
  readonly rule: string
  readonly charges: readonly Charge[]
  /** Under `mode: observe`: what would have been refused. */
  readonly observed: { readonly rule: string; readonly message: string } | undefined
} & Minted<'allowed'>

/** Step 6: limits are reserved and the intent is durable. Minted by `permit.ts`; the only thing `forward` takes. */
export type Permit = {
  readonly call: Call
  readonly reservation: Reservation | undefined
  /** What the reservation took; what an earlier request of the same call took, where it goes on (`isContinued`). */
  readonly charges: readonly BoundCharge[]
  readonly isContinued: boolean
  readonly intent: OpenIntent | undefined
  readonly decision: import('../ledger/record.ts').Decision
  /** The call is over, and what it brought in begins to grow old. Called once, however it ended. */
  readonly endMarks: () => void
} & Minted<'permit'>

/** Mints a step's type. Called once in each of the three modules named above. */
export function mint<T extends Minted<string>>(value: Omit<T, typeof minted>): T {
  return value as T
}
