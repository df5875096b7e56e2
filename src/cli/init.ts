/**
 * `sallyport init`: finds the MCP servers of the clients on this machine, looks at what they can do, and puts the gateway
 * in front of them. Nothing is started or written before a person has seen it and agreed; `--undo` takes it all back.
 */
import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type ClientKind, clientKinds, type Surroundings } from '../catalogue/clients/kinds.ts'
import { type Level, levels, treatmentOf } from '../catalogue/recommend.ts'
import { findServers, showFinding } from './init/finding.ts'
import { type Gathering, gather } from './init/gathering.ts'
import { hasJournal, undoAll, type Writing, writeAll } from './init/journal.ts'
import { reviewServer } from './init/review.ts'
import { type Admitted, writingsOf } from './init/writing.ts'
import { consent, type Look, lookAt } from './scan/look.ts'
import { rateTools } from './scan/rating.ts'
import { surroundings } from './scan/targets.ts'
import { stop } from './shell/exits.ts'
import { count, visible } from './shell/layout.ts'
import { collect, command, confirm, found, printJson, type Shell } from './shell/shell.ts'

interface InitOptions {
  readonly client?: readonly string[]
  readonly level: Level
  readonly output?: string
  readonly project?: string
  readonly url: string
  readonly yes?: boolean
  readonly undo?: boolean
  readonly json?: boolean
}

/** `init`. */
export function initCommand(shell: Shell): Command {
  const examples = ['sallyport init', 'sallyport init --client cursor --level read-only', 'sallyport init --undo']
  return command('init', 'put the gateway in front of the servers you have', examples)
    .option('--client <kind>', `only this client (${clientKinds.join(', ')}); repeat`, collect)
    .addOption(new Option('--level <level>', 'how much is let through').choices(levels).default('guarded'))
    .option('--output <dir>', 'where the configuration goes; ~/.config/sallyport unless given')
    .option('--project <dir>', 'the project whose files are looked at; this folder unless given')
    .option('--gateway <url>', 'where the gateway will listen', 'http://127.0.0.1:7777')
    .option('--yes', 'start programs, take the level and write, without asking')
    .option('--undo', 'put every file back as it was')
    .action((options: Omit<InitOptions, 'url'> & { readonly gateway: string }) =>
      options.undo ? undo(shell, options) : init(shell, { ...options, url: options.gateway.replace(/\/+$/, '') }),
    )
}

function folderOf(options: { readonly output?: string }, { env, home }: Surroundings): string {
  const base = env['XDG_CONFIG_HOME']
  if (options.output !== undefined) return resolve(options.output)
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'sallyport')
}

async function init(shell: Shell, options: InitOptions): Promise<void> {
  const { terminal } = shell
  const where = {
    ...surroundings(terminal.env),
    ...(options.project === undefined ? {} : { project: resolve(options.project) }),
  }
  const folder = folderOf(options, where)
  if (hasJournal(folder)) {
    throw stop(
      'ERR_CLI_USAGE',
      { reason: `${folder} holds an earlier init` },
      'take it back with `sallyport init --undo`, or name another --output',
    )
  }
  const finding = findServers(where, readClients(options.client))
  terminal.err(showFinding(finding, shell))
  const gathering = gather(finding.servers, { env: where.env, home: where.home, gatewayUrl: options.url })
  showLeft(gathering, shell)
  if (gathering.servers.length === 0) {
    found(shell)
    terminal.err('no servers to put behind the gateway; add one to a client, or use `sallyport server add`\n')
    return
  }
  const targets = gathering.servers.map(({ name, entry }) => ({ name, entry: { ok: true, value: entry } as const }))
  if (!(await consent(shell, targets, options.yes)))
    return declined(shell, 'nothing was started and nothing was changed')
  const looks = await lookAt(shell, targets, shell.interruption())
  const admitted = await review(shell, gathering, looks, options)
  const source = {
    folder,
    principal: userInfo().username,
    gateway: {
      url: options.url,
      bridge: { command: process.execPath, args: [resolve(process.argv[1] ?? 'sallyport')] },
    },
    random: (bytes: number) => randomBytes(bytes),
  }
  const writings = writingsOf(admitted, finding, source)
  if (!writings.ok) throw stop(writings.refusal.code, {}, writings.refusal.message)
  if (admitted.length === 0) return declined(shell, 'no server was chosen; nothing was changed')
  await write(shell, folder, admitted, writings.value, options)
}

