/**
 * Counters of the older YAML dialect: `rate_limit`, `state` blocks and the conditions that hold them to a number become
 * limits. What nothing there would count, or no limit here can say, is refused.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readRate, readWindow, windowText } from './caps.ts'
import type { LimitRule, Rule } from './model.ts'
import { readPath } from './path.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf, readObject, readText } from './shape.ts'
import type { Note } from './stricter.ts'

/** Where the reading of one document is noted. */
export interface CounterReader {
  readonly log: ProblemLog
  readonly notes: Note[]
}

/** What the counters of one tool become. */
export interface CounterDraft {
  readonly denials: Rule[]
  readonly limits: LimitRule[]
}

/** One rule as written. */
export interface Given {
  readonly at: string
  readonly rule: JsonObject
}

/** A tool, the counters its rules keep, by name, and those of them that a condition holds to a number. */
export interface Keeper {
  readonly tool: string
  readonly counters: ReadonlyMap<string, State>
  readonly held: Set<string>
}

interface State {
  readonly at: string
  readonly counter: string
  readonly windowMs: number
  readonly increment: number
  readonly incrementFrom?: NonNullable<LimitRule['incrementFrom']>
}

const stateKeys = ['counter', 'window', 'increment', 'increment_from'] as const

export function readRateRule(
  reader: CounterReader,
  draft: CounterDraft,
  tool: string,
  rule: JsonObject,
  action: string | undefined,
  at: string,
): void {
  const path = pointer(at, 'rate_limit')
  if (rule['conditions'] !== undefined || rule['state'] !== undefined || action === 'deny') {
    reader.log.error(
      'bad-limit',
      path,
      '`rate_limit` stands alone in a rule',
      'move conditions, state and action to a rule of their own',
    )
  }
  const limit = readRate(reader.log, rule['rate_limit'] ?? null, path, `${scopeOf(tool)}.rate_limit`)
  if (limit === undefined) return
  draft.limits.push({ ...limit, counter: `${scopeOf(tool)}._rate_${limit.windowMs / 1000}s` })
  noteLimit(reader, limit, rule)
}

/** The `state` blocks of a tool's rules. A counter that is kept twice was refused there, and is here. */
export function readStates(reader: CounterReader, tool: string, rules: readonly Given[]): Keeper['counters'] {
  const counters = new Map<string, State>()
  for (const { at, rule } of rules) {
    if (rule['state'] === undefined || rule['rate_limit'] !== undefined) continue
    const state = readState(reader.log, rule['state'], pointer(at, 'state'))
    if (state === undefined) continue
    if (counters.has(state.counter))
      reader.log.error(
        'duplicate-key',
        pointer(state.at, 'counter'),
        `the counter \`${state.counter}\` is kept twice for \`${tool}\``,
        'name the second one differently',
      )
    counters.set(state.counter, state)
  }
  return counters
}

function readState(log: ProblemLog, value: Json, at: string): State | undefined {
  const given = readObject(log, value, at, stateKeys)
  if (given === undefined) return undefined
  const counter = readText(log, given['counter'], pointer(at, 'counter'), 100)
  const windowMs = readWindow(log, given['window'], pointer(at, 'window'))
  const increment = given['increment'] ?? 1
  if (typeof increment !== 'number' || !Number.isSafeInteger(increment) || increment < 1) {
    log.error(
      'bad-limit',
      pointer(at, 'increment'),
      '`increment` is a whole number of at least 1',
      'write how much one call counts',
    )
  }
  const from = given['increment_from']
  const reading = typeof from === 'string' ? readPath(from) : undefined
  const isArgument =
    reading?.ok === true &&
    reading.path.root === 'args' &&
    reading.path.steps.length > 0 &&
    reading.path.steps.every(step => 'key' in step)
  if (from !== undefined && !isArgument) {
    log.error(
      'bad-path',
      pointer(at, 'increment_from'),
      '`increment_from` names an argument',
      'write a path such as args.amount',
    )
  }
  if (counter === undefined || windowMs === undefined || typeof increment !== 'number') return undefined
  return { at, counter, windowMs, increment, ...(isArgument && { incrementFrom: reading.path }) }
}

