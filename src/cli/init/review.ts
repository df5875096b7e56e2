/**
 * A person decides, server by server, what agents may do: a level for the whole server, or each tool by itself. Where
 * nobody can be asked, the level given is taken.
 */
import {
  categories,
  type Level,
  levels,
  type RatedTool,
  type Treatment,
  treatmentOf,
  treatments,
} from '../../catalogue/recommend.ts'
import { count, visible, wrap } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'

/** What was decided about one server; nothing: it stays as it is. */
export interface Decided {
  readonly level: Level
  readonly chosen: ReadonlyMap<string, Treatment>
}

const none: ReadonlyMap<string, Treatment> = new Map()

/** Shows what a server can do and asks what it may. */
export async function reviewServer(
  shell: Shell,
  name: string,
  tools: readonly RatedTool[],
  level: Level,
  isAsked: boolean,
): Promise<Decided | undefined> {
  const { terminal } = shell
  terminal.err(showServer(name, tools, level, shell))
  if (!isAsked) return { level, chosen: none }
  const question = `  ${level} is recommended: Enter takes it; or r read-only, g guarded, o open, t tool by tool, s skip: `
  for (;;) {
    const answer = (await terminal.ask(question))?.toLowerCase()
    if (answer === undefined || answer === 's') return undefined
    if (answer === '') return { level, chosen: none }
    if (answer === 't') return { level, chosen: await reviewTools(shell, tools, level) }
    const named = levels.find(each => each.startsWith(answer))
    if (named !== undefined) return { level: named, chosen: none }
  }
}

async function reviewTools(
  shell: Shell,
  tools: readonly RatedTool[],
  level: Level,
): Promise<ReadonlyMap<string, Treatment>> {
  const { terminal } = shell
  const chosen = new Map<string, Treatment>()
  terminal.err(
    `  for each tool: Enter takes what is recommended, or ${treatments.map(each => each).join(', ')} (first letters do)\n`,
  )
  for (const tool of tools) {
    const recommended = treatmentOf(tool, level)
    const risk = [tool.category, ...tool.flags].join(', ')
    for (;;) {
      const answer = await terminal.ask(`  ${visible(tool.name)} (${risk}) [${recommended}]: `)
      if (answer === undefined) return chosen
      const treatment = answer === '' ? recommended : treatments.find(each => each.startsWith(answer.toLowerCase()))
      if (treatment === undefined) continue
      if (treatment !== recommended) chosen.set(tool.name, treatment)
      break
    }
  }
  return chosen
}

/** Its tools by category, the worst first, with what the level does about them. */
function showServer(name: string, tools: readonly RatedTool[], level: Level, { terminal }: Shell): string {
  const { paint, columns } = terminal
  const lines = [...categories].reverse().flatMap(category => {
    const own = tools.filter(tool => tool.category === category)
    if (own.length === 0) return []
    const style = category === 'Read' ? 'green' : category === 'Write' ? 'yellow' : 'red'
    const done = new Set(own.map(tool => treatmentOf(tool, level)))
    const words = `${own.length} ${category} → ${[...done].join(' or ')}: ${own.map(tool => visible(tool.name)).join(', ')}`
    const text = wrap(words, columns, '    ').replace(/^ {4}/, '  ')
    return [text.replace(`${own.length} ${category}`, () => paint(style, `${own.length} ${category}`))]
  })
  return `\n${paint('bold', visible(name))}  ${count(tools.length, 'tool')}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`
}
