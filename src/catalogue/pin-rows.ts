/**
 * Pins as durable rows, and back. Definitions are kept as their own text, because a row's JSON would round the numbers
 * a double cannot hold. A row that does not match its hash is a fault: an approval must not move to another text.
 */
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Row } from '../rows.ts'
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import { readLossless } from '../wire/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { PinnedTool } from './pins.ts'

export const pinKind = 'pin'
/** Servers whose first list was taken. */
export const seenKind = 'pin-server'

export function writePin(pin: PinnedTool): JsonObject {
  const { state, definition, approvedDefinition, firstSeenMs, reason } = pin
  return {
    state,
    definition: JSON.stringify(definition),
    firstSeenMs,
    ...(approvedDefinition === undefined ? {} : { approved: JSON.stringify(approvedDefinition) }),
    ...(reason === undefined ? {} : { reason }),
    hashes: [pin.hash, ...(pin.approvedHash === undefined ? [] : [pin.approvedHash])],
  }
}

/** Reads what `writePin` wrote. Throws Fault ERR_INTERNAL for anything else. */
export function readPin({ name: key, value }: Row): PinnedTool {
  const at = key.indexOf('/')
  const { state, firstSeenMs, reason, hashes } = value
  const [hash, approvedHash] = Array.isArray(hashes) ? hashes : []
  if (at < 1 || !isState(state) || typeof hash !== 'string' || typeof firstSeenMs !== 'number') throw damaged(key)
  const definition = readDefinition(key, value['definition'], hash)
  const approved =
    typeof approvedHash === 'string'
      ? { approvedHash, approvedDefinition: readDefinition(key, value['approved'], approvedHash) }
      : {}
  const server = key.slice(0, at)
  const why = typeof reason === 'string' ? { reason } : {}
  return { server, name: key.slice(at + 1), hash, definition, state, firstSeenMs, ...approved, ...why }
}

function readDefinition(key: string, text: Json | undefined, hash: string): JsonObject {
  const value = typeof text === 'string' ? readLossless(text, limits.upstreamDepthMax) : undefined
  if (!isJsonObject(value) || sha256Hex(canonicalJson(value)) !== hash) throw damaged(key)
  return value
}

function isState(value: Json | undefined): value is PinnedTool['state'] {
  return value === 'approved' || value === 'pending' || value === 'refused' || value === 'gone'
}

function damaged(key: string): Fault {
  return new Fault('ERR_INTERNAL', {}, `pinned definition ${key} is damaged in the store`)
}
