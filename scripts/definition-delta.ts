/**
 * What turns the tools of one version back into those of the version before it, in as few bytes as will do: whole
 * definitions only of tools that are gone, of a changed text only the part that is another. Lossless, so that a rating
 * of an earlier version can be made again by a classifier that did not exist when somebody looked.
 */
import { canonicalJson, sha256Hex } from '../src/wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/wire/json-types.ts'

/**
 * One place of a definition as it was: `put` stands there instead; without `put` nothing did. With `skip`, `put` stands
 * in a text instead of `drop` UTF-16 units after the first `skip`.
 */
export interface FormerPlace {
  readonly at: string
  readonly put?: Json
  readonly skip?: number
  readonly drop?: number
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
  return [typeof before === 'string' && typeof after === 'string' ? splice(before, after, at) : { at, put: before }]
}

/** Below so many units in common a text is kept whole: it can be read then. */
const commonCharsMin = 40

function splice(before: string, after: string, at: string): FormerPlace {
  const most = Math.min(before.length, after.length)
  let skip = 0
  while (skip < most && before[skip] === after[skip]) skip += 1
  let end = 0
  while (end < most - skip && before.at(-1 - end) === after.at(-1 - end)) end += 1
  // half of a pair of surrogates is no text
  if (/[\ud800-\udbff]/.test(after[skip - 1] ?? '')) skip -= 1
  if (/[\udc00-\udfff]/.test(after.at(-end) ?? '') && end > 0) end -= 1
  if (skip + end < commonCharsMin) return { at, put: before }
  return { at, skip, drop: after.length - skip - end, put: before.slice(skip, before.length - end) }
}

function restored(tool: JsonObject, places: readonly FormerPlace[]): JsonObject {
  if (places.length === 0) return tool
  const copy = structuredClone(tool) as Record<string, Json>
  for (const place of places) restore(copy, place)
  return copy
}

function restore(definition: Record<string, Json>, { at, put, skip, drop = 0 }: FormerPlace): void {
  const way = at.split('/').slice(1)
  const [key = '', ...above] = way.map(part => part.replaceAll('~1', '/').replaceAll('~0', '~')).toReversed()
  let holder = definition
  for (const part of above.toReversed()) holder = holder[part] as Record<string, Json>
  const present = holder[key]
  if (put === undefined) delete holder[key]
  else if (skip === undefined || typeof present !== 'string') holder[key] = put
  else holder[key] = `${present.slice(0, skip)}${String(put)}${present.slice(skip + drop)}`
}
