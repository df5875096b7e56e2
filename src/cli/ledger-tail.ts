/**
 * `sallyport ledger tail`: the latest records, and with `--follow` the new ones as they are written. A record is one
 * line; why something was refused stands below it.
 */
import type { Command } from 'commander'
import { limits } from '../limits.ts'
import type { LedgerRow } from './shell/answers.ts'
import type { Control } from './shell/control.ts'
import { stop } from './shell/exits.ts'
import { visible } from './shell/layout.ts'
import { ledgerHead, ledgerLineText } from './shell/ledger-lines.ts'
import { type FilterOptions, findRecord, queryOf, readPage, withFilters } from './shell/ledger-query.ts'
import { gatewayCommand, reachGateway, type Shell } from './shell/shell.ts'

interface TailOptions extends FilterOptions {
  readonly lines: number
  readonly follow?: boolean
}

/** `ledger tail`. */
export function ledgerTailCommand(shell: Shell): Command {
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
          ? `${visible(JSON.stringify(row))}\n`
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