function declined(shell: Shell, words: string): void {
  found(shell)
  shell.terminal.err(`${words}\n`)
}

function readClients(names: readonly string[] | undefined): readonly ClientKind[] | undefined {
  return names?.map(name => {
    const kind = clientKinds.find(each => each === name)
    if (kind === undefined)
      throw stop(
        'ERR_CLI_USAGE',
        { reason: `\`${name}\` is no client that is known` },
        `one of ${clientKinds.join(', ')}`,
      )
    return kind
  })
}

function showLeft({ left }: Gathering, { terminal }: Shell): void {
  if (left.length === 0) return
  terminal.err('\nleft as they are\n')
  for (const { configured, reason } of left) terminal.err(`  ${visible(configured.name)}: ${visible(reason)}\n`)
}

async function review(
  shell: Shell,
  { servers }: Gathering,
  looks: readonly Look[],
  options: InitOptions,
): Promise<readonly Admitted[]> {
  const admitted: Admitted[] = []
  for (const [index, server] of servers.entries()) {
    const scan = looks[index]?.scan
    if (scan === undefined || !scan.ok) {
      shell.terminal.err(`\n${visible(server.name)} stays as it is: ${visible(scan?.refusal.message ?? '')}\n`)
      continue
    }
    const { tools } = rateTools(scan.value.tools)
    const isAsked = options.yes !== true && shell.terminal.interactive
    const decided = await reviewServer(shell, server.name, tools, options.level, isAsked)
    if (decided !== undefined) admitted.push({ server, tools, decided })
  }
  return admitted
}

async function write(
  shell: Shell,
  folder: string,
  admitted: readonly Admitted[],
  writings: readonly Writing[],
  options: InitOptions,
): Promise<void> {
  const { terminal, clock } = shell
  terminal.err('\nthese files are written; what they replace is kept for --undo\n')
  for (const { file } of writings) terminal.err(`  ${visible(file)}\n`)
  if (!(await confirm(shell, 'write them?', options.yes))) {
    declined(shell, 'nothing was changed')
    return
  }
  writeAll(folder, writings, new Date(clock.wallMs()).toISOString())
  const files = writings.map(({ file }) => file)
  if (options.json) return printJson(shell, { folder, servers: admitted.map(({ server }) => server.name), files })
  const config = join(folder, 'sallyport.yaml')
  terminal.out(`${count(admitted.length, 'server')} behind the gateway
next:
  sallyport start --config ${config} --env-file ${join(folder, 'secrets.env')}
  then start your clients again
${approvalHint(admitted)}${projectHint(admitted, folder)}take it back: sallyport init --undo${options.output === undefined ? '' : ` --output ${options.output}`}
`)
}

/** Nobody can approve yet: people should know before they wait for it. */
function approvalHint(admitted: readonly Admitted[]): string {
  const asks = admitted.flatMap(({ tools, decided: { level, chosen } }) =>
    tools.filter(tool => (chosen.get(tool.name) ?? treatmentOf(tool, level)) === 'approve'),
  )
  return asks.length === 0
    ? ''
    : `  ${count(asks.length, 'tool')} need approval, which this version cannot give: their calls are refused\n`
}

/** A project's file names a variable: whoever starts the client has to have it. */
function projectHint(admitted: readonly Admitted[], folder: string): string {
  const isShared = admitted.some(({ server }) => server.configured.some(({ scope }) => scope === 'project'))
  return isShared
    ? `  files of the project read tokens from the environment: set -a; . ${join(folder, 'secrets.env')}\n`
    : ''
}

function undo(shell: Shell, options: { readonly output?: string; readonly json?: boolean }): void {
  const undone = undoAll(folderOf(options, surroundings(shell.terminal.env)))
  if (undone.some(({ outcome }) => outcome === 'kept')) found(shell)
  if (options.json) {
    printJson(shell, { files: undone })
    return
  }
  const words = {
    restored: 'is as it was',
    removed: 'is removed',
    gone: 'was gone already',
    kept: 'was changed since and stays; the text from before is in the backups folder',
  }
  for (const { file, outcome } of undone) shell.terminal.out(`${visible(file)} ${words[outcome]}\n`)
}
