/** The terms in which a verb is understood: what is known around it, and the meanings it may come to. */
import type { Action } from './candidates.ts'
import type { ObjectKind } from './lexicon/nouns.ts'
import type { Category } from './lexicon/senses.ts'

/** What an action comes to. */
export interface Meaning {
  readonly category: Category
  /** 0…1, before the weight of the place is applied. */
  readonly strength: number
  readonly also?: Category
  readonly rule?: string
}

/** What is known around an action besides its words. */
export interface Setting {
  /** The tool takes a path it writes to. */
  readonly savesToPath: boolean
  /** A parameter holds an amount of money or of an asset. */
  readonly hasAmount: boolean
  /** The server's tools deal in wallets, tokens or markets. */
  readonly isMarket: boolean
  /** An argument holds code that can change something. */
  readonly writesCode: boolean
  /** Arguments hold code, and none of it can change anything. */
  readonly readsCode: boolean
  /** The server drives a browser or a device. */
  readonly isBrowser: boolean
  /** The arguments say which text is replaced by which. */
  readonly isTargetedEdit: boolean
  /** The text says that this is only a draft, or that it is not sent, posted or executed. */
  readonly isTentative: boolean
  /** A sibling adds what this tool removes. */
  readonly hasCounterpart: boolean
  /** What is subscribed to are notifications, not goods. */
  readonly isFeed: boolean
  /** No argument names anything that is kept somewhere: data in, data out. */
  readonly isPure: boolean
}

/** The objects of an action, asked by kind. */
export interface Seen extends Setting {
  readonly action: Action
  has(kind: ObjectKind): boolean
  /** The noun right after the verb. */
  first(kind: ObjectKind): boolean
  says(...words: readonly string[]): boolean
}

/** Nothing outlives the call. */
export const read: Meaning = { category: 'Read', strength: 1 }

/** Can be put back. */
export const write = (strength: number, also?: Category, rule?: string): Meaning => as('Write', strength, also, rule)

/** Cannot be put back. */
export const gone = (strength: number, also?: Category, rule?: string): Meaning =>
  as('Destructive', strength, also, rule)

/** Its effect is decided elsewhere. */
export const executes = (strength: number, also?: Category, rule?: string): Meaning =>
  as('Execute', strength, also, rule)

/** Moves money or commits to it. */
export const money = (strength: number, also?: Category): Meaning => as('Financial', strength, also)

/** A meaning, spelt out. */
export function as(category: Category, strength: number, also?: Category, rule?: string): Meaning {
  return { category, strength, ...(also === undefined ? {} : { also }), ...(rule === undefined ? {} : { rule }) }
}

/** Words like `transfer` or `trade`, which a name may also use for other things than money. */
export function isNoun({ action }: Seen): boolean {
  return action.weight < 0.7
}

/** The strength of a word that may be a noun: less where nothing speaks of money. */
export function nounLike(seen: Seen, strength: number): number {
  return isNoun(seen) && !isMoney(seen) ? strength - 0.15 : strength
}

/** Whether the objects, with the setting, are money or what is traded. */
export function isMoney(seen: Seen): boolean {
  if (seen.has('catalogue') && seen.has('tentative')) return false
  if (seen.has('money') || seen.has('crypto')) return true
  return (seen.has('asset') || seen.isMarket) && (seen.isMarket ? seen.has('asset') || seen.hasAmount : seen.hasAmount)
}

/** What does not come back by doing it again: an order, a subscription, a booking. */
export function isObligation(seen: Seen): boolean {
  return (
    seen.first('money') ||
    seen.first('appointment') ||
    seen.says(
      'order',
      'account',
      'membership',
      'plan',
      'contract',
      'service',
      'transaction',
      'trip',
      'invoice',
      'booking',
      'reservation',
      'bill',
      'check',
    )
  )
}
