/** What is written about a request: one decision, one outcome. Argument values are never written, their names are. */
import type { Refusal } from '../errors.ts'
import type { Decision, Outcome } from '../ledger/record.ts'
import { type BoundCharge, storedCharges } from '../limits/charges.ts'
import { sourcesOf } from '../policy/flows.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Ruled } from './results.ts'
import type { Allowed, Call, Denied } from './steps.ts'

function common(exchange: Exchange) {
  const trace = exchange.meta['traceparent']
  return {
    requestId: exchange.requestId,
    timeMs: exchange.timeMs,
    ...(typeof trace === 'string' ? { trace } : {}),
    principal: exchange.grant.principal.id,
    grant: exchange.grant.name,
    method: exchange.method,
  }
}

function ofCall(call: Call) {
  return {
    ...common(call.exchange),
    server: call.server.name,
    tool: call.exchange.method === 'tools/call' ? call.name : undefined,
    definitionHash: call.pinned?.hash,
    digest: call.digest,
    policy: call.policy?.name,
    policyVersion: call.policy?.version,
    argKeys: Object.keys(call.args).sort(),
  }
}

/** The record of an allowed call, before it leaves. */
export function allowedDecision(allowed: Allowed, charges: readonly BoundCharge[], wallMs: number): Decision {
  const { observed } = allowed
  const sources = sourcesOf(allowed.call.policy, allowed.call.name)
  return withoutUndefined({
    ...ofCall(allowed.call),
    verdict: 'allow',
    rule: observed?.rule ?? allowed.rule,
    message: observed?.message,
    observed: observed === undefined ? undefined : true,
    charges: charges.length === 0 ? undefined : storedCharges(charges, wallMs),
    labels: sources.length === 0 ? undefined : sources,
  })
}

/** The record of a refused call. */
export function deniedDecision(call: Call, denied: Denied): Decision {
  return withoutUndefined({
    ...ofCall(call),
    verdict: denied.verdict,
    rule: denied.rule,
    message: denied.message,
    code: denied.code,
  })
}

/** The record of a request that was refused before it became a call. */
export function refusedDecision(exchange: Exchange, refusal: Refusal): Decision {
  return {
    ...common(exchange),
    server: exchange.door.name,
    verdict: 'deny',
    rule: '(refused)',
    message: refusal.message,
    code: refusal.code,
  }
}

/** The record of a request that carries no effect: lists, discovery, session housekeeping. */
export function plainDecision(exchange: Exchange, server: string): Decision {
  return { ...common(exchange), server, verdict: 'allow', rule: '(list)' }
}

/** How a request ended, as the ledger says it. */
export function outcomeOf(gate: Gate, exchange: Exchange, outcome: Ruled): Outcome {
  if (outcome.kind !== 'withheld') return withNote(writtenOf(gate, exchange, outcome), outcome.observed)
  // the call has been carried out: only its answer stays here
  const { of, rule, refusal } = outcome
  return withNote(writtenOf(gate, exchange, of), `withheld by ${rule}: ${refusal.message}`)
}

function withNote(written: Outcome, note: string | undefined): Outcome {
  if (note === undefined) return written
  return { ...written, note: written.note === undefined ? note : `${written.note}; ${note}` }
}

function writtenOf(gate: Gate, exchange: Exchange, outcome: UpstreamOutcome): Outcome {
  const durationMs = elapsed(gate, exchange)
  switch (outcome.kind) {
    case 'result': {
      const { bytes, status: upstreamStatus, redactions } = outcome
      const name = outcome.result['isError'] === true ? 'failed' : 'succeeded'
      return { outcome: name, durationMs, upstreamStatus, bytes, ...(redactions === 0 ? {} : { redactions }) }
    }
    case 'error': {
      const { bytes, status: upstreamStatus, redactions, certainlyNotExecuted } = outcome
      return {
        outcome: 'failed',
        durationMs,
        upstreamStatus,
        bytes,
        ...(redactions === 0 ? {} : { redactions }),
        ...(certainlyNotExecuted ? { released: true } : {}),
        note: `error ${outcome.error.code}`,
      }
    }
    case 'refused':
      return { outcome: 'failed', durationMs, released: true, note: outcome.refusal.message }
    case 'unknown':
      return { outcome: 'unknown', durationMs, note: outcome.refusal.message }
  }
}

/** The outcome of what never left. */
export function refusedOutcome(gate: Gate, exchange: Exchange): Outcome {
  return { outcome: 'refused', durationMs: elapsed(gate, exchange) }
}

/** Milliseconds since the request arrived, to the microsecond. */
export function elapsed(gate: Gate, exchange: Exchange): number {
  return Math.round((gate.deps.clock.steadyMs() - exchange.startedMs) * 1000) / 1000
}

function withoutUndefined(decision: { [Key in keyof Decision]: Decision[Key] | undefined }): Decision {
  const kept: Record<string, unknown> = {}
  for (const key in decision) {
    const value = decision[key as keyof Decision]
    if (value !== undefined) kept[key] = value
  }
  return kept as unknown as Decision
}
