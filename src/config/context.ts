/** What every part of the configuration is read with: where problems go, and what values may refer to. */
import { limits } from '../limits.ts'
import { type ProblemLog, pointer } from '../policy/problem.ts'
import { readList, readMembers, readText } from '../policy/shape.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { type Environment, type Resolved, resolveText } from './env.ts'

export interface ReadContext {
  readonly log: ProblemLog
  readonly env: Environment
}

/** The members of an object of named things; nothing when it is absent or null. */
export function readNamed(context: ReadContext, value: Json | undefined, at: string): JsonObject {
  return value === undefined || value === null ? {} : (readMembers(context.log, value, at) ?? {})
}

/** A text, or nothing; absent is nothing too. */
export function readOptionalText(
  context: ReadContext,
  object: JsonObject,
  key: string,
  at: string,
): string | undefined {
  const value = object[key]
  return value === undefined ? undefined : readText(context.log, value, pointer(at, key), limits.configTextCharsMax)
}

/** A list of texts; absent is empty. */
export function readTexts(context: ReadContext, object: JsonObject, key: string, at: string): readonly string[] {
  const value = object[key]
  if (value === undefined) return []
  const where = pointer(at, key)
  return (readList(context.log, value, where) ?? []).flatMap((item, index) => {
    // An argument of a command may be empty.
    const text = item === '' ? '' : readText(context.log, item, pointer(where, index), limits.configTextCharsMax)
    return text === undefined ? [] : [text]
  })
}

/** A text with its reference to the environment resolved; a missing variable is an error. */
export function readReference(context: ReadContext, value: Json | undefined, at: string): Resolved | undefined {
  const text = value === '' ? '' : readText(context.log, value, at, limits.configTextCharsMax)
  if (text === undefined) return undefined
  const resolved = resolveText(text, context.env)
  if (resolved.missing === undefined) return resolved
  const remedy = `set it where the gateway is started: export ${resolved.missing}=…`
  context.log.error('missing-variable', at, `environment variable \`${resolved.missing}\` is not set`, remedy)
  return undefined
}

/** Texts by name, each with its reference resolved. */
export function readReferences(
  context: ReadContext,
  value: Json | undefined,
  at: string,
): ReadonlyMap<string, Resolved> {
  const found = new Map<string, Resolved>()
  for (const [key, text] of Object.entries(readNamed(context, value, at))) {
    const resolved = readReference(context, text, pointer(at, key))
    if (resolved !== undefined) found.set(key, resolved)
  }
  return found
}
