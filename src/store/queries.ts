/**
 * The reading side of the store, inside the worker. Each read looks at a bounded number of entries and says where to
 * go on, so that the writer never waits long behind a reader. Filters compare members of the entries' own text.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Decision, Outcome } from '../ledger/record.ts'
import { settledCharges } from '../limits/charges.ts'
import { limits } from '../limits.ts'
import { type ChargedEntry, type ReadName, type Reads, wallAhead } from './messages.ts'
import type { EntryPair, EntryQuery } from './port.ts'

type Value = string | number | null
type Row = Record<string, unknown>

const joined = `SELECT d.seq, d.text, d.hash, o.seq AS o_seq, o.text AS o_text, o.hash AS o_hash
  FROM entry AS d LEFT JOIN entry AS o ON o.decision = d.seq AND o.seq <= :asOf`

const filters: readonly (readonly [name: 'grant' | 'server' | 'tool' | 'verdict' | 'outcome', sql: string])[] = [
  ['grant', `d.text ->> '$.grant' = :grant`],
  ['server', `d.text ->> '$.server' = :server`],
  ['tool', `d.text ->> '$.tool' = :tool`],
  ['verdict', `d.text ->> '$.verdict' = :verdict`],
  ['outcome', `coalesce(o.text ->> '$.outcome', d.text ->> '$.outcome', 'open') = :outcome`],
]

export class Queries {
  private readonly database: DatabaseSync
  private readonly prepared = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Answers one read. Throws what SQLite throws. */
  answer<Name extends ReadName>(name: Name, ask: Reads[Name]['ask']): Reads[ReadName]['answer'] {
    switch (name) {
      case 'pairs':
        return this.pairs(ask as Reads['pairs']['ask'])
      case 'charged':
        return this.charged(ask as Reads['charged']['ask'])
      case 'labelled':
        return this.labelled(ask as Reads['labelled']['ask'])
      case 'state':
        return this.state(ask as Reads['state']['ask'])
      default:
        return this.lastSeq()
    }
  }

  private pairs({ query, sinceAtMs }: Reads['pairs']['ask']): Reads['pairs']['answer'] {
    const lastSeq = Math.min(query.asOf ?? Number.MAX_SAFE_INTEGER, this.lastSeq())
    const values: Record<string, Value> = { asOf: lastSeq, limit: query.limit }
    const wheres = ['d.decision IS NULL']
    for (const [name, sql] of filters) {
      const wanted = query[name]
      if (wanted === undefined) continue
      values[name] = wanted
      wheres.push(sql)
    }
    // exclusive bounds on both sides
    const low = Math.max(query.after ?? 0, query.sinceMs === undefined ? 0 : this.firstSince(sinceAtMs) - 1)
    const high = Math.min(query.before ?? Number.MAX_SAFE_INTEGER, lastSeq + 1)
    const isUp = query.order === 'up'
    const slice = sliceOf(low, high, query)
    values['low'] = slice.low
    values['high'] = slice.high
    wheres.unshift('d.seq > :low', 'd.seq < :high')
    if (query.requestId !== undefined) {
      // a plain search of the text first: most entries are passed over without reading their JSON
      values['requestId'] = query.requestId
      values['needle'] = `"requestId":${JSON.stringify(query.requestId)}`
      wheres.push('instr(d.text, :needle) > 0', `d.text ->> '$.requestId' = :requestId`)
    }
    const sql = `${joined} WHERE ${wheres.join(' AND ')} ORDER BY d.seq ${isUp ? 'ASC' : 'DESC'} LIMIT :limit`
    const pairs = this.statement(sql).all(values).map(pairOf)
    if (slice.next === undefined || pairs.length >= query.limit) return { pairs }
    return { pairs, next: slice.next }
  }

  private charged({ sinceAtMs, wallSinceMs, after }: Reads['charged']['ask']): Reads['charged']['answer'] {
    const oldestAtMs = wallSinceMs === undefined ? sinceAtMs : Math.min(sinceAtMs, wallSinceMs - this.wallAheadMs())
    const low = Math.max(after, this.firstSince(oldestAtMs) - 1)
    const high = low + limits.ledgerChargesEntriesMax
    const rows = this.statement(
      `SELECT d.at_ms, d.text, o.text AS o_text FROM entry AS d LEFT JOIN entry AS o ON o.decision = d.seq
       WHERE d.seq > :low AND d.seq <= :high AND d.decision IS NULL AND instr(d.text, '"charges":[') > 0 ORDER BY d.seq`,
    ).all({ low, high })
    const entries = rows.flatMap(chargedOf)
    return high >= this.lastSeq() ? { entries } : { entries, next: high }
  }

  private labelled({ sinceAtMs, after }: Reads['labelled']['ask']): Reads['labelled']['answer'] {
    const low = Math.max(after, this.firstSince(sinceAtMs) - 1)
    const high = low + limits.ledgerScanEntriesMax
    const rows = this.statement(
      `SELECT coalesce(o.at_ms, d.at_ms) AS at_ms, d.text ->> '$.principal' AS principal, d.text ->> '$.grant' AS grant_name,
       d.text -> '$.labels' AS labels FROM entry AS d LEFT JOIN entry AS o ON o.decision = d.seq
       WHERE d.seq > :low AND d.seq <= :high AND d.decision IS NULL AND instr(d.text, '"labels":[') > 0
       AND d.text ->> '$.verdict' = 'allow' AND d.text -> '$.labels' IS NOT NULL ORDER BY d.seq`,
    ).all({ low, high })
    const entries = rows.map(row => ({
      atMs: Number(row['at_ms']),
      principal: String(row['principal']),
      grant: String(row['grant_name']),
      labels: JSON.parse(String(row['labels'])) as readonly string[],
    }))
    return high >= this.lastSeq() ? { entries } : { entries, next: high }
  }

  /** The most that the clock on the wall was ever ahead of the store's own time when something was written. */
  private wallAheadMs(): number {
    const ahead = this.statement('SELECT value FROM mark WHERE name = ?').get(wallAhead)?.['value']
    return ahead === undefined ? Number.POSITIVE_INFINITY : Number(ahead)
  }

  private state({ kind }: Reads['state']['ask']): Reads['state']['answer'] {
    const rows = this.statement('SELECT name, value FROM state WHERE kind = ? ORDER BY name').all(kind)
    return rows.map(row => [String(row['name']), String(row['value'])] as const)
  }

  private lastSeq(): number {
    return Number(this.statement('SELECT max(seq) AS seq FROM entry').get()?.['seq'] ?? 0)
  }

  /** The first entry written at or after a moment of store time, which never runs backwards along the chain. */
  private firstSince(atMs: number): number {
    const look = this.statement('SELECT seq, at_ms FROM entry WHERE seq >= ? ORDER BY seq LIMIT 1')
    let low = 1
    let high = this.lastSeq() + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const found = look.get(middle)
      if (found === undefined || Number(found['at_ms']) >= atMs) high = middle
      else low = Number(found['seq']) + 1
    }
    return low
  }

  private statement(sql: string): StatementSync {
    let statement = this.prepared.get(sql)
    if (statement === undefined) {
      statement = this.database.prepare(sql)
      this.prepared.set(sql, statement)
    }
    return statement
  }
}

