/**
 * Which server a resource address belongs to. On a server's own endpoint there is no question. Behind `/mcp` addresses
 * stay as the servers gave them (they are quoted inside content), so the owner is the one server that lists the address
 * or a template that fits it; two owners are a collision and refused. Any node finds the same owner: nothing is stored
 * but a short-lived copy of the lists.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange, Gate } from './exchange.ts'
import { sendPlain } from './request.ts'
import { inTime } from './waiting.ts'

/** Addresses and template patterns one server offers to one grant. */
interface Offer {
  readonly uris: ReadonlySet<string>
  readonly templates: readonly string[]
  readonly readMs: number
}

const nothing: Offer = { uris: new Set(), templates: [], readMs: 0 }

/** The one server of the door that `uri` (an address or a template) belongs to. */
export async function ownerOf(gate: Gate, exchange: Exchange, uri: string): Promise<Result<GatewayServer>> {
  const { door } = exchange
  const [only] = door.servers
  if (!door.isShared && only !== undefined) return accepted(only)
  const offers = await Promise.all(
    door.servers.map(async server => ({
      server,
      offer: (await inTime(gate, exchange, server, inner => offerOf(gate, inner, server))) ?? nothing,
    })),
  )
  const listed = offers.filter(({ offer }) => offer.uris.has(uri) || offer.templates.includes(uri))
  const owners = listed.length > 0 ? listed : offers.filter(({ offer }) => offer.templates.some(t => fits(t, uri)))
  const [owner] = owners
  if (owner === undefined)
    return refused('ERR_PARAMS_INVALID', { reason: 'no server of this grant offers this address' })
  if (owners.length > 1) return refused('ERR_TOOL_AMBIGUOUS', { name: 'this address' })
  return accepted(owner.server)
}

async function offerOf(gate: Gate, exchange: Exchange, server: GatewayServer): Promise<Offer> {
  const key = `${exchange.grant.id}\n${server.name}`
  const known = gate.offers.get(key) as Offer | undefined
  const nowMs = gate.deps.clock.steadyMs()
  if (known !== undefined && nowMs - known.readMs < limits.resourceOwnersMs) return known
  const uris = await members(exchange, server, 'resources/list', 'resources', 'uri')
  const templates = await members(exchange, server, 'resources/templates/list', 'resourceTemplates', 'uriTemplate')
  const offer: Offer = { uris: new Set(uris.found), templates: templates.found, readMs: nowMs }
  // What a server did not say for sure is asked for again: a failure must not hide its resources.
  if (!uris.isWhole || !templates.isWhole) return offer
  if (gate.offers.size >= limits.sessionsOpenedMax) gate.offers.clear()
  gate.offers.set(key, offer)
  return offer
}

interface Members {
  readonly found: readonly string[]
  /** False when the server failed on the way. */
  readonly isWhole: boolean
}

async function members(
  exchange: Exchange,
  server: GatewayServer,
  method: string,
  list: string,
  member: string,
): Promise<Members> {
  const found: string[] = []
  const identity = await server.upstream.identity()
  if (!identity.ok) return { found, isWhole: false }
  if (!isJsonObject(identity.value.capabilities['resources'])) return { found, isWhole: true }
  let cursor: unknown
  for (let page = 0; page < limits.listPagesMax && found.length < limits.listItemsMax; page += 1) {
    const params: JsonObject = typeof cursor === 'string' ? { cursor } : {}
    const { outcome } = await sendPlain({ ...exchange, method }, server, params)
    // a server without templates may say so with an error
    if (outcome.kind !== 'result') return { found, isWhole: outcome.kind === 'error' }
    const items = outcome.result[list]
    for (const item of Array.isArray(items) ? items : []) {
      if (isJsonObject(item) && typeof item[member] === 'string') found.push(item[member])
    }
    cursor = outcome.result['nextCursor']
    if (typeof cursor !== 'string') break
  }
  return { found, isWhole: true }
}

/** True when `uri` has the literal parts of an RFC 6570 template in order: a cheap, linear over-approximation. */
export function fits(template: string, uri: string): boolean {
  const literals = template.split(/\{[^{}]*\}/)
  const first = literals[0] ?? ''
  const last = literals.at(-1) ?? ''
  if (literals.length === 1) return uri === template
  if (uri.length < first.length + last.length || !uri.startsWith(first) || !uri.endsWith(last)) return false
  let at = first.length
  for (const literal of literals.slice(1, -1)) {
    const found = uri.indexOf(literal, at)
    if (found < 0) return false
    at = found + literal.length
  }
  return at <= uri.length - last.length
}
