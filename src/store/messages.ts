/** What the store and its worker say to each other. Compact on purpose: arrays of primitives clone fastest. */
import type { ErrorCode } from '../errors.ts'
import type { RecentMarks } from '../flows/marks.ts'
import type { RecentCharges } from '../limits/charges.ts'
import type { EntryPair, EntryQuery } from './port.ts'

/** In `decisions`: the row is a decision that stays open; the row is complete in itself. Other numbers: an intent's. */
export const opens = -1
export const complete = 0

/** Mark: the most that the clock on the wall was ever ahead of the store's own time, in milliseconds, rounded up. */
export const wallAhead = 'wall ahead'

/** `[kind, name, JSON text or null to remove]`. */
export type StateChange = readonly [kind: string, name: string, value: string | null]

/** One batch: texts of entries with their parallel `decisions`, and changes of the durable rows. */
export type WriteMessage = readonly [
  op: 'write',
  id: number,
  atMs: number,
  wallMs: number,
  texts: readonly string[],
  decisions: readonly number[],
  changes: readonly StateChange[],
]

/** One charged call; `atMs` is the store's own time of its entry. */
export type ChargedEntry = Omit<RecentCharges, 'steadyMs'> & { readonly atMs: number }

/** One call that left marks; `atMs` is the store's own time of its end, or of its start while it is open. */
export type LabelledEntry = Omit<RecentMarks, 'steadyMs'> & { readonly atMs: number }

export interface Reads {
  pairs: { ask: { query: EntryQuery; sinceAtMs: number }; answer: { pairs: readonly EntryPair[]; next?: number } }
  charged: {
    ask: { sinceAtMs: number; wallSinceMs?: number; after: number }
    answer: { entries: ChargedEntry[]; next?: number }
  }
  labelled: { ask: { sinceAtMs: number; after: number }; answer: { entries: LabelledEntry[]; next?: number } }
  state: { ask: { kind: string }; answer: readonly (readonly [name: string, value: string])[] }
  lastSeq: { ask: null; answer: number }
}

export type ReadName = keyof Reads
export type ReadMessage = readonly [op: 'read', id: number, name: ReadName, ask: Reads[ReadName]['ask']]
export type Ask =
  | WriteMessage
  | ReadMessage
  | readonly [op: 'mark', name: string, value: string]
  | readonly [op: 'stop']

/** What the worker found in the file when it opened it. */
export interface Opened {
  readonly lastSeq: number
  readonly atMs: number
  readonly wallMs: number
  readonly boot?: string
  /** Intents without an outcome. */
  readonly open: readonly number[]
}

/** The sequence number of each row in order; a number when they follow each other from there (0: a dropped row). */
export type Numbers = number | readonly number[]

export type Answer =
  | readonly [op: 'opened', opened: Opened]
  | readonly [op: 'wrote', acks: readonly (number | Numbers)[]]
  | readonly [op: 'failed', ids: readonly number[], reason: string]
  | readonly [op: 'answer', id: number, value: unknown]
  | readonly [op: 'unanswered', id: number, reason: string]
  | readonly [op: 'broken', code: ErrorCode, details: Record<string, string | number>]
  | readonly [op: 'stopped']

export interface WorkerSettings {
  readonly file: string
  /** Largest size of the file in pages; 0: as the disk allows. */
  readonly pagesMax: number
}
