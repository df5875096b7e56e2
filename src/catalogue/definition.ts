/**
 * Whether a tool definition can be pinned at all. A definition is data of a stranger: bounded, named within the grammar,
 * with schemas that cost and reach no more than they may (A-070 … A-075).
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { isJsonObject } from '../wire/json-types.ts'
import { isToolName } from '../wire/names.ts'
import { paramHeadersOf } from '../wire/param-headers.ts'
import { compileSchema } from './schema.ts'
import { boundSchema } from './schema-bounds.ts'

/** Passes a definition that may be pinned. `text` is its canonical form. Refuses with ERR_PIN_REFUSED. */
export function judgeDefinition(definition: JsonObject, text: string): Result<true> {
  // Compiled, not only judged: what is approved must be callable.
  const reason = whyNotPinned(definition, text, compileSchema)
  return reason === undefined
    ? accepted(true)
    : refused('ERR_PIN_REFUSED', { tool: shownName(definition['name']), reason })
}

/** Why a definition may not be pinned, in words; nothing when it may. `checkSchema` judges its input schema. */
export function whyNotPinned(
  { name, description, title, inputSchema, outputSchema, annotations }: JsonObject,
  text: string,
  checkSchema: (inputSchema: Json | undefined) => Result<unknown>,
): string | undefined {
  if (typeof name !== 'string' || !isToolName(name))
    return 'its name is not 1 to 128 characters of A-Z, a-z, 0-9, `_`, `-`, `.`'
  if (text.length > limits.definitionBytesMax) return `it has more than ${limits.definitionBytesMax} characters`
  for (const [key, words] of [
    ['description', description],
    ['title', title],
  ] as const) {
    if (words !== undefined && words !== null && typeof words !== 'string') return `its ${key} is not text`
    if (typeof words === 'string' && words.length > limits.descriptionCharsMax)
      return `its ${key} has more than ${limits.descriptionCharsMax} characters`
  }
  if (annotations !== undefined && annotations !== null && !isJsonObject(annotations))
    return 'its annotations are not an object'
  const schema = checkSchema(inputSchema)
  if (!schema.ok) return schema.refusal.message
  const headers = paramHeadersOf(inputSchema ?? null)
  if (!headers.ok) return headers.refusal.message
  const output = isJsonObject(outputSchema) ? boundSchema(outputSchema) : accepted(undefined)
  return output.ok ? undefined : output.refusal.message.replace('input schema', 'output schema')
}

/** A name of any kind in at most 128 characters, for messages. */
export function shownName(name: Json | undefined): string {
  return typeof name === 'string' ? name.slice(0, 128) : '(no name)'
}
