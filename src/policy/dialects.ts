/**
 * Which of the field's dialects a document is written in, and what our stricter reading changes for it. Documents load
 * as they are; nothing is guessed: what a dialect can say and ours cannot is a refusal, not an approximation.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readDocument } from './document.ts'
import { readIntercept } from './intercept.ts'
import type { Dialect, Model } from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf } from './shape.ts'

export interface DialectReading {
  readonly model: Model
  readonly notes: readonly string[]
}

/** Reads a document in whichever dialect it is written. */
export function readDialect(log: ProblemLog, value: Json): DialectReading | undefined {
  if (!isJsonObject(value)) {
    log.error(
      'wrong-type',
      '',
      `a policy is an object, found ${kindOf(value)}`,
      'start with {"version": "1", "tools": {}}',
    )
    return undefined
  }
  const dialect = dialectOf(value)
  if (dialect === 'intercept') return readIntercept(log, value)
  return { model: readDocument(log, value, dialect), notes: notesOf(dialect, value) }
}

/** Decided by vocabulary alone: `rules` lists are Intercept's, nothing but FAQ words is the FAQ's, and so on. */
export function dialectOf(document: JsonObject): Dialect {
  const tools = isJsonObject(document['tools']) ? Object.values(document['tools']).filter(isJsonObject) : []
  if (tools.some(entry => entry['rules'] !== undefined)) return 'intercept'
  if (tools.length === 0) return 'v1'
  if (tools.every(isFaqEntry) && uses(document, ['version', 'default', 'hide', 'tools'])) return 'faq'
  return isHosted(document, tools) ? 'hosted' : 'v1'
}

function isFaqEntry(entry: JsonObject): boolean {
  const rate = entry['rate_limit']
  const isFaqAction = entry['action'] === 'deny' || entry['action'] === 'allow' || entry['action'] === undefined
  if (!uses(entry, ['action', 'reason', 'rate_limit']) || !isFaqAction) return false
  return isJsonObject(rate) ? true : rate === undefined && entry['action'] === 'deny'
}

function isHosted(document: JsonObject, tools: readonly JsonObject[]): boolean {
  const all = document['all_tools']
  return (
    document['default'] !== undefined &&
    uses(document, ['version', 'default', 'hide', 'all_tools', 'tools']) &&
    (all === undefined || (isJsonObject(all) && uses(all, ['limits']))) &&
    tools.every(entry => uses(entry, ['require', 'deny_if', 'limits']) && limitsOf(entry).every(isHostedLimit)) &&
    tools.some(entry => Object.keys(entry).length > 0)
  )
}

function limitsOf(entry: JsonObject): readonly Json[] {
  return Array.isArray(entry['limits']) ? (entry['limits'] as readonly Json[]) : []
}

function isHostedLimit(limit: Json): boolean {
  return isJsonObject(limit) && uses(limit, ['counter', 'window', 'max', 'scope'])
}

function uses(object: JsonObject, words: readonly string[]): boolean {
  return Object.keys(object).every(key => words.includes(key))
}

function notesOf(dialect: Dialect, document: JsonObject): readonly string[] {
  const notes: string[] = []
  if (dialect === 'faq') {
    notes.push('read as the form of the tool-page FAQs: `rate_limit` counts per grant here, not per agent session')
    if (document['version'] === undefined) notes.push('the document has no version and is read as version "1"')
    if (document['default'] === undefined) notes.push('the document has no default: tools it does not list are denied')
  }
  if (dialect === 'hosted') notes.push(...hostedNotes(document))
  return notes
}

/** One note for each rule that the stricter reading can change. */
function hostedNotes(document: JsonObject): readonly string[] {
  const entries = Object.entries((document['tools'] ?? {}) as JsonObject)
  return entries.flatMap(([name, entry]) => {
    if (!isJsonObject(entry)) return []
    return (['require', 'deny_if'] as const).flatMap(list =>
      asList(entry[list]).flatMap((rule, index) => {
        const changes = isJsonObject(rule) ? changesOf(list, asList(rule['conditions']).filter(isJsonObject)) : []
        return changes.length === 0
          ? []
          : [`${pointer(pointer(pointer('/tools', name), list), index)}: ${changes.join('; ')}`]
      }),
    )
  })
}

const textOperators = ['eq', 'neq', 'in', 'not_in', 'regex', 'contains']

function changesOf(list: 'require' | 'deny_if', conditions: readonly JsonObject[]): readonly string[] {
  const ops = new Set(conditions.map(({ op }) => String(op)))
  const changes: string[] = []
  if ([...ops].some(op => op !== 'exists'))
    changes.push('a value of another type than the rule compares with denies the call')
  const isText = conditions.some(
    ({ op, value }) => textOperators.includes(String(op)) && JSON.stringify(value)?.includes('"'),
  )
  if (isText && (list === 'deny_if' || ops.has('neq') || ops.has('not_in'))) {
    changes.push('text is also compared without regard to case and look-alike forms')
  }
  if (ops.has('regex')) changes.push('the pattern is RE2 and finds its text anywhere')
  return changes
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
