/**
 * A model compiled once into what deciding needs: per tool name the rules in the order they are tried. Finding them is
 * one lookup; the cost of a decision grows with the rules of the tool called and not with the document.
 *
 * Which entries a name gets: its exact entry, else the most specific glob. A name that equals another entry only after
 * folding (case, look-alike forms) also gets that entry's restrictions, never its permission.
 */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { foldForDeny } from '../wire/names.ts'
import { type CompiledResults, compileResults, mergeResults, resultsOfAll } from './compile-results.ts'
import { Desk, type Slot } from './desk.ts'
import { compileRule, type Setting, type Test } from './evaluate.ts'
import { compareSpecificity, compileGlob, type Glob, isGlob } from './glob.ts'
import type { ApprovalRule, Entry, Flow, Label, LimitRule, Model, Rule, RuleSet } from './model.ts'
import type { Charge } from './verdict.ts'
import { actionMessage, askMessage, denyMessage, requireMessage } from './wording.ts'

export type { Charge } from './verdict.ts'

/** Judges arguments against a compiled JSON Schema: the words of the first failure, or `undefined`. */
export type ArgumentCheck = (args: JsonObject) => string | undefined

export interface CompiledRule {
  readonly at: string
  readonly message: string
  readonly test: Test
  readonly rule: Rule
  readonly kind: 'require' | 'deny_if' | 'approve_if'
}

export interface CompiledApproval extends CompiledRule {
  readonly approval: JsonObject
}

/** A limit; `units` and `key` only where the call decides them, else the charge is ready-made. */
export interface CompiledLimit {
  readonly limit: LimitRule
  readonly charge: Charge
  readonly units?: Slot
  readonly key?: Slot
}

export interface Denier {
  readonly at: string
  readonly message: string
}

interface CompiledSet {
  readonly denied?: Denier
  readonly hidden: boolean
  readonly checks: readonly { readonly at: string; readonly check: ArgumentCheck }[]
  readonly requires: readonly CompiledRule[]
  readonly denials: readonly CompiledRule[]
  readonly approvals: readonly CompiledApproval[]
  readonly limits: readonly CompiledLimit[]
  readonly labels: readonly Label[]
  /** What is asked of answers. */
  readonly results?: CompiledResults
}

/** Everything that is tried for one tool name. */
export interface Resolution extends CompiledSet {
  /** Those that can hold a call of this name up. */
  readonly flows: readonly Flow[]
  /** Pointer of the entry that lists the name, `/default`, or absent: not listed under `default: deny`. */
  readonly listedBy?: string
  /** What the entry says of the tool: true, it changes nothing. Absent: it says nothing. */
  readonly readOnly?: boolean
  /** The charges of a call, when no call can change them. */
  readonly charges?: readonly Charge[]
}

/** A compiled policy. Only `name`, `version` and `mode` are for others to read. */
export interface Policy {
  readonly name: string
  readonly version: string
  readonly mode: 'enforce' | 'observe'
  readonly desk: Desk
  readonly zone: string
  /** What any tool asks of its answers: for messages of the server that belong to no call. */
  readonly anyResults?: CompiledResults
  resolve(tool: string): Resolution
}

export interface CompileOptions {
  readonly checks?: ReadonlyMap<string, ArgumentCheck>
}

export function compilePolicy(name: string, version: string, model: Model, options: CompileOptions = {}): Policy {
  const desk = new Desk()
  const setting: Setting = { zone: model.zone, desk }
  const resolver = compileResolver(model, setting, options.checks ?? new Map())
  const known = new Map<string, Resolution>()
  const anyResults = resultsOfAll(model, setting)
  return {
    name,
    version,
    mode: model.mode,
    desk,
    zone: model.zone,
    ...(anyResults && { anyResults }),
    resolve(tool) {
      const found = known.get(tool)
      if (found !== undefined) return found
      const resolution = resolver(tool)
      if (known.size >= limits.policyNamesMax) known.clear()
      if (tool.length <= limits.policyNameLengthMax) known.set(tool, resolution)
      return resolution
    },
  }
}

interface Named {
  readonly entry: Entry
  readonly set: () => CompiledSet
  readonly glob?: Glob
  readonly folded: { readonly name: string; readonly glob?: Glob }
}

function compileResolver(
  model: Model,
  setting: Setting,
  checks: ReadonlyMap<string, ArgumentCheck>,
): (tool: string) => Resolution {
  const named = model.entries.map(entry => nameEntry(entry, setting, checks.get(entry.at)))
  const exact = new Map(named.filter(({ glob }) => glob === undefined).map(each => [each.entry.name, each]))
  const exactFolded = Map.groupBy([...exact.values()], ({ folded }) => folded.name)
  const globs = named
    .filter(({ glob }) => glob !== undefined)
    .sort((a, b) => compareSpecificity(a.entry.name, b.entry.name))
  const allTools = compileSet(model.allTools, undefined, setting)
  const isHidden = compileHidden(model)
  return tool => {
    const folded = foldForDeny(tool)
    const own = exact.get(tool) ?? globs.find(({ glob }) => glob?.matches(tool))
    const twins = twinsOf(exact.has(tool), exactFolded.get(folded), globs, folded).filter(twin => twin !== own)
    // `/` is in no tool name: names with it are the other doors, which are not tools
    const layers = [
      ...(tool.includes('/') ? [] : [allTools]),
      ...(own ? [own.set()] : []),
      ...twins.map(twin => twin.set()),
    ]
    const listedBy = own?.entry.at ?? (model.default === 'allow' ? '/default' : undefined)
    const readOnly = own?.entry.readOnly
    const merged = merge(layers, isHidden(tool, folded), listedBy)
    const flows = (model.flows ?? []).filter(({ to }) => merged.labels.includes(to))
    return { ...merged, flows, ...(readOnly !== undefined && { readOnly }) }
  }
}

