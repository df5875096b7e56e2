/**
 * `results`: how large an answer may be, what is taken out of it, and when it is withheld. Read once, at load. Refused:
 * a path that would take the frame of an answer away with its contents, and a pattern that matches nothing at all.
 */
import { limits } from '../limits.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { readRule, ruleKeys } from './conditions.ts'
import type { Redaction, ResultRules, Rule } from './model.ts'
import { answerRoots, type Step } from './path.ts'
import { readPattern } from './pattern.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { readResultPath } from './result-path.ts'
import { kindOf, readList, readObject, readText } from './shape.ts'

export const resultKeys = ['max_bytes', 'redact', 'deny_if'] as const
export const redactionKeys = ['path', 'pattern', 'with'] as const
/** What stands where something was taken out. */
export const defaultMark = '[redacted]'

/** Reads `results` of the tool or door `owner`. */
export function readResults(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  owner: string,
): ResultRules | undefined {
  if (value === undefined) return undefined
  const given = readObject(log, value, at, resultKeys)
  if (given === undefined) return undefined
  const maxBytes = readBytes(log, given['max_bytes'], pointer(at, 'max_bytes'))
  return {
    at,
    ...(maxBytes !== undefined && { maxBytes }),
    redactions: readRedactions(log, given['redact'], pointer(at, 'redact'), owner.includes('/')),
    denials: readDenials(log, given['deny_if'], pointer(at, 'deny_if')),
  }
}

function readBytes(log: ProblemLog, value: Json | undefined, at: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= limits.answerBytesMax) return value
  const found = typeof value === 'number' ? `\`${value}\`` : kindOf(value)
  log.error(
    'bad-value',
    at,
    `\`max_bytes\` is a whole number from 1 to ${limits.answerBytesMax}, found ${found}`,
    'write the number of bytes, such as 65536',
  )
  return undefined
}

function readDenials(log: ProblemLog, value: Json | undefined, at: string): readonly Rule[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).flatMap((item, index) => {
    const path = pointer(at, index)
    const object = readObject(log, item, path, ruleKeys)
    return object === undefined ? [] : [readRule(log, object, path, answerRoots)]
  })
}

function readRedactions(log: ProblemLog, value: Json | undefined, at: string, isDoor: boolean): readonly Redaction[] {
  if (value === undefined) return []
  const items = readList(log, value, at) ?? []
  if (items.length > limits.policyRedactionsMax) {
    log.error(
      'too-large',
      at,
      `more than ${limits.policyRedactionsMax} redactions in one list`,
      'join patterns with `|`, or name an object that holds the values',
    )
    return []
  }
  return items.flatMap((item, index) => {
    const path = pointer(at, index)
    const object = readObject(log, item, path, redactionKeys)
    return object === undefined ? [] : (readRedaction(log, object, path, isDoor) ?? [])
  })
}

function readRedaction(log: ProblemLog, object: JsonObject, at: string, isDoor: boolean): Redaction | undefined {
  const { path, pattern } = object
  const mark =
    object['with'] === undefined
      ? defaultMark
      : readText(log, object['with'], pointer(at, 'with'), limits.policyMarkLengthMax)
  if ((path === undefined) === (pattern === undefined)) {
    const code = path === undefined ? 'missing-key' : 'bad-value'
    log.error(code, at, 'a redaction has either `path` or `pattern`', 'write one of the two')
    return undefined
  }
  if (path === undefined) {
    const source = readSearched(log, pattern, pointer(at, 'pattern'))
    return source === undefined || mark === undefined ? undefined : { at, with: mark, pattern: source }
  }
  const text = readText(log, path, pointer(at, 'path'), limits.policyPathLengthMax)
  if (text === undefined) return undefined
  const reading = readResultPath(text)
  if (!reading.ok) {
    log.error('bad-path', pointer(at, 'path'), reading.message, reading.remedy)
    return undefined
  }
  if (isFrame(reading.path.steps, isDoor)) {
    log.error(
      'bad-path',
      pointer(at, 'path'),
      `\`${text}\` is part of the frame of every answer`,
      'name what is in it, such as `result.content[*].text`, or use `deny_if` to withhold the answer',
    )
    return undefined
  }
  return mark === undefined ? undefined : { at, with: mark, path: reading.path }
}

/** A pattern to search texts with: of `regex`, and one that asks for at least one character. */
function readSearched(log: ProblemLog, value: Json | undefined, at: string): string | undefined {
  const source = readText(log, value, at, limits.policyRegexLengthMax)
  if (source === undefined) return undefined
  const reading = readPattern(source)
  if (!reading.ok) {
    log.error('bad-regex', at, reading.message, reading.remedy)
    return undefined
  }
  if (!reading.pattern.test('')) return source
  log.error('bad-regex', at, 'the pattern matches empty text', 'write a pattern that needs at least one character')
  return undefined
}

const doorLists: ReadonlySet<string> = new Set(['contents', 'messages', 'completion'])

/** Members MCP gives every answer: without them no client could read what is left. */
function isFrame([first, second, third, fourth]: readonly Step[], isDoor: boolean): boolean {
  const name = first !== undefined && 'key' in first ? first.key : ''
  if (name === '_meta') return second === undefined
  if (!isDoor && name === 'isError') return true
  if (!isDoor && name === 'structuredContent') return second === undefined
  if (isDoor ? !doorLists.has(name) : name !== 'content') return false
  if (second === undefined || third === undefined) return true
  return fourth === undefined && 'key' in third && ['type', 'role', 'content'].includes(third.key)
}
