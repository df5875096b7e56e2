/**
 * Reading one member at a time, refusing with the place and the nearest known key. Each function reports to the log
 * and returns `undefined` when the value cannot be used; the caller goes on, so that one reading finds every problem.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { nearest, type ProblemLog, pointer } from './problem.ts'

/** An object with no keys but `known`. */
export function readObject(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  known: readonly string[],
): JsonObject | undefined {
  const object = readMembers(log, value, at)
  if (object !== undefined) refuseUnknown(log, object, at, known)
  return object
}

/** An object whose keys are names of the author's own. */
export function readMembers(log: ProblemLog, value: Json | undefined, at: string): JsonObject | undefined {
  if (isJsonObject(value)) return value
  log.error('wrong-type', at, `expected an object, found ${kindOf(value)}`, 'write `{ … }` here')
  return undefined
}

/** Reports every key of `object` that is not in `known`. */
export function refuseUnknown(log: ProblemLog, object: JsonObject, at: string, known: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const remedy = near === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${near}\`?`
    log.error('unknown-key', pointer(at, key), `unknown key \`${key.slice(0, 80)}\``, remedy, 'key')
  }
}

export function readList(log: ProblemLog, value: Json | undefined, at: string): readonly Json[] | undefined {
  if (Array.isArray(value)) return value as readonly Json[]
  log.error('wrong-type', at, `expected a list, found ${kindOf(value)}`, 'write `[ … ]` here')
  return undefined
}

export function readText(log: ProblemLog, value: Json | undefined, at: string, lengthMax: number): string | undefined {
  if (typeof value === 'string' && value !== '' && value.length <= lengthMax) return value
  const found = typeof value !== 'string' ? kindOf(value) : value === '' ? 'empty text' : `${value.length} characters`
  log.error(
    'wrong-type',
    at,
    `expected text of 1 to ${lengthMax} characters, found ${found}`,
    'write the text in quotes',
  )
  return undefined
}

export function readChoice<T extends string>(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  choices: readonly T[],
): T | undefined {
  if (typeof value === 'string' && (choices as readonly string[]).includes(value)) return value as T
  const near = typeof value === 'string' ? nearest(value, choices) : undefined
  const shown = typeof value === 'string' ? `\`${value.slice(0, 80)}\`` : kindOf(value)
  const remedy = near === undefined ? `use one of ${choices.join(', ')}` : `did you mean \`${near}\`?`
  log.error('bad-value', at, `${shown} is not one of ${choices.join(', ')}`, remedy)
  return undefined
}

/** What a value is, in the words of messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return Number.isFinite(value) ? 'a number' : 'a number that is not finite'
}
