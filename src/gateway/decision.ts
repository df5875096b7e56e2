/**
 * Step 4: allow or refuse, pure and synchronous over one policy snapshot. Order (design section 7): no policy, hidden,
 * default deny, `action: deny`, then the pinned definition and its argument schema, then the rules. What cannot be
 * evaluated is refused. Nothing here waits, reads a clock twice or touches a limit.
 */

import type { PinnedTool } from '../catalogue/pins.ts'
import { refuse } from '../errors.ts'
import type { Marked } from '../flows/marks.ts'
import type { Grant } from '../identity/grant.ts'
import { decide } from '../policy/decide.ts'
import { looksBack } from '../policy/flows.ts'
import type { Allowance, DecisionInput, Denial, Question, Verdict } from '../policy/verdict.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import { checkParamHeaders } from '../wire/param-headers.ts'
import type { GatewayServer } from './deps.ts'
import { publicName } from './door.ts'
import type { Exchange, Gate } from './exchange.ts'
import { type Allowed, type Call, type Denied, mint } from './steps.ts'
import { validatorOf } from './validators.ts'

export type Decided = { readonly ok: true; readonly allowed: Allowed } | { readonly ok: false; readonly denied: Denied }

/** What a decision looks at: a resolved call, or one that is only asked about (`explaining.ts`). */
export type Subject = Pick<Call, 'name' | 'args' | 'policy' | 'pinned'> & {
  readonly server: Pick<GatewayServer, 'name'>
  readonly exchange: Pick<Exchange, 'grant'>
}

/** Judges a resolved call. Never throws. */
export function decideCall(gate: Gate, call: Call): Decided {
  const verdict = decide(call.policy, decisionInputOf(gate, call))
  const weighed = weigh(verdict, () => (call.exchange.method === 'tools/call' ? unfitness(call) : undefined))
  if (!('effect' in weighed)) return { ok: false, denied: weighed }
  const { rule, charges, observed } = weighed
  return { ok: true, allowed: mint<Allowed>({ call, rule, charges, observed }) }
}

/** The call as the policy sees it. The one place where that is put together. */
export function decisionInputOf(gate: Gate, { name, args, policy, server, pinned, exchange }: Subject): DecisionInput {
  const { grant } = exchange
  const recent = looksBack(policy, name) ? gate.deps.marks.recent(markedBy(grant)) : undefined
  return {
    tool: name,
    args,
    caller: grant.principal,
    grant,
    server,
    facts: factsOf(gate, pinned),
    timeMs: gate.deps.clock.wallMs(),
    ...(recent && { recent }),
  }
}

/** What is known of the tool. Its rating is worked out only for a policy that asks for it. */
function factsOf({ deps: { pins } }: Gate, pinned: Subject['pinned']): DecisionInput['facts'] {
  const annotations = pinned?.definition['annotations']
  const risk = () => (pinned === undefined ? undefined : pins.risk(pinned))
  return {
    annotations: isJsonObject(annotations) ? annotations : {},
    get category() {
      return risk()?.category
    },
    get severity() {
      return risk()?.severity
    },
  }
}

/** By whom and with what marks are kept. */
export function markedBy({ principal, name }: Grant): Marked {
  return { principal: principal.id, grant: name }
}

/** The verdict and what is wrong with the tool itself (`unfit`), in the order of the decision: the first denial wins. */
export function weigh(verdict: Verdict, unfit: () => Denied | undefined): Allowance | Denied {
  if (verdict.effect === 'deny' && isBeforeArguments(verdict)) return denialOf(verdict)
  const unfitted = unfit()
  if (unfitted !== undefined) return unfitted
  if (verdict.effect === 'deny') return denialOf(verdict)
  return verdict.effect === 'ask' ? questionOf(verdict) : verdict
}

/** True for refusals that look at the name alone: they come before the definition, and tell nothing about it. */
function isBeforeArguments(denial: Denial): boolean {
  const { rule } = denial
  return denial.hidden || rule.endsWith('/action') || (rule.startsWith('(') && rule !== '(error)')
}

function denialOf(denial: Denial): Denied {
  return {
    code: 'ERR_POLICY_DENIED',
    rule: denial.rule,
    message: denial.message,
    verdict: 'deny',
    retryable: false,
    ...(denial.retryAfterMs === undefined ? {} : { retryAfterMs: denial.retryAfterMs, retryable: true }),
    ...(denial.wouldPassIf === undefined ? {} : { wouldPassIf: denial.wouldPassIf }),
    ...(denial.facts === undefined ? {} : { facts: denial.facts }),
  }
}

function questionOf(question: Question): Denied {
  return {
    code: 'ERR_APPROVAL_REQUIRED',
    rule: question.rule,
    message: question.message,
    verdict: 'ask',
    retryable: false,
    approval: question.approval,
    ...(question.retryAfterMs === undefined ? {} : { retryAfterMs: question.retryAfterMs, retryable: true }),
  }
}

/** Why the tool itself cannot be called so: not offered, not reviewed, headers that differ, arguments outside its schema. */
function unfitness(call: Call): Denied | undefined {
  const { pinned, server, exchange, args } = call
  const tool = publicName(exchange.door, server.name, call.name)
  const uncallable = definitionProblem(pinned, tool, server.name)
  if (uncallable !== undefined || pinned === undefined) return uncallable
  if (exchange.era === 'modern') {
    const agreed = checkParamHeaders(exchange.head, call.paramHeaders, args)
    if (!agreed.ok) return { ...fixed, ...agreed.refusal, rule: '(headers)', retryable: true }
  }
  return argumentProblem(pinned, args)
}

/** Why no call of this tool can pass: it is not offered, or not reviewed. `tool` is its name at the caller's door. */
export function definitionProblem(pinned: PinnedTool | undefined, tool: string, server: string): Denied | undefined {
  if (pinned === undefined) {
    return { ...fixed, code: 'ERR_TOOL_UNKNOWN', rule: '(unknown tool)', message: say('ERR_TOOL_UNKNOWN', { tool }) }
  }
  if (pinned.state === 'approved') return undefined
  const message = say('ERR_TOOL_NOT_REVIEWED', { tool, server })
  return { ...fixed, code: 'ERR_TOOL_NOT_REVIEWED', rule: '(pinned definition)', message }
}

/** Why these arguments do not fit the reviewed definition. */
export function argumentProblem(pinned: PinnedTool, args: JsonObject): Denied | undefined {
  const validate = validatorOf(pinned)
  const valid = validate.ok ? validate.value(args) : validate
  if (valid.ok) return undefined
  return { ...fixed, code: valid.refusal.code, rule: '(arguments)', message: valid.refusal.message, retryable: true }
}

const fixed = { verdict: 'deny', retryable: false } as const

function say(code: 'ERR_TOOL_UNKNOWN' | 'ERR_TOOL_NOT_REVIEWED', details: Record<string, string>): string {
  return refuse(code, details).message
}
