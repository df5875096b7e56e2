/**
 * The older YAML dialect: `tools.<name>.rules[]`, each rule saying what must be true for the call to pass. Read into the
 * same model: conditions become `require`, `action: deny` an unconditional `deny_if`, `state` and `rate_limit` limits,
 * the `"*"` rules those of all tools. `default` is `allow` when absent, as there. What has no equal here is refused.
 */
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readRate, readWindow } from './caps.ts'
import { readCondition } from './conditions.ts'
import type { DialectReading } from './dialects.ts'
import { readDescription, readHide, readSpan, readVersion } from './document.ts'
import { isGlob } from './glob.ts'
import type { ApprovalRule, Condition, Entry, LimitRule, Model, Rule, RuleSet } from './model.ts'
import { readPath } from './path.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { kindOf, readChoice, readList, readMembers, readObject, readText } from './shape.ts'

const documentKeys = ['version', 'description', 'default', 'hide', 'tools', 'approvals'] as const
const ruleKeys = ['name', 'action', 'conditions', 'on_deny', 'state', 'rate_limit', 'approval_timeout'] as const
const stateKeys = ['counter', 'window', 'increment', 'increment_from'] as const

interface Draft {
  readonly requires: Rule[]
  readonly denials: Rule[]
  readonly approvals: ApprovalRule[]
  readonly limits: LimitRule[]
}

interface Reader {
  readonly log: ProblemLog
  readonly notes: string[]
  readonly counters: Map<string, string>
}

export function readIntercept(log: ProblemLog, value: JsonObject): DialectReading {
  const document = readObject(log, value, '', documentKeys) ?? {}
  readVersion(log, document)
  const notes = ['read as the YAML dialect of Intercept: conditions say what must be true for a call to pass']
  if (document['default'] === undefined)
    notes.push(
      'no `default`: tools that are not listed are allowed, as in Intercept; write `default: deny` to change that',
    )
  if (document['approvals'] !== undefined) {
    log.warning(
      'not-carried',
      '/approvals',
      'the `approvals` block is not part of a policy here and is left out',
      'set up notification channels in sallyport.yaml',
      'key',
    )
  }
  const reader: Reader = { log, notes, counters: new Map() }
  const tools = Object.entries(readMembers(log, document['tools'], '/tools') ?? {})
  const entries: Entry[] = []
  let allTools: RuleSet = { requires: [], denials: [], approvals: [], limits: [] }
  for (const [name, entry] of tools) {
    const at = pointer('/tools', name)
    const rules = readRules(reader, name, entry, at)
    if (name !== '*' && isGlob(name)) {
      log.error(
        'bad-value',
        at,
        `\`${name}\` matched no tool there, because names were exact, and is a glob here`,
        'write version "1" of this policy with the glob you mean',
        'key',
      )
    }
    if (name === '*') allTools = rules
    else entries.push({ name, at, action: 'allow', ...rules })
  }
  const model: Model = {
    dialect: 'intercept',
    ...readDescription(log, document),
    default:
      document['default'] === undefined
        ? 'allow'
        : (readChoice(log, document['default'], '/default', ['allow', 'deny']) ?? 'deny'),
    mode: 'enforce',
    zone: 'UTC',
    hide: document['hide'] === undefined ? [] : readHide(log, document['hide']),
    allTools,
    entries,
  }
  return { model, notes }
}

function readRules(reader: Reader, tool: string, value: Json, at: string): RuleSet {
  const draft: Draft = { requires: [], denials: [], approvals: [], limits: [] }
  const given = readObject(reader.log, value, at, ['rules'])
  const list = given?.['rules'] === undefined ? [] : (readList(reader.log, given['rules'], pointer(at, 'rules')) ?? [])
  for (const [index, item] of list.entries()) {
    const path = pointer(pointer(at, 'rules'), index)
    const rule = readObject(reader.log, item, path, ruleKeys)
    if (rule !== undefined) readInterceptRule(reader, draft, tool, rule, path)
  }
  if (draft.requires.length > 0 && draft.denials.length > 0) {
    reader.notes.push(
      `\`${tool}\`: every condition is tried before \`action: deny\`, so the reason given may be another one; the verdict is the same`,
    )
  }
  return draft
}

