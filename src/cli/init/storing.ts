/**
 * Writes what `init` worked out. A client's file that changed while the person decided is edited as it is now, never as
 * it was; one that changed in the very entries is refused. Everything is checked before the first byte, and where a write
 * fails all the others are taken back.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ConfigEdit, editConfig } from '../../catalogue/clients/edit.ts'
import { readSource } from '../../catalogue/clients/source.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import type { Json } from '../../wire/json-types.ts'
import { readConfigText, realPath } from '../scan/config-files.ts'
import type { Source } from '../scan/sources.ts'
import { stop, stopWith } from '../shell/exits.ts'
import { codeOf } from '../shell/gateway-address.ts'
import { connectionOf } from './client-entries.ts'
import { type Change, hashOf, hasJournal, keepBackup, makeFolder, replaceFile, writeJournal } from './journal.ts'
import { memberAt } from './member.ts'
import { undoAll } from './undoing.ts'

/** A file of our own. */
export interface NewFile {
  readonly kind: 'new'
  readonly file: string
  readonly text: string
  readonly mode: number
}

/** A client's file with entries to rewire. */
export interface ClientFile {
  readonly kind: 'client'
  readonly file: string
  /** As it was read when the edits were worked out. */
  readonly source: Source
  readonly edits: readonly (ConfigEdit & { readonly value: Json })[]
  /** Whether a token stands in it: then nobody else may read it. */
  readonly isPrivate: boolean
}

export type Writing = NewFile | ClientFile

interface Prepared {
  readonly writing: Writing
  readonly before?: Uint8Array
  readonly text: string
  readonly mode: number
}

/** Writes every file, or none: a `Stop` says which one could not be written, and by then all are as they were. */
export function storeAll(folder: string, writings: readonly Writing[], stamp: { madeAt: string; id: string }): void {
  if (hasJournal(folder)) throw stop('ERR_CLI_USAGE', { reason: `${folder} holds an earlier init` })
  const prepared = writings.map(prepare)
  makeFolder(folder)
  const changes = prepared.map((each, index) => changeOf(folder, index, each))
  writeJournal(folder, { version: 1, ...stamp, changes })
  for (const [made, { writing, before, text, mode }] of prepared.entries()) {
    const { file } = writing
    try {
      if (!isAsBefore(file, before)) throw changedMeanwhile(file)
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      replaceFile(file, text, mode, stamp.id)
    } catch (error) {
      undoAll(folder, { made })
      throw writeFailure(file, error)
    }
  }
}

function writeFailure(file: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || code === 'unknown') return error
  return stop('ERR_CLI_FILE', { file, reason: `it cannot be written (${code}); every file is as it was` })
}

function changedMeanwhile(file: string): Error {
  return stop('ERR_CLI_FILE', { file, reason: 'it was changed meanwhile; nothing was changed' }, 'run init again')
}

function isAsBefore(file: string, before: Uint8Array | undefined): boolean {
  if (!existsSync(file)) return before === undefined
  return before !== undefined && readFileSync(file).equals(before)
}

function prepare(writing: Writing): Prepared {
  const { file } = writing
  if (writing.kind === 'new') {
    if (existsSync(file)) throw stop('ERR_CLI_FILE', { file, reason: 'it is there already' }, 'name another --output')
    return { writing, text: writing.text, mode: writing.mode }
  }
  refuseUnwritable(file)
  const text = readConfigText(file)
  if (typeof text !== 'string') throw changedMeanwhile(file)
  if (text !== writing.source.text && !isSameEntries(writing, text)) throw changedMeanwhile(file)
  const edited = editConfig(writing.source.format, file, text, writing.edits)
  if (!edited.ok) throw stopWith(edited.refusal)
  const mode = statSync(file).mode & 0o777
  return {
    writing,
    before: Buffer.from(text, 'utf8'),
    text: edited.value,
    mode: writing.isPrivate ? mode & 0o700 : mode,
  }
}

/** A file its owner has made read-only is not to be changed, whatever a rename could do. */
function refuseUnwritable(file: string): void {
  const target = realPath(file)
  const remedy = 'make it writable, or leave its client out with --client'
  const refuseIt = (reason: string) => stop('ERR_CLI_FILE', { file, reason: `${reason}; nothing was changed` }, remedy)
  if (!existsSync(target)) throw refuseIt('it is gone')
  if ((statSync(target).mode & 0o200) === 0) throw refuseIt('it is read-only')
  try {
    accessSync(target, constants.W_OK)
    accessSync(dirname(target), constants.W_OK)
  } catch (error) {
    throw refuseIt(`it cannot be written (${codeOf(error)})`)
  }
}

function isSameEntries({ file, source, edits }: ClientFile, now: string): boolean {
  const [old, fresh] = [readSource(source.format, file, source.text), readSource(source.format, file, now)]
  if (!old.ok || !fresh.ok) return false
  return edits.every(({ at }) => {
    const [before, after] = [memberAt(old.value, at), memberAt(fresh.value, at)]
    return before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)
  })
}

function changeOf(folder: string, index: number, { writing, before, text }: Prepared): Change {
  const { file } = writing
  const after = hashOf(text)
  if (writing.kind === 'new' || before === undefined) return { file, after }
  return {
    file,
    backup: keepBackup(folder, index, before),
    mode: statSync(file).mode & 0o777,
    after,
    format: writing.source.format,
    entries: writing.edits.map(({ at, value }) => ({
      at: [...at],
      after: hashOf(canonicalJson(value)),
      connection: hashOf(canonicalJson(connectionOf(value))),
    })),
  }
}