function nameEntry(entry: Entry, setting: Setting, check: ArgumentCheck | undefined): Named {
  const foldedName = foldForDeny(entry.name)
  let set: CompiledSet | undefined
  return {
    entry,
    set: () => {
      set ??= compileSet(entry, entry, setting, check)
      return set
    },
    ...(isGlob(entry.name) && { glob: compileGlob(entry.name) }),
    folded: { name: foldedName, ...(isGlob(foldedName) && { glob: compileGlob(foldedName) }) },
  }
}

/** The entries that mean this name to a reader who does not look closely. */
function twinsOf(
  isExact: boolean,
  same: readonly Named[] | undefined,
  globs: readonly Named[],
  folded: string,
): readonly Named[] {
  if (isExact) return []
  if (same !== undefined) return same
  const glob = globs.find(each => each.folded.glob?.matches(folded))
  return glob === undefined ? [] : [glob]
}

function compileHidden(model: Model): (tool: string, folded: string) => boolean {
  const names = new Set(model.hide.map(({ name }) => foldForDeny(name)))
  const globs = [...names].filter(isGlob).map(compileGlob)
  if (names.has('*')) return () => true
  return (_tool, folded) => names.has(folded) || globs.some(glob => glob.matches(folded))
}

function merge(
  layers: readonly CompiledSet[],
  isHidden: boolean,
  listedBy: string | undefined,
): Omit<Resolution, 'flows'> {
  const limitRules = layers.flatMap(layer => layer.limits)
  const denied = layers.find(layer => layer.denied !== undefined)?.denied
  const results = mergeResults(layers.map(layer => layer.results))
  const isStatic = limitRules.every(({ units, key }) => units === undefined && key === undefined)
  return {
    hidden: isHidden || layers.some(layer => layer.hidden),
    ...(denied && { denied }),
    ...(listedBy !== undefined && { listedBy }),
    checks: layers.flatMap(layer => layer.checks),
    requires: layers.flatMap(layer => layer.requires),
    denials: layers.flatMap(layer => layer.denials),
    approvals: layers.flatMap(layer => layer.approvals),
    limits: limitRules,
    labels: [...new Set(layers.flatMap(layer => layer.labels))],
    ...(results && { results }),
    ...(isStatic && { charges: Object.freeze(limitRules.map(({ charge }) => charge)) }),
  }
}

function compileSet(rules: RuleSet, entry: Entry | undefined, setting: Setting, check?: ArgumentCheck): CompiledSet {
  const reason = entry?.reason
  const deny = { holdingDenies: true, inRequire: false }
  const compiled = (rule: Rule, kind: CompiledRule['kind'], message: string): CompiledRule => {
    const sense = kind === 'require' ? { holdingDenies: false, inRequire: true } : deny
    return { at: rule.at, message, rule, kind, test: compileRule(rule, sense, setting) }
  }
  const always = entry?.action === 'require_approval' ? [alwaysAsk(entry)] : []
  return {
    hidden: entry?.action === 'hide',
    ...(entry?.action === 'deny' && { denied: { at: `${entry.at}/action`, message: actionMessage(entry) } }),
    checks: entry !== undefined && check !== undefined ? [{ at: `${entry.at}/arguments`, check }] : [],
    requires: rules.requires.map(rule => compiled(rule, 'require', requireMessage(rule, reason))),
    denials: rules.denials.map(rule => compiled(rule, 'deny_if', denyMessage(rule, reason))),
    approvals: [...always, ...rules.approvals].map(rule => {
      const message = rule.at.endsWith('/action') && entry ? actionMessage(entry) : askMessage(rule, reason)
      return { ...compiled(rule, 'approve_if', message), approval: approvalOf(rule, message) }
    }),
    limits: rules.limits.map(limit => compileLimit(limit, setting)),
    labels: entry?.labels ?? [],
    ...(rules.results && { results: compileResults(rules.results, setting) }),
  }
}

function alwaysAsk(entry: Entry): ApprovalRule {
  return { at: `${entry.at}/action`, conditions: [], approvers: [], quorum: 1, allowEdits: false }
}

function approvalOf(rule: ApprovalRule, message: string): JsonObject {
  return {
    rule: rule.at,
    message,
    approvers: rule.approvers,
    quorum: rule.quorum,
    allowEdits: rule.allowEdits,
    ...(rule.decideWithinMs !== undefined && { decideWithinMs: rule.decideWithinMs }),
    ...(rule.executeWithinMs !== undefined && { executeWithinMs: rule.executeWithinMs }),
  }
}

function compileLimit(limit: LimitRule, { desk, zone }: Setting): CompiledLimit {
  const charge: Charge = Object.freeze({
    counter: limit.counter,
    scope: limit.scope,
    windowMs: limit.windowMs,
    max: limit.max,
    units: 1,
    rule: limit.at,
    ...(limit.calendar && { calendar: limit.calendar }),
    ...(limit.settleFrom !== undefined && { settleFrom: limit.settleFrom }),
  })
  return {
    limit,
    charge,
    ...(limit.incrementFrom && { units: desk.slot(limit.incrementFrom, zone) }),
    ...(limit.key && { key: desk.slot(limit.key, zone) }),
  }
}
