/**
 * The actions a text names: a verb's sense, the nouns it acts on, and where it stands. `nameActions` reads a tool's
 * name, `sentenceActions` its description. Grammar decides whether a word is a verb: the place in the name, the head of a
 * sentence, what follows. Linear in the text.
 */
import { limits } from '../../limits.ts'
import { phraseOf, startsPhrase } from './lexicon/phrases.ts'
import type { Sense } from './lexicon/senses.ts'
import { type Verb, verbOf } from './lexicon/verbs.ts'
import { baseForms, nameWords, singular, type Word } from './text.ts'

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

interface Candidate {
  readonly at: number
  readonly length: number
  readonly sense: Sense
  readonly verb: string
  readonly isNounLike: boolean
  /** Other words than leads stand before it: it may be somebody else who acts. */
  readonly isForeign?: boolean
}

/** Words in front of a verb that only say how: `bulk_delete`, `force_push`. */
const modifiers = new Set(
  'batch bulk multi multiple mass async force try safe quick auto please smart semantic advanced hybrid simple fast full deep raw new live local remote global direct native ai my the a an do can should'.split(
    ' ',
  ),
)
const connectors = new Set(['or', 'and', 'then'])

/** The actions of a tool's name, the main one first. `prefix` holds words shared by the server's tools (its own name). */
export function nameActions(name: string, prefix: ReadonlySet<string>): readonly Action[] {
  const all = nameWords(name).slice(0, limits.classifyWordsMax)
  const own = all.filter((word, index) => !(prefix.has(word.text) && index < all.length - 1 && index < 2))
  const words = own.length > 0 ? own : all
  const candidates = candidatesIn(words, verbOf)
  const main = mainCandidate(words, candidates)
  if (main === undefined) return []
  const chosen = [main, ...candidates.filter(each => each !== main && isJoined(words, main, each))]
  const actions = chosen.map(each => nameAction(words, each, main))
  const tail = candidates.at(-1)
  const isTail = tail !== undefined && tail !== main && main.isNounLike && tail.at + tail.length === words.length
  if (!isTail || !acting.has(tail.sense)) return actions
  return [...actions, { ...nameAction(words, tail, main), weight: tailWeight }]
}

/** Senses that count at the end of a name without a plain verb: `monitor_run`, `report_send`. */
const acting: ReadonlySet<Sense> = new Set([
  'run',
  'deploy',
  'send',
  'pay',
  'transfer',
  'delete',
  'revoke',
  'overwrite',
])
const tailWeight = 0.62

/** `domain_register`, `Register a new domain`: the pair means what the words mean side by side. */
function refined(each: Candidate, objects: readonly string[]): Sense {
  if (each.length > 1) return each.sense
  for (const noun of objects.slice(0, pairedObjects)) {
    const pair = phraseOf(each.verb, noun)
    if (pair !== undefined && pair !== 'none') return pair
  }
  return each.sense
}

const pairedObjects = 3

function nameAction(words: readonly Word[], each: Candidate, main: Candidate): Action {
  const first = words[each.at] as Word
  const last = words[each.at + each.length - 1] as Word
  const after = words.slice(each.at + each.length)
  const before = words.slice(0, each.at)
  const weight = each.isNounLike ? (each.at > 0 ? 0.55 : words.length > 1 ? 0.78 : 0.6) : 0.9
  const objects = [...after, ...before.toReversed()].map(word => singular(word.text))
  return {
    verb: each.verb,
    sense: refined(each, objects),
    objects,
    around: words.map(word => word.text),
    start: first.start,
    end: last.end,
    weight: each === main ? weight : weight - 0.05,
  }
}

