/**
 * The questions of `policy prove --never`: which calls (`destructive`, `delete_*`, `any external tool`), what must never
 * happen to them (`allowed`, `without approval`, `without limit`), and under which conditions (`when …`, as in a policy).
 * What cannot be read is refused with the place and a remedy; nothing is guessed.
 */
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { readCondition } from '../conditions.ts'
import { type Condition, operators } from '../model.ts'
import { nearest, ProblemLog } from '../problem.ts'
import { QuestionText } from './question-text.ts'

/** What is known of a tool beside its name. */
export const factWords = [
  'read',
  'write',
  'execute',
  'destructive',
  'financial',
  'changing',
  'external',
  'low',
  'medium',
  'high',
  'critical',
] as const
export type FactWord = (typeof factWords)[number]

export type Predicate = 'allowed' | 'without approval' | 'without limit'

export interface Question {
  readonly text: string
  readonly facts: readonly FactWord[]
  /** An exact name or a glob. */
  readonly name?: string
  readonly predicate: Predicate
  readonly condition?: Condition
}

export type QuestionReading =
  | { readonly ok: true; readonly question: Question }
  /** `column` counts from 0. */
  | { readonly ok: false; readonly column: number; readonly message: string; readonly remedy: string }

/** Thrown inside the reader only. */
class Unreadable extends Error {
  readonly column: number
  readonly remedy: string
  constructor(column: number, message: string, remedy: string) {
    super(message)
    this.column = column
    this.remedy = remedy
  }
}

/** Reads a question; `known` are the names of tools that the policy or a list of tools writes. */
export function readQuestion(text: string, known: Iterable<string> = []): QuestionReading {
  try {
    return { ok: true, question: new QuestionReader(text, new Set(known)).read() }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const { column, message, remedy } = error
    return { ok: false, column, message, remedy }
  }
}

const fillers = new Set(['any', 'a', 'an', 'every', 'tool', 'tools', 'call', 'calls', 'of', 'is', 'are'])
const symbols: Readonly<Record<string, string>> = {
  '=': 'eq',
  '==': 'eq',
  '!=': 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
}

class QuestionReader {
  readonly #text: QuestionText
  readonly #source: string
  readonly #known: ReadonlySet<string>

  constructor(source: string, known: ReadonlySet<string>) {
    this.#source = source
    this.#text = new QuestionText(source)
    this.#known = known
  }

