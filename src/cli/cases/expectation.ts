/** What a case expects of a call, and where the answer differs from it. */
import { limits } from '../../limits.ts'
import type { Explanation } from '../../policy/explain.ts'
import { isSame } from '../../policy/operators.ts'
import { type ProblemLog, pointer } from '../../policy/problem.ts'
import { kindOf, readChoice, readMembers, readObject, readText } from '../../policy/shape.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'

export const verdicts = ['allow', 'deny', 'ask'] as const
export const expectationKeys = [
  'verdict',
  'rule',
  'message',
  'error',
  'would_pass_if',
  'retry_after',
  'observed',
  'answer',
] as const

export interface Expectation {
  readonly verdict: (typeof verdicts)[number]
  /** The pointer of the rule that decides, as a whole. */
  readonly rule?: string
  /** Part of what the agent is told. */
  readonly message?: string
  /** Whether there is an error, or part of its words. */
  readonly error?: boolean | string
  /** Part of what would pass; false: nothing is offered. */
  readonly wouldPassIf?: false | string
  /** Seconds until the same call passes, rounded up. */
  readonly retryAfterS?: number
  /** The rule that would deny, of a policy that only observes. */
  readonly observed?: string
  /** What the agent gets of the server's answer. */
  readonly answer?: JsonObject
}

/** The answer to one call of a case. */
export interface Outcome extends Explanation {
  readonly answer?: JsonObject
}

/** A word for the verdict, or an object with more. */
export function readExpectation(log: ProblemLog, value: Json, at: string): Expectation | undefined {
  if (typeof value === 'string') {
    const verdict = readChoice(log, value, at, verdicts)
    return verdict === undefined ? undefined : { verdict }
  }
  const given = readObject(log, value, at, expectationKeys)
  if (given === undefined) return undefined
  if (given['verdict'] === undefined) {
    log.error('missing-key', at, '`verdict` is missing', 'write allow, deny or ask')
    return undefined
  }
  const verdict = readChoice(log, given['verdict'], pointer(at, 'verdict'), verdicts)
  const part = (key: (typeof expectationKeys)[number]) =>
    given[key] === undefined ? undefined : readText(log, given[key], pointer(at, key), limits.policyTextLengthMax)
  const rule = part('rule')
  const message = part('message')
  const observed = part('observed')
  const error = given['error'] === undefined || typeof given['error'] === 'boolean' ? given['error'] : part('error')
  const wouldPassIf = given['would_pass_if'] === false ? false : part('would_pass_if')
  const retryAfterS = readSeconds(log, given['retry_after'], pointer(at, 'retry_after'))
  const answer = given['answer'] === undefined ? undefined : readMembers(log, given['answer'], pointer(at, 'answer'))
  return {
    verdict: verdict ?? 'deny',
    ...(rule !== undefined && { rule }),
    ...(message !== undefined && { message }),
    ...(error !== undefined && { error }),
    ...(wouldPassIf !== undefined && { wouldPassIf }),
    ...(retryAfterS !== undefined && { retryAfterS }),
    ...(observed !== undefined && { observed }),
    ...(answer !== undefined && { answer }),
  }
}

function readSeconds(log: ProblemLog, value: Json | undefined, at: string): number | undefined {
  if (value === undefined) return undefined
  const match = typeof value === 'string' ? /^(\d{1,9})s$/.exec(value) : null
  if (match !== null) return Number(match[1])
  log.error('bad-value', at, `expected seconds, found ${kindOf(value)}`, 'write them as 42s')
  return undefined
}

/** One member in which the answer is not what is expected. */
export interface Difference {
  readonly member: string
  readonly expected: string
  readonly got: string
}

/** Where `got` is not what is expected; empty when it is. */
export function differencesOf(expect: Expectation, got: Outcome): readonly Difference[] {
  const found: Difference[] = []
  const differ = (member: string, expected: string, actual: string | undefined) =>
    found.push({ member, expected, got: actual ?? '(none)' })
  if (expect.verdict !== got.verdict) differ('verdict', expect.verdict, got.verdict)
  if (expect.rule !== undefined && expect.rule !== got.rule) differ('rule', expect.rule, got.rule)
  if (expect.message !== undefined && !got.message.includes(expect.message))
    differ('message', `… ${expect.message} …`, got.message)
  if (typeof expect.error === 'boolean' && expect.error !== (got.error !== undefined))
    differ('error', expect.error ? '(any)' : '(none)', got.error)
  if (typeof expect.error === 'string' && got.error?.includes(expect.error) !== true)
    differ('error', `… ${expect.error} …`, got.error)
  if (expect.wouldPassIf === false && got.wouldPassIf !== undefined) differ('would_pass_if', '(none)', got.wouldPassIf)
  if (typeof expect.wouldPassIf === 'string' && got.wouldPassIf?.includes(expect.wouldPassIf) !== true)
    differ('would_pass_if', `… ${expect.wouldPassIf} …`, got.wouldPassIf)
  const afterS = got.retryAfterMs === undefined ? undefined : Math.ceil(got.retryAfterMs / 1000)
  if (expect.retryAfterS !== undefined && expect.retryAfterS !== afterS)
    differ('retry_after', `${expect.retryAfterS}s`, afterS === undefined ? undefined : `${afterS}s`)
  if (expect.observed !== undefined && expect.observed !== got.observed?.rule)
    differ('observed', expect.observed, got.observed?.rule)
  if (expect.answer !== undefined && (got.answer === undefined || !isSame(expect.answer, got.answer)))
    differ('answer', JSON.stringify(expect.answer), got.answer === undefined ? undefined : JSON.stringify(got.answer))
  return found
}
