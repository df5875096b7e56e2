/**
 * The replay of an attack, as an entry says it: the server's tools and a list of steps. A step is named by what it is
 * (`attack`, `work` or `change`) and is a call, a request as bytes, or new definitions. Reading only; tests carry it out.
 */
import { limits } from '../../limits.ts'
import { windowMsOf } from '../../policy/caps.ts'
import { type ProblemLog, pointer } from '../../policy/problem.ts'
import { readChoice, readMembers, readObject, readText } from '../../policy/shape.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { isToolName } from '../../wire/names.ts'
import { readEach, readForm, readOptional, readTexts, requireKeys } from './forms.ts'
import { type CallStep, type ChangeStep, expectations, type SendStep, type Trial, type TrialStep } from './model.ts'

const callKeys = [
  ...['attack', 'work', 'tool', 'args', 'expect', 'rule', 'code', 'times', 'later', 'roles', 'caller', 'answer'],
  ...['hides', 'shows'],
] as const
const sendKeys = ['attack', 'send', 'status', 'says'] as const
const requestKeys = ['method', 'path', 'headers', 'body', 'credential'] as const
const changeKeys = ['change', 'tools'] as const

/** Reads the trial of an entry. */
export function readTrial(log: ProblemLog, value: Json | undefined, at: string): Trial {
  const given = readObject(log, value, at, ['tools', 'calls']) ?? {}
  requireKeys(log, given, at, ['tools', 'calls'])
  return {
    tools: readTools(log, given['tools'], pointer(at, 'tools')),
    steps: readEach(log, given['calls'], pointer(at, 'calls'), readStep),
  }
}

function readTools(log: ProblemLog, value: Json | undefined, at: string): readonly JsonObject[] {
  return readEach(log, value, at, (into, item, where) => {
    const definition = readMembers(into, item, where)
    if (definition === undefined) return undefined
    requireKeys(into, definition, where, ['name', 'inputSchema'])
    const { name } = definition
    if (name !== undefined && (typeof name !== 'string' || !isToolName(name)))
      into.error('bad-value', pointer(where, 'name'), 'this is no tool name', 'use A-Z, a-z, 0-9, `_`, `-` and `.`')
    return definition
  })
}

function readStep(log: ProblemLog, value: Json, at: string): TrialStep | undefined {
  if (!isJsonObject(value)) {
    readMembers(log, value, at)
    return undefined
  }
  if (value['change'] !== undefined) return readChange(log, value, at)
  return value['send'] === undefined ? readCall(log, value, at) : readSend(log, value, at)
}

function readChange(log: ProblemLog, value: JsonObject, at: string): ChangeStep | undefined {
  readObject(log, value, at, changeKeys)
  requireKeys(log, value, at, ['tools'])
  const title = readOptional(log, value['change'], pointer(at, 'change'))
  const tools = readTools(log, value['tools'], pointer(at, 'tools'))
  return title === undefined ? undefined : { kind: 'change', title, tools }
}

function readSend(log: ProblemLog, value: JsonObject, at: string): SendStep | undefined {
  readObject(log, value, at, sendKeys)
  requireKeys(log, value, at, ['attack', 'status'])
  const where = pointer(at, 'send')
  const given = readObject(log, value['send'], where, requestKeys) ?? {}
  const title = readOptional(log, value['attack'], pointer(at, 'attack'))
  const says = readOptional(log, value['says'], pointer(at, 'says'))
  const headers = readMembers(log, orAbsent(given['headers'], {}), pointer(where, 'headers')) ?? {}
  const status = readCount(log, orAbsent(value['status'], 400), pointer(at, 'status'), 200, 599)
  const textOf = (key: string, absent: string) => readOptional(log, given[key], pointer(where, key)) ?? absent
  const read: Omit<SendStep, 'kind' | 'title'> = {
    method:
      readChoice(log, orAbsent(given['method'], 'POST'), pointer(where, 'method'), ['GET', 'POST', 'PUT', 'DELETE']) ??
      'POST',
    path: textOf('path', '/mcp/{server}'),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, readOptional(log, text, pointer(where, name)) ?? '']),
    ),
    body: textOf('body', ''),
    credential: textOf('credential', 'agent'),
    status,
    ...(says === undefined ? {} : { says }),
  }
  return title === undefined ? undefined : { kind: 'attack', title, ...read }
}

function readCall(log: ProblemLog, value: JsonObject, at: string): CallStep | undefined {
  readObject(log, value, at, callKeys)
  requireKeys(log, value, at, ['tool', 'expect'])
  const kind = value['attack'] === undefined ? 'work' : 'attack'
  if ((value['attack'] === undefined) === (value['work'] === undefined))
    log.error('bad-step', at, 'a call is either `attack` or `work`', 'give one of the two, with what the call does')
  const textAt = (key: string) => readOptional(log, value[key], pointer(at, key))
  const objectAt = (key: string) =>
    value[key] === undefined ? undefined : readMembers(log, value[key], pointer(at, key))
  const [rule, callerId, answer] = [textAt('rule'), textAt('caller'), objectAt('answer')]
  const code = readForm(log, value['code'], pointer(at, 'code'), /^ERR_[A-Z_]+$/, 'an error code')
  const title = textAt(kind)
  const expect = readChoice(log, value['expect'], pointer(at, 'expect'), expectations)
  const tool = readText(log, value['tool'], pointer(at, 'tool'), limits.attackTextCharsMax)
  const call = {
    args: objectAt('args') ?? {},
    times: readCount(log, orAbsent(value['times'], 1), pointer(at, 'times'), 1, limits.attackCallsMax),
    laterMs: readSpan(log, value['later'], pointer(at, 'later')),
    roles: readTexts(log, value['roles'], pointer(at, 'roles')),
    hides: readTexts(log, value['hides'], pointer(at, 'hides')),
    shows: readTexts(log, value['shows'], pointer(at, 'shows')),
    ...(rule === undefined ? {} : { rule }),
    ...(code === undefined ? {} : { code }),
    ...(callerId === undefined ? {} : { callerId }),
    ...(answer === undefined ? {} : { answer }),
  }
  return title === undefined || tool === undefined || expect === undefined
    ? undefined
    : { kind, title, tool, expect, ...call }
}

/** `??` would take an explicit null for absent. */
function orAbsent(value: Json | undefined, absent: Json): Json {
  return value === undefined ? absent : value
}

function readCount(log: ProblemLog, value: Json, at: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  log.error('bad-value', at, `expected a whole number from ${min} to ${max}`, 'write a number')
  return min
}

function readSpan(log: ProblemLog, value: Json | undefined, at: string): number {
  const text = readForm(log, value, at, /^[1-9]\d{0,2}[smhd]$/, 'a span of time as "90s", "30m", "2h" or "7d"')
  return windowMsOf(text) ?? 0
}