/** Every place where a verb or a two-word action may stand. */
function candidatesIn(words: readonly Word[], read: (word: string) => Verb | undefined): Candidate[] {
  const found: Candidate[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = (words[at] as Word).text
    const next = words[at + 1]?.text
    const pair = next === undefined ? undefined : pairOf(word, next)
    if (pair === 'none') {
      at += 1
      continue
    }
    if (pair !== undefined) {
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
  const made = { verb, starts: baseForms(word).filter(startsPhrase) }
  readWords.set(word, made)
  return made
}

/** The candidate that is the verb of the name: first place, then last, then the first plain verb in between. */
function mainCandidate(words: readonly Word[], candidates: readonly Candidate[]): Candidate | undefined {
  let head = 0
  while (head < words.length - 1 && modifiers.has((words[head] as Word).text)) head += 1
  const atHead = candidates.find(each => each.at === head || (each.at < head && each.at + each.length > head))
  const plain = candidates.filter(each => !each.isNounLike)
  if (atHead !== undefined && !atHead.isNounLike) return atHead
  const atEnd = plain.find(each => each.at + each.length === words.length)
  const isReadHead = atHead?.sense === 'retrieve' || atHead?.sense === 'compute'
  if (atHead !== undefined && isReadHead && atEnd === undefined && words.length > head + 1) return atHead
  if (atHead !== undefined && isReadHead && rehearsals.has(atHead.verb)) return atHead
  if (plain.length > 0) return plain[0]
  const last = words.length - 1
  if (informationNouns.has(singular((words[last] as Word).text)))
    return { at: last, length: 1, sense: 'retrieve', verb: (words[last] as Word).text, isNounLike: true }
  if (atHead !== undefined && words.length > head + 1) return atHead
  return candidates.find(each => each.at + each.length === words.length) ?? candidates[0]
}

/** At the head of a name these take the verb after them back: `preview_transaction_create`. */
const rehearsals = new Set('preview estimate simulate check test quote plan validate mock verify'.split(' '))

/** A name without a plain verb that ends so asks for information: `place_details`, `order_history`. */
const informationNouns = new Set(
  'detail info information statu status stat statistic history log list summary result metadata overview balance health usage count schema doc documentation help version metric analytic tier value price limit capability tree content structure direction weather forecast new geocode'.split(
    ' ',
  ),
)

/** `get_or_create`, `find_and_delete`: both count. */
function isJoined(words: readonly Word[], main: Candidate, other: Candidate): boolean {
  if (other.isNounLike && other.length === 1 && other.at !== main.at + 2) return false
  const before = words[other.at - 1]?.text
  return other.at > main.at && before !== undefined && connectors.has(before)
}

/** Words that open a sentence before its verb: `this tool allows you to safely …`. */
const leads = new Set(
  `this that the a an tool tools endpoint function method mcp server service operation operations command commands will can may
  could should would you your users user to let lets allows allow enables enable helps help used useful use using for by also then and
  or please it its they we i designed able ability abilities capability capabilities support supports supported way
  ways responsible purpose intended primary main simple simply first new deprecated beta experimental legacy internal admin
  optional optionally advanced only one two multiple several any all via api apis rest agent agents llm ai assistant client clients
  permission permissions interface utility module feature suite set collection comprehensive powerful flexible quick full
  functions features actions includes include including including offers offering with of`
    .split(/\s+/)
    .filter(word => word !== ''),
)
/** A sentence that opens so speaks of circumstances, not of what the tool does. */
const asides = new Set(
  `when if unless before after once note notes warning important example examples e.g requires required must never don not do see prefer
  always default defaults parameters parameter args arguments input inputs output tip tips hint limitation limitations supported
  available because since while although otherwise instead usage critical mandatory remember ensure make best ideal avoid
  alternatively for where response prerequisite prerequisites workflow same`.split(/\s+/),
)
const negations = new Set([
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
const determiners = new Set(
  `a an the all any one your new this these those existing multiple specific one's my its their each every another some given
  to from for in on with by up into as whether if how what which who whom where and or via them it him her everything anything`.split(
    /\s+/,
  ),
)

/** The verbs that head one sentence, with those coordinated to them; empty for asides and noun phrases. */
export function sentenceActions(text: string, words: readonly Word[]): readonly Action[] {
  const candidates = candidatesIn(words.slice(0, limits.classifySentenceWordsMax), inflected)
  const head = headOf(words, candidates)
  if (head === undefined) return []
  const found = [sentenceAction(words, head, head.isForeign === true ? 0.75 : 0.9)]
  for (const each of candidates) {
    if (each.at <= head.at) continue
    const near = coordination(text, words, head, each, found.length)
    if (near > 0) found.push(sentenceAction(words, each, near))
  }
  return found
}

/** The place of the head verb, or nothing. */
function headOf(words: readonly Word[], candidates: readonly Candidate[]): Candidate | undefined {
  const first = words[0]?.text ?? ''
  if (asides.has(first) && !(first === 'for' || first === 'do')) return undefined
  if (first === 'use' && /^(?:when|if|before|after|instead|only|in)$/.test(afterTool(words))) return undefined
  if (isAddressed(words)) return undefined
  let skipped = 0
  for (let at = 0; at < Math.min(words.length, leadWordsMax); at += 1) {
    const word = (words[at] as Word).text
    if (negations.has(word) || word === 'be' || word === 'is' || word === 'are') return undefined
    const candidate = candidates.find(each => each.at === at)
    if (
      word.startsWith('provid') &&
      /^(?:the|you|a|an|your|tools?|functionality|access|capabilit\w+|abilit\w+|ways?|methods?)$/.test(
        words[at + 1]?.text ?? '',
      ) &&
      /^(?:abilit\w+|capabilit\w+|tools?|with|ways?|methods?|functionality|to|for|access|interface|unified|single|simple)$/.test(
        words[at + 2]?.text ?? '',
      )
    )
      continue
    if (candidate !== undefined && isVerbHere(words, candidate, skipped > 0))
      return { ...candidate, isForeign: skipped > 0 }
    const isLead = leads.has(word) || word.endsWith('ly') || /^\d/.test(word)
    if (word === 'to' || isLead) continue
    skipped += 1
    if (skipped > foreignWordsMax) break
  }
  return headAfterTo(words, candidates)
}

/** `Run this tool first`, `Invoke whenever …`, `Call it before …`: an instruction to the reader. */
function isAddressed(words: readonly Word[]): boolean {
  if (!/^(?:run|call|invoke|execute|trigger|launch|start|try|consider)$/.test(words[0]?.text ?? '')) return false
  const rest = words.slice(1, 14).map(word => word.text)
  return (
    (rest[0] === 'this' && /^(?:tool|first|function|command|before|after)$/.test(rest[1] ?? '')) ||
    rest[0] === 'it' ||
    rest.includes('whenever') ||
    /^(?:when|before|after|first)$/.test(rest[0] ?? '')
  )
}

const leadWordsMax = 12
/** Words before the verb that are neither verbs nor leads: a product's name. */
const foreignWordsMax = 3

/** The first word after `use (this) (tool)`. */
function afterTool(words: readonly Word[]): string {
  const rest = words.slice(1, 4).map(word => word.text)
  return rest.find(word => word !== 'this' && word !== 'tool' && word !== 'it') ?? ''
}

/** `A tool to …`, `tools for …ing`: the verb after the first `to` or `for`. */
function headAfterTo(words: readonly Word[], candidates: readonly Candidate[]): Candidate | undefined {
  for (let at = 1; at < Math.min(words.length, 2 * leadWordsMax); at += 1) {
    const before = (words[at - 1] as Word).text
    if (before !== 'to' && before !== 'for') continue
    const candidate = candidates.find(each => each.at === at)
    if (candidate === undefined) continue
    const isGerund = (words[at] as Word).text.endsWith('ing')
    if (before === 'to' ? !candidate.isNounLike || isVerbHere(words, candidate, true) : isGerund)
      return { ...candidate, isForeign: true }
  }
  return undefined
}

/** Whether a word that may be a noun is a verb at the head: `Query the …` is, `Query results` and `List of` are not. */
function isVerbHere(words: readonly Word[], candidate: Candidate, isLate: boolean): boolean {
  const word = (words[candidate.at] as Word).text
  if (candidate.length > 1) return true
  const next = words[candidate.at + candidate.length]?.text
  if (word === 'use' || word === 'uses' || leads.has(word))
    return next !== undefined && determiners.has(next) && word !== 'use' && !leads.has(word)
  if (next === 'of' || next === 'operations' || next === 'operation' || next === 'tool') return false
  const isParticiple = word.endsWith('ed') || (word !== candidate.verb && !word.endsWith('s') && !word.endsWith('ing'))
  if (isParticiple) return false
  if (!candidate.isNounLike) return true
  if (next === undefined) return !isLate
  if (determiners.has(next)) return true
  const isPlural = word.endsWith('s') && word !== candidate.verb
  return !isLate && !isPlural
}

/** First halves of compounds that are verbs as a whole: `hard-delete`, `double-tap`. */
const manners = new Set(
  'double long hard soft bulk batch auto force mass co self hot right left fast cold live'.split(' '),
)
const inflected = (word: string): Verb | undefined => readWord(word).verb

/** Verbs in names only (`is_contract`, `has_access`). */
const questions = new Set(['is', 'are', 'has', 'can', 'does', 'do', 'contains', 'exists'])

/** How strongly a later verb belongs to the head: listed with it 0.9, joined later in the sentence 0.5, else 0. */
function coordination(text: string, words: readonly Word[], head: Candidate, each: Candidate, count: number): number {
  const before = words[each.at - 1] as Word
  if (before.text === 'to' && each.at > head.at + 2 && isPurpose(words, each)) return 0.65
  const isNegated = negations.has(before.text) || negations.has(words[each.at - 2]?.text ?? '')
  if (isNegated) return 0
  const inflection = inflectionOf((words[head.at] as Word).text)
  const same = inflectionOf((words[each.at] as Word).text) === inflection
  const gap = text.slice(before.end, (words[each.at] as Word).start)
  const isListed = /[,/&|]/.test(gap) || connectors.has(before.text)
  if (!isListed || !same) return 0
  const isNear = each.at - head.at - head.length <= count * 2
  const next = words[each.at + each.length]?.text
  const isPlural = each.isNounLike && inflection === 's'
  if (isNear && !(isPlural && (next === undefined || !determiners.has(next)))) return each.isNounLike ? 0.7 : 0.85
  if (each.isNounLike && !(next !== undefined && determiners.has(next))) return 0
  return next !== undefined && determiners.has(next) ? 0.6 : 0.35
}

/** `create an adjustment to refund …`: what it is made for. Not `how to`, `want to`, `able to`. */
function isPurpose(words: readonly Word[], each: Candidate): boolean {
  const before = words[each.at - 2]?.text ?? ''
  if (
    /^(?:how|want|wants|need|needs|used|able|ability|want|wish|asks?|like|going|order|prior|due|use|way|ways|here|when|which|where|what)$/.test(
      before,
    )
  )
    return false
  const next = words[each.at + each.length]?.text
  return !each.isNounLike || (next !== undefined && determiners.has(next))
}

function inflectionOf(word: string): string {
  if (word.endsWith('ing')) return 'ing'
  if (word.endsWith('ed')) return 'ed'
  return word.endsWith('s') && !word.endsWith('ss') ? 's' : ''
}

function sentenceAction(words: readonly Word[], each: Candidate, weight: number): Action {
  const from = each.at + each.length
  const after = words.slice(from, from + limits.classifyObjectWordsMax)
  const objects = after.filter(word => !determiners.has(word.text)).map(word => singular(word.text))
  return {
    verb: each.verb,
    sense: refined(each, objects),
    objects,
    around: words.slice(Math.max(0, each.at - 3), from + limits.classifyObjectWordsMax).map(word => word.text),
    start: (words[each.at] as Word).start,
    end: (words[from - 1] as Word).end,
    weight: each.isNounLike ? weight - 0.05 : weight,
  }
}

/** Every verb of a sentence in the base form or as a gerund: for texts that list what a router can do. */
export function listedActions(words: readonly Word[]): readonly Action[] {
  const found: Action[] = []
  for (const each of candidatesIn(words, inflected)) {
    const word = (words[each.at] as Word).text
    const isGerund = word.endsWith('ing')
    const before = words[each.at - 1]?.text ?? ''
    if (each.length === 1 && each.isNounLike && !(isGerund && /^(?:for|and|or|by|to)$/.test(before))) continue
    if (negations.has(before) || (each.length === 2 && !isGerund && verbOf(word) === undefined)) continue
    if (isGerund || inflectionOf(word) === '') found.push(sentenceAction(words, each, 0.75))
  }
  return found
}
