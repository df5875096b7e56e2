/**
 * Who calls, on which server, when: what a file of cases says for all of them, what a case adds, what a step adds. A
 * member that is not named keeps what the level above says. Read as `policy explain --context` reads it.
 */
import { readContext } from '../../policy/explain.ts'
import type { ProblemLog } from '../../policy/problem.ts'
import { refuseUnknown } from '../../policy/shape.ts'
import type { DecisionInput } from '../../policy/verdict.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'

/** The words of a context here. `facts` are those about the tool, which `--context` has under `tool`. */
export const contextKeys = ['caller', 'grant', 'server', 'time', 'facts', 'recent'] as const

/** A Monday at noon: cases that say no time are judged at the same one every day. */
const timeUnlessGiven = '2026-01-05T12:00:00Z'

export interface Given {
  /** In the form of `--context`. */
  readonly members: JsonObject
  readonly input: Omit<DecisionInput, 'tool' | 'args'>
}

/** What one level says, judged by itself so that a mistake is named where it stands. */
export function givenIn(log: ProblemLog, level: JsonObject, at: string): Given {
  const members: Record<string, Json> = {}
  for (const key of contextKeys) {
    const value = level[key]
    if (value !== undefined) members[key === 'facts' ? 'tool' : key] = value
  }
  const { facts } = level
  // `--context` also takes the name of the tool there; here the case has it
  if (isJsonObject(facts)) refuseUnknown(log, facts, `${at}/facts`, ['category', 'severity', 'annotations'])
  const reading = readContext(members, Date.parse(timeUnlessGiven))
  if (reading.ok) return { members, input: reading.context }
  for (const { severity, code, path, message, remedy } of reading.problems) {
    if (severity === 'warning' || (code === 'unknown-key' && path.startsWith('/tool/'))) continue
    log.error(code, at + path.replace(/^\/tool(?=\/|$)/, '/facts'), message, remedy)
  }
  return nothingGiven
}

function emptyInput(): Given['input'] {
  const reading = readContext({}, Date.parse(timeUnlessGiven))
  if (!reading.ok) throw new Error('a context that says nothing is refused')
  return reading.context
}

const nothingGiven: Given = { members: {}, input: emptyInput() }

/** The level above with what this one adds: of objects member by member, of other values the whole. */
export function merged(above: Given, own: Given): Given {
  if (Object.keys(own.members).length === 0) return above
  const members: Record<string, Json> = { ...above.members }
  for (const [key, value] of Object.entries(own.members)) {
    const before = members[key]
    members[key] = isJsonObject(value) && isJsonObject(before) && key !== 'time' ? { ...before, ...value } : value
  }
  const reading = readContext(members, Date.parse(timeUnlessGiven))
  return reading.ok ? { members, input: reading.context } : above
}
