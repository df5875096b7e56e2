/**
 * `sallyport catalogue scan`: what servers offer, without putting them behind the gateway. Starts or reaches each one,
 * reads all of its lists, and prints them. Nothing is called, nothing is written. Exit 1 when a server cannot be seen.
 */
import type { Command } from 'commander'
import { consent, type Look, lookAt, startLine } from './scan/look.ts'
import { rateTools } from './scan/rating.ts'
import { withRegistryNames } from './scan/registry-names.ts'
import { commandTarget, officialRegistry, type ScanTarget, surroundings, targetsOf } from './scan/targets.ts'
import { readPairs } from './server-add.ts'
import { stop } from './shell/exits.ts'
import { count, visible, wrap } from './shell/layout.ts'
import { collect, command, found, printJson, type Shell } from './shell/shell.ts'

interface ScanOptions {
  readonly json?: boolean
  readonly yes?: boolean
  readonly stdio?: boolean
  readonly only?: readonly string[]
  readonly header?: readonly string[]
  readonly env?: readonly string[]
  readonly registry: string
}

const examples = [
  'sallyport catalogue scan ~/.cursor/mcp.json',
  'sallyport catalogue scan https://mcp.example.com/mcp --header X-Key=…',
  'sallyport catalogue scan io.github.owner/server',
  'sallyport catalogue scan --stdio -- npx -y mongodb-mcp-server',
]

/** `catalogue scan`. */
export function catalogueScanCommand(shell: Shell): Command {
  return command('scan', 'look at what servers offer', examples)
    .argument('<target>', 'an address, a client configuration, a server.json, or a name of the registry')
    .argument('[words...]', 'with --stdio: the rest of the command')
    .option('--stdio', 'what follows -- is the command that starts a server')
    .option('--only <name>', 'of a configuration, only this server; repeat', collect)
    .option('--header <name=value>', 'header sent to an address; repeat', collect)
    .option('--env <name=value>', 'environment for what is started; repeat', collect)
    .option('--registry <place>', 'address or file of the registry names are looked up in', officialRegistry)
    .option('--yes', 'start programs without asking')
    .action((target: string, words: readonly string[], options: ScanOptions) => scan(shell, target, words, options))
}

async function scan(shell: Shell, target: string, words: readonly string[], options: ScanOptions): Promise<void> {
  const targets = await chosen(shell, target, words, options)
  // a command the person has just typed needs no question
  if (!options.stdio && !(await consent(shell, targets, options.yes))) {
    shell.terminal.err('nothing was started\n')
    return found(shell)
  }
  const looks = await lookAt(shell, targets)
  if (looks.some(look => !look.scan.ok)) found(shell)
  if (options.json) return printJson(shell, { servers: looks.map(lookJson) })
  for (const look of looks) shell.terminal.out(showLook(look, shell))
}

async function chosen(
  shell: Shell,
  target: string,
  words: readonly string[],
  options: ScanOptions,
): Promise<readonly ScanTarget[]> {
  const given = {
    header: readPairs(options.header ?? [], '--header'),
    env: readPairs(options.env ?? [], '--env'),
    registry: options.registry,
  }
  if (options.stdio) return [commandTarget([target, ...words], given)]
  if (words.length > 0) {
    throw stop('ERR_CLI_USAGE', { reason: 'one thing is looked at at a time' }, 'add --stdio if this is a command')
  }
  const targets = await targetsOf(target, given, surroundings(shell.terminal.env))
  const { only } = options
  const kept = only === undefined ? targets : targets.filter(({ name }) => only.includes(name))
  if (kept.length > 0) return await withRegistryNames(kept, options.registry)
  const names = targets.map(({ name }) => visible(name)).join(', ')
  throw stop('ERR_CLI_USAGE', { reason: `no server there is named ${only?.join(' or ')}` }, `there are: ${names}`)
}

function lookJson({ target, scan: seen }: Look): Record<string, unknown> {
  const { name, entry, configured, registryName } = target
  return {
    name,
    ...(configured === undefined ? {} : { client: configured.client, file: configured.file, scope: configured.scope }),
    ...(registryName === undefined ? {} : { registry: registryName }),
    ...(entry.ok ? { starts: startLine(target, true) } : {}),
    ...(seen.ok
      ? { ...seen.value, rated: ratedJson(seen.value.tools) }
      : { error: { code: seen.refusal.code, message: seen.refusal.message } }),
  }
}

function ratedJson(tools: Parameters<typeof rateTools>[0]): Record<string, unknown> {
  const { grade, totals, tools: rated } = rateTools(tools)
  return {
    grade: grade.grade,
    totals,
    tools: rated.map(({ name, category, severity, flags, findings }) => ({
      name,
      category,
      severity,
      flags,
      findings,
    })),
  }
}

function showLook({ target, scan: seen }: Look, { terminal }: Shell): string {
  const { paint, columns } = terminal
  const known = target.registryName === undefined ? '' : `  ${paint('dim', visible(target.registryName))}`
  const title = `${paint('bold', visible(target.name))}${known}`
  const starts = target.entry.ok ? `${wrap(visible(startLine(target, true)), columns, '  ')}\n` : ''
  if (!seen.ok) return `${title}\n${starts}${wrap(visible(seen.refusal.message), columns, '  ')}\n\n`
  const { server, protocolVersion, tools, prompts, resources, resourceTemplates, notes } = seen.value
  const counts = [
    count(tools.length, 'tool'),
    count(prompts.length, 'prompt'),
    count(resources.length + resourceTemplates.length, 'resource'),
  ].join(', ')
  const version = typeof server['version'] === 'string' ? ` ${visible(server['version'])}` : ''
  const lines = [`${counts}; MCP ${visible(protocolVersion)}`, ...notes.map(visible)].map(line =>
    wrap(line, columns, '  '),
  )
  const rated = rateTools(tools)
  // a name may have any length: the column does not
  const width = Math.min(40, Math.max(0, ...rated.tools.map(({ name }) => visible(name).length)))
  const listed = rated.tools.map(({ name, category, flags }) => {
    const style = category === 'Read' ? 'green' : category === 'Write' ? 'yellow' : 'red'
    const words = flags.length === 0 ? '' : `  ${paint('dim', flags.join(', '))}`
    return `    ${visible(name).padEnd(width)}  ${paint(style, category.padEnd(words === '' ? 0 : 11))}${words}`
  })
  const grade = tools.length === 0 ? '' : `; grade ${rated.grade.grade}`
  return `${title}${version}${grade}\n${starts}${[...lines, ...listed].join('\n')}\n\n`
}
