/**
 * Taking values out of an answer by path: from its structured content and from every text in it that is JSON, so that the
 * copy for older clients says no more than the structure. What was taken out is remembered, to be searched for in the rest
 * of the answer. Refused: an answer in which a path leads through something else, and one with too many such values.
 */
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import { isRawNumber, readLossless } from '../wire/json.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { mapBlocks } from './answer-texts.ts'
import type { Redaction } from './model.ts'
import type { Step } from './path.ts'
import type { Search } from './search.ts'
import type { AnswerView } from './verdict.ts'

export type PathRedaction = Extract<Redaction, { path: unknown }>

/** What becomes of a value that is no text: the mark as well, or, where a schema wants no text, nothing. */
export type Form = 'mark' | 'left out' | 'null'

export interface Hidden {
  readonly answer: JsonObject
  /** Places from which something was taken. */
  readonly count: number
  /** Values to search the rest of the answer for. */
  readonly values: Search['hidden']
  /** Something that is no text was taken out of the structured content: another form would look different. */
  readonly hasOthers: boolean
}

export interface Unhidable {
  readonly at: string
  readonly problem: string
}

const leftOut = Symbol('left out')
type Hide = (value: Json) => Json | typeof leftOut

/** Takes everything out that `redactions` name: first by paths into the answer itself, then by those into its data. */
export function hidePaths(view: AnswerView, redactions: readonly PathRedaction[], form: Form): Hidden | Unhidable {
  const taken = new Taken(redactions, form)
  let answer = view.whole
  const intoData: DataPath[] = []
  for (const { at, path, with: mark } of redactions) {
    if (!isData(view, path.steps)) {
      answer = changeAt(answer, path.steps, value => taken.hide(value, mark, false)) as JsonObject
      continue
    }
    const steps = view.members.has(nameOf(path.steps)) ? path.steps.slice(1) : path.steps
    if (view.data !== undefined && leadsAstray(view.data, steps))
      return { at, problem: `\`${path.text}\` leads through a value that has no such member` }
    intoData.push({ steps, mark })
  }
  if (intoData.length > 0) answer = hideData(answer, intoData, taken)
  if (taken.problem !== undefined) return { at: redactions[0]?.at ?? '', problem: taken.problem }
  if (taken.count === 0) answer = view.whole
  return { answer, count: taken.count, values: [...taken.values], hasOthers: taken.hasOthers }
}

interface DataPath {
  readonly steps: readonly Step[]
  readonly mark: string
}

/** True for a path into the data, whether it names `structuredContent` or not. */
function isData({ members }: AnswerView, steps: readonly Step[]): boolean {
  const name = nameOf(steps)
  return !members.has(name) || (name === 'structuredContent' && steps.length > 1)
}

function nameOf([first]: readonly Step[]): string {
  return first !== undefined && 'key' in first ? first.key : ''
}

function hideData(answer: JsonObject, paths: readonly DataPath[], taken: Taken): JsonObject {
  const { structuredContent } = answer
  const structured = structuredContent === undefined ? undefined : hideAll(structuredContent, paths, taken, true)
  const whole = structured === structuredContent ? answer : { ...answer, structuredContent: structured as Json }
  return mapBlocks(whole, text => hideInText(text, paths, taken)) as JsonObject
}

function hideAll(data: Json, paths: readonly DataPath[], taken: Taken, isStructured: boolean): Json {
  return paths.reduce(
    (value, { steps, mark }) => changeAt(value, steps, found => taken.hide(found, mark, isStructured)),
    data,
  )
}