  read(): Question {
    const subject = this.#subject()
    const predicate = this.#predicate()
    const condition = this.#text.takeWord('when') ? this.#either() : undefined
    if (!this.#text.atEnd) {
      const expected = condition === undefined ? '`when` and a condition, or the end' : '`and`, `or` or the end'
      throw this.#refusal(`expected ${expected}, found ${this.#text.shown}`, 'see `sallyport policy prove --help`')
    }
    return { text: this.#source, ...subject, predicate, ...(condition && { condition }) }
  }

  #subject(): Pick<Question, 'facts' | 'name'> {
    const facts: FactWord[] = []
    let name: string | undefined
    let isNamed = false
    let isAny = false
    for (;;) {
      if (this.#text.atEnd) throw this.#refusal('the question ends before it says what must never happen', ends)
      const word = this.#text.word()
      if (!isNamed && (word === 'allowed' || word === 'without')) break
      const column = this.#text.column
      const taken = this.#text.takeName()
      if (taken === undefined) throw this.#refusal(`expected the name of a tool, found ${this.#text.shown}`, subjects)
      isAny = true
      if (!taken.isQuoted && !isNamed && fillers.has(taken.name)) {
        // the name of a tool may be any word: what follows `tool` is one, unless the question goes on there
        const next = this.#text.word()
        isNamed = taken.name === 'tool' && next !== 'allowed' && next !== 'without' && next !== undefined
        continue
      }
      if (!taken.isQuoted && !isNamed && isFactWord(taken.name) && !this.#known.has(taken.name)) {
        facts.push(taken.name)
        continue
      }
      if (!taken.isQuoted && !isNamed) this.#refuseSlip(taken.name, column)
      if (name !== undefined) {
        const message = `\`${name}\` and \`${taken.name}\` both name a tool`
        throw new Unreadable(column, message, 'ask about one name or glob at a time')
      }
      name = taken.name
      isNamed = false
    }
    if (!isAny) throw this.#refusal('the question does not say which calls', subjects)
    return { facts, ...(name !== undefined && { name }) }
  }

  /** A word that is nearly one of ours, or nearly a tool that is known, would have an answer about nothing. */
  #refuseSlip(word: string, column: number): void {
    if (this.#known.has(word) || /[*?/]/.test(word)) return
    const near = nearest(word, [...factWords, 'allowed', 'without']) ?? nearest(word, this.#known)
    if (near === undefined) return
    throw new Unreadable(
      column,
      `\`${word}\` is not known`,
      `did you mean \`${near}\`? for a tool of that name write \`tool ${word}\``,
    )
  }

  #predicate(): Predicate {
    const isAllowed = this.#text.takeWord('allowed')
    if (!this.#text.takeWord('without')) {
      if (isAllowed) return 'allowed'
      throw this.#refusal(`expected \`allowed\` or \`without\`, found ${this.#text.shown}`, ends)
    }
    for (const filler of ['a', 'an', 'any']) this.#text.takeWord(filler)
    if (this.#text.takeWord('approval') || this.#text.takeWord('approvals')) return 'without approval'
    if (this.#text.takeWord('limit') || this.#text.takeWord('limits')) return 'without limit'
    throw this.#refusal(`expected \`approval\` or \`limit\`, found ${this.#text.shown}`, ends)
  }

  #either(): Condition {
    const parts = [this.#both()]
    while (this.#text.takeWord('or')) parts.push(this.#both())
    return parts.length === 1 ? (parts[0] as Condition) : { any: parts }
  }

  #both(): Condition {
    const parts = [this.#one()]
    while (this.#text.takeWord('and')) parts.push(this.#one())
    return parts.length === 1 ? (parts[0] as Condition) : { all: parts }
  }

  #one(): Condition {
    if (this.#text.takeWord('not')) return { not: this.#one() }
    if (this.#text.take('(')) {
      const inner = this.#either()
      if (!this.#text.take(')')) throw this.#refusal(`expected \`)\`, found ${this.#text.shown}`, 'close the bracket')
      return inner
    }
    const column = this.#text.column
    if (this.#text.startsWith('{')) return this.#read(this.#value(), column)
    const path = this.#text.takePath()
    if (path === undefined) {
      const message = `expected a path such as \`args.amount\`, found ${this.#text.shown}`
      throw this.#refusal(message, 'write a condition as path, operator, value')
    }
    const isTurned = this.#text.takeWord('not')
    const op = this.#operator()
    const condition = this.#read({ path, op, value: this.#value() }, column)
    return isTurned ? { not: condition } : condition
  }

  #operator(): string {
    const symbol = this.#text.takeSymbol()
    if (symbol !== undefined) return symbols[symbol] ?? symbol
    const column = this.#text.column
    const word = this.#text.word()
    if (word !== undefined && (operators as readonly string[]).includes(word)) {
      this.#text.takeWord(word)
      return word
    }
    const near = word === undefined ? undefined : nearest(word, operators)
    const remedy = near === undefined ? `use one of ${operators.join(', ')}` : `did you mean \`${near}\`?`
    throw new Unreadable(column, `expected an operator, found ${this.#text.shown}`, remedy)
  }

  #value(): Json {
    const value = this.#text.takeJson()
    if (value === undefined) {
      const message = `expected a value in JSON, found ${this.#text.shown}`
      throw this.#refusal(message, 'write text in double quotes, numbers and true or false without, lists in brackets')
    }
    return value
  }

  /** The condition as a policy would have it. */
  #read(value: Json, column: number): Condition {
    const log = new ProblemLog()
    const condition = readCondition(log, value, '')
    const [problem] = log.list(() => undefined).filter(({ severity }) => severity === 'error')
    if (problem !== undefined) throw new Unreadable(column, problem.message, problem.remedy)
    if (condition === undefined || !isJsonObject(value)) throw new Unreadable(column, 'no condition', 'write one')
    return condition
  }

  #refusal(message: string, remedy: string): Unreadable {
    return new Unreadable(this.#text.column, message, remedy)
  }
}

const subjects = `name a tool or a glob, or use ${factWords.join(', ')} or any`
const ends = 'end with `allowed`, `without approval` or `without limit`, and perhaps `when …`'

function isFactWord(word: string): word is FactWord {
  return (factWords as readonly string[]).includes(word)
}
