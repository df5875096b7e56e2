/**
 * A file of `data/servers` or `data/described` as the pages read it. Whatever is missing or of another type is left
 * out: the pages show what is known, and nothing that a file says can stop them.
 */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { toolListOf } from '../classify/input.ts'
import { type DriftStep, readDriftStep } from '../drift-step.ts'

/** Functions that are no tools of the protocol: they are reached through one that is. */
export interface InnerFunctions {
  readonly within: string
  /** How code calls one; `{name}` stands for its name. */
  readonly call?: string
  readonly note?: string
  readonly definitions: readonly JsonObject[]
}

export interface ServerRecord {
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly package?: string
  readonly version?: string
  readonly url?: string
  readonly registryName?: string
  readonly repository?: string
  readonly licence?: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly scannedAt: string
  readonly protocolVersion: string
  readonly era: string
  readonly capabilities: readonly string[]
  readonly resources: number
  readonly prompts: readonly string[]
  readonly instructions: string
  readonly notes: readonly string[]
  /** Where definitions come from when nobody scanned the server. */
  readonly origin?: string
  readonly tools: readonly JsonObject[]
  readonly functions?: InnerFunctions
  /** What has become of it from version to version, the newest step first. */
  readonly history: readonly DriftStep[]
}

/** Reads a record; nothing when it has no `slug`. */
export function readRecord(value: Json): ServerRecord | undefined {
  if (!isJsonObject(value) || typeof value['slug'] !== 'string' || value['slug'] === '') return undefined
  const start = isJsonObject(value['start']) ? value['start'] : {}
  const slug = value['slug']
  return {
    slug,
    title: textOf(value['title']) ?? slug,
    description: textOf(value['description']) ?? '',
    ...optional(value, ['package', 'version', 'url', 'registryName', 'repository', 'licence', 'origin']),
    // `-y package@version` comes first: it is written from the package itself
    args: textsOf(start['args']).slice(2),
    env: textMembers(start['env']),
    scannedAt: textOf(value['scannedAt']) ?? '',
    protocolVersion: textOf(value['protocolVersion']) ?? '',
    era: textOf(value['era']) ?? '',
    capabilities: textsOf(value['capabilities']),
    resources: typeof value['resources'] === 'number' ? value['resources'] : 0,
    prompts: listOf(value['prompts']).flatMap(each => (isJsonObject(each) ? (textOf(each['name']) ?? []) : [])),
    instructions: textOf(value['instructions']) ?? '',
    notes: textsOf(value['notes']),
    tools: toolListOf(value['tools'] ?? [])?.definitions ?? [],
    ...functionsIn(value['functions']),
    history: listOf(value['history']).flatMap(step => readDriftStep(step) ?? []),
  }
}

type TextKey = 'package' | 'version' | 'url' | 'registryName' | 'repository' | 'licence' | 'origin'

function optional(value: JsonObject, keys: readonly TextKey[]): Partial<Record<TextKey, string>> {
  const found: Partial<Record<TextKey, string>> = {}
  for (const key of keys) {
    const text = textOf(value[key])
    if (text !== undefined) found[key] = text
  }
  return found
}

function functionsIn(value: Json | undefined): { readonly functions?: InnerFunctions } {
  if (!isJsonObject(value)) return {}
  const within = textOf(value['within'])
  const definitions = toolListOf(value['definitions'] ?? [])?.definitions ?? []
  if (within === undefined || definitions.length === 0) return {}
  const call = textOf(value['call'])
  const note = textOf(value['note'])
  return {
    functions: {
      within,
      definitions,
      ...(call === undefined ? {} : { call }),
      ...(note === undefined ? {} : { note }),
    },
  }
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter(each => typeof each === 'string')
}

function textMembers(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
