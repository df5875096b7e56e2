/** `results` compiled once: of all tools and of a tool's own, in that order; the smaller of two sizes. */
import type { CompiledRule } from './compile.ts'
import { compileRule, type Setting } from './evaluate.ts'
import type { PathRedaction } from './hide.ts'
import type { Model, Redaction, ResultRules } from './model.ts'
import { withholdMessage } from './wording.ts'

type PatternRedaction = Extract<Redaction, { pattern: unknown }>

/** Everything that is asked of an answer of one tool. */
export interface CompiledResults {
  readonly maxBytes?: { readonly bytes: number; readonly at: string }
  readonly paths: readonly PathRedaction[]
  readonly patterns: readonly PatternRedaction[]
  readonly denials: readonly CompiledRule[]
}

export function compileResults(rules: ResultRules, setting: Setting): CompiledResults {
  const { at, maxBytes, redactions, denials } = rules
  return {
    ...(maxBytes !== undefined && { maxBytes: { bytes: maxBytes, at: `${at}/max_bytes` } }),
    paths: redactions.filter(each => 'path' in each),
    patterns: redactions.filter(each => 'pattern' in each),
    denials: denials.map(rule => ({
      at: rule.at,
      message: withholdMessage(rule),
      rule,
      kind: 'deny_if',
      test: compileRule(rule, { holdingDenies: true, inRequire: false }, setting),
    })),
  }
}

/** All of them together; nothing where none asks for anything. */
export function mergeResults(layers: readonly (CompiledResults | undefined)[]): CompiledResults | undefined {
  const given = layers.filter(layer => layer !== undefined)
  if (given.length === 0) return undefined
  const [least] = given.flatMap(({ maxBytes }) => maxBytes ?? []).sort((a, b) => a.bytes - b.bytes)
  return {
    ...(least && { maxBytes: least }),
    paths: given.flatMap(({ paths }) => paths),
    patterns: given.flatMap(({ patterns }) => patterns),
    denials: given.flatMap(({ denials }) => denials),
  }
}

/** What any tool of the policy asks for: said of messages that no call can be told of. */
export function resultsOfAll({ allTools, entries }: Model, setting: Setting): CompiledResults | undefined {
  const rules = [allTools.results, ...entries.map(({ results }) => results)]
  return mergeResults(rules.map(each => each && compileResults(each, setting)))
}
