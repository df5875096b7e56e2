/**
 * A server over HTTP, of any era: streamable HTTP modern (stateless) and legacy (sessions), and the old HTTP+SSE where
 * a server has nothing else. Decides the era once, keeps it, asks again after a failure that may have changed it.
 */
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { isLegacyVersion, type LegacyVersion } from '../wire/era.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { Deadlines } from './deadlines.ts'
import { resolveBySystem } from './egress.ts'
import { appendMirrored } from './headers.ts'
import { HttpLink, modernHeaders } from './http-link.ts'
import { HttpListeners } from './http-listen.ts'
import { HttpOrigin, readEntry } from './http-origin.ts'
import { makeRef, readRef, type Session, SharedSessions } from './http-session.ts'
import { notificationText } from './message.ts'
import { initializeParams, judgeDiscover, readInitialized } from './opening.ts'
import { isServerTrouble, refusedOutcome } from './outcome.ts'
import { ownRequest } from './own-request.ts'
import { Redactor, secretsOfHeader } from './redaction.ts'
import type {
  ClientDeclaration,
  HttpEntry,
  ListenOptions,
  Upstream,
  UpstreamCounters,
  UpstreamDeps,
  UpstreamIdentity,
  UpstreamOutcome,
  UpstreamRequest,
  UpstreamSession,
  UpstreamStatus,
} from './upstream.ts'

/** What is known of the server, until when. */
interface Known {
  readonly identity: UpstreamIdentity
  readonly untilMs: number
}

/** A session that was just opened, and what the server said. */
interface Opened {
  readonly session: Session
  readonly identity: UpstreamIdentity
}

