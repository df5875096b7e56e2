/**
 * Which of the field's dialects a document is written in, and what our stricter reading changes for it. Documents load
 * as they are; nothing is guessed: what a dialect can say and ours cannot is a refusal, not an approximation.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readDocument } from './document.ts'
import { readIntercept } from './intercept.ts'
import type { Dialect, Model, Rule } from './model.ts'
import type { ProblemLog } from './problem.ts'
import { kindOf } from './shape.ts'
import { type Note, onePerPlace, type RuleKind, sharedOperators, stricterReadings, widerReadings } from './stricter.ts'

export interface DialectReading {
  readonly model: Model
  readonly notes: readonly Note[]
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
  const model = readDocument(log, value, dialect)
  if (dialect === 'v1') return { model, notes: [] }
  const own = dialect === 'faq' ? faqNotes(value, model) : hostedNotes(model)
  return { model, notes: onePerPlace([...own, ...widerReadings(model)]) }
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
    tools.every(isHostedEntry) &&
    tools.some(entry => Object.keys(entry).length > 0)
  )
}

function isHostedEntry(entry: JsonObject): boolean {
  const rules = [...asList(entry['require']), ...asList(entry['deny_if'])]
  return (
    uses(entry, ['require', 'deny_if', 'limits']) &&
    asList(entry['limits']).every(isHostedLimit) &&
    rules.every(isHostedRule)
  )
}

function isHostedLimit(limit: Json): boolean {
  return isJsonObject(limit) && uses(limit, ['counter', 'window', 'max', 'scope'])
}

/** Arguments and the eleven operators; rules that use more were written for the grammar here. */
function isHostedRule(rule: Json): boolean {
  if (!isJsonObject(rule) || !uses(rule, ['conditions', 'on_deny'])) return false
  return asList(rule['conditions']).every(
    condition =>
      isJsonObject(condition) &&
      String(condition['path']).startsWith('args') &&
      (sharedOperators as readonly string[]).includes(String(condition['op'])),
  )
}

function uses(object: JsonObject, words: readonly string[]): boolean {
  return Object.keys(object).every(key => words.includes(key))
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function faqNotes(document: JsonObject, model: Model): readonly Note[] {
  const counted = 'counted for each grant here, in any interval of that length; there, for each agent session'
  return [
    { path: '', changes: ['read as the form of the tool-page FAQs'] },
    ...(document['version'] === undefined
      ? [{ path: '', changes: ['the document has no version and is read as version "1"'] }]
      : []),
    ...(document['default'] === undefined
      ? [{ path: '', changes: ['the document has no default: tools it does not list are denied'] }]
      : []),
    ...model.entries.flatMap(({ limits }) => limits.map(({ at }) => ({ path: at, changes: [counted] }))),
  ]
}

/** One note for each rule that is read more strictly. */
function hostedNotes({ entries }: Model): readonly Note[] {
  return entries.flatMap(({ requires, denials }) => [
    ...requires.flatMap(rule => ruleNote(rule, 'require')),
    ...denials.flatMap(rule => ruleNote(rule, 'deny_if')),
  ])
}

function ruleNote({ at, conditions }: Rule, kind: RuleKind): readonly Note[] {
  const readings = [...stricterReadings(conditions, kind)]
  if (conditions.some(condition => 'leaf' in condition && condition.leaf.op === 'regex'))
    readings.push('the pattern is RE2 and finds its text anywhere')
  return readings.length === 0 ? [] : [{ path: at, changes: readings }]
}
