/** The values that the plain keywords of a JSON Schema name. */
import { isJsonObject, type Json } from '../../wire/json-types.ts'

/** The values a part of a schema names. */
export function namedIn(schema: Json): readonly Json[] {
  if (!isJsonObject(schema)) return []
  const { enum: some, const: only, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  const bounds = [only, minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter(each => each !== undefined)
  return [...(Array.isArray(some) ? (some as readonly Json[]) : []), ...bounds]
}
