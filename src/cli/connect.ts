/**
 * `sallyport connect`: the gateway for clients that speak only stdio. Standard output carries protocol and nothing
 * else; everything for people goes to standard error.
 */
import type { Command } from 'commander'
import { endpoint } from './shell/client-config.ts'
import { stop } from './shell/exits.ts'
import { findGateway, refusePlainHttp } from './shell/gateway-address.ts'
import { visible } from './shell/layout.ts'
import { type CommonOptions, gatewayCommand, type Shell } from './shell/shell.ts'

interface ConnectOptions extends CommonOptions {
  readonly tokenEnv: string
}

/** `connect [server]`. */
export function connectCommand(shell: Shell): Command {
  return gatewayCommand('connect', 'bridge a client on stdio to the gateway', [
    'SALLYPORT_TOKEN=sp_… sallyport connect files',
  ])
    .argument('[server]', 'one server, or `sallyport` for the built-in tools; all servers of the grant unless given')
    .option('--token-env <name>', 'variable that holds the token of the grant', 'SALLYPORT_TOKEN')
    .action((server: string | undefined, options: ConnectOptions) => carry(shell, server, options))
}

async function carry(shell: Shell, server: string | undefined, options: ConnectOptions): Promise<void> {
  const { terminal, clock } = shell
  const token = terminal.env[options.tokenEnv]
  if (token === undefined || token === '') throw stop('ERR_CLI_NO_TOKEN', { variable: options.tokenEnv })
  // A token with a line end or a space would be refused by the HTTP client with the token in the message.
  if (!/^[\x21-\x7e]+$/.test(token)) throw stop('ERR_CLI_NO_TOKEN', { variable: options.tokenEnv })
  const address = findGateway(options, terminal.env)
  refusePlainHttp(address, 'token')
  const url = endpoint(address.url, server === undefined ? undefined : encodeURIComponent(server))
  const { Bridge } = await import('./connect/bridge.ts')
  const { openDoor } = await import('./connect/door.ts')
  const bridge = new Bridge({
    input: terminal.stdin,
    output: terminal.stdout,
    door: openDoor(url, token, clock),
    clock,
    url,
    log: text => terminal.err(`sallyport connect: ${visible(text)}\n`),
  })
  await bridge.run(shell.interruption())
  // The client may have left its end of the input open: nothing more is read from it.
  terminal.stdin.destroy()
}
