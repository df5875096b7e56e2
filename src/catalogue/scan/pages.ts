/**
 * A whole list of a server, page by page, read as a client that declares every capability: servers offer some tools only
 * to clients that can answer their questions. None is answered: nobody is there. Bounded in pages, items and time.
 */
import { accepted, type Refusal, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { ClientDeclaration, QuestionAnswer, Upstream, UpstreamRequest } from '../../upstream/upstream.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'

/** Its own pool: sessions of grants are never used for looking. */
export const lookingPool = '(definitions)'

/** The lists of MCP: method, and the member its items stand in. */
export const lists = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
} as const

export type ListMethod = keyof typeof lists

export interface Looking {
  /** What the gateway calls itself. */
  readonly version: string
  /** Ends the look; default: after `definitionsLookMs`. */
  readonly signal?: AbortSignal
  /** Told after each page how many items there are. */
  readonly onItems?: (count: number) => void
}

/** How whoever looks introduces itself. */
export function declaration(version: string): ClientDeclaration {
  return {
    capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } },
    clientInfo: { name: 'sallyport', version },
  }
}

/** Roots: none. Everything else is for people. */
export async function answerNothing(method: string): Promise<QuestionAnswer> {
  if (method === 'roots/list') return { result: { roots: [] } }
  return { error: { code: -32601, message: 'the gateway looks at definitions and answers no questions' } }
}

/** Every item of a list; one more than `itemsMax` is not asked for. Refuses with ERR_SERVER_LIST; never throws. */
export async function listPages(
  upstream: Upstream,
  method: ListMethod,
  itemsMax: number,
  looking: Looking,
): Promise<Result<readonly JsonObject[]>> {
  const server = upstream.entry.name
  const refuseIt = (reason: string) => refused('ERR_SERVER_LIST', { server, reason })
  const items: JsonObject[] = []
  const signal = looking.signal ?? AbortSignal.timeout(limits.definitionsLookMs)
  let cursor: string | undefined
  for (let page = 0; page < limits.listPagesMax; page += 1) {
    const outcome = await upstream.send(request(method, looking.version, cursor, signal))
    if (outcome.kind === 'error') return refuseIt(`the server answered with error ${outcome.error.code}`)
    if (outcome.kind !== 'result') return refuseIt(whyNot(outcome.refusal))
    const { nextCursor } = outcome.result
    const found: Json | undefined = outcome.result[lists[method]]
    if (!Array.isArray(found)) return refuseIt(`\`${lists[method]}\` is not a list`)
    items.push(...(found as readonly Json[]).filter(isJsonObject))
    looking.onItems?.(items.length)
    if (typeof nextCursor !== 'string' || items.length > itemsMax) return accepted(items)
    if (nextCursor === cursor) return refuseIt('the server repeats a cursor')
    cursor = nextCursor
  }
  return refuseIt(`the list has more than ${limits.listPagesMax} pages`)
}

/** Why a look came to nothing. It has no effect that could be unknown: a limit it ran into is all there is to say. */
export function whyNot({ code, message }: Refusal): string {
  if (code === 'ERR_UPSTREAM_UNAUTHORIZED') {
    const status = /HTTP (\d+)/.exec(message)?.[1] ?? '401'
    return `it wants a sign-in, or another credential than the one configured (HTTP ${status})`
  }
  if (code !== 'ERR_UPSTREAM_CUT') return message
  const limit = /limit of ([^;]+)/.exec(message)?.[1] ?? ''
  return /time|idle/.test(limit) ? 'it did not answer in time' : `its answer passes the limit of ${limit}`
}

function request(
  method: ListMethod,
  version: string,
  cursor: string | undefined,
  signal: AbortSignal,
): UpstreamRequest {
  return {
    method,
    params: cursor === undefined ? {} : { cursor },
    client: declaration(version),
    pool: lookingPool,
    signal,
    totalMs: limits.definitionsLookMs,
    idleMs: limits.definitionsLookMs,
    answerBytesMax: limits.answerBytesMax,
    onNotification: () => undefined,
    onRequest: answerNothing,
  }
}
