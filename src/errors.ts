/**
 * The one catalogue of coded errors. Each entry: HTTP status, JSON-RPC code, a public message that is safe for the
 * agent (it names the rule that was broken; `{placeholders}` are filled in), the usual cause, and a remedy for the
 * operator. `docs/reference/errors.md` lists the same codes; a test holds the two equal.
 *
 * Refusals are values (`Refusal`, `Result`). A `Fault` is thrown when something broke. Both deny.
 * JSON-RPC codes of our own lie outside −32768…−32000 (MCP 2026-07-28, basic/index, error codes).
 */
import type { JsonObject } from './wire/json-types.ts'

interface Entry {
  readonly http: number
  readonly rpc: number
  readonly message: string
  readonly cause: string
  readonly remedy: string
}

const catalogue = {
  // -- wire -----------------------------------------------------------------------------------------------------
  // -- identity -------------------------------------------------------------------------------------------------
  // -- gateway --------------------------------------------------------------------------------------------------
  // -- policy and limits ----------------------------------------------------------------------------------------
  // -- upstream -------------------------------------------------------------------------------------------------
  // -- ledger and store -----------------------------------------------------------------------------------------
  // -- configuration, API, CLI ----------------------------------------------------------------------------------
  ERR_INTERNAL: {
    http: 500,
    rpc: -31000,
    message: 'the gateway met an internal fault; nothing was forwarded after it',
    cause: 'a defect in the gateway or its machine',
    remedy: 'look for this request id in the gateway log and report it',
  },
} satisfies Record<string, Entry>

export type ErrorCode = keyof typeof catalogue

/** A normal negative outcome: safe to show, never thrown. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly data?: JsonObject
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

/** Wraps a value as an accepted result. */
export function accepted<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** Builds a refusal: the public message of `code` with its `{placeholders}` filled from `details`. */
export function refuse(code: ErrorCode, details: Record<string, string | number> = {}, data?: JsonObject): Refusal {
  const message = catalogue[code].message.replace(/\{(\w+)\}/g, (whole, key: string) =>
    Object.hasOwn(details, key) ? String(details[key]) : whole,
  )
  return data === undefined ? { code, message } : { code, message, data }
}

/** The same as `refuse`, as a result. */
export function refused(
  code: ErrorCode,
  details: Record<string, string | number> = {},
  data?: JsonObject,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refuse(code, details, data) }
}

/** The whole catalogue entry of a code (HTTP status, JSON-RPC code, cause, remedy). */
export function errorEntry(code: ErrorCode): Readonly<Entry> {
  return catalogue[code]
}

/** Every code of the catalogue, in its order. */
export function errorCodes(): readonly ErrorCode[] {
  return Object.keys(catalogue) as ErrorCode[]
}

/** Something broke. Carries a coded refusal for whoever asked, and the cause for the operator. */
export class Fault extends Error {
  readonly refusal: Refusal
  constructor(code: ErrorCode, details: Record<string, string | number> = {}, cause?: unknown) {
    const refusal = refuse(code, details)
    super(refusal.message, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.refusal = refusal
  }
}
