/**
 * The store's own time, in milliseconds: what ages of records are counted in. It starts at the wall clock when the
 * store is made and from then on only follows clocks that never jump, so that setting the wall clock makes no record
 * older or younger. Over a restart it follows the machine's time since boot; only over a reboot, where nothing steady
 * is left, the wall clock's difference is believed, and never a negative one.
 */
import { readFileSync } from 'node:fs'
import type { Clock } from '../clock.ts'

/** A clock of the machine that runs from its start, for all processes alike. */
export interface BootClock {
  /** Names this start of the machine. */
  readonly id: string
  /** Milliseconds since then. */
  ms(): number
}

/** What was known when the last entry was written. */
export interface LastSeen {
  readonly atMs: number
  readonly wallMs: number
  readonly bootId?: string
  /** Store time minus boot time in the process that wrote it. */
  readonly bootOffsetMs?: number
}

export interface Moment {
  readonly atMs: number
  readonly wallMs: number
}

export class StoreTime {
  private readonly clock: Clock
  private readonly startMs: number
  private readonly steadyStartMs: number
  /** What the store keeps of this process's clocks. */
  readonly boot: { readonly id: string; readonly offsetMs: number } | undefined

  constructor(clock: Clock, last: LastSeen | undefined, boot: BootClock | undefined) {
    this.clock = clock
    this.steadyStartMs = clock.steadyMs()
    this.startMs = last === undefined ? clock.wallMs() : last.atMs + gapMs(clock, last, boot)
    this.boot = boot === undefined ? undefined : { id: boot.id, offsetMs: this.startMs - boot.ms() }
  }

  /** What this process's steady clock shows, or would have shown, at a moment of store time. */
  steadyAt(atMs: number): number {
    return this.steadyStartMs + (atMs - this.startMs)
  }

  /** Now, in store time (rounded up: a charge never looks older than it is) and on the wall. */
  now(): Moment {
    const atMs = Math.ceil(this.startMs + (this.clock.steadyMs() - this.steadyStartMs))
    return { atMs, wallMs: Math.trunc(this.clock.wallMs()) }
  }
}

/** The boot clock of Linux; none where the system does not name its starts. */
export function machineBootClock(): BootClock | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { id, ms: () => Number(process.hrtime.bigint() / 1_000n) / 1_000 }
  } catch (cause) {
    // a container may hide /proc; then the wall clock is what is left
    if (cause instanceof Error) return undefined
    throw cause
  }
}

/** Time between the last entry and now. The millisecond taken off is what rounding may have added. */
function gapMs(clock: Clock, last: LastSeen, boot: BootClock | undefined): number {
  const isSameBoot = boot !== undefined && boot.id === last.bootId && last.bootOffsetMs !== undefined
  const gap = isSameBoot ? boot.ms() + (last.bootOffsetMs ?? 0) - last.atMs : clock.wallMs() - last.wallMs
  return Math.max(0, gap - 1)
}
