/**
 * Cases at work: each is judged by the engine, its calls counted by the gateway's own windows on a clock that goes only
 * as the case says. Cases know nothing of each other. A case ends with the first call that is not as expected.
 */
import type { Clock } from '../../clock.ts'
import { windowsOf } from '../../control/policies.ts'
import { type Marked, Marks } from '../../flows/marks.ts'
import { limitDenied } from '../../gateway/permit.ts'
import { bindCharges } from '../../limits/charges.ts'
import { settlementOf } from '../../limits/settlement.ts'
import { Windows } from '../../limits/windows.ts'
import type { Explanation } from '../../policy/explain.ts'
import { sourcesOf } from '../../policy/flows.ts'
import type { Loaded } from '../../policy/load.ts'
import { type SourceLabel, sourceLabels } from '../../policy/model.ts'
import { drive, ruleAnswer } from '../../policy/results.ts'
import type { DecisionInput } from '../../policy/verdict.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import type { Definitions, openJudge } from '../shell/offline-call.ts'
import type { Case, Step } from './document.ts'
import { type Difference, differencesOf, type Expectation, type Outcome } from './expectation.ts'

export interface Subject {
  readonly loaded: Extract<Loaded, { ok: true }>
  readonly definitions: Definitions | undefined
  readonly judge: Awaited<ReturnType<typeof openJudge>>
  /** Told of every call that was judged. */
  readonly onVerdict: (tool: string, outcome: Outcome) => void
}

/** The call a case failed at. */
export interface Failure {
  readonly step: Step
  /** Which call of the step, from 1. */
  readonly call: number
  readonly atMs: number
  readonly differences: readonly Difference[]
  readonly got: Outcome
}

export interface CaseResult {
  readonly case: Case
  readonly calls: number
  readonly failure?: Failure
}

const allowed: Expectation = { verdict: 'allow' }

/** Runs one case on a clock and counters of its own. */
export function runCase(subject: Subject, one: Case): CaseResult {
  const world = new World(subject)
  let calls = 0
  for (const step of one.steps) {
    for (let call = 1; call <= step.repeat; call += 1) {
      const atMs = step.offsetMs + (call - 1) * step.everyMs
      const got = world.call(step, atMs)
      calls += 1
      subject.onVerdict(step.input.tool, got)
      const differences = differencesOf(call < step.repeat ? allowed : step.expect, got)
      if (differences.length > 0) return { case: one, calls, failure: { step, call, atMs, differences, got } }
    }
  }
  return { case: one, calls }
}

/** A clock that shows the time of the call. */
class CaseClock implements Clock {
  atMs = 0
  startMs = 0
  wallMs = () => this.startMs + this.atMs
  steadyMs = () => this.atMs
  sleep = () => Promise.reject(new Error('nothing waits in a case'))
  timer = () => () => undefined
}

/** One policy, its counters, and what earlier calls of the case brought in. */
class World {
  readonly #subject: Subject
  readonly #clock = new CaseClock()
  readonly #windows = new Windows(this.#clock)
  readonly #marks = new Marks(this.#clock)
  #isOpen = false

  constructor(subject: Subject) {
    this.#subject = subject
  }

  /** What the gateway would answer to this call at this moment of the case. */
  call({ input: given, session, answer }: Step, atMs: number): Outcome {
    const { judge, loaded, definitions } = this.#subject
    const { policy } = loaded
    this.#show(given.timeMs, atMs)
    const input = { ...given, timeMs: given.timeMs + atMs, ...this.#recent(given, atMs) }
    const explained = judge(policy, input, definitions)
    if (explained.verdict !== 'allow') return explained
    const charges = bindCharges(explained.limits, payerOf(input, session))
    const reserved = this.#windows.reserve(charges)
    if (!reserved.ok) {
      const { rule, message, retryAfterMs } = limitDenied(reserved.refusal)
      if (policy.mode === 'observe') return { observed: { rule, message }, ...explained }
      const { observed: _none, ...rest } = explained
      const more = retryAfterMs === undefined ? {} : { retryAfterMs }
      return { ...rest, verdict: 'deny', rule, message, ...more, limits: [] }
    }
    const end = this.#marks.begin(markedBy(input), sourcesOf(policy, input.tool))
    end()
    if (answer === undefined) return explained
    const whole = isWhole(answer) ? answer : { content: [], structuredContent: answer }
    if (whole['isError'] !== true) reserved.reservation.settle(settlementOf(charges, whole, false).settled)
    return this.#given(input, explained, whole, isWhole(answer))
  }

  /** The answer as the agent gets it. */
  #given(input: DecisionInput, explained: Explanation, answer: JsonObject, isAsWritten: boolean): Outcome {
    const ruling = drive(ruleAnswer(this.#subject.loaded.policy, input, answer))
    if (ruling.effect === 'withhold')
      return { ...explained, verdict: 'deny', rule: ruling.rule, message: ruling.message, limits: [] }
    const data = ruling.value['structuredContent']
    return { ...explained, answer: isAsWritten ? ruling.value : (data as JsonObject) }
  }

  /** The first call of the case says at what time it begins. */
  #show(startMs: number, atMs: number): void {
    this.#clock.atMs = atMs
    if (this.#isOpen) return
    this.#isOpen = true
    this.#clock.startMs = startMs
    this.#windows.recount(windowsOf(this.#subject.loaded.document))?.finish()
  }

  /** How long ago the case, or what it says came before it, brought something in. */
  #recent({ recent: said, ...input }: DecisionInput, atMs: number): Pick<DecisionInput, 'recent'> {
    const ages: Partial<Record<SourceLabel, number>> = { ...this.#marks.recent(markedBy(input)) }
    for (const label of sourceLabels) {
      const before = said?.[label]
      if (before !== undefined) ages[label] = Math.min(before + atMs, ages[label] ?? Number.POSITIVE_INFINITY)
    }
    return Object.keys(ages).length === 0 ? {} : { recent: ages }
  }
}

function markedBy({ caller, grant }: Pick<DecisionInput, 'caller' | 'grant'>): Marked {
  return { principal: caller.id, grant: grant.name }
}

function payerOf({ grant, caller, server }: DecisionInput, session: string | undefined) {
  return { grant: grant.name, principal: caller.id, session: session ?? grant.name, server: server.name }
}

/** Members that only a whole answer has; anything else is the data of one. */
function isWhole(answer: JsonObject): boolean {
  return ['content', 'structuredContent', 'isError', 'contents', 'messages', 'completion'].some(key =>
    Object.hasOwn(answer, key),
  )
}
