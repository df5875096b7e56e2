/**
 * What a reviewer should see about a definition that was accepted: text that is not visible (A-074), text that speaks
 * of other servers' tools (A-073), patterns the gateway leaves to the server. Flags inform; only text that is plainly
 * meant to be unseen also keeps a definition from being approved unseen.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { visibilityIn } from './invisible.ts'
import { judgeSchema } from './schema.ts'

export interface Flag {
  readonly kind: 'hidden-text' | 'invisible-characters' | 'unenforced-pattern' | 'names-other-tool' | 'same-name'
  readonly note: string
  /** Waits for a person, even where the server's entry says `trust-first`. */
  readonly blocksTrust: boolean
}

/** The flags that the definition alone raises. */
export function flagsOf(definition: JsonObject): readonly Flag[] {
  const flags: Flag[] = []
  const seen = visibilityOf(definition)
  if (seen.hasHidden)
    flags.push({ kind: 'hidden-text', note: 'it holds characters meant to hide or reorder text', blocksTrust: true })
  if (seen.hasInvisible)
    flags.push({ kind: 'invisible-characters', note: 'it holds invisible characters', blocksTrust: false })
  const schema = judgeSchema(definition['inputSchema'])
  for (const pattern of schema.ok ? schema.value.unenforcedPatterns : [])
    flags.push({
      kind: 'unenforced-pattern',
      note: `the gateway does not enforce the pattern \`${pattern.slice(0, 60)}\``,
      blocksTrust: false,
    })
  return flags
}

/** Looks at every text of a value, keys included. */
function visibilityOf(value: Json): { hasHidden: boolean; hasInvisible: boolean } {
  const seen = { hasHidden: false, hasInvisible: false }
  const open: Json[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') look(next, seen)
    else if (Array.isArray(next)) for (const item of next) open.push(item)
    else if (isJsonObject(next)) for (const [key, member] of Object.entries(next)) open.push(key, member)
  }
  return seen
}

function look(text: string, seen: { hasHidden: boolean; hasInvisible: boolean }): void {
  for (const { isHidden } of visibilityIn(text)) {
    if (isHidden) seen.hasHidden = true
    else seen.hasInvisible = true
  }
}

/** Tools of another server, as far as a definition may speak of them. */
export interface Neighbour {
  readonly server: string
  readonly tools: ReadonlySet<string>
}

/**
 * Flags for speaking of another server's tools: shadowing works by text alone. A name counts when it looks like an
 * identifier, stands in quotes or backticks, or is written with its server; plain words do not. `own` are the names
 * of the definition's own server.
 */
export function neighbourFlags(
  definition: JsonObject,
  own: ReadonlySet<string>,
  others: readonly Neighbour[],
): readonly Flag[] {
  const flags: Flag[] = []
  const { name, title, description } = definition
  const words = mentionedIn([title, description].filter(text => typeof text === 'string').join('\n'))
  for (const { server, tools } of others) {
    if (typeof name === 'string' && tools.has(name))
      flags.push({ kind: 'same-name', note: `server \`${server}\` offers a tool of the same name`, blocksTrust: false })
    for (const word of words) {
      const inside = toolWrittenWith(server, word)
      const tool = inside ?? word
      if (!tools.has(tool) || (inside === undefined && own.has(tool))) continue
      flags.push({
        kind: 'names-other-tool',
        note: `its text names \`${tool}\` of server \`${server}\``,
        blocksTrust: false,
      })
    }
  }
  return flags
}

/** `mail__send`, `mail.send`, `mail/send` written out. */
function toolWrittenWith(server: string, word: string): string | undefined {
  for (const mark of ['__', '.', '/'])
    if (word.startsWith(server + mark)) return word.slice(server.length + mark.length)
  return undefined
}

/** Words of a text that are meant as names of tools. Linear in the text: it is a stranger's. */
function mentionedIn(text: string): ReadonlySet<string> {
  const words = new Set<string>()
  for (const [run] of text.matchAll(/[A-Za-z0-9_./-]+/g)) {
    const word = trimmed(run)
    if (/[A-Za-z0-9][_./-]|[a-z][A-Z]/.test(word)) words.add(word)
  }
  for (const [, word] of text.matchAll(/[`'"“‘«]([A-Za-z0-9_./-]{1,160})[`'"”’»]/g))
    if (word !== undefined) words.add(word)
  return words
}

/** Without the punctuation around it: `send_mail.` at the end of a sentence is `send_mail`. */
function trimmed(run: string): string {
  let from = 0
  let to = run.length
  while (from < to && '_./-'.includes(run.charAt(from))) from += 1
  while (to > from && '_./-'.includes(run.charAt(to - 1))) to -= 1
  return run.slice(from, to)
}
