/** `sallyport grant`: who may use which server under which policy. A token is shown once, when it is made. */
import type { Command } from 'commander'
import { readPairs } from './server-add.ts'
import { doneAnswer, type GrantAnswer, grantsAnswer, mintedAnswer } from './shell/answers.ts'
import { clientHint } from './shell/client-config.ts'
import { stop } from './shell/exits.ts'
import { type Cell, type Column, table, visible } from './shell/layout.ts'
import {
  type CommonOptions,
  collect,
  confirm,
  gatewayCommand,
  group,
  printJson,
  reachGateway,
  type Shell,
} from './shell/shell.ts'
import { ago } from './shell/times.ts'

/** `grant create|list|rotate|revoke`. */
export function grantCommand(shell: Shell): Command {
  return group(
    'grant',
    'who may use which server, under which policy',
    ['sallyport grant create ci --principal ci-bot --server files=files-readonly'],
    [createCommand(shell), listCommand(shell), rotateCommand(shell), revokeCommand(shell)],
  )
}

interface CreateOptions extends CommonOptions {
  readonly principal: string
  readonly server: readonly string[]
  readonly kind?: string
  readonly role?: readonly string[]
  readonly group?: readonly string[]
  readonly label?: readonly string[]
  readonly expires?: string
}

function createCommand(shell: Shell): Command {
  return gatewayCommand('create', 'make a grant and print its token, once', [
    'sallyport grant create ci --principal ci-bot --server files=files-readonly',
  ])
    .argument('<name>', 'name of the grant')
    .requiredOption('--principal <who>', 'the person or agent who acts')
    .requiredOption('--server <server=policy>', 'a server and the policy for it; repeat', collect)
    .option('--kind <kind>', 'kind of principal: agent, person or service')
    .option('--role <role>', 'role of the principal; repeat', collect)
    .option('--group <group>', 'group of the principal; repeat', collect)
    .option('--label <name=value>', 'label of the grant; repeat', collect)
    .option('--expires <time>', 'when it ends: 12h, 30d or a date; never unless given')
    .action((name: string, options: CreateOptions) => createGrant(shell, name, options))
}

async function createGrant(shell: Shell, name: string, options: CreateOptions): Promise<void> {
  const control = reachGateway(shell, options)
  const servers = readServers(options.server)
  const minted = await control.ask('POST', '/grants', mintedAnswer, {
    name,
    principal: options.principal,
    servers,
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(options.role === undefined ? {} : { roles: options.role }),
    ...(options.group === undefined ? {} : { groups: options.group }),
    ...(options.label === undefined ? {} : { labels: readPairs(options.label, '--label') }),
    ...(options.expires === undefined ? {} : { expiresIn: options.expires }),
  })
  if (options.json) return printJson(shell, minted)
  const { terminal } = shell
  const unruled = Object.entries(servers).filter(([, policy]) => policy === null)
  for (const [server] of unruled)
    terminal.err(`note: no policy on \`${visible(server)}\`, so every call to it is denied\n`)
  terminal.out(`grant \`${visible(name)}\` is made. Its token, shown this once:\n\n  ${minted.token}\n\n`)
  terminal.out(clientHint(control.address.url, Object.keys(servers)))
}

/** `files=files-readonly` or `files`, which attaches the server without a policy: everything is denied there. */
function readServers(texts: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    texts.map(text => {
      const at = text.indexOf('=')
      const server = at < 0 ? text : text.slice(0, at)
      const policy = at < 0 ? null : text.slice(at + 1)
      if (server === '' || policy === '')
        throw stop(
          'ERR_CLI_USAGE',
          { reason: `\`${text}\` is not server=policy` },
          'write --server files=files-readonly',
        )
      return [server, policy]
    }),
  )
}

const grantColumns: readonly Column[] = [
  { title: 'NAME', shrinkTo: 8 },
  { title: 'PRINCIPAL', shrinkTo: 8 },
  { title: 'STATE' },
  { title: 'EXPIRES' },
  { title: 'MANAGED BY' },
  { title: 'SERVER=POLICY', shrinkTo: 12 },
]

function listCommand(shell: Shell): Command {
  return gatewayCommand('list', 'list the grants', ['sallyport grant list']).action(async (options: CommonOptions) => {
    const answer = await reachGateway(shell, options).ask('GET', '/grants', grantsAnswer)
    if (options.json) return printJson(shell, answer)
    const { terminal, clock } = shell
    if (answer.grants.length === 0)
      return terminal.out(
        'no grants yet: nobody can call\n  make one: sallyport grant create NAME --principal WHO --server SERVER=POLICY\n',
      )
    const rows = answer.grants.map(grant => grantRow(grant, clock.wallMs()))
    terminal.out(table(grantColumns, rows, { columnsMax: terminal.columns, paint: terminal.paint }))
  })
}

function grantRow(grant: GrantAnswer, nowMs: number): Cell[] {
  const { principal, servers, expiresAt, managedBy } = grant
  const expiresMs = expiresAt === null || expiresAt === undefined ? undefined : new Date(expiresAt).getTime()
  const state = grant.state ?? (expiresMs !== undefined && expiresMs <= nowMs ? 'expired' : 'active')
  const attached = Object.entries(servers).map(([server, policy]) => `${server}=${policy ?? '(none)'}`)
  return [
    { text: visible(grant.name), style: 'bold' },
    { text: visible(principalName(principal)) },
    { text: state, style: state === 'active' ? 'green' : 'red' },
    { text: expiresMs === undefined ? 'never' : ago(expiresMs, nowMs) },
    { text: managedBy ?? 'api' },
    { text: visible(attached.join(', ')) },
  ]
}

function principalName(principal: unknown): string {
  if (typeof principal === 'string') return principal
  return typeof principal === 'object' && principal !== null && 'id' in principal ? String(principal.id) : '-'
}

interface NamedOptions extends CommonOptions {
  readonly yes?: boolean
}

function rotateCommand(shell: Shell): Command {
  return gatewayCommand('rotate', 'replace the token of a grant; the old one ends at once', [
    'sallyport grant rotate ci',
  ])
    .argument('<name>', 'name of the grant')
    .action(async (name: string, options: CommonOptions) => {
      const path = `/grants/${encodeURIComponent(name)}/rotate`
      const minted = await reachGateway(shell, options).ask('POST', path, mintedAnswer)
      if (options.json) return printJson(shell, minted)
      shell.terminal.out(
        `grant \`${visible(name)}\` has a new token, shown this once; the old one has ended:\n\n  ${minted.token}\n`,
      )
    })
}

function revokeCommand(shell: Shell): Command {
  return gatewayCommand('revoke', 'end a grant; its next call is refused', ['sallyport grant revoke ci'])
    .argument('<name>', 'name of the grant')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: NamedOptions) => {
      const control = reachGateway(shell, options)
      const sure = await confirm(shell, `revoke grant \`${visible(name)}\`? it cannot be undone`, options.yes)
      if (!sure) throw stop('ERR_CLI_NOT_CONFIRMED', { done: 'revoked' })
      await control.ask('DELETE', `/grants/${encodeURIComponent(name)}`, doneAnswer)
      if (options.json) return printJson(shell, { revoked: name })
      shell.terminal.out(`grant \`${visible(name)}\` is revoked\n`)
    })
}
