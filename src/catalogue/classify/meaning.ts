/**
 * What an action comes to: the category of a sense once its objects are known, how sure that is, which category a careful
 * reader could take instead, and the letter of the guideline rule applied. Pure table of senses, one function each.
 */
import type { Action } from './candidates.ts'
import { kindsOf, type ObjectKind } from './lexicon/nouns.ts'
import type { Category, Sense } from './lexicon/senses.ts'

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

type Reader = (seen: Seen) => Meaning

/** The objects of an action, asked by kind. */
interface Seen extends Setting {
  readonly action: Action
  has(kind: ObjectKind): boolean
  /** The noun right after the verb. */
  first(kind: ObjectKind): boolean
  says(...words: readonly string[]): boolean
}

const read: Meaning = { category: 'Read', strength: 1 }

/** The meaning of one action in its setting. */
export function meaningOf(action: Action, setting: Setting): Meaning {
  const near = action.objects.slice(0, objectsSeen)
  const seen: Seen = {
    ...setting,
    action,
    has: kind => near.some(noun => kindsOf(noun).has(kind)),
    first: kind => near.slice(0, 2).some(noun => kindsOf(noun).has(kind)),
    says: (...words) => words.some(word => action.around.includes(word) || near.includes(word)),
  }
  return readers[action.sense](seen)
}

/** Nouns after the verb that are looked at. */
const objectsSeen = 5

const write = (strength: number, also?: Category, rule?: string): Meaning => as('Write', strength, also, rule)
const gone = (strength: number, also?: Category, rule?: string): Meaning => as('Destructive', strength, also, rule)
const executes = (strength: number, also?: Category, rule?: string): Meaning => as('Execute', strength, also, rule)
const money = (strength: number, also?: Category): Meaning => as('Financial', strength, also)

function as(category: Category, strength: number, also?: Category, rule?: string): Meaning {
  return { category, strength, ...(also === undefined ? {} : { also }), ...(rule === undefined ? {} : { rule }) }
}

const readers: Readonly<Record<Sense, Reader>> = {
  retrieve: retrieved,
  compute: computed,
  wait: () => read,
  infer: () => as('Read', 0.9, 'Execute', 'i'),
  produce: produced,
  session: inSession,
  act: () => write(0.8, 'Execute', 'f'),
  keep: kept,
  make: made,
  change: changed,
  toggle: toggled,
  restore: () => write(0.9),
  link: linked,
  unlink: () => write(0.9, 'Destructive', 'a'),
  grant: () => write(0.9, undefined, 'c'),
  send: sent,
  delete: deleted,
  revoke: seen => (seen.first('session') && !seen.has('access') ? write(0.7, 'Read', 'g') : gone(0.85, 'Write', 'c')),
  overwrite: overwritten,
  put: seen =>
    seen.says('pty', 'terminal', 'stdin', 'repl', 'shell')
      ? executes(0.8, 'Write')
      : seen.isMarket && seen.says('contract')
        ? money(0.75, 'Execute')
        : write(0.9, 'Destructive', 'b'),
  cancel: seen => (isObligation(seen) ? gone(0.8, 'Write') : write(0.75, 'Destructive')),
  stop: stopped,
  reset,
  merge: seen =>
    seen.isPure && seen.first('value')
      ? as('Read', 0.8, 'Write')
      : seen.says('cell', 'range', 'pdf', 'image', 'array', 'json')
        ? write(0.8)
        : gone(0.85, 'Write'),
  close: seen =>
    seen.says('position') ? money(0.85, 'Write') : seen.says('account') ? gone(0.8, 'Write') : write(0.85),
  remove: removed,
  clear: seen =>
    seen.has('session') || seen.has('view') || seen.says('working', 'session', 'context', 'cache')
      ? write(0.75, 'Read', 'g')
      : gone(0.8, 'Write', 'a'),
  run: ran,
  deploy: () => executes(0.9, 'Write', 'd'),
  install: () => executes(0.75, 'Write', 'd'),
  start: started,
  restart: () => write(0.8, 'Execute'),
  pay: seen => (seen.isTentative ? write(0.8, 'Financial') : money(nounLike(seen, 0.9), 'Write')),
  trade: seen => (isNoun(seen) && !isMoney(seen) ? write(0.55, 'Financial') : money(0.9, 'Write')),
  transfer: seen =>
    isMoney(seen) || seen.action.verb !== 'transfer' ? money(0.85, 'Write') : write(0.75, 'Financial'),
  commit: seen =>
    seen.action.verb === 'reserve' && !seen.has('appointment') && !isMoney(seen)
      ? write(0.75, 'Financial')
      : seen.isTentative
        ? write(0.7, 'Financial')
        : money(nounLike(seen, 0.8), 'Write'),
  manage: () => write(0.4, 'Read', 'j'),
  perform: seen => (seen.has('lookup') ? read : seen.has('job') ? executes(0.8) : write(0.4, 'Execute')),
}

