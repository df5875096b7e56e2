/**
 * The policy of the built-in server, in the grammar of every other policy: each tool is listed, everything else is
 * denied, and one limit keeps a grant from flooding it. Not part of the configuration: no grant can have another.
 */
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Policy } from '../policy/compile.ts'
import { loadPolicy } from '../policy/load.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { BuiltinTool } from './tool.ts'

/** Stands in records. Parentheses: no policy of an operator can have this name. */
const policyName = '(built-in)'

/** The document. Its counter is the grant's own at this server and touches no other. */
export function builtinDocument(tools: readonly Pick<BuiltinTool, 'name' | 'isReadOnly'>[]): JsonObject {
  return {
    version: '1',
    default: 'deny',
    all_tools: { limits: [{ counter: 'built-in calls', window: 'minute', max: limits.builtinCallsPerMinuteMax }] },
    tools: Object.fromEntries(tools.map(({ name, isReadOnly }) => [name, { read_only: isReadOnly }])),
  }
}

/** The document, compiled. */
export function loadBuiltinPolicy(tools: readonly BuiltinTool[]): Policy {
  const loaded = loadPolicy(policyName, JSON.stringify(builtinDocument(tools)))
  if (!loaded.ok) throw new Fault('ERR_INTERNAL', {}, new Error(JSON.stringify(loaded.problems)))
  return loaded.policy
}
