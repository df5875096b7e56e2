/**
 * The syntax tree of a regular expression (ECMA-262 section 22.2), as far as ambiguity depends on it: which characters
 * a step can read, sequences, alternatives and repetitions. Zero-width assertions read nothing; the bodies of
 * lookarounds stand beside the main tree; back-references read nothing here.
 */

/** Inclusive code point ranges, ascending. */
export type Characters = readonly (readonly [number, number])[]

export type PatternNode =
  | { readonly kind: 'characters'; readonly characters: Characters }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'either'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }

export interface PatternTree {
  /** The pattern itself first, then the body of every lookaround. */
  readonly roots: readonly PatternNode[]
}

const last = 0x10ffff
const anything: Characters = [[0, last]]
const digits: Characters = [[48, 57]]
const wordCharacters: Characters = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const spaces: Characters = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const notLineEnd: Characters = [
  [0, 9],
  [11, 12],
  [14, 0x2027],
  [0x202a, last],
]
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }
const empty: PatternNode = { kind: 'sequence', parts: [] }

/** Reads a pattern that the runtime has already accepted; nothing when it uses syntax this reader does not know. */
export function readPattern(source: string): PatternTree | undefined {
  const reader = new PatternReader([...source])
  const root = reader.either()
  return root === undefined || !reader.atEnd() ? undefined : { roots: [root, ...reader.aside] }
}

/** Everything that is not in `characters`. */
function complement(characters: Characters): Characters {
  const ranges: [number, number][] = []
  let next = 0
  for (const [from, to] of [...characters].sort((left, right) => left[0] - right[0])) {
    if (from > next) ranges.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  if (next <= last) ranges.push([next, last])
  return ranges
}

/** True when some character is in both. */
export function overlaps(left: Characters, right: Characters): boolean {
  return left.some(([from, to]) => right.some(([low, high]) => from <= high && low <= to))
}

class PatternReader {
  readonly aside: PatternNode[] = []
  readonly #text: readonly string[]
  #at = 0

  constructor(text: readonly string[]) {
    this.#text = text
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  either(): PatternNode | undefined {
    const parts: PatternNode[] = []
    do {
      const part = this.#sequence()
      if (part === undefined) return undefined
      parts.push(part)
    } while (this.#take('|'))
    return parts.length === 1 ? parts[0] : { kind: 'either', parts }
  }

  #sequence(): PatternNode | undefined {
    const parts: PatternNode[] = []
    while (!this.atEnd() && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#atom()
      if (atom === undefined) return undefined
      parts.push(this.#repeated(atom))
    }
    return { kind: 'sequence', parts }
  }

  #repeated(part: PatternNode): PatternNode {
    const counts = this.#counts()
    if (counts === undefined) return part
    this.#take('?')
    return { kind: 'repeat', part, ...counts }
  }

  #counts(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { min: 0, max: 1 }
    const match = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#text.slice(this.#at, this.#at + 24).join(''))
    if (match === null) return undefined
    this.#at += match[0].length
    const min = Number(match[1])
    return { min, max: match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]) }
  }

  #atom(): PatternNode | undefined {
    const character = this.#next()
    if (character === '(') return this.#group()
    if (character === '[') return this.#class()
    if (character === '.') return { kind: 'characters', characters: notLineEnd }
    if (character === '^' || character === '$') return empty
    if (character === '\\') return this.#escapeOutside()
    return single(character)
  }

  #group(): PatternNode | undefined {
    let isAside = false
    if (this.#take('?')) {
      if (this.#take('<')) {
        if (this.#peek() === '=' || this.#peek() === '!') isAside = this.#next() !== ''
        else while (!this.atEnd() && this.#next() !== '>');
      } else {
        const sign = this.#next()
        if (sign === '=' || sign === '!') isAside = true
        else if (sign !== ':') return undefined
      }
    }
    const body = this.either()
    if (body === undefined || !this.#take(')')) return undefined
    if (!isAside) return body
    this.aside.push(body)
    return empty
  }

  #escapeOutside(): PatternNode | undefined {
    const next = this.#peek()
    if (next === 'b' || next === 'B' || /^[1-9]$/.test(next)) {
      this.#next()
      while (/^\d$/.test(this.#peek())) this.#next()
      return empty
    }
    if (next === 'k') {
      while (!this.atEnd() && this.#next() !== '>');
      return empty
    }
    return { kind: 'characters', characters: this.#escape() }
  }

  #escape(): Characters {
    const letter = this.#next()
    if (letter === 'd') return digits
    if (letter === 'D') return complement(digits)
    if (letter === 'w') return wordCharacters
    if (letter === 'W') return complement(wordCharacters)
    if (letter === 's') return spaces
    if (letter === 'S') return complement(spaces)
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P')
    if (letter === 'c') return point((this.#next().codePointAt(0) ?? 0) % 32)
    if (letter === 'x') return point(this.#hex(2))
    if (letter === 'u') return point(this.#take('{') ? this.#braced() : this.#hex(4))
    return point(controls[letter] ?? letter.codePointAt(0) ?? 0)
  }

  /** Letters and digits are told apart from the rest; any other property may be anything. */
  #property(isNegated: boolean): Characters {
    let name = ''
    if (this.#take('{')) for (let c = this.#next(); c !== '}' && c !== ''; c = this.#next()) name += c
    const letters: Characters = [
      [65, 90],
      [97, 122],
      [128, last],
    ]
    if (/^(L|Letter|Alphabetic|Lu|Ll|Uppercase|Lowercase|Script=.*)/.test(name))
      return isNegated
        ? [
            [0, 64],
            [91, 96],
            [123, last],
          ]
        : letters
    if (/^(N|Nd|Number)$/.test(name))
      return isNegated
        ? [
            [0, 47],
            [58, last],
          ]
        : [...digits, [128, last]]
    return anything
  }

  #hex(length: number): number {
    const text = this.#text.slice(this.#at, this.#at + length).join('')
    this.#at += length
    return Number.parseInt(text, 16) || 0
  }

  #braced(): number {
    let text = ''
    for (let c = this.#next(); c !== '}' && c !== ''; c = this.#next()) text += c
    return Number.parseInt(text, 16) || 0
  }

  #class(): PatternNode | undefined {
    const isNegated = this.#take('^')
    const ranges: (readonly [number, number])[] = []
    while (this.#peek() !== ']') {
      if (this.atEnd()) return undefined
      const from = this.#member()
      const only = from[0]
      const isRange =
        this.#peek() === '-' && this.#text[this.#at + 1] !== ']' && from.length === 1 && only?.[0] === only?.[1]
      if (!isRange) {
        ranges.push(...from)
        continue
      }
      this.#next()
      const to = this.#member()
      if (to.length === 1 && to[0] !== undefined && only !== undefined) ranges.push([only[0], to[0][1]])
      else ranges.push(...from, ...to, [45, 45])
    }
    this.#next()
    return { kind: 'characters', characters: isNegated ? complement(ranges) : ranges }
  }

  #member(): Characters {
    if (!this.#take('\\')) return point(this.#next().codePointAt(0) ?? 0)
    return this.#take('b') ? point(8) : this.#escape()
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #next(): string {
    const character = this.#peek()
    this.#at += 1
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }
}

function point(code: number): Characters {
  return [[code, code]]
}

function single(character: string): PatternNode {
  return { kind: 'characters', characters: point(character.codePointAt(0) ?? 0) }
}
