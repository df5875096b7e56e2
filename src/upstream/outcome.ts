/**
 * What a lost, refused or failed request proves. `refused` only where it is certain that the server did not act:
 * everything before the first byte was sent, and answers by which a server says so. Anything else is `unknown`, and
 * keeps its charge (design 8). HTTP 5xx proves nothing, and neither do 302 and 303: those answer what was done.
 */
import { Fault, type Refusal, refuse } from '../errors.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { UpstreamOutcome } from './upstream.ts'

/** An outcome without an answer. */
export type Lost = Extract<UpstreamOutcome, { kind: 'refused' | 'unknown' }>

/** Errors by which a server says that it did not act: parse error, invalid request, no such method, invalid params, header mismatch, missing capability, unsupported version. */
const proofs: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32020, -32021, -32022])

/** Statuses by which a server refuses before acting (RFC 9110 section 15.5; 307, 308 repeat the request elsewhere). */
const refusingStatuses: ReadonlySet<number> = new Set([
  301, 307, 308, 401, 403, 404, 405, 406, 411, 413, 415, 421, 426, 429,
])

/** True if a JSON-RPC error of this code proves that the method was not executed. */
export function provesNoExecution(code: number): boolean {
  return proofs.has(code)
}

/** A request that certainly never reached execution. */
export function refusedOutcome(refusal: Refusal): UpstreamOutcome {
  return { kind: 'refused', refusal }
}

/** A request whose effect is not known. */
export function unknownOutcome(refusal: Refusal): UpstreamOutcome {
  return { kind: 'unknown', refusal }
}

/** `refused` if nothing was sent, else `unknown`. */
export function lostOutcome(dispatched: boolean, refusal: Refusal): UpstreamOutcome {
  return { kind: dispatched ? 'unknown' : 'refused', refusal }
}

/** The outcome of an HTTP answer that carries no JSON-RPC message for us. */
export function outcomeOfStatus(server: string, status: number, retryAfter: string | undefined): Lost {
  return {
    kind: refusingStatuses.has(status) ? 'refused' : 'unknown',
    refusal: refusalOfStatus(server, status, retryAfter),
  }
}

function refusalOfStatus(server: string, status: number, retryAfter: string | undefined): Refusal {
  const data: JsonObject = { status }
  if (status >= 300 && status < 400) return refuse('ERR_UPSTREAM_REDIRECT', { server, status }, data)
  if (status === 401 || status === 403) return refuse('ERR_UPSTREAM_UNAUTHORIZED', { server, status }, data)
  if (status === 429) {
    const seconds = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined
    const waiting = seconds === undefined ? data : { status, retryAfterMs: seconds * 1000 }
    return refuse('ERR_UPSTREAM_BUSY', { server, reason: 'it answered 429' }, waiting)
  }
  if (refusingStatuses.has(status)) return refuse('ERR_UPSTREAM_REFUSED', { server, status }, data)
  if (status >= 400) return refuse('ERR_UPSTREAM_FAILED', { server, status }, data)
  return refuse('ERR_UPSTREAM_INVALID', { problem: `HTTP ${status} without a message` }, data)
}

/** The refusal of a transport error. `dispatched`: at least the head of the request may have been sent. */
export function refusalOfError(server: string, error: unknown, dispatched: boolean): Refusal {
  if (error instanceof Fault) return error.refusal
  const reason = reasonOf(error)
  if (dispatched) return refuse('ERR_UPSTREAM_LOST', { server, reason })
  return refuse(isTlsError(error) ? 'ERR_UPSTREAM_TLS' : 'ERR_UPSTREAM_UNREACHABLE', { server, reason })
}

/** An error in a few words: its code where it has one, without addresses, paths or values. */
function reasonOf(error: unknown): string {
  const code = codeOf(error)
  const words: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    EPIPE: 'connection reset',
    ENOTFOUND: 'its name does not resolve',
    EAI_AGAIN: 'name resolution failed',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'no route to network',
    ETIMEDOUT: 'timed out',
    UND_ERR_CONNECT_TIMEOUT: 'the connection could not be opened in time',
    UND_ERR_SOCKET: 'the connection was closed',
    UND_ERR_DESTROYED: 'the gateway is stopping',
    UND_ERR_HEADERS_OVERFLOW: 'its header block is too large',
    HPE_INVALID_CONSTANT: 'it does not speak HTTP',
  }
  return words[code] ?? (code === '' ? 'the connection failed' : code)
}

function isTlsError(error: unknown): boolean {
  const code = codeOf(error)
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO|HOSTNAME_MISMATCH)/.test(code)
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** True for a refusal that says something about the server, not about one call, one session or one caller. */
export function isServerTrouble(refusal: Refusal): boolean {
  return !personal.has(refusal.code)
}

const personal: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_BUSY',
  'ERR_UPSTREAM_CANCELLED',
  'ERR_UPSTREAM_CUT',
  'ERR_UPSTREAM_HEADER',
  'ERR_UPSTREAM_SESSION_GONE',
  'ERR_UPSTREAM_STOPPED',
])
