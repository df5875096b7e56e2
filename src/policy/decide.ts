/**
 * The decision: pure, synchronous, never throws. Order: no policy, hidden, not listed, `action: deny`, argument schema,
 * every `require`, every `deny_if`, flows that deny, every `approve_if` and flows that ask, limits; the rules of all
 * tools before the tool's own. The first denial wins; a question is asked only when nothing denies; a rule that errs denies.
 */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { type Change, changeWords, findChange } from './change.ts'
import type { CompiledRule, Policy, Resolution } from './compile.ts'
import { Desk } from './desk.ts'
import { inspect } from './facts.ts'
import { approvalOfFlow, factOf, freeInMs, type Held, heldBy, heldWords } from './flows.ts'
import { error, missing, no, type Truth, yes } from './operators.ts'
import type { Found } from './reach.ts'
import type { Charge, DecisionInput, Denial, Verdict } from './verdict.ts'
import { shownName } from './wording.ts'

/** The verdict on one call under one policy. Without a policy every call is denied. */
export function decide(policy: Policy | undefined, input: DecisionInput): Verdict {
  if (policy === undefined) {
    return deny('(no policy)', 'no policy is attached to this grant for this server, so every call is denied', false)
  }
  try {
    const resolution = policy.resolve(input.tool)
    const judged = judge(policy, resolution, input)
    const verdict = judged.effect === 'deny' ? withChange(policy, resolution, input, judged) : judged
    return policy.mode === 'observe' ? observe(resolution, input, verdict) : verdict
  } catch (cause) {
    return broke(cause)
  } finally {
    policy.desk.clear()
  }
}

/** False for what a list must not show: hidden, or not listed under `default: deny`. `action: deny` stays visible. */
export function isListed(policy: Policy | undefined, name: string): boolean {
  if (policy === undefined) return false
  if (policy.mode === 'observe') return true
  const { hidden, listedBy } = policy.resolve(name)
  return !hidden && listedBy !== undefined
}

/** The policy's own mark (`read_only`) on a tool or door; nothing where it says nothing. */
export function readOnlyMark(policy: Policy | undefined, name: string): boolean | undefined {
  return policy?.resolve(name).readOnly
}

function judge(policy: Policy, resolution: Resolution, input: DecisionInput): Verdict {
  if (resolution.hidden) return deny('(hidden)', `\`${shownName(input.tool)}\` is not available`, true)
  const { listedBy, denied } = resolution
  if (listedBy === undefined) {
    return deny('(default deny)', `\`${shownName(input.tool)}\` is not permitted by policy \`${policy.name}\``, false)
  }
  if (denied !== undefined) return deny(denied.at, denied.message, false)
  for (const { at, check } of resolution.checks) {
    const failure = check(input.args)
    if (failure !== undefined) return deny(at, `the arguments do not fit the policy: ${failure}`, false)
  }
  for (let i = 0; i < resolution.requires.length; i += 1) {
    const rule = resolution.requires[i] as CompiledRule
    const truth = rule.test(input)
    if (truth !== yes) return denyBy(policy, rule, input, truth)
  }
  for (let i = 0; i < resolution.denials.length; i += 1) {
    const rule = resolution.denials[i] as CompiledRule
    const truth = rule.test(input)
    if (truth !== no && truth !== missing) return denyBy(policy, rule, input, truth)
  }
  const held = heldBy(resolution.flows, input.recent)
  const barred = held.filter(({ flow }) => !flow.ask)
  if (barred.length > 0) return denyByFlow(barred, input)
  return resolution.approvals.length === 0 && held.length === 0
    ? admit(resolution, input, listedBy)
    : ask(policy, resolution, input, listedBy, held)
}

/** A denial of this call by a rule, with the change that would turn it where there is one. */
function withChange(policy: Policy, resolution: Resolution, input: DecisionInput, denial: Denial): Denial {
  const change = changeFor(policy, resolution, input, denial)
  return change === undefined ? denial : { ...denial, wouldPassIf: changeWords(change) }
}

/** The smallest change found for a denied call; it has been tried. */
export function changeFor(
  policy: Policy,
  resolution: Resolution,
  input: DecisionInput,
  denial: Denial,
): Change | undefined {
  return findChange(denial.rule, resolution, input, policy.desk, args => {
    policy.desk.forget()
    return judge(policy, resolution, { ...input, args }).effect === 'deny'
  })
}

