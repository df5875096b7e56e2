/**
 * The older YAML dialect: `tools.<name>.rules[]`, each rule saying what must be true for the call to pass. Read into the
 * same model: conditions become `require`, `action: deny` an unconditional `deny_if`, `state` and `rate_limit` limits,
 * the `"*"` rules those of all tools. `default` is `allow` when absent, as there. What has no equal here is refused.
 */
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readCondition } from './conditions.ts'
import type { DialectReading } from './dialects.ts'
import { readDescription, readHide, readSpan, readVersion } from './document.ts'
import { isGlob } from './glob.ts'
import {
  type CounterDraft,
  type CounterReader,
  isStateCondition,
  readRateRule,
  readState,
  readStateCondition,
} from './intercept-counters.ts'
import type { ApprovalRule, Condition, Entry, Model, Rule, RuleSet } from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { readChoice, readList, readMembers, readObject, readText } from './shape.ts'

const documentKeys = ['version', 'description', 'default', 'hide', 'tools', 'approvals'] as const
const ruleKeys = ['name', 'action', 'conditions', 'on_deny', 'state', 'rate_limit', 'approval_timeout'] as const

interface Draft extends CounterDraft {
  readonly requires: Rule[]
  readonly approvals: ApprovalRule[]
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
  const reader: CounterReader = { log, notes, counters: new Map() }
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

function readRules(reader: CounterReader, tool: string, value: Json, at: string): RuleSet {
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

function readInterceptRule(reader: CounterReader, draft: Draft, tool: string, rule: JsonObject, at: string): void {
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

function noteStricter(reader: CounterReader, tool: string, rule: string, conditions: readonly Json[]): void {
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
