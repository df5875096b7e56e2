/**
 * The words of a denial, for the agent. The operator's own words come first; without them a message names the rule's
 * conditions as the document writes them. Nothing from the call's arguments is repeated.
 */
import { showInvisible } from '../wire/names.ts'
import type { Condition, Entry, Rule } from './model.ts'

const shownMax = 80

/** `args.amount` gt 10000 */
function conditionWords(condition: Condition): string {
  if ('any' in condition) return `(${condition.any.map(conditionWords).join(' or ')})`
  if ('all' in condition) return `(${condition.all.map(conditionWords).join(' and ')})`
  if ('not' in condition) return `not ${conditionWords(condition.not)}`
  const { path, op, value } = condition.leaf
  return `\`${path.text}\` ${op} ${shorten(JSON.stringify(value))}`
}

function shorten(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

function ruleWords(rule: Rule): string {
  const parts = rule.conditions.map(conditionWords)
  if (rule.when !== undefined) parts.push(`when ${shorten(rule.when)}`)
  return parts.join(' and ')
}

export function requireMessage(rule: Rule, reason: string | undefined): string {
  return rule.message ?? withReason(`required: ${ruleWords(rule)}`, reason)
}

export function denyMessage(rule: Rule, reason: string | undefined): string {
  if (rule.message !== undefined) return rule.message
  const words = ruleWords(rule)
  return words === '' ? (reason ?? 'denied by policy') : withReason(`denied when ${words}`, reason)
}

/** Why an answer is withheld. The values that made it so are not repeated. */
export function withholdMessage(rule: Rule): string {
  if (rule.message !== undefined) return rule.message
  const words = ruleWords(rule)
  return words === '' ? 'answers of this tool are withheld' : `the answer is withheld when ${words}`
}

export function askMessage(rule: Rule, reason: string | undefined): string {
  if (rule.message !== undefined) return rule.message
  const words = ruleWords(rule)
  return words === ''
    ? (reason ?? 'a person must approve this call')
    : withReason(`a person must approve this call when ${words}`, reason)
}

export function actionMessage(entry: Entry): string {
  return (
    entry.reason ??
    (entry.action === 'require_approval'
      ? 'a person must approve every call of this tool'
      : 'this tool is denied by policy')
  )
}

function withReason(words: string, reason: string | undefined): string {
  return reason === undefined ? words : `${words}: ${reason}`
}

/** A tool name as an agent or a log may see it. */
export function shownName(name: string): string {
  return showInvisible(name.slice(0, 128))
}
