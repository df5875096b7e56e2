/**
 * Texts that a regular expression is likely to match, made by reading it the simple way: the first alternative, the
 * first character of a class, the least number of repetitions. Guesses: whoever uses them tries them.
 */

const textLengthMax = 300

/** A few texts for `source`, without repetition. Nothing for what this reader does not understand. */
export function patternSamples(source: string): readonly string[] {
  const made = [0, 1, 2].flatMap(choice => {
    const reader = new SampleReader(source.replace(/^\(\?[a-z]+\)/, ''), choice)
    const text = reader.either()
    return reader.atEnd && text.length <= textLengthMax ? [text] : []
  })
  return [...new Set(made)]
}

const classes: Readonly<Record<string, string>> = { d: '1', w: 'a', s: ' ', D: 'x', W: '-', S: 'x', n: '\n', t: '\t' }

class SampleReader {
  #at = 0
  readonly #source: string
  readonly #choice: number

  constructor(source: string, choice: number) {
    this.#source = source
    this.#choice = choice
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length
  }

  either(): string {
    const alternatives = [this.#sequence()]
    while (this.#next === '|') {
      this.#at += 1
      alternatives.push(this.#sequence())
    }
    return alternatives[Math.min(this.#choice, alternatives.length - 1)] ?? ''
  }

  get #next(): string | undefined {
    return this.#source[this.#at]
  }

  #sequence(): string {
    let text = ''
    while (!this.atEnd && this.#next !== '|' && this.#next !== ')' && text.length <= textLengthMax) {
      const part = this.#part()
      text += part.repeat(Math.min(this.#repetitions(), textLengthMax))
    }
    return text
  }

  #part(): string {
    const character = this.#next ?? ''
    this.#at += 1
    if (character === '^' || character === '$') return ''
    if (character === '.') return 'x'
    if (character === '\\') return this.#escape()
    if (character === '[') return this.#class()
    if (character !== '(') return character
    const prefix = /^\?(?:P?<\w+>|[a-z-]*:)/.exec(this.#source.slice(this.#at))?.[0] ?? ''
    this.#at += prefix.length
    const text = this.either()
    this.#at += 1
    return text
  }

  #escape(): string {
    const character = this.#next ?? ''
    this.#at += 1
    if (/[bBAzZ]/.test(character)) return ''
    return classes[character] ?? character
  }

  #class(): string {
    const end = this.#source.indexOf(']', this.#at + (this.#next === '^' ? 2 : 1))
    const body = this.#source.slice(this.#at, end === -1 ? this.#source.length : end)
    this.#at = end === -1 ? this.#source.length : end + 1
    if (body.startsWith('^')) return [...'x0 -Z/'].find(character => !body.includes(character)) ?? ''
    return body.startsWith('\\') ? (classes[body[1] ?? ''] ?? body[1] ?? '') : (body[0] ?? '')
  }

  /** The least number of times, or one more for the later choices. */
  #repetitions(): number {
    const found = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/.exec(this.#source.slice(this.#at))
    if (found === null) return 1
    this.#at += found[0].length
    const least = found[1] === undefined ? (found[0].startsWith('+') ? 1 : 0) : Number(found[1])
    const more = found[1] === undefined || found[2] !== undefined ? Math.min(this.#choice, 1) : 0
    return found[0].startsWith('?') ? Math.min(least + more, 1) : least + more
  }
}