export function isStateCondition(condition: Json): condition is JsonObject {
  return isJsonObject(condition) && typeof condition['path'] === 'string' && condition['path'].startsWith('state.')
}

/** `state.<tool>.<counter> lte N`: the counter after this call may be at most N. */
export function readStateCondition(
  reader: CounterReader,
  draft: CounterDraft,
  { tool, counters, held }: Keeper,
  condition: JsonObject,
  { at, rule, message }: Given & { readonly message: string },
): void {
  const { log } = reader
  const object = readObject(log, condition, at, ['path', 'op', 'value'])
  const path = String(object?.['path'])
  const value = object?.['value']
  const prefix = `state.${scopeOf(tool)}.`
  const state = path.startsWith(prefix) ? counters.get(path.slice(prefix.length)) : undefined
  if (state === undefined) {
    const kept = [...counters.keys()].map(name => `\`${prefix}${name}\``)
    log.error(
      'bad-path',
      pointer(at, 'path'),
      `\`${path}\` reads a counter that no rule of \`${tool}\` keeps`,
      kept.length === 0 ? 'add a `state` block to this rule' : `kept here: ${kept.join(', ')}`,
    )
    return
  }
  const op = object?.['op']
  if (op !== 'lte' && op !== 'lt') {
    log.error(
      'bad-limit',
      pointer(at, 'op'),
      'a counter can only be held to `lte` or `lt`: under any other operator nothing was counted',
      'use `lte`',
    )
    return
  }
  if (typeof value !== 'number') {
    log.error(
      'bad-limit',
      pointer(at, 'value'),
      `\`${op}\` needs a number, found ${kindOf(value)}`,
      'write the number without quotes',
    )
    return
  }
  held.add(state.counter)
  const most = op === 'lte' ? Math.floor(value) : Math.ceil(value) - 1
  const max = state.incrementFrom === undefined ? Math.floor(most / state.increment) : most
  if (max < 1) {
    draft.denials.push({ at, conditions: [], message })
    return
  }
  const limit: LimitRule = {
    at,
    counter: `${scopeOf(tool)}.${state.counter}`,
    windowMs: state.windowMs,
    max,
    scope: 'grant',
    ...(state.incrementFrom && { incrementFrom: state.incrementFrom }),
  }
  draft.limits.push(limit)
  noteLimit(reader, limit, rule)
}

/** A counter that no condition holds was never counted there: it is left out. */
export function noteUnheld(reader: CounterReader, { counters, held }: Keeper): void {
  for (const { at, counter } of counters.values()) {
    if (held.has(counter)) continue
    reader.notes.push({ path: at, changes: [`nothing holds the counter \`${counter}\`: as there, it is not counted`] })
  }
}

/** Wildcard rules keep their counters in one common scope. */
function scopeOf(tool: string): string {
  return tool === '*' ? '_global' : tool
}

function noteLimit(reader: CounterReader, { at, windowMs, max, incrementFrom }: LimitRule, rule: JsonObject): void {
  const window = windowText(windowMs)
  const changes = [
    `at most ${max} in any ${window}; there in each ${window} of the clock, so up to twice as much around its edge`,
    'counted for each grant; there for the whole process (`scope: server` counts all grants together)',
    'a call that the server answers with an error stays counted, unless it certainly did nothing',
    ...(incrementFrom === undefined
      ? []
      : [
          `a call without a number of 0 or more at \`${incrementFrom.text}\` is denied, and fractions count; there a negative amount gave room back and fractions were cut off`,
        ]),
    ...(rule['on_deny'] === undefined ? [] : ['`on_deny` is not told: a limit has words of its own']),
  ]
  reader.notes.push({ path: at, changes })
}
