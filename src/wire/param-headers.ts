/**
 * Headers that repeat tool arguments (`x-mcp-header`, SEP-2243): which ones a schema asks for, how their values are written,
 * and whether those of a request agree with its body. A value that is not plain ASCII travels as `=?base64?…?=`, so no
 * argument can put a line end or a foreign byte into a header. Source: MCP 2026-07-28, basic/transports/streamable-http.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { type HttpHead, headerValue, trimOptionalSpace } from './era.ts'
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'

/** One annotated property: header `Mcp-Param-{header}` repeats the argument at `path`. */
export interface ParamHeader {
  readonly header: string
  readonly path: readonly string[]
  readonly type: 'string' | 'integer' | 'boolean'
}

const annotation = 'x-mcp-header'
const prefix = '=?base64?'
const suffix = '?='

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const plainText = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/
const decimal = /^-?\d{1,16}(?:\.0{1,16})?$/

/** Keywords whose value is a schema or a list of schemas (JSON Schema 2020-12 and draft-07). */
const subschemas: readonly string[] = [
  ...['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains', 'contentSchema'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else'],
]
/** Keywords whose value maps names to schemas. A property may itself be named like the annotation. */
const schemaMaps: readonly string[] = ['patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions']

/**
 * The headers an input schema asks for, in the order of its properties. Refuses with ERR_WIRE_PARAM_HEADER if any annotation
 * is not an HTTP token, not unique without case, not on a string, integer or boolean, or not reachable from the root
 * through `properties` alone: such a tool must be dropped. The caller bounds the schema's depth.
 */
export function paramHeadersOf(inputSchema: Json): Result<readonly ParamHeader[]> {
  const found: ParamHeader[] = []
  const problem = collect(inputSchema, [], true, found)
  return problem === undefined ? accepted(found) : refused('ERR_WIRE_PARAM_HEADER', { problem })
}

/** Writes text as a header value: as is if it is plain visible ASCII, else wrapped in base64. Never holds a line end. */
export function encodeHeaderValue(text: string): string {
  return plainText.test(text) && !isWrapped(text)
    ? text
    : `${prefix}${Buffer.from(text, 'utf8').toString('base64')}${suffix}`
}

/**
 * Reads a header value, white space around it removed. The wrapper is exact and lower case, its base64 strict (padding,
 * alphabet, no stray bits) and its bytes UTF-8; anything else must be ASCII. Refuses with ERR_WIRE_HEADER_MISMATCH.
 */
export function decodeHeaderValue(raw: string): Result<string> {
  const value = trimOptionalSpace(raw)
  if (!isWrapped(value)) return value === '' || plainText.test(value) ? accepted(value) : badValue()
  // `=?base64?=`: the two marks overlap, which some readers take for an empty value and some for text
  if (value.length < prefix.length + suffix.length) return badValue()
  const encoded = value.slice(prefix.length, -suffix.length)
  const bytes = Buffer.from(encoded, 'base64')
  // the decoder skips what it does not know; only the canonical form comes back the same
  if (bytes.toString('base64') !== encoded) return badValue()
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? accepted(text) : badValue()
}

/** The `Mcp-Param-*` headers of one call, encoded. Null, absent and structured values have none. */
export function paramHeaderValues(headers: readonly ParamHeader[], args: JsonObject): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { header, path } of headers) {
    const text = textOf(valueAt(args, path))
    if (text !== undefined) values[`Mcp-Param-${header}`] = encodeHeaderValue(text)
  }
  return values
}

/**
 * Holds the `Mcp-Param-*` headers of a request to its arguments: present exactly when the argument is, and equal after
 * decoding (integers as numbers). Headers no annotation asks for are not looked at. Refuses with ERR_WIRE_HEADER_MISMATCH.
 */
export function checkParamHeaders(head: HttpHead, headers: readonly ParamHeader[], args: JsonObject): Result<true> {
  for (const { header, path, type } of headers) {
    const raw = headerValue(head, `mcp-param-${header.toLowerCase()}`)
    const value = valueAt(args, path)
    const text = textOf(value)
    if (raw === undefined) {
      if (text === undefined) continue
      return mismatch(header, 'is required')
    }
    const decoded = decodeHeaderValue(raw)
    if (!decoded.ok) return mismatch(header, 'is not a valid header value')
    const agrees =
      decoded.value === text ||
      (type === 'integer' && text !== undefined && typeof value === 'number' && sameInteger(decoded.value, value))
    if (!agrees) return mismatch(header, `differs from the argument \`${path.join('.')}\``)
  }
  return accepted(true)
}

function collect(schema: Json, path: readonly string[], reachable: boolean, found: ParamHeader[]): string | undefined {
  if (!isJsonObject(schema)) return undefined
  if (Object.hasOwn(schema, annotation)) {
    const problem = takeAnnotation(schema, path, reachable, found)
    if (problem !== undefined) return problem
  }
  const properties = Object.hasOwn(schema, 'properties') ? schema['properties'] : undefined
  for (const [name, property] of isJsonObject(properties) ? Object.entries(properties) : []) {
    const problem = collect(property, [...path, name], reachable, found)
    if (problem !== undefined) return problem
  }
  for (const [keyword, value] of Object.entries(schema)) {
    let inner: readonly Json[] = []
    if (subschemas.includes(keyword)) inner = Array.isArray(value) ? value : [value]
    else if (schemaMaps.includes(keyword) && isJsonObject(value)) inner = Object.values(value)
    for (const branch of inner) {
      const problem = collect(branch, [...path, keyword], false, found)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

function takeAnnotation(
  schema: JsonObject,
  path: readonly string[],
  reachable: boolean,
  found: ParamHeader[],
): string | undefined {
  const header = schema[annotation]
  const type = Object.hasOwn(schema, 'type') ? schema['type'] : undefined
  const where = `at \`${path.join('.')}\``
  if (!reachable || path.length === 0) return `${where} it is not reachable through properties alone`
  if (typeof header !== 'string' || !token.test(header)) return `${where} it is not an HTTP token`
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return `${where} the property is not a string, integer or boolean`
  }
  const lower = header.toLowerCase()
  if (found.some(other => other.header.toLowerCase() === lower)) return `${where} the header is named twice`
  found.push({ header, path, type })
  return undefined
}

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args
  for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

/** `42.0` and `42` are the same integer. `value` is a safe one, so no other digits round to it. */
function sameInteger(text: string, value: number): boolean {
  return decimal.test(text) && Number(text) === value
}

function isWrapped(value: string): boolean {
  return value.startsWith(prefix) && value.endsWith(suffix)
}

function badValue(): Result<never> {
  return refused('ERR_WIRE_HEADER_MISMATCH', {
    header: 'value',
    problem: 'is not plain ASCII or strict base64 of UTF-8',
  })
}

function mismatch(header: string, problem: string): Result<never> {
  return refused('ERR_WIRE_HEADER_MISMATCH', { header: `Mcp-Param-${header}`, problem })
}
