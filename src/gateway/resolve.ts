/**
 * Step 3: from a request to a call: the exact name behind this door, the pinned definition, canonical arguments, digest.
 * Nothing is guessed and nothing unknown is carried along: a member of `params` that the protocol revision does not
 * define is refused, so that what is judged is all that goes upstream.
 */
import type { PinnedTool } from '../catalogue/pins.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { readOnlyMark } from '../policy/decide.ts'
import { callDigest, canonicalJson } from '../wire/canonical.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import { isToolName, showInvisible } from '../wire/names.ts'
import { paramHeaderValues } from '../wire/param-headers.ts'
import { pinFor, policyFor } from './attached.ts'
import type { GatewayServer } from './deps.ts'
import { resolveName } from './door.ts'
import type { Exchange, Gate } from './exchange.ts'
import { ownerOf } from './owners.ts'
import { type Call, type CallFacts, mint } from './steps.ts'
import { paramHeadersOfPin } from './validators.ts'

/** Members every request may carry and no rule looks at. `task` (2025-11-25) may be ignored by the spec. */
const carried = ['_meta', 'task']
/** Answers to a question, and the state that came with it: 2026-07-28 only, on three methods (basic/patterns/mrtr). */
const answering = ['inputResponses', 'requestState']
const askingMethods = ['tools/call', 'prompts/get', 'resources/read']

/** A `tools/call`. The name may be one no server offers: that is decided, and recorded, in step 4. */
export function resolveTool(gate: Gate, exchange: Exchange): Result<Call> | Promise<Result<Call>> {
  const { params } = exchange
  const known = knownMembers(exchange, ['name', 'arguments'])
  if (!known.ok) return known
  const { name, arguments: given = {} } = params
  if (typeof name !== 'string') return invalid('`name` must be a string')
  if (!isJsonObject(given)) return invalid('`arguments` must be an object')
  if (!isToolName(name)) return refused('ERR_TOOL_UNKNOWN', { tool: showInvisible(name.slice(0, 64)) })
  const resolved = resolveName(exchange.door, name)
  if (resolved === undefined) return refused('ERR_TOOL_UNKNOWN', { tool: name })
  const pinned = pinFor(gate, resolved.server, resolved.name)
  const looking =
    pinned?.state === 'approved' || resolved.server.own !== undefined
      ? undefined
      : gate.deps.firstLook(resolved.server.name)
  if (looking === undefined) return toolCall(gate, exchange, resolved, given, pinned)
  // Nothing is as reviewed before the server was looked at, and that is under way.
  return looking.then(() => toolCall(gate, exchange, resolved, given, pinFor(gate, resolved.server, resolved.name)))
}

function toolCall(
  gate: Gate,
  exchange: Exchange,
  resolved: { readonly server: GatewayServer; readonly name: string },
  given: JsonObject,
  pinned: PinnedTool | undefined,
): Result<Call> {
  const headers = pinned?.state === 'approved' ? paramHeadersOfPin(pinned) : accepted([])
  if (!headers.ok) return headers
  const annotations = pinned?.definition['annotations']
  return accepted(
    finish(gate, exchange, resolved.server, {
      name: resolved.name,
      args: given,
      pinned,
      params: { name: resolved.name, arguments: given },
      mcpName: resolved.name,
      paramHeaders: headers.value,
      mcpParams: headers.value.length === 0 ? undefined : paramHeaderValues(headers.value, given),
      isReadOnly: isJsonObject(annotations) && annotations['readOnlyHint'] === true,
    }),
  )
}

/** A `prompts/get`: judged under the method's name with `{name, arguments}`. */
export function resolvePrompt(gate: Gate, exchange: Exchange): Result<Call> {
  const known = knownMembers(exchange, ['name', 'arguments'])
  if (!known.ok) return known
  const { name, arguments: given } = exchange.params
  if (typeof name !== 'string') return invalid('`name` must be a string')
  if (given !== undefined && !isJsonObject(given)) return invalid('`arguments` must be an object')
  const resolved = resolveName(exchange.door, name)
  if (resolved === undefined) return invalid(`no prompt named \`${showInvisible(name.slice(0, 64))}\``)
  const args: JsonObject = given === undefined ? { name: resolved.name } : { name: resolved.name, arguments: given }
  return accepted(finish(gate, exchange, resolved.server, door(exchange, args, resolved.name)))
}

