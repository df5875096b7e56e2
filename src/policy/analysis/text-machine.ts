/**
 * Several patterns over one text: the text and its folded form go through all of them in step, and every combination
 * of patterns that some text can match is found, with a short text for it. Exact for patterns in ASCII without `?`;
 * for others the two forms are taken apart, and combinations that no text has may be among those found.
 */
import { foldForDeny } from '../../wire/names.ts'
import type { Token } from '../glob.ts'
import { isAscii, other, type Read, TextTrack } from './text-track.ts'

/** A pattern the whole text, or its folded form, must match: one of `alternatives`. */
export interface TextPattern {
  readonly form: 'exact' | 'folded'
  readonly alternatives: readonly (readonly Token[])[]
  /** Another pattern by its index: nobody asks about this one where that one matches. */
  readonly coveredBy?: number
}

/** What a text does: which patterns match it, and whether it names another place than it seems to. */
export interface TextFate {
  /** The patterns that match, by index. */
  readonly matches: ReadonlySet<number>
  readonly evasive: boolean
  /** A text that does, where one was found. */
  readonly text?: string
}

export interface Exploration {
  readonly fates: readonly TextFate[]
  /** False: there may be more than `fates`, because the bound on steps was met. */
  readonly complete: boolean
  readonly steps: number
}

/** One step of a text: what is written, and what its two forms read. */
interface Stride {
  readonly text: string
  readonly exact: readonly Read[]
  readonly folded: readonly Read[]
}

interface State {
  readonly exact: number
  readonly folded: number
  readonly place: Place
  readonly text: string
}

export interface TextOptions {
  /** Tell texts with `.` or `..` segments or a backslash from others. */
  readonly watchesPlace?: boolean
  /** The only characters there are, all of them ASCII. */
  readonly alphabet?: RegExp
}

export class TextMachine {
  readonly #patterns: readonly TextPattern[]
  readonly #exact: TextTrack
  readonly #folded: TextTrack
  readonly #watchesPlace: boolean
  readonly #alphabet: RegExp | undefined

  constructor(patterns: readonly TextPattern[], { watchesPlace = false, alphabet }: TextOptions = {}) {
    const track = (form: TextPattern['form']) =>
      new TextTrack(
        patterns.flatMap((pattern, index) =>
          pattern.form === form ? pattern.alternatives.map(tokens => [index, tokens] as const) : [],
        ),
      )
    this.#patterns = patterns
    this.#exact = track('exact')
    this.#folded = track('folded')
    this.#watchesPlace = watchesPlace
    this.#alphabet = alphabet
  }

