/**
 * The strict JSON reader: a body has exactly one reading, or it is refused. `readStrict` is for what agents send,
 * `readLossless` for what servers answer (any valid JSON, kept digit for digit).
 *
 * The scanner bounds depth and counts members; then JSON.parse judges the grammar; then one walk over the value finds
 * what the parser hid: a member count below the scanner's means that a key occurred twice. Objects are the parser's
 * own: `__proto__` is an own member, plain data.
 */
import { accepted, Fault, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { isJsonObject, type Json } from './json-types.ts'
import { duplicateKeyOf, envelopeClash } from './keys.ts'
import { showInvisible } from './names.ts'
import { isLossless, type Scan, scanJson } from './scan.ts'

/** Bounds of one body. `elementsMax`: object members and array items of all levels together. */
export interface JsonBounds {
  readonly bytesMax: number
  readonly depthMax: number
  readonly elementsMax: number
}

/** JSON.rawJSON and the reviver's `context` (ECMAScript proposal json-parse-with-source, in V8 since 11.4). */
const jsonWithSource = JSON as unknown as {
  rawJSON(text: string): Json
  isRawJSON(value: unknown): boolean
  parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Characters of user input shown in a refusal. */
const shownCharsMax = 80

/**
 * Reads a body as exactly one JSON value. Refused (ERR_WIRE_*): over a bound, not UTF-8, a byte order mark, bad grammar,
 * trailing text, a duplicate key at any depth, fold-equal keys in the envelope, a number a double does not hold exactly,
 * U+0000 and unpaired surrogates. Linear in the bytes; nothing is allocated in proportion to the nesting.
 */
export function readStrict(bytes: Uint8Array, bounds: JsonBounds): Result<Json> {
  if (bytes.length > bounds.bytesMax) return refused('ERR_WIRE_TOO_LARGE', { max: bounds.bytesMax })
  const text = decodeUtf8(bytes)
  // U+FEFF is white space for nobody but some parsers
  if (text === undefined || text.charCodeAt(0) === 0xfeff) return refused('ERR_WIRE_ENCODING')
  const scan = scanJson(text, bounds.depthMax, bounds.elementsMax)
  if (scan.over === 'depth') return refused('ERR_WIRE_TOO_DEEP', { max: bounds.depthMax })
  if (scan.over === 'elements') return refused('ERR_WIRE_TOO_MANY_ELEMENTS', { max: bounds.elementsMax })
  const value = parseJson(text)
  if (value === undefined) return refused('ERR_WIRE_MALFORMED')
  const refusal = ambiguityOf(value, text, scan, bytes.length)
  return refusal === undefined ? accepted(value) : { ok: false, refusal }
}

/**
 * Reads a server's answer: any valid JSON up to `depthMax` levels. Numbers a double cannot hold come back as JSON.rawJSON
 * objects (see `isRawNumber`), so that JSON.stringify gives them back digit for digit.
 * @throws Fault ERR_UPSTREAM_INVALID on bad JSON or depth.
 */
export function readLossless(text: string, depthMax: number): Json {
  const scan = scanJson(text, depthMax, Number.POSITIVE_INFINITY)
  if (scan.over !== undefined)
    throw new Fault('ERR_UPSTREAM_INVALID', { problem: `nested deeper than ${depthMax} levels` })
  try {
    if (scan.lossy === undefined) return JSON.parse(text) as Json
    return jsonWithSource.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && !isLossless(source) ? jsonWithSource.rawJSON(source) : value,
    )
  } catch (error) {
    throw new Fault('ERR_UPSTREAM_INVALID', { problem: 'not valid JSON' }, error)
  }
}

/** True for a number kept as text by `readLossless`. Such a value looks like an object: a walker must not descend into it. */
export function isRawNumber(value: unknown): boolean {
  return typeof value === 'object' && jsonWithSource.isRawJSON(value)
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function ambiguityOf(value: Json, text: string, scan: Scan, byteLength: number): Refusal | undefined {
  if (countMembers(value) !== scan.members) {
    return refuse('ERR_WIRE_DUPLICATE_KEY', { key: shown(duplicateKeyOf(text) ?? '') })
  }
  if (scan.lossy !== undefined) return refuse('ERR_WIRE_LOSSY_NUMBER', { number: shown(scan.lossy) })
  if (scan.escapes) {
    const character = forbiddenCharacterOf(value)
    if (character !== undefined) return refuse('ERR_WIRE_FORBIDDEN_CHARACTER', { character })
  }
  // as many UTF-16 units as bytes and no escape: every key is ASCII
  const clash = isJsonObject(value) ? envelopeClash(value, !scan.escapes && text.length === byteLength) : undefined
  if (clash === undefined) return undefined
  return refuse('ERR_WIRE_FOLD_EQUAL_KEYS', { first: shown(clash.first), second: shown(clash.second) })
}

/** Members of all objects. Recursion is bounded by the scanner's depth. */
function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    const items: readonly Json[] = value
    for (const item of items) count += countMembers(item)
    return count
  }
  const members = Object.values(value)
  count = members.length
  for (const member of members) if (typeof member === 'object') count += countMembers(member)
  return count
}

/** U+0000 or an unpaired surrogate in any string or key. Only escapes can bring them in. */
function forbiddenCharacterOf(value: Json): string | undefined {
  if (typeof value === 'string') return forbiddenIn(value)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, member] of Object.entries(value)) {
    const found = forbiddenIn(key) ?? forbiddenCharacterOf(member)
    if (found !== undefined) return found
  }
  return undefined
}

function forbiddenIn(text: string): string | undefined {
  if (text.includes('\0')) return 'U+0000'
  return text.isWellFormed() ? undefined : 'an unpaired surrogate'
}

function shown(text: string): string {
  return showInvisible(text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text)
}
