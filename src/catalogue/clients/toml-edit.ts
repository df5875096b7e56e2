/**
 * One entry of a TOML file, replaced, added or taken out; everything else stays byte for byte. An entry may be written
 * as a table with sub-tables, as dotted keys, or inline: what is there is replaced in its place, sub-tables included.
 */
import { type AST, getStaticTOMLValue, parseTOML } from 'toml-eslint-parser'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import type { ConfigEdit } from './edit.ts'

interface Span {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A table or a key with its value, with the path it stands for. */
interface Part {
  readonly node: AST.TOMLTable | AST.TOMLKeyValue
  readonly path: readonly string[]
  readonly prefix: readonly string[]
}

/** The text after one edit. Throws the parser's error on a text that is no TOML: callers have read it before. */
export function editToml(text: string, edit: ConfigEdit): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const parts = partsOf(parseTOML(text))
  const around = parts.find(({ node, path }) => node.type === 'TOMLKeyValue' && isInside(edit.at, path, 1))
  if (around !== undefined) return splice(text, [insideInline(around, edit)])
  const found = outermost(parts.filter(({ path }) => isInside(path, edit.at, 0)))
  const spans = found.map(({ node, prefix }, index): Span => {
    const isKept = index === 0 && edit.value !== undefined
    const written = isKept ? render(node, prefix, edit, eol) : ''
    const end = isKept ? node.range[1] : endOfLine(text, node.range[1])
    return { start: node.range[0], end, text: written }
  })
  if (spans.length > 0 || edit.value === undefined) return splice(text, spans)
  const gap = text === '' || text.endsWith(`${eol}${eol}`) ? '' : text.endsWith(eol) ? eol : `${eol}${eol}`
  return `${text}${gap}${table(edit.at, edit.value, eol)}${eol}`
}

function partsOf(program: AST.TOMLProgram): readonly Part[] {
  return program.body[0].body.flatMap((node): Part[] => {
    if (node.type === 'TOMLKeyValue') return [{ node, path: keysOf(node.key), prefix: [] }]
    const path = node.resolvedKey.map(String)
    const members = node.body.map(
      (member): Part => ({ node: member, path: [...path, ...keysOf(member.key)], prefix: path }),
    )
    return [{ node, path, prefix: [] }, ...members]
  })
}

function keysOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
}

/** Whether `path` begins with `start` and has at least `more` members behind it. */
function isInside(path: readonly string[], start: readonly string[], more: number): boolean {
  return path.length >= start.length + more && start.every((part, index) => path[index] === part)
}

/** Without the parts that lie in another found part. */
function outermost(parts: readonly Part[]): readonly Part[] {
  const within = (inner: Part, outer: Part) =>
    outer !== inner && outer.node.range[0] <= inner.node.range[0] && outer.node.range[1] >= inner.node.range[1]
  return parts.filter(part => !parts.some(other => within(part, other)))
}

/** `servers = { a = … }`: the whole inline value is written anew. */
function insideInline({ node, path }: Part, edit: ConfigEdit): Span {
  const { value } = node as AST.TOMLKeyValue
  const given = JSON.parse(JSON.stringify(getStaticTOMLValue(value))) as Json
  const changed = changedAt(given, edit.at.slice(path.length), edit.value)
  return { start: value.range[0], end: value.range[1], text: inline(changed) }
}

function changedAt(root: Json, at: readonly string[], value: Json | undefined): Json {
  const [first, ...rest] = at
  if (first === undefined) return value ?? {}
  const object = isJsonObject(root) ? root : {}
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(object).filter(([key]) => key !== first))
  }
  return { ...object, [first]: changedAt(object[first] ?? {}, rest, value) }
}

function render(node: Part['node'], prefix: readonly string[], { at, value = {} }: ConfigEdit, eol: string): string {
  if (node.type === 'TOMLTable') return table(at, value, eol)
  return `${dotted(at.slice(prefix.length))} = ${inline(value)}`
}

function table(at: readonly string[], value: Json, eol: string): string {
  const members = Object.entries(value as JsonObject).map(([key, member]) => `${keyText(key)} = ${inline(member)}`)
  return [`[${dotted(at)}]`, ...members].join(eol)
}

const dotted = (path: readonly string[]): string => path.map(keyText).join('.')
const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key))
// the escapes of JSON are among those of TOML 1.0; TOML also wants DEL escaped
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f')

function inline(value: Json): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(inline).join(', ')}]`
  if (!isJsonObject(value)) return String(value)
  const members = Object.entries(value).map(([key, member]) => `${keyText(key)} = ${inline(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

function splice(text: string, spans: readonly Span[]): string {
  let result = text
  for (const { start, end, text: put } of spans.toSorted((a, b) => b.start - a.start)) {
    result = `${result.slice(0, start)}${put}${result.slice(end)}`
  }
  return result
}
