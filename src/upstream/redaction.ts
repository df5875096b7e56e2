/**
 * Takes configured secrets out of everything a server says: raw, in base64 (any alignment, both alphabets) and
 * URL-encoded, in values, keys and numbers. Works on parsed strings, so that JSON escapes hide nothing; a text that
 * can hold no occurrence is not walked. Not promised: other encodings, or a secret in two separate messages.
 */
import { limits } from '../limits.ts'
import { isRawNumber } from '../wire/json.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'

const mark = '[redacted]'

/** A value and how many occurrences were taken out of it. */
export interface Redacted<T> {
  readonly value: T
  readonly count: number
}

/** Redacts one server's secrets. Immutable. */
export class Redactor {
  readonly #needles: readonly string[]
  /** A needle with a quote, a backslash or anything beyond printable ASCII never stands raw in JSON text. */
  readonly #alwaysWalk: boolean

  constructor(secrets: Iterable<string>) {
    const needles = new Set<string>()
    for (const secret of secrets) for (const needle of needlesOf(secret)) needles.add(needle)
    // longest first: a needle inside another must not leave the rest of the longer one behind
    this.#needles = [...needles].sort((a, b) => b.length - a.length)
    this.#alwaysWalk = this.#needles.some(needle => /[^\x20-\x7e]|["\\]/.test(needle))
  }

  /** The value parsed from `text`, without secrets. Returns the same value when there was none. */
  json<T extends Json>(value: T, text: string): Redacted<T> {
    if (this.#needles.length === 0 || !this.#mayHold(text)) return { value, count: 0 }
    const walk = { count: 0 }
    const clean = this.#clean(value, walk) as T
    return walk.count === 0 ? { value, count: 0 } : { value: clean, count: walk.count }
  }

  /** A text for people, without secrets. */
  text(text: string): Redacted<string> {
    let count = 0
    let clean = text
    for (const needle of this.#needles) {
      if (!clean.includes(needle)) continue
      const parts = clean.split(needle)
      count += parts.length - 1
      clean = parts.join(mark)
    }
    return { value: clean, count }
  }

  #mayHold(text: string): boolean {
    if (this.#alwaysWalk || text.includes('\\u') || text.includes('\\/')) return true
    for (const needle of this.#needles) if (text.includes(needle)) return true
    return false
  }

  #clean(value: Json, walk: { count: number }): Json {
    if (typeof value === 'string') return this.#counted(value, walk)
    if (typeof value === 'number') return this.#number(value, String(value), walk)
    if (typeof value !== 'object' || value === null) return value
    if (isRawNumber(value)) return this.#number(value, JSON.stringify(value), walk)
    if (Array.isArray(value)) {
      const items: readonly Json[] = value
      return items.map(item => this.#clean(item, walk))
    }
    const members = Object.entries(value).map(([key, member]) => [this.#counted(key, walk), this.#clean(member, walk)])
    // fromEntries defines own members: `__proto__` stays plain data
    return Object.fromEntries(members) as JsonObject
  }

  #counted(text: string, walk: { count: number }): string {
    const { value, count } = this.text(text)
    walk.count += count
    return value
  }

  #number(value: Json, digits: string, walk: { count: number }): Json {
    const clean = this.#counted(digits, walk)
    return clean === digits ? value : clean
  }
}

/** What has to be kept from coming back when a header with this value is sent: the value, and the credential in it. */
export function secretsOfHeader(value: string): readonly string[] {
  const credential = /^[A-Za-z][A-Za-z0-9-]* +(\S.*)$/.exec(value)?.[1]
  if (credential === undefined) return [value]
  const secrets = [value, credential]
  if (!/^basic /i.test(value)) return secrets
  const pair = Buffer.from(credential, 'base64').toString('utf8')
  const password = pair.slice(pair.indexOf(':') + 1)
  return [...secrets, pair, password]
}

function needlesOf(secret: string): readonly string[] {
  if (secret.length < limits.upstreamSecretCharsMin) return []
  const encoded = encodeURIComponent(secret)
  const bytes = Buffer.from(secret, 'utf8')
  return [
    secret,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    ...[0, 1, 2].flatMap(offset => {
      const core = base64Core(bytes, offset)
      return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
    }),
  ]
}

/** The characters of a base64 text that depend on `secret` alone when it starts `offset` bytes into a group of three. */
function base64Core(secret: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), secret])
    .toString('base64')
    .replace(/=+$/, '')
  const first = Math.ceil((offset * 8) / 6)
  const whole = Math.floor(((offset + secret.length) * 8) / 6)
  return text.slice(first, whole)
}
