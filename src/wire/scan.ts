/**
 * One linear pass over JSON text, before any parser sees it: nesting, element count, numbers a double would change.
 * It looks only at brackets, quotes, commas, colons and number characters, so on every valid document it counts what
 * JSON.parse builds. It does not judge the grammar: that is JSON.parse's work, and it runs after the depth is known
 * to be bounded. On invalid text the counts mean nothing.
 */

/** What one pass saw. `over` is set when a bound was passed; the pass then stopped there. */
export interface Scan {
  /** Object members, duplicates counted each. */
  readonly members: number
  /** True if a string or key holds a backslash escape. */
  readonly escapes: boolean
  /** The first number literal a double does not represent exactly. */
  readonly lossy: string | undefined
  readonly over: 'depth' | 'elements' | undefined
}

/** Digits every decimal survives a round trip through a double with (IEEE 754 binary64, DBL_DIG). */
const safeDigits = 15

/** Scans `text`. `elementsMax` counts object members and array items of all levels together. Linear, no recursion. */
export function scanJson(text: string, depthMax: number, elementsMax: number): Scan {
  const length = text.length
  let depth = 0
  let members = 0
  let elements = 0
  let escapes = false
  let lossy: string | undefined
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22) {
      // a string: up to the next quote that no backslash escapes
      for (i++; i < length; i++) {
        const inner = text.charCodeAt(i)
        if (inner === 0x22) break
        if (inner === 0x5c) {
          escapes = true
          i++
        }
      }
    } else if (code === 0x2c) {
      if (++elements > elementsMax) return { members, escapes, lossy, over: 'elements' }
    } else if (code === 0x3a) {
      members++
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) return { members, escapes, lossy, over: 'depth' }
      // every container that is not empty holds one element more than it has commas
      if (!closesNext(text, i + 1) && ++elements > elementsMax) return { members, escapes, lossy, over: 'elements' }
    } else if (code === 0x7d || code === 0x5d) {
      depth--
    } else if (isNumberCode(code)) {
      const end = endOfNumber(text, i)
      // up to 15 characters are up to 15 digits; an exponent can still leave the range
      if (end - i > safeDigits || hasExponent(text, i, end)) {
        const literal = text.slice(i, end)
        if (lossy === undefined && !isLossless(literal)) lossy = literal
      }
      i = end - 1
    }
  }
  return { members, escapes, lossy, over: undefined }
}

/** True if a double holds exactly the number that `literal` (a JSON number) denotes: its shortest form is the same number. */
export function isLossless(literal: string): boolean {
  const double = Number(literal)
  // not a number at all: the parser will say so
  if (Number.isNaN(double)) return true
  return Number.isFinite(double) && sameDecimal(literal, String(double))
}

function sameDecimal(one: string, other: string): boolean {
  const a = decimalOf(one)
  const b = decimalOf(other)
  return a.digits === b.digits && (a.digits === '' || (a.exponent === b.exponent && a.negative === b.negative))
}

/** A decimal as sign, digits without outer zeros, and the power of ten of the last digit. Zero has no digits. */
function decimalOf(literal: string): { negative: boolean; digits: string; exponent: number } {
  const mark = literal.search(/[eE]/)
  const mantissa = mark === -1 ? literal : literal.slice(0, mark)
  const power = mark === -1 ? 0 : Number(literal.slice(mark + 1))
  const point = mantissa.indexOf('.')
  const fraction = point === -1 ? 0 : mantissa.length - point - 1
  const all = mantissa.replace(/[-.]/g, '')
  let start = 0
  while (all.charCodeAt(start) === 0x30) start++
  let end = all.length
  while (end > start && all.charCodeAt(end - 1) === 0x30) end--
  return {
    negative: mantissa.startsWith('-'),
    digits: all.slice(start, end),
    exponent: power - fraction + (all.length - end),
  }
}

function isNumberCode(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d
}

function endOfNumber(text: string, start: number): number {
  let i = start
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const inside = isNumberCode(code) || code === 0x2e || code === 0x2b || code === 0x65 || code === 0x45
    if (!inside) break
  }
  return i
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x65 || code === 0x45) return true
  }
  return false
}

/** True if the next character that is not white space closes a container. */
function closesNext(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) continue
    return code === 0x7d || code === 0x5d
  }
  return false
}
