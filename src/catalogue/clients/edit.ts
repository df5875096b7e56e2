/**
 * Changes single entries of a client's configuration. Promises: what is not named stays byte for byte, comments, order,
 * indentation, line ends, variables and unknown members included. Refused: a file that does not parse, and an edit whose
 * result would not read back as asked; then the file is left alone.
 */
import { applyEdits, findNodeAtLocation, modify, type Node, parseTree } from 'jsonc-parser'
import { accepted, type Result, refused } from '../../errors.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { byteOrderMark, readSource, withoutMark } from './source.ts'
import { editToml } from './toml-edit.ts'

/** One entry: members from the root, and what shall stand there. Without a value it is taken out. */
export interface ConfigEdit {
  readonly at: readonly string[]
  readonly value?: Json
  /** In JSON: how the value is written, comments and all. It has to read as `value`. */
  readonly text?: string
}

/** The text after `edits`, in their order. `file` is for messages. */
export function editConfig(
  format: 'jsonc' | 'toml',
  file: string,
  text: string,
  edits: readonly ConfigEdit[],
): Result<string> {
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : ''
  let edited = withoutMark(text)
  for (const edit of edits) {
    const before = readSource(format, file, edited)
    if (!before.ok) return before
    const refusal = refused('ERR_CLIENT_CONFIG', {
      file,
      reason: `\`${edit.at.join('.')}\` could not be changed in place`,
    })
    if (!isReachable(before.value, edit.at)) return refusal
    edited = format === 'toml' ? editToml(edited, edit) : editJsonc(edited, edit)
    const after = readSource(format, file, edited)
    if (!after.ok || !isDone(after.value, edit)) return refusal
  }
  return accepted(`${mark}${edited}`)
}

/** How the value at a path is written in a JSON text; nothing where there is none. */
export function writtenAt(text: string, at: readonly string[]): string | undefined {
  const plain = withoutMark(text)
  const node = nodeAt(plain, at)
  return node === undefined ? undefined : plain.slice(node.offset, node.offset + node.length)
}

function nodeAt(text: string, at: readonly string[]): Node | undefined {
  const tree = parseTree(text, [], { allowTrailingComma: true })
  return tree === undefined ? undefined : findNodeAtLocation(tree, [...at])
}

function editJsonc(text: string, { at, value, text: written }: ConfigEdit): string {
  const node = written === undefined ? undefined : nodeAt(text, at)
  if (node !== undefined) return `${text.slice(0, node.offset)}${written}${text.slice(node.offset + node.length)}`
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const tabs = /^\t/m.test(text)
  const width = /^( +)\S/m.exec(text)?.[1]?.length ?? 2
  const formattingOptions = { insertSpaces: !tabs, tabSize: tabs ? 1 : width, eol }
  const source = text.trim() === '' ? `{}${eol}` : text
  return applyEdits(source, modify(source, [...at], value, { formattingOptions }))
}

/** Whether everything on the way to the entry is an object, or not there yet. */
function isReachable(root: Json, at: readonly string[]): boolean {
  let found: Json | undefined = root
  for (const part of at) {
    if (found === undefined) return true
    if (!isJsonObject(found)) return false
    found = Object.hasOwn(found, part) ? found[part] : undefined
  }
  return true
}

/** Whether the changed text reads back as asked. */
function isDone(root: Json, { at, value }: ConfigEdit): boolean {
  let found: Json | undefined = root
  for (const part of at) {
    found = found !== undefined && isJsonObject(found) && Object.hasOwn(found, part) ? found[part] : undefined
  }
  if (value === undefined || found === undefined) return value === found
  return canonicalJson(found) === canonicalJson(value)
}
