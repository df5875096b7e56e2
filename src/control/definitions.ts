/**
 * Reads the whole tool list of a server, and listens for its changes, as a client that can do everything: servers
 * offer some tools only to clients that declare the capability they need. Answers no question: it asks none.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ClientDeclaration, QuestionAnswer, Upstream, UpstreamRequest } from '../upstream/upstream.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'

export interface Listing {
  readonly definitions: readonly JsonObject[]
}

/** Its own pool: sessions of grants are never used for this. */
const pool = '(definitions)'

function declaration(version: string): ClientDeclaration {
  return {
    capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } },
    clientInfo: { name: 'sallyport', version },
  }
}

/** Roots: none. Everything else is for people, and nobody is there. */
async function answerQuestion(method: string): Promise<QuestionAnswer> {
  if (method === 'roots/list') return { result: { roots: [] } }
  return { error: { code: -32601, message: 'the gateway looks at definitions and answers no questions' } }
}

/** Every page of `tools/list`. Refuses with ERR_SERVER_LIST; never throws. A server without tools has an empty list. */
export async function listDefinitions(upstream: Upstream, { version }: { version: string }): Promise<Result<Listing>> {
  const server = upstream.entry.name
  const refuseIt = (reason: string) => refused('ERR_SERVER_LIST', { server, reason })
  const identity = await upstream.identity()
  if (!identity.ok) return refuseIt(identity.refusal.message)
  if (identity.value.capabilities['tools'] === undefined) return accepted({ definitions: [] })
  const definitions: JsonObject[] = []
  const signal = AbortSignal.timeout(limits.definitionsLookMs)
  let cursor: string | undefined
  for (let page = 0; page < limits.listPagesMax; page += 1) {
    const outcome = await upstream.send(request(version, cursor, signal))
    if (outcome.kind === 'error') return refuseIt(`the server answered with error ${outcome.error.code}`)
    if (outcome.kind !== 'result') return refuseIt(outcome.refusal.message)
    const { tools, nextCursor } = outcome.result
    if (!Array.isArray(tools)) return refuseIt('`tools` is not a list')
    definitions.push(...tools.filter(isJsonObject))
    if (typeof nextCursor !== 'string' || definitions.length > limits.serverToolsMax) return accepted({ definitions })
    if (nextCursor === cursor) return refuseIt('the server repeats a cursor')
    cursor = nextCursor
  }
  return refuseIt(`the list has more than ${limits.listPagesMax} pages`)
}

function request(version: string, cursor: string | undefined, signal: AbortSignal): UpstreamRequest {
  return {
    method: 'tools/list',
    params: cursor === undefined ? {} : { cursor },
    client: declaration(version),
    pool,
    signal,
    totalMs: limits.definitionsLookMs,
    idleMs: limits.definitionsLookMs,
    answerBytesMax: limits.answerBytesMax,
    onNotification: () => undefined,
    onRequest: answerQuestion,
  }
}

/** Listens until the server ends it, or `signal` does. `onEnd` is called also when it could not begin. Never throws. */
export async function openListening(
  upstream: Upstream,
  options: { version: string; signal: AbortSignal; onChange: () => void; onEnd: (reason: string) => void },
): Promise<void> {
  const opened = await upstream.listen({
    client: declaration(options.version),
    pool,
    filter: { toolsListChanged: true },
    signal: options.signal,
    onNotification: method => {
      if (method === 'notifications/tools/list_changed') options.onChange()
    },
    onRequest: answerQuestion,
    onEnd: options.onEnd,
  })
  if (!opened.ok) options.onEnd(opened.refusal.message)
}
