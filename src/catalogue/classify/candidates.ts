/**
 * Words that may be verbs: where they stand in a text, their sense, and whether grammar has still to decide. A pair of
 * words comes before its parts. Linear in the text.
 */
import { limits } from '../../limits.ts'
import { kindsOf } from './lexicon/nouns.ts'
import { phraseOf, startsPhrase } from './lexicon/phrases.ts'
import type { Sense } from './lexicon/senses.ts'
import { type Verb, verbOf } from './lexicon/verbs.ts'
import { american, baseForms, singular, type Word } from './text.ts'

/** One action a text speaks of. */
export interface Action {
  readonly verb: string
  readonly sense: Sense
  /** Nouns near the verb, nearest first, singular. */
  readonly objects: readonly string[]
  /** Words around the verb as they are, to look for prepositions and adverbs. */
  readonly around: readonly string[]
  readonly start: number
  readonly end: number
  /** 0…1: how sure it is that this word is the verb of what the tool does. */
  readonly weight: number
}

/** A place where a verb, or a pair of words that is one, may stand. */
export interface Candidate {
  readonly at: number
  readonly length: number
  readonly sense: Sense
  readonly verb: string
  readonly isNounLike: boolean
  /** Other words than leads stand before it: it may be somebody else who acts. */
  readonly isForeign?: boolean
}

/** Every place where a verb or a two-word action may stand. */
export function candidatesIn(words: readonly Word[], read: (word: string) => Verb | undefined): Candidate[] {
  const found: Candidate[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = (words[at] as Word).text
    const next = words[at + 1]?.text
    const pair = next === undefined ? undefined : pairOf(word, next)
    if (pair === 'none') {
      at += 1
      continue
    }
    if (pair !== undefined && !(ofMoney.has(pair) && speaksOnly(words[at + 2]?.text))) {
      found.push({ at, length: 2, sense: pair, verb: `${word} ${next}`, isNounLike: false })
      at += 1
      continue
    }
    const verb = read(word)
    if (verb !== undefined)
      found.push({ at, length: 1, sense: verb.sense, verb: verb.word, isNounLike: verb.isNounLike })
  }
  return found
}

/** Senses of pairs that a third word takes back: `send payment` moves money, `send payment reminder` does not. */
const ofMoney: ReadonlySet<Sense> = new Set(['pay', 'trade', 'transfer', 'commit'])

function speaksOnly(word: string | undefined): boolean {
  return word !== undefined && kindsOf(singular(word)).has('about')
}

function pairOf(word: string, next: string): Sense | 'none' | undefined {
  for (const first of readWord(word).starts) {
    const pair = phraseOf(first, next) ?? phraseOf(first, singular(next))
    if (pair !== undefined) return pair
  }
  return undefined
}

interface ReadWord {
  /** The verb the word is a form of. */
  readonly verb: Verb | undefined
  /** Base forms that begin a phrase. */
  readonly starts: readonly string[]
}

/** Words that were read already: texts repeat themselves. Forgotten when there are too many. */
const readWords = new Map<string, ReadWord>()

function readWord(word: string): ReadWord {
  const known = readWords.get(word)
  if (known !== undefined) return known
  if (readWords.size >= limits.classifyWordsKept) readWords.clear()
  const dash = word.indexOf('-')
  const own = dash > 0 && manners.has(word.slice(0, dash)) ? word.slice(dash + 1) : word
  const verb = questions.has(word)
    ? undefined
    : baseForms(own)
        .map(verbOf)
        .find(each => each !== undefined)
  const made = { verb, starts: baseForms(word).map(american).filter(startsPhrase) }
  readWords.set(word, made)
  return made
}

/** First halves of compounds that are verbs as a whole: `hard-delete`, `double-tap`. */
const manners = new Set(
  'double long hard soft bulk batch auto force mass co self hot right left fast cold live'.split(' '),
)

/** The verb an inflected word is a form of. */
export const inflected = (word: string): Verb | undefined => readWord(word).verb

/** Verbs in names only (`is_contract`, `has_access`). */
const questions = new Set(['is', 'are', 'has', 'can', 'does', 'do', 'contains', 'exists'])

/** `domain_register`, `Register a new domain`: the pair means what the words mean side by side. */
export function refined(each: Candidate, objects: readonly string[]): Sense {
  if (each.length > 1) return each.sense
  for (const [at, noun] of objects.slice(0, pairedObjects).entries()) {
    const pair = phraseOf(each.verb, noun)
    // what is sent to people is the object; a noun behind it only says how: `Send the message specified in the request`
    if (pair === undefined && kindsOf(noun).has('people')) break
    if (pair === undefined || pair === 'none' || (ofMoney.has(pair) && speaksOnly(objects[at + 1]))) continue
    return pair
  }
  return each.sense
}

const pairedObjects = 2

/** Words that join two verbs. */
export const connectors = new Set(['or', 'and', 'then'])

/** Words that deny the verb after them. */
export const negations = new Set([
  'not',
  'never',
  'without',
  'cannot',
  "can't",
  "don't",
  "doesn't",
  "won't",
  'no',
  'nor',
  'neither',
])

/** Words that stand between a verb and its object; after a word they make it a verb. */
export const determiners = new Set(
  `a an the all any one your new this these those existing multiple specific one's my its their each every another some given
  to from for in on with by up into as whether if how what which who whom where and or via them it him her everything anything two three four several more most least single both`.split(
    /\s+/,
  ),
)
