/**
 * The grants in force. Looked up in memory by SHA-256 of the token, so that no comparison of secrets takes a time that
 * depends on them; changes are durable before they are answered, and a revocation holds from the next call on. There
 * is no anonymous grant, no default principal, and a token is never kept: it is returned once.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Rows } from '../rows.ts'
import { sha256Hex } from '../wire/canonical.ts'
import type { Grant, GrantTerms, GrantView } from './grant.ts'
import { readGrant, writeGrant } from './grant-rows.ts'
import { hashToken, mintToken } from './token.ts'

/** A grant as `sallyport.yaml` declares it, its token already read from the environment. */
export interface FileGrant extends GrantTerms {
  /** Absent: minted by `sallyport grant create NAME`. */
  readonly token?: string
  /** A lifetime (`30d`) counts from the moment the gateway first saw it declared. */
  readonly lifetime?: { readonly text: string; readonly ms: number }
}

interface Entry {
  readonly grant: Grant
  readonly tokenHash: string | undefined
  readonly tokenFrom: GrantView['tokenFrom']
}

const kind = { grant: 'grant', fileToken: 'grant-file-token', revoked: 'grant-revoked', lifetime: 'grant-lifetime' }

export class Grants {
  readonly #clock: Clock
  readonly #rows: Rows
  readonly #random: (bytes: number) => Uint8Array
  readonly #byName = new Map<string, Entry>()
  #byHash = new Map<string, Entry>()
  /** Hashes of tokens that were taken back, so that the log can tell them from unknown ones. */
  readonly #revoked = new Set<string>()
  /** Tokens minted for grants that the file declares without one. */
  readonly #fileTokens = new Map<string, string>()
  readonly #lifetimes = new Map<string, { text: string; sinceMs: number }>()
  #last: Promise<unknown> = Promise.resolve()

  private constructor(deps: { clock: Clock; rows: Rows; random: (bytes: number) => Uint8Array }) {
    this.#clock = deps.clock
    this.#rows = deps.rows
    this.#random = deps.random
  }

  /** Reads the durable grants. Throws a Fault when a row is damaged or the store does not answer. */
  static async open(deps: { clock: Clock; rows: Rows; random: (bytes: number) => Uint8Array }): Promise<Grants> {
    const grants = new Grants(deps)
    for (const { name } of await deps.rows.all(kind.revoked)) grants.#revoked.add(name)
    for (const { name, value } of await deps.rows.all(kind.fileToken))
      if (typeof value['tokenHash'] === 'string') grants.#fileTokens.set(name, value['tokenHash'])
    for (const { name, value } of await deps.rows.all(kind.lifetime))
      if (typeof value['text'] === 'string' && typeof value['sinceMs'] === 'number')
        grants.#lifetimes.set(name, { text: value['text'], sinceMs: value['sinceMs'] })
    for (const { name, value } of await deps.rows.all(kind.grant)) {
      const { grant, tokenHash } = readGrant(name, value)
      grants.#set({ grant, tokenHash, tokenFrom: 'minted' })
    }
    return grants
  }

