/**
 * What `init` changed, so that it can be taken back: for each file its bytes before (a copy beside the journal), the
 * hash of the text after, and the entries that were rewired. The journal and the copies are on the disk before the first
 * file is touched, every file is replaced whole or not at all, and a journal that is there says: this can be undone.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { realPath } from '../scan/config-files.ts'
import { stop } from '../shell/exits.ts'

const entryShape = z.object({
  at: z.array(z.string()),
  /** SHA-256 of what `init` wrote there, in canonical form. */
  after: z.string(),
  /** The same of the members that connect: others are the person's to change. */
  connection: z.string(),
})
const changeShape = z.object({
  file: z.string(),
  /** Copy of the bytes before, beside the journal; absent: the file did not exist. */
  backup: z.string().optional(),
  mode: z.number().optional(),
  /** SHA-256 of the text `init` wrote. */
  after: z.string(),
  /** Of a client's file: how it is read, and the entries that were rewired. */
  format: z.enum(['jsonc', 'toml']).optional(),
  entries: z.array(entryShape).optional(),
})
const journalShape = z.object({
  version: z.literal(1),
  /** Part of the names of files that are not whole yet; nobody else can guess it. */
  id: z.string().regex(/^[0-9a-f]{16,}$/),
  madeAt: z.string(),
  changes: z.array(changeShape),
})

export type Change = z.infer<typeof changeShape>
export type Journal = z.infer<typeof journalShape>

const journalName = 'init.json'
const backupsName = 'backups'

/** SHA-256, hex. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Whether an earlier `init` can be taken back. */
export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, journalName))
}

/** The journal in `folder`. A `Stop` when there is none, or something else under its name. */
export function readJournal(folder: string): Journal {
  const file = join(folder, journalName)
  if (!existsSync(file))
    throw stop('ERR_CLI_FILE', { file, reason: 'there is nothing to undo' }, 'name the folder with --output')
  const read = journalShape.safeParse(jsonOf(readFileSync(file, 'utf8')))
  if (read.success) return read.data
  const remedy = `the copies of your files are in ${join(folder, backupsName)}; put them back by hand`
  throw stop('ERR_CLI_FILE', { file, reason: 'it is not what init writes' }, remedy)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Takes away what an `init` left that was killed before it changed a file, or an undo after it had put back the last one.
 * Whether there was anything: then, and only then, there is no journal.
 */
export function removeLeftovers(folder: string): boolean {
  if (hasJournal(folder) || !existsSync(folder)) return false
  const left = readdirSync(folder).filter(
    name => name === backupsName || unfinishedJournal.test(name) || isEmptyFolder(join(folder, name)),
  )
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true })
  if (readdirSync(folder).length === 0) rmdirSync(folder)
  return left.length > 0
}

function isEmptyFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(place).length === 0
}

const unfinishedJournal = /^\.init\.json\.[0-9a-f]+\.sallyport-new$/

/** Makes `folder` for its owner alone, ready for copies. */
export function makeFolder(folder: string): void {
  removeLeftovers(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  mkdirSync(join(folder, backupsName), { mode: 0o700 })
}

/** Keeps the bytes of a file from before. The path of the copy, which only its owner may read. */
export function keepBackup(folder: string, index: number, bytes: Uint8Array): string {
  const backup = join(folder, backupsName, String(index))
  writeSynced(backup, bytes, 0o600)
  return backup
}

/** Writes the journal, whole. */
export function writeJournal(folder: string, journal: Journal): void {
  syncFolder(join(folder, backupsName))
  replaceFile(join(folder, journalName), `${JSON.stringify(journal, null, 2)}\n`, 0o600, journal.id)
  syncFolder(folder)
}

/** Takes the journal away, then the copies: without a journal they are of no use to anybody. */
export function removeJournal(folder: string): void {
  rmSync(join(folder, journalName), { force: true })
  rmSync(join(folder, backupsName), { recursive: true, force: true })
}

/** Never half a file: written beside it under a name nobody can guess, then renamed over it. A link stays a link. */
export function replaceFile(file: string, content: string | Uint8Array, mode: number, id: string): void {
  const target = realPath(file)
  const beside = unfinishedName(target, id)
  rmSync(beside, { force: true })
  try {
    writeSynced(beside, content, mode)
    keepOwner(target, beside)
    renameSync(beside, target)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** With the rights of an administrator a file still belongs to whom it belonged. */
function keepOwner(target: string, beside: string): void {
  const found = statSync(target, { throwIfNoEntry: false })
  if (found !== undefined && process.getuid !== undefined && found.uid !== process.getuid())
    chownSync(beside, found.uid, found.gid)
}

/** Takes away what a write that was killed left beside a file. */
export function removeUnfinished(file: string, id: string): void {
  rmSync(unfinishedName(realPath(file), id), { force: true })
}

function unfinishedName(target: string, id: string): string {
  return join(dirname(target), `.${basename(target)}.${id}.sallyport-new`)
}

function writeSynced(file: string, content: string | Uint8Array, mode: number): void {
  // never through a link that somebody put there
  const handle = openSync(file, 'wx', mode)
  try {
    writeFileSync(handle, content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  chmodSync(file, mode)
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
