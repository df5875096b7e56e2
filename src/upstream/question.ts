/**
 * Questions of a server to a client in mid-call (elicitation, sampling, roots): which exist, and whether this client
 * said that it answers them. Anything else is refused with a JSON-RPC error and never reaches a caller.
 */
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'
import type { QuestionAnswer, QuestionTaker } from './upstream.ts'

/** The answer to `ping`, which every receiver gives by itself. */
export const pong: QuestionAnswer = { result: {} }

/** Why this question may not be put to a client with these capabilities; undefined if it may. */
export function problemOfQuestion(method: string, params: JsonObject, capabilities: JsonObject): RpcError | undefined {
  switch (method) {
    case 'elicitation/create':
      return declaresElicitation(capabilities['elicitation'], params['mode']) ? undefined : undeclared(method)
    case 'sampling/createMessage':
      return isJsonObject(capabilities['sampling']) ? undefined : undeclared(method)
    case 'roots/list':
      return isJsonObject(capabilities['roots']) ? undefined : undeclared(method)
    default:
      return { code: -32601, message: 'method not found' }
  }
}

/** True for a client that declared to answer any question. */
export function answersQuestions(capabilities: JsonObject): boolean {
  return ['elicitation', 'sampling', 'roots'].some(name => isJsonObject(capabilities[name]))
}

/** Whether a server may ask this of a client at all. */
export function isQuestion(method: string): boolean {
  return method === 'elicitation/create' || method === 'sampling/createMessage' || method === 'roots/list'
}

/** Puts a question to a caller. Whatever goes wrong there becomes an error for the server; never rejects. */
export function askCaller(
  ask: QuestionTaker,
  method: string,
  params: JsonObject,
  signal: AbortSignal,
): Promise<QuestionAnswer> {
  const asking = new Promise<QuestionAnswer>(resolve => resolve(ask(method, params, signal)))
  return asking.then(
    answer => (signal.aborted ? { error: unanswered } : answer),
    () => ({ error: unanswered }),
  )
}

/** The error for a question the client did not answer, or does not have to answer any more. */
const unanswered: RpcError = { code: -32603, message: 'the client gave no answer' }

/** The error for a question that has no single addressee. */
export const noAddressee: RpcError = {
  code: -32603,
  message: 'the question cannot be tied to one call: several are running on this connection, or none',
}

/** The error for a question beyond the number a server may have open. */
export const tooManyQuestions: RpcError = { code: -32603, message: 'too many open questions' }

function declaresElicitation(capability: unknown, mode: unknown): boolean {
  if (!isJsonObject(capability)) return false
  if (mode === 'url') return isJsonObject(capability['url'])
  // `{}` means form only (MCP client/elicitation)
  return isJsonObject(capability['form']) || Object.keys(capability).length === 0
}

function undeclared(method: string): RpcError {
  return { code: -32601, message: `the client does not answer ${method}` }
}
