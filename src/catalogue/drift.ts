/**
 * What changed between two tool definitions, member by member, with a JSON Pointer to each place and a note where a
 * change means more than its words. Bounded; never judges whether a change is harmless: that is the reviewer's part.
 */
import { limits } from '../limits.ts'
import { canonicalJson } from '../wire/canonical.ts'
import { isRawNumber } from '../wire/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'

/** `before` is absent for what was added, `after` for what was removed. */
export interface Difference {
  readonly path: string
  readonly before?: Json
  readonly after?: Json
  readonly note?: string
}

/** Every difference, in the order of the definition; at most `limits.differencesMax`, the last one saying so. */
export function compareDefinitions(before: JsonObject, after: JsonObject): readonly Difference[] {
  const found: Difference[] = []
  collect(before, after, '', found)
  if (found.length <= limits.differencesMax) return found
  return [...found.slice(0, limits.differencesMax), { path: '', note: 'more places differ than are listed' }]
}

function collect(before: Json, after: Json, path: string, found: Difference[]): void {
  if (found.length > limits.differencesMax || canonicalJson(before) === canonicalJson(after)) return
  if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      member(ownOf(before, key), ownOf(after, key), `${path}/${pointerPart(key)}`, found)
    return
  }
  // Lists of plain values (`required`, `enum`) say more as a whole than place by place.
  if (Array.isArray(before) && Array.isArray(after) && !isFlat(before) && !isFlat(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1)
      member(before[index], after[index], `${path}/${index}`, found)
    return
  }
  found.push(withNote({ path, before, after }))
}

function member(before: Json | undefined, after: Json | undefined, path: string, found: Difference[]): void {
  if (before !== undefined && after !== undefined) collect(before, after, path, found)
  else if (after !== undefined) found.push(withNote({ path, after }))
  else if (before !== undefined) found.push(withNote({ path, before }))
}

function isPlainObject(value: Json): value is JsonObject {
  return isJsonObject(value) && !isRawNumber(value)
}

function isFlat(list: readonly Json[]): boolean {
  return list.every(item => typeof item !== 'object' || item === null)
}

function ownOf(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function withNote(difference: Difference): Difference {
  const note = noteOf(difference)
  return note === undefined ? difference : { ...difference, note }
}

/** What a change of this place can do, for places where that is known. */
function noteOf({ path, before, after }: Difference): string | undefined {
  if (path === '/description') return 'agents read this text and may follow it'
  if (path === '/annotations/readOnlyHint' && after === true) return 'the tool now says it changes nothing'
  if (path === '/annotations/destructiveHint' && after === false) return 'the tool now says it destroys nothing'
  if (path.endsWith('/required') && Array.isArray(after)) return requiredNote(before, after)
  if (/\/properties\/[^/]+$/.test(path))
    return before === undefined ? 'a new argument' : after === undefined ? 'an argument is gone' : undefined
  if (path.endsWith('/description')) return 'agents read this text and may follow it'
  if (path.endsWith('/x-mcp-header')) return 'this argument now travels in a header'
  if (path.endsWith('/additionalProperties')) return 'which further arguments are taken has changed'
  return undefined
}

function requiredNote(before: Json | undefined, after: readonly Json[]): string | undefined {
  const old = new Set(Array.isArray(before) ? before : [])
  const added = after.filter(name => typeof name === 'string' && !old.has(name))
  return added.length === 0 ? undefined : `now required: ${added.join(', ')}`
}
