/**
 * The report: every server of a configuration with its grade, what it costs and what was found, in one value. All forms
 * of output are made from it. Pure and deterministic; secrets of the configuration are not in it.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import type { AttackId } from '../attacks/ids.ts'
import { classifyTools, type RatedServer, type RatedTool } from '../classify/classify.ts'
import type { GradeSheet } from '../classify/grade.ts'
import type { Category } from '../classify/lexicon/senses.ts'
import type { CountTokens } from '../classify/tokens.ts'
import type { ClientKind, Scope } from '../clients/kinds.ts'
import type { ConfiguredServer } from '../clients/read.ts'
import type { Scan } from '../scan/introspect.ts'
import { type ConfigurationFacts, configurationFindings } from './configuration.ts'
import { foreignNames, otherTextFindings, sharedNames, toolFindings, type Weighed } from './definitions.ts'
import { byGravity, type Found, findingOf, type ReportFinding } from './finding.ts'
import type { Place } from './place.ts'
import { addressWithoutSecrets, withoutSecrets } from './secrets.ts'

/** How much is known about a server, and from where. */
export type Sight =
  | { readonly kind: 'seen'; readonly scan: Scan }
  | {
      readonly kind: 'catalogue'
      readonly tools: readonly JsonObject[]
      readonly record: string
      readonly instructions?: string
    }
  | { readonly kind: 'not-seen' | 'not-started' | 'gateway' | 'off'; readonly reason: string }

/** One server and every entry that stands for it. */
export interface Subject {
  readonly configured: readonly [ConfiguredServer, ...ConfiguredServer[]]
  readonly sight: Sight
}

export interface ReportedTool {
  readonly name: string
  readonly category: Category
  readonly flags: readonly string[]
}

/** What rating a server came to. */
export interface Rating {
  readonly grade: GradeSheet
  readonly totals: Readonly<Record<Category, number>>
  readonly tools: number
  readonly tokens: number
  readonly worst: readonly ReportedTool[]
  /** The attack patterns that concern its tools, those that concern most of them first. */
  readonly attacks: readonly { readonly id: AttackId; readonly tools: number }[]
}

export interface ReportedServer {
  readonly name: string
  readonly clients: readonly {
    readonly client: ClientKind
    readonly file: string
    readonly scope: Scope
    readonly line: number
  }[]
  /** The command or address as configured, without secrets. */
  readonly starts: string
  readonly state: Sight['kind']
  /** Why it is not rated; for a rating from the catalogue, which record. */
  readonly reason?: string
  /** What the server calls itself. */
  readonly says?: string
  readonly rating?: Rating
  readonly notes: readonly string[]
  readonly findings: readonly ReportFinding[]
}

export interface Report {
  readonly servers: readonly ReportedServer[]
  /** Findings on files that belong to no server. */
  readonly files: readonly ReportFinding[]
  /** Tokens of all definitions that are known, together. */
  readonly tokens: number
}

export interface ReportSource extends ConfigurationFacts {
  readonly countTokens: CountTokens
}

/** Tokens the shares are shares of: a usual context. */
export const contextTokens = 200_000
const largeShare = 0.1

/** Builds the report. `unread`: what is wrong with files that could not be read, with their places. */
export function buildReport(
  subjects: readonly Subject[],
  unread: readonly { readonly note: string; readonly quote: string; readonly place: Place }[],
  source: ReportSource,
): Report {
  const entries = subjects.flatMap(({ configured }) => configured)
  const configuration = configurationFindings(entries, source)
  const toolNames = subjects.map(({ sight }) => new Set(definitionsOf(sight).map(({ name }) => String(name))))
  const servers = subjects.map((subject, at): ReportedServer => {
    const others = new Set(toolNames.flatMap((names, index) => (index === at ? [] : [...names])))
    for (const own of toolNames[at] ?? []) others.delete(own)
    return reported(subject, others, configuration, source)
  })
  return {
    servers,
    files: unread.map(({ place, ...rest }) =>
      findingOf({ rule: 'unreadable-configuration', ...rest }, undefined, place),
    ),
    tokens: servers.reduce((sum, { rating }) => sum + (rating?.tokens ?? 0), 0),
  }
}

/** Everything that was found, gravest first. */
export function allFindings({ servers, files }: Report): readonly ReportFinding[] {
  return byGravity([...files, ...servers.flatMap(({ findings }) => findings)])
}