function retrieved(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'evaluate' && seen.says('javascript', 'js', 'script', 'expression', 'code', 'browser', 'page'))
    return executes(0.9)
  const isKept =
    verb === 'snapshot' &&
    !(seen.isBrowser || seen.says('page', 'screen', 'dom', 'accessibility', 'element', 'viewport', 'tab', 'state'))
  if (isKept) return write(0.85, 'Read')
  // what is fetched into a local project is written there
  const isLocal = seen.says('local') && seen.says('to', 'into') && !seen.says('list', 'search')
  return isLocal ? write(0.7, 'Read', 'h') : read
}

function computed(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'format' && seen.says('disk', 'drive', 'partition', 'volume')) return gone(0.85)
  if (verb === 'format' && seen.says('range', 'cell', 'sheet', 'column', 'row')) return write(0.8, 'Read')
  if (verb === 'convert' && seen.says('lead', 'opportunity', 'trial', 'quote', 'prospect')) return write(0.8, 'Read')
  return read
}

/** Words like `transfer` or `trade`, which a name may also use for other things than money. */
function isNoun({ action }: Seen): boolean {
  return action.weight < 0.7
}

function nounLike(seen: Seen, strength: number): number {
  return isNoun(seen) && !isMoney(seen) ? strength - 0.15 : strength
}

function isMoney(seen: Seen): boolean {
  if (seen.has('catalogue') && seen.has('tentative')) return false
  if (seen.has('money') || seen.has('crypto')) return true
  return (seen.has('asset') || seen.isMarket) && (seen.isMarket ? seen.has('asset') || seen.hasAmount : seen.hasAmount)
}

/** What does not come back by doing it again: an order, a subscription, a booking. */
function isObligation(seen: Seen): boolean {
  return (
    seen.first('money') ||
    seen.first('appointment') ||
    seen.says('order', 'account', 'membership', 'plan', 'contract', 'service', 'transaction', 'trip')
  )
}

function inSession(seen: Seen): Meaning {
  if (seen.isBrowser) return write(0.75, 'Execute', 'f')
  const isPlainOpen =
    seen.action.verb === 'open' &&
    !seen.has('session') &&
    !seen.has('host') &&
    !seen.has('file') &&
    !seen.says('app', 'application')
  return isPlainOpen ? as('Read', 0.75, 'Write') : write(0.65, 'Read', 'g')
}

function toggled(seen: Seen): Meaning {
  if (seen.first('session')) return write(0.75, 'Read', 'g')
  return seen.action.verb === 'resume' && (seen.has('job') || seen.says('operation'))
    ? executes(0.75, 'Write', 'd')
    : write(0.9)
}

function sent(seen: Seen): Meaning {
  if (isMoney(seen)) return money(0.85, 'Write')
  if (seen.has('model') && seen.says('request', 'completion', 'prompt')) return as('Read', 0.8, 'Execute', 'i')
  return seen.says('pty', 'terminal', 'repl', 'shell', 'stdin', 'process', 'console')
    ? executes(0.8, 'Write')
    : write(0.9)
}

