/**
 * Values worth trying for what is asked as a whole: the arguments an expression or a JSON Schema names, and around each
 * the numbers and texts that stand in it.
 */
import { isJsonObject, type Json } from '../../wire/json-types.ts'
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
  const values = [...new Set([...around, ...texts, 1, 'x', true, false])].slice(0, valuesMax)
  const paths = [...source.matchAll(/\bargs((?:\.[A-Za-z_]\w*)+)(?!\s*\(|\w)/g)]
  return [...new Set(paths.map(match => match[1] ?? ''))].map(path => ({
    root: 'args',
    keys: path.slice(1).split('.'),
    values,
  }))
}

/** The members a schema describes, with values that fit its plain keywords. */
function schemaHints(schema: Json, keys: readonly string[]): readonly Hint[] {
  if (!isJsonObject(schema) || keys.length > 4) return []
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : []
  const own: Hint[] = keys.length === 0 ? [] : [{ root: 'args', keys, values: valuesFor(schema) }]
  return [...own, ...properties.flatMap(([key, member]) => schemaHints(member, [...keys, key]))]
}

function valuesFor(schema: Json): Hint['values'] {
  if (!isJsonObject(schema)) return []
  const { const: only, enum: some, minimum, maximum, type, minLength } = schema
  const named = [only, ...(Array.isArray(some) ? (some as readonly Json[]) : [])].filter(isScalar)
  const numbers = [minimum, maximum].filter(each => typeof each === 'number')
  const text = 'x'.repeat(Math.min(typeof minLength === 'number' ? minLength : 1, 256))
  const byType = type === 'boolean' ? [true, false] : type === 'number' || type === 'integer' ? [1, 0] : [text]
  return [...named, ...numbers, ...byType].slice(0, valuesMax)
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
