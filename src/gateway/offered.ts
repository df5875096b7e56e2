/**
 * The tools of a server that a grant may list: reviewed definitions that its policy does not hide. Known without asking
 * the server. What a grant may not list is left out, as if the server did not offer it.
 */
import { builtinName } from '../builtin/builtin.ts'
import type { Grant } from '../identity/grant.ts'
import { isListed } from '../policy/decide.ts'
import { sha256Hex } from '../wire/canonical.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { isToolName } from '../wire/names.ts'
import { policyFor, serverFor } from './attached.ts'
import type { Gate } from './exchange.ts'

export interface OfferedTools {
  /** Another one when a definition is, or the choice of tools. */
  readonly key: string
  readonly definitions: readonly JsonObject[]
}

/** By name; nothing for a server the grant does not reach, and for the gateway's own. */
export function offeredTools(gate: Gate, grant: Grant, name: string): OfferedTools | undefined {
  const server = name === builtinName ? undefined : serverFor(gate, grant, name)
  if (server === undefined) return undefined
  const policy = policyFor(gate, grant, server)
  const pins = gate.deps.pins
    .list(name)
    .filter(pin => pin.state === 'approved' && isToolName(pin.name) && isListed(policy, pin.name))
  return { key: sha256Hex(pins.map(({ hash }) => hash).join(' ')), definitions: pins.map(pin => pin.definition) }
}
