/**
 * What turns the tools of one version back into those of the version before it, in as few bytes as will do: whole
 * definitions only of tools that are gone, of a changed text only the part that is another. Lossless, so that a rating
 * of an earlier version can be made again by a classifier that did not exist when somebody looked.
 */
import { canonicalJson, sha256Hex } from '../src/wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/wire/json-types.ts'
import { type Splice, spliced, splicesBetween } from './text-delta.ts'

/** One place of a definition as it was: `put` stood there, or a text that `splices` make of this one, or nothing. */
export interface FormerPlace {
  readonly at: string
  readonly put?: Json
  readonly splices?: readonly Splice[]
}

export interface ToolsDelta {
  /** Tools the version before did not have. */
  readonly without: readonly string[]
  /** Tools only the version before had. */
  readonly with: readonly JsonObject[]
  readonly former: readonly { readonly tool: string; readonly places: readonly FormerPlace[] }[]
}

/** The way back from `after` to `before`. Throws when a name occurs twice: then nobody can say what became of it. */
export function deltaBetween(before: readonly JsonObject[], after: readonly JsonObject[]): ToolsDelta {
  const [old, now] = [byName(before), byName(after)]
  return {
    without: [...now.keys()].filter(name => !old.has(name)),
    with: before.filter(({ name }) => !now.has(String(name))),
    former: [...now].flatMap(([tool, definition]) => {
      const known = old.get(tool)
      const places = known === undefined ? [] : formerPlaces(known, definition, '')
      return places.length === 0 ? [] : [{ tool, places }]
    }),
  }
}

/** The tools of the version before: first those both have, in the order of `after`. */
export function toolsBefore(after: readonly JsonObject[], delta: ToolsDelta): readonly JsonObject[] {
  const former = new Map(delta.former.map(({ tool, places }) => [tool, places]))
  const kept = after.filter(({ name }) => !delta.without.includes(String(name)))
  return [...kept.map(tool => restored(tool, former.get(String(tool['name'])) ?? [])), ...delta.with]
}

/** SHA-256 of the definitions in the order of their names. */
export function toolsDigest(tools: readonly JsonObject[]): string {
  return sha256Hex(canonicalJson([...tools].toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1))))
}

function byName(tools: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  const named = new Map(tools.map(tool => [String(tool['name']), tool]))
  if (named.size !== tools.length) throw new Error('it lists a name twice')
  return named
}

function formerPlaces(before: Json, after: Json, at: string): readonly FormerPlace[] {
  if (canonicalJson(before) === canonicalJson(after)) return []
  if (isJsonObject(before) && isJsonObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap(key => {
      const place = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const own = Object.hasOwn(before, key) ? before[key] : undefined
      const other = Object.hasOwn(after, key) ? after[key] : undefined
      if (own === undefined) return [{ at: place }]
      return other === undefined ? [{ at: place, put: own }] : formerPlaces(own, other, place)
    })
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => formerPlaces(item, after[index] ?? null, `${at}/${index}`))
  return [typeof before === 'string' && typeof after === 'string' ? formerText(before, after, at) : { at, put: before }]
}

/** A text that takes no more room whole is kept whole: it can be read then. */
function formerText(before: string, after: string, at: string): FormerPlace {
  const whole = { at, put: before }
  const parts = { at, splices: splicesBetween(before, after) }
  return JSON.stringify(parts).length < JSON.stringify(whole).length ? parts : whole
}

function restored(tool: JsonObject, places: readonly FormerPlace[]): JsonObject {
  if (places.length === 0) return tool
  const copy = structuredClone(tool) as Record<string, Json>
  for (const place of places) restore(copy, place)
  return copy
}

function restore(definition: Record<string, Json>, { at, put, splices }: FormerPlace): void {
  const way = at.split('/').slice(1)
  const [key = '', ...above] = way.map(part => part.replaceAll('~1', '/').replaceAll('~0', '~')).toReversed()
  let holder = definition
  for (const part of above.toReversed()) holder = holder[part] as Record<string, Json>
  const present = holder[key]
  if (put !== undefined) holder[key] = put
  else if (splices === undefined) delete holder[key]
  else holder[key] = spliced(String(present), splices)
}
