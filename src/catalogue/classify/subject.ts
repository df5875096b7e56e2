/**
 * A definition as the classifier sees it: bounded texts, parameters found in the schema, annotations. Reading never
 * throws and stays linear: what is too deep, too large or of the wrong type is left out, and that is noted.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { nameWords, type Word } from './text.ts'

/** One parameter of a tool, at any depth of its input schema. */
export interface Parameter {
  readonly name: string
  /** JSON Pointer into the definition, e.g. `/inputSchema/properties/query`. */
  readonly pointer: string
  readonly depth: number
  readonly types: readonly string[]
  readonly isArray: boolean
  /** A list of objects. */
  readonly holdsObjects: boolean
  readonly choices: readonly string[]
  readonly choicesPointer: string
  readonly description: string
  readonly words: readonly Word[]
  /** Spelt as one lower-case word without separators: `filePath`, `file_path` and `file-path` are equal. */
  readonly folded: string
}

/** One definition, read. */
export interface Subject {
  readonly definition: JsonObject
  readonly name: string
  readonly title: string
  /** The description as far as it is read. */
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly annotations: JsonObject
  /** Something was too large or too deep to be read whole. */
  readonly isCut: boolean
}

/** Reads a definition. Anything may be missing or of the wrong type. */
export function subjectOf(definition: JsonObject): Subject {
  const description = textOf(definition['description'])
  const annotations = isJsonObject(definition['annotations']) ? definition['annotations'] : {}
  const { parameters, isCut } = parametersOf(definition['inputSchema'])
  return {
    definition,
    name: textOf(definition['name']).slice(0, limits.classifyNameCharsMax),
    title: (textOf(definition['title']) || textOf(annotations['title'])).slice(0, limits.classifyNameCharsMax),
    description: description.slice(0, limits.classifyTextCharsMax),
    parameters,
    annotations,
    isCut: isCut || description.length > limits.classifyTextCharsMax,
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

interface Visit {
  readonly schema: Json | undefined
  readonly pointer: string
  /** How many members deep: a member of an alternative is as deep as the member of the whole. */
  readonly depth: number
  /** How many schemas deep. */
  readonly level: number
}

function parametersOf(inputSchema: Json | undefined): { parameters: readonly Parameter[]; isCut: boolean } {
  const parameters: Parameter[] = []
  const open: Visit[] = [{ schema: inputSchema, pointer: '/inputSchema', depth: 0, level: 0 }]
  let visited = 0
  let isCut = false
  for (let at = 0; at < open.length; at += 1) {
    const visit = open[at] as Visit
    if (!isJsonObject(visit.schema)) continue
    visited += 1
    if (visited > limits.classifySchemaNodesMax || visit.level > limits.classifySchemaDepthMax) {
      isCut = true
      continue
    }
    const properties = visit.schema['properties']
    if (isJsonObject(properties)) {
      for (const [name, schema] of Object.entries(properties)) {
        if (parameters.length >= limits.classifyParametersMax) {
          isCut = true
          break
        }
        const pointer = `${visit.pointer}/properties/${escapeSegment(name)}`
        parameters.push(parameterOf(name, schema, pointer, visit.depth))
        open.push({ schema, pointer, depth: visit.depth + 1, level: visit.level + 1 })
      }
    }
    open.push(...branchesOf(visit))
  }
  return { parameters: withUnions(parameters), isCut }
}

/** Alternatives told apart by a constant (`operation` is `get` in one, `delete` in the other): together one choice. */
function withUnions(parameters: readonly Parameter[]): readonly Parameter[] {
  const unions = new Map<string, Parameter[]>()
  for (const each of parameters) {
    if (each.choices.length !== 1) continue
    const key = alternative.exec(each.pointer)
    if (key === null) continue
    const place = `${each.pointer.slice(0, key.index)} ${each.name}`
    unions.set(place, [...(unions.get(place) ?? []), each])
  }
  const merged = new Map<Parameter, Parameter | undefined>()
  for (const members of unions.values()) {
    const choices = [...new Set(members.flatMap(each => each.choices))]
    if (choices.length < 2) continue
    for (const [at, each] of members.entries()) merged.set(each, at === 0 ? { ...each, choices } : undefined)
  }
  if (merged.size === 0) return parameters
  return parameters.flatMap(each => (merged.has(each) ? (merged.get(each) ?? []) : each))
}

const alternative = /\/(?:anyOf|oneOf)\/\d+\/properties\/[^/]+$/

/** Where a schema goes on without naming a member: array items and alternatives. */
function branchesOf({ schema, pointer, depth, level }: Visit): readonly Visit[] {
  if (!isJsonObject(schema)) return []
  const found: Visit[] = []
  if (isJsonObject(schema['items']))
    found.push({ schema: schema['items'], pointer: `${pointer}/items`, depth: depth + 1, level: level + 1 })
  for (const word of ['anyOf', 'oneOf', 'allOf']) {
    const members = schema[word]
    if (!Array.isArray(members)) continue
    for (const [index, member] of (members as readonly Json[]).slice(0, limits.classifyAlternativesMax).entries())
      found.push({ schema: member, pointer: `${pointer}/${word}/${index}`, depth, level: level + 1 })
  }
  return found
}

function parameterOf(name: string, schema: Json, pointer: string, depth: number): Parameter {
  const cut = name.slice(0, limits.classifyNameCharsMax)
  const own = isJsonObject(schema) ? schema : {}
  const types = typesOf(own)
  const { choices, at } = choicesOf(own)
  return {
    name: cut,
    pointer,
    depth,
    types,
    isArray: types.includes('array'),
    holdsObjects: isListOfObjects(own),
    choices,
    choicesPointer: `${pointer}${at}`,
    description: textOf(own['description']).slice(0, limits.classifyParameterCharsMax),
    words: nameWords(cut),
    folded: cut.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''),
  }
}

function isListOfObjects(schema: JsonObject): boolean {
  const items = schema['items']
  return (
    isJsonObject(items) &&
    (items['type'] === 'object' ||
      isJsonObject(items['properties']) ||
      Array.isArray(items['anyOf']) ||
      Array.isArray(items['oneOf']))
  )
}

function typesOf(schema: JsonObject): readonly string[] {
  const types: string[] = []
  const add = (value: Json | undefined) => {
    if (typeof value === 'string') types.push(value)
    if (Array.isArray(value))
      for (const each of value as readonly Json[]) if (typeof each === 'string') types.push(each)
  }
  add(schema['type'])
  for (const word of ['anyOf', 'oneOf']) {
    const members = schema[word]
    if (!Array.isArray(members)) continue
    for (const member of (members as readonly Json[]).slice(0, limits.classifyAlternativesMax))
      if (isJsonObject(member)) add(member['type'])
  }
  return types
}

/** The values a parameter may take: its `enum`, that of its items, or the constants of its alternatives. */
function choicesOf(schema: JsonObject): { choices: readonly string[]; at: string } {
  const own = textsOf(schema['enum'])
  if (own.length > 0) return { choices: own, at: '/enum' }
  const items = schema['items']
  if (isJsonObject(items) && Array.isArray(items['enum'])) return { choices: textsOf(items['enum']), at: '/items/enum' }
  for (const word of ['anyOf', 'oneOf']) {
    const members = schema[word]
    if (!Array.isArray(members)) continue
    const constants = (members as readonly Json[])
      .slice(0, limits.classifyAlternativesMax)
      .flatMap(member =>
        isJsonObject(member) ? [...textsOf(member['enum']), ...textsOf([member['const'] ?? null])] : [],
      )
    if (constants.length > 0) return { choices: constants, at: `/${word}` }
  }
  return { choices: textsOf([schema['const'] ?? null]), at: '/const' }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return []
  return (value as readonly Json[])
    .slice(0, limits.classifyAlternativesMax)
    .filter(each => typeof each === 'string')
    .map(each => each.slice(0, limits.classifyNameCharsMax))
}

function escapeSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
