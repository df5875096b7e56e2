/** `sallyport ledger`: what was asked, decided and answered. `tail` and `export` have their own files. */
import type { Command } from 'commander'
import { ledgerExportCommand } from './ledger-export.ts'
import { ledgerTailCommand } from './ledger-tail.ts'
import { facts, visible } from './shell/layout.ts'
import { findRecord } from './shell/ledger-query.ts'
import { type CommonOptions, gatewayCommand, group, printJson, reachGateway, type Shell } from './shell/shell.ts'
import { ago } from './shell/times.ts'

/** `ledger tail|show|export`. */
export function ledgerCommand(shell: Shell): Command {
  return group(
    'ledger',
    'the record of every call',
    ['sallyport ledger tail -f'],
    [ledgerTailCommand(shell), showCommand(shell), ledgerExportCommand(shell)],
  )
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