function readInterceptRule(reader: Reader, draft: Draft, tool: string, rule: JsonObject, at: string): void {
  const { log } = reader
  const name = readText(log, rule['name'], pointer(at, 'name'), limits.policyTextLengthMax) ?? 'unnamed'
  const action =
    rule['action'] === undefined
      ? 'evaluate'
      : readChoice(log, rule['action'], pointer(at, 'action'), ['evaluate', 'deny', 'require_approval'])
  const message =
    rule['on_deny'] === undefined
      ? `Denied by rule "${name}"`
      : readText(log, rule['on_deny'], pointer(at, 'on_deny'), limits.policyTextLengthMax)
  const text = message ?? name
  if (rule['rate_limit'] !== undefined) {
    readRateRule(reader, draft, tool, rule, action, at)
    return
  }
  const conditions =
    rule['conditions'] === undefined ? [] : (readList(log, rule['conditions'], pointer(at, 'conditions')) ?? [])
  if (action === 'deny') {
    if (conditions.length > 0)
      log.error(
        'bad-value',
        pointer(at, 'conditions'),
        '`action: deny` takes no conditions',
        'remove them, or state in `conditions` what must be true',
      )
    draft.denials.push({ at, conditions: [], message: text })
    return
  }
  if (action === 'evaluate' && conditions.length === 0) {
    log.error(
      'missing-key',
      at,
      'a rule that evaluates needs at least one condition',
      'add a condition, or `action: deny`',
    )
  }
  const state = rule['state'] === undefined ? undefined : readState(reader, tool, rule['state'], pointer(at, 'state'))
  const read: Condition[] = []
  for (const [index, condition] of conditions.entries()) {
    const path = pointer(pointer(at, 'conditions'), index)
    if (isStateCondition(condition)) readStateCondition(reader, draft, tool, state, condition, path, text)
    else {
      const found = readCondition(log, condition, path)
      if (found !== undefined) read.push(found)
    }
  }
  noteStricter(reader, tool, name, conditions)
  if (action === 'require_approval') {
    const decide = readSpan(log, rule['approval_timeout'], pointer(at, 'approval_timeout'))
    draft.approvals.push({
      at,
      conditions: read,
      message: text,
      approvers: [],
      quorum: 1,
      allowEdits: false,
      ...(decide !== undefined && { decideWithinMs: decide }),
    })
  } else if (read.length > 0) draft.requires.push({ at, conditions: read, message: text })
}

function readRateRule(
  reader: Reader,
  draft: Draft,
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

interface State {
  readonly counter: string
  readonly windowMs: number
  readonly increment: number
  readonly incrementFrom?: LimitRule['incrementFrom']
}

function readState(reader: Reader, tool: string, value: Json, at: string): State | undefined {
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

function isStateCondition(condition: Json): condition is JsonObject {
  return isJsonObject(condition) && typeof condition['path'] === 'string' && condition['path'].startsWith('state.')
}

/** `state.<tool>.<counter> lte N`: the counter after this call may be at most N. */
function readStateCondition(
  reader: Reader,
  draft: Draft,
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

function noteWindows(reader: Reader): void {
  const note =
    'windows slide here: at most the maximum in any interval; there, calendar windows let up to twice as much through at the edge'
  if (!reader.notes.includes(note)) reader.notes.push(note)
}

function noteStricter(reader: Reader, tool: string, rule: string, conditions: readonly Json[]): void {
  const loose = conditions
    .filter(isJsonObject)
    .filter(({ op }) => op === 'eq' || op === 'neq' || op === 'in' || op === 'not_in')
  if (loose.length === 0) return
  const ops = [...new Set(loose.map(({ op }) => `\`${String(op)}\``))].join(', ')
  reader.notes.push(
    `\`${tool}\`, rule "${rule}": ${ops} compares like with like only; where Intercept took true for "true" and 1 for "1", the call is denied here`,
  )
  if (loose.some(({ op }) => op === 'neq' || op === 'not_in')) {
    reader.notes.push(
      `\`${tool}\`, rule "${rule}": what must not be equal is also compared without regard to case and look-alike forms`,
    )
  }
}
