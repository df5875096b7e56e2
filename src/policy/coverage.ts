/**
 * What of a policy can decide a call, by JSON Pointer, and which of it a verdict is owed to: so that a set of example
 * calls can be told which rules it has never seen at work.
 */
import { isJsonObject, type Json } from '../wire/json-types.ts'
import { foldForDeny } from '../wire/names.ts'
import { compareSpecificity, compileGlob, isGlob } from './glob.ts'
import type { Entry, Model, Rule, RuleSet } from './model.ts'

/** Everything that can decide, in the order of the document: entries, their actions, rules, limits, flows, `hide`. */
export function decidersOf(model: Model): readonly string[] {
  return [
    '/default',
    ...model.hide.map(({ at }) => at),
    ...rulesOf(model.allTools),
    ...model.entries.flatMap(entry => [...entryDeciders(entry), ...rulesOf(entry)]),
    ...(model.flows ?? []).map(({ at }) => at),
  ]
}

/** An entry decides by its action, or by listing the tool, unless a rule without conditions always comes before that. */
function entryDeciders(entry: Entry): readonly string[] {
  const argumentsAt = entry.argumentSchema === undefined ? [] : [`${entry.at}/arguments`]
  if (entry.action !== 'allow') return [`${entry.at}/action`, ...argumentsAt]
  const isAlways = ({ conditions, when }: Rule) => conditions.length === 0 && when === undefined
  return [...([...entry.denials, ...entry.approvals].some(isAlways) ? [] : [entry.at]), ...argumentsAt]
}

function rulesOf({ requires, denials, approvals, limits, results }: RuleSet): readonly string[] {
  return [...requires, ...denials, ...approvals, ...limits, ...(results?.denials ?? [])].map(({ at }) => at)
}

/** What a verdict tells of how it came about. */
export interface Decided {
  readonly rule: string
  readonly observed?: { readonly rule: string }
  readonly approval?: Json
}

/** The deciders that this verdict on a call of `tool` is owed to. */
export function creditOf(model: Model, tool: string, { rule, observed, approval }: Decided): readonly string[] {
  const asked = isJsonObject(approval) && Array.isArray(approval['required']) ? approval['required'] : []
  const asking = (asked as readonly Json[]).flatMap(one => (isJsonObject(one) ? [String(one['rule'])] : []))
  const named = observed === undefined ? [rule, ...asking] : [rule, observed.rule]
  return named.flatMap(each => {
    if (each === '(default deny)') return ['/default']
    return each === '(hidden)' ? hidersOf(model, tool) : [each]
  })
}

/** The entries of `hide`, and the entry with `action: hide`, that this name falls under. */
function hidersOf(model: Model, tool: string): readonly string[] {
  const folded = foldForDeny(tool)
  const isNamed = (name: string) => {
    const own = foldForDeny(name)
    return own === '*' || own === folded || (isGlob(own) && compileGlob(own).matches(folded))
  }
  const hidden = model.hide.filter(({ name }) => isNamed(name)).map(({ at }) => at)
  const [entry] = model.entries
    .filter(({ name }) => isNamed(name))
    .sort((a, b) => Number(b.name === tool) - Number(a.name === tool) || compareSpecificity(a.name, b.name))
  return entry?.action === 'hide' ? [...hidden, `${entry.at}/action`] : hidden
}
