/**
 * What an agent is told of a server or a tool: its rating as data. Pure. Bounded: the riskiest tools, the first
 * quotations, the beginning of texts; what is left out is counted. Everything a server wrote is shown with its invisible
 * characters made visible.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { showInvisible } from '../../wire/names.ts'
import type { RatedServer, RatedTool } from '../classify/classify.ts'
import type { ServerRecord } from '../pages/record.ts'
import { postureOf } from '../posture.ts'
import { paceOf, treatmentOf, treatments } from '../recommend.ts'
import { riskiestFirst } from '../riskiest.ts'
import type { Search } from '../shipped.ts'

/** The level of what is recommended here: `guarded` is what `catalogue show --policy guarded` writes down. */
const level = 'guarded'

/** Where the definitions come from: the caller's own server, or the catalogue. */
export type Source = 'grant' | 'catalogue'

/** A server whose tools are rated. `record` is what the catalogue knows beside the definitions. */
export interface Rated {
  readonly server: string
  readonly rated: RatedServer
  readonly definitions: readonly JsonObject[]
  readonly record: ServerRecord | undefined
}

/** The answer about a whole server. */
export function serverCheck({ server, rated, definitions, record }: Rated): JsonObject {
  const tools = riskiestFirst(rated.tools)
  const told = tools.slice(0, limits.catalogueToolsToldMax)
  const counts = treatments.map(each => [each, tools.filter(tool => treatmentOf(tool, level) === each).length] as const)
  return shown({
    ...{ server, found: true, source: sourceOf(record) },
    ...(record === undefined ? {} : aboutOf(record)),
    ...rated.grade,
    totals: rated.totals,
    tokens: rated.tokens ?? 0,
    posture: postureFor(definitions, record),
    recommended: { level, ...Object.fromEntries(counts.filter(([, count]) => count > 0)) },
    tools: told.map(tool => ({ ...briefOf(tool), ...treatmentFor(tool) })),
    moreTools: tools.length - told.length,
  })
}

/** The answer about one tool; nothing when the server has none of this name. */
export function toolCheck({ server, rated, record }: Rated, name: string): JsonObject | undefined {
  const tool = rated.tools.find(each => each.name === name)
  if (tool === undefined) return undefined
  const { evidence, runnerUp, attacks, owasp, findings, tokens, rule } = tool
  return shown({
    ...{ server, tool: name, found: true, source: sourceOf(record) },
    ...(record === undefined ? {} : aboutOf(record)),
    ...briefOf(tool),
    evidence: evidence.slice(0, limits.catalogueEvidenceToldMax).map(({ says, where, pointer, quote, note }) => ({
      ...{ says, where, pointer, quote },
      ...(note === undefined ? {} : { note }),
    })),
    ...{ runnerUp, attacks, owasp },
    findings: findings.slice(0, limits.catalogueEvidenceToldMax).map(({ kind, weight, pointer, quote, note }) => ({
      ...{ kind, weight, pointer, quote, note },
    })),
    tokens: tokens ?? 0,
    recommended: { level, ...treatmentFor(tool), rule },
  })
}

/** The answer to a search. */
export function searchAnswer(query: string, { found, total }: Search): JsonObject {
  return shown({
    ...{ query, total },
    servers: found.map(({ server: { record, rating }, tools }) => ({
      ...aboutOf(record),
      ...(rating === undefined ? {} : { grade: rating.grade, points: rating.points }),
      toolCount: record.tools.length,
      matching: tools,
    })),
  })
}

function sourceOf(record: ServerRecord | undefined): Source {
  return record === undefined ? 'grant' : 'catalogue'
}

function aboutOf({ slug, title, description, package: name, version, registryName, scannedAt }: ServerRecord) {
  return { slug, title, description, package: name, version, registryName, scannedAt }
}

/** Of the caller's own server only its definitions are known here: nobody asks the server. */
function postureFor(definitions: readonly JsonObject[], record: ServerRecord | undefined): object {
  if (record !== undefined) return postureOf(record)
  return { annotatedTools: definitions.filter(isAnnotated).length }
}

function isAnnotated({ annotations }: JsonObject): boolean {
  return isJsonObject(annotations) && ('readOnlyHint' in annotations || 'destructiveHint' in annotations)
}

function briefOf({ name, category, severity, confidence, flags }: RatedTool) {
  return { name, category, severity, confidence, flags }
}

function treatmentFor(tool: RatedTool) {
  return { treatment: treatmentOf(tool, level), pace: paceOf(tool) }
}

/** The value as JSON, its texts shortened and made visible. Names of members are ours, but for the tool of a rule. */
function shown(value: object): JsonObject {
  return shownJson(JSON.parse(JSON.stringify(value)) as Json) as JsonObject
}

function shownJson(value: Json): Json {
  if (typeof value === 'string') {
    const text = showInvisible(value)
    return text.length <= limits.catalogueTextCharsMax ? text : `${text.slice(0, limits.catalogueTextCharsMax - 1)}…`
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map(shownJson)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shownJson(member)]))
}
