/** `sallyport ledger`: what was asked, decided and answered. `tail` and `show` for people, `export` for programs. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { limits } from '../limits.ts'
import { type LedgerRow, ledgerAnswer, ledgerRecordAnswer } from './shell/answers.ts'
import type { Control } from './shell/control.ts'
import { stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { facts, visible } from './shell/layout.ts'
import { ledgerHead, ledgerLineText } from './shell/ledger-lines.ts'
import { type CommonOptions, gatewayCommand, group, printJson, reachGateway, type Shell } from './shell/shell.ts'
import { ago, readSince } from './shell/times.ts'

/** `ledger tail|show|export`. */
export function ledgerCommand(shell: Shell): Command {
  return group(
    'ledger',
    'the record of every call',
    ['sallyport ledger tail -f'],
    [tailCommand(shell), showCommand(shell), exportCommand(shell)],
  )
}

interface FilterOptions extends CommonOptions {
  readonly server?: string
  readonly grant?: string
  readonly tool?: string
  readonly verdict?: string
  readonly outcome?: string
  readonly since?: string
}

interface TailOptions extends FilterOptions {
  readonly lines: number
  readonly follow?: boolean
}

function withFilters(each: Command): Command {
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
function queryOf(options: FilterOptions, nowMs: number): URLSearchParams {
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

function tailCommand(shell: Shell): Command {
  const tail = gatewayCommand('tail', 'show the latest records, oldest first', [
    'sallyport ledger tail -f --verdict deny --since 1h',
  ])
    .option('-n, --lines <count>', 'how many records', readLines, 20)
    .option('-f, --follow', 'go on with new records as they are written')
  return withFilters(tail).action((options: TailOptions) => tailLedger(shell, options))
}

function readLines(text: string): number {
  const lines = Number(text)
  if (!Number.isInteger(lines) || lines < 1 || lines > limits.cliPageRecordsMax)
    throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is not a count of records` }, `1 to ${limits.cliPageRecordsMax}`)
  return lines
}

async function tailLedger(shell: Shell, options: TailOptions): Promise<void> {
  const { terminal, clock } = shell
  const control = reachGateway(shell, options)
  const query = queryOf(options, clock.wallMs())
  // What is newest is asked first: nothing that is written while we look can fall between the page and what follows.
  const newest = (await readPage(control, new URLSearchParams(), { limit: 1 })).at(-1)?.seq ?? 0
  const latest = await readPage(control, query, { limit: options.lines, before: newest + 1 })
  const print = (rows: readonly LedgerRow[]) => {
    for (const row of rows)
      terminal.out(
        options.json
          ? `${JSON.stringify(row)}\n`
          : ledgerLineText(row, terminal, clock.wallMs(), options.follow === true),
      )
  }
  if (!options.json && (latest.length > 0 || options.follow)) terminal.out(ledgerHead(terminal))
  if (!options.json && latest.length === 0 && !options.follow) terminal.out(emptyText(options))
  print(latest)
  if (options.follow) await follow(shell, control, options, newest, print)
}

function emptyText(options: FilterOptions): string {
  const filtered = ['server', 'grant', 'tool', 'verdict', 'outcome', 'since'].some(name => name in options)
  return filtered
    ? 'no record matches\n  leave a filter out, or look further back with --since\n'
    : 'no records yet: nothing has called\n  point a client at the gateway: sallyport grant create --help\n'
}

/**
 * New records as they come, until the person interrupts. A call that is still open is held back for a moment, so that
 * most calls are one line; one that takes longer is shown open, and again when its outcome is known.
 */
async function follow(
  shell: Shell,
  control: Control,
  options: FilterOptions,
  newest: number,
  print: (rows: readonly LedgerRow[]) => void,
): Promise<void> {
  const interrupted = shell.interruption()
  // The outcome changes after the record is numbered: asking for it would lose calls that close late.
  const { outcome, ...others } = options
  const query = queryOf(others, shell.clock.wallMs())
  const wanted = (row: LedgerRow) => outcome === undefined || (row.outcome ?? 'open') === outcome
  let after = newest
  const openNow = new URLSearchParams([...query, ['outcome', 'open']])
  let open = await readPage(control, openNow, { limit: limits.cliOpenCallsMax, before: newest + 1 })
  const shown = new Set(open.map(row => row.seq))
  while (!interrupted.aborted) {
    const fresh = await readPage(control, query, { after, limit: limits.cliPageRecordsMax })
    after = fresh.at(-1)?.seq ?? after
    const looked = await Promise.all(open.map(row => findRecord(control, row.requestId)))
    const still = looked.filter(isOpen)
    const late = still.filter(row => !shown.has(row.seq))
    for (const row of late) shown.add(row.seq)
    print([...looked.filter(row => !isOpen(row)), ...late, ...fresh.filter(row => !isOpen(row))].filter(wanted))
    open = [...still, ...fresh.filter(isOpen)].slice(-limits.cliOpenCallsMax)
    if (fresh.length < limits.cliPageRecordsMax) await pause(shell, interrupted)
  }
}

function isOpen({ outcome }: LedgerRow): boolean {
  return outcome === undefined || outcome === null || outcome === 'open'
}

async function pause(shell: Shell, interrupted: AbortSignal): Promise<void> {
  try {
    await shell.clock.sleep(limits.cliFollowMs, interrupted)
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
}

/** One page, oldest first: the newest `limit` records, or the oldest `limit` after a sequence number. */
async function readPage(
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

function showCommand(shell: Shell): Command {
  return gatewayCommand('show', 'show one record whole', ['sallyport ledger show 42'])
    .argument('<id>', 'sequence number or request id')
    .action(async (id: string, options: CommonOptions) => {
      const row = await findRecord(reachGateway(shell, options), id)
      if (options.json) return printJson(shell, row)
      const { terminal, clock } = shell
      const pairs = Object.entries(row)
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([key, value]): [string, string] => [key, showValue(key, value, clock.wallMs())])
      terminal.out(facts(pairs, terminal.columns, terminal.paint))
    })
}

function showValue(key: string, value: unknown, nowMs: number): string {
  if (key === 'time' && typeof value === 'string') return `${value} (${ago(Date.parse(value), nowMs)})`
  if (key === 'durationMs') return `${String(value)} ms`
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}

async function findRecord(control: Control, id: string): Promise<LedgerRow> {
  if (!/^\d{1,15}$/.test(id)) {
    const one = await control.ask('GET', `/ledger/${encodeURIComponent(id)}`, ledgerRecordAnswer)
    return 'record' in one ? (one.record as LedgerRow) : (one as LedgerRow)
  }
  const query = new URLSearchParams({ after: String(Number(id) - 1), limit: '1' })
  const [row] = (await control.ask('GET', `/ledger?${query}`, ledgerAnswer)).records
  if (row === undefined || row.seq !== Number(id)) throw stop('ERR_CLI_NO_SUCH_RECORD', { id })
  return row
}

interface ExportOptions extends FilterOptions {
  readonly format: string
  readonly out?: string
}

function exportCommand(shell: Shell): Command {
  const each = gatewayCommand('export', 'write the records out, one JSON object a line', [
    'sallyport ledger export --format jsonl --out ledger.jsonl',
  ])
    .option('--format <format>', 'jsonl', 'jsonl')
    .option('--out <file>', 'file to write, instead of standard output')
  return withFilters(each).action((options: ExportOptions) => exportLedger(shell, options))
}

async function exportLedger(shell: Shell, options: ExportOptions): Promise<void> {
  const { format, out } = options
  if (format !== 'jsonl')
    throw stop('ERR_CLI_USAGE', { reason: `\`${format}\` is not a format of export` }, 'the format is jsonl')
  const query = queryOf(options, shell.clock.wallMs())
  query.set('format', format)
  const bytes = await reachGateway(shell, options).stream(`/ledger/export?${query}`)
  let lines = 0
  const counted = async function* () {
    for await (const chunk of bytes) {
      for (const byte of chunk) if (byte === 0x0a) lines++
      yield chunk
    }
  }
  if (out === undefined) await pipeline(counted, shell.terminal.stdout, { end: false })
  else await writeOut(counted, out)
  const done = out === undefined ? undefined : { records: lines, file: out }
  if (done === undefined) return
  if (options.json) return printJson(shell, done)
  shell.terminal.out(`${lines} records are in ${out}\n`)
}

async function writeOut(source: () => AsyncIterable<Uint8Array>, file: string): Promise<void> {
  try {
    await pipeline(source, createWriteStream(file, { mode: 0o600 }))
  } catch (error) {
    if (codeOf(error) === 'unknown') throw error
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}
