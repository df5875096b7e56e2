/**
 * `sallyport init`: finds the MCP servers of the clients on this machine, looks at what they can do, and puts the gateway
 * in front of them. Nothing is started or written before a person has seen it and agreed; `--undo` takes it all back.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { obstaclesIn } from '../catalogue/clients/edit.ts'
import { clientKinds, type Surroundings } from '../catalogue/clients/kinds.ts'
import { type Level, levels } from '../catalogue/recommend.ts'
import { serverProblem, writingsProblem } from './init/checking.ts'
import { afterwards, undoneText } from './init/farewell.ts'
import { type Shared, showFinding, withoutDoubles } from './init/finding.ts'
import { type GatheredServer, type Gathering, gather } from './init/gathering.ts'
import { hasJournal, removeLeftovers } from './init/journal.ts'
import { reviewAll, type Seen, seenServers } from './init/reviewing.ts'
import { storeAll, type Writing } from './init/storing.ts'
import { type Left, showSummary, waitingTools } from './init/summary.ts'
import { undoAll } from './init/undoing.ts'
import { type Admitted, writingsOf } from './init/writing.ts'
import { readNamedText, realPath } from './scan/config-files.ts'
import { bareReason, consent, lookAt } from './scan/look.ts'
import { readClients, readSources, type Sources } from './scan/sources.ts'
import { surroundings } from './scan/targets.ts'
import { ask } from './shell/asking.ts'
import { stop, stopWith } from './shell/exits.ts'
import { visible, wrap } from './shell/layout.ts'
import { collect, command, found, printJson, type Shell } from './shell/shell.ts'

interface InitOptions {
  readonly client?: readonly string[]
  readonly level: Level
  readonly output?: string
  readonly project?: string
  readonly gateway: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly undo?: boolean
  readonly keep?: boolean
  readonly json?: boolean
}

/** `init`. */
export function initCommand(shell: Shell): Command {
  const examples = ['sallyport init', 'sallyport init --client cursor --level read-only', 'sallyport init --undo']
  return command('init', 'put the gateway in front of the servers you have', examples)
    .option('--client <kind>', `only this client (${clientKinds.join(', ')}); repeat`, collect)
    .addOption(new Option('--level <level>', 'how much is let through').choices(levels).default('guarded'))
    .option('--output <dir>', 'where the configuration goes; ~/.config/sallyport unless given')
    .option('--project <dir>', 'the project whose files are looked at; the one around this folder unless given')
    .option('--gateway <url>', 'where the gateway will listen', 'http://127.0.0.1:7777')
    .option('--yes', 'start programs, take the level and write, without asking')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--undo', 'put every file back as it was')
    .option('--keep', 'with --undo: what you changed since stays for good, and its text from before goes')
    .action((options: InitOptions) => (options.undo ? undo(shell, options) : init(shell, options)))
}

function folderOf(options: { readonly output?: string }, { env, home }: Surroundings): string {
  const base = env['XDG_CONFIG_HOME']
  if (options.output !== undefined) return resolve(options.output)
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.config'), 'sallyport')
}

/** Everything that is known when the servers have been seen. */
interface Plan {
  readonly folder: string
  readonly url: string
  readonly where: Surroundings
  readonly sources: Sources
  readonly shared: Shared
  readonly left: readonly Left[]
  readonly options: InitOptions
}

async function init(shell: Shell, options: InitOptions): Promise<void> {
  const { terminal } = shell
  // what can be wrong with the line is said before anything else
  const url = readGateway(options.gateway)
  const clients = readClients(options.client)
  const here = surroundings(terminal.env)
  const where = options.project === undefined ? here : { ...here, project: resolve(options.project) }
  const folder = folderOf(options, where)
  refuseSecond(folder)
  const sources = readSources(undefined, where, clients)
  terminal.err(showFinding(sources, shell))
  const shared = withoutDoubles(sources.servers)
  const { servers, left: entries } = gatherFor(where, url, sources, shared)
  const left = entries.map(({ configured, reason }): Left => ({ name: configured.name, reason: bareReason(reason) }))
  const plan = { folder, url, where, sources, shared, options }
  sayLeft(shell, left)
  if (servers.length === 0) {
    const next = 'add one to a client, or name one with `sallyport server add`'
    return ended(shell, `no servers to put behind the gateway; ${next}`, { ...plan, left })
  }
  const targets = servers.map(({ name, entry, configured: [configured] }) => ({
    name,
    entry: { ok: true, value: entry } as const,
    ...(configured === undefined ? {} : { configured }),
  }))
  if (!(await consent(shell, targets, options.yes)))
    return ended(shell, 'nothing was started and nothing was changed', { ...plan, left })
  const { seen, unseen } = seenServers(servers, await lookAt(shell, targets))
  await decide(shell, seen, { ...plan, left: [...left, ...unseen] })
}

/** Review, summary, question; back and forth until the person has decided. */
async function decide(shell: Shell, seen: readonly Seen[], plan: Plan): Promise<void> {
  const { options, left } = plan
  const isAsked = options.yes !== true && shell.terminal.interactive
  let again: readonly Admitted[] = []
  for (;;) {
    const admitted = await reviewAll(shell, seen, { level: options.level, isAsked, before: again })
    if (admitted === undefined || admitted.length === 0) {
      sayLeft(shell, left)
      return ended(shell, 'no server was chosen; nothing was changed', plan)
    }
    const writings = writingsFor(admitted, plan)
    const skipped = seen
      .filter(({ server }) => !admitted.some(each => each.server === server))
      .map(({ server }): Left => ({ name: server.name, reason: 'you skipped it' }))
    shell.terminal.err(showSummary(admitted, [...left, ...skipped], { folder: plan.folder, writings }, shell))
    if (options.dryRun) return printPlan(shell, admitted, writings, plan)
    const answer = options.yes === true ? 'y' : isAsked ? await ask(shell, 'write them? [y/N, b goes back] ') : 'n'
    if (/^b(ack)?$/i.test(answer ?? '')) {
      again = admitted
      continue
    }
    if (!/^y(es)?$/i.test(answer ?? '')) return ended(shell, 'nothing was changed', plan)
    return write(shell, admitted, writings, plan)
  }
}

