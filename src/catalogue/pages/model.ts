/**
 * Everything the pages are made of, as one value: servers with their rated tools, attacks, and what leads from one to
 * the other. Built once from records; pure and deterministic; pages only read it.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import type { Attack } from '../attacks/model.ts'
import type { CountTokens } from '../classify/tokens.ts'
import { type PinRefusal, pinRefusals } from '../pin-refusal.ts'
import { type Category, categories } from '../recommend.ts'
import type { Accuracy } from './accuracy.ts'
import { folderNames } from './address.ts'
import { type GradeSheet, type Judged, judge, type RatedTool } from './rating.ts'
import type { ServerRecord } from './record.ts'
import { similarServers } from './similar.ts'

export interface CatalogueTool {
  readonly server: CatalogueServer
  readonly name: string
  /** Its folder below that of the server. */
  readonly folder: string
  readonly definition: JsonObject
  readonly rated: RatedTool
  /** The tool through which it is reached, when it is no tool of the protocol itself. */
  readonly within?: string
}

export interface CatalogueServer {
  readonly record: ServerRecord
  readonly slug: string
  readonly tools: readonly CatalogueTool[]
  /** Functions behind one of the tools; not counted anywhere. */
  readonly functions: readonly CatalogueTool[]
  readonly totals: Readonly<Record<Category, number>>
  readonly tokens: number
  readonly grade: GradeSheet
  /** Tools that can never be called through the gateway. */
  readonly refusals: readonly PinRefusal[]
}

export interface Similar {
  readonly server: CatalogueServer
  /** Words the names of their tools share. */
  readonly words: readonly string[]
}

export interface Catalogue {
  readonly servers: readonly CatalogueServer[]
  readonly attacks: readonly Attack[]
  /** Tools by the attack that concerns them. */
  readonly toolsOfAttack: ReadonlyMap<string, readonly CatalogueTool[]>
  readonly similar: ReadonlyMap<string, readonly Similar[]>
  readonly accuracy: Accuracy | undefined
  /** The last day on which a server was looked at. */
  readonly date: string
  readonly totals: Readonly<Record<Category, number>>
}

export interface CatalogueSource {
  readonly records: readonly ServerRecord[]
  readonly attacks: readonly Attack[]
  readonly accuracy?: Accuracy
  readonly countTokens: CountTokens
}

/** One rated server. */
function rateServer(record: ServerRecord, slug: string, countTokens: CountTokens): CatalogueServer {
  const { server: rated, judged } = judge(record.tools, countTokens)
  const inner = record.functions
  const functions = inner === undefined ? [] : judge(inner.definitions, countTokens).judged
  const folders = folderNames([...judged, ...functions].map(each => each.rated.name))
  const tools: CatalogueTool[] = []
  const behind: CatalogueTool[] = []
  const { totals, grade } = rated
  const refusals = pinRefusals(record.tools)
  const server = { record, slug, tools, functions: behind, totals, tokens: rated.tokens ?? 0, grade, refusals }
  const toolOf = ({ definition, rated: own }: Judged, at: number): CatalogueTool => ({
    ...{ server, name: own.name, folder: folders[at] ?? '', definition, rated: own },
    ...(at >= judged.length && inner !== undefined ? { within: inner.within } : {}),
  })
  tools.push(...judged.map(toolOf))
  behind.push(...functions.map((each, at) => toolOf(each, at + judged.length)))
  return server
}

/** The whole catalogue. Servers stand in the order of their titles. */
export function buildCatalogue({ records, attacks, accuracy, countTokens }: CatalogueSource): Catalogue {
  const sorted = records.toSorted(
    (a, b) => order(a.title.toLowerCase(), b.title.toLowerCase()) || order(a.slug, b.slug),
  )
  const slugs = folderNames(sorted.map(record => record.slug))
  const servers = sorted.map((record, at) => rateServer(record, slugs[at] ?? '', countTokens))
  const tools = servers.flatMap(server => server.tools)
  return {
    servers,
    attacks,
    toolsOfAttack: new Map(attacks.map(({ id }) => [id, tools.filter(tool => tool.rated.attacks.includes(id))])),
    similar: similarServers(servers),
    accuracy,
    date: sorted.reduce((latest, { scannedAt }) => (scannedAt > latest ? scannedAt : latest), ''),
    totals: Object.fromEntries(
      categories.map(each => [each, servers.reduce((sum, { totals }) => sum + totals[each], 0)]),
    ) as Record<Category, number>,
  }
}

/** Code point order: the same on every machine. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
