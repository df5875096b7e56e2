/**
 * What an input schema may cost and where it may reach, judged before it is compiled: size, depth, alternatives,
 * patterns, and references that stay inside the schema and never come back to themselves. Nothing is fetched: MCP
 * server/tools forbids it, and a schema that needs it is refused.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readSchemaPattern } from './pattern.ts'

/** What a reviewer should know about a schema that was accepted. */
export interface SchemaFacts {
  /** Alternatives that one value may be tried against, references followed. */
  readonly alternatives: number
  /** Patterns the gateway does not enforce, because RE2 cannot express them. */
  readonly unenforcedPatterns: readonly string[]
}

const single = [
  'items',
  'additionalItems',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
]
const several = ['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items']
const named = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']
const alternativeKeywords = ['anyOf', 'oneOf', 'allOf']
const dynamic = ['$dynamicRef', '$recursiveRef']

/** Refuses with ERR_SCHEMA_REFUSED and a reason a person can act on. */
export function boundSchema(schema: JsonObject): Result<SchemaFacts> {
  const size = sizeOf(schema)
  if (!size.ok) return size
  const walk = new SchemaWalk(schema)
  const expanded = walk.weigh(schema, 0)
  if (!expanded.ok) return expanded
  return accepted({ alternatives: expanded.value.alternatives, unenforcedPatterns: [...walk.unenforcedPatterns] })
}

function refuseIt(reason: string) {
  return refused('ERR_SCHEMA_REFUSED', { reason })
}

/** Plain size, of everything in it, before anything is understood. Without recursion: depth is not yet bounded. */
function sizeOf(schema: JsonObject): Result<number> {
  const open: { value: Json; depth: number }[] = [{ value: schema, depth: 0 }]
  let nodes = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    nodes += 1
    if (nodes > limits.schemaNodesMax) return refuseIt(`it holds more than ${limits.schemaNodesMax} values`)
    if (next.depth > limits.schemaDepthMax) return refuseIt(`it is nested deeper than ${limits.schemaDepthMax}`)
    const children = Array.isArray(next.value) ? next.value : isJsonObject(next.value) ? Object.values(next.value) : []
    if (children.length > limits.schemaNodesMax) return refuseIt(`it holds more than ${limits.schemaNodesMax} values`)
    for (const value of children) open.push({ value, depth: next.depth + 1 })
  }
  return accepted(nodes)
}

interface Weight {
  readonly schemas: number
  readonly alternatives: number
}

class SchemaWalk {
  readonly unenforcedPatterns = new Set<string>()
  readonly #root: JsonObject
  readonly #weights = new Map<JsonObject, Weight>()
  readonly #patternsSeen = new Set<string>()
  readonly #open = new Set<JsonObject>()
  readonly #anchors: ReadonlyMap<string, JsonObject>
  #alternatives = 0

  constructor(root: JsonObject) {
    this.#root = root
    this.#anchors = anchorsOf(root)
  }