function sayLeft({ terminal }: Shell, left: readonly Left[]): void {
  for (const { name, reason } of left)
    terminal.err(`${wrap(`${visible(name)} stays as it is: ${visible(reason)}`, terminal.columns, '  ').trimStart()}\n`)
}

function readGateway(text: string): string {
  const url = URL.parse(text)
  if (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.pathname === '/' &&
    url.search === ''
  )
    return url.origin
  throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is no address of a gateway` }, 'such as http://127.0.0.1:7777')
}

/** One `init` at a time, and never over something that somebody else made. */
function refuseSecond(folder: string): void {
  if (hasJournal(folder)) {
    const remedy = 'take it back with the same command and --undo, or name another --output'
    throw stop('ERR_CLI_USAGE', { reason: `${folder} holds an earlier init` }, remedy)
  }
  removeLeftovers(folder)
  const file = ['sallyport.yaml', 'secrets.env', 'policies'].map(name => join(folder, name)).find(existsSync)
  if (file === undefined) return
  throw stop('ERR_CLI_FILE', { file, reason: 'it is there already' }, 'move it away, or name another --output')
}

function gatherFor(where: Surroundings, gatewayUrl: string, sources: Sources, shared: Shared): Gathering {
  const obstacles = new Map([...sources.texts].map(([file, { format, text }]) => [file, obstaclesIn(format, text)]))
  const { servers, left } = gather(shared.servers, {
    env: where.env,
    home: where.home,
    gatewayUrl,
    readText: readNamedText,
    unchangeable: configured => {
      const readers = shared.readers.get(realPath(configured.file))
      if (readers !== undefined && configured.scope === 'project')
        return `${readers.join(' and ')} read its file, and each names variables in its own way`
      return obstacles.get(configured.file)?.(configured.at)
    },
  })
  const taken: GatheredServer[] = []
  const refused = [...left]
  for (const server of servers) {
    const reason = serverProblem(server)
    if (reason === undefined) taken.push(server)
    else refused.push(...server.configured.map(configured => ({ configured, reason })))
  }
  return { servers: taken, left: refused }
}

function writingsFor(admitted: readonly Admitted[], { folder, url, where, sources, shared }: Plan): readonly Writing[] {
  const writings = writingsOf(admitted, {
    folder,
    principal: userName(where.env),
    gateway: {
      url,
      bridge: { command: process.execPath, args: [resolve(process.argv[1] ?? 'sallyport')] },
    },
    random: (bytes: number) => randomBytes(bytes),
    texts: sources.texts,
    readers: shared.readers,
    env: where.env,
  })
  if (!writings.ok) throw stopWith(writings.refusal)
  const [config, secrets] = [join(folder, 'sallyport.yaml'), join(folder, 'secrets.env')]
  const problem = writingsProblem(writings.value, config, secrets)
  if (problem !== undefined) throw stop('ERR_CLI_FILE', { file: config, reason: problem }, 'nothing was changed')
  return writings.value
}

/** An account without an entry in the system's list has no name there, as in some containers. */
function userName(env: Surroundings['env']): string {
  try {
    return userInfo().username
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SYSTEM_ERROR') throw error
    return env['USER'] ?? 'me'
  }
}

function ended(shell: Shell, words: string, { folder, left, options }: Plan): void {
  found(shell)
  shell.terminal.err(`${words}\n`)
  if (options.json) printJson(shell, { written: false, folder, servers: [], left, files: [] })
}

function report(admitted: readonly Admitted[], writings: readonly Writing[], { folder, left }: Plan) {
  return {
    folder,
    servers: admitted.map(({ server }) => server.name),
    left,
    refusedUntilApproval: waitingTools(admitted),
    files: writings.map(({ file }) => file),
  }
}

function printPlan(shell: Shell, admitted: readonly Admitted[], writings: readonly Writing[], plan: Plan): void {
  shell.terminal.err('nothing was changed: this was --dry-run\n')
  if (plan.options.json) printJson(shell, { written: false, ...report(admitted, writings, plan) })
}

function write(shell: Shell, admitted: readonly Admitted[], writings: readonly Writing[], plan: Plan): void {
  const { folder, options, url } = plan
  const madeAt = new Date(shell.clock.wallMs()).toISOString()
  storeAll(folder, writings, { madeAt, id: randomBytes(8).toString('hex') })
  if (options.json) printJson(shell, { written: true, ...report(admitted, writings, plan) })
  else shell.terminal.out(afterwards(admitted, { folder, url, isNamed: options.output !== undefined }))
}

function undo(shell: Shell, options: InitOptions): void {
  const folder = folderOf(options, surroundings(shell.terminal.env))
  const undone = undoAll(folder, { isLetGo: options.keep === true })
  if (options.keep !== true && undone.some(({ outcome }) => outcome === 'kept')) found(shell)
  if (options.json) printJson(shell, { files: undone })
  else shell.terminal.out(undoneText(undone, options.keep === true))
}
