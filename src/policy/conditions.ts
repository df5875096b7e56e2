/**
 * Conditions and rules, read once. What a comparison can be asked is settled here, so that deciding has nothing left to
 * refuse but the call's own values: operator, path, the type of `value`, patterns, networks and hosts.
 */
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readHost, readNetwork } from './address.ts'
import { globProblem } from './glob.ts'
import { type Condition, type Leaf, type Operator, operators, type Rule } from './model.ts'
import { type Path, type Root, readPath, roots } from './path.ts'
import { readPattern } from './pattern.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf, readChoice, readList, readObject, readText, refuseUnknown } from './shape.ts'
import { readWhen } from './when.ts'

export const ruleKeys = ['conditions', 'any', 'all', 'not', 'when', 'on_deny'] as const
const groups = ['any', 'all', 'not'] as const
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** Conditions, groups beside them, `when` and `on_deny`: the parts every kind of rule has. Paths start in `known`. */
export function readRule(log: ProblemLog, object: JsonObject, at: string, known: readonly Root[] = roots): Rule {
  const conditions: Condition[] = []
  if (object['conditions'] !== undefined) {
    const path = pointer(at, 'conditions')
    for (const [index, item] of (readList(log, object['conditions'], path) ?? []).entries()) {
      const condition = readCondition(log, item, pointer(path, index), 1, known)
      if (condition !== undefined) conditions.push(condition)
    }
  }
  for (const group of groups) {
    if (object[group] === undefined) continue
    const condition = readGroup(log, group, object[group], pointer(at, group), 1, known)
    if (condition !== undefined) conditions.push(condition)
  }
  const when =
    object['when'] === undefined ? undefined : readExpression(log, object['when'], pointer(at, 'when'), known)
  const message =
    object['on_deny'] === undefined
      ? undefined
      : readText(log, object['on_deny'], pointer(at, 'on_deny'), limits.policyTextLengthMax)
  if (!ruleKeys.slice(0, 5).some(key => object[key] !== undefined)) {
    log.error('missing-key', at, 'a rule needs `conditions`', 'write "conditions": [] for a rule without conditions')
  }
  return { at, conditions, ...(when !== undefined && { when }), ...(message !== undefined && { message }) }
}

function readExpression(log: ProblemLog, value: Json, at: string, known: readonly Root[]): string | undefined {
  const source = readText(log, value, at, limits.policyWhenLengthMax)
  if (source === undefined) return undefined
  const reading = readWhen(source, 'UTC', known)
  if (reading.ok) return source
  log.error('bad-when', at, reading.message, reading.remedy)
  return undefined
}

/** One condition or group; `depth` counts groups from 1. */
export function readCondition(
  log: ProblemLog,
  value: Json,
  at: string,
  depth = 1,
  known: readonly Root[] = roots,
): Condition | undefined {
  if (!isJsonObject(value)) {
    log.error(
      'wrong-type',
      at,
      `a condition is an object, found ${kindOf(value)}`,
      'write {"path": …, "op": …, "value": …}',
    )
    return undefined
  }
  const named = groups.filter(group => value[group] !== undefined)
  const group = named[0]
  if (group === undefined) return readLeaf(log, value, at, known)
  refuseUnknown(log, value, at, [group])
  return readGroup(log, group, value[group], pointer(at, group), depth, known)
}

function readGroup(
  log: ProblemLog,
  group: (typeof groups)[number],
  value: Json | undefined,
  at: string,
  depth: number,
  known: readonly Root[],
): Condition | undefined {
  if (depth > limits.policyGroupDepthMax) {
    log.error('too-large', at, `groups are nested deeper than ${limits.policyGroupDepthMax}`, 'split the rule')
    return undefined
  }
  if (group === 'not') {
    const inner = readCondition(log, value ?? null, at, depth + 1, known)
    return inner && { not: inner }
  }
  const items = readList(log, value, at)
  if (items?.length === 0)
    log.error('bad-value', at, `an empty \`${group}\` decides nothing`, 'put a condition in it, or remove it')
  const inner = (items ?? []).flatMap(
    (item, index) => readCondition(log, item, pointer(at, index), depth + 1, known) ?? [],
  )
  return group === 'any' ? { any: inner } : { all: inner }
}

