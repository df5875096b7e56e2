/**
 * The document of version "1", read whole or refused whole. Every unknown key is an error with the nearest known one;
 * every problem is found in one reading. The hosted shape is a part of this grammar.
 */
import { limits } from '../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { readLimit, readRate, readZone, windowMsOf } from './caps.ts'
import { readRule, ruleKeys } from './conditions.ts'
import { readFlows, readLabels } from './flow-rules.ts'
import { globProblem } from './glob.ts'
import {
  type Action,
  type ApprovalRule,
  type Dialect,
  type Entry,
  emptyRules,
  type LimitRule,
  type Model,
  type Rule,
  type RuleSet,
} from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { readResults } from './result-rules.ts'
import { readChoice, readList, readMembers, readObject, readText } from './shape.ts'

export const documentKeys = [
  '$schema',
  'version',
  'description',
  'default',
  'mode',
  'time',
  'hide',
  'all_tools',
  'tools',
  'flows',
] as const
export const ruleSetKeys = ['require', 'deny_if', 'approve_if', 'limits', 'rate_limit', 'results'] as const
export const entryKeys = ['action', 'reason', 'arguments', 'read_only', 'labels', ...ruleSetKeys] as const
export const approvalKeys = [
  ...ruleKeys,
  'approvers',
  'quorum',
  'decide_within',
  'execute_within',
  'allow_edits',
] as const
const actions: readonly Action[] = ['allow', 'deny', 'hide', 'require_approval']

/** Reads a document of version "1"; `dialect` only names where it came from. */
export function readDocument(log: ProblemLog, value: Json, dialect: Dialect): Model {
  const document = readObject(log, value, '', documentKeys) ?? {}
  if (dialect !== 'faq' || document['version'] !== undefined) readVersion(log, document)
  const given = document['default']
  const zone = isJsonObject(document['time']) ? readTime(log, document['time']) : undefined
  if (document['time'] !== undefined && zone === undefined) readObject(log, document['time'], '/time', ['zone'])
  return {
    dialect,
    ...readDescription(log, document),
    default: given === undefined ? 'deny' : (readChoice(log, given, '/default', ['allow', 'deny']) ?? 'deny'),
    mode:
      document['mode'] === undefined
        ? 'enforce'
        : (readChoice(log, document['mode'], '/mode', ['enforce', 'observe']) ?? 'enforce'),
    zone: zone ?? 'UTC',
    hide: document['hide'] === undefined ? [] : readHide(log, document['hide']),
    allTools: readAllTools(log, document['all_tools']),
    entries: document['tools'] === undefined ? [] : readTools(log, document['tools']),
    flows: readFlows(log, document['flows']),
  }
}

export function readVersion(log: ProblemLog, document: JsonObject): void {
  if (document['version'] === '1') return
  const message =
    document['version'] === undefined ? 'the document has no `version`' : 'the version must be the text "1"'
  log.error(
    'bad-version',
    document['version'] === undefined ? '' : '/version',
    message,
    'write "version": "1", with the quotes',
  )
}

export function readDescription(log: ProblemLog, document: JsonObject): { description?: string } {
  if (document['description'] === undefined) return {}
  const description = readText(log, document['description'], '/description', limits.policyTextLengthMax)
  return description === undefined ? {} : { description }
}

function readTime(log: ProblemLog, time: JsonObject): string | undefined {
  readObject(log, time, '/time', ['zone'])
  if (time['zone'] !== undefined) return readZone(log, time['zone'], '/time/zone')
  log.error('missing-key', '/time', '`time` needs `zone`', 'write {"zone": "Europe/Berlin"}, or remove `time`')
  return undefined
}

export function readHide(log: ProblemLog, value: Json): Model['hide'] {
  const hidden: { name: string; at: string }[] = []
  const names = new Set<string>()
  for (const [index, item] of (readList(log, value, '/hide') ?? []).entries()) {
    const at = pointer('/hide', index)
    const name = readText(log, item, at, limits.policyGlobLengthMax)
    if (name === undefined) continue
    refuseBadGlob(log, name, at)
    if (names.has(name)) log.warning('duplicate', at, `\`${name}\` is hidden twice`, 'remove one of the two')
    names.add(name)
    hidden.push({ name, at })
  }
  return hidden
}

function refuseBadGlob(log: ProblemLog, name: string, at: string): void {
  const problem = globProblem(name)
  if (problem !== undefined) log.error('bad-value', at, problem, 'use `*`, `**` and `?`', 'key')
}

function readAllTools(log: ProblemLog, value: Json | undefined): RuleSet {
  if (value === undefined) return emptyRules
  const given = readObject(log, value, '/all_tools', ruleSetKeys)
  return given === undefined ? emptyRules : readRuleSet(log, given, '/all_tools', 'all_tools')
}

function readTools(log: ProblemLog, value: Json): readonly Entry[] {
  const tools = readMembers(log, value, '/tools')
  return Object.entries(tools ?? {}).flatMap(([name, entry]) => readEntry(log, name, entry) ?? [])
}

