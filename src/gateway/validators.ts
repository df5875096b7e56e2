/** What is made of a reviewed definition, once, at the first call that needs it. Keyed by its hash: a change is another. */
import type { PinnedTool } from '../catalogue/pins.ts'
import { type ArgumentCheck, compileSchema } from '../catalogue/schema.ts'
import type { Result } from '../errors.ts'
import { limits } from '../limits.ts'
import { type ParamHeader, paramHeadersOf } from '../wire/param-headers.ts'

const checks = new Map<string, Result<ArgumentCheck>>()
const outputs = new Map<string, Result<ArgumentCheck>>()
const mirrored = new Map<string, Result<readonly ParamHeader[]>>()

/** The check of a pinned tool's arguments against its `inputSchema`. */
export function validatorOf({ hash, definition }: PinnedTool): Result<ArgumentCheck> {
  return remembered(checks, hash, () => compileSchema(definition['inputSchema']))
}

/** The check of structured content against a pinned tool's `outputSchema`, where it has one. */
export function outputCheckOf({ hash, definition }: PinnedTool): Result<ArgumentCheck> | undefined {
  const schema = definition['outputSchema']
  return schema === undefined ? undefined : remembered(outputs, hash, () => compileSchema(schema))
}

/** The arguments that a pinned tool's callers mirror into headers (2026-07-28, `x-mcp-header`). */
export function paramHeadersOfPin({ hash, definition }: PinnedTool): Result<readonly ParamHeader[]> {
  return remembered(mirrored, hash, () => paramHeadersOf(definition['inputSchema'] ?? {}))
}

function remembered<T>(known: Map<string, T>, hash: string, make: () => T): T {
  const found = known.get(hash)
  if (found !== undefined) return found
  const made = make()
  if (known.size >= limits.validatorsMax) {
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }
  known.set(hash, made)
  return made
}
