/**
 * The comparisons. No coercion: unlike types, a number that is not finite and a value that cannot be read are `error`,
 * and an error denies. A comparison whose holding lets a call through is exact; one whose holding denies is also made
 * on folded text (NFKC, case, ignorable characters), so that no look-alike slips past a deny.
 * `neq` and `not_in` are the negations of `eq` and `in`, also in this.
 */
import { limits } from '../limits.ts'
import type { Json } from '../wire/json-types.ts'
import { foldForDeny } from '../wire/names.ts'
import {
  isHostIn,
  isInNetwork,
  isUnder,
  isUrlPrefix,
  type Network,
  readHost,
  readNetwork,
  readWebUrl,
} from './address.ts'
import type { Desk } from './desk.ts'
import { compileGlob } from './glob.ts'
import type { Operator } from './model.ts'
import { readPattern } from './pattern.ts'
import type { CallText, Texts } from './text.ts'
import { written } from './written.ts'

/** `missing` holds as little as `no`, and its negation does not hold either. */
export type Truth = 0 | 1 | 2 | 3
export const no = 0
export const yes = 1
export const missing = 2
export const error = 3

/** What follows when a comparison holds, and in which kind of rule it stands. */
export interface Sense {
  readonly holdingDenies: boolean
  readonly inRequire: boolean
}

/** `texts` keeps what has been worked out about the actual text. */
export type Comparison = (actual: Json, texts: Texts) => Truth

/** Compiles one comparison; `value` has been judged by `conditions.ts`. `exists` is not among them: it needs no value. */
export function compileComparison(op: Exclude<Operator, 'exists'>, value: Json, sense: Sense, desk: Desk): Comparison {
  const deny = sense.holdingDenies
  switch (op) {
    case 'eq':
      return equality(value, deny, desk)
    case 'neq':
      return negated(equality(value, !deny, desk))
    case 'in':
      return membership(value as readonly Json[], deny, desk)
    case 'not_in':
      return negated(membership(value as readonly Json[], !deny, desk))
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return order(op, value as number)
    case 'contains':
      return containment(value, deny, desk)
    case 'starts_with':
      return prefix(value as string, deny, desk)
    case 'ends_with':
      return affordable(
        deny,
        desk,
        parts(value as string, deny, (text, end) => text.endsWith(end)),
      )
    case 'regex':
      return pattern(value as string, deny, desk)
    case 'glob':
      return glob(value as string, sense, desk)
    case 'cidr':
      return network(value)
    case 'host_in':
      return hosts(value, deny)
  }
}

function negated(comparison: Comparison): Comparison {
  return (actual, texts) => {
    const truth = comparison(actual, texts)
    return truth === error ? error : truth === yes ? no : yes
  }
}

function isUsable(actual: Json): boolean {
  return typeof actual !== 'number' || Number.isFinite(actual)
}

/** `null` in the document can be compared with anything; every other value only with its own kind. */
function equality(value: Json, deny: boolean, desk: Desk): Comparison {
  if (value === null) return actual => (actual === null ? yes : isUsable(actual) ? no : error)
  if (typeof value === 'string') return sameText(value, deny, desk)
  if (typeof value !== 'object') {
    return actual => (typeof actual !== typeof value || !isUsable(actual) ? error : actual === value ? yes : no)
  }
  const isList = Array.isArray(value)
  const folded = deny ? written(value, foldForDeny) : ''
  return actual => {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== isList) return error
    if (!deny) return isSame(actual, value) ? yes : no
    const text = desk.written(actual, true)
    return text === undefined ? error : text === folded ? yes : no
  }
}

/** The comparison most rules are made of. */
function sameText(value: string, deny: boolean, desk: Desk): Comparison {
  const folded = foldForDeny(value)
  return (actual, texts) => {
    if (typeof actual !== 'string') return error
    if (deny && actual.length > limits.policyFoldFreeMax && !desk.spend(actual.length)) return error
    return actual === value || (deny && texts.text(actual).folded === folded) ? yes : no
  }
}

/** A comparison that folds, of long texts only while there is work left: folding takes up to 200 ns a character. */
function affordable(deny: boolean, desk: Desk, comparison: Comparison): Comparison {
  if (!deny) return comparison
  return (actual, texts) =>
    typeof actual === 'string' && actual.length > limits.policyFoldFreeMax && !desk.spend(actual.length)
      ? error
      : comparison(actual, texts)
}

/**
 * One comparison of a text with a part of it, exact and, where holding denies, folded. What is a part of an ASCII text
 * is, folded, the same part of the folded text: only other texts are compared twice.
 */
function parts(value: string, deny: boolean, holds: (text: string, part: string) => boolean): Comparison {
  if (!deny) return actual => (typeof actual !== 'string' ? error : holds(actual, value) ? yes : no)
  const folded = foldForDeny(value)
  return (actual, texts) => {
    if (typeof actual !== 'string') return error
    const text = texts.text(actual)
    return holds(text.folded, folded) || (!text.isAscii && holds(actual, value)) ? yes : no
  }
}

function order(op: 'lt' | 'lte' | 'gt' | 'gte', value: number): Comparison {
  const fits = (actual: Json): actual is number => typeof actual === 'number' && Number.isFinite(actual)
  switch (op) {
    case 'lt':
      return actual => (fits(actual) ? (actual < value ? yes : no) : error)
    case 'lte':
      return actual => (fits(actual) ? (actual <= value ? yes : no) : error)
    case 'gt':
      return actual => (fits(actual) ? (actual > value ? yes : no) : error)
    case 'gte':
      return actual => (fits(actual) ? (actual >= value ? yes : no) : error)
  }
}

