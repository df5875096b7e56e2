/**
 * The older YAML dialect: `tools.<name>.rules[]`, each rule saying what must be true for the call to pass. Read into the
 * same model: conditions become `require`, `action: deny` an unconditional `deny_if`, `state` and `rate_limit` limits,
 * the `"*"` rules those of all tools. `default` is `allow` when absent, as there. What has no equal here is refused.
 */
import { limits } from '../limits.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { readCondition } from './conditions.ts'
import type { DialectReading } from './dialects.ts'
import { readDescription, readHide, readSpan, readVersion } from './document.ts'
import { isGlob } from './glob.ts'
import {
  type CounterDraft,
  type CounterReader,
  type Given,
  isStateCondition,
  type Keeper,
  noteUnheld,
  readRateRule,
  readStateCondition,
  readStates,
} from './intercept-counters.ts'
import {
  type ApprovalRule,
  type Condition,
  type Entry,
  type Model,
  type Operator,
  operators,
  type Rule,
  type RuleSet,
} from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'
import { readChoice, readList, readMembers, readObject, readText, refuseUnknown } from './shape.ts'
import { type Note, onePerPlace, type RuleKind, sharedOperators, stricterReadings, widerReadings } from './stricter.ts'
import { missingTwins } from './twins.ts'

const documentKeys = ['version', 'description', 'default', 'hide', 'tools', 'approvals'] as const
const ruleKeys = ['name', 'action', 'conditions', 'on_deny', 'state', 'rate_limit', 'approval_timeout'] as const

/** Keys of later versions that have no equal in a policy, and what to write instead. */
const refusedKeys: Readonly<Record<string, string>> = {
  spend_limit:
    'it does not say which argument holds the amount: keep a `state` counter with `increment_from`, and hold it with `lte`',
  spend: 'hold one call with a condition on the amount, and a day with a `state` counter and `increment_from`',
  idempotency_window:
    'a policy does not tell repeated calls apart: remove the key, or limit the calls with `rate_limit`',
  redact: 'write version "1" of this policy: there `results` says what is taken out of an answer',
}

interface Draft extends CounterDraft {
  readonly requires: Rule[]
  readonly approvals: ApprovalRule[]
}

export function readIntercept(log: ProblemLog, value: JsonObject): DialectReading {
  const document = readObject(log, value, '', documentKeys) ?? {}
  readVersion(log, document)
  const notes: Note[] = [
    {
      path: '',
      changes: ['read as the YAML dialect of Intercept: conditions say what must be true for a call to pass'],
    },
    document['default'] === 'deny'
      ? { path: '/default', changes: ['tools that are not listed are left out of lists too; there they were shown'] }
      : {
          path: document['default'] === undefined ? '' : '/default',
          changes: ['tools that are not listed are allowed, as there; write `default: deny` to change that'],
        },
  ]
  if (document['approvals'] !== undefined) {
    log.warning(
      'not-carried',
      '/approvals',
      'the `approvals` block is not part of a policy here and is left out',
      'set up notification channels in sallyport.yaml',
      'key',
    )
  }
  const reader: CounterReader = { log, notes }
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
  noteOrder(notes, allTools, entries)
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
  return { model, notes: onePerPlace([...notes, ...widerReadings(model)]) }
}

function readRules(reader: CounterReader, tool: string, value: Json, at: string): RuleSet {
  const draft: Draft = { requires: [], denials: [], approvals: [], limits: [] }
  const given = readObject(reader.log, value, at, ['rules'])
  const list = given?.['rules'] === undefined ? [] : (readList(reader.log, given['rules'], pointer(at, 'rules')) ?? [])
  const rules = list.flatMap((item, index): readonly Given[] => {
    const path = pointer(pointer(at, 'rules'), index)
    const rule = readMembers(reader.log, item, path)
    return rule === undefined ? [] : [{ at: path, rule: withoutRefused(reader.log, rule, path) }]
  })
  const keeper: Keeper = { tool, counters: readStates(reader, tool, rules), held: new Set() }
  for (const { at: path, rule } of rules) readInterceptRule(reader, draft, keeper, rule, path)
  noteUnheld(reader, keeper)
  return draft
}

/** Refuses what later versions can say and a policy cannot; everything else unknown is refused with the nearest key. */
function withoutRefused(log: ProblemLog, rule: JsonObject, at: string): JsonObject {
  const kept = Object.entries(rule).filter(([key]) => {
    const remedy = Object.hasOwn(refusedKeys, key) ? refusedKeys[key] : undefined
    if (remedy === undefined) return true
    log.error('not-carried', pointer(at, key), `\`${key}\` has no equal in a policy`, remedy, 'key')
    return false
  })
  const known = Object.fromEntries(kept)
  refuseUnknown(log, known, at, ruleKeys)
  return known
}

