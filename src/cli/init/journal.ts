/**
 * What `init` changed, so that it can be taken back byte for byte: for each file the text before (a copy beside the
 * journal) and the hash of the text after. Undo puts a file back only while it still is as `init` left it: an edit made
 * since then is never lost. Written before the first file is touched.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { stop } from '../shell/exits.ts'

const changeShape = z.object({
  file: z.string(),
  /** Copy of the text before, beside the journal; absent: the file did not exist. */
  backup: z.string().optional(),
  mode: z.number().optional(),
  /** SHA-256 of the text `init` wrote. */
  after: z.string(),
})
const journalShape = z.object({ version: z.literal(1), madeAt: z.string(), changes: z.array(changeShape) })

export type Journal = z.infer<typeof journalShape>

/** One file to write. `mode` is for new files; one that exists keeps its own. */
export interface Writing {
  readonly file: string
  readonly text: string
  readonly mode?: number
}

const journalName = 'init.json'
const hashOf = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/** Whether an earlier `init` can be taken back. */
export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, journalName))
}

/** Writes every file, each whole or not at all, after the journal and the copies are safe. */
export function writeAll(folder: string, writings: readonly Writing[], madeAt: string): void {
  const backups = join(folder, 'backups')
  mkdirSync(backups, { recursive: true, mode: 0o700 })
  const changes = writings.map(({ file, text }, index) => {
    if (!existsSync(file)) return { file, after: hashOf(text) }
    const backup = join(backups, `${index}`)
    writeFileSync(backup, readFileSync(file), { mode: 0o600 })
    return { file, backup, mode: statSync(file).mode & 0o777, after: hashOf(text) }
  })
  const journal: Journal = { version: 1, madeAt, changes }
  replace(join(folder, journalName), `${JSON.stringify(journal, null, 2)}\n`, 0o600)
  for (const [index, { file, text, mode }] of writings.entries()) {
    mkdirSync(dirname(file), { recursive: true })
    replace(file, text, changes[index]?.mode ?? mode ?? 0o644)
  }
}

export interface Undone {
  readonly file: string
  /** `kept`: it was changed since, and stays. */
  readonly outcome: 'restored' | 'removed' | 'kept' | 'gone'
}

/** Puts every file back that nobody has changed since. The journal goes when all of them did. */
export function undoAll(folder: string): readonly Undone[] {
  const file = join(folder, journalName)
  if (!existsSync(file))
    throw stop('ERR_CLI_FILE', { file, reason: 'there is nothing to undo' }, 'name the folder with --output')
  const read = journalShape.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!read.success) throw stop('ERR_CLI_FILE', { file, reason: 'it is not what init writes' })
  const undone = read.data.changes.map(undoOne)
  if (undone.every(({ outcome }) => outcome !== 'kept')) {
    rmSync(file)
    rmSync(join(folder, 'backups'), { recursive: true, force: true })
    for (const empty of [join(folder, 'policies'), folder]) removeEmpty(empty)
  }
  return undone
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

function undoOne({ file, backup, mode, after }: Journal['changes'][number]): Undone {
  const before = backup === undefined ? undefined : readFileSync(backup)
  if (!existsSync(file)) {
    if (before === undefined) return { file, outcome: 'gone' }
  } else {
    const now = readFileSync(file)
    if (before !== undefined && now.equals(before)) return { file, outcome: 'restored' }
    if (hashOf(now) !== after) return { file, outcome: 'kept' }
  }
  if (before === undefined) {
    rmSync(file)
    return { file, outcome: 'removed' }
  }
  replace(file, before, mode ?? 0o600)
  return { file, outcome: 'restored' }
}

/** Never half a file: written beside it, then renamed over it. */
function replace(file: string, content: string | Uint8Array, mode: number): void {
  // a link stays a link: people keep such files in a repository of their own
  const target = existsSync(file) ? realpathSync(file) : file
  const beside = `${target}.sallyport-new`
  writeFileSync(beside, content, { mode })
  chmodSync(beside, mode)
  renameSync(beside, target)
}
