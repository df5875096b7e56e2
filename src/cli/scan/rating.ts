/** What the tools of a scanned server can do. Tools without a name are passed over: nobody can call them. */
import { classifyTools, type RatedServer } from '../../catalogue/classify/classify.ts'
import type { JsonObject } from '../../wire/json-types.ts'

/** Rates every tool, with its siblings as context. */
export function rateTools(definitions: readonly JsonObject[]): RatedServer {
  return classifyTools(definitions.filter(({ name }) => typeof name === 'string' && name !== ''))
}
