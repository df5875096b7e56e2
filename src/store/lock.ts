/**
 * One data folder serves one gateway. The lock is a lock of the operating system on the file `lock`, taken through
 * SQLite: it ends with the process however that ends, so there is no stale lock to remove. The file's content only
 * says who holds it. Nothing else in this process may open the file: closing it would free the lock (POSIX).
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../errors.ts'
import { reasonOf } from './schema.ts'

export interface FolderLock {
  release(): void
}

/** Takes the folder for this process. Throws ERR_STORE_LOCKED, or ERR_STORE_UNREADABLE when the file cannot be used. */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, 'lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file)
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE')
    database.exec('CREATE TABLE IF NOT EXISTS holder(one INTEGER PRIMARY KEY, pid INTEGER)')
    database.prepare('INSERT INTO holder VALUES(1, ?) ON CONFLICT DO UPDATE SET pid = excluded.pid').run(process.pid)
    // RESERVED: keeps every other writer out, lets them read whose it is
    database.exec('BEGIN IMMEDIATE')
  } catch (cause) {
    const holder = database === undefined ? undefined : holderOf(database)
    database?.close()
    if (!isBusy(cause)) throw new Fault('ERR_STORE_UNREADABLE', { file, reason: reasonOf(cause) }, cause)
    throw new Fault('ERR_STORE_LOCKED', { folder, holder: holder === undefined ? '' : ` (process ${holder})` }, cause)
  }
  const held = database
  return { release: () => held.close() }
}

function holderOf(database: DatabaseSync): number | undefined {
  try {
    const pid = database.prepare('SELECT pid FROM holder').get()?.['pid']
    return typeof pid === 'number' ? pid : undefined
  } catch (cause) {
    // the name of the holder is a courtesy; the other's first start may not have written it yet
    if (cause instanceof Error) return undefined
    throw cause
  }
}

/** SQLITE_BUSY, with any extension. */
function isBusy(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'errcode' in cause && (Number(cause.errcode) & 0xff) === 5
}
