/**
 * The text a pattern cannot match without, read from the pattern. Where it is not in a text, RE2 need not look at it.
 * Promise: if RE2 finds the pattern in a text, with or without regard to case, one of the literals is in
 * `searchable(text)`. Whatever is not understood here gives no literal, never a wrong one.
 */

/** One of these is in every text that matches; `undefined`: nothing is known. In lower case, ASCII, not empty. */
export type Literals = readonly string[] | undefined

const alternativesMax = 8
/** A part of a literal says nearly as much as the whole, and bounds what looking for it can cost. */
const lengthMax = 32

/** The best literals of a pattern in RE2 syntax that compiles. */
export function requiredLiterals(source: string): Literals {
  const reader = new Reader(source)
  const found = reader.alternatives()
  return reader.isWhole ? found : undefined
}

/**
 * The form of a text in which literals are looked for: every character that a pattern's ASCII letter can stand for in
 * either case (the Kelvin sign and the long s among them) is that letter in lower case, and no two are swapped.
 */
export function searchable(text: string): string {
  return text.toLowerCase().replaceAll('ſ', 's')
}

/** Of what must all be in a text, the one that is rarest: the longest, then the one with fewest alternatives. */
function best(all: readonly Literals[]): Literals {
  let found: Literals
  let length = 0
  for (const each of all) {
    if (each === undefined) continue
    const shortest = Math.min(...each.map(text => text.length))
    if (shortest > length || (shortest === length && each.length < (found?.length ?? 0))) {
      found = each
      length = shortest
    }
  }
  return found
}

class Reader {
  readonly #source: string
  #at = 0
  #isLost = false

  constructor(source: string) {
    this.#source = source
  }

  /** False when the pattern was not read to its end. */
  get isWhole(): boolean {
    return !this.#isLost && this.#at === this.#source.length
  }

  /** Alternatives up to the end of the group or pattern: every one must have a literal for the whole to have one. */
  alternatives(): Literals {
    const all: Literals[] = [this.#sequence()]
    while (this.#takes('|')) all.push(this.#sequence())
    const literals = all.flatMap(each => each ?? [])
    return all.includes(undefined) || literals.length > alternativesMax ? undefined : literals
  }

  #sequence(): Literals {
    const needed: Literals[] = []
    let run = ''
    const end = (): void => {
      if (run !== '') needed.push([run.slice(0, lengthMax).toLowerCase()])
      run = ''
    }
    while (!this.#isLost && this.#at < this.#source.length && !'|)'.includes(this.#next())) {
      const part = this.#part()
      const isOnce = this.#repeat()
      const isThere = isOnce !== 'perhaps'
      if (typeof part !== 'string' || part === '' || !isThere) end()
      if (typeof part === 'object' && isThere) needed.push(part)
      if (typeof part === 'string' && isThere) run += part
      if (isOnce !== 'once') end()
    }
    end()
    return best(needed)
  }

  /** A character of the text; literals of a group; `''` or nothing for what has no character that is always the same. */
  #part(): string | Literals {
    const character = this.#next()
    this.#at += 1
    if (character === '(') return this.#group()
    if (character === '[') return this.#skipClass()
    if (character === '\\') return this.#escaped()
    return '.^$'.includes(character) || character > '\x7f' ? '' : character
  }

  #group(): Literals {
    if (this.#takes('?')) {
      const opening = /^(?:P?<[A-Za-z_]\w*>|[imsU-]*[:)])/.exec(this.#source.slice(this.#at, this.#at + 200))?.[0]
      if (opening === undefined) return this.#lose()
      this.#at += opening.length
      // what is repeated behind a group of nothing but flags is the part before it
      if (opening.endsWith(')')) return /[*+?{]/.test(this.#next()) ? this.#lose() : undefined
    }
    const inner = this.alternatives()
    return this.#takes(')') ? inner : this.#lose()
  }

  #skipClass(): undefined {
    this.#takes('^')
    this.#takes(']')
    while (this.#at < this.#source.length) {
      const character = this.#next()
      const named = character === '[' && this.#source[this.#at + 1] === ':' ? this.#source.indexOf(':]', this.#at) : -1
      this.#at = named !== -1 ? named + 2 : this.#at + (character === '\\' ? 2 : 1)
      if (character === ']') return undefined
    }
    return this.#lose()
  }

  #escaped(): string | undefined {
    const rest = this.#source.slice(this.#at)
    const other = /^(?:[dDsSwWbBAzaftnrv]|[pP](?:\{[^}]*\}|[^{])|x(?:\{[^}]*\}|[0-9A-Fa-f]{2}))/u.exec(rest)?.[0]
    this.#at += other?.length ?? 1
    if (other !== undefined) return undefined
    return /^[!-/:-@[-`{-~ ]/.test(rest) ? (rest[0] as string) : this.#lose()
  }

  /** How often the part before this place is there. */
  #repeat(): 'once' | 'often' | 'perhaps' {
    const mark = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at, this.#at + 20))
    if (mark === null) return 'once'
    this.#at += mark[0].length
    return mark[0].startsWith('+') || Number(mark[1] ?? 0) > 0 ? 'often' : 'perhaps'
  }

  #next(): string {
    return this.#source[this.#at] ?? ''
  }

  #takes(character: string): boolean {
    const is = this.#source[this.#at] === character
    if (is) this.#at += 1
    return is
  }

  #lose(): undefined {
    this.#isLost = true
    return undefined
  }
}