function readEntry(log: ProblemLog, name: string, value: Json): Entry | undefined {
  const at = pointer('/tools', name)
  if (name === '') log.error('bad-value', at, 'a tool name cannot be empty', 'name the tool', 'key')
  refuseBadGlob(log, name, at)
  // YAML `get_file:` with nothing behind it means the same as `{}`
  const given = value === null ? {} : readObject(log, value, at, entryKeys)
  if (given === undefined) return undefined
  const reason =
    given['reason'] === undefined
      ? undefined
      : readText(log, given['reason'], pointer(at, 'reason'), limits.policyTextLengthMax)
  const schema =
    given['arguments'] === undefined ? undefined : readMembers(log, given['arguments'], pointer(at, 'arguments'))
  const readOnly = readMark(log, given['read_only'], pointer(at, 'read_only'))
  const labels = readLabels(log, given['labels'], pointer(at, 'labels'))
  const action =
    given['action'] === undefined ? 'allow' : readChoice(log, given['action'], pointer(at, 'action'), actions)
  return {
    name,
    at,
    action: action ?? 'deny',
    ...(reason !== undefined && { reason }),
    ...(schema && { argumentSchema: schema }),
    ...(readOnly !== undefined && { readOnly }),
    ...(labels !== undefined && { labels }),
    ...readRuleSet(log, given, at, name),
  }
}

function readMark(log: ProblemLog, value: Json | undefined, at: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  log.error('wrong-type', at, '`read_only` is true or false', 'write true or false')
  return undefined
}

function readRuleSet(log: ProblemLog, given: JsonObject, at: string, owner: string): RuleSet {
  const rate = given['rate_limit']
  const ratePath = pointer(at, 'rate_limit')
  const counter = `${owner.slice(0, limits.policyCounterLengthMax - 11)}.rate_limit`
  const limit = rate === undefined ? undefined : readRate(log, rate, ratePath, counter)
  const results = readResults(log, given['results'], pointer(at, 'results'), owner)
  return {
    requires: readRules(log, given['require'], pointer(at, 'require'), ruleKeys),
    denials: readRules(log, given['deny_if'], pointer(at, 'deny_if'), ruleKeys),
    approvals: readApprovals(log, given['approve_if'], pointer(at, 'approve_if')),
    limits: [...readLimits(log, given['limits'], pointer(at, 'limits')), ...(limit ? [limit] : [])],
    ...(results && { results }),
  }
}

function readRules(log: ProblemLog, value: Json | undefined, at: string, keys: readonly string[]): readonly Rule[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).flatMap((item, index) => {
    const path = pointer(at, index)
    const object = readObject(log, item, path, keys)
    return object === undefined ? [] : [readRule(log, object, path)]
  })
}

function readLimits(log: ProblemLog, value: Json | undefined, at: string): readonly LimitRule[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).flatMap((item, index) => readLimit(log, item, pointer(at, index)) ?? [])
}

function readApprovals(log: ProblemLog, value: Json | undefined, at: string): readonly ApprovalRule[] {
  if (value === undefined) return []
  return (readList(log, value, at) ?? []).flatMap((item, index) => {
    const path = pointer(at, index)
    const object = readObject(log, item, path, approvalKeys)
    return object === undefined ? [] : [readApproval(log, object, path)]
  })
}

function readApproval(log: ProblemLog, object: JsonObject, at: string): ApprovalRule {
  const approvers =
    object['approvers'] === undefined ? [] : (readList(log, object['approvers'], pointer(at, 'approvers')) ?? [])
  const names = approvers.flatMap(
    (name, index) => readText(log, name, pointer(pointer(at, 'approvers'), index), 200) ?? [],
  )
  const quorum = object['quorum'] ?? 1
  if (typeof quorum !== 'number' || !Number.isSafeInteger(quorum) || quorum < 1 || quorum > limits.policyQuorumMax) {
    log.error(
      'bad-value',
      pointer(at, 'quorum'),
      `\`quorum\` is a whole number from 1 to ${limits.policyQuorumMax}`,
      'write how many people must agree',
    )
  }
  const edits = object['allow_edits'] ?? false
  if (typeof edits !== 'boolean')
    log.error('wrong-type', pointer(at, 'allow_edits'), '`allow_edits` is true or false', 'write true or false')
  const decide = readSpan(log, object['decide_within'], pointer(at, 'decide_within'))
  const execute = readSpan(log, object['execute_within'], pointer(at, 'execute_within'))
  return {
    ...readRule(log, object, at),
    approvers: names,
    quorum: typeof quorum === 'number' ? quorum : 1,
    allowEdits: edits === true,
    ...(decide !== undefined && { decideWithinMs: decide }),
    ...(execute !== undefined && { executeWithinMs: execute }),
  }
}

/** A span such as "30m"; milliseconds. */
export function readSpan(log: ProblemLog, value: Json | undefined, at: string): number | undefined {
  if (value === undefined) return undefined
  const ms = windowMsOf(value)
  if (ms === undefined)
    log.error('bad-value', at, 'expected a span of time', 'write "90s", "30m", "2h", "7d" or seconds')
  return ms
}
