/**
 * The embedded store's file: opened with the settings that make an acknowledged row survive a power failure, brought
 * to the current layout step by step. Refuses a file of another program, a damaged one, and a newer layout.
 */
import { DatabaseSync } from 'node:sqlite'
import type { ErrorCode } from '../errors.ts'
import { limits } from '../limits.ts'

/** "sap1": marks the file as ours (SQLite `application_id`). */
const applicationId = 0x73617031

/** Each step leads to the layout with its number (from 1). Never edited after a release, only appended to. */
const steps: readonly string[] = [
  // `decision` names the intent an outcome belongs to. `at_ms` is the store's own time (`time.ts`), `wall_ms` the clock
  // on the wall at the same moment. Values that must be erasable later get a table of their own; `text` commits to them.
  // No index on request ids: keeping random keys sorted costs more than writing the entries (measured: 25 µs a call).
  `CREATE TABLE entry(
     seq INTEGER PRIMARY KEY,
     decision INTEGER,
     at_ms INTEGER NOT NULL,
     wall_ms INTEGER NOT NULL,
     text TEXT NOT NULL,
     hash TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX outcome_of ON entry(decision) WHERE decision IS NOT NULL;
   CREATE TABLE state(kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;
   CREATE TABLE mark(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;`,
]

/** Why the file was not opened, in a form that crosses threads. */
export class OpenFailure extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, string | number>
  constructor(code: ErrorCode, details: Record<string, string | number>, cause?: unknown) {
    super(`${code} ${details['reason'] ?? ''}`, { cause })
    this.code = code
    this.details = details
  }
}

/** Opens the file and brings it to the current layout. Throws an OpenFailure: ERR_STORE_UNREADABLE or ERR_STORE_NEWER. */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(file)
  } catch (cause) {
    throw new OpenFailure('ERR_STORE_UNREADABLE', { file, reason: reasonOf(cause) }, cause)
  }
  try {
    settle(database)
    migrate(database, file)
    return database
  } catch (cause) {
    database.close()
    if (cause instanceof OpenFailure) throw cause
    throw new OpenFailure('ERR_STORE_UNREADABLE', { file, reason: reasonOf(cause) }, cause)
  }
}

/** What an SQLite error says, in one line. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function settle(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${limits.storeBusyMs}`)
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
  if (mode !== 'wal') throw new Error('its file system cannot hold a write-ahead log')
  // FULL: the log is synced before a commit returns. NORMAL would lose the last commits at a power failure.
  database.exec('PRAGMA synchronous = FULL')
  database.exec(`PRAGMA wal_autocheckpoint = ${limits.storeLogPagesMax}`)
  database.exec('PRAGMA trusted_schema = OFF')
  database.exec('PRAGMA cell_size_check = ON')
}

function migrate(database: DatabaseSync, file: string): void {
  const found = pragma(database, 'user_version')
  const owner = pragma(database, 'application_id')
  const isEmpty = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0
  if (owner !== applicationId && !isEmpty) {
    throw new OpenFailure('ERR_STORE_UNREADABLE', { file, reason: 'it is a database of another program' })
  }
  if (found > steps.length) throw new OpenFailure('ERR_STORE_NEWER', { file, found, known: steps.length })
  for (const [index, step] of steps.entries()) {
    if (index < found) continue
    // pragmas inside a transaction are part of it: a crash leaves the old layout or the new one
    database.exec(`BEGIN IMMEDIATE;
      ${step}
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${index + 1};
      COMMIT`)
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}
