/**
 * The data folder: who may read it, the sealing key, the record by which commands find and enter the gateway. Files
 * are made with mode 0600 in a folder of mode 0700; whatever is found wider than that is a reason not to start.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** What keeps the gateway from starting, and what to do about it. */
export interface SetUpProblem {
  readonly message: string
  readonly remedy: string
}

export interface AdminRecord {
  readonly url: string
  readonly credential: string
  readonly pid: number
  readonly startedAt: string
}

const secretFiles = ['seal.key', 'admin.json', 'sallyport.db', 'sallyport.db-wal']
const sealKeyBytes = 32
/** 32 random bytes hold 30 distinct values on average, and fewer than 20 never. */
const sealKeyDistinctMin = 16

/** The host file: stdio servers added on this machine. */
export function hostFileOf(folder: string): string {
  return join(folder, 'servers.yaml')
}

/** Makes the folder if it is missing and looks for anything that others could read or replace. */
export function judgeDataFolder(folder: string): readonly SetUpProblem[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    return [
      {
        message: `the data folder \`${folder}\` cannot be made: ${reasonOf(error)}`,
        remedy: 'choose another with --data-dir',
      },
    ]
  }
  const problems: SetUpProblem[] = []
  const own = statSync(folder)
  if (!own.isDirectory())
    return [{ message: `\`${folder}\` is not a folder`, remedy: 'choose another with --data-dir' }]
  if ((own.mode & 0o022) !== 0)
    problems.push({
      message: `others may write to the data folder \`${folder}\` (${modeText(own.mode)})`,
      remedy: `chmod 700 ${folder}`,
    })
  for (const name of [...secretFiles, 'servers.yaml']) {
    const file = join(folder, name)
    const found = statSync(file, { throwIfNoEntry: false })
    // The host file holds command lines, not secrets: others may read it and must not write it.
    const tooWide = name === 'servers.yaml' ? 0o022 : 0o077
    if (found !== undefined && (found.mode & tooWide) !== 0)
      problems.push({
        message: `others may ${tooWide === 0o077 ? 'read' : 'write'} \`${file}\` (${modeText(found.mode)})`,
        remedy:
          tooWide === 0o077
            ? `chmod 600 ${file}; if others had access, delete it so that a new one is made`
            : `chmod 600 ${file}`,
      })
  }
  return problems.map(problem => withoutLoss(problem))
}

/** The database is not something to delete. */
function withoutLoss({ message, remedy }: SetUpProblem): SetUpProblem {
  return { message, remedy: message.includes('sallyport.db') ? remedy.replace(/;.*$/, '') : remedy }
}

/** The sealing key, made at the first start. A problem when the file holds something else than a random key. */
export function readSealKey(folder: string, random: (bytes: number) => Uint8Array): Uint8Array | SetUpProblem {
  const file = join(folder, 'seal.key')
  const text = readText(file)
  if (text === undefined) {
    const key = random(sealKeyBytes)
    writeSecret(file, `${Buffer.from(key).toString('base64url')}\n`)
    return key
  }
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === sealKeyBytes && new Set(key).size >= sealKeyDistinctMin) return key
  return {
    message: `\`${file}\` does not hold ${sealKeyBytes} random bytes`,
    remedy: 'delete it so that a new key is made; open sessions end',
  }
}

/** Writes the record of the running gateway in one step, so that nobody reads half of it. */
export function writeAdminRecord(folder: string, record: AdminRecord): void {
  writeSecret(join(folder, 'admin.json'), `${JSON.stringify(record)}\n`)
}

/** Removes the record, unless another gateway has written its own meanwhile. */
export function removeAdminRecord(folder: string, credential: string): void {
  const file = join(folder, 'admin.json')
  if (readText(file)?.includes(credential) === true) rmSync(file, { force: true })
}

function writeSecret(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`
  rmSync(beside, { force: true })
  const handle = openSync(beside, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(beside, file)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function modeText(mode: number): string {
  return `mode ${(mode & 0o777).toString(8)}`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
}
