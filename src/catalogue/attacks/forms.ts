/** Parts that every object of an attack file is read with. Each reports to the log and goes on. */
import { limits } from '../../limits.ts'
import { type ProblemLog, pointer } from '../../policy/problem.ts'
import { readChoice, readList, readText } from '../../policy/shape.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'

/** Reports each of `keys` that is not there. */
export function requireKeys(log: ProblemLog, object: JsonObject, at: string, keys: readonly string[]): void {
  for (const key of keys)
    if (object[key] === undefined) log.error('missing-key', at, `\`${key}\` is missing`, `add \`${key}\``)
}

/** Each item of a list that may be absent. */
export function readEach<T>(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  read: (log: ProblemLog, value: Json, at: string) => T | undefined,
): readonly T[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).flatMap((item, index) => read(log, item, pointer(at, index)) ?? [])
}

/** A list of texts that may be absent. */
export function readTexts(log: ProblemLog, value: Json | undefined, at: string): readonly string[] {
  return readEach(log, value, at, (into, item, where) => readText(into, item, where, limits.attackTextCharsMax))
}

/** A text that may be absent. */
export function readOptional(log: ProblemLog, value: Json | undefined, at: string): string | undefined {
  return value === undefined ? undefined : readText(log, value, at, limits.attackTextCharsMax)
}

/** A list of known words that may be absent. */
export function readWords(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  words: readonly string[],
): readonly string[] {
  return readEach(log, value, at, (into, item, where) => readChoice(into, item, where, words))
}

/** A text of a form that may be absent; `words` says what is expected. */
export function readForm(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  form: RegExp,
  words: string,
): string | undefined {
  const text = readOptional(log, value, at)
  if (text === undefined || form.test(text)) return text
  log.error('bad-value', at, `\`${text.slice(0, 80)}\` is not ${words}`, `write ${words}`)
  return undefined
}
