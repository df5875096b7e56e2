/**
 * Looks at servers for the command line, a few at a time, with progress on standard error. Programs are started only
 * after the person has seen every command whole and agreed; a server that cannot be looked at is an answer, not an end.
 */
import { introspect, type Scan } from '../../catalogue/scan/introspect.ts'
import type { Result } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { createUpstream, type UpstreamEntry } from '../../upstream/upstream.ts'
import { stop } from '../shell/exits.ts'
import { count, visible } from '../shell/layout.ts'
import { confirm, type Shell } from '../shell/shell.ts'
import type { ScanTarget } from './targets.ts'

export interface Look {
  readonly target: ScanTarget
  readonly scan: Result<Scan>
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** The command line of an entry as a person would type it, nothing left out. Values of its environment are not shown. */
export function commandLine(entry: UpstreamEntry): string {
  if (entry.kind === 'http') return entry.url
  const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
  const names = Object.keys(entry.env).map(name => `${name}=… `)
  return `${names.join('')}${[entry.command, ...entry.args].map(quote).join(' ')}`
}

/**
 * Asks before programs are started; a usage `Stop` with `remedy` where nobody can be asked and `--yes` was not given.
 * Addresses that would be asked are shown with them.
 */
export async function consent(
  shell: Shell,
  targets: readonly ScanTarget[],
  yes: boolean | undefined,
  remedy = 'read the commands, then add --yes',
): Promise<boolean> {
  const entries = targets.flatMap(({ entry }) => (entry.ok ? [entry.value] : []))
  const programs = entries.filter(({ kind }) => kind === 'stdio')
  const addresses = entries.filter(({ kind }) => kind === 'http')
  if (programs.length === 0 || yes === true) return true
  const { terminal } = shell
  terminal.err('these programs would be started on this machine, with your rights:\n')
  for (const entry of programs) terminal.err(`  ${visible(commandLine(entry))}\n`)
  if (addresses.length > 0)
    terminal.err('and these addresses would be asked, with the credentials configured for them:\n')
  for (const entry of addresses) terminal.err(`  ${visible(commandLine(entry))}\n`)
  if (!terminal.interactive)
    throw stop('ERR_CLI_USAGE', { reason: 'nobody can be asked whether to start them' }, remedy)
  return await confirm(shell, `start ${count(programs.length, 'program')}?`, false)
}

/** Looks at every target, in their order. */
export async function lookAt(
  shell: Shell,
  targets: readonly ScanTarget[],
  signal: AbortSignal,
): Promise<readonly Look[]> {
  const looks: Look[] = []
  const waiting = targets.entries()
  const work = async () => {
    for (const [index, target] of waiting) looks[index] = { target, scan: await lookOnce(shell, target, signal) }
  }
  await Promise.all(Array.from({ length: limits.scansAtOnceMax }, work))
  shell.terminal.err(shell.terminal.interactive ? clearLine : '')
  return looks
}

const clearLine = '\r\u001b[2K'

async function lookOnce(shell: Shell, { name, entry }: ScanTarget, interrupted: AbortSignal): Promise<Result<Scan>> {
  if (!entry.ok) return entry
  const { clock, terminal, version } = shell
  const upstream = createUpstream(entry.value, { clock, log: quiet, name: 'sallyport', version })
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(limits.scanMs)])
  const say = (text: string) => {
    if (terminal.interactive) terminal.err(`${clearLine}${visible(`${name}: ${text}`).slice(0, terminal.columns - 1)}`)
  }
  try {
    return await introspect(upstream, {
      version,
      signal,
      onProgress: (step, items) => say(step === 'connecting' ? 'starting' : `${step} ${items}`),
    })
  } finally {
    await upstream.stop()
  }
}
