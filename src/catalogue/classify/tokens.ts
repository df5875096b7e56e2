/**
 * What a definition costs an agent: tokens of the o200k vocabulary in the serialised definition. The vocabulary is
 * loaded when it is first asked for (2.4 MB, about 0.2 s). Linear: an unbroken run of letters, marks or white space, on
 * which the encoder would be quadratic, is counted in parts, which may add a few tokens.
 */

/** Tokens of a text. */
export type CountTokens = (text: string) => number

/** Loads the vocabulary and gives the counter. */
export async function loadTokenCounter(): Promise<CountTokens> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const plain = { disallowedSpecial: new Set<string>() }
  return text => {
    let count = 0
    let at = 0
    for (const run of text.matchAll(longRun)) {
      count += countTokens(text.slice(at, run.index), plain)
      for (let from = 0; from < run[0].length; from += runCharsMax)
        count += countTokens(run[0].slice(from, from + runCharsMax), plain)
      at = run.index + run[0].length
    }
    return count + countTokens(text.slice(at), plain)
  }
}

/** The encoder merges pairs of one run by looking at all of them again. */
const runCharsMax = 128
const longRun = /[\p{L}\p{M}]{256,}|\s{256,}|[^\s\p{L}\p{M}\p{N}]{256,}/gu
