/**
 * Calls to a legacy server over streamable HTTP: in the client's own session, or in one shared by callers of equal pool,
 * capabilities and log level. A shared session that died is opened again once, because a call refused with it was
 * certainly not executed; a client's own session is never replaced behind its back.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Refusal, type Result } from '../errors.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { HttpCall } from './http-call.ts'
import type { HttpLink } from './http-link.ts'
import type { HttpListeners } from './http-listen.ts'
import { type Opened, openSession } from './http-opening.ts'
import { leave, readRef, type Session, SharedSessions } from './http-session.ts'
import { notificationText } from './message.ts'
import { refusedOutcome } from './outcome.ts'
import { answersQuestions } from './question.ts'
import type {
  ClientDeclaration,
  ListenOptions,
  UpstreamIdentity,
  UpstreamOutcome,
  UpstreamRequest,
} from './upstream.ts'

/** What the calls need of their server. */
export interface LegacyParts {
  readonly link: HttpLink
  readonly clock: Clock
  /** In whose name shared sessions speak. */
  readonly self: ClientDeclaration
  readonly listeners: HttpListeners
  /** The protocol version the server negotiated, once known. */
  readonly version: () => string | undefined
  /** A session could not be opened. */
  readonly onFailure: (refusal: Refusal) => void
  /** A call has ended. */
  readonly onOutcome: (outcome: UpstreamOutcome) => void
}

export class LegacyCalls {
  readonly #parts: LegacyParts
  readonly #sessions: SharedSessions

  constructor(parts: LegacyParts) {
    this.#parts = parts
    this.#sessions = new SharedSessions(
      parts.clock,
      (client, logLevel) => this.#openShared(client, logLevel),
      session => this.#end(session),
    )
  }

  /** Opens a session of one client. Never rejects. */
  async open(client: ClientDeclaration, logLevel?: string): Promise<Result<Opened>> {
    const { link, self, version, onFailure } = this.#parts
    const opened = await openSession(link, client, self, logLevel, version())
    if (!opened.ok) onFailure(opened.refusal)
    return opened
  }

  /** Ends a session of one client. */
  async close(ref: string): Promise<void> {
    const session = readRef(this.#parts.link.server, ref, '')
    if (session.ok && session.value.inSession) await this.#end(session.value)
  }

  send(identity: UpstreamIdentity, request: UpstreamRequest): Promise<UpstreamOutcome> {
    const session =
      request.session === undefined
        ? this.#sessions.find(request.pool, request.client, request.logLevel)
        : readRef(this.#parts.link.server, request.session, identity.protocolVersion)
    if ('ref' in session) return this.#sendIn(session, request, true)
    if ('ok' in session) return this.#sendInFound(session, request)
    return session.then(found => this.#sendInFound(found, request))
  }

  /** Tells a client's own session something; what is shared must not hear of one client. */
  async notify(method: string, params: JsonObject, ref: string, identity: UpstreamIdentity): Promise<void> {
    const session = readRef(this.#parts.link.server, ref, identity.protocolVersion)
    if (!session.ok || !session.value.inSession) return
    await this.#parts.link.post(notificationText(method, params), session.value.headers)
  }

  async listen(identity: UpstreamIdentity, options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    const { link, listeners } = this.#parts
    const session = await this.#sessionOf(identity, options)
    return session.ok ? listeners.listenLegacy(link, session.value, identity, options) : session
  }

  stop(): Promise<void> {
    return this.#sessions.stop()
  }

  #sendInFound(found: Result<Session>, request: UpstreamRequest): Promise<UpstreamOutcome> {
    if (!found.ok) return Promise.resolve(refusedOutcome(found.refusal))
    return this.#sendIn(found.value, request, request.session === undefined)
  }

  #sendIn(session: Session, request: UpstreamRequest, mayRenew: boolean): Promise<UpstreamOutcome> {
    const { link, onOutcome } = this.#parts
    return new Promise(resolve => {
      session.users++
      let call: HttpCall | undefined
      call = link.run(request, 'legacy', session.headers, session, outcome => {
        leave(session, call, outcome, link.deadlines.nowMs())
        const isGone = outcome.kind === 'refused' && outcome.refusal.code === 'ERR_UPSTREAM_SESSION_GONE'
        if (isGone && mayRenew) resolve(this.#sendAgain(session, request))
        else {
          onOutcome(outcome)
          resolve(outcome)
        }
      })
      if (!call.isSettled) session.calls?.push(call)
    })
  }

  async #sendAgain(dead: Session, request: UpstreamRequest): Promise<UpstreamOutcome> {
    this.#sessions.drop(dead)
    this.#parts.listeners.close(dead.ref)
    const found = await this.#sessions.find(request.pool, request.client, request.logLevel)
    if ('ref' in found) return this.#sendIn(found, request, false)
    return found.ok ? this.#sendIn(found.value, request, false) : refusedOutcome(found.refusal)
  }

  async #sessionOf(identity: UpstreamIdentity, options: ListenOptions): Promise<Result<Session>> {
    if (options.session !== undefined) {
      return readRef(this.#parts.link.server, options.session, identity.protocolVersion)
    }
    const found = await this.#sessions.find(options.pool, options.client, undefined)
    return 'ref' in found ? accepted(found) : found
  }

  async #openShared(client: ClientDeclaration, logLevel: string | undefined): Promise<Result<Session>> {
    const { link, self, listeners } = this.#parts
    const opened = await this.open({ capabilities: client.capabilities, clientInfo: self.clientInfo }, logLevel)
    if (!opened.ok) return opened
    const { session, identity } = opened.value
    if (session.inSession && (logLevel !== undefined || answersQuestions(client.capabilities))) {
      await listeners.keep(link, session, identity)
    }
    return accepted(session)
  }

  #end(session: Session): Promise<unknown> {
    this.#parts.listeners.close(session.ref)
    return this.#parts.link.end(session)
  }
}
