/**
 * Lists: what a server offers, filtered through the same decision as calls, so that nothing is offered that could never
 * be called. A call never relies on this filter. Items are relayed with every member the server gave them; behind `/mcp`
 * only the names of tools and prompts are written anew.
 */

import { refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Policy } from '../policy/compile.ts'
import { decide, isListed } from '../policy/decide.ts'
import type { Verdict } from '../policy/verdict.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { isToolName } from '../wire/names.ts'
import { answerPlain } from './answer.ts'
import { pinFor, policyFor } from './attached.ts'
import { decisionInputOf } from './decision.ts'
import type { GatewayServer } from './deps.ts'
import { publicName } from './door.ts'
import type { Exchange, Gate } from './exchange.ts'
import type { Answer } from './reply.ts'
import { sendPlain } from './request.ts'
import { canonicalUri } from './resolve.ts'
import { resultFor } from './screen.ts'
import { inTime } from './waiting.ts'

/** Each list method: the member that holds its items, and the capability a server declares to have any. */
const lists: Readonly<Record<string, { readonly member: string; readonly capability: string }>> = {
  'tools/list': { member: 'tools', capability: 'tools' },
  'prompts/list': { member: 'prompts', capability: 'prompts' },
  'resources/list': { member: 'resources', capability: 'resources' },
  'resources/templates/list': { member: 'resourceTemplates', capability: 'resources' },
}

/** Answers any of the four list methods. */
export async function answerList(gate: Gate, exchange: Exchange): Promise<Answer> {
  const [only] = exchange.door.servers
  if (exchange.door.isShared || only === undefined) return await answerSharedList(gate, exchange)
  const cursor = exchange.params['cursor']
  const { outcome, identity } = await sendPlain(exchange, only, typeof cursor === 'string' ? { cursor } : {})
  await lookedAt(gate, exchange, only, outcome)
  const filtered = filterOutcome(gate, exchange, only, outcome)
  return await answerPlain(gate, exchange, only.name, filtered, identity)
}

/** Nothing of a server is as reviewed before it was looked at: tools that have arrived wait for that. */
async function lookedAt(
  gate: Gate,
  { method }: Exchange,
  server: GatewayServer,
  { kind }: UpstreamOutcome,
): Promise<void> {
  if (method === 'tools/list' && kind === 'result' && server.own === undefined) await gate.deps.firstLook(server.name)
}

function filterOutcome(
  gate: Gate,
  exchange: Exchange,
  server: GatewayServer,
  outcome: UpstreamOutcome,
): UpstreamOutcome {
  if (outcome.kind !== 'result') return outcome
  const { member } = lists[exchange.method] as { member: string }
  const items = outcome.result[member]
  if (!Array.isArray(items)) {
    return { kind: 'unknown', refusal: refuse('ERR_RESULT_INVALID', { reason: `\`${member}\` is not a list` }) }
  }
  const result = { ...outcome.result, [member]: offered(gate, exchange, server, items as readonly Json[]) }
  return { ...outcome, result: withFreshness(exchange, result) }
}

/** A filtered list is one caller's own and soon out of date (MCP 2026-07-28 server/utilities/caching). */
function withFreshness(exchange: Exchange, result: JsonObject): JsonObject {
  if (exchange.era !== 'modern') return result
  const ttl = result['ttlMs']
  const ttlMs = typeof ttl === 'number' && ttl > 0 ? Math.min(ttl, limits.listTtlMsMax) : 0
  return { ...result, ttlMs, cacheScope: 'private' }
}

/** The items of one server's list that this caller may know of, as they are called at this door. */
function offered(gate: Gate, exchange: Exchange, server: GatewayServer, items: readonly Json[]): Json[] {
  const policy = policyFor(gate, exchange.grant, server)
  const kept: Json[] = []
  for (const item of items) {
    if (!isJsonObject(item)) continue
    if (!isOffered(gate, exchange, server, policy, item)) continue
    const name = item['name']
    const isRenamed = exchange.door.isShared && typeof name === 'string' && !exchange.method.startsWith('resources/')
    kept.push(isRenamed ? { ...item, name: publicName(exchange.door, server.name, name) } : item)
  }
  return kept
}

function isOffered(
  gate: Gate,
  exchange: Exchange,
  server: GatewayServer,
  policy: Policy | undefined,
  item: JsonObject,
): boolean {
  const { name, uri } = item
  switch (exchange.method) {
    case 'tools/list':
      if (typeof name !== 'string' || !isToolName(publicName(exchange.door, server.name, name))) return false
      return isListed(policy, name) && isReviewed(gate, server, name, item)
    case 'prompts/list':
      return (
        typeof name === 'string' && listedEffect(gate, exchange, server, policy, 'prompts/get', { name }) !== 'deny'
      )
    case 'resources/list': {
      const canonical = typeof uri === 'string' ? canonicalUri(uri) : undefined
      if (canonical?.ok !== true) return false
      return listedEffect(gate, exchange, server, policy, 'resources/read', { uri: canonical.value }) !== 'deny'
    }
    default:
      return isListed(policy, 'resources/read')
  }
}

