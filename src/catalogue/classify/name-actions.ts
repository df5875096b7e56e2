/** The actions a tool's name speaks of: which of its words is the verb is a matter of place. */
import { limits } from '../../limits.ts'
import { type Action, type Candidate, candidatesIn, connectors, refined } from './candidates.ts'
import type { Sense } from './lexicon/senses.ts'
import { nominalOf, verbOf } from './lexicon/verbs.ts'
import { nameWords, singular, type Word } from './text.ts'

/** The actions of a tool's name, the main one first. `prefix` holds words shared by the server's tools (its own name). */
export function nameActions(name: string, prefix: ReadonlySet<string>): readonly Action[] {
  const all = nameWords(name).slice(0, limits.classifyWordsMax)
  if (all.length === 0) return []
  const own = all.filter((word, index) => !(prefix.has(word.text) && index < all.length - 1 && index < 2))
  const words = own.length > 0 ? own : all
  const spoken = candidatesIn(words, verbOf)
  const candidates = spoken.length > 0 ? spoken : nominalIn(words)
  const main = mainCandidate(words, candidates)
  if (main === undefined) return []
  const chosen = [main, ...candidates.filter(each => each !== main && isJoined(words, main, each))]
  const actions = chosen.map(each => nameAction(words, each, main))
  const tail = candidates.at(-1)
  const isTail = tail !== undefined && tail !== main && main.isNounLike && tail.at + tail.length === words.length
  if (!isTail || !acting.has(tail.sense)) return actions
  return [...actions, { ...nameAction(words, tail, main), weight: tailWeight }]
}

/** `account_closure`: without a verb a noun of action at the end speaks for one. */
function nominalIn(words: readonly Word[]): readonly Candidate[] {
  const at = words.length - 1
  const verb = at === 0 ? undefined : nominalOf((words[at] as Word).text)
  return verb === undefined ? [] : [{ at, length: 1, sense: verb.sense, verb: verb.word, isNounLike: true }]
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

/** Words in front of a verb that only say how: `bulk_delete`, `force_push`. */
const modifiers = new Set(
  'batch bulk multi multiple mass async force try safe quick auto please smart semantic advanced hybrid simple fast full deep raw new live local remote global direct native ai my the a an do can should'.split(
    ' ',
  ),
)

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
  const tail = candidates.at(-1)
  const asksAboutMoney =
    atHead !== undefined &&
    moneySenses.has(atHead.sense) &&
    tail !== undefined &&
    tail !== atHead &&
    tail.at === last &&
    (tail.sense === 'retrieve' || tail.sense === 'compute')
  if (asksAboutMoney) return tail
  if (informationNouns.has(singular((words[last] as Word).text)))
    return { at: last, length: 1, sense: 'retrieve', verb: (words[last] as Word).text, isNounLike: true }
  if (atHead !== undefined && words.length > head + 1) return atHead
  return candidates.find(each => each.at + each.length === words.length) ?? candidates[0]
}

/** Senses whose words are things in names as often: `order_track`, `trade_preview`. */
const moneySenses: ReadonlySet<Sense> = new Set(['pay', 'trade', 'transfer', 'commit'])

/** At the head of a name these take the verb after them back: `preview_transaction_create`. */
const rehearsals = new Set('preview estimate simulate check test quote plan validate mock verify'.split(' '))

/** A name without a plain verb that ends so asks for information: `place_details`, `order_history`. */
export const informationNouns: ReadonlySet<string> = new Set(
  'pdf html csv png thumbnail icon logo detail info information statu status stat statistic history log list summary result metadata overview balance health usage count schema doc documentation help version metric analytic tier value price limit capability tree content structure direction weather forecast new geocode'.split(
    ' ',
  ),
)

/** `get_or_create`, `find_and_delete`: both count. */
function isJoined(words: readonly Word[], main: Candidate, other: Candidate): boolean {
  if (other.isNounLike && other.length === 1 && other.at !== main.at + 2) return false
  const before = words[other.at - 1]?.text
  return other.at > main.at && before !== undefined && connectors.has(before)
}
