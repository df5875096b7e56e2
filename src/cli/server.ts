/** `sallyport server`: the servers behind the gateway. List, show and remove; adding and reviewing have their own files. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { serverAddCommand } from './server-add.ts'
import { serverReviewCommand } from './server-review.ts'
import { doneAnswer, type ServerAnswer, serverAnswer, serversAnswer, type ToolAnswer } from './shell/answers.ts'
import { listTools } from './shell/control.ts'
import { showDefinition, showDifferences } from './shell/definitions.ts'
import { stop } from './shell/exits.ts'
import { hostFileOf, removeHostServer } from './shell/host-file.ts'
import { type Cell, type Column, count, facts, table, visible } from './shell/layout.ts'
import {
  type CommonOptions,
  confirm,
  gatewayCommand,
  group,
  printJson,
  reachGateway,
  type Shell,
} from './shell/shell.ts'

/** `server add|list|show|review|remove`. */
export function serverCommand(shell: Shell): Command {
  return group(
    'server',
    'the MCP servers behind the gateway',
    ['sallyport server add docs https://mcp.context7.com/mcp', 'sallyport server review docs'],
    [serverAddCommand(shell), listCommand(shell), showCommand(shell), serverReviewCommand(shell), removeCommand(shell)],
  )
}

function listCommand(shell: Shell): Command {
  return gatewayCommand('list', 'list the servers and their state', ['sallyport server list']).action(
    async (options: CommonOptions) => {
      const { servers, ...rest } = await reachGateway(shell, options).ask('GET', '/servers', serversAnswer)
      if (options.json) return printJson(shell, { servers, ...rest })
      const { terminal } = shell
      if (servers.length === 0)
        return terminal.out(
          'no servers yet\n  add one: sallyport server add NAME https://… (or --command for a local one)\n',
        )
      terminal.out(
        table(serverColumns, servers.map(serverRow), { columnsMax: terminal.columns, paint: terminal.paint }),
      )
      const waiting = servers.filter(server => server.pending > 0).map(server => visible(server.name))
      for (const name of waiting) terminal.out(`tools wait for review: sallyport server review ${name}\n`)
    },
  )
}

const serverColumns: readonly Column[] = [
  { title: 'NAME', shrinkTo: 8 },
  { title: 'STATE' },
  { title: 'ERA' },
  { title: 'TOOLS', align: 'right' },
  { title: 'PENDING', align: 'right' },
  { title: 'MANAGED BY' },
  { title: 'AT', shrinkTo: 12 },
]

function serverRow(server: ServerAnswer): Cell[] {
  return [
    { text: visible(server.name), style: 'bold' },
    { text: server.state, style: server.state === 'failing' ? 'red' : server.state === 'ready' ? 'green' : 'dim' },
    { text: server.era ?? '-' },
    { text: String(server.tools) },
    { text: String(server.pending), ...(server.pending > 0 ? { style: 'yellow' as const } : {}) },
    { text: server.managedBy },
    { text: placeOf(server) },
  ]
}

function placeOf(server: ServerAnswer): string {
  return visible(server.url ?? [server.command ?? '', ...(server.args ?? [])].join(' '))
}

interface ShowOptions extends CommonOptions {
  readonly full?: boolean
}

function showCommand(shell: Shell): Command {
  return gatewayCommand('show', 'show one server and the definitions of its tools', ['sallyport server show files'])
    .argument('<name>', 'name of the server')
    .option('--full', 'whole definitions instead of one line a tool')
    .action(async (name: string, options: ShowOptions) => {
      const control = reachGateway(shell, options)
      const server = await control.ask('GET', `/servers/${encodeURIComponent(name)}`, serverAnswer)
      const tools = server.state === 'failing' && !options.json ? [] : await listTools(control, name)
      if (options.json) return printJson(shell, { ...server, tools })
      shell.terminal.out(facts(serverFacts(server), shell.terminal.columns, shell.terminal.paint))
      if (tools.length > 0) shell.terminal.out(`\n${showTools(tools, options.full === true, shell)}`)
    })
}

function serverFacts(server: ServerAnswer): [string, string][] {
  const era =
    server.era === undefined
      ? 'not known yet'
      : `${server.era}${server.protocolVersion === undefined ? '' : `, ${server.protocolVersion}`}`
  return [
    ['name', visible(server.name)],
    ['state', server.lastError === undefined ? server.state : `${server.state}: ${visible(server.lastError)}`],
    [server.kind === 'stdio' ? 'command' : 'address', placeOf(server)],
    ['protocol', era],
    ['tools', `${server.tools}, ${server.pending} waiting for review`],
    [
      'new tools',
      server.pin === 'trust-first' ? 'the first list is trusted, later changes wait for review' : 'wait for review',
    ],
    ['managed by', server.managedBy],
  ]
}

function showTools(tools: readonly ToolAnswer[], full: boolean, { terminal }: Shell): string {
  const { paint, columns } = terminal
  if (full)
    return tools
      .map(tool =>
        (tool.differences ?? []).length > 0 ? showDifferences(tool, terminal) : showDefinition(tool, terminal),
      )
      .join('\n')
  const toolColumns: readonly Column[] = [
    { title: 'TOOL', shrinkTo: 16 },
    { title: 'STATE' },
    { title: 'HASH' },
    { title: 'DESCRIPTION', shrinkTo: 12 },
  ]
  const rows = tools.map((tool): Cell[] => [
    { text: visible(tool.name), style: 'bold' },
    { text: tool.state, style: tool.state === 'approved' ? 'green' : 'yellow' },
    { text: tool.hash.slice(0, 12), style: 'dim' },
    { text: visible(tool.reason ?? tool.description ?? '') },
  ])
  return table(toolColumns, rows, { columnsMax: columns, paint })
}

interface RemoveOptions extends CommonOptions {
  readonly yes?: boolean
}

function removeCommand(shell: Shell): Command {
  return gatewayCommand('remove', 'take a server away from the gateway', ['sallyport server remove files'])
    .argument('<name>', 'name of the server')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: RemoveOptions) => {
      const control = reachGateway(shell, options)
      const server = await control.ask('GET', `/servers/${encodeURIComponent(name)}`, serverAnswer)
      const question = `remove server \`${visible(name)}\` with ${count(server.tools, 'approved tool')}?`
      if (!(await confirm(shell, question, options.yes))) throw stop('ERR_CLI_NOT_CONFIRMED', { done: 'removed' })
      const hostFile = hostFileOf(control.address.dataDir)
      if (server.managedBy === 'host' && existsSync(hostFile)) await removeHostServer(control, name)
      else await control.ask('DELETE', `/servers/${encodeURIComponent(name)}`, doneAnswer)
      if (options.json) return printJson(shell, { removed: name })
      shell.terminal.out(`server \`${visible(name)}\` is removed\n`)
    })
}
