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

/** The text after `edits`, in their order; none may lie in another. `file` is for messages. Time: one reading an edit. */
export function editConfig(
  format: 'jsonc' | 'toml',
  file: string,
  text: string,
  edits: readonly ConfigEdit[],
): Result<string> {
  const mark = text.startsWith(byteOrderMark) ? byteOrderMark : ''
  const before = readSource(format, file, text)
  if (!before.ok) return before
  const refusalOf = ({ at }: ConfigEdit) =>
    refused('ERR_CLIENT_CONFIG', { file, reason: `\`${at.join('.')}\` could not be changed in place` })
  let edited = withoutMark(text)
  for (const edit of edits) {
    if (!isReachable(before.value, edit.at)) return refusalOf(edit)
    edited = format === 'toml' ? editToml(edited, edit) : editJsonc(edited, edit)
    // the next edit reads it again; files of TOML are small
    if (format === 'toml' && !readSource(format, file, edited).ok) return refusalOf(edit)
  }
  const after = readSource(format, file, edited)
  if (!after.ok) return after
  const undone = edits.find(edit => !isDone(after.value, edit))
  return undone === undefined ? accepted(`${mark}${edited}`) : refusalOf(undone)
}

/**
 * Tells why an entry of a text cannot be changed in its place: it stands there twice, or something on the way is no
 * object. The text is read once. It has been read before and parses.
 */
export function obstaclesIn(format: 'jsonc' | 'toml', text: string): (at: readonly string[]) => string | undefined {
  const plain = withoutMark(text)
  if (format === 'toml') return at => (editConfig(format, '', plain, [{ at, value: {} }]).ok ? undefined : noWay)
  const tree = parseTree(plain, [], { allowTrailingComma: true })
  return at => {
    let node = tree
    for (const part of at) {
      const found = (node?.children ?? []).filter(({ children }) => children?.[0]?.value === part)
      if (node?.type !== 'object' || found.length === 0) return noWay
      if (found.length > 1) return `its file has \`${part}\` twice`
      node = found[0]?.children?.[1]
    }
    return undefined
  }
}

const noWay = 'it could not be changed in its place'

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
