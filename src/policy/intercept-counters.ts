/**
 * Counters of the older YAML dialect: `rate_limit`, `state` blocks and the conditions that hold them to a number become
 * limits. What nothing there would count, or no limit here can say, is refused.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readRate, readWindow } from './caps.ts'
import type { LimitRule, Rule } from './model.ts'
import { readPath } from './path.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf, readObject, readText } from './shape.ts'

/** Where counters of one document are noted. */
export interface CounterReader {
  readonly log: ProblemLog
  readonly notes: string[]
  readonly counters: Map<string, string>
}

/** What the counters of one tool become. */
export interface CounterDraft {
  readonly denials: Rule[]
  readonly limits: LimitRule[]
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
  noteWindows(reader)
}

export interface State {
  readonly counter: string
  readonly windowMs: number
  readonly increment: number
  readonly incrementFrom?: LimitRule['incrementFrom']
}

export function readState(reader: CounterReader, tool: string, value: Json, at: string): State | undefined {
  const { log } = reader
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
  if (from !== undefined && !(reading?.ok && reading.path.root === 'args')) {
    log.error(
      'bad-path',
      pointer(at, 'increment_from'),
      '`increment_from` names an argument',
      'write a path such as args.amount',
    )
  }
  if (counter === undefined || windowMs === undefined || typeof increment !== 'number') return undefined
  const id = `${tool}.${counter}`
  if (reader.counters.has(id))
    log.error(
      'duplicate-key',
      pointer(at, 'counter'),
      `the counter \`${counter}\` is kept twice for \`${tool}\``,
      'name the second one differently',
    )
  reader.counters.set(id, at)
  noteWindows(reader)
  return { counter, windowMs, increment, ...(reading?.ok && { incrementFrom: reading.path }) }
}

export function isStateCondition(condition: Json): condition is JsonObject {
  return isJsonObject(condition) && typeof condition['path'] === 'string' && condition['path'].startsWith('state.')
}

/** `state.<tool>.<counter> lte N`: the counter after this call may be at most N. */
export function readStateCondition(
  reader: CounterReader,
  draft: CounterDraft,
  tool: string,
  state: State | undefined,
  condition: JsonObject,
  at: string,
  message: string,
): void {
  const { log } = reader
  const object = readObject(log, condition, at, ['path', 'op', 'value'])
  const path = object?.['path']
  const value = object?.['value']
  if (state === undefined || path !== `state.${scopeOf(tool)}.${state.counter}`) {
    log.error(
      'bad-path',
      pointer(at, 'path'),
      `\`${String(path)}\` reads a counter that this rule does not keep`,
      'add the `state` block to this rule',
    )
    return
  }
  if (object?.['op'] !== 'lte' && object?.['op'] !== 'lt') {
    log.error(
      'bad-limit',
      pointer(at, 'op'),
      'a counter can only be held to `lte` or `lt`: nothing counts it otherwise',
      'use `lte`',
    )
    return
  }
  if (typeof value !== 'number') {
    log.error(
      'bad-limit',
      pointer(at, 'value'),
      `\`${object['op']}\` needs a number, found ${kindOf(value)}`,
      'write the number without quotes',
    )
    return
  }
  const most = object['op'] === 'lte' ? Math.floor(value) : Math.ceil(value) - 1
  const max = state.incrementFrom === undefined ? Math.floor(most / state.increment) : most
  if (max < 1) draft.denials.push({ at, conditions: [], message })
  else {
    draft.limits.push({
      at,
      counter: `${scopeOf(tool)}.${state.counter}`,
      windowMs: state.windowMs,
      max,
      scope: 'grant',
      ...(state.incrementFrom && { incrementFrom: state.incrementFrom }),
    })
  }
}

/** Wildcard rules keep their counters in one common scope. */
function scopeOf(tool: string): string {
  return tool === '*' ? '_global' : tool
}

function noteWindows(reader: CounterReader): void {
  const note =
    'windows slide here: at most the maximum in any interval; there, calendar windows let up to twice as much through at the edge'
  if (!reader.notes.includes(note)) reader.notes.push(note)
}
