/**
 * `sallyport server add`: puts a server behind the gateway and shows every tool definition before it becomes
 * callable. HTTP servers go through the control API; a command line is written on this host only.
 */
import type { Command } from 'commander'
import { reviewTools } from './server-review.ts'
import { doneAnswer } from './shell/answers.ts'
import type { Control } from './shell/control.ts'
import { Stop, stop } from './shell/exits.ts'
import { addHostServer, type HostServer } from './shell/host-file.ts'
import { visible } from './shell/layout.ts'
import { type CommonOptions, collect, gatewayCommand, printJson, reachGateway, type Shell } from './shell/shell.ts'

interface AddOptions extends CommonOptions {
  readonly command?: string
  readonly arg?: readonly string[]
  readonly env?: readonly string[]
  readonly cwd?: string
  readonly header?: readonly string[]
  readonly private?: boolean
  readonly trustFirst?: boolean
  readonly yes?: boolean
}

const examples = [
  'sallyport server add docs https://mcp.context7.com/mcp',
  'sallyport server add local http://127.0.0.1:3001/mcp --private',
  'sallyport server add files --command npx --arg -y \\\n      --arg @modelcontextprotocol/server-filesystem --arg /srv/data',
]

/** `server add NAME URL` and `server add NAME --command …`. */
export function serverAddCommand(shell: Shell): Command {
  return gatewayCommand('add', 'put a server behind the gateway', examples)
    .argument('<name>', 'name of the server, as agents will see it in /mcp/<name>')
    .argument('[url]', 'address of an HTTP server')
    .option('--command <program>', 'start a local program instead, on this machine')
    .option('--arg <value>', 'argument of the program, in order; repeat', collect)
    .option('--env <name=value>', 'environment of the program; env:NAME copies; repeat', collect)
    .option('--cwd <dir>', 'working folder of the program')
    .option('--header <name=value>', 'header sent to it; secrets as env:NAME; repeat', collect)
    .option('--private', 'the address is on this machine or a private network')
    .option('--trust-first', 'approve the first list of tools unseen; later changes wait')
    .option('--yes', 'approve the definitions without asking')
    .action((name: string, url: string | undefined, options: AddOptions) => addServer(shell, name, url, options))
}

async function addServer(shell: Shell, name: string, url: string | undefined, options: AddOptions): Promise<void> {
  if ((url === undefined) === (options.command === undefined))
    throw stop('ERR_CLI_USAGE', { reason: 'a server is either an address or a --command' }, 'give exactly one of them')
  const control = reachGateway(shell, options)
  if (options.command === undefined) await addHttpServer(control, readHttpServer(name, url ?? '', options))
  else await addHostServer(control, name, readHostServer(options.command, options))
  if (!options.json) shell.terminal.out(`server \`${visible(name)}\` is added\n`)
  const approved = await review(shell, control, name, options)
  if (options.json) return printJson(shell, { added: name, approved })
  shell.terminal.out(`next: sallyport grant create NAME --principal WHO --server ${visible(name)}=POLICY\n`)
}

async function review(shell: Shell, control: Control, name: string, options: AddOptions): Promise<readonly string[]> {
  try {
    return await reviewTools(shell, control, name, options)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    const remedy = `${error.remedy ?? ''}\nthe server stays added, with no callable tools: approve them with \`sallyport server review ${visible(name)}\`, or take it away with \`sallyport server remove ${visible(name)}\``
    throw new Stop(error.exit, error.code, error.message, remedy.trim())
  }
}

/** The gateway speaks of `network: private`, the key of its file; here that is an option. */
async function addHttpServer(control: Control, server: Record<string, unknown>): Promise<void> {
  try {
    await control.ask('POST', '/servers', doneAnswer, server)
  } catch (error) {
    if (!(error instanceof Stop) || !error.message.includes('network: private')) throw error
    const remedy = 'add --private if the server is on this machine or in a private network'
    throw new Stop(error.exit, error.code, error.message, remedy)
  }
}

function readHttpServer(name: string, url: string, options: AddOptions): Record<string, unknown> {
  for (const option of ['arg', 'env', 'cwd'] as const)
    if (options[option] !== undefined) throw stop('ERR_CLI_USAGE', { reason: `--${option} needs --command` })
  const headers = readPairs(options.header ?? [], '--header')
  return {
    name,
    url,
    ...(options.header === undefined ? {} : { headers }),
    ...(options.private ? { network: 'private' } : {}),
    pin: options.trustFirst ? 'trust-first' : 'review',
  }
}

function readHostServer(program: string, options: AddOptions): HostServer {
  for (const option of ['header', 'private'] as const)
    if (options[option] !== undefined) throw stop('ERR_CLI_USAGE', { reason: `--${option} is for HTTP servers` })
  return {
    command: program,
    ...(options.arg === undefined ? {} : { args: options.arg }),
    ...(options.env === undefined ? {} : { env: readPairs(options.env, '--env') }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    pin: options.trustFirst ? 'trust-first' : 'review',
  }
}

/** `name=value` pairs of a repeated option. */
export function readPairs(texts: readonly string[], option: string): Record<string, string> {
  return Object.fromEntries(
    texts.map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is not name=value` }, `write ${option} name=value`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
