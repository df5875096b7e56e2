/**
 * What each comparison asks of a text, in patterns where that is exact. Hosts, addresses, URLs, lengths and patterns
 * that are more than literal text are not taken apart: texts to try are in `text-samples.ts`.
 */
import type { Json } from '../../wire/json-types.ts'
import { foldForDeny } from '../../wire/names.ts'
import { isUrlPrefix } from '../address.ts'
import { type Token, tokensOf } from '../glob.ts'
import type { Atom } from './atoms.ts'
import type { TextPattern } from './text-machine.ts'
import { anyTruth, onlyMissing, onlyNo, onlyTruth, onlyYes, type Truths } from './truths.ts'

/** How one comparison comes out for a text. */
export type TextQuestion =
  /** The same for every text. */
  | { readonly kind: 'fixed'; readonly truths: Truths }
  /** By patterns: what follows when one of them matches, and when none does. */
  | {
      readonly kind: 'patterns'
      readonly patterns: readonly TextPattern[]
      readonly matched: Truths
      readonly unmatched: Truths
      /** What follows for a text that names another place than it seems to, where that is something else. */
      readonly evasive?: { readonly matched: Truths; readonly unmatched: Truths }
    }
  /** Only by trying: any of `truths`, and those of one `theory` depend on nothing else. */
  | { readonly kind: 'tried'; readonly truths: Truths; readonly theory: 'host' | 'address' | 'own' }

const deep: Token = { wild: 'deep' }
const yesOrNo = onlyYes | onlyNo

export function questionOf(atom: Atom): TextQuestion {
  const { op, value, sense } = atom
  const denies = sense.holdingDenies
  switch (op) {
    case 'eq':
    case 'element':
      return typeof value === 'string' ? equalTo([value], denies) : fixed(atom)
    case 'neq':
      return typeof value === 'string' ? turned(equalTo([value], !denies)) : fixed(atom)
    case 'in':
    case 'not_in': {
      const texts = (value as readonly Json[]).filter(item => typeof item === 'string')
      if (texts.length === 0) return fixed(atom)
      return op === 'in' ? equalTo(texts, denies) : turned(equalTo(texts, !denies))
    }
    case 'contains':
      return typeof value === 'string' ? parts(denies, text => [deep, { text }, deep], value) : fixed(atom)
    case 'starts_with':
      return isUrlPrefix(value as string)
        ? { kind: 'tried', truths: denies ? anyTruth & ~onlyMissing : yesOrNo, theory: 'own' }
        : parts(denies, text => [{ text }, deep], value as string)
    case 'ends_with':
      return parts(denies, text => [deep, { text }], value as string)
    case 'glob':
      return globbed(value as string, atom)
    case 'regex': {
      const literal = literalOf(value as string)
      return literal === undefined
        ? { kind: 'tried', truths: yesOrNo, theory: 'own' }
        : parts(denies, text => [...literal.before, { text }, ...literal.after], literal.text)
    }
    case 'key':
    case 'schema':
      return { kind: 'tried', truths: yesOrNo, theory: 'own' }
    case 'cidr':
      return { kind: 'tried', truths: anyTruth & ~onlyMissing, theory: 'address' }
    case 'host_in':
      return { kind: 'tried', truths: anyTruth & ~onlyMissing, theory: 'host' }
    default:
      return fixed(atom)
  }
}

function fixed(atom: Atom): TextQuestion {
  return { kind: 'fixed', truths: onlyTruth(atom.judge('')) }
}

/** Folded, one form is enough: what is equal is equal when folded. */
function equalTo(texts: readonly string[], denies: boolean): TextQuestion {
  const alternatives = texts.map(text => literal(denies ? foldForDeny(text) : text))
  const pattern: TextPattern = { form: denies ? 'folded' : 'exact', alternatives }
  return { kind: 'patterns', patterns: [pattern], matched: onlyYes, unmatched: onlyNo }
}

function literal(text: string): readonly Token[] {
  return text === '' ? [] : [{ text }]
}

function turned(question: TextQuestion): TextQuestion {
  return question.kind === 'patterns' ? { ...question, matched: onlyNo, unmatched: onlyYes } : question
}

function parts(denies: boolean, tokens: (text: string) => readonly Token[], value: string): TextQuestion {
  const bare = (text: string) => tokens(text).filter(token => !('text' in token) || token.text !== '')
  const folded: TextPattern = { form: 'folded', alternatives: [bare(foldForDeny(value))] }
  const patterns: TextPattern[] = denies
    ? [{ form: 'exact', alternatives: [bare(value)], coveredBy: 1 }, folded]
    : [{ form: 'exact', alternatives: [bare(value)] }]
  return { kind: 'patterns', patterns, matched: onlyYes, unmatched: onlyNo }
}

/** As `glob` in `operators.ts`: where holding denies, the place an evasive text leads to may match when the text does not. */
function globbed(source: string, { sense }: Atom): TextQuestion {
  const exact: TextPattern = { form: 'exact', alternatives: [tokensOf(source)] }
  const answers = { matched: onlyYes, unmatched: onlyNo }
  if (!sense.holdingDenies)
    return { kind: 'patterns', patterns: [exact], ...answers, evasive: { matched: onlyNo, unmatched: onlyNo } }
  const folded: TextPattern = { form: 'folded', alternatives: [tokensOf(foldForDeny(source))] }
  const unmatched = sense.inRequire ? onlyYes : yesOrNo
  const patterns = [{ ...exact, coveredBy: 1 }, folded]
  return { kind: 'patterns', patterns, ...answers, evasive: { matched: onlyYes, unmatched } }
}

/** A pattern without anything special in it but anchors: what it asks for, and where in the text. */
function literalOf(source: string) {
  const found = /^(\^?)((?:[A-Za-z0-9 _/:;,@#%&=<>!"'~-]|\\[.\-/\\[\](){}*+?^$|])*)(\$?)$/.exec(source)
  const [, start = '', body = '', end = ''] = found ?? []
  if (found === null) return undefined
  const text = body.replace(/\\(.)/g, '$1')
  const before: readonly Token[] = start === '' ? [deep] : []
  const after: readonly Token[] = end === '' ? [deep] : []
  return { text, before, after }
}
