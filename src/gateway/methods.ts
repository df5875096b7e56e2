/**
 * The closed table of methods. A method that is not here does not exist on that protocol era, whatever the server
 * behind the gateway understands (MCP 2026-07-28 removed ping, logging/setLevel and the subscribe pair; tasks are not
 * relayed). Everything that reaches a server through a name goes through `callThrough`.
 */
import type { Era } from '../wire/era.ts'
import { callThrough } from './call.ts'
import { recordRefusal } from './close.ts'
import type { Exchange, Gate } from './exchange.ts'
import { discover, initialize, ping, setLogLevel } from './lifecycle.ts'
import { listen } from './listening.ts'
import { answerList } from './lists.ts'
import { plainDecision, refusedOutcome } from './recording.ts'
import type { Answer } from './reply.ts'
import { resolveCompletion, resolvePrompt, resolveResource, resolveTool } from './resolve.ts'

type Handler = (gate: Gate, exchange: Exchange) => Promise<Answer>

/** Methods of both eras. */
const shared: Readonly<Record<string, Handler>> = {
  'tools/list': answerList,
  'tools/call': (gate, exchange) => callThrough(gate, exchange, resolveTool),
  'resources/list': answerList,
  'resources/templates/list': answerList,
  'resources/read': (gate, exchange) => callThrough(gate, exchange, resolveResource),
  'prompts/list': answerList,
  'prompts/get': (gate, exchange) => callThrough(gate, exchange, resolvePrompt),
  'completion/complete': (gate, exchange) => callThrough(gate, exchange, resolveCompletion),
}

const modern: Readonly<Record<string, Handler>> = {
  ...shared,
  'server/discover': discover,
  'subscriptions/listen': answerListen,
}

const legacy: Readonly<Record<string, Handler>> = {
  ...shared,
  initialize,
  ping,
  'logging/setLevel': setLogLevel,
  'resources/subscribe': (gate, exchange) => callThrough(gate, exchange, resolveResource),
  'resources/unsubscribe': (gate, exchange) => callThrough(gate, exchange, resolveResource),
}

/** The handler of a method, or nothing: then the method does not exist. */
export function handlerOf(era: Era, method: string): Handler | undefined {
  const table = era === 'modern' ? modern : legacy
  return Object.hasOwn(table, method) ? table[method] : undefined
}

/** Notifications a client may send. Each is acknowledged with 202; what is not here and not a notification is refused. */
export const clientNotifications: Readonly<Record<Era, ReadonlySet<string>>> = {
  modern: new Set(['notifications/cancelled']),
  legacy: new Set([
    'notifications/initialized',
    'notifications/cancelled',
    'notifications/progress',
    'notifications/roots/list_changed',
  ]),
}

async function answerListen(gate: Gate, exchange: Exchange): Promise<Answer> {
  const decision = plainDecision(exchange, exchange.door.name)
  const ended = await listen(gate, exchange, () =>
    gate.deps.ledger.record(decision, { ...refusedOutcome(gate, exchange), outcome: 'succeeded' }),
  )
  if (!ended.ok) return await recordRefusal(gate, exchange, ended.refusal)
  return { kind: 'result', result: ended.value }
}
