/**
 * The catalogue that comes with the program: each server by its slug, its npm package, its name in the registry or its
 * title, and a search by words. Read when it is first asked for, then kept. The order of what is found depends on the
 * files and the words only.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Fault } from '../errors.ts'
import { isJsonObject, type Json } from '../wire/json-types.ts'
import { nameWords, singular } from './classify/text.ts'
import { descriptionOf } from './pages/rating.ts'
import { readRecord, type ServerRecord } from './pages/record.ts'
import { readStoredRating, type StoredRating } from './stored-rating.ts'

const data = new URL('../../data/', import.meta.url)

export interface ShippedServer {
  readonly record: ServerRecord
  /** Absent for servers that are described and were never looked at. */
  readonly rating: StoredRating | undefined
}

let kept: readonly ShippedServer[] | undefined

/** Every server, in the order of their slugs. Throws Fault ERR_CATALOGUE_DATA when a file that came with us is damaged. */
export function shippedServers(): readonly ShippedServer[] {
  kept ??= ['servers/', 'described/'].flatMap(serversIn).toSorted((a, b) => (a.record.slug < b.record.slug ? -1 : 1))
  return kept
}

function serversIn(folder: string): readonly ShippedServer[] {
  const files = readdirSync(new URL(folder, data)).filter(file => file.endsWith('.json'))
  return files.map(file => {
    const value = jsonOf(`${folder}${file}`)
    const record = readRecord(value)
    if (record === undefined || !isJsonObject(value))
      throw new Fault('ERR_CATALOGUE_DATA', { file: `${folder}${file}`, reason: 'it names no server' })
    return { record, rating: readStoredRating(value['classified']) }
  })
}

function jsonOf(file: string): Json {
  try {
    return JSON.parse(readFileSync(new URL(file, data), 'utf8')) as Json
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('ERR_CATALOGUE_DATA', { file, reason }, error)
  }
}

/** Every name a server is found under, as given. */
function namesOf({ slug, title, package: name, registryName }: ServerRecord): readonly string[] {
  return [slug, name, registryName, title].filter(each => each !== undefined)
}

/**
 * The server of this name: slug, npm package (a version behind it does not matter), name in the registry, title. Capital
 * letters make no difference; a slug goes before a package, and so on.
 */
export function findServer(name: string, servers = shippedServers()): ShippedServer | undefined {
  const wanted = folded(name)
  const unversioned = wanted.replace(/(?<=.)@[^@/]*$/, '')
  const keys = ['slug', 'package', 'registryName', 'title'] as const
  for (const key of keys) {
    const found = servers.find(({ record }) => {
      const own = record[key]
      return own !== undefined && (folded(own) === wanted || (key === 'package' && folded(own) === unversioned))
    })
    if (found !== undefined) return found
  }
  return undefined
}

export interface Found {
  readonly server: ShippedServer
  /** Tools whose names were among what matched, the best first. */
  readonly tools: readonly string[]
}

export interface Search {
  readonly found: readonly Found[]
  /** How many servers match, those left out by the limit included. */
  readonly total: number
}

/** Where a word can stand, and what it weighs there. A word of a name that only begins like it weighs half. */
const weights = { name: 40, tool: 12, description: 6, toolDescription: 1 } as const
/** The whole query is a name. */
const exactWeight = 1_000
/** The whole query is the beginning of a name. */
const prefixWeight = 200
const prefixCharsMin = 2
const toolsShown = 3

/**
 * Servers in which all the words occur, or where no server has all of them, the most; the best first: those whose name the
 * words are or begin, then those that have them in names before descriptions, then by slug. Nothing for no words.
 */
export function searchServers(words: string, limit: number, servers = shippedServers()): Search {
  const wanted = [...new Set(wordsIn(words))]
  if (wanted.length === 0) return { found: [], total: 0 }
  const query = folded(words).trim()
  const matches = servers.flatMap(server => {
    const match = matchOf(server, wanted, query)
    return match === undefined ? [] : [match]
  })
  const most = Math.max(...matches.map(each => each.words))
  const ranked = matches.filter(each => each.words === most).toSorted((a, b) => b.score - a.score)
  return { found: ranked.slice(0, limit).map(({ server, tools }) => ({ server, tools })), total: ranked.length }
}

interface Match extends Found {
  readonly words: number
  readonly score: number
}

function matchOf(server: ShippedServer, wanted: readonly string[], query: string): Match | undefined {
  const index = indexOf(server)
  const isName = index.names.some(name => name === query)
  const isPrefix = index.names.some(name => name.startsWith(query))
  let score = isName ? exactWeight : isPrefix && query.length >= prefixCharsMin ? prefixWeight : 0
  let words = isName ? wanted.length : 0
  const tools = new Map<string, number>()
  for (const word of wanted) {
    const best = Math.max(
      weightIn(index.nameWords, word, weights.name),
      weightIn(index.toolWords, word, weights.tool),
      index.words.has(word) ? weights.description : 0,
      index.deepWords.has(word) ? weights.toolDescription : 0,
    )
    if (best > 0 && !isName) words += 1
    score += best
    for (const [tool, own] of index.tools) {
      const weight = weightIn(own, word, weights.tool)
      if (weight > 0) tools.set(tool, (tools.get(tool) ?? 0) + weight)
    }
  }
  if (words === 0 && score === 0) return undefined
  const named = [...tools].toSorted(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
  return { server, words, score, tools: named.slice(0, toolsShown).map(([tool]) => tool) }
}

function weightIn(words: ReadonlySet<string>, word: string, weight: number): number {
  if (words.has(word)) return weight
  if (word.length < prefixCharsMin) return 0
  for (const each of words) if (each.startsWith(word)) return weight / 2
  return 0
}

interface Index {
  readonly names: readonly string[]
  readonly nameWords: ReadonlySet<string>
  readonly tools: readonly (readonly [string, ReadonlySet<string>])[]
  readonly toolWords: ReadonlySet<string>
  readonly words: ReadonlySet<string>
  readonly deepWords: ReadonlySet<string>
}

const indexes = new WeakMap<ShippedServer, Index>()

function indexOf(server: ShippedServer): Index {
  const known = indexes.get(server)
  if (known !== undefined) return known
  const { record } = server
  const names = namesOf(record)
  const tools = record.tools.map(tool => {
    const name = String(tool['name'])
    return [name, new Set(nameWords(name).map(({ text }) => singular(text)))] as const
  })
  const index = {
    names: names.map(folded),
    nameWords: new Set(names.flatMap(wordsIn)),
    tools,
    toolWords: new Set(tools.flatMap(([, own]) => [...own])),
    words: new Set(wordsIn(record.description)),
    deepWords: new Set(record.tools.flatMap(tool => wordsIn(descriptionOf(tool)))),
  }
  indexes.set(server, index)
  return index
}

function wordsIn(text: string): readonly string[] {
  return (folded(text).match(/[\p{L}\p{N}]+/gu) ?? []).map(singular)
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
