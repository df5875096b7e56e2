/**
 * What our stricter reading changes for a rule of another dialect, said precisely: which calls the rule let through
 * there and denies here. Measured against the engine those dialects come from: numbers compare as numbers, everything
 * else by its text; a comparison that cannot be made is false. A comparison that means the same gets no words.
 */
import type { Json } from '../wire/json-types.ts'
import { isGlob } from './glob.ts'
import type { Condition, Leaf, Model } from './model.ts'
import { kindOf } from './shape.ts'
import { missingTwins, twinWords } from './twins.ts'

/** One remark on a document: where in it, and what is read differently. */
export interface Note {
  /** JSON Pointer into the document as written; empty for the whole document. */
  readonly path: string
  readonly line?: number
  readonly column?: number
  /** What is read differently, one clause each. */
  readonly changes: readonly string[]
}

/** A note in one line, for those who have the document without its file. */
export function noteText({ path, changes }: Note): string {
  const text = changes.join('; ')
  return path === '' ? text : `${path}: ${text}`
}

/** One note for each place, in the order of their first. What is said of the whole document stays apart. */
export function onePerPlace(notes: readonly Note[]): readonly Note[] {
  const places = new Map<string, Note>()
  for (const note of notes.filter(({ path }) => path !== '')) {
    const before = places.get(note.path)
    places.set(note.path, { ...note, changes: [...(before?.changes ?? []), ...note.changes] })
  }
  return [...notes.filter(({ path }) => path === ''), ...places.values()]
}

/** What means more here than it did there, whatever the rules say: doors besides tools, and names that are globs. */
export function widerReadings({ default: otherwise, hide, entries }: Model): readonly Note[] {
  const doors = '`resources/read`, `prompts/get` and the other doors'
  const denied = {
    path: '/default',
    changes: [`${doors} are judged too, and denied unless they are listed; there they passed`],
  }
  const hidden = hide.flatMap(({ name, at }): readonly Note[] => {
    if (name === '*') return [{ path: at, changes: [`${doors} are hidden too; there they passed`] }]
    return isGlob(name) ? [{ path: at, changes: ['hides every tool it matches; there it was the name of one'] }] : []
  })
  const globs = entries.filter(({ name }) => isGlob(name))
  return [
    ...(otherwise === 'deny' ? [denied] : []),
    ...hidden,
    ...globs.map(({ at }) => ({ path: at, changes: ['is about every tool it matches; there it was the name of one'] })),
  ]
}

/** What follows there when the conditions of a rule hold: the call passes, is denied, or is put before a person. */
export type RuleKind = 'require' | 'deny_if' | 'approve_if'

/** The operators of the public dialects. Ours has more; a document that uses those was written for ours. */
export const sharedOperators = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'not_in',
  'exists',
  'regex',
  'contains',
] as const

/** One sentence for each comparison of a rule that is read more strictly; none for a rule that means the same. */
export function stricterReadings(conditions: readonly Condition[], kind: RuleKind): readonly string[] {
  const leaves = conditions.flatMap(condition => ('leaf' in condition ? [condition.leaf] : []))
  return [...new Set(leaves.flatMap(leaf => readingsOf(leaf, kind, conditions.length === 1)))]
}

function readingsOf(leaf: Leaf, kind: RuleKind, isAlone: boolean): readonly string[] {
  const clauses = kind === 'require' ? requireClauses(leaf) : denyClauses(leaf, kind, isAlone)
  return clauses.length === 0 ? [] : [`\`${leaf.path.text}\` ${leaf.op}: ${clauses.join('; ')}`]
}

/** There a call passes when the comparison is true; unlike types could be equal by their text, or merely unequal. */
function requireClauses({ op, value, path }: Leaf): readonly string[] {
  const values = valuesOf(op, value)
  switch (op) {
    case 'eq':
    case 'in': {
      const twins = values.flatMap(twinWords)
      return twins.length === 0 ? [] : [`${listed(twins)} passed there and ${isOrAre(twins)} denied here`]
    }
    case 'neq':
    case 'not_in':
      return [
        ...(takesAnything(values) ? [] : [`a value other than ${kindsOf(values)} passed there and is denied here`]),
        ...(hasText(value) ? ['text that differs only in case or look-alike characters is denied too'] : []),
        ...looserWords(values),
      ]
    case 'contains':
      return value === null ? [] : [`a list that holds anything but ${plural(value)} is denied, whatever else is in it`]
    case 'exists':
      return value === false && path.steps.length > 1
        ? ['a value on the way that is no object was read as absent there and is denied here']
        : []
    default:
      return []
  }
}