/** True when this very definition is the one that was reviewed; anything else asks for a fresh look at the server. */
function isReviewed(gate: Gate, server: GatewayServer, name: string, definition: JsonObject): boolean {
  const pinned = pinFor(gate, server, name)
  const isSame = pinned?.state === 'approved' && pinned.hash === sha256Hex(canonicalJson(definition))
  if (!isSame && pinned?.state !== 'pending') gate.deps.refreshPins(server.name)
  return isSame
}

/** What the policy says of this item whatever else is sent with it. */
export function effectOn(
  gate: Gate,
  exchange: Exchange,
  server: GatewayServer,
  policy: Policy | undefined,
  door: string,
  args: JsonObject,
): Verdict['effect'] {
  return decide(policy, decisionInputOf(gate, { name: door, args, policy, pinned: undefined, server, exchange })).effect
}

/** The same apart from flows: what they hold up for a while does not leave a list. */
function listedEffect(...[gate, exchange, server, policy, door, args]: Parameters<typeof effectOn>): Verdict['effect'] {
  const subject = { name: door, args, policy, pinned: undefined, server, exchange }
  const { recent: _passing, ...lasting } = decisionInputOf(gate, subject)
  return decide(policy, lasting).effect
}

// -- behind /mcp: every server of the grant in one list ------------------------------------------------------------

async function answerSharedList(gate: Gate, exchange: Exchange): Promise<Answer> {
  const { member } = lists[exchange.method] as { member: string }
  const parts = await Promise.all(
    exchange.door.servers.map(
      async server =>
        (await inTime(gate, exchange, server, inner => wholeList(gate, inner, server))) ?? { items: [], bytes: 0 },
    ),
  )
  // without its session a server would be missing from every list to come: the client has to begin anew
  const lost = parts.find(part => part.lost !== undefined)?.lost
  if (lost !== undefined) return await answerPlain(gate, exchange, '*', lost, undefined)
  const items = parts.flatMap(part => part.items)
  if (items.length > limits.listItemsMax) {
    const refusal = refuse('ERR_RESULT_INVALID', { reason: `more than ${limits.listItemsMax} items in one list` })
    return await answerPlain(gate, exchange, '*', { kind: 'unknown', refusal }, undefined)
  }
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  const result = resultFor(gate, exchange, withFreshness(exchange, { [member]: items }), undefined)
  return await answerPlain(
    gate,
    exchange,
    '*',
    { kind: 'result', result, bytes, status: 200, redactions: 0 },
    undefined,
  )
}

interface Whole {
  readonly items: Json[]
  bytes: number
  /** The server no longer knows the session of this client. */
  lost?: UpstreamOutcome
}

/** All pages of one server. A server that cannot be reached offers nothing. */
async function wholeList(gate: Gate, exchange: Exchange, server: GatewayServer): Promise<Whole> {
  const { member, capability } = lists[exchange.method] as { member: string; capability: string }
  const identity = await server.upstream.identity()
  const whole: Whole = { items: [], bytes: 0 }
  if (!identity.ok) gate.deps.leftOut(server.name)
  if (!identity.ok || !isJsonObject(identity.value.capabilities[capability])) return whole
  let cursor: Json | undefined
  for (let page = 0; page < limits.listPagesMax; page += 1) {
    const { outcome } = await sendPlain(exchange, server, typeof cursor === 'string' ? { cursor } : {})
    if (outcome.kind !== 'result') {
      const reason = outcome.kind === 'error' ? outcome.error.message : outcome.refusal.message
      gate.deps.log.warn({ server: server.name, method: exchange.method, reason }, 'a server gave no list')
      gate.deps.leftOut(server.name)
      const isLost = outcome.kind !== 'error' && outcome.refusal.code === 'ERR_UPSTREAM_SESSION_GONE'
      if (isLost && exchange.session !== undefined) whole.lost = outcome
      return whole
    }
    await lookedAt(gate, exchange, server, outcome)
    const items = outcome.result[member]
    whole.bytes += outcome.bytes
    if (Array.isArray(items)) whole.items.push(...offered(gate, exchange, server, items as readonly Json[]))
    cursor = outcome.result['nextCursor']
    if (typeof cursor !== 'string') break
  }
  return whole
}
