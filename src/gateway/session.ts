/**
 * Legacy sessions (MCP ≤ 2025-11-25) without a session table: everything a node must know is sealed into the session
 * id, so any node with the key serves any request and a restart loses none. The id authenticates nobody: it opens only
 * for the grant and the door it was made for, and every other use is answered like an unknown id.
 *
 * What a sealed id cannot do is be forgotten: a session ended by DELETE is remembered as dead by this node, and its
 * upstream sessions are ended, which kills it on every other node.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ClientDeclaration } from '../upstream/upstream.ts'
import type { LegacyVersion } from '../wire/era.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { Seal } from './seal.ts'

export interface LegacySession {
  /** Random name of the session: keys of node-local state, never shown. */
  readonly key: string
  readonly grant: string
  readonly door: string
  readonly version: LegacyVersion
  readonly client: ClientDeclaration
  /** Upstream session handles by server name. */
  readonly upstream: Readonly<Record<string, string>>
  readonly createdMs: number
}

export class Sessions {
  readonly #seal: Seal
  readonly #clock: Clock
  readonly #ended = new Set<string>()
  readonly #opened = new Map<string, LegacySession>()

  constructor(seal: Seal, clock: Clock) {
    this.#seal = seal
    this.#clock = clock
  }

  /** The id of a new session, or a refusal when client and servers have more to say than an id can carry. */
  create(session: Omit<LegacySession, 'createdMs'>): Result<string> {
    const { capabilities, clientInfo } = session.client
    const declared = JSON.stringify(capabilities).length + JSON.stringify(clientInfo).length
    if (declared > limits.sessionDeclarationBytesMax) {
      return refused('ERR_SESSION_TOO_LARGE', { max: limits.sessionDeclarationBytesMax })
    }
    const { key, grant, door, version, upstream } = session
    const value: JsonObject = { k: key, g: grant, d: door, v: version, c: capabilities, i: clientInfo, u: upstream }
    const id = this.#seal.seal({ ...value, t: this.#clock.wallMs() }, 'session')
    // what is longer could be made, and never be opened again
    if (id.length > limits.sealedSessionCharsMax) {
      return refused('ERR_SESSION_TOO_LARGE', { max: limits.sealedSessionCharsMax })
    }
    return accepted(id)
  }

  /** The session behind an id presented by `grant` at `door`. */
  open(id: string, grant: string, door: string): Result<LegacySession> {
    const session = this.#read(id)
    const isAlive =
      session !== undefined &&
      session.grant === grant &&
      session.door === door &&
      !this.#ended.has(session.key) &&
      this.#clock.wallMs() - session.createdMs < limits.sessionMs
    return isAlive ? accepted(session) : refused('ERR_SESSION_UNKNOWN')
  }

  /** Makes the session's id unusable on this node. */
  end(session: LegacySession): void {
    if (this.#ended.size >= limits.sessionTombstonesMax) dropOldest(this.#ended)
    this.#ended.add(session.key)
  }

  #read(id: string): LegacySession | undefined {
    const known = this.#opened.get(id)
    if (known !== undefined) return known
    const value = this.#seal.open(id, 'session')
    if (value === undefined) return undefined
    const session = fromSealed(value)
    if (this.#opened.size >= limits.sessionsOpenedMax) dropOldest(this.#opened)
    this.#opened.set(id, session)
    return session
  }
}

function dropOldest(table: Set<string> | Map<string, unknown>): void {
  const [oldest] = table.keys()
  if (oldest !== undefined) table.delete(oldest)
}

/** Trusts the shape: only `create` seals values for this purpose. */
function fromSealed(value: JsonObject): LegacySession {
  const object = (member: unknown): JsonObject => (isJsonObject(member) ? member : {})
  return {
    key: String(value['k']),
    grant: String(value['g']),
    door: String(value['d']),
    version: value['v'] as LegacyVersion,
    client: { capabilities: object(value['c']), clientInfo: object(value['i']) },
    upstream: object(value['u']) as Record<string, string>,
    createdMs: Number(value['t']),
  }
}