function readInterceptRule(reader: CounterReader, draft: Draft, keeper: Keeper, rule: JsonObject, at: string): void {
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
    readRateRule(reader, draft, keeper.tool, rule, action, at)
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
  const read: Condition[] = []
  for (const [index, condition] of conditions.entries()) {
    const path = pointer(pointer(at, 'conditions'), index)
    if (!isStateCondition(condition)) {
      const found = readSharedCondition(log, condition, path, action === 'require_approval' ? 'in' : 'not_in')
      if (found !== undefined) read.push(found)
    } else if (action === 'require_approval') refuseCounted(log, path)
    else readStateCondition(reader, draft, keeper, condition, { at: path, rule, message: text })
  }
  if (action === 'require_approval') {
    noteStricter(reader, at, read, 'approve_if')
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
  } else if (read.length > 0) {
    noteStricter(reader, at, read, 'require')
    draft.requires.push({ at, conditions: read, message: text })
  }
}

/**
 * Only what a condition could say there: it had one form, eleven operators, and arguments by their names alone. Where a
 * list of `denying` mixes types, it gets the values that were equal there, so that none of them passes here.
 */
function readSharedCondition(
  log: ProblemLog,
  value: Json,
  at: string,
  denying: 'in' | 'not_in',
): Condition | undefined {
  const condition = readObject(log, value, at, ['path', 'op', 'value'])
  if (condition === undefined) return undefined
  const { path, op, value: list } = condition
  if (isOnlyOurs(op)) {
    log.error(
      'bad-value',
      pointer(at, 'op'),
      `\`${op}\` is not an operator of this dialect`,
      'write version "1" of this policy, which has it',
    )
    return undefined
  }
  if (typeof path !== 'string') return readCondition(log, condition, at)
  const own = ownPath(path)
  const more = op === denying && Array.isArray(list) ? missingTwins(list as readonly Json[]) : []
  const whole = more.length === 0 ? {} : { value: [...(list as readonly Json[]), ...more] }
  if (own !== undefined) return readCondition(log, { ...condition, path: own, ...whole }, at)
  log.error(
    'bad-path',
    pointer(at, 'path'),
    `\`${path.slice(0, 80)}\` is not the name of an argument`,
    'write args.name, or write version "1" of this policy, which has elements of lists and other roots',
  )
  return undefined
}

function isOnlyOurs(op: Json | undefined): op is Operator {
  const isOneOf = (words: readonly string[]) => typeof op === 'string' && words.includes(op)
  return isOneOf(operators) && !isOneOf(sharedOperators)
}

/** The path as ours: members by their names, of which `[`, `]` and `*` are no part, because they mean elements here. */
function ownPath(path: string): string | undefined {
  const [root, ...names] = path.split('.')
  if (root !== 'args' || names.length === 0 || names.some(name => name === '' || /[[\]*]/.test(name))) return undefined
  return names.reduce((text, name) => `${text}${/["\s]/.test(name) ? `[${JSON.stringify(name)}]` : `.${name}`}`, root)
}

function refuseCounted(log: ProblemLog, at: string): void {
  log.error(
    'bad-limit',
    at,
    'a counter cannot decide which calls need a person',
    'hold it in a rule of its own, or remove the condition',
  )
}

function noteStricter(reader: CounterReader, at: string, conditions: readonly Condition[], kind: RuleKind): void {
  const readings = stricterReadings(conditions, kind)
  if (readings.length > 0) reader.notes.push({ path: at, changes: readings })
}

/** Where the reason given may be another one: there the rules were tried one after the other, the `"*"` rules last. */
function noteOrder(notes: Note[], allTools: RuleSet, entries: readonly Entry[]): void {
  for (const { name, at, requires, denials } of entries)
    if (requires.length > 0 && denials.length > 0)
      notes.push({
        path: at,
        changes: [
          `every condition of \`${name}\` is tried before \`action: deny\`: the verdict is the same, the reason given may be another`,
        ],
      })
  const refuses = ({ requires, denials, approvals }: RuleSet) => requires.length + denials.length + approvals.length > 0
  if (refuses(allTools) && entries.some(refuses))
    notes.push({
      path: '/tools/*',
      changes: [
        'these rules are tried before those of the tool: the verdict is the same, the reason given may be another',
      ],
    })
}