/** There a call passes when the comparison is false, and one that could not be made was false. */
function denyClauses({ op, value, path }: Leaf, kind: RuleKind, isAlone: boolean): readonly string[] {
  const passed = kind === 'deny_if' ? 'passed there' : 'passed there without a person'
  const values = valuesOf(op, value)
  const clauses: string[] = []
  if (op === 'neq' || op === 'not_in') {
    const twins = values.flatMap(twinWords)
    // there such a value was unequal, which denies as well: but not when another condition of the rule does not hold
    if (kind === 'approve_if' && !takesAnything(values))
      clauses.push(`a value other than ${kindsOf(values)} is denied here, and no person is asked`)
    else if (!isAlone && !takesAnything(values))
      clauses.push(`a value other than ${kindsOf(values)} is denied here, whatever the other conditions say`)
    if (twins.length > 0 && (clauses.length === 0 || missingTwins(values).length > 0)) {
      const here =
        kind === 'deny_if' ? `${isOrAre(twins)} denied here` : `${twins.length > 1 ? 'need' : 'needs'} one here`
      clauses.push(`${listed(twins)} ${passed} and ${here}`)
    }
  } else if (op !== 'exists') {
    if (op === 'contains' || !takesAnything(values))
      clauses.push(`a value other than ${neededFor(op, values)} ${passed} and is denied here`)
    clauses.push(...looserWords(values))
    if (op === 'regex' || hasText(value)) {
      const what = kind === 'deny_if' ? 'is denied too' : 'needs a person too'
      clauses.push(`text that differs only in case or look-alike characters ${what}`)
    }
  }
  if (path.steps.length > 1 && !(op === 'exists' && value === false && isAlone && kind === 'deny_if'))
    clauses.push(`a value on the way that is no object ${passed} and is denied here`)
  return clauses
}

/** A list that mixes types denies less here; the reader of the older dialect adds what it misses. */
function looserWords(values: readonly Json[]): readonly string[] {
  const twins = missingTwins(values).map(twin => JSON.stringify(twin))
  if (twins.length === 0) return []
  return [
    `${listed(twins)} ${twins.length > 1 ? 'were' : 'was'} equal there and ${twins.length > 1 ? 'pass' : 'passes'} here: add ${twins.length > 1 ? 'them' : 'it'} to the list`,
  ]
}

function valuesOf(op: string, value: Json): readonly Json[] {
  return (op === 'in' || op === 'not_in') && Array.isArray(value) ? (value as readonly Json[]) : [value]
}

/** Comparing with null, or with nothing, cannot fail. */
function takesAnything(values: readonly Json[]): boolean {
  return values.length === 0 || values.includes(null)
}

function hasText(value: Json): boolean {
  return JSON.stringify(value)?.includes('"') === true
}

function neededFor(op: string, values: readonly Json[]): string {
  const [value = null] = values
  if (op === 'regex') return 'text'
  if (op !== 'contains') return kindsOf(values)
  if (typeof value === 'string') return 'text, or a list of texts,'
  return value === null ? 'a list' : `a list of ${plural(value)}`
}

/** `a number or text`: the kinds of values a comparison is made with. */
function kindsOf(values: readonly Json[]): string {
  return listed([...new Set(values.map(value => kindOf(value).replace(/^(?:true|false)$/, 'true or false')))], 'or')
}

const plurals: Readonly<Record<string, string>> = {
  text: 'texts',
  'a number': 'numbers',
  'a list': 'lists',
  'an object': 'objects',
}

function plural(value: Json): string {
  return plurals[kindOf(value)] ?? 'true and false'
}

const listedMax = 4

function listed(words: readonly string[], last = 'and'): string {
  const more = words.length - listedMax + 1
  const shown = more > 1 ? [...words.slice(0, listedMax - 1), `${more} more`] : words
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} ${last} ${shown.at(-1)}`
}

function isOrAre(words: readonly string[]): string {
  return words.length > 1 ? 'are' : 'is'
}
