/**
 * The writing side of the store, inside the worker. Everything that waits goes into one transaction: all of it is
 * durable or none, and the chain continues exactly from the last durable entry. After any failure the file is closed
 * and opened again before the next write, because after an I/O error nothing kept in memory can be believed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { chainHash, chainStart } from '../ledger/chain.ts'
import { limits } from '../limits.ts'
import {
  complete,
  type Numbers,
  type Opened,
  opens,
  type WorkerSettings,
  type WriteMessage,
  wallAhead,
} from './messages.ts'
import { openDatabase } from './schema.ts'

interface Statements {
  readonly begin: StatementSync
  readonly commit: StatementSync
  readonly insert: StatementSync
  readonly put: StatementSync
  readonly remove: StatementSync
  readonly mark: StatementSync
}

export class Keeper {
  private readonly settings: WorkerSettings
  private database: DatabaseSync | undefined
  private statements: Statements | undefined
  private seq = 0
  private hash = chainStart
  /** Intents without an outcome, oldest first. */
  private open = new Set<number>()
  private markedSeq = 0
  private wallAheadMs = Number.NEGATIVE_INFINITY
  private unmarkedAheadMs = Number.NEGATIVE_INFINITY

  constructor(settings: WorkerSettings) {
    this.settings = settings
  }

  /** The open file, for reads. Opens it if it is not; `onOpened` hears what was found. */
  ready(onOpened: (opened: Opened) => void): DatabaseSync {
    if (this.database !== undefined) return this.database
    const database = openDatabase(this.settings.file)
    try {
      if (this.settings.pagesMax > 0) database.exec(`PRAGMA max_page_count = ${this.settings.pagesMax}`)
      const opened = this.readHead(database)
      this.statements = prepare(database)
      this.database = database
      onOpened(opened)
      return database
    } catch (cause) {
      database.close()
      throw cause
    }
  }

  /**
   * Writes all batches in one transaction; returns each one's id followed by its rows' numbers. Throws on failure.
   * A batch without rows is a probe: it writes a mark, to see whether writing works.
   */
  write(batches: readonly WriteMessage[]): (number | Numbers)[] {
    const { statements } = this
    if (statements === undefined) throw new Error('the store is not open')
    try {
      const acks: (number | Numbers)[] = []
      statements.begin.run()
      for (const batch of batches) acks.push(batch[1], this.writeBatch(statements, batch))
      const isProbe = batches.every(batch => batch[4].length === 0 && batch[6].length === 0)
      if (isProbe || this.seq - this.markedSeq >= limits.storeMarkEntries) this.markOpen(statements)
      statements.commit.run()
      return acks
    } catch (cause) {
      this.abandon()
      throw cause
    }
  }

  /** Keeps a small fact about the store. */
  mark(name: string, value: string): void {
    this.statements?.mark.run(name, value)
  }

  /** Closes the file; the next `ready` opens it again. */
  abandon(): void {
    this.statements = undefined
    const { database } = this
    this.database = undefined
    database?.close()
  }

  private writeBatch(statements: Statements, batch: WriteMessage): Numbers {
    const [, , atMs, wallMs, texts, decisions, changes] = batch
    if (texts.length > 0 && wallMs - atMs > this.wallAheadMs) {
      // rounded up, so that a clock which drifts is not marked at every commit
      this.wallAheadMs = Math.max(wallMs - atMs, this.unmarkedAheadMs) + limits.storeAheadMs
      statements.mark.run(wallAhead, this.wallAheadMs)
    }
    const first = this.seq + 1
    let dropped: number[] | undefined
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index] ?? ''
      const decision = decisions[index] ?? complete
      const isOutcome = decision > complete
      if (isOutcome && !this.open.delete(decision)) {
        // a second outcome: the first one stands
        dropped ??= Array.from({ length: index }, (_, before) => first + before)
        dropped.push(0)
        continue
      }
      this.seq++
      this.hash = chainHash(this.hash, text)
      statements.insert.run(this.seq, isOutcome ? decision : null, atMs, wallMs, text, this.hash)
      if (decision === opens) this.open.add(this.seq)
      dropped?.push(this.seq)
    }
    for (const [kind, name, value] of changes) {
      if (value === null) statements.remove.run(kind, name)
      else statements.put.run(kind, name, value)
    }
    return dropped ?? first
  }

  /** Remembers up to where every intent has its outcome, so that the next start need not look further back. */
  private markOpen(statements: Statements): void {
    const oldest = this.open.values().next()
    statements.mark.run('closed', String(oldest.done === true ? this.seq : oldest.value - 1))
    this.markedSeq = this.seq
  }

  private readHead(database: DatabaseSync): Opened {
    const last = database.prepare('SELECT seq, hash, at_ms, wall_ms FROM entry ORDER BY seq DESC LIMIT 1').get()
    const mark = database.prepare('SELECT value FROM mark WHERE name = ?')
    const closedTo = Number(mark.get('closed')?.['value'] ?? 0)
    const boot = mark.get('boot')?.['value']
    const open = database
      .prepare(
        `SELECT seq FROM entry AS intent WHERE seq > ? AND decision IS NULL AND text ->> '$.kind' = 'intent'
         AND NOT EXISTS (SELECT 1 FROM entry AS outcome WHERE outcome.decision = intent.seq) ORDER BY seq`,
      )
      .all(closedTo)
      .map(row => Number(row['seq']))
    this.seq = Number(last?.['seq'] ?? 0)
    this.hash = String(last?.['hash'] ?? chainStart)
    this.open = new Set(open)
    this.markedSeq = closedTo
    const ahead = mark.get(wallAhead)?.['value']
    this.wallAheadMs = Number(ahead ?? Number.NEGATIVE_INFINITY)
    // a file from before there was this mark has to be looked through, once: the next entry brings the mark
    const found = database.prepare('SELECT max(wall_ms - at_ms) AS ms FROM entry WHERE ? IS NULL').get(ahead ?? null)
    this.unmarkedAheadMs = Number(found?.['ms'] ?? Number.NEGATIVE_INFINITY)
    const head = {
      lastSeq: this.seq,
      atMs: Number(last?.['at_ms'] ?? 0),
      wallMs: Number(last?.['wall_ms'] ?? 0),
      open,
    }
    return boot === undefined ? head : { ...head, boot: String(boot) }
  }
}

function prepare(database: DatabaseSync): Statements {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    insert: database.prepare('INSERT INTO entry(seq, decision, at_ms, wall_ms, text, hash) VALUES(?, ?, ?, ?, ?, ?)'),
    put: database.prepare('INSERT INTO state VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    remove: database.prepare('DELETE FROM state WHERE kind = ? AND name = ?'),
    mark: database.prepare('INSERT INTO mark VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
  }
}