/** A text that is a JSON object or list, without the values; written anew with the indentation it had. Other texts as they are. */
function hideInText(text: string, paths: readonly DataPath[], taken: Taken): string {
  const data = readData(text, taken)
  if (data === undefined) return text
  const changed = hideAll(data, paths, taken, false)
  // written anew also where nothing was found: no escape may keep a value from being found by the search
  if (changed === data && !text.includes('\\u')) return text
  return JSON.stringify(changed, undefined, /^\s*[{[]\r?\n([ \t]+)/.exec(text)?.[1])
}

function readData(text: string, taken: Taken): Json | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined
  try {
    return readLossless(text, limits.upstreamDepthMax)
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    if (fault.cause === undefined)
      taken.problem = 'a text of the answer is JSON that is nested too deep to be looked through'
    return undefined
  }
}

/** The values that were taken out, as they may be repeated elsewhere. */
class Taken {
  readonly #form: Form
  readonly #marks: ReadonlySet<Json>
  readonly values = new Map<string, string>()
  count = 0
  hasOthers = false
  /** Why nothing can be said of this answer. */
  problem: string | undefined

  constructor(redactions: readonly PathRedaction[], form: Form) {
    this.#form = form
    this.#marks = new Set(redactions.map(each => each.with))
  }

  hide(value: Json, mark: string, isStructured: boolean): Json | typeof leftOut {
    // null says nothing, and a mark is what another path left
    if (value === null || this.#marks.has(value)) return value
    this.count += 1
    this.#remember(value, mark)
    if (typeof value === 'string' || !isStructured) return mark
    this.hasOthers = true
    return this.#form === 'mark' ? mark : this.#form === 'null' ? null : leftOut
  }

  #remember(value: Json, mark: string): void {
    if (typeof value === 'string') {
      for (const form of writtenForms(value)) this.#add(form, mark)
    } else if (typeof value === 'number' || isRawNumber(value)) this.#add(JSON.stringify(value), mark)
    else if (typeof value === 'object' && value !== null && this.problem === undefined) {
      for (const member of Object.values(value)) this.#remember(member as Json, mark)
    }
  }

  #add(text: string, mark: string): void {
    if (text.length < limits.resultHiddenCharsMin || this.values.has(text)) return
    this.values.set(text, mark)
    if (this.values.size > limits.resultHiddenMax)
      this.problem = `more than ${limits.resultHiddenMax} values would have to be taken out`
  }
}

/** As it is, within JSON, and within a URL. Other encodings are not looked for. */
function writtenForms(value: string): readonly string[] {
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]
}

/** `value` with what stands at `steps` changed; the same value where nothing does. */
function changeAt(value: Json, steps: readonly Step[], hide: Hide): Json {
  const changed = changeIn(value, steps, 0, hide)
  return changed === leftOut ? null : changed
}

function changeIn(value: Json, steps: readonly Step[], at: number, hide: Hide): Json | typeof leftOut {
  const step = steps[at]
  if (step === undefined) return hide(value)
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) return 'key' in step ? value : changeItems(value as readonly Json[], step, steps, at, hide)
  const object = value as JsonObject
  if (!('key' in step) || !Object.hasOwn(object, step.key)) return value
  const member = object[step.key] as Json
  const changed = changeIn(member, steps, at + 1, hide)
  if (changed === member) return value
  if (changed !== leftOut) return { ...object, [step.key]: changed }
  const { [step.key]: _gone, ...others } = object
  return others
}

/** Items of a list are never left out: the others would move up. */
function changeItems(items: readonly Json[], step: Step, steps: readonly Step[], at: number, hide: Hide): Json {
  const change = (item: Json): Json => {
    const changed = changeIn(item, steps, at + 1, hide)
    return changed === leftOut ? null : changed
  }
  if ('index' in step) {
    if (step.index >= items.length) return items
    const changed = change(items[step.index] as Json)
    return changed === items[step.index] ? items : items.with(step.index, changed)
  }
  const changed = items.map(change)
  return changed.every((item, index) => item === items[index]) ? items : changed
}

/** True if a step does not fit what is there. What is missing, or null, is not there to be taken out. */
function leadsAstray(value: Json, steps: readonly Step[], at = 0): boolean {
  const step = steps[at]
  if (step === undefined || value === null) return false
  if (typeof value !== 'object' || isRawNumber(value)) return true
  if (Array.isArray(value)) {
    const items = value as readonly Json[]
    if ('key' in step) return true
    if ('index' in step) return step.index < items.length && leadsAstray(items[step.index] as Json, steps, at + 1)
    return items.some(item => leadsAstray(item, steps, at + 1))
  }
  if (!('key' in step)) return true
  const object = value as JsonObject
  return Object.hasOwn(object, step.key) && leadsAstray(object[step.key] as Json, steps, at + 1)
}