function produced(seen: Seen): Meaning {
  if (seen.first('secret')) return write(0.85)
  if (seen.savesToPath) return write(0.7, 'Read', 'h')
  if (seen.has('model')) return as('Read', 0.85, 'Execute', 'i')
  return as('Read', seen.has('text') ? 0.85 : 0.7, 'Write')
}

function kept(seen: Seen): Meaning {
  const isFetch = /^(?:export|download|dump|screencast|take)/.test(seen.action.verb)
  if (!isFetch) return write(0.85)
  return seen.savesToPath ? write(0.85, 'Read', 'h') : as('Read', 0.75, 'Write', 'h')
}

function made(seen: Seen): Meaning {
  if (seen.isPure && seen.first('value')) return as('Read', 0.75, 'Write')
  if (seen.isFeed && seen.says('subscription', 'subscriptions')) return write(0.85, 'Financial')
  const isTentative = seen.isTentative || seen.first('tentative')
  const isOrder = seen.says('order') && seen.says('buy', 'sell', 'limit', 'market', 'stop', 'trade', 'purchase')
  if (isOrder && !isTentative) return money(0.85, 'Write')
  if (seen.first('money') && !seen.has('catalogue'))
    return isTentative ? write(0.85, 'Financial') : money(0.85, 'Write')
  if (seen.first('asset') && (seen.isMarket || seen.hasAmount) && !seen.has('catalogue') && !isTentative)
    return money(seen.says('order', 'trade', 'position', 'transfer') ? 0.85 : 0.6, 'Write')
  if (seen.action.verb === 'submit' && seen.first('job')) return executes(0.8, 'Write', 'd')
  if (seen.first('job') && seen.says('run', 'execution') && !seen.says('schedule')) return executes(0.65, 'Write', 'd')
  if (seen.first('session') && seen.isBrowser) return write(0.8, 'Read', 'g')
  return write(0.9)
}

function changed(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'rotate' || verb === 'regenerate')
    return seen.has('secret') ? gone(0.8, 'Write', 'c') : write(0.8, 'Read')
  if (verb === 'resolve')
    return seen.says(
      'thread',
      'comment',
      'issue',
      'conflict',
      'incident',
      'alert',
      'discussion',
      'ticket',
      'dispute',
      'conversation',
      'bug',
      'problem',
      'finding',
      'error',
    )
      ? write(0.85)
      : as('Read', 0.8, 'Write')
  if (verb === 'confirm') return isMoney(seen) ? money(0.85, 'Write') : write(0.7, 'Read')
  if (verb === 'pull') return seen.says('data', 'report', 'metric', 'record', 'stat') ? read : write(0.75, 'Read')
  if (verb === 'sign' && seen.says('transaction', 'message', 'typed')) return money(0.75, 'Execute')
  const isDeal =
    seen.says('payment', 'payout', 'refund', 'purchase', 'checkout', 'withdrawal', 'bid') ||
    (isMoney(seen) && seen.isMarket)
  if (/^(?:approve|accept|release|complete|finish)$/.test(verb) && isDeal) return money(0.85, 'Write')
  if (verb === 'checkout')
    return seen.says('cart', 'order', 'payment', 'purchase', 'shop', 'basket')
      ? money(0.85, 'Write')
      : write(0.85, 'Financial')
  if (verb === 'extend' || verb === 'renew') return seen.says('domain', 'license') ? money(0.8, 'Write') : write(0.85)
  if (seen.first('access') && seen.says('role', 'permission', 'access', 'member'))
    return write(0.85, 'Destructive', 'c')
  if (seen.first('session') && !seen.has('document')) return write(0.75, 'Read', 'g')
  if (seen.has('bulk') && seen.says('filter', 'where', 'matching')) return gone(0.75, 'Write', 'b')
  return seen.first('money') && !seen.has('catalogue') ? write(0.8, 'Financial') : write(0.9)
}

function linked(seen: Seen): Meaning {
  if (seen.action.verb !== 'apply') return write(0.9)
  if (seen.says('manifest', 'terraform', 'migration', 'infrastructure', 'resource', 'yaml'))
    return write(0.8, 'Execute', 'd')
  return write(0.85)
}

