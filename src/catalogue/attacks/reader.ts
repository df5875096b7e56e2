/**
 * Reads one file of the attack database. Whole or not at all: an unknown key, a missing part or a value of the wrong
 * form is a problem with its line and the nearest known word. `schemas/attack.schema.json` says the same to editors.
 */
import { limits } from '../../limits.ts'
import { type Problem, ProblemLog, pointer } from '../../policy/problem.ts'
import { readChoice, readObject, readText } from '../../policy/shape.ts'
import { readSource } from '../../policy/source.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { readEach, readForm, readOptional, readTexts, readWords, requireKeys } from './forms.ts'
import { attackIds } from './ids.ts'
import {
  type Affected,
  type Attack,
  affectedCategories,
  affectedFlags,
  attackClasses,
  attackSeverities,
  attackStatuses,
  type DocumentedCase,
  type Measure,
  type Prevention,
  type Source,
  stoppers,
} from './model.ts'
import { readTrial } from './trial.ts'

export const attackKeys = [
  'id',
  'name',
  'class',
  'status',
  'severity',
  'summary',
  'steps',
  'case',
  'affects',
  'owasp',
  'prevention',
  'trial',
] as const

export type ReadAttack =
  | { readonly ok: true; readonly attack: Attack }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads the text of one file. Never throws for what is in it. */
export function readAttack(text: string): ReadAttack {
  const log = new ProblemLog()
  const source = readSource(text, log)
  const attack = log.hasErrors ? undefined : readEntry(log, source.value)
  if (attack === undefined || log.hasErrors) return { ok: false, problems: log.list(source.place) }
  return { ok: true, attack }
}

function readEntry(log: ProblemLog, value: Json): Attack | undefined {
  const entry = readObject(log, value, '', attackKeys)
  if (entry === undefined) return undefined
  requireKeys(log, entry, '', attackKeys)
  const id = readChoice(log, entry['id'], '/id', attackIds)
  const kind = readChoice(log, entry['class'], '/class', attackClasses)
  const status = readChoice(log, entry['status'], '/status', attackStatuses)
  const severity = readChoice(log, entry['severity'], '/severity', attackSeverities)
  const name = readText(log, entry['name'], '/name', limits.attackTextCharsMax)
  const summary = readText(log, entry['summary'], '/summary', limits.attackTextCharsMax)
  const steps = readTexts(log, entry['steps'], '/steps')
  if (steps.length === 0) log.error('missing-step', '/steps', 'an attack has at least one step', 'say how it works')
  const parts = {
    case: readCase(log, entry['case'], '/case'),
    affects: readAffected(log, entry['affects'], '/affects'),
    owasp: readOwasp(log, entry['owasp'], '/owasp'),
    prevention: readPrevention(log, entry['prevention'], '/prevention'),
    trial: readTrial(log, entry['trial'], '/trial'),
  }
  if (!id || !kind || !status || !severity || !name || !summary) return undefined
  return { id, name, class: kind, status, severity, summary, steps, ...parts }
}

const caseKeys = ['text', 'date', 'records', 'sources'] as const
const datePattern = /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/

function readCase(log: ProblemLog, value: Json | undefined, at: string): DocumentedCase {
  const given = readObject(log, value, at, caseKeys) ?? {}
  requireKeys(log, given, at, ['text'])
  const text = readText(log, given['text'], pointer(at, 'text'), limits.attackTextCharsMax)
  const date = readForm(
    log,
    given['date'],
    pointer(at, 'date'),
    datePattern,
    'a date as "2025", "2025-04" or "2025-04-01"',
  )
  const records = readTexts(log, given['records'], pointer(at, 'records'))
  const sources = readEach(log, given['sources'], pointer(at, 'sources'), readOneSource)
  return { text: text ?? '', records, sources, ...(date === undefined ? {} : { date }) }
}

function readOneSource(log: ProblemLog, value: Json, at: string): Source | undefined {
  const given = readObject(log, value, at, ['title', 'url'])
  if (given === undefined) return undefined
  requireKeys(log, given, at, ['title'])
  const title = readText(log, given['title'], pointer(at, 'title'), limits.attackTextCharsMax)
  const url = readForm(log, given['url'], pointer(at, 'url'), /^https?:\/\/[^\s]+$/, 'an http or https address')
  return title === undefined ? undefined : { title, ...(url === undefined ? {} : { url }) }
}

function readAffected(log: ProblemLog, value: Json | undefined, at: string): Affected {
  const given = readObject(log, value, at, ['categories', 'flags', 'servers']) ?? {}
  const categories = readWords(log, given['categories'], pointer(at, 'categories'), affectedCategories)
  const flags = readWords(log, given['flags'], pointer(at, 'flags'), affectedFlags)
  const servers = readOptional(log, given['servers'], pointer(at, 'servers'))
  if (categories.length + flags.length === 0 && servers === undefined)
    log.error('missing-key', at, 'nothing is affected', 'name categories or flags of tools, or say which servers')
  return { categories, flags, ...(servers === undefined ? {} : { servers }) }
}

const owaspPatterns = { llm: /^LLM(?:0[1-9]|10)$/, agentic: /^ASI(?:0[1-9]|10)$/, mcp: /^MCP(?:0[1-9]|10)$/ }

function readOwasp(log: ProblemLog, value: Json | undefined, at: string): Attack['owasp'] {
  const given = readObject(log, value, at, ['llm', 'agentic', 'mcp']) ?? {}
  requireKeys(log, given, at, ['llm', 'agentic'])
  const idsOf = (key: 'llm' | 'agentic' | 'mcp') => {
    const where = pointer(at, key)
    return readEach(log, given[key], where, (into, item, place) =>
      readForm(
        into,
        item,
        place,
        owaspPatterns[key],
        `an id such as ${key === 'agentic' ? 'ASI02' : `${key.toUpperCase()}06`}`,
      ),
    )
  }
  return { llm: idsOf('llm'), agentic: idsOf('agentic'), mcp: idsOf('mcp') }
}

const preventionKeys = ['by', 'policy', 'explains', 'beyond'] as const

function readPrevention(log: ProblemLog, value: Json | undefined, at: string): Prevention {
  const given = readObject(log, value, at, preventionKeys) ?? {}
  requireKeys(log, given, at, ['by', 'policy', 'explains'])
  const explained =
    readObject(log, given['explains'] === undefined ? {} : given['explains'], pointer(at, 'explains'), [
      'stops',
      'leaves',
    ]) ?? {}
  requireKeys(log, explained, pointer(at, 'explains'), ['stops', 'leaves'])
  const textOf = (object: JsonObject, key: string, where: string) =>
    readText(log, object[key], pointer(where, key), limits.attackTextCharsMax) ?? ''
  return {
    by: readChoice(log, given['by'], pointer(at, 'by'), stoppers) ?? 'neither',
    policy: textOf(given, 'policy', at),
    stops: textOf(explained, 'stops', pointer(at, 'explains')),
    leaves: textOf(explained, 'leaves', pointer(at, 'explains')),
    beyond: readEach(log, given['beyond'], pointer(at, 'beyond'), readMeasure),
  }
}

function readMeasure(log: ProblemLog, value: Json, at: string): Measure | undefined {
  const given = readObject(log, value, at, ['measure', 'test'])
  if (given === undefined) return undefined
  requireKeys(log, given, at, ['measure'])
  const measure = readText(log, given['measure'], pointer(at, 'measure'), limits.attackTextCharsMax)
  const test = readOptional(log, given['test'], pointer(at, 'test'))
  return measure === undefined ? undefined : { measure, ...(test === undefined ? {} : { test }) }
}
