/** `sallyport ledger export`: the records as the gateway writes them out, one JSON object a line, streamed. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { count } from './shell/layout.ts'
import { type FilterOptions, queryOf, withFilters } from './shell/ledger-query.ts'
import { gatewayCommand, printJson, reachGateway, type Shell } from './shell/shell.ts'

interface ExportOptions extends FilterOptions {
  readonly format: string
  readonly out?: string
}

/** `ledger export`. */
export function ledgerExportCommand(shell: Shell): Command {
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
  shell.terminal.out(`${count(lines, 'record')} ${lines === 1 ? 'is' : 'are'} in ${out}\n`)
}

async function writeOut(source: () => AsyncIterable<Uint8Array>, file: string): Promise<void> {
  try {
    await pipeline(source, createWriteStream(file, { mode: 0o600 }))
  } catch (error) {
    if (codeOf(error) === 'unknown') throw error
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}