/** The part of the open interval (low, high) that one read looks at, and where the next one begins. */
function sliceOf(low: number, high: number, query: EntryQuery): { low: number; high: number; next?: number } {
  const span = query.requestId === undefined ? limits.ledgerScanEntriesMax : limits.ledgerSearchEntriesMax
  if (high - low - 1 <= span) return { low, high }
  if (query.order === 'up') return { low, high: low + span + 1, next: low + span }
  return { low: high - span - 1, high, next: high - span }
}

/** What an admitted call took in the end; nothing if it was given back. */
function chargedOf(row: Row): readonly ChargedEntry[] {
  const said = JSON.parse(String(row['text'])) as Decision & Partial<Outcome>
  // most outcomes change nothing of it, and need not be parsed to tell
  const change = row['o_text'] === null ? '' : String(row['o_text'])
  const came = /"released":true|"settled":\[/.test(change) ? (JSON.parse(change) as Outcome) : said
  const { requestId, timeMs, charges } = said
  if (said.verdict !== 'allow' || charges === undefined || came.released === true) return []
  return [{ requestId, timeMs, atMs: Number(row['at_ms']), charges: settledCharges(charges, came.settled) }]
}

function pairOf(row: Row): EntryPair {
  const decision = { seq: Number(row['seq']), text: String(row['text']), hash: String(row['hash']) }
  if (row['o_seq'] === null) return { decision }
  return {
    decision,
    outcome: { seq: Number(row['o_seq']), text: String(row['o_text']), hash: String(row['o_hash']) },
  }
}
