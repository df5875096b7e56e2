/**
 * What the policy lets an answer say (`results`), and whatever a server says before or beside it. An answer may be
 * withheld: its call has been carried out by then, and the record says so. Messages before the answer cannot be judged
 * by rules that look at the whole of it: where there are such rules, log messages and the words of progress stay here.
 */
import { type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import { mapTexts } from '../policy/answer-texts.ts'
import type { Policy } from '../policy/compile.ts'
import type { CompiledResults } from '../policy/compile-results.ts'
import { defaultMark } from '../policy/result-rules.ts'
import { type Fits, holdsBack, type Ruling, ruleAnswer, ruleError, ruleMessage } from '../policy/results.ts'
import { searchTexts, workOf } from '../policy/search.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { decisionInputOf } from './decision.ts'
import type { Gate } from './exchange.ts'
import type { Call } from './steps.ts'
import { outputCheckOf } from './validators.ts'

type Answered = Extract<UpstreamOutcome, { kind: 'result' | 'error' }>

/** An answer that is not given. `of` is what the server said; nothing of it goes further. */
export interface WithheldOutcome {
  readonly kind: 'withheld'
  readonly of: Answered
  readonly rule: string
  readonly refusal: Refusal
}

/** An outcome the agent may see; `observed` says what an enforced policy would have done. */
export type Ruled = (UpstreamOutcome & { readonly observed?: string }) | WithheldOutcome

/** Rules on the outcome of a call. Never throws. */
export async function ruleOutcome(gate: Gate, call: Call, outcome: UpstreamOutcome): Promise<Ruled> {
  const rules = resultsOf(call)
  if (rules === undefined) return outcome
  const isObserving = call.policy?.mode === 'observe'
  if (outcome.kind === 'refused' || outcome.kind === 'unknown') {
    // our words, but a reason in them may be the server's
    const said = await gate.searches.drive(ruleMessage(rules, { message: outcome.refusal.message }))
    const message = said === undefined ? defaultMark : String(said.value['message'])
    return isObserving ? outcome : { ...outcome, refusal: { ...outcome.refusal, message } }
  }
  const ruling = await rulingOn(gate, call, rules, outcome).catch(cause => broke(gate, call, cause))
  if (isObserving) return observed(outcome, ruling)
  if (ruling.effect === 'withhold') return withheld(outcome, ruling)
  return { ...ruling.value, redactions: outcome.redactions + ruling.redactions }
}

async function rulingOn(gate: Gate, call: Call, rules: CompiledResults, outcome: Answered): Promise<Ruling<Answered>> {
  if (outcome.kind === 'error') {
    const ruling = await gate.searches.drive(ruleError(rules, outcome.error))
    return ruling.effect === 'withhold' ? ruling : { ...ruling, value: { ...outcome, error: ruling.value } }
  }
  const input = decisionInputOf(gate, call)
  const ruling = await gate.searches.drive(ruleAnswer(call.policy, input, outcome.result, fitsOf(call)))
  return ruling.effect === 'withhold' ? ruling : { ...ruling, value: { ...outcome, result: ruling.value } }
}

/** A rule engine that breaks says nothing of an answer, so nothing of it is said. */
function broke(gate: Gate, call: Call, cause: unknown): Extract<Ruling<never>, { effect: 'withhold' }> {
  gate.deps.log.error({ err: cause, requestId: call.exchange.requestId }, 'result rules could not be evaluated')
  const message = 'the answer is withheld: the policy could not be evaluated for it'
  return { effect: 'withhold', rule: '(error)', message }
}

function withheld(
  outcome: Answered,
  { rule, message }: Extract<Ruling<never>, { effect: 'withhold' }>,
): WithheldOutcome {
  return { kind: 'withheld', of: outcome, rule, refusal: refuse('ERR_RESULT_WITHHELD', { reason: message }) }
}

/** An answer of which rules have left something that no client could read. */
export function brokenBy(call: Call, of: Answered): WithheldOutcome {
  const rule = resultsOf(call)?.paths[0]?.at ?? ''
  return withheld(of, { effect: 'withhold', rule, message: 'the answer is withheld: what is left of it is no answer' })
}

/** `mode: observe`: the answer stays as it is, and the record says what would have become of it. */
function observed(outcome: Answered, ruling: Ruling<unknown>): Ruled {
  if (ruling.effect === 'withhold') return { ...outcome, observed: `would be withheld by ${ruling.rule}` }
  if (ruling.redactions === 0) return outcome
  return { ...outcome, observed: `${ruling.redactions} redactions would be made` }
}

/** What is left must be what the tool has declared, if it can be. */
function fitsOf({ pinned }: Call): Fits | undefined {
  const check = pinned === undefined ? undefined : outputCheckOf(pinned)
  return check?.ok ? structured => check.value(structured).ok : undefined
}

/** A question of the server to the agent's user, without what patterns take out: nothing else can be looked for in it. */
export async function screenQuestion(gate: Gate, call: Call, question: JsonObject): Promise<JsonObject> {
  return await ruleQuestion(gate, call.policy, resultsOf(call), question)
}

/** The same under the rules of any tool, for a question that belongs to no call. */
export async function screenStrayQuestion(
  gate: Gate,
  policy: Policy | undefined,
  question: JsonObject,
): Promise<JsonObject> {
  return await ruleQuestion(gate, policy, policy?.anyResults, question)
}

async function ruleQuestion(
  gate: Gate,
  policy: Policy | undefined,
  rules: CompiledResults | undefined,
  question: JsonObject,
): Promise<JsonObject> {
  if (rules === undefined || rules.patterns.length === 0 || policy?.mode === 'observe') return question
  const ruled = await gate.searches.drive(ruleMessage(rules, question))
  return ruled === undefined ? (mapTexts(question, 'frame', () => defaultMark) as JsonObject) : ruled.value
}

function resultsOf({ policy, name }: Call): CompiledResults | undefined {
  return policy?.resolve(name).results
}

/** A message before the answer to this call, or nothing: it stays here. Done at once, so that order holds. */
export function screenNotification(call: Call, method: string, params: JsonObject): JsonObject | undefined {
  return ruleNotification(call.policy, resultsOf(call), method, params)
}

/** The same under the rules of any tool, for a message that belongs to no call. */
export function screenStrayNotification(
  policy: Policy | undefined,
  method: string,
  params: JsonObject,
): JsonObject | undefined {
  return ruleNotification(policy, policy?.anyResults, method, params)
}

function ruleNotification(
  policy: Policy | undefined,
  rules: CompiledResults | undefined,
  method: string,
  params: JsonObject,
): JsonObject | undefined {
  if (rules === undefined || policy?.mode === 'observe') return params
  const isHeld = holdsBack(rules)
  if (isHeld && method === 'notifications/message') return undefined
  const said = isHeld && method === 'notifications/progress' ? wordless(params) : params
  if (rules.patterns.length === 0) return said
  const ruling = ruleMessage(rules, said)
  let step = ruling.next()
  while (step.done !== true) {
    const job = step.value
    step = ruling.next(workOf(job) <= limits.resultWorkInline ? searchTexts(job) : undefined)
  }
  return step.value?.value
}

function wordless({ message: _said, ...params }: JsonObject): JsonObject {
  return params
}
