/**
 * Whether a tool definition can be pinned at all. A definition is data of a stranger: bounded, named within the grammar, with schemas that cost and reach no more than they may (A-070 … A-075).
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
  const { name, description, title, inputSchema, outputSchema, annotations } = definition
  const refuseIt = (reason: string) => refused('ERR_PIN_REFUSED', { tool: shownName(name), reason })
  if (typeof name !== 'string' || !isToolName(name))
    return refuseIt('its name is not 1 to 128 characters of A-Z, a-z, 0-9, `_`, `-`, `.`')
  if (text.length > limits.definitionBytesMax)
    return refuseIt(`it has more than ${limits.definitionBytesMax} characters`)
  for (const [key, words] of [
    ['description', description],
    ['title', title],
  ] as const) {
    if (words !== undefined && words !== null && typeof words !== 'string') return refuseIt(`its ${key} is not text`)
    if (typeof words === 'string' && words.length > limits.descriptionCharsMax)
      return refuseIt(`its ${key} has more than ${limits.descriptionCharsMax} characters`)
  }
  if (annotations !== undefined && annotations !== null && !isJsonObject(annotations))
    return refuseIt('its annotations are not an object')
  // Compiled, not only judged: what is approved must be callable.
  const schema = compileSchema(inputSchema)
  if (!schema.ok) return refuseIt(schema.refusal.message)
  const headers = paramHeadersOf(inputSchema ?? null)
  if (!headers.ok) return refuseIt(headers.refusal.message)
  const output = isJsonObject(outputSchema) ? boundSchema(outputSchema) : accepted(undefined)
  return output.ok ? accepted(true) : refuseIt(output.refusal.message.replace('input schema', 'output schema'))
}

/** A name of any kind in at most 128 characters, for messages. */
export function shownName(name: Json | undefined): string {
  return typeof name === 'string' ? name.slice(0, 128) : '(no name)'
}