function deleted(seen: Seen): Meaning {
  const isBreakpoint = seen.says('breakpoint', 'highlight', 'cursor', 'selection')
  if (isBreakpoint || (seen.isBrowser && seen.first('session'))) return write(0.7, 'Destructive', 'g')
  if (seen.action.verb === 'trash' || seen.says('trash', 'bin', 'recycle')) return gone(0.7, 'Write')
  if (seen.action.verb === 'terminate' && seen.isBrowser) return write(0.75, 'Destructive', 'g')
  if (seen.action.verb === 'drop' && seen.isBrowser) return write(0.8, 'Execute', 'f')
  return seen.first('marker') ? gone(0.85, 'Write', 'a') : gone(1, undefined, 'a')
}

function overwritten(seen: Seen): Meaning {
  if (seen.first('session') && !seen.has('document')) return write(0.75, 'Read', 'g')
  if (seen.action.verb === 'overwrite') return gone(0.9, 'Write', 'b')
  if (seen.isTargetedEdit || seen.says('text', 'string', 'line', 'find', 'occurrence', 'symbol'))
    return write(0.85, 'Destructive', 'b')
  return seen.first('marker') ? write(0.8, 'Destructive', 'b') : gone(0.75, 'Write', 'b')
}

function stopped(seen: Seen): Meaning {
  if (seen.action.verb === 'kill') return gone(0.65, 'Execute')
  if (seen.first('session')) return write(0.75, 'Read', 'g')
  return write(0.75, 'Execute')
}

function reset(seen: Seen): Meaning {
  const { verb } = seen.action
  if (seen.first('session') || seen.first('view')) return write(0.75, 'Read', 'g')
  if (verb === 'rebuild') return executes(0.6, 'Write')
  if (verb === 'cleanup' && seen.action.objects.length === 0) return write(0.6, 'Destructive')
  if (verb === 'clean' || verb === 'compact') return write(0.6, 'Destructive')
  return gone(0.75, 'Write')
}

function removed(seen: Seen): Meaning {
  if (seen.hasCounterpart && !seen.first('access')) return write(0.8, 'Destructive', 'a')
  if (seen.first('access') && !seen.says('label', 'tag')) return gone(0.85, 'Write', 'c')
  if (seen.first('view') || (seen.isBrowser && seen.first('session'))) return write(0.75, 'Destructive', 'g')
  if (seen.first('marker') || seen.says('as')) return write(0.85, 'Destructive', 'a')
  return seen.says('from') ? gone(0.7, 'Write', 'a') : gone(0.85, 'Write', 'a')
}

function ran(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'train' || verb === 'finetune') return executes(0.9, 'Write', 'd')
  const isDeal =
    seen.says('trade', 'swap', 'payment', 'payout', 'refund', 'purchase') && !seen.says('simulation', 'backtest')
  if ((isMoney(seen) || isDeal) && seen.action.weight >= 0.7) return money(0.85, 'Execute')
  const isQuery =
    seen.says('query', 'queries', 'sql', 'statement', 'aggregation', 'find') &&
    !seen.says('command', 'script', 'mutation')
  if (isQuery && (seen.readsCode || !(seen.writesCode || seen.says('sql', 'statement'))))
    return as('Read', 0.85, 'Execute', 'e')
  const isLookup = seen.has('lookup') && !seen.says('script', 'command', 'test')
  if (seen.first('model') && !seen.says('code', 'training')) return as('Read', 0.8, 'Execute', 'i')
  if (isLookup) return as('Read', 0.85, 'Execute')
  return executes(isNoun(seen) && !seen.has('job') && !seen.has('code') ? 0.7 : 0.95, undefined, 'd')
}

function started(seen: Seen): Meaning {
  if (seen.first('session') && !seen.has('job')) return write(0.7, 'Read', 'g')
  if (seen.says('instance', 'vm', 'pod', 'machine', 'cluster', 'virtual', 'node', 'timer', 'project'))
    return write(0.8, 'Execute')
  return seen.has('job') ? executes(0.85, 'Write', 'd') : write(0.7, 'Execute')
}
