/**
 * Values that might turn one comparison: for each a value and the words that describe it. Guesses, made from the rule
 * and from what the call has now; `change.ts` tries them and keeps only what works.
 */
import type { Json } from '../wire/json-types.ts'
import { readHost, readNetwork } from './address.ts'
import type { Leaf, Operator } from './model.ts'
import { isSame } from './operators.ts'

/** `value` absent: the member is left out. */
export interface Candidate {
  readonly value?: Json
  readonly words: string
}

/** Values for which the comparison would hold, and values for which it would not; `actual` is there now, if anything. */
export function candidatesFor({ op, value }: Leaf, actual: Json | undefined): readonly Candidate[] {
  switch (op) {
    case 'eq':
    case 'neq':
      return [...equals([value]), other([value])]
    case 'in':
    case 'not_in':
      return [...equals(value as readonly Json[]), other(value as readonly Json[])]
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return order(op, value as number)
    case 'exists':
      return [{ words: 'is left out' }, ...[true, 'x', 1].map(given => ({ value: given, words: 'is given' }))]
    case 'contains':
      return containing(value, actual)
    case 'starts_with':
      return [{ value, words: `starts with ${shown(value)}` }, ...without(`does not start with ${shown(value)}`)]
    case 'ends_with':
      return [
        { value: `${typeof actual === 'string' ? actual : ''}${value}`, words: `ends with ${shown(value)}` },
        ...without(`does not end with ${shown(value)}`),
      ]
    case 'regex':
      return [...literals(value as string), ...without(`does not match ${shown(value)}`)]
    case 'glob':
      return [
        { value: (value as string).replaceAll(/[*?]+/g, 'x'), words: `matches ${shown(value)}` },
        ...without(`does not match ${shown(value)}`),
      ]
    case 'cidr':
      return addresses(asTexts(value))
    case 'host_in':
      return hosts(asTexts(value))
  }
}

function equals(values: readonly Json[]): readonly Candidate[] {
  return values.slice(0, 5).map(value => ({ value, words: `is ${shown(value)}` }))
}

/** A value of the same kind that is none of them. */
function other(values: readonly Json[]): Candidate {
  const [first = ''] = values
  const words = values.length === 1 ? `is not ${shown(first)}` : `is none of ${shown(values)}`
  const guesses: readonly Json[] =
    typeof first === 'number' ? [0, 1, -1, 2] : typeof first === 'boolean' ? [!first] : ['', 'x', 'other']
  return { value: guesses.find(guess => !values.some(value => isSame(value, guess))) ?? 'other', words }
}

/** The nearest number on either side of the bound. */
function order(op: Operator, bound: number): readonly Candidate[] {
  const step = Number.isInteger(bound) ? 1 : Math.abs(bound) * Number.EPSILON * 2
  const includes = op === 'lte' || op === 'gt'
  const low = includes ? bound : bound - step
  const high = includes ? bound + step : bound
  return [
    { value: low, words: includes ? `is at most ${bound}` : `is less than ${bound}` },
    { value: high, words: includes ? `is greater than ${bound}` : `is at least ${bound}` },
  ]
}

function containing(value: Json, actual: Json | undefined): readonly Candidate[] {
  const list = Array.isArray(actual) ? (actual as readonly Json[]) : undefined
  const words = `contains ${shown(value)}`
  const without: Candidate = {
    value: list === undefined ? '' : list.filter(item => !isSame(item, value)),
    words: `does not contain ${shown(value)}`,
  }
  if (list !== undefined) return [{ value: [...list, value], words }, without, { value: [], words: without.words }]
  const text = typeof actual === 'string' ? actual : ''
  return typeof value === 'string'
    ? [{ value: text + value, words }, { value: [value], words }, without]
    : [{ value: [value], words }, without]
}

function without(words: string): readonly Candidate[] {
  return ['', 'x', '0'].map(value => ({ value, words }))
}

/** What a pattern without special characters asks for. */
function literals(pattern: string): readonly Candidate[] {
  const plain = pattern.replace(/^\^/, '').replace(/\$$/, '')
  return /[\\.*+?()[\]{}|^$]/.test(plain) ? [] : [{ value: plain, words: `matches ${shown(pattern)}` }]
}

function addresses(networks: readonly string[]): readonly Candidate[] {
  const inside = networks.slice(0, 3).flatMap((text): Candidate[] => {
    const network = readNetwork(text)
    return network === undefined ? [] : [{ value: network[0].toString(), words: `is in ${text}` }]
  })
  const outside = ['192.0.2.1', '198.51.100.1', '2001:db8::1'].map(value => ({
    value,
    words: `is outside ${networks.join(', ')}`,
  }))
  return [...inside, ...outside]
}

function hosts(names: readonly string[]): readonly Candidate[] {
  const inside = names.slice(0, 3).map(name => {
    const host = (readHost(name) ?? name).replace('*', 'x')
    return { value: `https://${host.includes(':') ? `[${host}]` : host}/`, words: `leads to ${name}` }
  })
  return [...inside, { value: 'https://example.invalid/', words: `does not lead to ${names.join(', ')}` }]
}

function asTexts(value: Json): readonly string[] {
  return (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter(item => typeof item === 'string')
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
