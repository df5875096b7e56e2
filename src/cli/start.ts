/**
 * `sallyport start`: the gateway in the foreground. Says where it listens once it is ready; the first interrupt drains
 * open calls, the second one ends at once.
 */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { defaultDataDir } from './shell/data-dir.ts'
import { readEnvFile } from './shell/env-file.ts'
import { stop } from './shell/exits.ts'
import { command, printJson, type Shell } from './shell/shell.ts'

interface StartOptions {
  readonly config?: string
  readonly dataDir?: string
  readonly envFile?: string
  readonly port: number
  readonly host: string
  readonly json?: boolean
}

/** `start`. */
export function startCommand(shell: Shell): Command {
  return command('start', 'run the gateway', ['sallyport start --config sallyport.yaml'])
    .option('--config <file>', 'servers, policies and grants; sallyport.yaml if it is here')
    .option('--data-dir <dir>', 'where state is kept; the XDG data folder unless given')
    .option('--env-file <file>', 'values for env:NAME; nobody else may read it')
    .option('--port <port>', 'port to listen on; 0 takes a free one', readPort, 7777)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .action((options: StartOptions) => start(shell, options))
}

/** Taken when nobody names another: the place where one looks for it. */
const configHere = 'sallyport.yaml'

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw stop('ERR_CLI_USAGE', { reason: `\`${text}\` is not a port` }, '0 to 65535')
  return port
}

async function start(shell: Shell, options: StartOptions): Promise<void> {
  const { terminal } = shell
  const interrupted = shell.interruption()
  // before the configuration is read: its references are resolved against the environment of this process
  const stayed = options.envFile === undefined ? [] : readEnvFile(options.envFile, process.env)
  if (stayed.length > 0)
    terminal.err(`${stayed.join(', ')}: taken from the environment, not from ${options.envFile}, which differs\n`)
  const { startServer } = await import('../server.ts')
  const dataDir = options.dataDir ?? defaultDataDir(terminal.env)
  const { port, host } = options
  const config = options.config ?? (existsSync(configHere) ? configHere : undefined)
  const running = await startServer({ dataDir, host, port, ...(config === undefined ? {} : { configFile: config }) })
  if (options.json) printJson(shell, { url: running.url, dataDir, pid: process.pid })
  else
    terminal.out(
      `sallyport listens on ${running.url}\n  state is in ${dataDir}\n  stop with Ctrl-C; look with \`sallyport doctor\`\n`,
    )
  await new Promise<void>(resolve => {
    if (interrupted.aborted) return resolve()
    interrupted.addEventListener('abort', () => resolve(), { once: true })
  })
  await running.stop()
}
