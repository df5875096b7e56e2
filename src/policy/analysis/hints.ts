/**
 * Values worth trying for what is asked as a whole: the arguments an expression or a JSON Schema names, and around each
 * the numbers and texts that stand in it.
 */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { patternSamples } from './pattern-samples.ts'
import type { Hint } from './space.ts'

/** Hints from expressions (`when`) and JSON Schemas, as text. */
export function hintsIn(sources: readonly string[]): readonly Hint[] {
  return sources.flatMap(source => {
    const schema = source.startsWith('{') ? readJson(source) : undefined
    return schema === undefined ? expressionHints(source) : schemaHints(schema, [])
  })
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const valuesMax = 12

function expressionHints(source: string): readonly Hint[] {
  const numbers = [...source.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text))
  const texts = [...source.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)].map(match => match[1] ?? match[2] ?? '')
  const around = numbers.flatMap(number => [number, number + 1, number - 1])
  const sized = /\bsize\b/.test(source) ? numbers.flatMap(ofSize) : []
  const values = [...new Set<Json>([...around, ...texts, 1, 'x', true, false])].slice(0, valuesMax).concat(sized)
  const paths = [...source.matchAll(/\bargs((?:\.[A-Za-z_]\w*)+)(?!\s*\(|\w)/g)]
  return [...new Set(paths.map(match => match[1] ?? ''))].map(path => ({
    root: 'args',
    keys: path.slice(1).split('.'),
    values,
  }))
}

/** Texts and lists of about this size, where they can still be read. */
function ofSize(size: number): readonly Json[] {
  const sizes = [size, size + 1].filter(each => Number.isInteger(each) && each >= 0)
  return [
    ...sizes.filter(each => each <= textSizeMax).map(each => 'x'.repeat(each)),
    ...sizes.filter(each => each <= listSizeMax).map(each => Array.from({ length: each }, () => 'x')),
  ]
}

const textSizeMax = 1_000
const listSizeMax = 50

/** The members a schema describes, with values that fit its plain keywords. */
function schemaHints(schema: Json, keys: readonly string[]): readonly Hint[] {
  if (!isJsonObject(schema) || keys.length > 4) return []
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : []
  const own: Hint[] = keys.length === 0 ? [] : [{ root: 'args', keys, values: valuesFor(schema) }]
  return [...own, ...properties.flatMap(([key, member]) => schemaHints(member, [...keys, key]))]
}

function valuesFor(schema: Json): Hint['values'] {
  if (!isJsonObject(schema)) return []
  const { const: only, enum: some, minimum, maximum, type } = schema
  const named = [only, ...(Array.isArray(some) ? (some as readonly Json[]) : [])].filter(isScalar)
  const numbers = [minimum, maximum].filter(each => typeof each === 'number')
  const byType =
    type === 'boolean' ? [true, false] : type === 'number' || type === 'integer' ? [1, 0] : textsFor(schema)
  return [...named, ...numbers, ...byType].slice(0, valuesMax)
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-05',
  'date-time': '2026-01-05T12:00:00Z',
  time: '12:00:00Z',
  email: 'a@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

/** Texts that are likely to fit `pattern`, `format` and `minLength`. */
function textsFor({ pattern, format, minLength }: JsonObject): readonly string[] {
  const made = [
    ...(typeof pattern === 'string' ? patternSamples(pattern) : []),
    ...(typeof format === 'string' ? [formats[format] ?? 'x'] : []),
    'x',
  ]
  const length = Math.min(typeof minLength === 'number' ? minLength : 0, lengthMax)
  const longer = made.map(text => text + (text.at(-1) ?? 'x').repeat(Math.max(0, length - text.length)))
  return [...new Set(longer.flatMap(text => [text, `${text}x`, `${text}1`]))]
}

const lengthMax = 256

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
