/** Which tools of the same server stand close to one: what they act on, and which of them may put a call back. */
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

const undoing = new Set(['delete', 'revoke', 'remove', 'restore', 'unlink', 'cancel', 'clear', 'stop', 'close'])

/** A tool that by its name takes back what this one makes: it shares what they act on, and its verb undoes. */
export function undoOf(tool: CatalogueTool): CatalogueTool | undefined {
  if (tool.rated.category !== 'Write') return undefined
  const [object] = nounsOf(tool).toReversed()
  const all = new Set(nounsOf(tool))
  return siblingsOf(tool).find(each => {
    const nouns = nounsOf(each)
    const shares = object !== undefined && (nouns.includes(object) || nouns.some(word => all.has(word)))
    return shares && nameWords(each.name).some(({ text }) => undoing.has(verbOf(text)?.sense ?? ''))
  })
}
