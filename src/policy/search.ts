/**
 * Searching the texts of an answer: values that were taken out elsewhere, then each pattern in its order. Plain data in
 * and out, so that a large search can be done in a thread of its own. Linear in the texts for each pattern; a search
 * that would cost more than its bound is given up and says so.
 */
import { RE2JS } from 're2js'
import { limits } from '../limits.ts'

export interface Search {
  /** Values to find again, each with what stands in its place. None is shorter than `limits.resultHiddenCharsMin`. */
  readonly hidden: readonly (readonly [value: string, mark: string])[]
  readonly patterns: readonly (readonly [source: string, mark: string])[]
}

export interface Job {
  readonly texts: readonly string[]
  /** Numbers of the texts that are read as one: what begins in one of them may end in the next. */
  readonly joined: readonly number[]
  readonly search: Search
}

export interface Found {
  /** The texts that changed, by number. */
  readonly changed: readonly (readonly [index: number, text: string])[]
  /** How many occurrences were replaced. */
  readonly count: number
}

/** A stretch of a text, its end exclusive, and what stands in its place. */
type Hit = readonly [start: number, end: number, mark: string]
type Finder = (text: string) => readonly Hit[]

/** How much a search costs: characters to be looked at. */
export function workOf({ texts, search }: Job): number {
  const passes = search.patterns.length + (search.hidden.length > 0 ? 1 : 0)
  return texts.reduce((sum, text) => sum + text.length, 0) * passes
}

/** Searches every text. `undefined`: given up after so many `tries`, nothing may be said of these texts. */
export function searchTexts({ texts, joined, search }: Job, tries: number = limits.resultTriesMax): Found | undefined {
  const budget: Budget = { tries }
  const finders = [
    ...(search.hidden.length > 0 ? [hiddenFinder(search.hidden, budget)] : []),
    ...search.patterns.map(([source, mark]) => patternFinder(source, mark)),
  ]
  const current = texts.slice()
  let count = 0
  for (let index = 0; index < current.length; index += 1) {
    for (const find of finders) {
      const text = current[index] as string
      const hits = find(text)
      if (budget.tries < 0) return undefined
      if (hits.length === 0) continue
      current[index] = replaced(text, hits)
      count += hits.length
    }
  }
  if (joined.length > 1) for (const find of finders) count += searchSeams(current, joined, find)
  if (budget.tries < 0) return undefined
  const changed = current.flatMap((text, index): [number, string][] => (text === texts[index] ? [] : [[index, text]]))
  return { changed, count }
}

