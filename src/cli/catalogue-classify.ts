/**
 * `sallyport catalogue classify`: rates the tools of a list, from a file or standard input, without a gateway and without
 * a model. A table for people; `--json` for programs; `--tool` shows one tool with everything its rating rests on.
 */
import type { Command } from 'commander'
import type { RatedServer, RatedTool } from '../catalogue/classify/classify.ts'
import type { Evidence } from '../catalogue/classify/evidence.ts'
import { type Cell, type Column, count, facts, table, visible, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'
import { notAList, readToolList } from './shell/tool-list.ts'

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
  const list = await readToolList(shell, file)
  // the lexicon and the vocabulary are loaded here: other commands start without them
  const { countInThread } = await import('../catalogue/classify/token-thread.ts')
  const counting = countInThread(list.definitions)
  const { classifyCounted } = await import('../catalogue/classify/classify.ts')
  const rated = await classifyCounted(list.definitions, counting)
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

const columns: readonly Column[] = [
  { title: 'TOOL', shrinkTo: 16 },
  { title: 'CATEGORY' },
  { title: 'SEVERITY' },
  { title: 'SURE', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'FLAGS', shrinkTo: 12 },
]

const colours = { low: 'dim', medium: 'cyan', high: 'yellow', critical: 'red' } as const

function showTools(rated: RatedServer, terminal: Terminal): string {
  if (rated.tools.length === 0) return 'the list holds no tools\n'
  const lines = [
    `${count(rated.tools.length, 'tool')}: ${totalsText(rated)}; ${rated.tokens ?? 0} tokens; grade ${rated.grade.grade} (${rated.grade.points} of 100)`,
    ...(rated.worst.length === 0 ? [] : [`weighs most: ${rated.worst.map(visible).join(', ')}`]),
    ...seriousLines(rated.tools),
  ]
  const { columns: columnsMax } = terminal
  return `${toolTable(rated.tools, terminal)}\n${lines.map(line => `${wrap(line, columnsMax, '  ').trimStart()}\n`).join('')}`
}

/** The tools, one a line, in the order given. */
export function toolTable(tools: readonly RatedTool[], { columns: columnsMax, paint }: Terminal): string {
  const rows = tools.map((tool): Cell[] => [
    { text: visible(tool.name), style: 'bold' },
    { text: tool.category, style: colours[tool.severity] },
    { text: tool.severity },
    { text: `${Math.round(tool.confidence * 100)}%` },
    { text: String(tool.tokens ?? '') },
    { text: tool.flags.join(' ') || '-' },
  ])
  return table(columns, rows, { columnsMax, paint })
}

/** How many tools of each category there are; categories without any are left out. */
export function totalsText({ totals }: Pick<RatedServer, 'totals'>): string {
  return Object.entries(totals)
    .flatMap(([category, number]) => (number === 0 ? [] : [`${number} ${category}`]))
    .join(', ')
}

/** A line for each definition that somebody should look at. */
export function seriousLines(tools: readonly RatedTool[]): readonly string[] {
  return tools.flatMap(({ name, findings }) => {
    const notes = findings.filter(each => each.weight === 'serious').map(each => each.note)
    return notes.length === 0 ? [] : [`look at ${visible(name)}: ${notes.join('; ')}`]
  })
}

/** One tool with everything its rating rests on. */
export function showTool(tool: RatedTool, { columns: columnsMax, paint }: Terminal): string {
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
