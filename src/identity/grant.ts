/** What a grant is: a bearer credential of one principal, attached to servers with one policy each. */

/** Who acts. `id` is what records and limits are kept by. */
export interface Caller {
  readonly id: string
  /** `person`, `agent` or `service`; `agent` when nobody says otherwise. */
  readonly kind: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
}

export interface Grant {
  /** Never given to another principal: sealed handles and pooled upstream sessions are bound to it. */
  readonly id: string
  readonly name: string
  readonly principal: Caller
  readonly labels: Readonly<Record<string, string>>
  /** Server name to policy name. `undefined` is no policy: everything on that server is denied. */
  readonly servers: ReadonlyMap<string, string | undefined>
  /** Wall-clock milliseconds; absent: does not expire. */
  readonly expiresAtMs?: number
  readonly managedBy: 'file' | 'api'
}

/** What is said when a grant is declared or created; the rest is derived. */
export interface GrantTerms {
  readonly name: string
  readonly principal: Caller
  readonly labels: Readonly<Record<string, string>>
  readonly servers: ReadonlyMap<string, string | undefined>
  readonly expiresAtMs?: number
}

/** A grant as it is shown: without any form of its token. */
export interface GrantView {
  readonly grant: Grant
  /** False: declared in the file without a token, and none was minted yet. */
  readonly hasToken: boolean
  /** Where the token comes from: minted here, or from the environment variable the file names. */
  readonly tokenFrom: 'minted' | 'environment' | 'none'
  readonly state: 'active' | 'expired' | 'revoked' | 'no token'
}
