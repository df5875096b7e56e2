/**
 * Questions that a server asks the agent's client while something is open (elicitation, sampling, roots), put to legacy
 * clients as JSON-RPC requests of our own. An answer counts once, only from the session that was asked, and only while
 * the question is open; every other answer is dropped. Questions live on the node that holds the stream.
 */
import type { Clock } from '../clock.ts'
import { refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'

/** What a client answered: a result, or a JSON-RPC error. */
export type ClientAnswer = { readonly result: JsonObject } | { readonly error: RpcError }

/** The three requests a server may make of a client, and the capability that allows each. */
const capabilityOf: Readonly<Record<string, string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
}

/**
 * The capability a client lacks for this question, or nothing when it can answer. `elicitation: {}` means form only
 * (MCP client/elicitation). Unknown methods lack a capability of their own name.
 */
export function missingCapability(
  capabilities: JsonObject,
  method: string,
  params: JsonObject,
): { name: string; required: JsonObject } | undefined {
  const name = Object.hasOwn(capabilityOf, method) ? (capabilityOf[method] as string) : method
  const declared = Object.hasOwn(capabilityOf, method) ? capabilities[name] : undefined
  if (!isJsonObject(declared)) return { name, required: { [name]: {} } }
  if (method !== 'elicitation/create') return undefined
  const isUrl = params['mode'] === 'url'
  const hasForm = isJsonObject(declared['form']) || !isJsonObject(declared['url'])
  if (isUrl ? isJsonObject(declared['url']) : hasForm) return undefined
  const mode = isUrl ? 'url' : 'form'
  return { name: `elicitation.${mode}`, required: { elicitation: { [mode]: {} } } }
}

/** The JSON-RPC error a server gets for a question its client cannot be asked. */
export function cannotAnswer(capability: string): ClientAnswer {
  return { error: { code: -32601, message: refuse('ERR_CLIENT_CANNOT', { capability }).message } }
}

interface Open {
  readonly session: string
  readonly settle: (answer: ClientAnswer) => void
}

export class Questions {
  readonly #clock: Clock
  readonly #nextId: () => string
  readonly #open = new Map<string, Open>()
  /** Answers that belonged to no open question. */
  strayAnswers = 0

  constructor(clock: Clock, nextId: () => string) {
    this.#clock = clock
    this.#nextId = nextId
  }

  /**
   * Sends a question through `send` and waits for its answer: at most `limits.stateMs`, or until `signal` aborts.
   * Never rejects: silence and cancellation are answers too.
   */
  ask(
    session: string,
    method: string,
    params: JsonObject,
    send: (message: object) => void,
    signal: AbortSignal,
  ): Promise<ClientAnswer> {
    if (signal.aborted) return Promise.resolve(silence())
    const id = this.#nextId()
    return new Promise(resolve => {
      const settle = (answer: ClientAnswer) => {
        this.#open.delete(id)
        cancelTimer()
        signal.removeEventListener('abort', onAbort)
        resolve(answer)
      }
      const onAbort = () => {
        send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
        settle(silence())
      }
      const cancelTimer = this.#clock.timer(limits.stateMs, onAbort)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#open.set(id, { session, settle })
      send({ jsonrpc: '2.0', id, method, params })
    })
  }

  /** Takes an answer a client posted. Returns whether it belonged to an open question of that session. */
  take(session: string, id: string | number, answer: ClientAnswer): boolean {
    const open = this.#open.get(String(id))
    if (open === undefined || open.session !== session) {
      this.strayAnswers += 1
      return false
    }
    open.settle(answer)
    return true
  }
}

function silence(): ClientAnswer {
  return { error: { code: -32603, message: refuse('ERR_CLIENT_GONE').message } }
}
