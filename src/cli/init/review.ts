/**
 * A person decides, server by server, what agents may do: a level for the whole server, each tool by itself, or only the
 * tools with a word in them. They can go back, skip, and see the command and what a tool says of itself. Where nobody can
 * be asked, the level given is taken.
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
import { limits } from '../../limits.ts'
import { ask } from '../shell/asking.ts'
import { count, cut, visible, wrap } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'

/** What was decided about one server. */
export interface Decided {
  readonly level: Level
  readonly chosen: ReadonlyMap<string, Treatment>
}

/** A tool with what its server says of it. */
export interface ReviewedTool extends RatedTool {
  readonly description: string
}

export interface Subject {
  readonly name: string
  readonly tools: readonly ReviewedTool[]
  /** How it starts, whole. */
  readonly start: string
  /** Which one of how many it is. */
  readonly place: string
}

/** `rest`: this one and all that follow take the level. `back` keeps what was chosen so far. */
export type Step =
  | { readonly kind: 'decided' | 'rest' | 'back'; readonly decided: Decided }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'quit' }

/** What is done about a tool. */
export function decidedFor(tool: RatedTool, { level, chosen }: Decided): Treatment {
  return chosen.get(tool.name) ?? treatmentOf(tool, level)
}

/** Said wherever a tool waits for approval: nobody can give one yet. */
export const notYet = 'refused until this version can ask for approval'

/** Asks about one server, until there is an answer. `before`: what was decided when the person was here last. */
export async function reviewServer(shell: Shell, subject: Subject, before: Decided): Promise<Step> {
  let decided = before
  shell.terminal.err(showServer(subject, decided, shell))
  shell.terminal.err(menu(shell, decided.level))
  for (;;) {
    const given = await ask(shell, promptFor(subject, decided))
    if (given === undefined) return { kind: 'quit' }
    const [letter = '', ...words] = given.toLowerCase().split(/\s+/)
    if (letter === '') return { kind: 'decided', decided }
    if (letter === 's') return { kind: 'skipped' }
    if (letter === 'a') return { kind: 'rest', decided }
    if (letter === 'b') return { kind: 'back', decided }
    if (letter === 'q') return { kind: 'quit' }
    if (letter === 'c') shell.terminal.err(`  ${visible(subject.start)}\n`)
    else if (letter === '?') shell.terminal.err(help(shell))
    else if (letter === 't') decided = await reviewTools(shell, subject, decided, words.join(' '))
    else {
      const named = levels.find(each => each.startsWith(letter))
      if (named !== undefined) return { kind: 'decided', decided: { ...decided, level: named } }
      shell.terminal.err(`  \`${visible(letter)}\` is none of these; ? explains them\n`)
    }
  }
}

function promptFor({ name }: Subject, { level, chosen }: Decided): string {
  return `${visible(name)} [${[level, ...(chosen.size === 0 ? [] : [`${chosen.size} by hand`])].join(', ')}]: `
}

function menu({ terminal }: Shell, level: Level): string {
  const text = `Enter takes ${level}; r read-only, g guarded, o open; t tool by tool, t WORD only tools with it; s skip, a this and all the rest; c command, b back, q quit, ? help`
  return `${wrap(text, terminal.columns, '  ')}\n`
}

function help({ terminal }: Shell): string {
  const lines = [
    'read-only: what reads is let through at a pace, everything else is hidden',
    `guarded: reading and writing at a pace; what executes, deletes or pays needs approval: ${notYet}`,
    `open: everything but what deletes or pays, which needs approval: ${notYet}`,
    'a tool: allow it, limit it to a pace, approve each call, deny it with a reason, or hide it so that agents do not see it',
    't delete: goes through the tools that have `delete` in name, description, category or flags',
    's: the server stays as it is in your clients. q, Ctrl-C: nothing is changed at all',
  ]
  return lines.map(line => `${wrap(line, terminal.columns, '    ').replace(/^ {4}/, '  ')}\n`).join('')
}

/** Asks tool by tool; the answers stand above the level. An end of the input leaves the rest as recommended. */
async function reviewTools(shell: Shell, { tools }: Subject, decided: Decided, word: string): Promise<Decided> {
  const { terminal } = shell
  const asked = tools.filter(tool => word === '' || mentions(tool, word))
  if (asked.length === 0) terminal.err(`  no tool has \`${visible(word)}\` in it\n`)
  else
    terminal.err(
      `${wrap(`${count(asked.length, 'tool')}: Enter leaves it, or ${treatments.join(', ')} (first letters do); b back, . leaves the rest`, terminal.columns, '  ')}\n`,
    )
  const chosen = new Map(decided.chosen)
  for (let index = 0; index < asked.length; ) {
    const tool = asked[index] as ReviewedTool
    const now = decidedFor(tool, { level: decided.level, chosen })
    terminal.err(showTool(tool, shell))
    const answer = (await ask(shell, `    [${now}] `))?.toLowerCase()
    if (answer === undefined || answer === '.') break
    if (answer === 'b') {
      index = Math.max(0, index - 1)
      continue
    }
    const treatment = answer === '' ? now : treatments.find(each => each.startsWith(answer))
    if (treatment === undefined) continue
    if (treatment === treatmentOf(tool, decided.level)) chosen.delete(tool.name)
    else chosen.set(tool.name, treatment)
    index += 1
  }
  return { level: decided.level, chosen }
}

function mentions({ name, description, category, flags }: ReviewedTool, word: string): boolean {
  return [name, description, category, ...flags].some(text => text.toLowerCase().includes(word))
}

function showTool(tool: ReviewedTool, { terminal: { columns, paintErr } }: Shell): string {
  const risk = [tool.category, ...tool.flags].join(', ')
  const [first = ''] = tool.description.trim().split('\n')
  const says = first === '' ? '' : `    ${paintErr('dim', cut(visible(first), columns - 5))}\n`
  return `  ${paintErr('bold', visible(tool.name))}  ${risk}\n${says}`
}

/** Its tools by category, the worst first, with what is done about them. */
export function showServer(
  { name, tools, place }: Pick<Subject, 'name' | 'tools' | 'place'>,
  decided: Decided,
  { terminal }: Shell,
): string {
  const { paintErr, columns } = terminal
  const lines = [...categories].reverse().flatMap(category =>
    treatments.flatMap(treatment => {
      const own = tools.filter(tool => tool.category === category && decidedFor(tool, decided) === treatment)
      if (own.length === 0) return []
      const style = category === 'Read' ? 'green' : category === 'Write' ? 'yellow' : 'red'
      const words = treatment === 'approve' ? `approve, ${notYet}` : treatment
      const counted = `${own.length} ${category}`
      const named = own.slice(0, limits.reviewToolsShown).map(tool => visible(tool.name))
      const rest = own.length - named.length
      const listed = [...named, ...(rest === 0 ? [] : [`and ${rest} more (t shows them)`])].join(', ')
      const text = wrap(`${counted} → ${words}: ${listed}`, columns, '    ').replace(/^ {4}/, '  ')
      return [text.replace(counted, () => paintErr(style, counted))]
    }),
  )
  const title = `${paintErr('bold', visible(name))}  ${count(tools.length, 'tool')}${place === '' ? '' : `  (${place})`}`
  return `\n${title}\n${lines.map(line => `${line}\n`).join('')}`
}
