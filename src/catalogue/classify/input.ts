/**
 * Lists of tools as they come: an array, `{tools}`, a `tools/list` answer with or without its JSON-RPC envelope, the
 * output of `server show --json`, a file of the catalogue. Bounded; what is no definition is counted and left out.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'

/** A list of tools as it was read. */
export interface ToolList {
  readonly definitions: readonly JsonObject[]
  /** Entries that are no definitions, or too many. */
  readonly skipped: number
  /** Name of the server, where the file says it. */
  readonly server?: string
}

/** The definitions of a value; nothing when it is no list of tools. */
export function toolListOf(value: Json): ToolList | undefined {
  const entries = entriesOf(value)
  if (entries === undefined) return undefined
  const definitions = entries.slice(0, limits.serverToolsMax).flatMap(definitionIn)
  const name = isJsonObject(value) ? (value['name'] ?? value['server']) : undefined
  return {
    definitions,
    skipped: entries.length - definitions.length,
    ...(typeof name === 'string' ? { server: name } : {}),
  }
}

function entriesOf(value: Json): readonly Json[] | undefined {
  if (Array.isArray(value)) return value as readonly Json[]
  if (!isJsonObject(value)) return undefined
  if (Array.isArray(value['tools'])) return value['tools'] as readonly Json[]
  const inner = value['result']
  return isJsonObject(inner) && Array.isArray(inner['tools']) ? (inner['tools'] as readonly Json[]) : undefined
}

/** A definition, or what holds one as `definition` (`server show --json`). */
function definitionIn(entry: Json): readonly JsonObject[] {
  if (!isJsonObject(entry)) return []
  const inner = entry['definition']
  const definition = isJsonObject(inner) && typeof inner['name'] === 'string' ? inner : entry
  return typeof definition['name'] === 'string' && definition['name'] !== '' ? [definition] : []
}
