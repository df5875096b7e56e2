/** The servers one after another, forwards and back, and what was decided about each. */
import { categories, type Level } from '../../catalogue/recommend.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import { isToolName } from '../../wire/names.ts'
import { bareReason, type Look, startLine } from '../scan/look.ts'
import { rateTools } from '../scan/rating.ts'
import type { Shell } from '../shell/shell.ts'
import type { GatheredServer } from './gathering.ts'
import { type Decided, type ReviewedTool, reviewServer, showServer } from './review.ts'
import type { Left } from './summary.ts'
import type { Admitted } from './writing.ts'

/** A server that was looked at. */
export interface Seen {
  readonly server: GatheredServer
  readonly tools: readonly ReviewedTool[]
  readonly start: string
}

/** The servers that answered, and those that stay as they are because they did not. */
export function seenServers(
  servers: readonly GatheredServer[],
  looks: readonly Look[],
): { readonly seen: readonly Seen[]; readonly unseen: readonly Left[] } {
  const seen: Seen[] = []
  const unseen: Left[] = []
  for (const [index, server] of servers.entries()) {
    const look = looks[index]
    if (look?.scan.ok === true)
      seen.push({ server, tools: reviewedTools(look.scan.value.tools), start: startLine(look.target, false) })
    else unseen.push({ name: server.name, reason: look === undefined ? 'it was not looked at' : whyNot(look) })
  }
  return { seen, unseen }
}

function whyNot({ scan }: Look): string {
  return scan.ok ? '' : bareReason(scan.refusal.message)
}

/** Tools the gateway would list, each once: of two with one name the graver rating counts, for either may be called. */
function reviewedTools(definitions: readonly JsonObject[]): readonly ReviewedTool[] {
  const tools = new Map<string, ReviewedTool>()
  const described = definitions.filter(({ name }) => typeof name === 'string' && isToolName(name))
  for (const [index, { name, category, flags }] of rateTools(described).tools.entries()) {
    const known = tools.get(name)
    if (known !== undefined && categories.indexOf(known.category) >= categories.indexOf(category)) continue
    const description = described[index]?.['description']
    tools.set(name, { name, category, flags, description: typeof description === 'string' ? description : '' })
  }
  return [...tools.values()]
}

export interface ReviewOptions {
  readonly level: Level
  /** Whether a person is asked; else the level is taken. */
  readonly isAsked: boolean
  /** What was decided the last time round. */
  readonly before: readonly Admitted[]
}

/** What was decided; nothing when the person left. */
export async function reviewAll(
  shell: Shell,
  seen: readonly Seen[],
  { level, isAsked, before }: ReviewOptions,
): Promise<readonly Admitted[] | undefined> {
  const usual: Decided = { level, chosen: new Map() }
  const decisions = new Map<Seen, Decided | 'skipped'>()
  for (const each of seen) {
    const known = before.find(({ server }) => server === each.server)?.decided
    if (known !== undefined) decisions.set(each, known)
    else if (before.length > 0) decisions.set(each, 'skipped')
    if (!isAsked) shell.terminal.err(showServer({ ...named(each), place: '' }, usual, shell))
  }
  // going back from the summary leads to the last server
  const first = before.length === 0 ? 0 : seen.length - 1
  for (let index = isAsked ? first : seen.length; index < seen.length; ) {
    const each = seen[index] as Seen
    const place = seen.length === 1 ? '' : `${index + 1} of ${seen.length}`
    const known = decisions.get(each)
    const step = await reviewServer(
      shell,
      { ...named(each), place },
      known === undefined || known === 'skipped' ? usual : known,
    )
    if (step.kind === 'quit') return undefined
    const decided = step.kind === 'skipped' ? 'skipped' : step.decided
    decisions.set(each, decided)
    index = step.kind === 'back' ? Math.max(0, index - 1) : index + 1
    if (step.kind !== 'rest' || decided === 'skipped') continue
    for (const other of seen.slice(index))
      if (!decisions.has(other)) decisions.set(other, { ...usual, level: decided.level })
    break
  }
  return seen.flatMap(each => {
    const decided = decisions.get(each) ?? usual
    return decided === 'skipped' ? [] : [{ server: each.server, tools: each.tools, decided }]
  })
}

function named({ server: { name }, tools, start }: Seen) {
  return { name, tools, start }
}