  /**
   * The grant a token belongs to. Refuses with ERR_AUTH_UNKNOWN_TOKEN, ERR_AUTH_REVOKED or ERR_AUTH_EXPIRED: three
   * codes for the log, one public answer (401, same words).
   */
  find(token: string): Result<Grant> {
    if (token.length > limits.tokenCharsMax) return refused('ERR_AUTH_UNKNOWN_TOKEN')
    const hash = hashToken(token)
    if (this.#revoked.has(hash)) return refused('ERR_AUTH_REVOKED')
    const entry = this.#byHash.get(hash)
    if (entry === undefined) return refused('ERR_AUTH_UNKNOWN_TOKEN')
    return this.#isExpired(entry.grant) ? refused('ERR_AUTH_EXPIRED') : accepted(entry.grant)
  }

  /** Every grant, by name. */
  list(): readonly GrantView[] {
    return [...this.#byName.values()]
      .map(entry => this.#view(entry))
      .sort((left, right) => (left.grant.name < right.grant.name ? -1 : 1))
  }

  get(name: string): GrantView | undefined {
    const entry = this.#byName.get(name)
    return entry === undefined ? undefined : this.#view(entry)
  }

  /** A new grant and its token, shown this once. Refuses a name in use (ERR_GRANT_EXISTS). */
  create(terms: GrantTerms): Promise<Result<{ grant: Grant; token: string }>> {
    return this.#inTurn(async () => {
      if (this.#byName.has(terms.name)) return refused('ERR_GRANT_EXISTS', { name: terms.name })
      const id = `gr_${Buffer.from(this.#random(12)).toString('base64url')}`
      return await this.#mint({ ...terms, id, managedBy: 'api' })
    })
  }

  /** A first token for a grant that the file declares without one (ERR_GRANT_EXISTS when it has a token already). */
  mintDeclared(name: string): Promise<Result<{ grant: Grant; token: string }>> {
    return this.#inTurn(async () => {
      const entry = this.#byName.get(name)
      if (entry === undefined) return refused('ERR_GRANT_UNKNOWN', { name })
      if (entry.tokenFrom !== 'none') return refused('ERR_GRANT_EXISTS', { name })
      return await this.#mint(entry.grant)
    })
  }

