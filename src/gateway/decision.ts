/**
 * Step 4: allow or refuse, pure and synchronous over one policy snapshot. Order (design section 7): no policy, hidden,
 * default deny, `action: deny`, then the pinned definition and its argument schema, then the rules. What cannot be
 * evaluated is refused. Nothing here waits, reads a clock twice or touches a limit.
 */

import { refuse } from '../errors.ts'
import { decide } from '../policy/decide.ts'
import type { Denial, Question, Verdict } from '../policy/verdict.ts'
import { isJsonObject } from '../wire/json-types.ts'
import { checkParamHeaders } from '../wire/param-headers.ts'
import { publicName } from './door.ts'
import type { Gate } from './exchange.ts'
import { type Allowed, type Call, type Denied, mint } from './steps.ts'
import { validatorOf } from './validators.ts'

export type Decided = { readonly ok: true; readonly allowed: Allowed } | { readonly ok: false; readonly denied: Denied }

/** Judges a resolved call. Never throws. */
export function decideCall(gate: Gate, call: Call): Decided {
  const verdict = verdictOf(gate, call)
  if (verdict.effect === 'deny' && isBeforeArguments(verdict)) return no(denialOf(verdict))
  const unfit = call.exchange.method === 'tools/call' ? unfitness(call) : undefined
  if (unfit !== undefined) return no(unfit)
  if (verdict.effect === 'deny') return no(denialOf(verdict))
  if (verdict.effect === 'ask') return no(questionOf(verdict))
  const { rule, charges, observed } = verdict
  return { ok: true, allowed: mint<Allowed>({ call, rule, charges, observed }) }
}

function no(denied: Denied): Decided {
  return { ok: false, denied }
}

function verdictOf(gate: Gate, call: Call): Verdict {
  const { grant } = call.exchange
  const annotations = call.pinned?.definition['annotations']
  return decide(call.policy, {
    tool: call.name,
    args: call.args,
    caller: grant.principal,
    grant,
    server: call.server,
    facts: { annotations: isJsonObject(annotations) ? annotations : {} },
    timeMs: gate.deps.clock.wallMs(),
  })
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
  }
}

/** Why the tool itself cannot be called so: not offered, not reviewed, or arguments outside its schema. */
function unfitness(call: Call): Denied | undefined {
  const { pinned, server, exchange } = call
  const tool = publicName(exchange.door, server.name, call.name)
  if (pinned === undefined) {
    return { ...fixed, code: 'ERR_TOOL_UNKNOWN', rule: '(unknown tool)', message: say('ERR_TOOL_UNKNOWN', { tool }) }
  }
  if (pinned.state !== 'approved') {
    const message = say('ERR_TOOL_NOT_REVIEWED', { tool, server: server.name })
    return { ...fixed, code: 'ERR_TOOL_NOT_REVIEWED', rule: '(pinned definition)', message }
  }
  if (exchange.era === 'modern') {
    const agreed = checkParamHeaders(exchange.head, call.paramHeaders, call.args)
    if (!agreed.ok) return { ...fixed, ...agreed.refusal, rule: '(headers)', retryable: true }
  }
  const validate = validatorOf(pinned)
  const valid = validate.ok ? validate.value(call.args) : validate
  if (valid.ok) return undefined
  return { ...fixed, code: valid.refusal.code, rule: '(arguments)', message: valid.refusal.message, retryable: true }
}

const fixed = { verdict: 'deny', retryable: false } as const

function say(code: 'ERR_TOOL_UNKNOWN' | 'ERR_TOOL_NOT_REVIEWED', details: Record<string, string>): string {
  return refuse(code, details).message
}
