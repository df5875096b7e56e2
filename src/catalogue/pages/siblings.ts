/** Which tools of the same server stand close to one: what they act on, and which of them may put a call back. */
import type { Sense } from '../classify/lexicon/senses.ts'
import { verbOf } from '../classify/lexicon/verbs.ts'
import { nameWords, singular } from '../classify/text.ts'
import type { CatalogueTool } from './model.ts'

const siblingsMax = 12

const known = new WeakMap<CatalogueTool, readonly string[]>()

/** Nouns of a tool's name. */
function nounsOf(tool: CatalogueTool): readonly string[] {
  const before = known.get(tool)
  if (before !== undefined) return before
  const nouns = nameWords(tool.name)
    .slice(0, 12)
    .filter(({ text }) => verbOf(text) === undefined)
    .map(({ text }) => singular(text))
  known.set(tool, nouns)
  return nouns
}

/** The closest tools of the same list, those that share most words first, then by name. */
export function siblingsOf(tool: CatalogueTool): readonly CatalogueTool[] {
  const own = new Set(nounsOf(tool))
  const list = tool.within === undefined ? tool.server.tools : tool.server.functions
  return list
    .filter(each => each !== tool)
    .map(each => ({ each, shared: nounsOf(each).filter(word => own.has(word)).length }))
    .toSorted((a, b) => b.shared - a.shared || (a.each.name < b.each.name ? -1 : 1))
    .slice(0, siblingsMax)
    .map(({ each }) => each)
}

/** What takes back a call of each sense; a sense that is not here has no opposite that a name could show. */
const undoing: Readonly<Partial<Record<Sense, readonly Sense[]>>> = {
  make: ['delete', 'remove', 'cancel', 'close', 'clear'],
  keep: ['delete', 'remove'],
  put: ['delete', 'remove'],
  link: ['unlink', 'remove', 'delete'],
  grant: ['revoke', 'remove', 'delete'],
  unlink: ['link'],
  start: ['stop', 'cancel', 'close'],
  close: ['restore'],
}

/** A name as its first verb, if that has one of the senses, and the words beside it: `delete` + `issue`, `note`. */
function actOf(
  name: string,
  senses?: readonly Sense[],
): { readonly sense: Sense; readonly rest: ReadonlySet<string> } | undefined {
  const words = nameWords(name).slice(0, 12)
  for (const [at, { text }] of words.entries()) {
    const sense = verbOf(text)?.sense
    if (sense === undefined || (senses !== undefined && !senses.includes(sense))) continue
    return { sense, rest: new Set(words.flatMap((word, other) => (other === at ? [] : [singular(word.text)]))) }
  }
  return undefined
}

/** A tool that by its name takes back what this one makes: the opposite verb, and the same words beside it. */
export function undoOf(tool: CatalogueTool): CatalogueTool | undefined {
  if (tool.rated.category !== 'Write') return undefined
  const own = actOf(tool.name)
  const opposite = own === undefined ? undefined : undoing[own.sense]
  if (own === undefined || opposite === undefined) return undefined
  const candidates = siblingsOf(tool).flatMap(each => {
    const act = actOf(each.name, opposite)
    return act === undefined ? [] : [{ each, rest: act.rest }]
  })
  const found =
    candidates.find(({ rest }) => isSame(rest, own.rest)) ??
    candidates.find(({ each, rest }) => isAbout(each.name, tool.name) && [...rest].every(word => own.rest.has(word)))
  return found?.each
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every(each => b.has(each))
}

/** `connections.remove` is about all of `connections.`: names with a dot are those of a folder. */
function isAbout(name: string, own: string): boolean {
  const [folder] = own.split('.')
  return own.includes('.') && name.startsWith(`${folder}.`)
}
