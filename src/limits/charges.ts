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
  /** What the clock on the wall showed when the call was admitted: its calendar periods. */
  readonly wallMs?: number
  /** The longest window that looked at the counter when it was charged. */
  readonly windowMs: number
}

/** What a call really took from a counter, as its answer told. */
export interface SettledCharge {
  readonly bucket: string
  readonly units: number
}

/** What an admitted call took, as the ledger remembers it: as settled, and not what was given back. */
export interface RecentCharges {
  readonly requestId: string
  /** When it was recorded, on this process's steady clock: it was admitted then or before. */
  readonly steadyMs: number
  /** What the clock on the wall showed when the request arrived. */
  readonly timeMs: number
  readonly charges: readonly StoredCharge[]
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
  return charges.map(charge => ({ ...charge, bucket: bucketOf(charge, who) }))
}

/**
 * The charges as a record keeps them, of a call that was admitted when the clock on the wall showed `wallMs`: one for
 * each counter, with its largest units and longest window. One that takes nothing is kept if its real figure may come.
 */
export function storedCharges(charges: readonly BoundCharge[], wallMs: number): readonly StoredCharge[] {
  const stored = new Map<string, StoredCharge>()
  const settled = new Set<string>()
  for (const { bucket, units, windowMs, settleFrom } of charges) {
    const before = stored.get(bucket)
    const kept = { units: Math.max(units, before?.units ?? 0), windowMs: Math.max(windowMs, before?.windowMs ?? 0) }
    stored.set(bucket, { bucket, units: kept.units, wallMs, windowMs: kept.windowMs })
    if (settleFrom !== undefined) settled.add(bucket)
  }
  return [...stored.values()].filter(({ bucket, units }) => units > 0 || settled.has(bucket))
}

/** What a call took in the end: its charges, with the figures of the outcome in place of the estimates. */
export function settledCharges(
  charges: readonly StoredCharge[],
  settled: readonly SettledCharge[] | undefined,
): readonly StoredCharge[] {
  if (settled === undefined) return charges
  const figures = new Map(settled.map(({ bucket, units }) => [bucket, units]))
  return charges.map(charge => ({ ...charge, units: figures.get(charge.bucket) ?? charge.units }))
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
