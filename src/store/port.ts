/**
 * What the domains ask of a store. The embedded store implements it on one SQLite file; a store shared by several
 * gateways can stand in its place without a change in front of this interface. Types only.
 */
import type { RecentMarks } from '../flows/marks.ts'
import type { RecentCharges } from '../limits/charges.ts'
import type { Rows } from '../rows.ts'

export type EntryKind = 'intent' | 'record' | 'outcome'

/** An entry of the chain as it was written. */
export interface Entry {
  readonly seq: number
  readonly text: string
  readonly hash: string
}

/** A decision's entry and, when it was written by then, its outcome's entry. */
export interface EntryPair {
  readonly decision: Entry
  readonly outcome?: Entry
}

/** Which decisions to read. Bounds are exclusive. Filters compare members of the decision's text exactly. */
export interface EntryQuery {
  readonly after?: number
  readonly before?: number
  /** `up`: oldest first from `after`. `down`: newest first from `before`. */
  readonly order: 'up' | 'down'
  readonly limit: number
  /** Entries above this do not exist for this query, so that pages read one after the other fit together. */
  readonly asOf?: number
  readonly grant?: string
  readonly server?: string
  readonly tool?: string
  readonly verdict?: string
  /** Searched entry by entry; `order: 'down'` and `limit: 1` end at the newest. */
  readonly requestId?: string
  /** Of the outcome; `open` for decisions without one. */
  readonly outcome?: string
  readonly sinceMs?: number
}

/** Which charges to read: of at most this age, and those recorded when the clock on the wall showed this or later. */
export interface ChargedRange {
  readonly ageMs: number
  readonly wallSinceMs?: number
}

export interface StoreHealth {
  /** The last write succeeded and none is overdue. */
  readonly ok: boolean
  /** Age of the oldest row that is not durable yet. */
  readonly lagMs: number
  /** Rows that are not durable yet. */
  readonly queued: number
  readonly lastError?: string
}

/** The append-only part: entries in one chain. */
export interface Journal {
  /**
   * Appends an entry; resolves with its sequence number when it is durable. `text`: canonical JSON without line breaks.
   * `decision`: for an outcome, the sequence number of its intent; an intent has one outcome, and a second is dropped.
   * Rejects with a Fault ERR_LEDGER_UNAVAILABLE when the row is not durable in time; it may still become so later.
   */
  append(kind: EntryKind, text: string, decision?: number): Promise<number>
  /**
   * Tells of intents that are in the store and that nobody was told of: left open by an earlier process (`left`), or
   * made durable after their caller had been refused (`late`). Whoever listens appends their outcome.
   */
  onStray(handler: (seqs: readonly number[], reason: 'left' | 'late') => void): void
  /** One page of decisions, in the query's order. */
  pairs(query: EntryQuery): Promise<readonly EntryPair[]>
  /** Charges of admitted calls that were not released, as settled, oldest first, a part at a time. More may come. */
  charged(range: ChargedRange): AsyncIterable<readonly RecentCharges[]>
  /** Calls that left marks and began at most so long ago, oldest first, a part at a time. */
  labelled(ageMs: number): AsyncIterable<readonly RecentMarks[]>
  /** The last entry's sequence number; 0 when there is none. */
  lastSeq(): Promise<number>
}

/** A store: the journal, the durable rows, and its life. */
export interface Store {
  readonly journal: Journal
  readonly state: Rows
  health(): StoreHealth
  /** Resolves when everything handed over before is durable or refused. */
  flush(): Promise<void>
  /** Writes what is queued, closes the files and gives the data folder free. */
  stop(): Promise<void>
}