function replaced(text: string, hits: readonly Hit[]): string {
  const parts: string[] = []
  let at = 0
  for (const [start, end, mark] of hits) {
    parts.push(text.slice(at, start), mark)
    at = end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

// -- patterns ------------------------------------------------------------------------------------------------------

const compiled = new Map<string, RE2JS>()

function patternFinder(source: string, mark: string): Finder {
  let pattern = compiled.get(source)
  if (pattern === undefined) {
    pattern = RE2JS.compile(source)
    if (compiled.size >= limits.resultPatternsMax) compiled.clear()
    compiled.set(source, pattern)
  }
  const re = pattern
  return text => {
    // `test` is several times faster than finding where, and mostly says no
    if (!re.test(text)) return []
    const matcher = re.matcher(text)
    const hits: Hit[] = []
    while (matcher.find()) if (matcher.end() > matcher.start()) hits.push([matcher.start(), matcher.end(), mark])
    return hits
  }
}

// -- values that were taken out ------------------------------------------------------------------------------------

interface Budget {
  tries: number
}

interface Bucket {
  /** Lengths of the values that begin so, longest first. */
  readonly lengths: readonly number[]
  readonly marks: ReadonlyMap<string, string>
}

const width = limits.resultHiddenCharsMin
const base = 0x01000193
/** `base` to the power of `width` − 1: what the character that leaves the window has been multiplied with. */
const leaving = Array.from({ length: width - 1 }).reduce<number>(power => Math.imul(power, base), 1)

/** Finds all values at once by a rolling hash of their first characters; at each place the longest. */
function hiddenFinder(hidden: Search['hidden'], budget: Budget): Finder {
  const buckets = new Map<number, Bucket>()
  for (const [hash, values] of Map.groupBy(hidden, ([value]) => hashOf(value))) {
    const lengths = [...new Set(values.map(([value]) => value.length))].sort((a, b) => b - a)
    buckets.set(hash, { lengths, marks: new Map(values) })
  }
  return text => {
    const hits: Hit[] = []
    if (text.length < width) return hits
    let hash = hashOf(text)
    let at = 0
    for (;;) {
      const hit = hitAt(text, at, buckets.get(hash), budget)
      if (budget.tries < 0) return hits
      const next = hit === undefined ? at + 1 : hit[1]
      if (hit !== undefined) hits.push(hit)
      if (next + width > text.length) return hits
      if (hit === undefined) hash = rolled(hash, text, at)
      else hash = hashOf(text, next)
      at = next
    }
  }
}

function hashOf(text: string, from = 0): number {
  let hash = 0
  for (let at = from; at < from + width; at += 1) hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0
  return hash
}

/** The hash one place further on than `at`. */
function rolled(hash: number, text: string, at: number): number {
  const without = (hash - Math.imul(text.charCodeAt(at), leaving)) | 0
  return (Math.imul(without, base) + text.charCodeAt(at + width)) | 0
}

function hitAt(text: string, at: number, bucket: Bucket | undefined, budget: Budget): Hit | undefined {
  if (bucket === undefined) return undefined
  for (const length of bucket.lengths) {
    if (at + length > text.length) continue
    budget.tries -= 1 + length / 64
    if (budget.tries < 0) return undefined
    const mark = bucket.marks.get(text.slice(at, at + length))
    if (mark !== undefined && !isInNumber(text, at, at + length)) return [at, at + length, mark]
  }
  return undefined
}

/** Digits within longer digits are another number. */
function isInNumber(text: string, start: number, end: number): boolean {
  return (isDigit(text, start) && isDigit(text, start - 1)) || (isDigit(text, end - 1) && isDigit(text, end))
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

// -- across blocks -------------------------------------------------------------------------------------------------

interface Part {
  readonly index: number
  /** Where the part begins in its text. */
  readonly from: number
  readonly text: string
}

/** Replaces what begins in one text and ends in a later one: the mark stands where it began. */
function searchSeams(texts: string[], joined: readonly number[], find: Finder): number {
  let count = 0
  // from the last to the first, so that a text that was cut is not looked at with the old places again
  for (const parts of stretchesOf(texts, joined).reverse()) {
    const whole = parts.map(part => part.text).join('')
    for (const [start, end, mark] of find(whole).toReversed()) if (cut(texts, parts, start, end, mark)) count += 1
  }
  return count
}

/** Runs of neighbouring texts; a long text lends its end to one run and its start to the next. */
function stretchesOf(texts: readonly string[], joined: readonly number[]): Part[][] {
  const stretches: Part[][] = []
  let parts: Part[] = []
  for (const [order, index] of joined.entries()) {
    const text = texts[index] as string
    const isLast = order === joined.length - 1
    const isShort = text.length <= 2 * limits.resultSeamChars
    if (order > 0 && !isShort) {
      parts.push({ index, from: 0, text: text.slice(0, limits.resultSeamChars) })
      stretches.push(parts)
      parts = []
    }
    if (isShort) parts.push({ index, from: 0, text })
    else if (!isLast) {
      const from = text.length - limits.resultSeamChars
      parts.push({ index, from, text: text.slice(from) })
    }
  }
  stretches.push(parts)
  return stretches.filter(each => each.length > 1)
}

function cut(texts: string[], parts: readonly Part[], start: number, end: number, mark: string): boolean {
  let at = 0
  const touched = parts.flatMap(part => {
    const [from, to] = [Math.max(start, at) - at, Math.min(end, at + part.text.length) - at]
    at += part.text.length
    return from < to ? [{ ...part, start: part.from + from, end: part.from + to }] : []
  })
  if (touched.length < 2) return false
  for (const [order, { index, start: low, end: high }] of touched.entries()) {
    const text = texts[index] as string
    texts[index] = text.slice(0, low) + (order === 0 ? mark : '') + text.slice(high)
  }
  return true
}
