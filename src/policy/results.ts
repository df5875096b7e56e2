/**
 * What becomes of an answer: withheld, or given without what the policy takes out. Order: every `deny_if` on the answer
 * as it came, then paths, then patterns, then the size of what is left. A rule that errs withholds, and so does a search
 * that had to be given up. Written as a generator: whoever drives it does the searching, at once or in another thread.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { viewOf } from './answer.ts'
import { mapTexts, type Place } from './answer-texts.ts'
import type { Policy } from './compile.ts'
import type { CompiledResults } from './compile-results.ts'
import { inspect } from './facts.ts'
import { type Form, type Hidden, hidePaths } from './hide.ts'
import { missing, no } from './operators.ts'
import { type Found, type Job, type Search, searchTexts } from './search.ts'
import type { AnswerView, DecisionInput } from './verdict.ts'

/** Asks for a search; resumed with what was found, or with nothing when it was given up. */
export type Searching<T> = Generator<Job, T, Found | undefined>

export interface Withheld {
  readonly effect: 'withhold'
  /** JSON Pointer of the rule. */
  readonly rule: string
  /** For the agent; nothing of the answer is in it. */
  readonly message: string
}

export interface Given<T> {
  readonly effect: 'give'
  readonly value: T
  /** Places and occurrences that were taken out. */
  readonly redactions: number
}

export type Ruling<T> = Given<T> | Withheld

/** True for a structured content that fits what the tool has declared. */
export type Fits = (structured: JsonObject) => boolean

/** Drives a ruling to its end on the spot. */
export function drive<T>(ruling: Searching<T>): T {
  let step = ruling.next()
  while (step.done !== true) step = ruling.next(searchTexts(step.value))
  return step.value
}

/** What becomes of the answer to the call `input`. Throws nothing. */
export function* ruleAnswer(
  policy: Policy | undefined,
  input: DecisionInput,
  answer: JsonObject,
  fits?: Fits,
): Searching<Ruling<JsonObject>> {
  const rules = policy?.resolve(input.tool).results
  if (policy === undefined || rules === undefined) return { effect: 'give', value: answer, redactions: 0 }
  const view = viewOf(input.tool, answer)
  const withheld = withholding(policy, rules, { ...input, answer: view })
  if (withheld !== undefined) return withheld
  const given = yield* redacted(rules, view, fits)
  return given.effect === 'withhold' ? given : sized(rules, given)
}

/** What becomes of an error a server answered with: `{code, message, data?}`. */
export function* ruleError<T extends { readonly message: string; readonly data?: Json }>(
  rules: CompiledResults | undefined,
  error: T,
): Searching<Ruling<T>> {
  if (rules === undefined) return { effect: 'give', value: error, redactions: 0 }
  const given = yield* searched(error as unknown as JsonObject, 'frame', { hidden: [], patterns: marksOf(rules) })
  if (given === undefined) return unsearched(rules)
  return sized(rules, given as Given<never>) as Ruling<T>
}

/** A message that comes before or beside an answer: only patterns can be looked for in it. Nothing: given up. */
export function* ruleMessage(rules: CompiledResults, message: JsonObject): Searching<Given<JsonObject> | undefined> {
  return yield* searched(message, 'frame', { hidden: [], patterns: marksOf(rules) })
}

/** True when a message beside the answer could say what the answer may not, and nothing can tell. */
export function holdsBack({ paths, denials }: CompiledResults): boolean {
  return paths.length > 0 || denials.length > 0
}

/** The rule that withholds the answer as it came. */
function withholding(policy: Policy, rules: CompiledResults, input: DecisionInput): Withheld | undefined {
  try {
    for (const rule of rules.denials) {
      const truth = rule.test(input)
      if (truth === no || truth === missing) continue
      const { error: problem } = inspect(policy, rule, input)
      const message = problem === undefined ? rule.message : `${rule.message} (${problem})`
      return { effect: 'withhold', rule: rule.at, message }
    }
    return undefined
  } finally {
    policy.desk.clear()
  }
}

const forms: readonly Form[] = ['mark', 'left out', 'null']

/** Without what paths and patterns take out; in the first form that still fits, else in the plainest. */
function* redacted(rules: CompiledResults, view: AnswerView, fits: Fits | undefined): Searching<Ruling<JsonObject>> {
  let plainest: Given<JsonObject> | undefined
  for (const form of forms) {
    const hidden = hidePaths(view, rules.paths, form)
    if ('problem' in hidden)
      return { effect: 'withhold', rule: hidden.at, message: `the answer is withheld: ${hidden.problem}` }
    const given = yield* searched(hidden.answer, 'frame', { hidden: hidden.values, patterns: marksOf(rules) })
    if (given === undefined) return unsearched(rules)
    const whole = { ...given, redactions: given.redactions + hidden.count }
    plainest ??= whole
    if (isFitting(view, whole, hidden, fits)) return whole
    if (!hidden.hasOthers) break
  }
  return plainest ?? { effect: 'give', value: view.whole, redactions: 0 }
}

/** An answer that did not fit before, or whose structured content is as it was, need not fit now. */
function isFitting(
  { whole }: AnswerView,
  { value }: Given<JsonObject>,
  hidden: Hidden,
  fits: Fits | undefined,
): boolean {
  const structured = value['structuredContent']
  if (fits === undefined || structured === whole['structuredContent'] || !hidden.hasOthers) return true
  return isJsonObject(structured) && fits(structured)
}

function marksOf({ patterns }: CompiledResults): Search['patterns'] {
  return patterns.map(({ pattern, with: mark }) => [pattern, mark])
}

function* searched<T extends JsonObject>(value: T, place: Place, search: Search): Searching<Given<T> | undefined> {
  const unchanged: Given<T> = { effect: 'give', value, redactions: 0 }
  if (search.hidden.length === 0 && search.patterns.length === 0) return unchanged
  const texts: string[] = []
  const joined: number[] = []
  mapTexts(value, place, (text, isBlock) => {
    if (isBlock) joined.push(texts.length)
    texts.push(text)
    return text
  })
  const found = yield { texts, joined, search }
  if (found === undefined) return undefined
  if (found.changed.length === 0) return { ...unchanged, redactions: found.count }
  const changed = new Map(found.changed)
  let index = -1
  const clean = mapTexts(value, place, text => {
    index += 1
    return changed.get(index) ?? text
  })
  return { effect: 'give', value: clean as T, redactions: found.count }
}

function unsearched(rules: CompiledResults): Withheld {
  const rule = [...rules.patterns, ...rules.paths][0]?.at ?? ''
  return {
    effect: 'withhold',
    rule,
    message: 'the answer is withheld: it could not be searched within its bounds; ask for less',
  }
}

function sized<T extends JsonObject>(rules: CompiledResults, given: Given<T>): Ruling<T> {
  const { maxBytes } = rules
  if (maxBytes === undefined) return given
  const bytes = Buffer.byteLength(JSON.stringify(given.value))
  if (bytes <= maxBytes.bytes) return given
  const message = `the answer has ${bytes} bytes, and ${maxBytes.bytes} are let through; ask for less`
  return { effect: 'withhold', rule: maxBytes.at, message }
}
