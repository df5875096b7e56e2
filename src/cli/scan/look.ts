/**
 * Looks at servers for the command line, a few at a time, with progress on standard error. Programs are started only
 * after the person has seen every command whole and agreed; a server that cannot be looked at is an answer, not an end.
 */
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { addressWithoutSecrets, withoutForms, withoutSecrets } from '../../catalogue/report/secrets.ts'
import { introspect, type Scan } from '../../catalogue/scan/introspect.ts'
import type { Result } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { createUpstream } from '../../upstream/upstream.ts'
import { isSecret } from '../init/gathering.ts'
import { ask, refuseInterrupted } from '../shell/asking.ts'
import { stop } from '../shell/exits.ts'
import { count, visible, wrap } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'
import { shellWord } from '../shell/words.ts'
import { type Progress, progressLine } from './progress.ts'
import type { ScanTarget } from './targets.ts'

export interface Look {
  readonly target: ScanTarget
  readonly scan: Result<Scan>
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A reason without the name of the server or the file it stands beside. */
export function bareReason(message: string): string {
  return message.replace(
    /^(?:server|the tools of|the configuration) `[^`]*` (?:of a client )?cannot be (?:looked at|listed|used): /,
    '',
  )
}

/**
 * How a target starts, nothing left out: as it is configured, variables by their names, for what stands in a file of
 * the person is theirs to see and what a variable holds is not. `isForOthers`: secrets and the environment are `…`, for
 * reports and logs.
 */
export function startLine(target: ScanTarget, isForOthers: boolean): string {
  const start = startOf(target)
  if (start === undefined) return '(nothing that can be started)'
  if ('url' in start) return isForOthers ? addressWithoutSecrets(start.url) : start.url
  const words = isForOthers ? withoutSecrets(start.words) : start.words
  const variables = Object.entries(start.env).map(([name, value]) =>
    isForOthers || isSecret(name, value) ? `${name}=…` : shellWord(`${name}=${withoutForms(value)}`),
  )
  return [...variables, ...words.map(shellWord)].join(' ')
}

type Start =
  | { readonly url: string }
  | { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> }

function startOf({ configured, entry }: ScanTarget): Start | undefined {
  const written = configured === undefined ? undefined : writtenStart(configured)
  if (written !== undefined || !entry.ok) return written
  const { value } = entry
  return value.kind === 'http' ? { url: value.url } : { words: [value.command, ...value.args], env: value.env }
}

function writtenStart({ command, args, env, url }: ConfiguredServer): Start | undefined {
  if (command !== undefined) return { words: [command, ...args], env }
  return url === undefined ? undefined : { url }
}

/**
 * Asks before programs are started, and before addresses are asked that a file names: what a file of a project sends them
 * can be a variable of the person's environment. A usage `Stop` with `remedy` where nobody can be asked and `--yes` was not
 * given. An address the person has typed needs no question.
 */
export async function consent(
  shell: Shell,
  targets: readonly ScanTarget[],
  yes: boolean | undefined,
  remedy = 'read the commands, then add --yes',
): Promise<boolean> {
  const startable = targets.filter(({ entry }) => entry.ok)
  const programs = startable.filter(({ entry }) => entry.ok && entry.value.kind === 'stdio')
  const addresses = startable.filter(({ entry }) => entry.ok && entry.value.kind === 'http')
  const named = addresses.filter(({ configured, registry }) => configured !== undefined || registry !== undefined)
  if (programs.length + named.length === 0 || yes === true) return true
  const { terminal } = shell
  // where nobody sits, standard error is a log that others read
  const line = (target: ScanTarget) => `  ${visible(startLine(target, !terminal.interactive))}\n`
  const say = (text: string) => terminal.err(`${wrap(text, terminal.columns)}\n`)
  if (programs.length > 0) say('\nthese programs would be started on this machine, with your rights:')
  for (const target of programs) terminal.err(line(target))
  const also = programs.length > 0 ? 'and ' : '\n'
  if (addresses.length > 0) say(`${also}these addresses would be asked, with the credentials configured for them:`)
  for (const target of addresses) terminal.err(`${line(target)}${sentLines(target)}`)
  if (!terminal.interactive)
    throw stop('ERR_CLI_USAGE', { reason: 'nobody can be asked whether to start them' }, remedy)
  const question =
    programs.length > 0 ? `start ${count(programs.length, 'program')}` : `ask ${addressCount(addresses.length)}`
  const answer = await ask(shell, `${question}? [y/N] `)
  return /^y(es)?$/i.test(answer ?? '')
}

const addressCount = (quantity: number) => `${quantity} address${quantity === 1 ? '' : 'es'}`

/** The headers an address would get: variables by their names, values never. */
function sentLines({ configured }: ScanTarget): string {
  const sent = Object.entries(configured?.headers ?? {}).map(([name, value]) => {
    const variables = value.match(/\$\{[^{}]*\}/g) ?? []
    return `    ${visible(name)}: ${visible(variables.length === 0 ? '…' : variables.join(' '))}\n`
  })
  return sent.join('')
}

/** Looks at every target, in their order. An interrupt ends it with a `Stop` once everything started has ended. */
export async function lookAt(shell: Shell, targets: readonly ScanTarget[]): Promise<readonly Look[]> {
  const looks: Look[] = []
  const interrupted = shell.interruption()
  const waiting = targets.entries()
  const progress = progressLine(shell, targets.length)
  const work = async () => {
    for (const [index, target] of waiting)
      looks[index] = { target, scan: await lookOnce(shell, target, interrupted, progress) }
  }
  await Promise.all(Array.from({ length: limits.scansAtOnceMax }, work))
  progress.end()
  refuseInterrupted(interrupted)
  return looks
}

async function lookOnce(
  shell: Shell,
  { name, entry }: ScanTarget,
  interrupted: AbortSignal,
  progress: Progress,
): Promise<Result<Scan>> {
  if (!entry.ok) {
    progress.done(name)
    return entry
  }
  const { clock, version } = shell
  const upstream = createUpstream(entry.value, { clock, log: quiet, name: 'sallyport', version })
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(limits.scanMs)])
  try {
    return await introspect(upstream, {
      version,
      signal,
      onProgress: (step, items) => progress.say(name, step === 'connecting' ? 'starting' : `${step} ${items}`),
    })
  } finally {
    await upstream.stop()
    progress.done(name)
  }
}
