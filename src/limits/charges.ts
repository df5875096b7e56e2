/**
 * From the charges a policy asks for to the counters they are taken from. A bucket names one counter: scope, counter
 * name, whose, and the key's value, each with its length in front, so that no chosen text can stand for another bucket.
 */
import { createHash } from 'node:crypto'
import { limits } from '../limits.ts'
import type { Charge, LimitScope } from '../policy/verdict.ts'

/** A charge bound to its counter. */
export interface BoundCharge extends Charge {
  readonly bucket: string
}

/** What a record keeps of a charge: enough to rebuild the counter after a restart. */
export interface StoredCharge {
  readonly bucket: string
  readonly units: number
  /** The longest window that looked at the counter when it was charged. */
  readonly windowMs: number
}

/** Whose call it is. `session` is the grant's id where the protocol has no session (a client's handle is not one). */
export interface Payer {
  readonly grant: string
  readonly principal: string
  readonly session: string
  readonly server: string
}

/**
 * Binds each charge to its counter. `grant`, `session` and `server` counters are separate for each server; `principal`
 * and `organisation` counters are shared by all servers. Two limits with one counter name and scope share the counter.
 */
export function bindCharges(charges: readonly Charge[], who: Payer): readonly BoundCharge[] {
  return charges.map(charge => ({ ...charge, windowMs: slidingMs(charge), bucket: bucketOf(charge, who) }))
}

/**
 * A calendar window is counted as a sliding one that is never shorter than the calendar's: it admits less than it
 * might, and never more. A day on which a zone leaves summer time has 25 hours.
 */
export function slidingMs({ windowMs, calendar }: Pick<Charge, 'windowMs' | 'calendar'>): number {
  if (calendar === undefined || calendar.unit === 'minute' || calendar.unit === 'hour') return windowMs
  const longestMs = calendar.unit === 'month' ? Math.max(windowMs, limits.windowCalendarMonthMs) : windowMs
  return longestMs + limits.windowCalendarSlackMs
}

/** The charges as a record keeps them: one for each counter, with its largest units and longest window. */
export function storedCharges(charges: readonly BoundCharge[]): readonly StoredCharge[] {
  const stored = new Map<string, StoredCharge>()
  for (const { bucket, units, windowMs } of charges) {
    const before = stored.get(bucket)
    const kept = { units: Math.max(units, before?.units ?? 0), windowMs: Math.max(windowMs, before?.windowMs ?? 0) }
    if (kept.units > 0) stored.set(bucket, { bucket, ...kept })
  }
  return [...stored.values()]
}

/** The part of a bucket that names scope and counter, whoever it belongs to. */
export function counterPrefix(scope: LimitScope, counter: string): string {
  return `${scope} ${measured(counter)}`
}

/** `counterPrefix` of the counter that a bucket belongs to. */
export function prefixOf(bucket: string): string {
  const colon = bucket.indexOf(':')
  const length = Number(bucket.slice(bucket.indexOf(' ') + 1, colon))
  return bucket.slice(0, colon + 1 + length)
}

function bucketOf(charge: Charge, who: Payer): string {
  const owner = `${counterPrefix(charge.scope, charge.counter)}${ownerOf(charge.scope, who)}`
  return charge.keyValue === undefined ? owner : `${owner} key ${measured(shortKey(charge.keyValue))}`
}

function ownerOf(scope: LimitScope, who: Payer): string {
  switch (scope) {
    case 'grant':
      return ` ${measured(who.grant)} ${measured(who.server)}`
    case 'session':
      return ` ${measured(who.session)} ${measured(who.server)}`
    case 'server':
      return ` ${measured(who.server)}`
    case 'principal':
      return ` ${measured(who.principal)}`
    case 'organisation':
      return ''
  }
}

function measured(text: string): string {
  return `${text.length}:${text}`
}

function shortKey(value: string): string {
  if (value.length <= limits.windowKeyCharsMax) return value
  return `sha256-${createHash('sha256').update(value).digest('hex')}`
}