  /** Schemas that one validation may visit, references followed; each schema is looked at once. */
  weigh(schema: Json, depth: number): Result<Weight> {
    if (!isJsonObject(schema))
      return typeof schema === 'boolean'
        ? accepted({ schemas: 1, alternatives: 0 })
        : refuseIt('a subschema is not an object')
    const known = this.#weights.get(schema)
    if (known !== undefined) return accepted(known)
    if (this.#open.has(schema)) return refuseIt('a `$ref` leads back to itself; recursive schemas are not accepted')
    if (depth > limits.schemaDepthMax) return refuseIt(`its references are nested deeper than ${limits.schemaDepthMax}`)
    this.#open.add(schema)
    const own = this.#own(schema)
    if (!own.ok) return own
    let schemas = 1
    let alternatives = alternativesOf(schema)
    for (const child of own.value) {
      const inner = this.weigh(child, depth + 1)
      if (!inner.ok) return inner
      schemas += inner.value.schemas
      alternatives += inner.value.alternatives
      if (schemas > limits.schemaExpandedMax)
        return refuseIt(`its references unfold to more than ${limits.schemaExpandedMax} schemas`)
    }
    this.#open.delete(schema)
    const weight = { schemas, alternatives }
    this.#weights.set(schema, weight)
    return accepted(weight)
  }

  /** The schemas directly inside this one, the target of its `$ref` included. */
  #own(schema: JsonObject): Result<readonly Json[]> {
    for (const keyword of dynamic) if (keyword in schema) return refuseIt(`\`${keyword}\` is not accepted`)
    const children: Json[] = []
    const reference = schema['$ref']
    if (reference !== undefined) {
      const target = this.#resolve(reference)
      if (!target.ok) return target
      children.push(target.value)
    }
    const patterns = this.#patterns(schema)
    if (!patterns.ok) return patterns
    for (const keyword of single) if (isJsonObject(schema[keyword])) children.push(schema[keyword])
    for (const keyword of several) {
      const members = schema[keyword]
      if (!Array.isArray(members)) continue
      children.push(...members)
    }
    this.#alternatives += alternativesOf(schema)
    if (this.#alternatives > limits.schemaAlternativesMax)
      return refuseIt(`it holds more than ${limits.schemaAlternativesMax} alternatives`)
    for (const keyword of named) {
      const members = schema[keyword]
      if (isJsonObject(members) && Object.keys(members).length > limits.schemaMembersMax)
        return refuseIt(`one \`${keyword}\` names more than ${limits.schemaMembersMax} members`)
      if (isJsonObject(members)) children.push(...Object.values(members).filter(member => !Array.isArray(member)))
    }
    return accepted(children)
  }

  #patterns(schema: JsonObject): Result<true> {
    const { pattern, patternProperties } = schema
    const keys = isJsonObject(patternProperties) ? Object.keys(patternProperties) : []
    for (const source of typeof pattern === 'string' ? [pattern, ...keys] : keys) {
      if (this.#patternsSeen.has(source)) continue
      this.#patternsSeen.add(source)
      if (this.#patternsSeen.size > limits.schemaPatternsMax)
        return refuseIt(`it holds more than ${limits.schemaPatternsMax} patterns`)
      const read = readSchemaPattern(source)
      if (!read.ok) return read
      if (!read.value.isEnforced) this.unenforcedPatterns.add(source)
    }
    // Guessing which properties a pattern means would validate the wrong ones.
    return keys.some(key => this.unenforcedPatterns.has(key))
      ? refuseIt('`patternProperties` uses a pattern that RE2 cannot express')
      : accepted(true)
  }

  #resolve(reference: Json): Result<Json> {
    if (typeof reference !== 'string') return refuseIt('a `$ref` is not text')
    if (!reference.startsWith('#'))
      return refuseIt(`\`$ref\` to \`${reference.slice(0, 100)}\` reaches outside the schema; nothing is fetched`)
    const fragment = decodeFragment(reference.slice(1))
    const target =
      fragment === undefined || (fragment !== '' && !fragment.startsWith('/'))
        ? this.#anchors.get(fragment ?? '')
        : pointTo(this.#root, fragment)
    return target === undefined
      ? refuseIt(`\`$ref\` to \`${reference.slice(0, 100)}\` points nowhere`)
      : accepted(target)
  }
}

function alternativesOf(schema: JsonObject): number {
  return alternativeKeywords.reduce(
    (sum, keyword) => sum + (Array.isArray(schema[keyword]) ? schema[keyword].length : 0),
    0,
  )
}

function decodeFragment(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** RFC 6901, own members only. */
function pointTo(root: Json, pointer: string): Json | undefined {
  let value: Json | undefined = root
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined
    else if (isJsonObject(value)) value = Object.hasOwn(value, key) ? value[key] : undefined
    else return undefined
  }
  return value
}

/** `$anchor` (2020-12) and `$id: "#name"` (draft-07), wherever they stand. */
function anchorsOf(root: JsonObject): ReadonlyMap<string, JsonObject> {
  const anchors = new Map<string, JsonObject>()
  const open: Json[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) open.push(...value)
    else if (isJsonObject(value)) {
      const { $anchor, $id } = value
      if (typeof $anchor === 'string') anchors.set($anchor, value)
      if (typeof $id === 'string' && $id.startsWith('#')) anchors.set($id.slice(1), value)
      open.push(...Object.values(value))
    }
  }
  return anchors
}