function definitionsOf(sight: Sight): readonly JsonObject[] {
  const tools = sight.kind === 'seen' ? sight.scan.tools : sight.kind === 'catalogue' ? sight.tools : []
  return tools.filter(({ name }) => typeof name === 'string' && name !== '')
}

function reported(
  { configured, sight }: Subject,
  others: ReadonlySet<string>,
  configuration: ReadonlyMap<ConfiguredServer, readonly ReportFinding[]>,
  source: ReportSource,
): ReportedServer {
  const [first] = configured
  const definitions = definitionsOf(sight)
  const isKnown = sight.kind === 'seen' || sight.kind === 'catalogue'
  const rated = isKnown ? classifyTools(definitions, { countTokens: source.countTokens }) : undefined
  const place = source.placeOf(first, first.at)
  const definitionFindings: readonly Weighed[] = [
    ...(rated === undefined ? [] : toolFindings(rated.tools)),
    ...sharedNames(definitions),
    ...foreignNames(definitions, others),
    ...(sight.kind === 'seen' ? otherTextFindings(sight.scan) : []),
    ...(sight.kind === 'catalogue'
      ? otherTextFindings({ ...sight, prompts: [], resources: [], resourceTemplates: [] })
      : []),
    ...largeDefinitions(rated),
    ...(sight.kind === 'not-seen' ? [{ rule: 'server-not-seen', note: '', quote: sight.reason } satisfies Found] : []),
  ]
  return {
    name: first.name,
    clients: configured.map(each => ({
      client: each.client,
      file: each.file,
      scope: each.scope,
      line: source.placeOf(each, each.at).line,
    })),
    starts: startOf(first),
    state: sight.kind,
    ...reasonOf(sight),
    ...(sight.kind === 'seen' ? saysOf(sight.scan) : {}),
    ...(rated === undefined ? {} : { rating: ratingOf(rated) }),
    notes: sight.kind === 'seen' ? sight.scan.notes : [],
    findings: byGravity([
      ...configured.flatMap(each => configuration.get(each) ?? []),
      ...definitionFindings.map(found => ({ ...findingOf(found, first.name, place) })),
    ]),
  }
}

function largeDefinitions(rated: RatedServer | undefined): readonly Found[] {
  const tokens = rated?.tokens ?? 0
  if (tokens < contextTokens * largeShare) return []
  const percent = Math.round((100 * tokens) / contextTokens)
  return [{ rule: 'large-definitions', note: `${tokens} tokens, ${percent}% of ${contextTokens / 1000}k` }]
}

/** How it starts, as configured: variables and all, secrets left out, values of the environment never. */
function startOf({ command, args, env, url, transport }: ConfiguredServer): string {
  if (command === undefined) return url === undefined ? `(${transport})` : addressWithoutSecrets(url)
  const names = Object.keys(env).map(name => `${name}=… `)
  return `${names.join('')}${withoutSecrets([command, ...args])
    .map(quoted)
    .join(' ')}`
}

function quoted(word: string): string {
  return word === '' || /[\s'"]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word
}

function reasonOf(sight: Sight): { readonly reason?: string } {
  if (sight.kind === 'seen') return {}
  return { reason: sight.kind === 'catalogue' ? sight.record : sight.reason }
}

function saysOf({ server: { name, version } }: Scan): { readonly says?: string } {
  if (typeof name !== 'string') return {}
  return { says: typeof version === 'string' ? `${name} ${version}` : name }
}

function ratingOf({ grade, totals, tools, tokens = 0, worst }: RatedServer): Rating {
  const named = new Map(tools.map(tool => [tool.name, tool]))
  return {
    grade,
    totals,
    tools: tools.length,
    tokens,
    worst: worst.flatMap(name => {
      const tool = named.get(name)
      return tool === undefined ? [] : [{ name, category: tool.category, flags: tool.flags }]
    }),
    attacks: attacksOf(tools),
  }
}

function attacksOf(tools: readonly RatedTool[]): Rating['attacks'] {
  const counts = new Map<AttackId, number>()
  for (const id of tools.flatMap(tool => tool.attacks)) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].map(([id, count]) => ({ id, tools: count })).toSorted((a, b) => b.tools - a.tools)
}
