/**
 * Paths into the answer of a tool, such as `result.amount` or `result.content[0].text`. The members MCP gives every
 * answer (`content`, `structuredContent`, `isError`, `_meta`) are read from the answer itself; any other name is looked
 * up in its data: `structuredContent`, or, where there is none, the JSON object that the only text block holds.
 * Refused: a path that does not start with `result` and a member.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { type Path, readPath, type Step } from './path.ts'
import { absent, type Found, follow } from './reach.ts'

export interface ResultPath {
  readonly text: string
  readonly steps: readonly Step[]
}

export type ResultPathReading =
  | { readonly ok: true; readonly path: ResultPath }
  | { readonly ok: false; readonly message: string; readonly remedy: string }

const root = 'result'
/** What MCP gives the answer of every tool. */
export const ownMembers: ReadonlySet<string> = new Set(['content', 'structuredContent', 'isError', '_meta'])

/** Reads a path into an answer; the message of a refusal is for the author of the policy. */
export function readResultPath(text: string): ResultPathReading {
  const remedy = 'use a path such as `result.amount` or `result.content[*].text`'
  if (!/^result[.[]/.test(text)) return { ok: false, message: `\`${text}\` does not lead into the result`, remedy }
  const reading = readPath(`args${text.slice(root.length)}`)
  if (!reading.ok) return { ok: false, message: `\`${text}\` cannot be read as a path`, remedy: reading.remedy }
  const { steps }: Path = reading.path
  const [first] = steps
  if (first === undefined || !('key' in first)) {
    return { ok: false, message: `\`${text}\` does not begin with a member of the result`, remedy }
  }
  return { ok: true, path: { text, steps } }
}

/** Where a path into the answer starts: the answer itself, or its data. */
function resultStart(result: JsonObject, steps: readonly Step[]): Found {
  const [first] = steps
  if (first !== undefined && 'key' in first && ownMembers.has(first.key)) return result
  return dataOf(result) ?? absent
}

/** The one value at `path`, which has no `[*]`. */
export function valueInResult(result: JsonObject, path: ResultPath): Found {
  return follow(resultStart(result, path.steps), path.steps)
}

/** An answer's data: `structuredContent`, else the JSON object that is its only text. Nothing when there is neither. */
export function dataOf(result: JsonObject): JsonObject | undefined {
  const { structuredContent, content } = result
  if (isJsonObject(structuredContent)) return structuredContent
  if (structuredContent !== undefined || !Array.isArray(content)) return undefined
  const texts = (content as readonly Json[]).filter(block => isJsonObject(block) && block['type'] === 'text')
  const [only] = texts
  if (texts.length !== 1 || !isJsonObject(only) || typeof only['text'] !== 'string') return undefined
  return objectIn(only['text'])
}

function objectIn(text: string): JsonObject | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