function readLeaf(log: ProblemLog, value: JsonObject, at: string, known: readonly Root[]): Condition | undefined {
  readObject(log, value, at, ['path', 'op', 'value'])
  const path = readConditionPath(log, value['path'], pointer(at, 'path'), known)
  const op = readChoice(log, value['op'], pointer(at, 'op'), operators)
  const operand = value['value']
  if (operand === undefined)
    log.error('missing-key', at, 'a condition needs `value`', 'write the value to compare with')
  if (path === undefined || op === undefined || operand === undefined) return undefined
  const problem = operandProblem(op, operand) ?? timeProblem(path, op, operand)
  if (problem !== undefined) {
    log.error(problem.code ?? 'bad-value', pointer(at, 'value'), problem.message, problem.remedy)
    return undefined
  }
  if (operand === '' && (op === 'contains' || op === 'starts_with' || op === 'ends_with' || op === 'regex')) {
    log.warning(
      'always-holds',
      pointer(at, 'value'),
      `\`${op}\` with empty text holds for every text`,
      'use `exists`, or name the text',
    )
  }
  const leaf: Leaf = { path, op, value: operand, at }
  return { leaf }
}

function readConditionPath(
  log: ProblemLog,
  value: Json | undefined,
  at: string,
  known: readonly Root[],
): Path | undefined {
  const text = readText(log, value, at, limits.policyPathLengthMax)
  if (text === undefined) return undefined
  const reading = readPath(text, known)
  if (reading.ok) return reading.path
  log.error('bad-path', at, reading.message, reading.remedy)
  return undefined
}

interface OperandProblem {
  readonly code?: string
  readonly message: string
  readonly remedy: string
}

/** Why `value` cannot be compared with by `op`, or `undefined`. */
function operandProblem(op: Operator, value: Json): OperandProblem | undefined {
  const need = (kind: string, remedy: string): OperandProblem => ({
    message: `\`${op}\` needs ${kind}, found ${kindOf(value)}`,
    remedy,
  })
  switch (op) {
    case 'eq':
    case 'neq':
    case 'contains':
      return undefined
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return typeof value === 'number' ? undefined : need('a number', 'write the number without quotes')
    case 'in':
    case 'not_in':
      return Array.isArray(value) ? undefined : need('a list', 'write ["…", "…"]')
    case 'exists':
      return typeof value === 'boolean' ? undefined : need('true or false', 'write true or false')
    case 'starts_with':
    case 'ends_with':
      return typeof value === 'string' ? undefined : need('text', 'write the text in quotes')
    case 'regex': {
      if (typeof value !== 'string') return need('text', 'write the pattern in quotes')
      const reading = readPattern(value)
      return reading.ok ? undefined : { code: 'bad-regex', message: reading.message, remedy: reading.remedy }
    }
    case 'glob': {
      if (typeof value !== 'string' || value === '') return need('text', 'write the glob in quotes')
      const message = globProblem(value)
      return message === undefined ? undefined : { message, remedy: 'use `*`, `**`, `?` and `/`' }
    }
    case 'cidr':
      return eachText(
        op,
        value,
        text => readNetwork(text) !== undefined,
        'a network such as 10.0.0.0/8 or 2001:db8::/32',
      )
    case 'host_in':
      return eachText(
        op,
        value,
        text => readHost(text) !== undefined,
        'a host such as example.com or *.example.com, without scheme, port or path',
      )
  }
}

function eachText(
  op: Operator,
  value: Json,
  isFine: (text: string) => boolean,
  kind: string,
): OperandProblem | undefined {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value]
  if (list.length === 0) return { message: `\`${op}\` needs at least one entry`, remedy: `write ${kind}` }
  const wrong = list.find(item => typeof item !== 'string' || !isFine(item))
  if (wrong === undefined) return undefined
  const shown = typeof wrong === 'string' ? `\`${wrong.slice(0, 80)}\`` : kindOf(wrong)
  return { message: `${shown} is not ${kind}`, remedy: `write ${kind}` }
}

/** Days are words; a misspelt or capitalised one would be a rule that never holds. */
function timeProblem(path: Path, op: Operator, value: Json): OperandProblem | undefined {
  const step = path.steps[0]
  if (path.root !== 'time' || step === undefined || !('key' in step) || step.key !== 'weekday') return undefined
  if (!['eq', 'neq', 'in', 'not_in'].includes(op)) return undefined
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value]
  const wrong = list.find(item => !(weekdays as readonly Json[]).includes(item))
  if (wrong === undefined) return undefined
  return { message: `\`${String(wrong).slice(0, 40)}\` is not a weekday`, remedy: `use ${weekdays.join(', ')}` }
}
