/** What deleting, removing, resetting, stopping, running and starting come to, by their objects and setting. */
import { as, executes, gone, isMoney, isNoun, type Meaning, money, type Seen, write } from './terms.ts'

/** Guideline rule (a): objects with content are destroyed. */
export function deleted(seen: Seen): Meaning {
  const isBreakpoint = seen.says('breakpoint', 'highlight', 'cursor', 'selection')
  if (isBreakpoint || (seen.isBrowser && seen.first('session'))) return write(0.7, 'Destructive', 'g')
  if (seen.action.verb === 'trash' || seen.says('trash', 'bin', 'recycle')) return gone(0.7, 'Write')
  if (seen.action.verb === 'terminate' && seen.isBrowser) return write(0.75, 'Destructive', 'g')
  if (seen.action.verb === 'drop' && seen.isBrowser) return write(0.8, 'Execute', 'f')
  return seen.first('marker') ? gone(0.85, 'Write', 'a') : gone(1, undefined, 'a')
}

/** Guideline rule (b): whole content is destroyed, known text is edited. */
export function overwritten(seen: Seen): Meaning {
  if (seen.first('session') && !seen.has('document')) return write(0.75, 'Read', 'g')
  if (seen.action.verb === 'overwrite') return gone(0.9, 'Write', 'b')
  if (seen.isTargetedEdit || seen.says('text', 'string', 'line', 'find', 'occurrence', 'symbol'))
    return write(0.85, 'Destructive', 'b')
  return seen.first('marker') ? write(0.8, 'Destructive', 'b') : gone(0.75, 'Write', 'b')
}

/** What is stopped can be started; a killed process has lost its state. */
export function stopped(seen: Seen): Meaning {
  if (seen.action.verb === 'kill') return gone(0.65, 'Execute')
  if (seen.first('session')) return write(0.75, 'Read', 'g')
  return write(0.75, 'Execute')
}

/** What is reset, cleaned or emptied. */
export function reset(seen: Seen): Meaning {
  const { verb } = seen.action
  if (seen.first('session') || seen.first('view')) return write(0.75, 'Read', 'g')
  if (verb === 'rebuild') return executes(0.6, 'Write')
  if (verb === 'cleanup' && seen.action.objects.length === 0) return write(0.6, 'Destructive')
  if (verb === 'clean' || verb === 'compact') return write(0.6, 'Destructive')
  return gone(0.75, 'Write')
}

/** Guideline rules (a) and (c): markers are taken away, access is revoked, objects are destroyed. */
export function removed(seen: Seen): Meaning {
  if (seen.hasCounterpart && !seen.first('access')) return write(0.8, 'Destructive', 'a')
  if (seen.first('access') && !seen.says('label', 'tag')) return gone(0.85, 'Write', 'c')
  if (seen.first('view') || (seen.isBrowser && seen.first('session'))) return write(0.75, 'Destructive', 'g')
  if (seen.first('marker') || seen.says('as')) return write(0.85, 'Destructive', 'a')
  return seen.says('from') ? gone(0.7, 'Write', 'a') : gone(0.85, 'Write', 'a')
}

/** Guideline rules (d), (e) and (i): jobs and code execute, queries that cannot write and models answer. */
export function ran(seen: Seen): Meaning {
  const { verb } = seen.action
  if (verb === 'orchestrate') return executes(0.3, 'Write', 'd')
  if (verb === 'call' && seen.says('phone', 'number', 'voice', 'contact', 'customer', 'caller')) return write(0.9)
  if (verb === 'promote' && seen.says('employee', 'user', 'member', 'admin', 'attendee'))
    return write(0.85, undefined, 'c')
  if (verb === 'promote' && seen.says('listing', 'post', 'product', 'ad')) return money(0.75, 'Write')
  if (verb === 'fire' && seen.says('employee', 'staff')) return gone(0.8, 'Write')
  if (verb === 'launch' && seen.says('instance', 'vm', 'machine', 'server', 'droplet')) return write(0.8, 'Execute')
  if (verb === 'train' || verb === 'finetune') return executes(0.9, 'Write', 'd')
  const isDeal =
    seen.says('trade', 'swap', 'payment', 'payout', 'refund', 'purchase', 'payroll') &&
    !seen.says('simulation', 'backtest')
  if ((isMoney(seen) || isDeal) && seen.action.weight >= 0.7) return money(0.85, 'Execute')
  const isQuery =
    seen.says('query', 'queries', 'sql', 'statement', 'aggregation', 'find') &&
    !seen.says('command', 'script', 'mutation')
  if (isQuery && (seen.readsCode || !(seen.writesCode || seen.says('sql', 'statement'))))
    return as('Read', 0.85, 'Execute', 'e')
  const isLookup = verb !== 'promote' && seen.has('lookup') && !seen.says('script', 'command', 'test')
  if (seen.first('model') && !seen.says('code', 'training', 'transformation', 'dbt', 'data'))
    return as('Read', 0.8, 'Execute', 'i')
  if (isLookup) return as('Read', 0.85, 'Execute')
  return executes(isNoun(seen) && !seen.has('job') && !seen.has('code') ? 0.7 : 0.95, undefined, 'd')
}

/** A job executes; a session or a machine can be stopped again. */
export function started(seen: Seen): Meaning {
  if (seen.first('session') && !seen.has('job')) return write(0.7, 'Read', 'g')
  if (seen.says('instance', 'vm', 'pod', 'machine', 'cluster', 'virtual', 'node', 'timer', 'project'))
    return write(0.8, 'Execute')
  return seen.has('job') ? executes(0.85, 'Write', 'd') : write(0.7, 'Execute')
}
