/**
 * `sallyport catalogue search`: servers of the catalogue that comes with the program, by words of their names, tools and
 * descriptions. Offline. Finding nothing is an answer, not an error.
 */
import type { Command } from 'commander'
import type { Found } from '../catalogue/shipped.ts'
import { type Cell, type Column, count, table, visible, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'

const shownMax = 20

/** `catalogue search <words…>`. */
export function catalogueSearchCommand(shell: Shell): Command {
  return command('search', 'find servers by what they are called and do', [
    'sallyport catalogue search browser',
    'sallyport catalogue search create pull request',
  ])
    .argument('<words...>', 'words of a name, a package, a tool or a description')
    .action((words: readonly string[], options: { readonly json?: boolean }) =>
      search(shell, words.join(' '), options.json === true),
    )
}

async function search(shell: Shell, words: string, isJson: boolean): Promise<void> {
  const { searchServers } = await import('../catalogue/shipped.ts')
  const { found, total } = searchServers(words, isJson ? Number.MAX_SAFE_INTEGER : shownMax)
  const { terminal } = shell
  if (isJson) return printJson(shell, { query: words, total, servers: found.map(briefOf) })
  const { columns: columnsMax, paint } = terminal
  const say = (text: string) => terminal.out(`${wrap(text, columnsMax)}\n`)
  if (total === 0) {
    say(`no server of the catalogue is about \`${visible(words)}\``)
    return say('Try other words, or look at the server itself: sallyport catalogue scan --stdio -- npx -y PACKAGE')
  }
  terminal.out(`${table(columns, found.map(rowOf), { columnsMax, paint })}\n`)
  const left = total - found.length
  if (left > 0) say(`and ${left} more: more words find fewer`)
  say(`${count(total, 'server')}. One of them: sallyport catalogue show SLUG`)
}

const columns: readonly Column[] = [
  { title: 'SERVER' },
  { title: 'GRADE' },
  { title: 'TOOLS', align: 'right' },
  { title: 'PACKAGE', shrinkTo: 16 },
  { title: 'TOOLS THAT MATCH', shrinkTo: 16 },
]

function rowOf(found: Found): readonly Cell[] {
  const { slug, grade, toolCount, package: name, tools } = briefOf(found)
  return [
    { text: slug, style: 'bold' },
    { text: grade ?? '-' },
    { text: String(toolCount) },
    { text: visible(name ?? '-') },
    { text: tools.map(visible).join(', ') || '-' },
  ]
}

function briefOf({ server: { record, rating }, tools }: Found) {
  const { slug, title, package: name, version, registryName } = record
  const { grade, points, totals } = rating ?? {}
  return {
    slug,
    title,
    package: name,
    version,
    registryName,
    grade,
    points,
    totals,
    toolCount: record.tools.length,
    tools,
  }
}
