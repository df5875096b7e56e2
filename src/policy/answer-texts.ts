/**
 * The texts of an answer, in one order: what a pattern is searched in, and where what was found is put back. In the
 * frame that MCP gives an answer these are values only; in data (structured content, the data of errors and of log
 * messages) also keys and numbers. Left alone: words the protocol itself reads, and base64 of images, audio and blobs.
 */
import { isRawNumber } from '../wire/json.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'

export type Place = 'frame' | 'data'

/** `isBlock`: the text of a text block; a reader takes those of one answer for one text. */
export type Take = (text: string, isBlock: boolean) => string

/** Members whose values the protocol reads: not what a server says, but how. */
const words: ReadonlySet<string> = new Set([
  ...['type', 'role', 'mimeType', 'resultType', 'cacheScope', 'level', 'mode', 'format', 'required', 'blob'],
  ...['progressToken', 'requestId', 'requestState', 'elicitationId', 'jsonrpc', 'method'],
])

/** `value` with every text replaced by what `take` makes of it; the same value when nothing changed. */
export function mapTexts(value: Json, place: Place, take: Take): Json {
  if (typeof value === 'string') return take(value, false)
  if (place === 'data' && (typeof value === 'number' || isRawNumber(value))) {
    const digits = JSON.stringify(value)
    const taken = take(digits, false)
    return taken === digits ? value : taken
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) return mapItems(value as readonly Json[], place, take)
  return place === 'data' ? mapData(value as JsonObject, take) : mapFrame(value as JsonObject, take)
}

function mapItems(items: readonly Json[], place: Place, take: Take): Json {
  let changed: Json[] | undefined
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as Json
    const mapped = mapTexts(item, place, take)
    if (mapped === item) continue
    changed ??= items.slice()
    changed[index] = mapped
  }
  return changed ?? items
}

function mapFrame(frame: JsonObject, take: Take): JsonObject {
  const isMedia = frame['type'] === 'image' || frame['type'] === 'audio'
  let changed: Map<string, Json> | undefined
  for (const key of Object.keys(frame)) {
    if (words.has(key) || (isMedia && key === 'data')) continue
    const member = frame[key] as Json
    const isBlock = key === 'text' && frame['type'] === 'text' && typeof member === 'string'
    const mapped = isBlock ? take(member, true) : mapTexts(member, placeOf(key, isMedia), take)
    if (mapped === member) continue
    changed ??= new Map(Object.entries(frame))
    changed.set(key, mapped)
  }
  // fromEntries defines own members: `__proto__` stays plain data
  return changed === undefined ? frame : Object.fromEntries(changed)
}

/** `data` of an image is bytes; of an error or a log message it is whatever the server put there. */
function placeOf(key: string, isMedia: boolean): Place {
  return key === 'structuredContent' || (key === 'data' && !isMedia) ? 'data' : 'frame'
}

function mapData(data: JsonObject, take: Take): JsonObject {
  const entries = Object.entries(data)
  const mapped = entries.map(([key, member]): [string, Json] => [take(key, false), mapTexts(member, 'data', take)])
  if (mapped.every(([key, member], index) => key === entries[index]?.[0] && member === entries[index]?.[1])) return data
  const made = new Map<string, Json>()
  for (const [key, member] of mapped) made.set(free(key, made), member)
  return Object.fromEntries(made)
}

/** Two keys that became the same are both kept. */
function free(key: string, taken: ReadonlyMap<string, Json>): string {
  if (!taken.has(key)) return key
  let number = 2
  while (taken.has(`${key} (${number})`)) number += 1
  return `${key} (${number})`
}

/** The frame with the texts of its blocks replaced: members named `text`, wherever blocks stand. */
export function mapBlocks(value: Json, take: (text: string) => string): Json {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map(item => mapBlocks(item, take))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const entries = Object.entries(value as JsonObject)
  const mapped = entries.map(([key, member]): [string, Json] => {
    if (key === 'text' && typeof member === 'string') return [key, take(member)]
    return key === 'structuredContent' || key === '_meta' ? [key, member] : [key, mapBlocks(member, take)]
  })
  return mapped.every(([, member], index) => member === entries[index]?.[1]) ? value : Object.fromEntries(mapped)
}
