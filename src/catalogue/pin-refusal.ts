/**
 * Whether the gateway would take a definition at all, said where people look at a server before they use it. By the same
 * judgement as pinning; only that the schema is judged and not compiled, which takes ten times as long.
 */
import { canonicalJson } from '../wire/canonical.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { whyNotPinned } from './definition.ts'
import { judgeSchema } from './schema.ts'

/** A tool that can never be called through the gateway, and why. */
export interface PinRefusal {
  readonly tool: string
  readonly reason: string
}

/** Those of a list that cannot be pinned, in its order. */
export function pinRefusals(definitions: readonly JsonObject[]): readonly PinRefusal[] {
  return definitions.flatMap(definition => {
    const reason = whyNotPinned(definition, canonicalJson(definition), judgeSchema)
    return reason === undefined ? [] : [{ tool: String(definition['name']), reason }]
  })
}
