/**
 * Step 8: what came back is data. Its shape is checked against the method, the policy decides what of it may be said
 * (`results.ts`), its era is translated to the client's, and what only the gateway may say (freshness of what policy
 * filters) is said by the gateway. Credentials were redacted where the bytes arrived (`upstream/`).
 */
import { refuse } from '../errors.ts'
import type { UpstreamIdentity, UpstreamOutcome } from '../upstream/upstream.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { toLegacyError, toLegacyResult, toModernError, toModernResult } from '../wire/translate.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Forwarded } from './forward.ts'
import { brokenBy, type Ruled, ruleOutcome } from './results.ts'
import type { Call } from './steps.ts'

/** An outcome in the client's terms. */
export type Screened = Ruled

/** Screens the outcome of a call: its shape, then what the policy lets it say, then its era. */
export async function screen(
  gate: Gate,
  call: Call,
  forwarded: Extract<Forwarded, { kind: 'outcome' }>,
): Promise<Screened> {
  const { exchange } = call
  const ruled = await ruleOutcome(gate, call, shaped(exchange.method, forwarded.outcome))
  if (ruled.kind === 'withheld') return ruled
  if (ruled.kind === 'result' && shapeProblem(exchange.method, ruled.result) !== undefined) return brokenBy(call, ruled)
  const screened = inEra(gate, exchange, ruled, forwarded.identity)
  return screened.kind === 'result' ? { ...screened, result: marked(call, screened.result) } : screened
}

/** What the gateway says of itself in `_meta` and in the data of errors. A server's own members never begin so. */
const ownPrefix = 'dev.sallyport/'
/** Key of the mark that says whose words a result holds: data of that server, never instructions of the gateway. */
const sourceKey = 'dev.sallyport/source'

function marked(call: Call, result: JsonObject): JsonObject {
  const meta = isJsonObject(result['_meta']) ? result['_meta'] : {}
  return { ...result, _meta: { ...meta, [sourceKey]: { server: call.server.name, trusted: false } } }
}

/** A server's members without those that only the gateway may write. */
function foreign(members: JsonObject): JsonObject {
  const names = Object.keys(members)
  if (!names.some(name => name.startsWith(ownPrefix))) return members
  return Object.fromEntries(Object.entries(members).filter(([name]) => !name.startsWith(ownPrefix)))
}

/** A server's result in which nothing passes for the gateway's word. */
export function foreignResult(result: JsonObject): JsonObject {
  const meta = result['_meta']
  if (!isJsonObject(meta)) return result
  const kept = foreign(meta)
  return kept === meta ? result : { ...result, _meta: kept }
}

/** The outcome of a request that is no call, in the client's terms. */
export function screenOutcome(
  gate: Gate,
  exchange: Exchange,
  outcome: UpstreamOutcome,
  identity: UpstreamIdentity | undefined,
): UpstreamOutcome {
  return inEra(gate, exchange, shaped(exchange.method, outcome), identity)
}

/** A result that is one of its method, without what only the gateway may say. Others are as good as lost. */
function shaped<T extends UpstreamOutcome>(method: string, outcome: T): T | UpstreamOutcome {
  if (outcome.kind !== 'result') return outcome
  const reason = shapeProblem(method, outcome.result)
  if (reason !== undefined) return { kind: 'unknown', refusal: refuse('ERR_RESULT_INVALID', { reason }) }
  return { ...outcome, result: foreignResult(outcome.result) }
}

function inEra<T extends UpstreamOutcome>(
  gate: Gate,
  exchange: Exchange,
  outcome: T,
  identity: UpstreamIdentity | undefined,
): T {
  if (outcome.kind === 'error') return { ...outcome, error: errorFor(exchange, outcome.error, identity) }
  if (outcome.kind !== 'result') return outcome
  return { ...outcome, result: resultFor(gate, exchange, outcome.result, identity) }
}

type OutcomeError = Extract<UpstreamOutcome, { kind: 'error' }>['error']

/** Errors about headers and versions of the way from here to the server: the client had no part in them. */
const ownHop: ReadonlySet<number> = new Set([-32020, -32022])

function errorFor(exchange: Exchange, error: OutcomeError, identity: UpstreamIdentity | undefined): OutcomeError {
  const { code, message, data } = error
  if (ownHop.has(code)) return { code: -32603, message }
  const kept = isJsonObject(data) ? { ...error, data: foreign(data) } : error
  if (identity === undefined || identity.era === exchange.era) return kept
  if (exchange.era === 'legacy') return toLegacyError(kept)
  const uri = exchange.params['uri']
  return toModernError(kept, typeof uri === 'string' ? uri : undefined)
}

/** The result in the client's era. Modern results that carry freshness are private here: policy stands before them. */
export function resultFor(
  gate: Gate,
  exchange: Exchange,
  result: JsonObject,
  identity: UpstreamIdentity | undefined,
): JsonObject {
  if (exchange.era === 'legacy') return identity?.era === 'modern' ? toLegacyResult(exchange.method, result) : result
  const serverInfo = identity?.serverInfo ?? { name: 'sallyport', version: gate.deps.version }
  const modern =
    identity?.era === 'modern' && typeof result['resultType'] === 'string'
      ? result
      : toModernResult(exchange.method, result, { serverInfo, ttlMs: 0, cacheScope: 'private' })
  return modern['cacheScope'] === undefined || modern['cacheScope'] === 'private'
    ? modern
    : { ...modern, cacheScope: 'private' }
}

const listMembers: Readonly<Record<string, string>> = {
  'tools/call': 'content',
  'resources/read': 'contents',
  'prompts/get': 'messages',
}

/** Why a result is not one of its method, or nothing. Only what the gateway and its record rely on is checked. */
function shapeProblem(method: string, result: JsonObject): string | undefined {
  const type: Json | undefined = result['resultType']
  if (type !== undefined && type !== 'complete') return 'unknown `resultType`'
  const member = listMembers[method]
  if (member !== undefined && result[member] !== undefined && !Array.isArray(result[member])) {
    return `\`${member}\` is not a list`
  }
  if (method === 'tools/call' && result['isError'] !== undefined && typeof result['isError'] !== 'boolean') {
    return '`isError` is not true or false'
  }
  if (method === 'completion/complete' && !isJsonObject(result['completion'])) return '`completion` is missing'
  return undefined
}
