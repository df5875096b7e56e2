/**
 * A file of example calls, for `policy test`: read whole or refused whole, every mistake with its place. An unknown key
 * is a mistake, with the nearest known key. `schemas/policy-test.schema.json` says the same for editors.
 */
import { limits } from '../../limits.ts'
import { type Problem, ProblemLog, pointer } from '../../policy/problem.ts'
import { readList, readMembers, readObject, readText } from '../../policy/shape.ts'
import { readSource } from '../../policy/source.ts'
import type { DecisionInput } from '../../policy/verdict.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { contextKeys, type Given, givenIn, merged } from './context.ts'
import { type Expectation, readExpectation } from './expectation.ts'

/** One call of a case, or the same call several times. */
export interface Step {
  /** JSON Pointer of the step, or of the case that is its own only step. */
  readonly at: string
  /** Since the case began. */
  readonly offsetMs: number
  readonly repeat: number
  /** Between the calls of one step. */
  readonly everyMs: number
  readonly input: DecisionInput
  readonly session?: string
  /** What the server would answer. */
  readonly answer?: JsonObject
  /** Of the last call; those before it must be allowed. */
  readonly expect: Expectation
}

export interface Case {
  readonly at: string
  readonly name: string
  readonly steps: readonly Step[]
}

export interface CaseFile {
  /** As written: relative to the file. */
  readonly policy: string
  readonly tools?: string
  readonly cases: readonly Case[]
}

export interface CaseReading {
  /** Absent when there is an error among the problems. */
  readonly file?: CaseFile
  readonly problems: readonly Problem[]
  /** `line:column` of a JSON Pointer, where it is known. */
  readonly place: (pointer: string) => { readonly line: number; readonly column: number } | undefined
}

export const fileKeys = ['$schema', 'description', 'policy', 'tools', ...contextKeys, 'cases'] as const
const callKeys = ['tool', 'args', ...contextKeys, 'session', 'repeat', 'every', 'answer', 'expect'] as const
export const caseKeys = ['name', ...callKeys, 'steps'] as const
/** A step has no `time` of its own: the case says when it begins, and `at` how much later the step is. */
export const stepKeys = ['at', ...callKeys.filter(key => key !== 'time')] as const

/** Reads the text of a file of cases. Never throws for what is in `text`. */
export function readCases(text: string): CaseReading {
  const log = new ProblemLog()
  const source = readSource(text, log)
  const file = log.hasErrors ? undefined : readFile(log, source.value)
  const place = (at: string) => source.place(at, 'value')
  return { ...(file !== undefined && !log.hasErrors && { file }), problems: log.list(source.place), place }
}

function readFile(log: ProblemLog, value: Json): CaseFile | undefined {
  const given = readObject(log, value, '', fileKeys)
  if (given === undefined) return undefined
  const policy = needed(log, given, 'policy', '', 'write the path of the policy, relative to this file')
  const path = policy === undefined ? undefined : readText(log, policy, '/policy', limits.policyTextLengthMax)
  const tools =
    given['tools'] === undefined ? undefined : readText(log, given['tools'], '/tools', limits.policyTextLengthMax)
  if (given['description'] !== undefined)
    readText(log, given['description'], '/description', limits.policyTextLengthMax)
  const base: Call = { context: givenIn(log, given, '') }
  const list = needed(log, given, 'cases', '', 'write `cases:` and under it a list of calls')
  const cases = list === undefined ? [] : (readList(log, list, '/cases') ?? [])
  const read = cases.flatMap((item, index) => readCase(log, item, pointer('/cases', index), base) ?? [])
  if (path === undefined) return undefined
  return { policy: path, ...(tools !== undefined && { tools }), cases: read }
}

/** What is said of a call so far: by the file, by the case, by the step. */
interface Call {
  readonly tool?: string
  readonly args?: JsonObject
  readonly session?: string
  readonly answer?: JsonObject
  readonly context: Given
}