  /** Every combination, as far as `stepsMax` steps reach; the shortest texts first. */
  explore(stepsMax: number): Exploration {
    if (this.#goesInStep()) return this.#walk({ exact: true, folded: true }, stepsMax)
    const exact = this.#walk({ exact: true, folded: false }, stepsMax)
    const folded = this.#walk({ exact: false, folded: true }, stepsMax)
    const combined = exact.fates.flatMap(one =>
      folded.fates.map(two => ({
        matches: new Set([...one.matches, ...two.matches]),
        evasive: one.evasive,
      })),
    )
    const texts = [...exact.fates, ...folded.fates].flatMap(({ text }) => (text === undefined ? [] : [text]))
    return {
      fates: [...combined, ...texts.map(text => this.fateOf(text))],
      complete: exact.complete && folded.complete,
      steps: exact.steps + folded.steps,
    }
  }

  /** What a text really does. */
  fateOf(text: string): TextFate {
    let place = startOfSegment
    for (const character of text) place = nextPlace(place, character)
    const matches = this.#matches(this.#exact.run(text), this.#folded.run(foldForDeny(text)))
    return { matches, evasive: this.#watchesPlace && isEvasivePlace(place), text }
  }

  /** Folding goes character by character, and nothing counts characters. */
  #goesInStep(): boolean {
    const counts = this.#exact.counts || this.#folded.counts
    return this.#alphabet !== undefined || (!counts && this.#exact.isAscii && this.#folded.isAscii)
  }

  #matches(exact: number, folded: number): ReadonlySet<number> {
    return new Set([...this.#exact.matchesAt(exact), ...this.#folded.matchesAt(folded)].sort((a, b) => a - b))
  }

  #walk(forms: { readonly exact: boolean; readonly folded: boolean }, stepsMax: number): Exploration {
    const first: State = {
      exact: forms.exact ? this.#exact.start : this.#exact.without(this.#exact.start, () => true),
      folded: forms.folded ? this.#folded.start : this.#folded.without(this.#folded.start, () => true),
      place: startOfSegment,
      text: '',
    }
    const queue = [first]
    const seen = new Set([keyOf(first)])
    const fates = new Map<string, TextFate>()
    let steps = 0
    for (const state of queue) {
      const evasive = this.#watchesPlace && forms.exact && isEvasivePlace(state.place)
      const matches = this.#matches(state.exact, state.folded)
      const name = `${[...matches].join()} ${evasive}`
      if (!fates.has(name)) fates.set(name, { matches, evasive, text: state.text })
      for (const stride of this.#strides(state, forms.exact && forms.folded)) {
        steps += 1
        if (steps > stepsMax) return { fates: [...fates.values()], complete: false, steps }
        const next = this.#next(state, stride)
        const key = keyOf(next)
        if (seen.has(key)) continue
        seen.add(key)
        queue.push(next)
      }
    }
    return { fates: [...fates.values()], complete: true, steps }
  }

  #next(state: State, stride: Stride): State {
    const folded = stride.folded.reduce((at, read) => this.#folded.step(at, read), state.folded)
    const exact = stride.exact.reduce((at, read) => this.#exact.step(at, read), state.exact)
    return {
      exact: this.#uncovered(exact, folded),
      folded,
      place: this.#watchesPlace ? stride.exact.reduce(nextPlace, state.place) : state.place,
      text: state.text + stride.text,
    }
  }

  /** Without the exact patterns nobody asks about, because the folded one matches already. */
  #uncovered(exact: number, folded: number): number {
    const settled = this.#folded.settledAt(folded)
    if (settled.length === 0) return exact
    return this.#exact.without(exact, owner => settled.includes(this.#patterns[owner]?.coveredBy ?? -1))
  }

  /** Every step that can make a difference here: the characters some pattern waits for, and one that none waits for. */
  #strides(state: State, inStep: boolean): readonly Stride[] {
    const exact = new Set(this.#exact.awaitedAt(state.exact))
    const folded = this.#folded.awaitedAt(state.folded)
    if (this.#watchesPlace) for (const character of './\\') exact.add(character)
    const upper = [...folded].map(character => character.toUpperCase())
    const strides = [...new Set([...exact, ...folded, ...upper])].map(strideOf)
    const isFree = (character: string) => !exact.has(character) && !folded.has(character.toLowerCase())
    const fresh = [...freshCharacters].find(isFree)
    if (fresh !== undefined || this.#alphabet === undefined)
      strides.push({ text: fresh ?? '\u{10fffd}', exact: [other], folded: [other] })
    const known = this.#alphabet
    if (known !== undefined) return strides.filter(({ text }) => known.test(text))
    return inStep && folded.size > 0 ? [...strides, ...foldedStrides(exact, folded)] : strides
  }
}

const freshCharacters =
  'xyzwvkjqhgfbdmnpcltsriaoue0123456789_-XYZWVKJQHGFBDMNPCLTSRIAOUE.~+=;,:!@#$%&()[]{}<>|^`"\' \t\n'

function keyOf({ exact, folded, place }: State): string {
  return `${exact} ${folded} ${place}`
}

function strideOf(character: string): Stride {
  const folded = isAscii(character) ? character.toLowerCase() : character
  return { text: character, exact: [character], folded: [folded] }
}

/** Steps in which the two forms read different things. */
function foldedStrides(exact: ReadonlySet<string>, folded: ReadonlySet<string>): readonly Stride[] {
  const wide = [...folded].flatMap((character): Stride[] => {
    const text = wideOf(character)
    return text === undefined ? [] : [{ text, exact: [other], folded: [character] }]
  })
  const marked = [...exact].flatMap((character): Stride[] => {
    const text = markedOf(character)
    return text === undefined ? [] : [{ text, exact: [character, other], folded: [other] }]
  })
  return [...wide, ...marked, { text: '\u200b', exact: [other], folded: [] }]
}

/** The full-width form, which folds to the character and is none of ASCII. */
function wideOf(character: string): string | undefined {
  if (character === ' ') return '\u3000'
  return /^[!-~]$/.test(character) ? String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0) : undefined
}

const marks = ['\u0301', '\u0307', '\u0308', '\u030c', '\u0303', '\u0302', '\u0331', '\u0338', '\u0323', '\u0327']
const markedTexts = new Map<string, string | undefined>()

/** The character with a mark behind it, where folding makes another character of the two. */
function markedOf(character: string): string | undefined {
  if (!isAscii(character)) return undefined
  if (!markedTexts.has(character)) {
    const texts = marks.map(mark => character + mark)
    markedTexts.set(
      character,
      texts.find(text => [...foldForDeny(text)].length === 1),
    )
  }
  return markedTexts.get(character)
}

/** Where a text stands: at the start of a segment, behind one or two dots, inside; or it has been evasive already. */
type Place = 'start' | 'dot' | 'dots' | 'inside' | 'evaded'
const startOfSegment: Place = 'start'

function nextPlace(place: Place, read: Read): Place {
  if (place === 'evaded' || read === '\\') return 'evaded'
  if (read === '/') return place === 'dot' || place === 'dots' ? 'evaded' : 'start'
  if (read === '.') return place === 'start' ? 'dot' : place === 'dot' ? 'dots' : 'inside'
  return 'inside'
}

function isEvasivePlace(place: Place): boolean {
  return place === 'evaded' || place === 'dot' || place === 'dots'
}
