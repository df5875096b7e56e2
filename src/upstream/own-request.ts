/** Requests of the gateway itself: opening questions, session housekeeping, subscriptions. They have no agent behind them. */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { ClientDeclaration, UpstreamRequest } from './upstream.ts'

const never: AbortSignal = new AbortController().signal

/** A request of our own: nothing is delivered to anybody, questions are refused, time and size are small. */
export function ownRequest(
  method: string,
  params: JsonObject,
  client: ClientDeclaration,
  totalMs: number = limits.upstreamProbeMs,
): UpstreamRequest {
  return {
    method,
    params,
    client,
    pool: '',
    signal: never,
    totalMs,
    idleMs: totalMs,
    answerBytesMax: limits.upstreamOpeningBytesMax,
    onNotification: () => undefined,
    onRequest: () => Promise.resolve({ error: { code: -32601, message: 'the gateway answers no questions' } }),
  }
}
