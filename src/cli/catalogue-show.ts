/**
 * `sallyport catalogue show`: one server of the catalogue that comes with the program, offline: its grade and what was
 * taken off, what it asks of whoever runs it, its tools with the riskiest first. One tool whole with `--tool`, the
 * recommended policy and nothing else with `--policy`.
 */
import { type Command, Option } from 'commander'
import type { RatedServer, RatedTool } from '../catalogue/classify/classify.ts'
import type { PinRefusal } from '../catalogue/pin-refusal.ts'
import { type Level, levels } from '../catalogue/recommend.ts'
import type { ShippedServer } from '../catalogue/shipped.ts'
import { seriousLines, showTool, toolTable, totalsText } from './catalogue-classify.ts'
import { historyText, latestStepText } from './catalogue-history.ts'
import { stop } from './shell/exits.ts'
import { count, facts, visible, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'

interface ShowOptions {
  readonly json?: boolean
  readonly tool?: string
  readonly policy?: Level
  readonly history?: boolean
}

/** `catalogue show <server>`. */
export function catalogueShowCommand(shell: Shell): Command {
  return command('show', 'one server of the catalogue, with its tools', [
    'sallyport catalogue show github-archived',
    'sallyport catalogue show @playwright/mcp --tool browser_evaluate',
    'sallyport catalogue show stripe --policy guarded > policies/stripe.yaml',
    'sallyport catalogue show playwright --history',
  ])
    .argument('<server>', 'its slug, npm package, registry name or title')
    .option('--tool <name>', 'one tool, with everything its rating rests on')
    .addOption(new Option('--policy <level>', 'print the recommended policy').choices(levels))
    .option('--history', 'what has become of its tools from version to version')
    .action((name: string, options: ShowOptions) => show(shell, name, options))
}

async function show(shell: Shell, name: string, options: ShowOptions): Promise<void> {
  if (options.tool !== undefined && options.policy !== undefined)
    throw stop('ERR_CLI_USAGE', { reason: '`--policy` is for the whole server' }, 'leave out `--tool`')
  if (options.history && (options.tool !== undefined || options.policy !== undefined))
    throw stop('ERR_CLI_USAGE', { reason: '`--history` is shown alone' }, 'leave out `--tool` and `--policy`')
  // the catalogue, the lexicon and the vocabulary are loaded here: other commands start without them
  const server = await shippedServer(name)
  if (options.history) return showHistory(shell, server, options)
  const { classifyTools } = await import('../catalogue/classify/classify.ts')
  const { loadTokenCounter } = await import('../catalogue/classify/tokens.ts')
  const { record } = server
  const { slug, title } = record
  const rated = classifyTools(record.tools, { countTokens: await loadTokenCounter() })
  const { terminal } = shell
  const { pinRefusals } = await import('../catalogue/pin-refusal.ts')
  const refusals = pinRefusals(record.tools)
  if (options.policy !== undefined) {
    const { recommendedPolicy } = await import('../catalogue/recommend.ts')
    const policy = recommendedPolicy(title, rated.tools, options.policy)
    return options.json ? printJson(shell, { slug, level: options.policy, policy }) : terminal.out(policy)
  }
  if (options.tool !== undefined) {
    const tool = await toolOf(slug, rated, options.tool)
    const refusal = refusals.find(each => each.tool === tool.name)
    const said = refusal === undefined ? '' : `${wrap(refusalText([refusal]), terminal.columns)}\n\n`
    if (!options.json) return terminal.out(`${said}${showTool(tool, terminal)}`)
    return printJson(shell, { slug, ...tool, ...(refusal === undefined ? {} : { notPinned: refusal.reason }) })
  }
  const { riskiestFirst } = await import('../catalogue/riskiest.ts')
  const { postureOf } = await import('../catalogue/posture.ts')
  const tools = riskiestFirst(rated.tools)
  const posture = postureOf(record)
  if (!options.json) return terminal.out(showServer(server, { ...rated, tools, refusals }, posture, terminal))
  const { tools: _definitions, functions: _functions, ...about } = record
  const { grade, totals, tokens } = rated
  printJson(shell, {
    ...about,
    posture,
    ...grade,
    totals,
    tokens,
    heaviest: heaviest(tools),
    notPinned: refusals,
    tools,
  })
}

async function showHistory(shell: Shell, { record }: ShippedServer, { json }: ShowOptions): Promise<void> {
  const { slug, title, version, history } = record
  if (json) return printJson(shell, { slug, version, history })
  const { paint } = shell.terminal
  shell.terminal.out(`${paint('bold', visible(title))}\n\n${historyText(history, shell.terminal)}`)
}

/** Tools that the gateway takes in no case, by reason. */
function refusalText(refusals: readonly PinRefusal[]): string {
  const byReason = [...Map.groupBy(refusals, ({ reason }) => reason)]
  return byReason
    .map(([reason, own]) => {
      const names = own.map(({ tool }) => visible(tool)).join(', ')
      return `cannot be pinned, so not used through the gateway, whatever a policy says: ${names}: ${visible(reason)}`
    })
    .join('\n')
}

/** The server of the shipped catalogue somebody named; a usage `Stop` that says where to look otherwise. */
export async function shippedServer(name: string): Promise<ShippedServer> {
  const { findServer, shippedServers } = await import('../catalogue/shipped.ts')
  const { nearest } = await import('../policy/problem.ts')
  const found = findServer(name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    shippedServers().map(({ record }) => record.slug),
  )
  throw stop(
    'ERR_CLI_USAGE',
    { reason: `the catalogue has no server \`${visible(name)}\`` },
    near === undefined ? 'look for it with `sallyport catalogue search`' : `did you mean ${near}?`,
  )
}

async function toolOf(slug: string, rated: RatedServer, name: string): Promise<RatedTool> {
  const { nearest } = await import('../policy/problem.ts')
  const found = rated.tools.find(tool => tool.name === name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    rated.tools.map(tool => tool.name),
  )
  const remedy = near === undefined ? `see \`sallyport catalogue show ${slug}\`` : `did you mean ${visible(near)}?`
  throw stop('ERR_CLI_USAGE', { reason: `server \`${slug}\` has no tool \`${visible(name)}\`` }, remedy)
}

const heaviestShown = 5

function heaviest(tools: readonly RatedTool[]): readonly { readonly name: string; readonly tokens: number }[] {
  return tools
    .map(({ name, tokens = 0 }) => ({ name, tokens }))
    .toSorted((a, b) => b.tokens - a.tokens || (a.name < b.name ? -1 : 1))
    .slice(0, heaviestShown)
}

type Posture = ReturnType<typeof import('../catalogue/posture.ts').postureOf>

type Shown = RatedServer & { readonly refusals: readonly PinRefusal[] }

function showServer({ record }: ShippedServer, rated: Shown, posture: Posture, terminal: Terminal): string {
  const { columns, paint } = terminal
  const { slug, title, description, version, registryName, licence, scannedAt, resources, prompts, notes } = record
  const { grade, points, deductions } = rated.grade
  const lost = deductions.map(each => `${each.points} for ${each.reason}`)
  const named = record.package === undefined ? [] : [['package', `${record.package} ${version ?? ''}`] as const]
  const head = facts(
    [
      ['slug', slug],
      ...named,
      ...(registryName === undefined ? [] : [['registry', visible(registryName)] as const]),
      ...(licence === undefined ? [] : [['licence', visible(licence)] as const]),
      ['looked at', `${scannedAt}, MCP ${posture.protocolVersion} (${posture.era}), ${posture.transport}`],
      ['asks for', posture.credentials.map(visible).join(', ') || 'no credential, to list its tools'],
      ['instructions', posture.hasInstructions ? 'sends text for the model' : 'none'],
      ['annotations', `${posture.annotatedTools} of ${count(rated.tools.length, 'tool')}`],
      ['also', `${count(prompts.length, 'prompt')}, ${count(resources, 'resource')}`],
      ['grade', `${grade} (${points} of 100)${lost.length === 0 ? '' : `: less ${lost.join(', ')}`}`],
      ['tools', `${rated.tools.length}${rated.tools.length === 0 ? '' : `: ${totalsText(rated)}`}`],
      ['tokens', `${rated.tokens ?? 0}${heaviestText(rated.tools)}`],
      ['drift', latestStepText(record.history)],
    ],
    columns,
    paint,
  )
  const list = rated.tools.length === 0 ? '' : `\n${toolTable(rated.tools, terminal)}`
  const refused = rated.refusals.length === 0 ? [] : [refusalText(rated.refusals)]
  const looks = [...refused, ...seriousLines(rated.tools), ...notes.map(note => `note: ${visible(note)}`)]
  const lines = looks.map(line => `${wrap(line, columns, '  ').trimStart()}\n`).join('')
  const words = description === '' ? '' : `${wrap(visible(description), columns)}\n`
  const next = wrap(
    `One tool: sallyport catalogue show ${slug} --tool NAME. A policy: --policy ${levels.join('|')}`,
    columns,
  )
  return `${paint('bold', visible(title))}\n${words}\n${head}${list}${lines === '' ? '' : `\n${lines}`}\n${next}\n`
}

function heaviestText(tools: readonly RatedTool[]): string {
  const most = heaviest(tools).map(({ name, tokens }) => `${visible(name)} ${tokens}`)
  return most.length === 0 ? '' : `; most in ${most.join(', ')}`
}
