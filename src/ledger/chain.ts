/**
 * The chain of the ledger: each entry's hash is SHA-256 over the hash before it (64 hexadecimal digits) followed by the
 * entry's canonical text (UTF-8). Whoever has the lines can find an entry that was altered, removed from the middle,
 * moved or repeated. A chain alone cannot show that its end was cut off: compare `head` with one kept elsewhere.
 */
import { hash } from 'node:crypto'
import { entriesOf, type LedgerLine, lineMembers, type StoredEntry } from './line.ts'

/** The hash before the first entry. */
export const chainStart: string = '0'.repeat(64)

/** A point of the chain: the last entry and its hash. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

export type ChainReport =
  | { readonly ok: true; readonly head: ChainHead }
  | {
      readonly ok: false
      /** The first entry that is wrong or missing. */
      readonly seq: number
      /** The request it belongs to, where there is one. */
      readonly requestId?: string
      readonly reason: string
    }

/** Hash of an entry that follows `previous`. */
export function chainHash(previous: string, text: string): string {
  return hash('sha256', previous + text, 'hex')
}

/** Checks lines as they come, in constant memory apart from outcomes whose turn has not come. */
class ChainReader {
  private last: ChainHead = { seq: 0, hash: chainStart }
  private lineSeq = 0
  private readonly waiting = new Map<number, { entry: StoredEntry; requestId: string }>()
  private fault: ChainReport | undefined

  /** Reads the next line of an export that is complete and in its order. */
  push(line: LedgerLine): void {
    if (this.fault !== undefined) return
    const { seq, requestId } = line
    if (!Number.isSafeInteger(seq) || seq <= this.lineSeq) {
      this.fail(
        seq,
        `line with entry \`${seq}\` comes after entry \`${this.lineSeq}\`: repeated or out of order`,
        requestId,
      )
      return
    }
    this.lineSeq = seq
    const stranger = Object.keys(line).find(name => !lineMembers.has(name))
    if (stranger !== undefined) {
      this.fail(seq, `line of entry \`${seq}\` has a member \`${stranger}\` that no hash covers`, requestId)
      return
    }
    this.advanceTo(seq - 1)
    const [decision, outcome] = entriesOf(line)
    if (outcome !== undefined) this.await(outcome, line)
    if (this.fault === undefined) this.check(decision, requestId)
  }

  /** The verdict after the last line. `head`: a point kept elsewhere that the export must reach exactly. */
  end(head?: ChainHead): ChainReport {
    const left = [...this.waiting.keys()].sort((one, other) => one - other)
    for (const seq of left) if (this.fault === undefined) this.advanceTo(seq)
    if (this.fault !== undefined) return this.fault
    if (head !== undefined && (head.seq !== this.last.seq || head.hash !== this.last.hash)) {
      const reason = `export ends with entry \`${this.last.seq}\`, and the head given is entry \`${head.seq}\``
      return { ok: false, seq: Math.min(head.seq, this.last.seq) + 1, reason }
    }
    return { ok: true, head: this.last }
  }

  private await(outcome: StoredEntry, line: LedgerLine): void {
    const { seq } = outcome
    if (!Number.isSafeInteger(seq) || seq <= line.seq || this.waiting.has(seq)) {
      this.fail(seq, `outcome entry \`${seq}\` cannot belong to decision \`${line.seq}\``, line.requestId)
      return
    }
    this.waiting.set(seq, { entry: outcome, requestId: line.requestId })
  }

  /** Checks the outcomes that lie between the last entry and `seq`. */
  private advanceTo(seq: number): void {
    while (this.fault === undefined && this.last.seq < seq) {
      const next = this.last.seq + 1
      const found = this.waiting.get(next)
      if (found === undefined) {
        this.fail(next, `entry \`${next}\` is missing; only an export without filters can be verified`)
        return
      }
      this.waiting.delete(next)
      this.check(found.entry, found.requestId)
    }
  }

  private check(entry: StoredEntry, requestId: string): void {
    if (this.waiting.has(entry.seq)) {
      this.fail(entry.seq, `entry \`${entry.seq}\` stands for two things`, requestId)
      return
    }
    if (chainHash(this.last.hash, entry.text) !== entry.hash) {
      this.fail(
        entry.seq,
        `entry \`${entry.seq}\` does not have the hash of its content and the entry before`,
        requestId,
      )
      return
    }
    this.last = { seq: entry.seq, hash: entry.hash }
  }

  private fail(seq: number, reason: string, requestId?: string): void {
    this.fault = requestId === undefined ? { ok: false, seq, reason } : { ok: false, seq, requestId, reason }
  }
}

/** Checks a complete export in its order; names the first bad record. */
export function verifyChain(lines: Iterable<LedgerLine>, head?: ChainHead): ChainReport {
  const reader = new ChainReader()
  for (const line of lines) reader.push(line)
  return reader.end(head)
}
