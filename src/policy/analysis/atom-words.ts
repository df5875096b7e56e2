/** One comparison in words: that it holds, that it does not, that nothing is there, that it cannot be made. */
import type { Json } from '../../wire/json-types.ts'
import type { Atom } from './atoms.ts'
import { onlyError, onlyMissing, onlyNo, onlyYes, type Truths } from './truths.ts'

/** A comparison that comes out as one of `truths`, in words. */
export function atomWords(atom: Atom, truths: Truths, asked: readonly Atom[], name: string): string | undefined {
  const subject = subjectOf(atom, asked, name)
  const isEach = atom.path.steps.some(step => 'each' in step)
  const [held, open] = [verb(atom, true), verb(atom, false)]
  const broadly = isBroad(atom, asked) ? ' in any case' : ''
  const denies = atom.sense.holdingDenies
  const positive = isEach ? `${denies ? 'some' : 'every'} ${subject} ${held}` : `${subject} ${held}`
  const negative = isEach ? (denies ? `no ${subject} ${held}` : `some ${subject} ${open}`) : `${subject} ${open}`
  switch (truths) {
    case onlyYes:
      return positive + broadly
    case onlyNo:
      return negative + broadly
    case onlyMissing:
      return `${subject} is left out`
    case onlyNo | onlyMissing:
      return isEach ? undefined : `${negative}${broadly} or is left out`
    case onlyError:
      return `${isEach ? 'some ' : ''}${subject} ${errorWords(atom)}`
  }
  return undefined
}

/** True where the same comparison is also made exactly: then it has to be said which one is meant. */
function isBroad(atom: Atom, asked: readonly Atom[]): boolean {
  const twin = (each: Atom) => each.op === atom.op && each.value === atom.value && !each.sense.holdingDenies
  return atom.sense.holdingDenies && asked.some(twin)
}

/** The path, with the zone of a time where two policies have their own. */
function subjectOf({ path, zone }: Atom, asked: readonly Atom[], name: string): string {
  const own = `\`${path.text}\``
  if (own === name || zone === '') return own
  return asked.some(each => each.zone !== zone) ? `${own} (${zone})` : own
}

/** What a value is that a comparison errs on, though it is of a kind that others like it compare. */
function errorWords({ op, value }: Atom): string {
  switch (op) {
    case 'contains':
      return `has elements unlike ${shown(value)}`
    case 'cidr':
      return 'is no address'
    case 'host_in':
      return 'leads to no host for certain'
    case 'starts_with':
      return 'is a URL that can be read in two ways'
  }
  return `cannot be compared by ${op} with ${shown(value)}`
}

const verbs: Readonly<Record<string, readonly [string, string]>> = {
  eq: ['is', 'is not'],
  neq: ['is not', 'is'],
  in: ['is one of', 'is none of'],
  not_in: ['is none of', 'is one of'],
  lt: ['is below', 'is at least'],
  lte: ['is at most', 'is over'],
  gt: ['is over', 'is at most'],
  gte: ['is at least', 'is below'],
  contains: ['contains', 'does not contain'],
  starts_with: ['starts with', 'does not start with'],
  ends_with: ['ends with', 'does not end with'],
  regex: ['matches', 'does not match'],
  glob: ['matches', 'does not match'],
  cidr: ['is in', 'is not in'],
  host_in: ['leads to', 'does not lead to'],
}

function verb({ op, value }: Atom, isHolding: boolean): string {
  if (op === 'exists') return (value === true) === isHolding ? 'is given' : 'is left out or null'
  if (op === 'schema') return isHolding ? 'fits the schema of the tool' : 'does not fit the schema of the tool'
  if (op === 'units') return isHolding ? 'can be counted' : 'cannot be counted'
  if (op === 'key') return isHolding ? 'can be counted by' : 'is too long to be counted by'
  const [positive, negative] = verbs[op] ?? [op, `not ${op}`]
  const list = (op === 'in' || op === 'not_in' || op === 'cidr' || op === 'host_in') && Array.isArray(value)
  return `${isHolding ? positive : negative} ${list ? (value as readonly Json[]).map(shown).join(', ') : shown(value)}`
}

/** A value as a document writes it, cut where it is long. */
export function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
