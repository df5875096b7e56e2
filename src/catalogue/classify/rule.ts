/**
 * The recommended rule of one tool: a policy document of our own grammar that lets this tool through as its rating
 * deserves and denies everything else. Loads as it is; its `tools` entry can be copied into a policy.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import { paceOf, type RatedTool, treatmentOf } from '../recommend.ts'

/** A policy of one entry. Nothing that was rated is allowed without a pace. */
export function ruleOf(tool: RatedTool): JsonObject {
  const asks = treatmentOf(tool, 'guarded') === 'approve'
  const entry: JsonObject = { ...(asks ? { action: 'require_approval' } : {}), rate_limit: paceOf(tool) }
  // a computed key would set the prototype for a tool that is called `__proto__`
  const tools = Object.fromEntries([[tool.name, entry]]) as JsonObject
  return { version: '1', default: 'deny', tools }
}