  /** Takes the old token back and returns a new one. Refuses a grant whose token the environment holds. */
  rotate(name: string): Promise<Result<{ grant: Grant; token: string }>> {
    return this.#inTurn(async () => {
      const entry = this.#byName.get(name)
      if (entry === undefined) return refused('ERR_GRANT_UNKNOWN', { name })
      if (entry.tokenFrom === 'environment')
        return refused('ERR_GRANT_MANAGED_BY_FILE', { name, what: 'change the token of' })
      if (entry.tokenHash !== undefined) await this.#takeBack(entry.tokenHash, name)
      return await this.#mint(entry.grant)
    })
  }

  /**
   * Takes the token back for good, from the next call on. A grant of the file stays declared; its token is refused
   * even when the environment still holds it.
   */
  revoke(name: string): Promise<Result<Grant>> {
    return this.#inTurn(async () => {
      const entry = this.#byName.get(name)
      if (entry === undefined) return refused('ERR_GRANT_UNKNOWN', { name })
      if (entry.tokenHash !== undefined) await this.#takeBack(entry.tokenHash, name)
      if (entry.grant.managedBy === 'file') {
        if (entry.tokenFrom === 'minted') {
          await this.#rows.remove(kind.fileToken, name)
          this.#fileTokens.delete(name)
          this.#set({ grant: entry.grant, tokenHash: undefined, tokenFrom: 'none' })
        }
        return accepted(entry.grant)
      }
      await this.#rows.remove(kind.grant, name)
      this.#drop(name)
      return accepted(entry.grant)
    })
  }

  /**
   * Puts the grants of the file in force, all at once; grants of the API are kept. Returns names that the API had
   * taken: there the file wins, and the API's token stops working.
   */
  replaceFileGrants(declared: readonly FileGrant[]): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const entries: Entry[] = []
      for (const terms of declared) entries.push(await this.#declare(terms))
      const shadowed: string[] = []
      for (const [name, entry] of this.#byName) if (entry.grant.managedBy === 'file') this.#byName.delete(name)
      for (const entry of entries) {
        if (this.#byName.has(entry.grant.name)) shadowed.push(entry.grant.name)
        this.#byName.set(entry.grant.name, entry)
      }
      // One assignment: a call sees the old grants or the new ones, never a mixture.
      this.#byHash = new Map(
        [...this.#byName.values()].flatMap(entry => (entry.tokenHash ? [[entry.tokenHash, entry]] : [])),
      )
      return shadowed
    })
  }

  async #declare(terms: FileGrant): Promise<Entry> {
    const { token, lifetime, ...rest } = terms
    // Another principal under an old name is another grant: handles and pooled sessions of the first must not open.
    const id = `gf_${sha256Hex(JSON.stringify([terms.name, terms.principal.id])).slice(0, 16)}`
    const endsAtMs = lifetime === undefined ? undefined : (await this.#since(terms.name, lifetime.text)) + lifetime.ms
    const grant: Grant = {
      ...rest,
      id,
      managedBy: 'file',
      ...(endsAtMs === undefined ? {} : { expiresAtMs: endsAtMs }),
    }
    if (token !== undefined) return { grant, tokenHash: hashToken(token), tokenFrom: 'environment' }
    const minted = this.#fileTokens.get(terms.name)
    return { grant, tokenHash: minted, tokenFrom: minted === undefined ? 'none' : 'minted' }
  }

  /** When this lifetime was first declared; a changed one starts again. */
  async #since(name: string, text: string): Promise<number> {
    const known = this.#lifetimes.get(name)
    if (known !== undefined && known.text === text) return known.sinceMs
    const sinceMs = this.#clock.wallMs()
    await this.#rows.put(kind.lifetime, name, { text, sinceMs })
    this.#lifetimes.set(name, { text, sinceMs })
    return sinceMs
  }

  async #mint(grant: Grant): Promise<Result<{ grant: Grant; token: string }>> {
    const token = mintToken(this.#random)
    const tokenHash = hashToken(token)
    if (grant.managedBy === 'file') {
      await this.#rows.put(kind.fileToken, grant.name, { tokenHash })
      this.#fileTokens.set(grant.name, tokenHash)
    } else await this.#rows.put(kind.grant, grant.name, writeGrant(grant, tokenHash))
    this.#set({ grant, tokenHash, tokenFrom: 'minted' })
    return accepted({ grant, token })
  }

  async #takeBack(tokenHash: string, grant: string): Promise<void> {
    // In memory first: a store that hangs must not keep a revoked token alive.
    this.#revoked.add(tokenHash)
    await this.#rows.put(kind.revoked, tokenHash, { grant, atMs: this.#clock.wallMs() })
  }

  #set(entry: Entry): void {
    this.#drop(entry.grant.name)
    this.#byName.set(entry.grant.name, entry)
    if (entry.tokenHash !== undefined) this.#byHash.set(entry.tokenHash, entry)
  }

  #drop(name: string): void {
    const old = this.#byName.get(name)
    this.#byName.delete(name)
    if (old?.tokenHash !== undefined) this.#byHash.delete(old.tokenHash)
  }

  #view(entry: Entry): GrantView {
    const { grant, tokenHash, tokenFrom } = entry
    const isRevoked = tokenHash !== undefined && this.#revoked.has(tokenHash)
    const state = isRevoked
      ? 'revoked'
      : this.#isExpired(grant)
        ? 'expired'
        : tokenHash === undefined
          ? 'no token'
          : 'active'
    return { grant, hasToken: tokenHash !== undefined, tokenFrom, state }
  }

  #isExpired(grant: Grant): boolean {
    return grant.expiresAtMs !== undefined && this.#clock.wallMs() >= grant.expiresAtMs
  }

  /** Changes run one after another, so that two of them cannot both find a name free. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#last.then(change, change)
    this.#last = next.catch(() => undefined)
    return next
  }
}

/**
 * The one Bearer credential of an `Authorization` header. Refuses a missing header (ERR_AUTH_MISSING) and anything
 * that is not exactly one non-empty token (ERR_AUTH_MALFORMED). RFC 6750 section 2.1; the scheme is case-insensitive
 * (RFC 9110 section 11.1).
 */
export function readBearer(authorization: string | undefined): Result<string> {
  if (authorization === undefined) return refused('ERR_AUTH_MISSING')
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1]
  return token === undefined ? refused('ERR_AUTH_MALFORMED') : accepted(token)
}
