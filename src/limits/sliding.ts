/**
 * The sliding side of a counter: what was taken and when, for every window that looks at it. Promises that no interval
 * of a window's length holds more than was allowed, in amortised constant time per charge. Remembers at most `eventsMax`
 * charges: beyond that, neighbours that lie closest for the windows in use are counted as one at the later time, so that
 * units free late (by at most 2 × views / eventsMax of the window) and never early.
 */

/** What one window length sees of the counter: the units from `start` on. */
interface View {
  readonly windowMs: number
  start: number
  sum: number
  /** The sum was too large to be exact at some time: it is added up anew when it is small enough again. */
  isRough: boolean
}

/** Below this many charges there is nothing worth clearing away. */
const trimStart = 64

export class Sliding {
  private times: number[] = []
  private units: number[] = []
  private readonly views: View[] = []
  private readonly eventsMax: number
  private retainMs = 0
  private trimAt = trimStart
  /** Charges up to this time may be gone: a release of one of them has nothing to give back. */
  private forgottenMs = Number.NEGATIVE_INFINITY

  /** `eventsMax`: charges remembered one by one. */
  constructor(eventsMax: number) {
    this.eventsMax = eventsMax
  }

  /** Keeps charges for at least this long, for windows that have not looked yet. */
  retain(ms: number): void {
    if (ms > this.retainMs) this.retainMs = ms
  }

  /** No window has ever looked, and none is expected to: there is nothing to remember charges for. */
  get isUnused(): boolean {
    return this.retainMs === 0
  }

  /** Units taken in the window that ends now. */
  used(windowMs: number, nowMs: number): number {
    return this.view(windowMs, nowMs).sum
  }

  /** Takes units at `nowMs`, which is not before any earlier call's. */
  take(units: number, nowMs: number): void {
    this.add(nowMs, units)
    for (const view of this.views) raise(view, units)
    if (this.times.length >= this.trimAt) this.trim(nowMs)
  }

  /** Changes what a charge of `takenMs` took from `units` to `other`, if it still counts anywhere. */
  change(units: number, other: number, takenMs: number, nowMs: number): void {
    if (takenMs <= this.forgottenMs || takenMs + this.retainMs <= nowMs) return
    const index = this.firstAtOrAfter(takenMs)
    if (units === 0 && this.times[index] !== takenMs) this.insert(index, takenMs)
    const held = this.units[index]
    if (held === undefined) return
    const changed = Math.max(0, held + other - units)
    this.units[index] = changed
    for (const view of this.views) if (view.start <= index) this.shift(view, changed - held)
  }

  /** Milliseconds until `units` fit under `max` if nothing else is taken; −1 when they never do. */
  waitMs(windowMs: number, units: number, max: number, nowMs: number): number {
    if (units > max) return -1
    const view = this.view(windowMs, nowMs)
    let excess = view.sum + units - max
    if (excess <= 0) return 0
    for (let index = view.start; index < this.times.length; index++) {
      excess -= this.units[index] ?? 0
      if (excess <= 0) return Math.ceil((this.times[index] ?? 0) + windowMs - nowMs)
    }
    return -1
  }

  /** Puts earlier charges among the others, each at or before `nowMs`. */
  merge(events: readonly { readonly timeMs: number; readonly units: number }[], nowMs: number): void {
    const merged = [...this.times.map((timeMs, index) => ({ timeMs, units: this.units[index] ?? 0 })), ...events]
    merged.sort((left, right) => left.timeMs - right.timeMs)
    this.times = []
    this.units = []
    this.views.length = 0
    for (const { timeMs, units } of merged) this.add(timeMs, units)
    if (this.times.length >= this.trimAt) this.trim(nowMs)
  }

  /** Nothing counts any more in any window: the counter can be forgotten. */
  isIdle(nowMs: number): boolean {
    const last = this.times.at(-1)
    return last === undefined || last + this.retainMs <= nowMs
  }