function ask(
  policy: Policy,
  resolution: Resolution,
  input: DecisionInput,
  listedBy: string,
  held: readonly Held[],
): Verdict {
  const required: { at: string; message: string; approval: JsonObject }[] = []
  for (const rule of resolution.approvals) {
    const truth = rule.test(input)
    if (truth === error) return denyBy(policy, rule, input, truth)
    if (truth === yes) required.push(rule)
  }
  const isForTime = required.length === 0
  for (const each of held) {
    const message = heldWords(each, input)
    required.push({ at: each.flow.at, message, approval: approvalOfFlow(each, message) })
  }
  const admitted = admit(resolution, input, listedBy)
  const [first] = required
  if (first === undefined || admitted.effect !== 'allow') return admitted
  return {
    effect: 'ask',
    rule: first.at,
    message: first.message,
    charges: admitted.charges,
    approval: { required: required.map(({ approval }) => approval) },
    ...(isForTime && { retryAfterMs: freeInMs(held) }),
  }
}

function admit(
  resolution: Resolution,
  input: DecisionInput,
  listedBy: string,
): Denial | Extract<Verdict, { effect: 'allow' }> {
  const charges = resolution.charges ?? chargesOf(resolution, input)
  return 'effect' in charges ? charges : { effect: 'allow', rule: listedBy, charges }
}

/** The charges of this call, or the denial of a call whose amount or key cannot be read. */
function chargesOf(resolution: Resolution, input: DecisionInput): readonly Charge[] | Denial {
  const charges: Charge[] = []
  for (const { limit, charge, units, key } of resolution.limits) {
    const amount = units === undefined ? 1 : units.read(input)
    if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0 || amount > Number.MAX_SAFE_INTEGER) {
      return unreadable(
        limit.at,
        `\`${limit.incrementFrom?.text}\` must be a number from 0 to ${Number.MAX_SAFE_INTEGER} for the limit \`${limit.counter}\``,
      )
    }
    if (key === undefined) {
      charges.push({ ...charge, units: amount })
      continue
    }
    const keyValue = keyOf(key.read(input))
    if (keyValue === undefined || keyValue.length > limits.policyCounterLengthMax) {
      return unreadable(
        limit.at,
        `\`${limit.key?.text}\` must be text, a number, true or false for the limit \`${limit.counter}\``,
      )
    }
    charges.push({ ...charge, units: amount, keyValue })
  }
  return charges
}

function keyOf(found: Found): string | undefined {
  if (typeof found === 'string') return found
  if (typeof found === 'boolean') return String(found)
  return typeof found === 'number' && Number.isFinite(found) ? String(found) : undefined
}

function unreadable(at: string, message: string): Denial {
  return { effect: 'deny', rule: at, message, error: message, hidden: false }
}

function deny(rule: string, message: string, hidden: boolean): Denial {
  return { effect: 'deny', rule, message, hidden }
}

/** By the first flow that denies; free when none of them does any more. */
function denyByFlow(barred: readonly Held[], input: DecisionInput): Denial {
  const [first] = barred as [Held]
  const facts = barred.map(each => factOf(each, input))
  const message = heldWords(first, input)
  return { effect: 'deny', rule: first.flow.at, message, facts, retryAfterMs: freeInMs(barred), hidden: false }
}

function denyBy(policy: Policy, rule: CompiledRule, input: DecisionInput, truth: Truth): Denial {
  const { facts, error: problem } = inspect(policy, rule, input, new Desk(), truth)
  const message = problem === undefined ? rule.message : `${rule.message} (${problem})`
  return {
    effect: 'deny',
    rule: rule.at,
    message,
    facts,
    ...(problem !== undefined && { error: problem }),
    hidden: false,
  }
}

/** Nothing is blocked: the verdict that would have been is carried beside an allowance, limits are still counted. */
function observe(resolution: Resolution, input: DecisionInput, verdict: Verdict): Verdict {
  if (verdict.effect === 'allow') return verdict
  const charges = verdict.effect === 'ask' ? verdict.charges : (resolution.charges ?? chargesOf(resolution, input))
  const observed = verdict.effect === 'deny' ? verdict : deny(verdict.rule, verdict.message, false)
  return {
    effect: 'allow',
    rule: resolution.listedBy ?? '/default',
    charges: 'effect' in charges ? [] : charges,
    observed,
  }
}

function broke(cause: unknown): Denial {
  const message = 'the policy could not be evaluated for this call'
  return {
    effect: 'deny',
    rule: '(error)',
    message,
    error: cause instanceof Error ? cause.message : String(cause),
    hidden: false,
  }
}
