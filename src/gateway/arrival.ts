/**
 * One authenticated HTTP request from its first byte on, whether or not it becomes an exchange: every refusal is
 * recorded before it is answered, and an id that was read is echoed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from '../errors.ts'
import type { RpcId } from '../wire/rpc.ts'
import { acceptsEvents } from './body.ts'
import { recordRefusal } from './close.ts'
import type { Exchange, Gate } from './exchange.ts'
import { headOf } from './front.ts'
import { refusedDecision, refusedOutcome } from './recording.ts'
import { Reply, refusalAnswer } from './reply.ts'

/** Who sent a request, and to which servers. */
export type Caller = Pick<Exchange, 'grant' | 'door' | 'isLive'>

/** What is known of a request from its first byte on. */
export class Arrival {
  readonly gate: Gate
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly caller: Caller
  readonly reply: Reply
  readonly requestId: string
  readonly startedMs: number
  readonly timeMs: number
  /** The id an error has to echo, once the body was read. */
  id: RpcId | null = null

  constructor(gate: Gate, request: IncomingMessage, response: ServerResponse, caller: Caller) {
    this.gate = gate
    this.request = request
    this.response = response
    this.caller = caller
    this.reply = new Reply(response, acceptsEvents(request))
    this.requestId = gate.newName('r')
    this.startedMs = gate.deps.clock.steadyMs()
    this.timeMs = gate.deps.clock.wallMs()
  }

  /** An exchange for what was read so far. */
  exchange(own: Partial<Exchange> & Pick<Exchange, 'method'>): Exchange {
    const { caller, reply, requestId, startedMs, timeMs } = this
    return {
      ...caller,
      reply,
      requestId,
      startedMs,
      timeMs,
      era: 'legacy',
      head: headOf(this.request),
      id: this.id ?? '',
      params: {},
      client: { capabilities: {}, clientInfo: {} },
      session: undefined,
      progressToken: undefined,
      meta: {},
      logLevel: undefined,
      signal: neverAborted,
      ...own,
    }
  }

  /** Records and answers a refusal of a request that did not become an exchange. */
  async refuse(refusal: Refusal, headers: Readonly<Record<string, string>> = {}, method = '(unread)'): Promise<void> {
    await recordRefusal(this.gate, this.exchange({ method }), refusal)
    const isUnread = !this.request.complete
    if (this.id === null) return this.reply.refuse(refusal, headers, isUnread)
    this.reply.answer(this.id, refusalAnswer(refusal))
  }
}

const neverAborted = new AbortController().signal

/** Records and answers what an authenticated caller asked at a door that does not open for it, now or at all. */
export async function refuseAtDoor(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  caller: Pick<Caller, 'grant'> & { readonly doorName: string },
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const door = { name: caller.doorName, isShared: false, servers: [], path: '' }
  const arrival = new Arrival(gate, request, response, { grant: caller.grant, door, isLive: () => false })
  const exchange = arrival.exchange({ method: '(unread)' })
  await gate.deps.ledger.record(refusedDecision(exchange, refusal), refusedOutcome(gate, exchange))
  // counted by code: the name of the door is the caller's own invention
  gate.deps.metrics.unauthenticated(refusal.code)
  arrival.reply.refuse(refusal, headers, true)
}
