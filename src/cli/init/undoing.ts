/**
 * Takes an `init` back. A file that is as `init` left it gets its bytes again. In one that was changed since, only the
 * entries `init` wrote are put back and every other edit stays; where even those were changed, the file stays as it is
 * and its text from before is kept. Killed at any point, it can be run again.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ConfigEdit, editConfig, writtenAt } from '../../catalogue/clients/edit.ts'
import { readSource } from '../../catalogue/clients/source.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { readConfigText } from '../scan/config-files.ts'
import { codeOf } from '../shell/gateway-address.ts'
import { connectionOf, isConnecting } from './client-entries.ts'
import {
  type Change,
  hashOf,
  type Journal,
  readJournal,
  removeJournal,
  removeLeftovers,
  removeUnfinished,
  replaceFile,
  writeJournal,
} from './journal.ts'
import { memberAt } from './member.ts'

export interface Undone {
  readonly file: string
  /** `entries`: it was changed since, and only its servers were put back. `kept`: it was changed since, and stays. */
  readonly outcome: 'restored' | 'entries' | 'removed' | 'kept' | 'gone'
  /** Of a file that stays although nobody changed it. */
  readonly reason?: string
  /** Of a file that stays: where its text from before is. */
  readonly backup?: string
}

export interface UndoOptions {
  /** The person lets go of the text from before of what they changed since. */
  readonly isLetGo?: boolean
  /** How many of the changes were made; all unless given. */
  readonly made?: number
}

/** Puts everything back. The journal goes when nothing is left that it could put back. */
export function undoAll(folder: string, { isLetGo = false, made }: UndoOptions = {}): readonly Undone[] {
  if (removeLeftovers(folder)) return []
  const journal = readJournal(folder)
  const changes = journal.changes.slice(0, made ?? journal.changes.length)
  // clients first: until they are back they need the gateway's own files
  const undone = changes.toReversed().map(change => undoOne(change, journal))
  const kept = changes.filter(({ file, backup }) => backup !== undefined && isKept(undone, file))
  if (kept.length === 0 || isLetGo) removeJournal(folder)
  else writeJournal(folder, { ...journal, changes: kept })
  for (const empty of [join(folder, 'policies'), folder]) removeEmpty(empty)
  return undone
}

function isKept(undone: readonly Undone[], file: string): boolean {
  return undone.some(each => each.file === file && each.outcome === 'kept')
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** A file that cannot be written is no reason to leave the others as they are. */
function undoOne(change: Change, journal: Journal): Undone {
  const { file, backup } = change
  try {
    return putBack(change, journal)
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined || code === 'unknown') throw error
    return {
      file,
      outcome: 'kept',
      reason: `it cannot be written (${code})`,
      ...(backup === undefined ? {} : { backup }),
    }
  }
}

function putBack(change: Change, { id }: Journal): Undone {
  const { file, backup, mode, after } = change
  if (!existsSync(dirname(file))) return { file, outcome: 'gone' }
  removeUnfinished(file, id)
  if (backup === undefined) return removeOwn(file, after)
  const before = existsSync(backup) ? readFileSync(backup) : undefined
  const kept: Undone = { file, outcome: 'kept', ...(before === undefined ? {} : { backup }) }
  if (before === undefined) return { ...kept, reason: 'its copy is gone' }
  const now = existsSync(file) ? readFileSync(file) : undefined
  if (now?.equals(before) === true && (statSync(file).mode & 0o777) === mode) return { file, outcome: 'restored' }
  if (now === undefined || now.equals(before) || hashOf(now) === after) {
    replaceFile(file, before, mode ?? 0o600, id)
    return { file, outcome: 'restored' }
  }
  const text = withEntriesBack(change, before.toString('utf8'))
  if (text === undefined) return kept
  replaceFile(file, text, mode ?? 0o600, id)
  return { file, outcome: 'entries' }
}

function removeOwn(file: string, after: string): Undone {
  if (!existsSync(file)) return { file, outcome: 'gone' }
  if (hashOf(readFileSync(file)) !== after) return { file, outcome: 'kept' }
  rmSync(file)
  return { file, outcome: 'removed' }
}

/** The text as it is now with the entries of before; nothing when `init`'s are not in it, or it does not parse. */
function withEntriesBack({ file, format, entries = [] }: Change, before: string): string | undefined {
  const text = readConfigText(file)
  if (format === undefined || typeof text !== 'string') return undefined
  const [now, old] = [readSource(format, file, text), readSource(format, file, before)]
  if (!now.ok || !old.ok) return undefined
  const edits = entries.flatMap((entry): ConfigEdit[] => {
    const [present, original] = [memberAt(now.value, entry.at), memberAt(old.value, entry.at)]
    const value = original === undefined ? undefined : entryBack(present, original, entry)
    if (value === undefined) return []
    const written = format === 'jsonc' && value === original ? writtenAt(before, entry.at) : undefined
    return [{ at: entry.at, value, ...(written === undefined ? {} : { text: written }) }]
  })
  if (edits.length === 0) return undefined
  const edited = editConfig(format, file, text, edits)
  return edited.ok ? edited.value : undefined
}

/** The entry of before, with what the person has changed since that does not lead anywhere. */
function entryBack(
  present: Json | undefined,
  original: Json,
  { after, connection }: NonNullable<Change['entries']>[number],
): Json | undefined {
  if (present === undefined) return undefined
  if (hashOf(canonicalJson(present)) === after) return original
  if (!isJsonObject(present) || hashOf(canonicalJson(connectionOf(present))) !== connection) return undefined
  const own = Object.entries(present).filter(([name]) => !isConnecting(name))
  return { ...connectionOf(original), ...(Object.fromEntries(own) as JsonObject) }
}