  /** One entry for each time, so that a charge can be found again by its time. */
  private add(timeMs: number, units: number): void {
    const last = this.times.length - 1
    if (this.times[last] === timeMs) {
      this.units[last] = (this.units[last] ?? 0) + units
      return
    }
    this.times.push(timeMs)
    this.units.push(units)
  }

  private view(windowMs: number, nowMs: number): View {
    let view = this.views.find(one => one.windowMs === windowMs)
    if (view === undefined) {
      view = { windowMs, start: 0, sum: 0, isRough: false }
      this.sumUp(view)
      this.views.push(view)
      this.retain(windowMs)
    }
    this.advance(view, nowMs)
    return view
  }

  /** A charge at `t` counts in [t, t + window): two that lie a whole window apart do not meet. */
  private advance(view: View, nowMs: number): void {
    const count = this.times.length
    const before = view.start
    while (view.start < count && (this.times[view.start] ?? 0) + view.windowMs <= nowMs) {
      view.sum -= this.units[view.start] ?? 0
      view.start++
    }
    if (view.start > before && (view.isRough || view.start === count)) this.sumUp(view)
  }

  /** A charge of no units, for what it turns out to have taken. */
  private insert(index: number, timeMs: number): void {
    this.times.splice(index, 0, timeMs)
    this.units.splice(index, 0, 0)
    for (const view of this.views) if (view.start > index) view.start++
  }

  /** Changes a view's sum by what changed in the units behind it. */
  private shift(view: View, by: number): void {
    if (by > 0) raise(view, by)
    else if (!view.isRough) view.sum += by
    else this.sumUp(view)
  }

  private sumUp(view: View): void {
    view.sum = 0
    view.isRough = false
    for (let index = view.start; index < this.units.length; index++) raise(view, this.units[index] ?? 0)
  }

  private trim(nowMs: number): void {
    let gone = 0
    while (gone < this.times.length && (this.times[gone] ?? 0) + this.retainMs <= nowMs) gone++
    if (gone > 0) {
      for (const view of this.views) this.advance(view, nowMs)
      this.forgottenMs = this.times[gone - 1] ?? this.forgottenMs
      this.times = this.times.slice(gone)
      this.units = this.units.slice(gone)
      for (const view of this.views) view.start -= gone
    }
    if (this.times.length >= this.eventsMax) this.thin(nowMs)
    this.trimAt = Math.min(this.eventsMax, Math.max(trimStart, this.times.length * 2))
  }

  /** Halves the memory: charges in one cell of a grid become one, at the time of the latest. */
  private thin(nowMs: number): void {
    const windows = [...new Set([...this.views.map(view => view.windowMs), this.retainMs])].sort((a, b) => a - b)
    // times ascend, so the smallest window that still holds a charge only gets smaller on the way
    let level = windows.length - 1
    const cells = Math.max(1, Math.floor(this.eventsMax / 2 / windows.length) - 2)
    const { times, units } = this
    let kept = -1
    let lastLevel = -1
    let lastCell = 0
    for (let index = 0; index < times.length; index++) {
      const timeMs = times[index] ?? 0
      while (level > 0 && timeMs + (windows[level - 1] ?? 0) > nowMs) level--
      // cells lie at fixed times, so that a charge that is moved twice stays within one cell
      const cell = Math.floor((timeMs * cells) / (windows[level] ?? 1))
      if (level === lastLevel && cell === lastCell) {
        units[kept] = (units[kept] ?? 0) + (units[index] ?? 0)
      } else {
        kept++
        units[kept] = units[index] ?? 0
        lastLevel = level
        lastCell = cell
      }
      times[kept] = timeMs
    }
    times.length = kept + 1
    units.length = kept + 1
    for (const view of this.views) {
      view.start = 0
      this.sumUp(view)
      this.advance(view, nowMs)
    }
  }

  private firstAtOrAfter(timeMs: number): number {
    let low = 0
    let high = this.times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.times[middle] ?? 0) < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Above 2^53 a double no longer counts by one. */
function raise(view: View, by: number): void {
  view.sum += by
  if (view.sum > Number.MAX_SAFE_INTEGER) view.isRough = true
}
