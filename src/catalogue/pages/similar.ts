/**
 * Which servers do similar things: the words in the names of their tools, rare ones counting more. Deterministic; a server
 * without a close neighbour has none.
 */

import { verbOf } from '../classify/lexicon/verbs.ts'
import { nameWords, singular } from '../classify/text.ts'
import type { CatalogueServer, Similar } from './model.ts'

const neighboursMax = 5
const wordsShown = 5
const closeness = 0.12
/** Words that say nothing about what a tool is about. */
const common = new Set(
  'with for from and all multiple tool mcp server data info detail new single many the status type'.split(' '),
)

/** The neighbours of each server, closest first, by slug. */
export function similarServers(servers: readonly CatalogueServer[]): ReadonlyMap<string, readonly Similar[]> {
  const words = servers.map(wordsOf)
  const spread = new Map<string, number>()
  for (const each of words) for (const word of each.keys()) spread.set(word, (spread.get(word) ?? 0) + 1)
  const vectors = words.map(each => vectorOf(each, spread, servers.length))
  return new Map(servers.map((server, at) => [server.slug, neighboursOf(at, servers, vectors)]))
}

type Vector = ReadonlyMap<string, number>

/** How often each noun of the names occurs. */
function wordsOf({ tools }: CatalogueServer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of tools)
    for (const { text } of nameWords(name).slice(0, 12)) {
      const word = singular(text)
      if (word.length < 3 || common.has(word) || verbOf(text) !== undefined) continue
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  return counts
}

function vectorOf(counts: ReadonlyMap<string, number>, spread: ReadonlyMap<string, number>, total: number): Vector {
  const weighed = [...counts].map(([word, count]): [string, number] => [
    word,
    Math.sqrt(count) * Math.log((1 + total) / (spread.get(word) ?? 1)),
  ])
  const length = Math.hypot(...weighed.map(([, weight]) => weight)) || 1
  return new Map(weighed.map(([word, weight]) => [word, weight / length]))
}

function neighboursOf(at: number, servers: readonly CatalogueServer[], vectors: readonly Vector[]): readonly Similar[] {
  const own = vectors[at] ?? new Map<string, number>()
  const found = servers.flatMap((server, other) => {
    if (other === at) return []
    const shared = [...own].flatMap(([word, weight]) => {
      const theirs = vectors[other]?.get(word)
      return theirs === undefined ? [] : [{ word, product: weight * theirs }]
    })
    const score = shared.reduce((sum, { product }) => sum + product, 0)
    const words = shared.toSorted((a, b) => b.product - a.product || (a.word < b.word ? -1 : 1)).map(({ word }) => word)
    return score < closeness ? [] : [{ server, words: words.slice(0, wordsShown), score }]
  })
  return found
    .toSorted((a, b) => b.score - a.score || (a.server.slug < b.server.slug ? -1 : 1))
    .slice(0, neighboursMax)
    .map(({ server, words }) => ({ server, words }))
}