/** A value unlike everything in the list errs; in an empty list there is nothing to be unlike. One look, however long. */
function membership(list: readonly Json[], deny: boolean, desk: Desk): Comparison {
  const kinds = new Set(list.map(kindIn))
  const unlike: Truth = list.length === 0 || kinds.has('null') ? no : error
  const clean = deny ? foldForDeny : (text: string): string => text
  const values = new Set(list.map(item => (typeof item === 'string' ? clean(item) : item)))
  const structures = new Set(
    list.filter(item => typeof item === 'object' && item !== null).map(item => written(item, clean)),
  )
  return affordable(deny, desk, (actual, texts) => {
    if (!isUsable(actual)) return error
    if (!kinds.has(kindIn(actual))) return unlike
    if (typeof actual === 'string') return values.has(deny ? texts.text(actual).folded : actual) ? yes : no
    if (typeof actual !== 'object' || actual === null) return values.has(actual) ? yes : no
    const text = desk.written(actual, deny)
    return text === undefined ? error : structures.has(text) ? yes : no
  })
}

/** What a value can be compared with: its own kind. */
function kindIn(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value
}

/** Part of a text, or an element of a list in which everything is of the value's kind. */
function containment(value: Json, deny: boolean, desk: Desk): Comparison {
  const part = typeof value === 'string' ? parts(value, deny, (text, piece) => text.includes(piece)) : undefined
  const element = equality(value, deny, desk)
  // a text made of what is looked for, again and again, is compared with it at every place
  const perCharacter = typeof value === 'string' ? Math.ceil(value.length / 64) : 1
  return (actual, texts) => {
    if (typeof actual === 'string') {
      return part !== undefined && desk.spend(actual.length * perCharacter) ? part(actual, texts) : error
    }
    if (!Array.isArray(actual)) return error
    const list = actual as readonly Json[]
    if (!desk.spendElements(list.length)) return error
    let answer: Truth = no
    for (let i = 0; i < list.length; i += 1) {
      const truth = element(list[i] ?? null, desk)
      if (truth === error) return error
      if (truth === yes) answer = yes
    }
    return answer
  }
}

/** A rule's URL is compared as a URL: `https://api.good.com` is no prefix of `https://api.good.com.evil.com`. */
function prefix(value: string, deny: boolean, desk: Desk): Comparison {
  const plain = affordable(
    deny,
    desk,
    parts(value, deny, (text, start) => text.startsWith(start)),
  )
  if (!isUrlPrefix(value)) return plain
  const base = readWebUrl(value)
  return (actual, texts) => {
    if (typeof actual !== 'string') return error
    const text = texts.text(actual)
    if (isUnder(text.url, base)) return yes
    if (!deny) return no
    return text.isAmbiguousUrl ? error : plain(actual, texts)
  }
}

/** RE2 looks only at texts that hold what the pattern cannot do without. */
function pattern(source: string, deny: boolean, desk: Desk): Comparison {
  const reading = readPattern(source)
  if (!reading.ok) return () => error
  const { mayMatch, test, testFolded } = reading.pattern
  return (actual, texts) => {
    if (typeof actual !== 'string' || !desk.spend(actual.length)) return error
    const text = texts.text(actual)
    const may = mayMatch(text.searched)
    if (may && test(actual)) return yes
    if (!deny) return no
    return (text.isAscii ? may : mayMatch(text.foldedSearched)) && testFolded(text.folded) ? yes : no
  }
}

/** An evasive value never helps its sender: it satisfies no `require`, and a deny also looks at the place it leads to. */
function glob(source: string, sense: Sense, desk: Desk): Comparison {
  const exact = compileGlob(source)
  if (!sense.holdingDenies) {
    return (actual, texts) => {
      if (typeof actual !== 'string' || !desk.spend(actual.length)) return error
      return !texts.text(actual).isEvasive && exact.matches(actual) ? yes : no
    }
  }
  const folded = compileGlob(foldForDeny(source))
  // a glob that matches an ASCII text also matches it folded
  const matches = (text: CallText): boolean => folded.matches(text.folded) || (!text.isAscii && exact.matches(text.raw))
  return (actual, texts) => {
    if (typeof actual !== 'string' || !desk.spend(actual.length)) return error
    const text = texts.text(actual)
    if (!text.isEvasive) return matches(text) ? yes : no
    return sense.inRequire || matches(text) || matches(text.place) ? yes : no
  }
}

function network(value: Json): Comparison {
  const networks = asTexts(value).flatMap<Network>(text => {
    const read = readNetwork(text)
    return read === undefined ? [] : [read]
  })
  return (actual, texts) => {
    const address = typeof actual === 'string' ? texts.text(actual).address : undefined
    if (address === undefined) return error
    return networks.some(each => isInNetwork(address, each)) ? yes : no
  }
}

/** A final dot names the same host to DNS and another one to a certificate: it is taken off where holding denies. */
function hosts(value: Json, deny: boolean): Comparison {
  const bare = (host: string): string => host.replace(/\.$/, '')
  const named = asTexts(value).map(text => readHost(text) ?? '')
  const wanted = new Set(deny ? [...named, ...named.map(bare)] : named)
  return (actual, texts) => {
    const names = typeof actual === 'string' ? texts.text(actual).hostNames : undefined
    const host = names?.[0]
    if (names === undefined || host === undefined) return error
    for (let i = 0; i < names.length; i += 1) if (wanted.has(names[i] as string)) return yes
    return deny && host.endsWith('.') && isHostIn(bare(host), wanted) ? yes : no
  }
}

function asTexts(value: Json): readonly string[] {
  return (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter(item => typeof item === 'string')
}

/** Structural equality of JSON values; the order of members does not matter. */
export function isSame(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as { readonly [key: string]: Json }
  const right = b as { readonly [key: string]: Json }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(key => Object.hasOwn(right, key) && isSame(left[key] ?? null, right[key] ?? null))
}
