/**
 * What a verb of a tool's name or description does to the world. A sense is finer than a category: the object, the
 * schema and the sibling tools decide what a sense comes to (see `meaning.ts`). No words here, only classes.
 */

/** The five categories, least dangerous first. */
export const categories = ['Read', 'Write', 'Execute', 'Destructive', 'Financial'] as const
/** The five categories of the labelling guidelines, least dangerous first; two share the last place. */
export type Category = (typeof categories)[number]

/** Least severe first. */
export const severities = ['low', 'medium', 'high', 'critical'] as const
/** One of `severities`. */
export type Severity = (typeof severities)[number]

/** Severity follows the category (guidelines, "Categories"). */
export const severityOf: Readonly<Record<Category, Severity>> = {
  Read: 'low',
  Write: 'medium',
  Execute: 'high',
  Destructive: 'critical',
  Financial: 'critical',
}

/** Precedence of a fixed set of effects: Financial = Destructive > Execute > Write > Read. */
export const rankOf: Readonly<Record<Category, number>> = {
  Read: 0,
  Write: 1,
  Execute: 2,
  Destructive: 3,
  Financial: 4,
}

/** The worst category of a set by precedence; money before deletion where both are found. */
export function worstOf(found: readonly Category[]): Category | undefined {
  let worst: Category | undefined
  for (const each of found) if (worst === undefined || rankOf[each] > rankOf[worst]) worst = each
  return worst
}

/**
 * Senses of verbs:
 * retrieve, compute: nothing outlives the call · infer: a model or an agent answers · produce: makes text, code or
 * media · wait · session: the tool's own session · act: input to a live page or device · keep: saves to a file or store ·
 * make, change, toggle, restore, link, unlink, grant, send: Write of several kinds · delete, revoke, overwrite · cancel,
 * stop, reset, merge, close, remove, clear: depend on the object · run, deploy, install, start · pay, trade, transfer,
 * commit: money · manage: says nothing but that something may change.
 */
export type Sense =
  | 'retrieve'
  | 'compute'
  | 'infer'
  | 'produce'
  | 'wait'
  | 'session'
  | 'act'
  | 'keep'
  | 'make'
  | 'change'
  | 'toggle'
  | 'restore'
  | 'link'
  | 'unlink'
  | 'grant'
  | 'send'
  | 'delete'
  | 'revoke'
  | 'overwrite'
  | 'put'
  | 'cancel'
  | 'stop'
  | 'reset'
  | 'merge'
  | 'close'
  | 'remove'
  | 'clear'
  | 'run'
  | 'deploy'
  | 'install'
  | 'start'
  | 'restart'
  | 'pay'
  | 'trade'
  | 'transfer'
  | 'commit'
  | 'manage'
  | 'perform'
