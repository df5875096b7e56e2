/**
 * What a definition costs an agent: tokens of the o200k vocabulary in the serialised definition. The vocabulary is
 * loaded when it is first asked for (2.4 MB, about 0.2 s). Linear: an unbroken run of letters, marks or white space, on
 * which the encoder would be quadratic, is counted in parts, which may add a few tokens.
 */
import { limits } from '../../limits.ts'

/** Tokens of a text. */
export type CountTokens = (text: string) => number

/** Loads the vocabulary and gives the counter. */
export async function loadTokenCounter(): Promise<CountTokens> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const plain = { disallowedSpecial: new Set<string>() }
  const counted = new Map<string, number>()
  const countPart = (text: string): number => {
    let count = 0
    let at = 0
    for (const [start, end] of longRuns(text)) {
      count += countTokens(text.slice(at, start), plain)
      for (let from = start; from < end; from += runCharsMax)
        count += countTokens(text.slice(from, Math.min(end, from + runCharsMax)), plain)
      at = end
    }
    return count + countTokens(text.slice(at), plain)
  }
  return text => {
    let count = 0
    for (const part of text.split(partEnd)) {
      const known = counted.get(part) ?? countPart(part)
      if (counted.size >= limits.tokenPartsKept) counted.clear()
      counted.set(part, known)
      count += known
    }
    return count
  }
}

/**
 * Between a letter and a quotation mark a token always ends (no piece of the encoder's pattern holds both), so the parts
 * of a text count by themselves. Definitions repeat theirs: `":{"type`, and whole sentences.
 */
const partEnd = /(?<=[a-z])(?=")/

/** The encoder merges pairs of one run by looking at all of them again. */
const runCharsMax = 128
const longRunChars = 256

/** Runs of one kind of character (letters and everything beyond ASCII, white space, marks) that are too long. */
function* longRuns(text: string): Generator<readonly [number, number]> {
  let start = 0
  let kind = -1
  for (let at = 0; at <= text.length; at += 1) {
    const next = at < text.length ? kindOf(text.charCodeAt(at)) : -1
    if (next === kind && next !== digit) continue
    if (at - start >= longRunChars) yield [start, at]
    start = at
    kind = next
  }
}

const digit = 3

function kindOf(code: number): number {
  if (code > 0x7e || (code > 0x40 && code < 0x5b) || (code > 0x60 && code < 0x7b)) return 0
  if (code <= 0x20) return 1
  return code >= 0x30 && code <= 0x39 ? digit : 2
}
