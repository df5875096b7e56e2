/**
 * `sallyport catalogue classify`: rates the tools of a list, from a file or standard input, without a gateway and without
 * a model. A table for people; `--json` for programs; `--tool` shows one tool with everything its rating rests on.
 */
import type { Command } from 'commander'
import type { RatedServer, RatedTool } from '../catalogue/classify/classify.ts'
import type { Evidence } from '../catalogue/classify/evidence.ts'
import { limits } from '../limits.ts'
import { stop } from './shell/exits.ts'
import { readTextFile } from './shell/files.ts'
import { type Cell, type Column, count, facts, table, visible, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'

interface ClassifyOptions {
  readonly json?: boolean
  readonly tool?: string
}

/** `catalogue classify [file]`. */
export function catalogueClassifyCommand(shell: Shell): Command {
  return command('classify', 'rate the tools of a list by what they can do', [
    'sallyport catalogue classify tools.json',
    'sallyport catalogue classify tools.json --tool delete_file',
    'sallyport server show files --json | sallyport catalogue classify - --json',
  ])
    .argument('[file]', 'a tools/list answer, its array, or a file of the catalogue; `-`: standard input', '-')
    .option('--tool <name>', 'one tool, with everything its rating rests on')
    .action((file: string, options: ClassifyOptions) => classifyFile(shell, file, options))
}

async function classifyFile(shell: Shell, file: string, options: ClassifyOptions): Promise<void> {
  const text = file === '-' ? await readInput(shell) : readTextFile(file)
  // the lexicon and the vocabulary are loaded here: other commands start without them
  const { classifyTools } = await import('../catalogue/classify/classify.ts')
  const { loadTokenCounter } = await import('../catalogue/classify/tokens.ts')
  const { toolListOf } = await import('../catalogue/classify/input.ts')
  const list = toolListOf(await readValue(file, text))
  if (list === undefined) throw notAList(file, 'it is not a list of tools')
  const rated = classifyTools(list.definitions, { countTokens: await loadTokenCounter() })
  const chosen = options.tool === undefined ? undefined : rated.tools.find(tool => tool.name === options.tool)
  if (options.tool !== undefined && chosen === undefined)
    throw notAList(file, `it has no tool \`${visible(options.tool)}\``, 'see the names without --tool')
  if (options.json) {
    const server = list.server === undefined ? {} : { server: list.server }
    return printJson(shell, chosen ?? { ...server, ...rated, skipped: list.skipped })
  }
  const { terminal } = shell
  if (chosen !== undefined) return terminal.out(showTool(chosen, terminal))
  terminal.out(showTools(rated, terminal))
  if (list.skipped > 0) terminal.err(`${list.skipped} left out: not definitions\n`)
}

/** JSON of any depth that is worth reading; numbers stay what they are. */
async function readValue(file: string, text: string) {
  const { readLossless } = await import('../wire/json.ts')
  const { Fault } = await import('../errors.ts')
  try {
    return readLossless(text, limits.upstreamDepthMax)
  } catch (error) {
    if (error instanceof Fault) throw notAList(file, 'it is not JSON, or nested too deeply')
    throw error
  }
}

async function readInput(shell: Shell): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of shell.terminal.stdin) {
    parts.push(Buffer.from(part as Buffer))
    size += (part as Buffer).length
    if (size > limits.cliFileBytesMax) throw notAList('-', 'it is too large')
  }
  return Buffer.concat(parts).toString('utf8')
}

function notAList(
  file: string,
  reason: string,
  remedy = 'give it what `tools/list` answers, or `server show NAME --json`',
) {
  return stop('ERR_CLI_FILE', { file: file === '-' ? 'standard input' : file, reason }, remedy)
}

const columns: readonly Column[] = [
  { title: 'TOOL', shrinkTo: 16 },
  { title: 'CATEGORY' },
  { title: 'SEVERITY' },
  { title: 'SURE', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'FLAGS', shrinkTo: 12 },
]

const colours = { low: 'dim', medium: 'cyan', high: 'yellow', critical: 'red' } as const

function showTools(rated: RatedServer, { columns: columnsMax, paint }: Terminal): string {
  if (rated.tools.length === 0) return 'the list holds no tools\n'
  const rows = rated.tools.map((tool): Cell[] => [
    { text: visible(tool.name), style: 'bold' },
    { text: tool.category, style: colours[tool.severity] },
    { text: tool.severity },
    { text: `${Math.round(tool.confidence * 100)}%` },
    { text: String(tool.tokens ?? '') },
    { text: tool.flags.join(' ') || '-' },
  ])
  const totals = Object.entries(rated.totals).flatMap(([category, number]) =>
    number === 0 ? [] : [`${number} ${category}`],
  )
  const serious = rated.tools.filter(tool => tool.findings.some(each => each.weight === 'serious'))
  const lines = [
    `${count(rated.tools.length, 'tool')}: ${totals.join(', ')}; ${rated.tokens ?? 0} tokens; grade ${rated.grade.grade} (${rated.grade.points} of 100)`,
    ...(rated.worst.length === 0 ? [] : [`weighs most: ${rated.worst.map(visible).join(', ')}`]),
    ...serious.map(
      tool =>
        `look at ${visible(tool.name)}: ${tool.findings
          .filter(each => each.weight === 'serious')
          .map(each => each.note)
          .join('; ')}`,
    ),
  ]
  return `${table(columns, rows, { columnsMax, paint })}\n${lines.map(line => `${wrap(line, columnsMax, '  ').trimStart()}\n`).join('')}`
}

function showTool(tool: RatedTool, { columns: columnsMax, paint }: Terminal): string {
  const { category, severity, confidence, flags, runnerUp, owasp, attacks, tokens } = tool
  const head = facts(
    [
      ['tool', visible(tool.name)],
      ['category', `${category} (${severity}), ${Math.round(confidence * 100)}% sure`],
      ['flags', flags.join(', ') || 'none'],
      ['tokens', String(tokens ?? 0)],
      ['not', `${runnerUp.category}: ${visible(runnerUp.why)}`],
      ['attacks', attacks.join(', ') || 'none'],
      ['OWASP', [...owasp.llm, ...owasp.agentic].join(', ') || 'none'],
    ],
    columnsMax,
    paint,
  )
  const rest = [
    ['Evidence', tool.evidence.map(evidenceLine)],
    ['Findings', tool.findings.map(each => `${each.kind} at ${each.pointer}: ${each.note}`)],
  ] as const
  const parts = rest
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([title, lines]) =>
        `\n${paint('bold', title)}\n\n${lines.map(line => `${wrap(visible(line), columnsMax, '  ')}\n`).join('')}`,
    )
  return `${head}${parts.join('')}\n${paint('bold', 'Recommended rule')}\n\n${JSON.stringify(tool.rule, null, 2)}\n`
}

function evidenceLine({ says, where, pointer, quote, rule, note }: Evidence): string {
  const letter = rule === undefined ? '' : `, rule (${rule})`
  const words = note === undefined ? '' : `, ${note}`
  return `${says}: \`${quote}\` in the ${where} at ${pointer}${letter}${words}`
}
