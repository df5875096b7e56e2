/**
 * The thread of `checking.ts`: finds servers of the shipped catalogue and rates lists of definitions, which are kept by
 * their key. Its only input besides the questions are the files that come with the program.
 */
import { parentPort } from 'node:worker_threads'
import { limits } from '../../limits.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import { classifyTools, type RatedServer } from '../classify/classify.ts'
import { loadTokenCounter } from '../classify/tokens.ts'
import { findServer, searchServers } from '../shipped.ts'
import { type Rated, searchAnswer, serverCheck, toolCheck } from './check.ts'

/** The definitions of the caller's own server; `key` is another when a definition is. */
export interface OwnTools {
  readonly key: string
  readonly definitions: readonly JsonObject[]
}

/** `own` stands above the catalogue: a server of the caller is never looked up by its name. */
export type CatalogueQuestion =
  | { readonly kind: 'search'; readonly query: string; readonly limit: number }
  | { readonly kind: 'server'; readonly server: string; readonly own: OwnTools | undefined }
  | { readonly kind: 'tool'; readonly server: string; readonly tool: string; readonly own: OwnTools | undefined }

type Ask = readonly [id: number, question: CatalogueQuestion]
/** The answer; `null` for a server or tool that is not known; or what went wrong. */
export type Told = readonly [id: number, 'answer', JsonObject | null] | readonly [id: number, 'broken', string]

const port = parentPort
if (port === null) throw new Error('checking-worker.ts runs as a thread of the gateway, not by itself')

const counter = loadTokenCounter()
const kept = new Map<string, RatedServer>()

async function rate(key: string, definitions: readonly JsonObject[]): Promise<RatedServer> {
  const known = kept.get(key)
  if (known !== undefined) return known
  const rated = classifyTools(definitions, { countTokens: await counter })
  const [oldest] = kept.keys()
  if (kept.size >= limits.catalogueRatingsKept && oldest !== undefined) kept.delete(oldest)
  kept.set(key, rated)
  return rated
}

async function ratedServer(server: string, own: OwnTools | undefined): Promise<Rated | undefined> {
  if (own !== undefined) {
    const { key, definitions } = own
    return { server, definitions, record: undefined, rated: await rate(`own ${key}`, definitions) }
  }
  const record = findServer(server)?.record
  if (record === undefined) return undefined
  const { slug, tools } = record
  return { server, definitions: tools, record, rated: await rate(`shipped ${slug}`, tools) }
}

async function answer(question: CatalogueQuestion): Promise<JsonObject | null> {
  if (question.kind === 'search') return searchAnswer(question.query, searchServers(question.query, question.limit))
  const rated = await ratedServer(question.server, question.own)
  if (rated === undefined) return null
  return (question.kind === 'server' ? serverCheck(rated) : toolCheck(rated, question.tool)) ?? null
}

async function tell([id, question]: Ask): Promise<Told> {
  try {
    return [id, 'answer', await answer(question)]
  } catch (error) {
    return [id, 'broken', error instanceof Error ? error.message : String(error)]
  }
}

port.on('message', (ask: Ask) => void tell(ask).then(told => port.postMessage(told)))
