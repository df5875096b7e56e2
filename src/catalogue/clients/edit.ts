/**
 * Changes single entries of a client's configuration. Promises: what is not named stays byte for byte, comments, order,
 * indentation, line ends, variables and unknown members included. Refused: a file that does not parse, and an edit whose
 * result would not read back as asked; then the file is left alone.
 */
import { applyEdits, modify } from 'jsonc-parser'
import { accepted, type Result, refused } from '../../errors.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { readSource } from './source.ts'
import { editToml } from './toml-edit.ts'

/** One entry: members from the root, and what shall stand there. Without a value it is taken out. */
export interface ConfigEdit {
  readonly at: readonly string[]
  readonly value?: Json
}

/** The text after `edits`, in their order. `file` is for messages. */
export function editConfig(
  format: 'jsonc' | 'toml',
  file: string,
  text: string,
  edits: readonly ConfigEdit[],
): Result<string> {
  let edited = text
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
  return accepted(edited)
}

function editJsonc(text: string, { at, value }: ConfigEdit): string {
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