function readCase(log: ProblemLog, value: Json, at: string, base: Call): Case | undefined {
  const given = readObject(log, value, at, caseKeys)
  if (given === undefined) return undefined
  const named = needed(log, given, 'name', at, 'say in a few words what the case shows')
  const name = named === undefined ? '' : (readText(log, named, pointer(at, 'name'), limits.policyTextLengthMax) ?? '')
  const call = readCall(log, given, at, base)
  if (given['steps'] === undefined) {
    const step = readStep(log, given, at, call, 0)
    return { at, name, steps: step === undefined ? [] : [step] }
  }
  for (const key of ['expect', 'repeat', 'every'] as const)
    if (given[key] !== undefined)
      log.error(
        'bad-value',
        pointer(at, key),
        `\`${key}\` stands beside \`steps\``,
        'a case of several steps has it in each of them',
        'key',
      )
  const list = readList(log, given['steps'], pointer(at, 'steps')) ?? []
  if (list.length === 0)
    log.error('bad-value', pointer(at, 'steps'), 'there is no step', 'write a step, or `expect` in place of `steps`')
  return { at, name, steps: readSteps(log, list, pointer(at, 'steps'), call) }
}

function readSteps(log: ProblemLog, list: readonly Json[], at: string, call: Call): readonly Step[] {
  const steps: Step[] = []
  for (const [index, item] of list.entries()) {
    const path = pointer(at, index)
    const given = readObject(log, item, path, stepKeys)
    if (given === undefined) continue
    const before = steps.at(-1)
    const endMs = before === undefined ? 0 : before.offsetMs + (before.repeat - 1) * before.everyMs
    const step = readStep(log, given, path, readCall(log, given, path, call), endMs)
    if (step !== undefined) steps.push(step)
  }
  return steps
}

/** Adds what this level says to what is said already. */
function readCall(log: ProblemLog, given: JsonObject, at: string, base: Call): Call {
  const tool = given['tool'] === undefined ? base.tool : readText(log, given['tool'], pointer(at, 'tool'), 500)
  const args = given['args'] === undefined ? base.args : readMembers(log, given['args'], pointer(at, 'args'))
  const session =
    given['session'] === undefined ? base.session : readText(log, given['session'], pointer(at, 'session'), 500)
  const answer = given['answer'] === undefined ? base.answer : readMembers(log, given['answer'], pointer(at, 'answer'))
  return {
    ...(tool !== undefined && { tool }),
    ...(args !== undefined && { args }),
    ...(session !== undefined && { session }),
    ...(answer !== undefined && { answer }),
    context: merged(base.context, givenIn(log, given, at)),
  }
}

function readStep(log: ProblemLog, given: JsonObject, at: string, call: Call, endMs: number): Step | undefined {
  const { tool, args = {}, context, session, answer } = call
  if (tool === undefined) log.error('missing-key', at, 'no tool is called', 'write `tool:` and its name')
  const wanted = needed(log, given, 'expect', at, 'write allow, deny or ask, or an object with `verdict`')
  const expect = wanted === undefined ? undefined : readExpectation(log, wanted, pointer(at, 'expect'))
  const repeat = readRepeat(log, given['repeat'], pointer(at, 'repeat'))
  const everyMs = given['every'] === undefined ? 0 : readSpan(log, given['every'], pointer(at, 'every'), '', '5s')
  const offsetMs = given['at'] === undefined ? endMs : readSpan(log, given['at'], pointer(at, 'at'), '+', '+30s')
  if (offsetMs < endMs)
    log.error(
      'bad-value',
      pointer(at, 'at'),
      'this step lies before the one above it',
      '`at` counts from the beginning of the case: put the steps in the order of time',
    )
  if (tool === undefined || expect === undefined) return undefined
  const input = { tool, args, ...context.input }
  return {
    ...{ at, offsetMs, repeat, everyMs, input, expect },
    ...(session !== undefined && { session }),
    ...(answer !== undefined && { answer }),
  }
}

function readRepeat(log: ProblemLog, value: Json | undefined, at: string): number {
  if (value === undefined) return 1
  const max = limits.policyTestRepeatMax
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  log.error('bad-value', at, `\`repeat\` is a whole number from 1 to ${max}`, 'write how many calls are made')
  return 1
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A length of time: up to nine digits and a unit, behind `sign`. Milliseconds. */
function readSpan(log: ProblemLog, value: Json, at: string, sign: string, example: string): number {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(
    typeof value === 'string' && value.startsWith(sign) ? value.slice(sign.length) : '',
  ) ?? ['', undefined, '']
  if (digits !== undefined) return Number(digits) * (unitsMs[unit ?? ''] ?? 0)
  log.error('bad-value', at, 'not a length of time', `write it as ${example}, with s, m, h or d`)
  return 0
}

function needed(log: ProblemLog, given: JsonObject, key: string, at: string, remedy: string): Json | undefined {
  if (given[key] === undefined) log.error('missing-key', at, `\`${key}\` is missing`, remedy)
  return given[key]
}
