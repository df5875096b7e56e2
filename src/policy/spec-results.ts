/**
 * What becomes of an answer, a second time: obvious and slow, straight from the document as it is written. The engine
 * must come to the same answer, rule and number of redactions (`test/property/policy-results.test.ts`).
 * Not here: `when`, bounds, how one pattern matches, and the forms that fit a schema.
 */
import { RE2JS } from 're2js'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { pointer } from './problem.ts'
import { entriesFor, holds } from './spec.ts'
import type { DecisionInput } from './verdict.ts'

type Specified = { withheld: string } | { answer: JsonObject; redactions: number }
type Hit = [start: number, end: number, mark: string]
type Find = (text: string) => Hit[]
type Take = (text: string, isBlock: boolean) => string
type Holder = Record<string | number, Json>

const copy = <T extends Json>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** What the policy makes of `answer`. `document` is one that `loadPolicy` accepts, in the normal form of version "1". */
export function specifyResult(document: JsonObject, input: DecisionInput, answer: JsonObject): Specified {
  const entries = entriesFor(Object.entries(document['tools'] ?? {}) as [string, JsonObject][], input.tool)
  const layers = entries.flatMap(entry =>
    entry === undefined ? [] : [{ ...entry[1], at: pointer('/tools', entry[0]) }],
  )
  const all = (document['all_tools'] ?? {}) as JsonObject
  if (!input.tool.includes('/')) layers.unshift({ ...all, at: '/all_tools' })
  const listed = (key: string): [string, JsonObject][] =>
    layers.flatMap(({ at, results }: JsonObject) =>
      (((results as JsonObject)?.[key] ?? []) as JsonObject[]).map((item, i): [string, JsonObject] => [
        `${at}/results/${key}/${i}`,
        item,
      ]),
    )

  // every deny_if, on the answer as it came
  const own = membersOf(input.tool)
  const data = dataOf(input.tool, answer)
  const others = Object.entries(data ?? {}).filter(([key]) => !own.includes(key))
  const result = Object.fromEntries([...others, ...Object.entries(answer).filter(([key]) => own.includes(key))])
  const asked = { ...input, result } as DecisionInput
  for (const [at, rule] of listed('deny_if')) {
    const truth = holds({ all: rule['conditions'] ?? [] }, 'deny_if', true, asked, document)
    if (truth === true || truth === 'error') return { withheld: at }
  }

  // paths: into the answer itself, then into its data, wherever the data stands
  const redact = listed('redact').map(([at, given]) => ({ mark: '[redacted]', ...given, at })) as unknown as Redact[]
  for (const each of redact) each.mark = each.with ?? '[redacted]'
  const paths = redact.filter(({ path }) => path !== undefined)
  const hiding = new Hiding(paths.map(({ mark }) => mark))
  const clean = copy(answer)
  const intoData: [string[], string][] = []
  for (const { at, path, mark } of paths) {
    const steps = stepsOf(path ?? '')
    const isNamed = own.includes('structuredContent') && steps[0] === 'structuredContent' && steps.length > 1
    const inner = isNamed ? steps.slice(1) : steps
    if (own.includes(steps[0] ?? '') && !isNamed) hiding.hide(clean, steps, mark)
    else if (data !== undefined && isAstray(data, inner)) return { withheld: at }
    else intoData.push([inner, mark])
  }
  for (const [steps, mark] of intoData) hiding.hide(clean['structuredContent'] ?? null, steps, mark)
  const rewritten = rewriteBlocks(clean, text => hiding.hideInText(text, intoData)) as JsonObject
  const left = hiding.count === 0 ? copy(answer) : intoData.length === 0 ? clean : rewritten

  // what paths took out, then each pattern, in every text and across neighbouring blocks
  const finds = redact.flatMap(({ pattern, mark }) => (pattern === undefined ? [] : [patternFind(pattern, mark)]))
  if (hiding.values.size > 0) finds.unshift(valueFind(hiding.values))
  const texts: { text: string; isBlock: boolean }[] = []
  rewrite(left, 'frame', (text, isBlock) => {
    texts.push({ text, isBlock })
    return text
  })
  let redactions = hiding.count
  for (const each of texts) {
    for (const find of finds) {
      const hits = find(each.text)
      redactions += hits.length
      for (const [start, end, mark] of hits.toReversed())
        each.text = `${each.text.slice(0, start)}${mark}${each.text.slice(end)}`
    }
  }
  for (const find of finds)
    redactions += replaceAcross(
      texts.filter(({ isBlock }) => isBlock),
      find,
    )
  let index = 0
  const given = rewrite(left, 'frame', () => texts[index++]?.text ?? '') as JsonObject

  // the smallest size
  const sizes = layers.flatMap(({ at, results }: JsonObject) => {
    const max = (results as JsonObject | undefined)?.['max_bytes']
    return max === undefined ? [] : [{ at: `${at}/results/max_bytes`, max: max as number }]
  })
  const least = sizes.find(({ max }) => sizes.every(other => max <= other.max))
  const isTooLarge = least !== undefined && new TextEncoder().encode(JSON.stringify(given)).length > least.max
  return isTooLarge ? { withheld: least.at } : { answer: given, redactions }
}