export class HttpUpstream implements Upstream {
  readonly entry: HttpEntry
  readonly #deps: UpstreamDeps
  readonly #link: Result<HttpLink>
  readonly #deadlines: Deadlines
  readonly #self: ClientDeclaration
  readonly #sessions: SharedSessions
  readonly #listeners: HttpListeners
  readonly #counters: UpstreamCounters = {
    strayAnswers: 0,
    droppedNotifications: 0,
    refusedQuestions: 0,
    junk: 0,
    redactions: 0,
  }
  #known: Known | undefined
  #probing: Promise<Result<UpstreamIdentity>> | undefined
  #lastError: string | undefined
  #stopped = false

  constructor(entry: HttpEntry, deps: UpstreamDeps) {
    this.entry = entry
    this.#deps = deps
    this.#deadlines = new Deadlines(deps.clock)
    this.#self = { capabilities: {}, clientInfo: { name: deps.name, version: deps.version } }
    this.#listeners = new HttpListeners(deps.clock)
    this.#link = this.#connect()
    this.#sessions = new SharedSessions(
      deps.clock,
      async (client, logLevel) => {
        const opened = await this.#open({ ...client, clientInfo: this.#self.clientInfo }, logLevel)
        return opened.ok ? accepted(opened.value.session) : opened
      },
      session => {
        if (this.#link.ok) void this.#link.value.end(session)
      },
    )
  }

  identity(): Promise<Result<UpstreamIdentity>> {
    const known = this.#current()
    if (known !== undefined) return Promise.resolve(accepted(known.identity))
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async openSession(client: ClientDeclaration): Promise<Result<UpstreamSession>> {
    const identity = await this.identity()
    if (!identity.ok) return identity
    if (identity.value.era === 'modern') return accepted({ ref: '', identity: identity.value })
    const opened = await this.#open(client, undefined)
    if (!opened.ok) return opened
    return accepted({ ref: opened.value.session.ref, identity: opened.value.identity })
  }

  async closeSession(ref: string): Promise<void> {
    if (ref === '' || !this.#link.ok) return
    const session = readRef(this.entry.name, ref, '')
    if (session.ok) await this.#link.value.end(session.value)
  }

  send(request: UpstreamRequest): Promise<UpstreamOutcome> {
    const known = this.#current()
    if (known !== undefined) return this.#sendTo(known.identity, request)
    return this.identity().then(identity =>
      identity.ok ? this.#sendTo(identity.value, request) : refusedOutcome(identity.refusal),
    )
  }

  async notify(method: string, params: JsonObject, session?: string): Promise<void> {
    const known = this.#current()
    // 2026-07-28 has no notification from a client over HTTP: closing the stream cancels
    if (known === undefined || known.identity.era === 'modern' || session === undefined || !this.#link.ok) return
    const read = readRef(this.entry.name, session, known.identity.protocolVersion)
    if (read.ok) await this.#link.value.post(notificationText(method, params), read.value.headers)
  }

  async listen(options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    const identity = await this.identity()
    if (!identity.ok) return identity
    if (!this.#link.ok) return this.#link
    if (identity.value.era === 'modern') return this.#listeners.listenModern(this.#link.value, options)
    const session = await this.#sessionOf(identity.value, options)
    return session.ok ? this.#listeners.listenLegacy(this.#link.value, session.value, identity.value, options) : session
  }

  status(): UpstreamStatus {
    const known = this.#known
    const state = this.#lastError !== undefined ? 'failing' : known === undefined ? 'idle' : 'ready'
    return {
      state,
      ...(known === undefined ? {} : { era: known.identity.era }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      counters: { ...this.#counters },
    }
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#listeners.stop()
    this.#sessions.stop()
    if (this.#link.ok) await this.#link.value.origin.stop()
    this.#deadlines.stop()
  }

  #connect(): Result<HttpLink> {
    const target = readEntry(this.entry)
    if (!target.ok) return target
    const userAgent = `${this.#deps.name}/${this.#deps.version}`
    const resolve = this.#deps.resolve ?? resolveBySystem
    const origin = new HttpOrigin(this.entry, target.value, this.#deadlines, resolve, userAgent)
    const secrets = this.entry.secrets ?? Object.values(this.entry.headers)
    const redactor = new Redactor(secrets.flatMap(secretsOfHeader))
    const broadcast = (ref: string, method: string, params: JsonObject) =>
      this.#listeners.broadcast(ref, method, params)
    const parts = { origin, deadlines: this.#deadlines, counters: this.#counters, redactor, broadcast }
    return accepted(new HttpLink(this.entry.name, parts))
  }

  #current(): Known | undefined {
    const known = this.#known
    return known !== undefined && known.untilMs > this.#deps.clock.steadyMs() ? known : undefined
  }

  #sendTo(identity: UpstreamIdentity, request: UpstreamRequest): Promise<UpstreamOutcome> {
    if (this.#stopped)
      return Promise.resolve(refusedOutcome(refuse('ERR_UPSTREAM_STOPPED', { server: this.entry.name })))
    if (!this.#link.ok) return Promise.resolve(refusedOutcome(this.#link.refusal))
    if (identity.era === 'modern') return this.#sendModern(this.#link.value, request)
    const session =
      request.session === undefined
        ? this.#sessions.find(request.pool, request.client, request.logLevel)
        : readRef(this.entry.name, request.session, identity.protocolVersion)
    if ('ref' in session) return this.#sendIn(this.#link.value, session, request, true)
    if ('ok' in session) return this.#sendInFound(this.#link.value, session, request)
    const link = this.#link.value
    return session.then(found => this.#sendInFound(link, found, request))
  }

  #sendModern(link: HttpLink, request: UpstreamRequest): Promise<UpstreamOutcome> {
    const headers = modernHeaders(request.method)
    const refusal = appendMirrored(headers, this.entry.name, request.mcpName, request.mcpParams)
    if (refusal !== undefined) return Promise.resolve(refusedOutcome(refusal))
    return new Promise(resolve => {
      link.run(request, 'modern', headers, undefined, outcome => {
        this.#notice(outcome)
        resolve(outcome)
      })
    })
  }

  #sendInFound(link: HttpLink, found: Result<Session>, request: UpstreamRequest): Promise<UpstreamOutcome> {
    if (!found.ok) return Promise.resolve(refusedOutcome(found.refusal))
    return this.#sendIn(link, found.value, request, request.session === undefined)
  }

  #sendIn(link: HttpLink, session: Session, request: UpstreamRequest, mayRenew: boolean): Promise<UpstreamOutcome> {
    return new Promise(resolve => {
      session.users++
      link.run(request, 'legacy', session.headers, session, outcome => {
        session.users--
        const isGone = outcome.kind === 'refused' && outcome.refusal.code === 'ERR_UPSTREAM_SESSION_GONE'
        if (isGone && mayRenew) return resolve(this.#sendAgain(link, session, request))
        this.#notice(outcome)
        resolve(outcome)
      })
    })
  }

  /** A shared session was dead, so the request was certainly not executed: once more in a new one. */
  async #sendAgain(link: HttpLink, dead: Session, request: UpstreamRequest): Promise<UpstreamOutcome> {
    this.#sessions.drop(dead)
    const found = await this.#sessions.find(request.pool, request.client, request.logLevel)
    if ('ref' in found) return this.#sendIn(link, found, request, false)
    return found.ok ? this.#sendIn(link, found.value, request, false) : refusedOutcome(found.refusal)
  }

  async #sessionOf(identity: UpstreamIdentity, options: ListenOptions): Promise<Result<Session>> {
    if (options.session !== undefined) return readRef(this.entry.name, options.session, identity.protocolVersion)
    const found = await this.#sessions.find(options.pool, options.client, undefined)
    return 'ref' in found ? accepted(found) : found
  }

  /** Opens a session: initialize, initialized, and the log level where one is wanted. Never rejects. */
  async #open(client: ClientDeclaration, logLevel: string | undefined): Promise<Result<Opened>> {
    if (!this.#link.ok) return this.#link
    const link = this.#link.value
    const version = this.#known?.identity.protocolVersion
    const params = initializeParams(client, isLegacyVersion(version) ? version : undefined)
    const { outcome, sessionId } = await link.ask(ownRequest('initialize', params, client), 'legacy', [])
    if (outcome.kind !== 'result') return this.#failed(refusalOf(this.entry.name, outcome))
    const identity = readInitialized(this.entry.name, outcome.result)
    if (!identity.ok) return this.#failed(identity.refusal)
    const ref = makeRef(identity.value.protocolVersion as LegacyVersion, sessionId)
    const session = ref.ok ? readRef(this.entry.name, ref.value, identity.value.protocolVersion) : ref
    if (!session.ok) return this.#failed(session.refusal)
    await link.post(notificationText('notifications/initialized', {}), session.value.headers)
    if (logLevel !== undefined && identity.value.capabilities['logging'] !== undefined) {
      const request = ownRequest('logging/setLevel', { level: logLevel }, client)
      await link.ask(request, 'legacy', session.value.headers, session.value)
    }
    return accepted({ session: session.value, identity: identity.value })
  }

  async #probe(): Promise<Result<UpstreamIdentity>> {
    if (this.#stopped) return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
    if (!this.#link.ok) return this.#failed(this.#link.refusal)
    const link = this.#link.value
    const request = ownRequest('server/discover', {}, this.#self)
    const { outcome } = await link.ask(request, 'modern', modernHeaders('server/discover'))
    const discovered = judgeDiscover(this.entry.name, outcome)
    if (discovered.era === 'modern') return this.#learned(discovered.identity)
    if (discovered.era === 'undecided')
      return discovered.failure.ok ? discovered.failure : this.#failed(discovered.failure.refusal)
    const opened = await this.#open(this.#self, undefined)
    if (!opened.ok) return opened
    if (opened.value.session.inSession) void link.end(opened.value.session)
    return this.#learned(opened.value.identity)
  }

  #learned(identity: UpstreamIdentity): Result<UpstreamIdentity> {
    this.#known = { identity, untilMs: this.#deps.clock.steadyMs() + limits.upstreamIdentityMs }
    this.#lastError = undefined
    return accepted(identity)
  }

  #failed(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
    this.#known = undefined
    this.#lastError = refusal.message
    return { ok: false, refusal }
  }

  /** Keeps the state honest after a call, and forgets the era where the failure may mean that it changed. */
  #notice(outcome: UpstreamOutcome): void {
    if (outcome.kind === 'result') {
      if (this.#lastError !== undefined) this.#lastError = undefined
      return
    }
    if (outcome.kind === 'error') {
      if (outcome.error.code === -32020 || outcome.error.code === -32022) this.#known = undefined
      return
    }
    if (!isServerTrouble(outcome.refusal)) return
    this.#lastError = outcome.refusal.message
    if (doubting.has(outcome.refusal.code)) this.#known = undefined
  }
}

/** Refusals after which the server may be another one than before. */
const doubting: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_UNREACHABLE',
  'ERR_UPSTREAM_REFUSED',
  'ERR_UPSTREAM_INVALID',
  'ERR_UPSTREAM_VERSION',
])

function refusalOf(server: string, outcome: UpstreamOutcome & { kind: 'error' | 'refused' | 'unknown' }): Refusal {
  if (outcome.kind !== 'error') return outcome.refusal
  const problem = `it answered initialize with error ${outcome.error.code}`
  return refuse('ERR_UPSTREAM_INVALID', { server, problem })
}
