/**
 * The text of a client's configuration as data: JSON with comments and trailing commas, or TOML. Refused: a text that
 * does not parse, with line and column; nothing of such a file is used. Objects are built without a prototype's help:
 * `__proto__` is a name like any other.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { getStaticTOMLValue, parseTOML, ParseError as TomlError } from 'toml-eslint-parser'
import { accepted, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Json } from '../../wire/json-types.ts'

/** What a configuration file says. `file` is for the message. An empty file says nothing: `{}`. */
export function readSource(format: 'jsonc' | 'toml', file: string, text: string): Result<Json> {
  if (text.length > limits.clientConfigCharsMax) {
    return refused('ERR_CLIENT_CONFIG', { file, reason: `it has more than ${limits.clientConfigCharsMax} characters` })
  }
  const plain = withoutMark(text)
  if (plain.trim() === '') return accepted({})
  if (isTooDeep(plain)) {
    return refused('ERR_CLIENT_CONFIG', { file, reason: `it nests deeper than ${limits.clientConfigDepthMax}` })
  }
  return format === 'toml' ? readToml(file, plain) : readJsonc(file, plain)
}

/** Brackets outside of texts in quotes: enough to keep a reader from descending without end. Time linear. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (depth > limits.clientConfigDepthMax) return true
  }
  return false
}

/** The byte order mark some editors put first, as a character; clients read past it. */
export const byteOrderMark = '\ufeff'

/** A text without its byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text
}

function readJsonc(file: string, text: string): Result<Json> {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first === undefined && tree !== undefined) return accepted(jsonOf(tree))
  // `CommaExpected` as a person would say it
  const words = (code: string) => code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  const reason = first === undefined ? 'it holds no value' : words(printParseErrorCode(first.error))
  return refused('ERR_CLIENT_CONFIG', { file, reason: `${reason} at ${placeOf(text, first?.offset ?? 0)}` })
}

function jsonOf(node: Node): Json {
  const children = node.children ?? []
  if (node.type === 'array') return children.map(jsonOf)
  if (node.type !== 'object') return node.value as Json
  return Object.fromEntries(
    children.map(({ children: [key, value] = [] }) => [String(key?.value), value === undefined ? null : jsonOf(value)]),
  )
}

function readToml(file: string, text: string): Result<Json> {
  try {
    // dates are objects of the library; as text they are what the file says
    return accepted(JSON.parse(JSON.stringify(getStaticTOMLValue(parseTOML(text)))) as Json)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const place = `line ${error.lineNumber}, column ${error.column + 1}`
    return refused('ERR_CLIENT_CONFIG', { file, reason: `${error.message} at ${place}` })
  }
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}
