/**
 * What a call would be answered, without making it: the same policy snapshot, pinned definition, argument check and
 * order as the path of a call (`decision.ts`), and the room in its limits. Nothing is forwarded, reserved or charged.
 * A server or tool that a call could not find is answered as the call would be: asking tells no more than trying.
 */
import type { ChargeWithRoom, Explained, Question } from '../builtin/explained.ts'
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import type { Grant } from '../identity/grant.ts'
import { limits } from '../limits.ts'
import { decide } from '../policy/decide.ts'
import { explainVerdict } from '../policy/explain.ts'
import type { Charge, DecisionInput, Verdict } from '../policy/verdict.ts'
import { isJsonObject, type Json } from '../wire/json-types.ts'
import { isToolName, showInvisible } from '../wire/names.ts'
import { pinFor, policyFor, serverFor } from './attached.ts'
import { argumentProblem, decisionInputOf, definitionProblem, type Subject, weigh } from './decision.ts'
import type { GatewayServer } from './deps.ts'
import type { Gate } from './exchange.ts'
import { chargesFor, limitDenied } from './permit.ts'
import { canonicalUri } from './resolve.ts'
import type { Denied } from './steps.ts'

/** Doors besides tools, by the name a policy knows them under. */
const doors: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/get',
  'completion/complete',
])

/**
 * What this grant would be answered now. A limit of scope `session` is looked at as on a modern connection, where the
 * session is the grant: a legacy session's own counter belongs to another endpoint and is not known here.
 */
export function explainCall(gate: Gate, grant: Grant, question: Question): Explained {
  const server = serverFor(gate, grant, question.server)
  if (server === undefined) return unfound('(not granted)', refuse('ERR_SERVER_NOT_GRANTED'))
  const found = subjectOf(gate, grant, server, question)
  if (!found.ok) return unfound('(refused)', found.refusal)
  const subject = found.value
  const { policy } = subject
  const input = decisionInputOf(gate, subject)
  const verdict = decide(policy, input)
  const weighed = weigh(verdict, () => unfitness(subject, server))
  const about = policy === undefined ? {} : { policy: policy.name, policyVersion: policy.version }
  if (!('effect' in weighed)) {
    // what is wrong with the tool itself hides what the rules would have said
    const isOfPolicy = weighed.rule === verdict.rule
    const { rules } = isOfPolicy ? told(subject, input, verdict) : { rules: untold }
    const charges = isOfPolicy && verdict.effect === 'ask' ? verdict.charges : []
    return { ...refusalWords(weighed), ...rules, limits: roomOf(gate, grant, server, charges), ...about }
  }
  const { rules, message, observed } = told(subject, input, weighed)
  const room = roomOf(gate, grant, server, weighed.charges)
  const full = stopping(room)
  const denied = full === undefined ? undefined : limitDenied(full)
  if (denied !== undefined && policy?.mode !== 'observe') {
    return { ...refusalWords(denied), ...rules, limits: room, ...about }
  }
  const noted = observed ?? denied
  return {
    ...{ verdict: 'allow', rule: weighed.rule, message, retryable: false },
    ...rules,
    limits: room,
    ...(noted === undefined ? {} : { observed: { rule: noted.rule, message: noted.message } }),
    ...about,
  }
}

/** What is judged, under the name and with the arguments that a call would be judged by. */
function subjectOf(gate: Gate, grant: Grant, server: GatewayServer, { tool, args }: Question): Result<Subject> {
  const subject = { name: tool, args, server, policy: policyFor(gate, grant, server), exchange: { grant } }
  if (!doors.has(tool)) {
    const isName = isToolName(tool)
    if (!isName) return refused('ERR_TOOL_UNKNOWN', { tool: showInvisible(tool.slice(0, 64)) })
    return accepted({ ...subject, pinned: pinFor(gate, server, tool) })
  }
  if (!tool.startsWith('resources/')) return accepted({ ...subject, pinned: undefined })
  const uri = canonicalUri(typeof args['uri'] === 'string' ? args['uri'] : '')
  return uri.ok ? accepted({ ...subject, args: { uri: uri.value }, pinned: undefined }) : uri
}

function unfitness({ name, args, pinned }: Subject, server: GatewayServer): Denied | undefined {
  if (doors.has(name)) return undefined
  const uncallable = definitionProblem(pinned, name, server.name)
  return uncallable !== undefined || pinned === undefined ? uncallable : argumentProblem(pinned, args)
}

const untold = { facts: [], also: [] }

/** The answer to a call that would be refused before it is judged. */
function unfound(rule: string, { code, message }: Refusal): Explained {
  return { verdict: 'deny', rule, message, code, retryable: false, ...untold, limits: [] }
}

/** What the call's own refusal would say. */
function refusalWords({ verdict, rule, message, code, retryable, ...more }: Denied) {
  const { retryAfterMs, wouldPassIf, approval } = more
  return {
    ...{ verdict, rule, message, code, retryable },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
    ...(wouldPassIf === undefined ? {} : { wouldPassIf }),
    ...(approval === undefined ? {} : { approval }),
  }
}

/** What the rules say beside the verdict, cut to a size that can be answered. */
function told({ policy }: Subject, input: DecisionInput, verdict: Verdict) {
  if (policy === undefined) return { rules: untold, message: '', observed: undefined }
  const { facts, also, error, message, observed } = explainVerdict(policy, input, verdict, limits.explainFactsMax)
  const shown = { facts: facts.map(shortFact), also: also.slice(0, limits.explainRulesMax) }
  return { rules: error === undefined ? shown : { ...shown, error }, message, observed }
}

/** The policy's side of a comparison may be a list of thousands. */
function shortFact(fact: Json): Json {
  if (!isJsonObject(fact) || fact['value'] === undefined) return fact
  const { value } = fact
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= limits.explainValueCharsMax
    ? fact
    : { ...fact, value: `${text.slice(0, limits.explainValueCharsMax)}…` }
}

function roomOf(
  gate: Gate,
  grant: Grant,
  server: GatewayServer,
  charges: readonly Charge[],
): readonly ChargeWithRoom[] {
  if (charges.length === 0) return []
  const rooms = gate.deps.windows.preview(chargesFor(charges, { grant, session: undefined }, server.name))
  return rooms.map((room, at) => ({ ...charges[at], ...room }))
}

/** Of the limits without room the one that frees last, the first of equals: the one the call would be refused by. */
function stopping(rooms: readonly ChargeWithRoom[]): ChargeWithRoom | undefined {
  let worst: ChargeWithRoom | undefined
  for (const room of rooms) {
    if (room.retryAfterMs === 0 || worst?.retryAfterMs === -1) continue
    if (worst === undefined || room.retryAfterMs === -1 || room.retryAfterMs > worst.retryAfterMs) worst = room
  }
  return worst
}
