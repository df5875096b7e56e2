/** What of the ledger is asked for: the filters of the command line, one page of records, one record. */
import type { Command } from 'commander'
import { type LedgerRow, ledgerAnswer, ledgerRecordAnswer } from './answers.ts'
import type { Control } from './control.ts'
import { stop } from './exits.ts'
import type { CommonOptions } from './shell.ts'
import { readSince } from './times.ts'

export interface FilterOptions extends CommonOptions {
  readonly server?: string
  readonly grant?: string
  readonly tool?: string
  readonly verdict?: string
  readonly outcome?: string
  readonly since?: string
}

/** Gives a command the options of the filters. */
export function withFilters(each: Command): Command {
  return each
    .option('--server <name>', 'only this server')
    .option('--grant <name>', 'only this grant')
    .option('--tool <name>', 'only this tool')
    .option('--verdict <verdict>', 'only allow, deny or ask')
    .option('--outcome <outcome>', 'only succeeded, failed, refused, unknown or open')
    .option('--since <time>', 'only newer: 10m, 2h, 7d or a date')
}

const verdicts = ['allow', 'deny', 'ask']
const outcomes = ['succeeded', 'failed', 'refused', 'unknown', 'open']

/** The query of the API for these filters, or a usage `Stop` for a value that can match nothing. */
export function queryOf(options: FilterOptions, nowMs: number): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of ['server', 'grant', 'tool'] as const)
    if (options[name] !== undefined) query.set(name, options[name])
  for (const [name, known] of [
    ['verdict', verdicts],
    ['outcome', outcomes],
  ] as const) {
    const value = options[name]
    if (value === undefined) continue
    if (!known.includes(value))
      throw stop('ERR_CLI_USAGE', { reason: `\`${value}\` is not a value of --${name}` }, `one of ${known.join(', ')}`)
    query.set(name, value)
  }
  if (options.since !== undefined) query.set('since', new Date(readSince(options.since, nowMs)).toISOString())
  return query
}

/** One page, oldest first: the newest `limit` records, or the oldest `limit` after a sequence number. */
export async function readPage(
  control: Control,
  filters: URLSearchParams,
  { after, before, limit }: { readonly after?: number; readonly before?: number; readonly limit: number },
): Promise<readonly LedgerRow[]> {
  const query = new URLSearchParams(filters)
  query.set('limit', String(limit))
  if (after !== undefined) query.set('after', String(after))
  if (before !== undefined) query.set('before', String(before))
  const { records } = await control.ask('GET', `/ledger?${query}`, ledgerAnswer)
  return records.toSorted((a, b) => a.seq - b.seq)
}

/** The record with this sequence number or request id. */
export async function findRecord(control: Control, id: string): Promise<LedgerRow> {
  if (!/^\d{1,15}$/.test(id))
    return (await control.ask('GET', `/ledger/${encodeURIComponent(id)}`, ledgerRecordAnswer)).record
  const query = new URLSearchParams({ after: String(Math.max(0, Number(id) - 1)), limit: '1' })
  const [row] = (await control.ask('GET', `/ledger?${query}`, ledgerAnswer)).records
  if (row === undefined || row.seq !== Number(id)) throw stop('ERR_CLI_NO_SUCH_RECORD', { id })
  return row
}
