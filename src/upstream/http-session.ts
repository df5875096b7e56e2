/**
 * Sessions at a legacy HTTP server. A `ref` holds all that a request in the session needs (version and id), so that any
 * process can use it. Shared sessions are keyed by pool, declared capabilities and log level, and are never shared
 * between pools; idle ones are closed; a dead one is opened again once by the caller.
 */

import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { isLegacyVersion, type LegacyVersion } from '../wire/era.ts'
import type { HeaderList } from './headers.ts'
import type { HttpCall } from './http-call.ts'
import type { ClientDeclaration, UpstreamOutcome } from './upstream.ts'

/** One session as a request needs it. */
export interface Session {
  readonly ref: string
  readonly headers: HeaderList
  readonly inSession: boolean
  /** Requests running in it and listeners on it: a shared session in use is not closed. */
  users: number
  /** The calls running in it, where its own stream is read for them: a question there may belong to one of them. */
  calls: HttpCall[] | undefined
  /** A call was left unanswered: until then the server may still ask for it, and nobody else can be meant. */
  ambiguousUntilMs: number
}

/** The version header exists since 2025-06-18. */
function versionHeader(version: string): HeaderList {
  return version >= '2025-06-18' ? ['mcp-protocol-version', version] : []
}

/** The `ref` of a session id minted by a server; '' when it minted none. Refuses ids that are not visible ASCII. */
export function makeRef(version: LegacyVersion, sessionId: string | undefined): Result<string> {
  if (sessionId === undefined) return accepted('')
  if (!/^[\x21-\x7e]+$/.test(sessionId) || sessionId.length > limits.upstreamSessionIdCharsMax) {
    return refused('ERR_UPSTREAM_INVALID', { problem: 'its session id is not visible ASCII of bounded length' })
  }
  return accepted(`${version} ${sessionId}`)
}

/** The session a `ref` stands for; without one, requests only name the version. Refuses what `makeRef` did not make. */
export function readRef(server: string, ref: string, version: string): Result<Session> {
  if (ref === '') return accepted(session(ref, versionHeader(version), false))
  const space = ref.indexOf(' ')
  const named = ref.slice(0, space)
  const id = ref.slice(space + 1)
  if (!isLegacyVersion(named) || !/^[\x21-\x7e]+$/.test(id)) return refused('ERR_UPSTREAM_SESSION_GONE', { server })
  return accepted(session(ref, [...versionHeader(named), 'mcp-session-id', id], true))
}

function session(ref: string, headers: HeaderList, inSession: boolean): Session {
  return { ref, headers, inSession, users: 0, calls: undefined, ambiguousUntilMs: 0 }
}

/** A call of the session has ended. Unanswered, it makes questions ambiguous for as long as the server may work on it. */
export function leave(session: Session, call: HttpCall | undefined, outcome: UpstreamOutcome, nowMs: number): void {
  session.users--
  const { calls } = session
  if (calls === undefined || call === undefined) return
  const index = calls.indexOf(call)
  const last = index === -1 ? undefined : calls.pop()
  if (last !== undefined && last !== call) calls[index] = last
  if (outcome.kind === 'unknown') session.ambiguousUntilMs = nowMs + limits.upstreamGhostMs
}

/** No session: requests before there is one. */
export const noSession: Session = session('', [], false)

const capabilityKeys = new WeakMap<object, string>()

/** Who may share a session: equal pool, capabilities and log level. */
export function sessionKey(pool: string, client: ClientDeclaration, logLevel: string | undefined): string {
  let capabilities = capabilityKeys.get(client.capabilities)
  if (capabilities === undefined) {
    capabilities = JSON.stringify(client.capabilities)
    capabilityKeys.set(client.capabilities, capabilities)
  }
  return `${pool.length} ${pool} ${logLevel ?? ''} ${capabilities}`
}

interface Shared {
  readonly session: Promise<Result<Session>>
  /** The session once it is open: spares the hot path a promise. */
  open: Session | undefined
  usedMs: number
}

/** The shared sessions of one server. */
export class SharedSessions {
  readonly #clock: Clock
  readonly #open: (client: ClientDeclaration, logLevel: string | undefined) => Promise<Result<Session>>
  readonly #close: (session: Session) => Promise<unknown>
  readonly #byKey = new Map<string, Shared>()
  #cancelSweep: (() => void) | undefined

  constructor(
    clock: Clock,
    open: (client: ClientDeclaration, logLevel: string | undefined) => Promise<Result<Session>>,
    close: (session: Session) => Promise<unknown>,
  ) {
    this.#clock = clock
    this.#open = open
    this.#close = close
  }

  /** The session for this caller: at once if it is open, else the promise of its opening. */
  find(pool: string, client: ClientDeclaration, logLevel: string | undefined): Session | Promise<Result<Session>> {
    const key = sessionKey(pool, client, logLevel)
    const known = this.#byKey.get(key)
    const shared = known ?? this.#start(key, client, logLevel)
    shared.usedMs = this.#clock.steadyMs()
    return shared.open ?? shared.session
  }

  /** Forgets a dead session, unless it was replaced already. */
  drop(session: Session): void {
    for (const [key, shared] of this.#byKey) if (shared.open === session) this.#byKey.delete(key)
  }

  /** Closes every session; waits for the server only briefly. */
  async stop(): Promise<void> {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    const closing = [...this.#byKey.values()].map(shared => this.#end(shared))
    this.#byKey.clear()
    if (closing.length === 0) return
    const waited = new Promise<void>(resolve => this.#clock.timer(limits.upstreamLingerMs, resolve))
    await Promise.race([Promise.all(closing), waited])
  }

  #start(key: string, client: ClientDeclaration, logLevel: string | undefined): Shared {
    const session = this.#open(client, logLevel)
    const shared: Shared = { session, open: undefined, usedMs: 0 }
    this.#byKey.set(key, shared)
    void session.then(opened => {
      if (opened.ok) shared.open = opened.value
      else if (this.#byKey.get(key) === shared) this.#byKey.delete(key)
    })
    if (this.#byKey.size > limits.upstreamSessionsMax) this.#evict()
    this.#cancelSweep ??= this.#clock.timer(limits.upstreamSessionIdleMs / 2, () => this.#sweep())
    return shared
  }

  #evict(): void {
    let oldest: [string, Shared] | undefined
    for (const entry of this.#byKey) {
      const isFree = entry[1].open?.users === 0
      if (isFree && (oldest === undefined || entry[1].usedMs < oldest[1].usedMs)) oldest = entry
    }
    if (oldest === undefined) return
    this.#byKey.delete(oldest[0])
    void this.#end(oldest[1])
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const idleSinceMs = this.#clock.steadyMs() - limits.upstreamSessionIdleMs
    for (const [key, shared] of this.#byKey) {
      if (shared.usedMs > idleSinceMs || shared.open?.users !== 0) continue
      this.#byKey.delete(key)
      void this.#end(shared)
    }
    if (this.#byKey.size > 0) {
      this.#cancelSweep = this.#clock.timer(limits.upstreamSessionIdleMs / 2, () => this.#sweep())
    }
  }

  async #end(shared: Shared): Promise<void> {
    const opened = await shared.session
    if (opened.ok && opened.value.inSession) await this.#close(opened.value)
  }
}
