/**
 * A model in the document's own grammar: what `policy import` prints and what the version is a hash of. Reading the
 * normal form gives the same normal form again. Windows and rates are written one way, groups sit in `conditions`.
 */
import type { Json, JsonObject } from '../wire/json-types.ts'
import { windowText } from './caps.ts'
import type {
  ApprovalRule,
  Condition,
  Entry,
  Flow,
  LimitRule,
  Model,
  NormalisedDocument,
  Redaction,
  ResultRules,
  Rule,
  RuleSet,
} from './model.ts'
import { defaultMark } from './result-rules.ts'

export function normalise(model: Model): NormalisedDocument {
  const allTools = ruleSetJson(model.allTools)
  const tools: Record<string, Json> = Object.create(null)
  for (const entry of model.entries) tools[entry.name] = entryJson(entry)
  return {
    version: '1',
    ...(model.description !== undefined && { description: model.description }),
    default: model.default,
    ...(model.mode === 'observe' && { mode: model.mode }),
    ...(model.zone !== 'UTC' && { time: { zone: model.zone } }),
    ...(model.hide.length > 0 && { hide: model.hide.map(({ name }) => name) }),
    ...(Object.keys(allTools).length > 0 && { all_tools: allTools }),
    tools,
    ...(model.flows !== undefined && model.flows.length > 0 && { flows: model.flows.map(flowJson) }),
  }
}

function entryJson(entry: Entry): JsonObject {
  return {
    ...(entry.action !== 'allow' && { action: entry.action }),
    ...(entry.reason !== undefined && { reason: entry.reason }),
    ...(entry.argumentSchema && { arguments: entry.argumentSchema }),
    ...(entry.readOnly !== undefined && { read_only: entry.readOnly }),
    ...(entry.labels && entry.labels.length > 0 && { labels: entry.labels }),
    ...ruleSetJson(entry),
  }
}

function ruleSetJson(rules: RuleSet): JsonObject {
  return {
    ...(rules.requires.length > 0 && { require: rules.requires.map(ruleJson) }),
    ...(rules.denials.length > 0 && { deny_if: rules.denials.map(ruleJson) }),
    ...(rules.approvals.length > 0 && { approve_if: rules.approvals.map(approvalJson) }),
    ...(rules.limits.length > 0 && { limits: rules.limits.map(limitJson) }),
    ...resultsMember(rules.results),
  }
}

function resultsMember(rules: ResultRules | undefined): JsonObject {
  if (rules === undefined) return {}
  const { maxBytes, redactions, denials } = rules
  const results: JsonObject = {
    ...(maxBytes !== undefined && { max_bytes: maxBytes }),
    ...(redactions.length > 0 && { redact: redactions.map(redactionJson) }),
    ...(denials.length > 0 && { deny_if: denials.map(ruleJson) }),
  }
  return Object.keys(results).length === 0 ? {} : { results }
}

function redactionJson(redaction: Redaction): JsonObject {
  const what = 'path' in redaction ? { path: redaction.path.text } : { pattern: redaction.pattern }
  return redaction.with === defaultMark ? what : { ...what, with: redaction.with }
}

function flowJson(flow: Flow): JsonObject {
  return {
    after: flow.after,
    within: windowText(flow.withinMs),
    to: flow.to,
    // biome-ignore lint/suspicious/noThenProperty: a word of the grammar, and never a function
    then: flow.ask ? 'require_approval' : 'deny',
    ...(flow.message !== undefined && { on_deny: flow.message }),
    ...(flow.approvers.length > 0 && { approvers: flow.approvers }),
  }
}

function ruleJson(rule: Rule): JsonObject {
  return {
    conditions: rule.conditions.map(conditionJson),
    ...(rule.when !== undefined && { when: rule.when }),
    ...(rule.message !== undefined && { on_deny: rule.message }),
  }
}

function approvalJson(rule: ApprovalRule): JsonObject {
  return {
    ...ruleJson(rule),
    ...(rule.approvers.length > 0 && { approvers: rule.approvers }),
    quorum: rule.quorum,
    ...(rule.decideWithinMs !== undefined && { decide_within: windowText(rule.decideWithinMs) }),
    ...(rule.executeWithinMs !== undefined && { execute_within: windowText(rule.executeWithinMs) }),
    ...(rule.allowEdits && { allow_edits: true }),
  }
}

function limitJson(limit: LimitRule): JsonObject {
  return {
    counter: limit.counter,
    window: limit.calendar?.unit ?? windowText(limit.windowMs),
    max: limit.max,
    scope: limit.scope,
    ...(limit.key && { key: limit.key.text }),
    ...(limit.incrementFrom && { increment_from: limit.incrementFrom.text }),
    ...(limit.settleFrom !== undefined && { settle_from: limit.settleFrom }),
    ...(limit.calendar && { align: 'calendar' }),
    ...(limit.calendar && limit.calendar.zone !== 'UTC' && { zone: limit.calendar.zone }),
  }
}

function conditionJson(condition: Condition): JsonObject {
  if ('leaf' in condition) return { path: condition.leaf.path.text, op: condition.leaf.op, value: condition.leaf.value }
  if ('any' in condition) return { any: condition.any.map(conditionJson) }
  if ('all' in condition) return { all: condition.all.map(conditionJson) }
  return { not: conditionJson(condition.not) }
}
