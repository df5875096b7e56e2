/**
 * Characters of a text that a reader does not see: those meant to hide or reorder text, and those that are merely
 * invisible. Says where they stand; judges nothing. Linear in the text.
 */

type Range = readonly [number, number]

/** Escape sequences, bidirectional overrides and isolates, TAG characters, supplementary variation selectors. */
const hiddenRanges: readonly Range[] = [
  [0x1b, 0x1b],
  [0x9b, 0x9b],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  [0xe0000, 0xe007f],
  [0xe0100, 0xe01ef],
]
/** Controls, soft hyphen, zero-width characters, marks of direction, unusual line ends, invisible operators. */
const invisibleRanges: readonly Range[] = [
  [0, 8],
  [0xb, 0xc],
  [0xe, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x180e, 0x180e],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x2029],
  [0x2060, 0x2064],
  [0xfeff, 0xfeff],
]
const joiner = 0x200d
/** What a joiner may follow in ordinary text: a pictograph, perhaps with its presentation selector or skin tone. */
const joinable = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u

/** One place: `at` in UTF-16 units; `isHidden` when the character is meant to hide or reorder. */
export interface Unseen {
  readonly at: number
  readonly length: number
  readonly isHidden: boolean
}

/** Every character of a text that is not visible, in order. Line feeds and plain ASCII are. */
export function* visibilityIn(text: string): Generator<Unseen> {
  if (!/[^\x20-\x7e\n]/.test(text)) return
  let before = ''
  let at = 0
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if ((code < 0x20 || code > 0x7e) && code !== 0xa) {
      if (isIn(hiddenRanges, code)) yield { at, length: character.length, isHidden: true }
      else if (isIn(invisibleRanges, code) || (code === joiner && !joinable.test(before)))
        yield { at, length: character.length, isHidden: false }
    }
    before = character
    at += character.length
  }
}

function isIn(ranges: readonly Range[], code: number): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to)
}
