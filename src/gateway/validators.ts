/** Compiled argument checks by definition hash: a schema is compiled once, at the first call that needs it. */
import type { PinnedTool } from '../catalogue/pins.ts'
import { type ArgumentCheck, compileSchema } from '../catalogue/schema.ts'
import type { Result } from '../errors.ts'
import { limits } from '../limits.ts'

const compiled = new Map<string, Result<ArgumentCheck>>()

/** The check of a pinned tool's `inputSchema`. Keyed by the definition's hash, so a changed definition has its own. */
export function validatorOf(pinned: PinnedTool): Result<ArgumentCheck> {
  const known = compiled.get(pinned.hash)
  if (known !== undefined) return known
  const check = compileSchema(pinned.definition['inputSchema'])
  if (compiled.size >= limits.validatorsMax) {
    const [oldest] = compiled.keys()
    if (oldest !== undefined) compiled.delete(oldest)
  }
  compiled.set(pinned.hash, check)
  return check
}
