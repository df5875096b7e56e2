/**
 * What whole phrases say: that nothing can be undone, that something is overwritten, that money moves; or that the tool
 * only documents, previews or reads, which takes other effects back.
 */
import type { CodeParameter } from './code.ts'
import { quoteOf } from './evidence.ts'
import { type Category, rankOf, worstOf } from './lexicon/senses.ts'
import type { Effect } from './reading.ts'
import type { Subject } from './subject.ts'
import {
  type Phrase,
  sayCharging,
  sayDelegating,
  sayDocumenting,
  sayEverything,
  sayHarmless,
  sayIrreversible,
  sayOverwriting,
  sayPaying,
  sayReadOnly,
  sayRevoking,
} from './wording.ts'

/** Effects that the text takes back: documentation only, nothing executed, read-only. */
export function shielded(
  effects: readonly Effect[],
  subject: Subject,
  code: readonly CodeParameter[],
): readonly Effect[] {
  const head = subject.description.slice(0, shieldCharsMax)
  const documents = sayDocumenting(head)
  const harmless = sayHarmless(subject.description)
  const canExecute = code.some(each => !each.isReadOnly)
  const isDryName = /(?:^|[_-])(?:dry[_-]?run|preview|simulate|estimate|quote)(?:[_-]|$)/i.test(subject.name)
  const firstVerb = effects.find(each => each.source === 'description')
  const isDocument =
    documents !== undefined && (firstVerb === undefined || rankOf[firstVerb.category] <= rankOf.Execute) && !canExecute
  const factor = isDocument ? 0.3 : isDryName ? 0.5 : harmless !== undefined && !canExecute ? 0.55 : 1
  if (factor === 1) return effects
  const phrase = isDocument ? documents : harmless
  const kept = effects.map(each =>
    each.category === 'Read' || each.source === 'schema' ? each : { ...each, strength: each.strength * factor },
  )
  return phrase === undefined ? kept : [...kept, phraseEffect(subject, phrase, 'Read', 0.7)]
}

const shieldCharsMax = 500

/** Phrases of the whole description that make a change worse, or that say that nothing is changed. */
export function phraseEffects(subject: Subject, effects: readonly Effect[]): readonly Effect[] {
  const text = subject.description
  const found: Effect[] = []
  const worst = worstOf(effects.filter(each => each.strength >= 0.5).map(each => each.category))
  if (worst !== undefined && worst !== 'Read') {
    const over = sayOverwriting(text)
    if (over !== undefined) found.push({ ...phraseEffect(subject, over, 'Destructive', 0.62, 'b'), also: 'Write' })
    const gone = sayIrreversible(text)
    if (gone !== undefined)
      found.push({ ...phraseEffect(subject, gone, 'Destructive', worst === 'Execute' ? 0.25 : 0.6), also: worst })
    const charged = sayCharging(text)
    if (charged !== undefined) found.push({ ...phraseEffect(subject, charged, 'Financial', 0.6), also: worst })
  }
  const revoked = worst === undefined || worst === 'Read' ? undefined : sayRevoking(text)
  if (revoked !== undefined) found.push({ ...phraseEffect(subject, revoked, 'Destructive', 0.5, 'c'), also: 'Write' })
  const paid = sayPaying(text)
  if (paid !== undefined) found.push(phraseEffect(subject, paid, 'Financial', 0.66))
  const all = sayEverything(text)
  if (all !== undefined) found.push({ ...phraseEffect(subject, all, 'Destructive', 0.6, 'j'), also: 'Write' })
  const delegated = sayDelegating(text.slice(0, shieldCharsMax))
  if (delegated !== undefined) found.push({ ...phraseEffect(subject, delegated, 'Execute', 0.55, 'd'), also: 'Read' })
  const only = sayReadOnly(text)
  if (only !== undefined) found.push(phraseEffect(subject, only, 'Read', 0.5))
  return found
}

function phraseEffect(
  subject: Subject,
  { start, end }: Phrase,
  category: Category,
  strength: number,
  rule?: string,
): Effect {
  return {
    category,
    strength,
    source: 'description',
    evidence: {
      where: 'description',
      pointer: '/description',
      ...quoteOf(subject.description, start, end),
      says: category,
      ...(rule === undefined ? {} : { rule }),
    },
  }
}
