/** The text of a question, taken piece by piece: words, names, paths, values in JSON. White space separates. */
import type { Json } from '../../wire/json-types.ts'

export class QuestionText {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#skip()
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Where the next piece starts, from 0. */
  get column(): number {
    return this.#at
  }

  /** The next piece, for a message. */
  get shown(): string {
    const piece = /^(?:"(?:[^"\\]|\\.)*"|\S+)/.exec(this.#rest)?.[0]
    return piece === undefined ? 'the end' : `\`${piece.slice(0, 40)}\``
  }

  get #rest(): string {
    return this.#text.slice(this.#at)
  }

  startsWith(text: string): boolean {
    return this.#rest.startsWith(text)
  }

  /** The next word, without taking it. */
  word(): string | undefined {
    return /^[a-z_]+(?![\w.*?/-])/i.exec(this.#rest)?.[0].toLowerCase()
  }

  takeWord(word: string): boolean {
    if (this.word() !== word) return false
    this.#advance(word.length)
    return true
  }

  take(text: string): boolean {
    if (!this.startsWith(text)) return false
    this.#advance(text.length)
    return true
  }

  /** A tool name or glob, bare or in quotes. */
  takeName(): { readonly name: string; readonly isQuoted: boolean } | undefined {
    const quoted = /^"([^"\\]+)"|^'([^']+)'|^`([^`]+)`/.exec(this.#rest)
    const found = quoted ?? /^([\w.*?/-]+)/.exec(this.#rest)
    if (found === null) return undefined
    this.#advance(found[0].length)
    return { name: found[1] ?? found[2] ?? found[3] ?? '', isQuoted: quoted !== null }
  }

  /** A path up to the next space; whether it is one of ours is for the reader of conditions to say. */
  takePath(): string | undefined {
    const found = /^[a-z_]+(?:\.[^\s.[\]"()=!<>]+|\[(?:\*|\d+|"(?:[^"\\]|\\.)*")\])*(?=[\s=!<>]|$)/.exec(this.#rest)
    if (found === null || !/[.[]/.test(found[0])) return undefined
    this.#advance(found[0].length)
    return found[0]
  }

  takeSymbol(): string | undefined {
    const found = /^(?:==|!=|<=|>=|=|<|>)/.exec(this.#rest)
    if (found === null) return undefined
    this.#advance(found[0].length)
    return found[0]
  }

  /** One value in JSON. */
  takeJson(): Json | undefined {
    const length = this.#jsonLength()
    if (length === 0) return undefined
    try {
      const value = JSON.parse(this.#rest.slice(0, length)) as Json
      this.#advance(length)
      return value
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  /** How far the next value goes: to the end of a text, of a bracket, or of a word. */
  #jsonLength(): number {
    const rest = this.#rest
    if (!/^[[{]/.test(rest)) return /^(?:"(?:[^"\\]|\\.)*"|[^\s()]+)/.exec(rest)?.[0].length ?? 0
    let depth = 0
    for (const { 0: piece, index } of rest.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
      if (piece === '[' || piece === '{') depth += 1
      else if (piece === ']' || piece === '}') depth -= 1
      if (depth === 0) return index + piece.length
    }
    return 0
  }

  #advance(length: number): void {
    this.#at += length
    this.#skip()
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? 'x')) this.#at += 1
  }
}
