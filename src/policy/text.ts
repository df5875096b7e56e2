/**
 * One text of a call and what comparisons ask about it: folded, in the form literals are looked for, as a path, as a
 * URL, as an address. Each is worked out when the first rule asks and kept for the others of the same decision.
 */
import type ipaddr from 'ipaddr.js'
import { foldForDeny } from '../wire/names.ts'
import { addressOf, hostNames, hostOf, isAmbiguousUrl, readWebUrl, type WebUrl } from './address.ts'
import { isEvasive, resolveSegments } from './glob.ts'
import { searchable } from './literal.ts'

/** Gives the `CallText` of a text, the same one for the same text where it can. */
export interface Texts {
  text(raw: string): CallText
}

const ascii = /^[\0-\x7f]*$/

export class CallText {
  readonly raw: string
  /** Folding is then lower case and nothing else: what is in the text is, in lower case, in the folded text. */
  readonly isAscii: boolean
  #folded: string | undefined
  #searched: string | undefined
  #foldedSearched: string | undefined
  #isEvasive: boolean | undefined
  #place: CallText | undefined
  #hostNames: readonly string[] | undefined | null = null
  #address: ipaddr.IPv4 | ipaddr.IPv6 | undefined | null = null
  #url: WebUrl | undefined | null = null
  #isAmbiguousUrl: boolean | undefined

  constructor(raw: string) {
    this.raw = raw
    this.isAscii = ascii.test(raw)
  }

  get folded(): string {
    this.#folded ??= foldForDeny(this.raw)
    return this.#folded
  }

  /** Where the literals of a pattern are looked for before the pattern is. */
  get searched(): string {
    this.#searched ??= this.isAscii ? this.folded : searchable(this.raw)
    return this.#searched
  }

  get foldedSearched(): string {
    this.#foldedSearched ??= this.isAscii ? this.folded : searchable(this.folded)
    return this.#foldedSearched
  }

  get isEvasive(): boolean {
    this.#isEvasive ??= isEvasive(this.raw)
    return this.#isEvasive
  }

  /** The place an evasive text leads to. */
  get place(): CallText {
    this.#place ??= new CallText(resolveSegments(this.raw))
    return this.#place
  }

  /** What `host_in` may call the host of this text, which comes first; nothing when it has no host. */
  get hostNames(): readonly string[] | undefined {
    if (this.#hostNames === null) {
      const host = hostOf(this.raw)
      this.#hostNames = host === undefined ? undefined : hostNames(host)
    }
    return this.#hostNames
  }

  get address(): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
    if (this.#address === null) this.#address = addressOf(this.raw)
    return this.#address
  }

  get url(): WebUrl | undefined {
    if (this.#url === null) this.#url = readWebUrl(this.raw)
    return this.#url
  }

  get isAmbiguousUrl(): boolean {
    this.#isAmbiguousUrl ??= isAmbiguousUrl(this.raw)
    return this.#isAmbiguousUrl
  }
}
