/**
 * What an action comes to: the category of a sense once its objects are known, how sure that is, which category a careful
 * reader could take instead, and the letter of the guideline rule applied. Pure table of senses, one function each.
 */
import type { Action } from './candidates.ts'
import { deleted, overwritten, ran, removed, reset, started, stopped } from './ending.ts'
import { kindsOf } from './lexicon/nouns.ts'
import type { Sense } from './lexicon/senses.ts'
import {
  changed,
  computed,
  inSession,
  kept,
  linked,
  made,
  produced,
  retrieved,
  sent,
  toggled,
  traded,
} from './making.ts'
import {
  as,
  executes,
  gone,
  isMoney,
  isNoun,
  isObligation,
  type Meaning,
  money,
  nounLike,
  read,
  type Seen,
  type Setting,
  write,
} from './terms.ts'
import { singular } from './text.ts'

type Reader = (seen: Seen) => Meaning

/** The meaning of one action in its setting. */
export function meaningOf(action: Action, setting: Setting): Meaning {
  const spoken = spokenOf(action.around)
  const near = action.objects.slice(0, objectsSeen).filter(noun => !spoken.has(noun))
  const seen: Seen = {
    ...setting,
    action,
    has: kind => near.some(noun => kindsOf(noun).has(kind)),
    first: kind => near.slice(0, 2).some(noun => kindsOf(noun).has(kind)),
    says: (...words) => words.some(word => action.around.includes(word) || near.includes(word)),
  }
  return readers[action.sense](seen)
}

/** Money that is only spoken of: the `payment` of a payment reminder, the `subscription` of a subscription plan. */
function spokenOf(around: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (let at = 0; at + 1 < around.length; at += 1) {
    if (!kindsOf(singular(around[at + 1] as string)).has('about')) continue
    const noun = singular(around[at] as string)
    const kinds = kindsOf(noun)
    if (kinds.has('money') || kinds.has('asset')) found.add(noun)
  }
  return found
}

/** Nouns after the verb that are looked at. */
const objectsSeen = 5

const readers: Readonly<Record<Sense, Reader>> = {
  retrieve: retrieved,
  compute: computed,
  wait: () => read,
  infer: () => as('Read', 0.9, 'Execute', 'i'),
  produce: produced,
  session: inSession,
  act: seen =>
    seen.says('tmux', 'terminal', 'pty', 'tty', 'shell', 'pane', 'repl', 'stdin')
      ? executes(0.8, 'Write')
      : write(0.8, 'Execute', 'f'),
  keep: kept,
  make: made,
  change: changed,
  toggle: toggled,
  restore: seen => (seen.says('over', 'overwriting', 'live') ? gone(0.75, 'Write', 'b') : write(0.9)),
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
      : (seen.isMarket && seen.says('contract')) || seen.says('money', 'cash')
        ? money(0.75, 'Execute')
        : write(0.9, 'Destructive', 'b'),
  cancel: seen =>
    isObligation(seen) || /^(?:void|annul|rescind)$/.test(seen.action.verb)
      ? gone(0.8, 'Write')
      : write(0.75, 'Destructive'),
  stop: stopped,
  reset,
  merge: seen =>
    seen.isPure && seen.first('value') && !seen.says('object', 'shape', 'cell', 'layer')
      ? as('Read', 0.8, 'Write')
      : seen.says('cell', 'range', 'pdf', 'image', 'array', 'json', 'template', 'letter')
        ? write(0.8)
        : gone(0.85, 'Write'),
  close: seen =>
    seen.says('position') ? money(0.85, 'Write') : seen.says('account') ? gone(0.8, 'Write') : write(0.85),
  remove: removed,
  clear: seen =>
    seen.has('session') ||
    seen.has('view') ||
    seen.says('working', 'session', 'context', 'cache') ||
    (seen.isBrowser && seen.says('snapshot', 'network', 'log', 'request'))
      ? write(0.75, 'Read', 'g')
      : gone(0.8, 'Write', 'a'),
  run: ran,
  deploy: seen =>
    seen.action.verb === 'ship' && seen.says('order', 'package', 'parcel', 'item', 'shipment', 'buyer', 'goods')
      ? write(0.85)
      : executes(0.9, 'Write', 'd'),
  install: () => executes(0.75, 'Write', 'd'),
  start: started,
  restart: () => write(0.8, 'Execute'),
  pay: seen => (seen.isTentative ? write(0.8, 'Financial') : money(nounLike(seen, 0.9), 'Write')),
  trade: seen => traded(seen) ?? (isNoun(seen) && !isMoney(seen) ? write(0.55, 'Financial') : money(0.9, 'Write')),
  transfer: seen =>
    seen.says('domain') && !seen.says('lock', 'against')
      ? money(0.7, 'Write')
      : isMoney(seen) || seen.action.verb !== 'transfer'
        ? money(0.85, 'Write')
        : write(0.75, 'Financial'),
  commit: seen =>
    (seen.action.verb === 'reserve' && !seen.has('appointment') && !isMoney(seen)) ||
    (seen.action.verb === 'hire' && seen.says('employee', 'candidate', 'applicant', 'staff', 'hire', 'pack'))
      ? write(0.75, 'Financial')
      : seen.isTentative
        ? write(0.7, 'Financial')
        : money(nounLike(seen, 0.8), 'Write'),
  manage: () => write(0.4, 'Read', 'j'),
  perform: seen => (seen.has('lookup') ? read : seen.has('job') ? executes(0.8) : write(0.4, 'Execute')),
}
