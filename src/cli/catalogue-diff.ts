/**
 * `sallyport catalogue diff`: what became of a server's tools between two lists, the riskiest change first and each place
 * with its risk. A list is a `tools/list` answer in a file, or a server of the catalogue. Exit 1 from a level on.
 */
import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { ToolDrift } from '../catalogue/drift-risk.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { shippedServer } from './catalogue-show.ts'
import { riskStyle, showPlaces } from './shell/definitions.ts'
import { count, visible, wrap } from './shell/layout.ts'
import { command, found, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'
import { readToolList } from './shell/tool-list.ts'

const risks = ['low', 'medium', 'high', 'critical'] as const

interface DiffOptions {
  readonly json?: boolean
  readonly failOn: (typeof risks)[number] | 'never'
}

/** `catalogue diff <before> <after>`. */
export function catalogueDiffCommand(shell: Shell): Command {
  return command('diff', 'what changed between two lists of tools, by risk', [
    'sallyport catalogue diff yesterday.json today.json',
    'sallyport catalogue diff filesystem tools.json --fail-on medium',
  ])
    .argument('<before>', 'a tools/list answer, or a server of the catalogue')
    .argument('<after>', 'the list that came after it')
    .addOption(new Option('--fail-on <level>', 'exit 1 from this risk on').choices([...risks, 'never']).default('high'))
    .action((before: string, after: string, options: DiffOptions) => diff(shell, before, after, options))
}

async function diff(shell: Shell, before: string, after: string, { failOn, json }: DiffOptions): Promise<void> {
  const old = await definitionsOf(shell, before)
  const now = await definitionsOf(shell, after)
  const { rateDrift } = await import('../catalogue/drift-risk.ts')
  const tools = rateDrift(old, now)
  const worst = tools[0]?.risk
  const isFinding = worst !== undefined && failOn !== 'never' && risks.indexOf(worst) >= risks.indexOf(failOn)
  if (isFinding) found(shell)
  if (json) return printJson(shell, { before, after, failOn, worst: worst ?? null, tools })
  shell.terminal.out(diffText(tools, { before, after }, shell.terminal))
}

/** A file that is there is a file; another word names a server. */
async function definitionsOf(shell: Shell, given: string): Promise<readonly JsonObject[]> {
  const isFile = given === '-' || existsSync(given) || /\.json$|[\\/]\.|^[./\\~]/.test(given)
  if (isFile) return (await readToolList(shell, given)).definitions
  return (await shippedServer(given)).record.tools
}

function diffText(
  tools: readonly ToolDrift[],
  { before, after }: { readonly before: string; readonly after: string },
  terminal: Terminal,
): string {
  const { columns } = terminal
  const line = (text: string) => `${wrap(text, columns)}\n`
  if (tools.length === 0) return line(`\`${visible(before)}\` and \`${visible(after)}\` offer the same tools`)
  const counted = (['added', 'changed', 'removed'] as const).flatMap(kind => {
    const number = tools.filter(each => each.kind === kind).length
    return number === 0 ? [] : [`${number} ${kind}`]
  })
  const end = line(`${count(tools.length, 'tool')}: ${counted.join(', ')}; the worst is ${tools[0]?.risk} risk`)
  return `${tools.map(tool => driftText(tool, terminal)).join('\n')}\n${end}`
}

function driftText(drift: ToolDrift, terminal: Terminal): string {
  const { tool, kind, risk, why, before, after, differences } = drift
  const { paint, columns } = terminal
  const became = before === undefined || after === undefined || before === after ? '' : `, ${before} → ${after}`
  const words = wrap(`${risk} risk: ${visible(why)}${became}`, columns, '    ').trimStart()
  const head = `${paint('bold', visible(tool))}  ${kind}`
  const rated = `    ${paint(riskStyle(risk), words.slice(0, risk.length + 5))}${words.slice(risk.length + 5)}`
  return [head, rated, ...showPlaces(differences, terminal), ''].join('\n')
}
