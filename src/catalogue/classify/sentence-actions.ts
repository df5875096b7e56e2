/**
 * The actions a sentence of a description speaks of: the verb at its head and those joined to it. Asides, instructions
 * to the reader and noun phrases have none. Linear in the sentence.
 */
import { limits } from '../../limits.ts'
import {
  type Action,
  type Candidate,
  candidatesIn,
  connectors,
  determiners,
  inflected,
  negations,
  refined,
} from './candidates.ts'
import { nominalOf, verbOf } from './lexicon/verbs.ts'
import { american, singular, type Word } from './text.ts'

/** Words that open a sentence before its verb: `this tool allows you to safely …`. */
const leads = new Set(
  `this that the a an tool tools endpoint function method mcp server service operation operations command commands will can may
  could should would you your users user to let lets allows allow enables enable helps help used useful use using for by also then and
  or please it its they we i designed able ability abilities capability capabilities support supports supported way
  ways responsible purpose intended primary main simple simply first new deprecated beta experimental legacy internal admin
  optional optionally advanced only one two multiple several any all via api apis rest agent agents llm ai assistant client clients
  permission permissions interface utility module feature suite collection comprehensive powerful flexible quick full
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

/** The verbs that head one sentence, with those coordinated to them; empty for asides and noun phrases. */
export function sentenceActions(text: string, words: readonly Word[]): readonly Action[] {
  const candidates = candidatesIn(words.slice(0, limits.classifySentenceWordsMax), inflected)
  const head = nominalHead(words) ?? headOf(words, candidates)
  if (head === undefined) return []
  const found = [sentenceAction(words, head, head.isForeign === true ? 0.75 : 0.9)]
  for (const each of candidates) {
    if (each.at <= head.at) continue
    const near = coordination(text, words, head, each, found.length)
    if (near > 0) found.push(sentenceAction(words, each, near))
  }
  return found
}

/** `Deletion of a key`, `The closure of an account`: a noun of action that heads the sentence. */
function nominalHead(words: readonly Word[]): Candidate | undefined {
  const at = /^(?:the|a|an)$/.test(words[0]?.text ?? '') ? 1 : 0
  if (words[at + 1]?.text !== 'of') return undefined
  const verb = nominalOf(words[at]?.text ?? '')
  return verb === undefined ? undefined : { at, length: 1, sense: verb.sense, verb: verb.word, isNounLike: false }
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
    const before = words[at - 1]?.text ?? ''
    const isThing =
      candidate?.isNounLike === true &&
      (articles.test(before) || (/^(?:for|of|with)$/.test(before) && !word.endsWith('ing')))
    if (candidate !== undefined && !isThing && isVerbHere(words, candidate, skipped > 0))
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
  const calls = words[0]?.text === 'call' || words[0]?.text === 'invoke'
  if (calls && !rest.slice(0, 5).some(word => callable.test(word))) return true
  return (
    (rest[0] === 'this' && /^(?:tool|first|function|command|before|after)$/.test(rest[1] ?? '')) ||
    rest[0] === 'it' ||
    rest.includes('whenever') ||
    /^(?:when|before|after|first)$/.test(rest[0] ?? '')
  )
}

/** What a tool itself may call; everything else that a text says to call is said to the reader. */
const callable =
  /^(?:functions?|apis?|endpoints?|tools?|methods?|lambdas?|contracts?|numbers?|phone|person|people|users?|customers?|contacts?|services?|webhooks?|agents?|models?|procedures?|someone)$/
/** What stands before a noun, not before a verb. */
const articles = /^(?:the|a|an|its|their|your|our|each|every|any|this|that|these|those|another|\w+est)$/

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
    const isAdverb = /\wly$/.test(words[at - 1]?.text ?? '') && at > 1
    const before = (words[isAdverb ? at - 2 : at - 1] as Word).text
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
  const third = words[candidate.at + candidate.length + 1]?.text
  const isCalledTool =
    next === 'tool' && (third === undefined || determiners.has(third) || /^(?:that|is|can)$/.test(third))
  if (next === 'of' || next === 'operations' || next === 'operation' || isCalledTool) return false
  const isParticiple =
    word.endsWith('ed') || (american(word) !== candidate.verb && !word.endsWith('s') && !word.endsWith('ing'))
  if (isParticiple) return false
  if (!candidate.isNounLike) return true
  if (next === undefined) return !isLate
  const isPlural = word.endsWith('s') && word !== candidate.verb
  if (isPlural && candidate.at === 0 && (words[0] as Word).start === 0 && !afterPlural.test(next)) return true
  if (determiners.has(next)) return !(isLate && ((isPlural && connectors.has(next)) || next === 'to'))
  return !isLate && !isPlural
}

/** After a plural at the very beginning: it is a thing, not what the tool does (`results are …`, `tests that …`). */
const afterPlural =
  /^(?:that|which|who|is|are|was|were|can|will|must|should|may|has|have|per|about|include|includes|via|between|\w+(?:ed|ing)|data|list|app|page|tool|tools|api|directory|folder|dashboard|summary|of|and|or|for|from|in|on|with|by|at|to)$/

/** How strongly a later verb belongs to the head: listed with it 0.9, joined later in the sentence 0.5, else 0. */
function coordination(text: string, words: readonly Word[], head: Candidate, each: Candidate, count: number): number {
  const before = words[each.at - 1] as Word
  if (before.text === 'to' && each.at > head.at + 2 && isPurpose(words, each)) return 0.65
  if (head.sense !== 'manage' && isBracketed(text, (words[head.at] as Word).end, (words[each.at] as Word).start))
    return 0
  if (before.text === 'by' && (words[each.at] as Word).text.endsWith('ing')) return each.isNounLike ? 0.6 : 0.65
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

/** `List policies (approve, block)`: values in brackets are no actions, unless the verb itself says nothing. */
function isBracketed(text: string, from: number, to: number): boolean {
  const between = text.slice(from, to)
  return between.lastIndexOf('(') > between.lastIndexOf(')')
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
  if (before.endsWith('ed')) return false
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
  const objects = after
    .filter(word => !determiners.has(word.text) && !qualifier.test(word.text))
    .map(word => singular(word.text))
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

/** Adverbs and participles between a verb and its object: `capture a previously authorised payment`. */
const qualifier = /^(?!embed|feed|seed|speed|shed|bed|need|reply|family|assembly|supply|anomaly)\w{2,}(?:ly|ed)$/

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
