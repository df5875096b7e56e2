/**
 * Patterns over one form of a text, read in step. States are numbered as they are met and remembered with the step
 * that leads on, so that walking the same patterns again costs one lookup a character.
 */
import type { Token } from '../glob.ts'

/** A character that no pattern waits for. */
export const other = Symbol('other')
export type Read = string | typeof other

/** A place between two characters of a pattern: what it does with the next one. */
interface Spot {
  readonly owner: number
  /** Stays for any character, or for any but `/`. */
  readonly stays?: 'any' | 'segment'
  /** Goes on to `to` for this character, or (`one`) for any but `/`. */
  readonly reads?: string
  readonly one?: true
  readonly to?: number
  readonly skips: readonly number[]
  /** The pattern matches when the text ends here. */
  readonly ends?: true
  /** From here on the pattern matches whatever comes. */
  readonly settles?: true
}

interface State {
  readonly spots: readonly number[]
  readonly next: Map<Read, number>
  /** What was asked of the state before. */
  awaited?: ReadonlySet<string>
  matches?: readonly number[]
  settled?: readonly number[]
}

export class TextTrack {
  readonly #spots: Spot[] = []
  readonly #states: State[] = []
  readonly #ids = new Map<string, number>()
  readonly start: number

  /** `patterns` by owner: what a match is reported as. */
  constructor(patterns: Iterable<readonly [owner: number, tokens: readonly Token[]]>) {
    const starts = [...patterns].map(([owner, tokens]) => this.#compile(owner, tokens))
    this.start = this.#stateOf(starts)
  }

  /** True if a text matches by the number of its characters: `?`. */
  get counts(): boolean {
    return this.#spots.some(({ one }) => one)
  }

  get isAscii(): boolean {
    return this.#spots.every(({ reads }) => reads === undefined || isAscii(reads))
  }

  step(state: number, read: Read): number {
    const { spots, next } = this.#states[state] as State
    const known = next.get(read)
    if (known !== undefined) return known
    const reached: number[] = []
    for (const at of spots) {
      const { stays, reads, one, to } = this.#spots[at] as Spot
      if (stays === 'any' || (stays === 'segment' && read !== '/')) reached.push(at)
      if (to !== undefined && (one === undefined ? reads === read : read !== '/')) reached.push(to)
    }
    const id = this.#stateOf(reached)
    next.set(read, id)
    return id
  }

  /** The state after a whole text. */
  run(text: string): number {
    let state = this.start
    for (const character of text) state = this.step(state, character)
    return state
  }

  /** The owners of the patterns that match a text ending here. */
  matchesAt(state: number): readonly number[] {
    const at = this.#states[state] as State
    at.matches ??= this.#ownersAt(state, ({ ends }) => ends === true)
    return at.matches
  }

  /** The owners of the patterns that match whatever comes. */
  settledAt(state: number): readonly number[] {
    const at = this.#states[state] as State
    at.settled ??= this.#ownersAt(state, ({ settles }) => settles === true)
    return at.settled
  }

  /** The same state without the patterns of some owners. */
  without(state: number, owners: (owner: number) => boolean): number {
    const { spots } = this.#states[state] as State
    const kept = spots.filter(at => !owners(this.#spots[at]?.owner ?? -1))
    return kept.length === spots.length ? state : this.#stateOf(kept)
  }

  /** The characters that some pattern waits for here. */
  awaitedAt(state: number): ReadonlySet<string> {
    const at = this.#states[state] as State
    at.awaited ??= this.#findAwaited(at.spots)
    return at.awaited
  }

  #findAwaited(spots: readonly number[]): ReadonlySet<string> {
    const characters = new Set<string>()
    for (const at of spots) {
      const { reads, stays, one } = this.#spots[at] as Spot
      if (reads !== undefined) characters.add(reads)
      if (stays === 'segment' || one) characters.add('/')
    }
    return characters
  }

  #ownersAt(state: number, holds: (spot: Spot) => boolean): readonly number[] {
    return (this.#states[state]?.spots ?? []).flatMap(at => {
      const spot = this.#spots[at] as Spot
      return holds(spot) ? [spot.owner] : []
    })
  }

  #compile(owner: number, tokens: readonly Token[]): number {
    const start = this.#spots.length
    for (const [index, token] of tokens.entries()) {
      const here = this.#spots.length
      if ('text' in token) {
        for (const [offset, reads] of [...token.text].entries())
          this.#spots.push({ owner, reads, to: here + offset + 1, skips: [] })
      } else if (token.wild === 'deep') {
        const isLast = index === tokens.length - 1
        this.#spots.push({ owner, stays: 'any', skips: [here + 1], ...(isLast && { settles: true }) })
      } else if (token.wild === 'star') this.#spots.push({ owner, stays: 'segment', skips: [here + 1] })
      else if (token.wild === 'one') this.#spots.push({ owner, one: true, to: here + 1, skips: [] })
      else {
        this.#spots.push({ owner, skips: [here + 1, here + 2] })
        this.#spots.push({ owner, stays: 'any', reads: '/', to: here + 2, skips: [] })
      }
    }
    this.#spots.push({ owner, ends: true, skips: [] })
    return start
  }

  #stateOf(reached: Iterable<number>): number {
    const spots = this.#settled(this.#closed(reached)).sort((a, b) => a - b)
    const key = spots.join()
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#ids.set(key, this.#states.length)
    this.#states.push({ spots, next: new Map() })
    return this.#states.length - 1
  }

  #closed(reached: Iterable<number>): number[] {
    const closed = new Set<number>()
    const open = [...reached]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (closed.has(next)) continue
      closed.add(next)
      open.push(...(this.#spots[next]?.skips ?? []))
    }
    return [...closed]
  }

  /** Without what cannot change the answer any more: the rest of a pattern that matches whatever comes. */
  #settled(spots: number[]): number[] {
    const settled = new Set<number>()
    for (const at of spots) if (this.#spots[at]?.settles) settled.add(this.#spots[at].owner)
    if (settled.size === 0) return spots
    return spots.filter(at => {
      const { owner, settles, ends } = this.#spots[at] as Spot
      return settles === true || ends === true || !settled.has(owner)
    })
  }
}

export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}