/** A `resources/read`, `resources/subscribe` or `resources/unsubscribe`: judged under its method with `{uri}`. */
export async function resolveResource(gate: Gate, exchange: Exchange): Promise<Result<Call>> {
  const known = knownMembers(exchange, ['uri'])
  if (!known.ok) return known
  const { uri } = exchange.params
  if (typeof uri !== 'string') return invalid('`uri` must be a string')
  const canonical = canonicalUri(uri)
  if (!canonical.ok) return canonical
  const owner = await ownerOf(gate, exchange, uri)
  if (!owner.ok) return owner
  return accepted(finish(gate, exchange, owner.value, door(exchange, { uri: canonical.value }, canonical.value)))
}

/** A `completion/complete`: judged under the method's name with `{ref, argument}`. */
export async function resolveCompletion(gate: Gate, exchange: Exchange): Promise<Result<Call>> {
  const known = knownMembers(exchange, ['ref', 'argument', 'context'])
  if (!known.ok) return known
  const { ref, argument, context } = exchange.params
  if (!isJsonObject(ref) || !isJsonObject(argument)) return invalid('`ref` and `argument` must be objects')
  const rest = { argument, ...(context === undefined ? {} : { context }) }
  if (ref['type'] === 'ref/prompt' && typeof ref['name'] === 'string') {
    const resolved = resolveName(exchange.door, ref['name'])
    if (resolved === undefined) return invalid('no prompt of that name')
    const own = { ...ref, name: resolved.name }
    return accepted(finish(gate, exchange, resolved.server, door(exchange, { ref: own, ...rest })))
  }
  if (ref['type'] === 'ref/resource' && typeof ref['uri'] === 'string') {
    const owner = await ownerOf(gate, exchange, ref['uri'])
    if (!owner.ok) return owner
    return accepted(finish(gate, exchange, owner.value, door(exchange, { ref, ...rest })))
  }
  return invalid('`ref` must name a prompt or a resource')
}

type OwnFacts = Omit<CallFacts, 'exchange' | 'server' | 'argsText' | 'digest' | 'policy' | 'binding'>

/** Doors other than tools: the method is the policy's name, the judged arguments are what is sent. */
function door(exchange: Exchange, args: JsonObject, mcpName?: string): OwnFacts {
  return {
    name: exchange.method,
    args,
    pinned: undefined,
    params: args,
    mcpName,
    paramHeaders: [],
    mcpParams: undefined,
    isReadOnly: true,
  }
}

function finish(gate: Gate, exchange: Exchange, server: GatewayServer, own: OwnFacts): Call {
  const argsText = canonicalJson(own.args)
  const { grant } = exchange
  const digest = callDigest({
    principal: grant.principal.id,
    grant: grant.id,
    server: server.name,
    tool: own.name,
    definitionHash: own.pinned?.hash ?? '',
    argsText,
  })
  const policy = policyFor(gate, grant, server)
  const facts: CallFacts = {
    ...own,
    isReadOnly: readOnlyMark(policy, own.name) ?? own.isReadOnly,
    exchange,
    server,
    argsText,
    digest,
    policy,
    binding: { grant: grant.id, server: server.name, request: digest },
  }
  return mint<Call>(facts)
}

function knownMembers({ era, method, params }: Exchange, names: readonly string[]): Result<true> {
  const mayAnswer = era === 'modern' && askingMethods.includes(method)
  for (const key of Object.keys(params)) {
    if (names.includes(key) || carried.includes(key) || (mayAnswer && answering.includes(key))) continue
    return invalid(`unknown member \`${showInvisible(key.slice(0, 40))}\` in params`)
  }
  return accepted(true)
}

/**
 * The one spelling of a resource address that is judged and sent: scheme in lower case (RFC 3986 section 6.2.2.1).
 * Refused: what has no scheme, controls or backslashes, and path segments that climb, plain or percent-encoded.
 */
export function canonicalUri(uri: string): Result<string> {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)
  const scheme = match?.[1]
  if (scheme === undefined) return invalid('`uri` needs a scheme')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are exactly what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(uri)) return invalid('`uri` holds a space, control or backslash')
  const unescaped = uri.replace(/%(2e|2f|5c)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (/(?:^|[/:\\])\.{1,2}(?:[/\\?#]|$)/.test(unescaped) || unescaped.includes('\\')) {
    return invalid('`uri` climbs with `.` or `..`')
  }
  return accepted(scheme.toLowerCase() + uri.slice(scheme.length))
}

function invalid(reason: string): Result<never> {
  return refused('ERR_PARAMS_INVALID', { reason })
}