interface Redact {
  at: string
  path?: string
  pattern?: string
  with?: string
  mark: string
}

/** Puts marks in places and remembers what stood there. */
class Hiding {
  readonly values = new Map<string, string>()
  count = 0
  readonly #marks: readonly Json[]

  constructor(marks: readonly Json[]) {
    this.#marks = marks
  }

  hide(root: Json, steps: string[], mark: string): void {
    for (const [holder, key] of placesAt(root, steps)) {
      const value = holder[key] as Json
      if (value === null || this.#marks.includes(value)) continue
      this.count += 1
      for (const text of textsIn(value)) if (text.length >= 6 && !this.values.has(text)) this.values.set(text, mark)
      holder[key] = mark
    }
  }

  hideInText(text: string, paths: [string[], string][]): string {
    const json = /^\s*[{[]/.test(text) ? jsonIn(text) : undefined
    if (json === undefined) return text
    const before = this.count
    for (const [steps, mark] of paths) this.hide(json, steps, mark)
    if (this.count === before && !text.includes('\\u')) return text
    return JSON.stringify(json, undefined, /^\s*[{[]\r?\n([ \t]+)/.exec(text)?.[1])
  }
}

/** As it is, within JSON, and within a URL. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string')
    return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function membersOf(tool: string): string[] {
  if (tool === 'resources/read') return ['contents', '_meta']
  if (tool === 'prompts/get') return ['description', 'messages', '_meta']
  if (tool === 'completion/complete') return ['completion', '_meta']
  return tool.includes('/') ? ['_meta'] : ['content', 'structuredContent', 'isError', '_meta']
}

/** Structured content, else the JSON object that is the only text. */
function dataOf(tool: string, answer: JsonObject): JsonObject | undefined {
  const isDoor = tool.includes('/')
  const structured = isDoor ? undefined : answer['structuredContent']
  if (structured !== undefined) return isJsonObject(structured) ? structured : undefined
  const list = answer[isDoor ? 'contents' : 'content']
  const blocks = Array.isArray(list) ? (list as Json[]).filter(isJsonObject) : []
  const texts = blocks.filter(({ type, text }) => (isDoor ? typeof text === 'string' : type === 'text'))
  const text = texts[0]?.['text']
  return texts.length === 1 && typeof text === 'string' ? objectIn(text) : undefined
}

function objectIn(text: string): JsonObject | undefined {
  const value = jsonIn(text)
  return isJsonObject(value) ? value : undefined
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Names of members, `[n]` and `[*]`. */
function stepsOf(path: string): string[] {
  const steps = path.slice('result'.length).match(/\[\*\]|\[\d+\]|\["(?:[^"\\]|\\.)*"\]|[^.[\]]+/g) ?? []
  return steps.map(step => (step.startsWith('["') ? (JSON.parse(step.slice(1, -1)) as string) : step))
}

function keysOf(value: Json, step: string): (string | number)[] | undefined {
  if (Array.isArray(value)) {
    if (step === '[*]') return [...value.keys()]
    return /^\[\d+\]$/.test(step) ? [Number(step.slice(1, -1))].filter(index => index < value.length) : undefined
  }
  if (!isJsonObject(value) || /^\[(?:\*|\d+)\]$/.test(step)) return undefined
  return Object.hasOwn(value, step) ? [step] : []
}

function placesAt(value: Json, [step, ...rest]: string[]): [Holder, string | number][] {
  const holder = value as unknown as Holder
  const keys = step === undefined ? [] : (keysOf(value, step) ?? [])
  return keys.flatMap(key => (rest.length === 0 ? [[holder, key]] : placesAt(holder[key] ?? null, rest)))
}

/** True if a step does not fit what is there; null and what is missing are not there. */
function isAstray(value: Json, [step, ...rest]: string[]): boolean {
  if (step === undefined || value === null) return false
  const keys = keysOf(value, step)
  return keys === undefined || keys.some(key => isAstray((value as unknown as Holder)[key] ?? null, rest))
}

const words =
  'type role mimeType resultType cacheScope level mode format required blob progressToken requestId requestState elicitationId jsonrpc method'.split(
    ' ',
  )

/** Every text in turn: in the frame values only, and not the protocol's own words; in data keys and numbers too. */
function rewrite(value: Json, place: 'frame' | 'data', take: Take): Json {
  if (typeof value === 'string') return take(value, false)
  if (typeof value === 'number' && place === 'data') {
    const text = take(String(value), false)
    return text === String(value) ? value : text
  }
  if (Array.isArray(value)) return (value as Json[]).map(item => rewrite(item, place, take))
  if (!isJsonObject(value)) return value
  const made = new Map<string, Json>()
  const isMedia = value['type'] === 'image' || value['type'] === 'audio'
  for (const [key, member] of Object.entries(value)) {
    if (place === 'frame') {
      const isBlock = key === 'text' && value['type'] === 'text'
      const inside = key === 'structuredContent' || (key === 'data' && !isMedia) ? 'data' : 'frame'
      const isLeft = words.includes(key) || (isMedia && key === 'data')
      const deeper = (): Json =>
        isBlock && typeof member === 'string' ? take(member, true) : rewrite(member, inside, take)
      made.set(key, isLeft ? member : deeper())
      continue
    }
    const name = take(key, false)
    let free = name
    for (let number = 2; made.has(free); number += 1) free = `${name} (${number})`
    made.set(free, rewrite(member, 'data', take))
  }
  return Object.fromEntries(made)
}

/** Members named `text`, outside structured content and metadata. */
function rewriteBlocks(value: Json, take: (text: string) => string): Json {
  if (Array.isArray(value)) return (value as Json[]).map(item => rewriteBlocks(item, take))
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([key, member]): [string, Json] => {
    if (key === 'text' && typeof member === 'string') return [key, take(member)]
    return [key, key === 'structuredContent' || key === '_meta' ? member : rewriteBlocks(member, take)]
  })
  return Object.fromEntries(members)
}

/** At each place the longest value; digits within longer digits are another number. */
function valueFind(values: ReadonlyMap<string, string>): Find {
  const longest = [...values].sort(([a], [b]) => b.length - a.length)
  const isDigit = (text: string, at: number): boolean => /^\d$/.test(text[at] ?? '')
  return text => {
    const hits: Hit[] = []
    for (let at = 0; at < text.length; at += 1) {
      const found = longest.find(([value]) => {
        const end = at + value.length
        const isPart = (isDigit(text, at) && isDigit(text, at - 1)) || (isDigit(text, end - 1) && isDigit(text, end))
        return text.startsWith(value, at) && !isPart
      })
      if (found === undefined) continue
      hits.push([at, at + found[0].length, found[1]])
      at += found[0].length - 1
    }
    return hits
  }
}

function patternFind(pattern: string, mark: string): Find {
  const compiled = RE2JS.compile(pattern)
  return text => {
    const matcher = compiled.matcher(text)
    const hits: Hit[] = []
    while (matcher.find()) if (matcher.end() > matcher.start()) hits.push([matcher.start(), matcher.end(), mark])
    return hits
  }
}

/** What begins in one block and ends in a later one: the mark stands where it began. */
function replaceAcross(blocks: { text: string }[], find: Find): number {
  const owners = blocks.flatMap(({ text }, index) => Array<number>(text.length).fill(index))
  const joined = blocks.map(({ text }) => text).join('')
  const crossing = find(joined).filter(([start, end]) => owners[start] !== owners[end - 1])
  const characters = joined.split('')
  for (const [start, end, mark] of crossing) characters.fill('', start, end).splice(start, 1, mark)
  for (const [index, block] of blocks.entries())
    block.text = characters.filter((_, at) => owners[at] === index).join('')
  return crossing.length
}
