/**
 * A server over HTTP, of any era: streamable HTTP modern (stateless) and legacy (sessions), and the old HTTP+SSE where
 * a server has nothing else. Decides the era once, keeps it, asks again after a failure that may have changed it.
 */
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { newCounters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import { resolveBySystem } from './egress.ts'
import { appendMirrored } from './headers.ts'
import { LegacyCalls } from './http-legacy.ts'
import { HttpLink, modernHeaders } from './http-link.ts'
import { HttpListeners } from './http-listen.ts'
import { type Probed, probeHttp } from './http-opening.ts'
import { HttpOrigin, type Target } from './http-origin.ts'
import { sessionKey } from './http-session.ts'
import { isServerTrouble, refusedOutcome } from './outcome.ts'
import { Redactor, secretsOfHeader } from './redaction.ts'
import { SseConnections } from './sse-connection.ts'
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
interface Known extends Probed {
  readonly untilMs: number
}

/** Refusals after which the server may be another one than before. */
const doubting: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_UNREACHABLE',
  'ERR_UPSTREAM_REFUSED',
  'ERR_UPSTREAM_INVALID',
  'ERR_UPSTREAM_VERSION',
])

export class HttpUpstream implements Upstream {
  readonly entry: HttpEntry
  readonly #deps: UpstreamDeps
  readonly #link: HttpLink
  readonly #deadlines: Deadlines
  readonly #self: ClientDeclaration
  readonly #legacy: LegacyCalls
  readonly #connections: SseConnections
  readonly #listeners: HttpListeners
  readonly #counters: UpstreamCounters = newCounters()
  #known: Known | undefined
  #probing: Promise<Result<Known>> | undefined
  #lastError: string | undefined
  #stopped = false

  constructor(entry: HttpEntry, target: Target, deps: UpstreamDeps) {
    this.entry = entry
    this.#deps = deps
    this.#deadlines = new Deadlines(deps.clock)
    this.#self = { capabilities: {}, clientInfo: { name: deps.name, version: deps.version } }
    this.#listeners = new HttpListeners(deps.clock)
    this.#link = this.#connect(target)
    this.#connections = new SseConnections(this.#link, deps.clock)
    this.#legacy = new LegacyCalls({
      link: this.#link,
      clock: deps.clock,
      self: this.#self,
      listeners: this.#listeners,
      version: () => this.#known?.identity.protocolVersion,
      onFailure: refusal => this.#failed(refusal),
      onOutcome: outcome => this.#notice(outcome),
    })
  }

  async identity(): Promise<Result<UpstreamIdentity>> {
    const known = this.#current() ?? (await this.#learn())
    if (!('ok' in known)) return accepted(known.identity)
    return known.ok ? accepted(known.value.identity) : known
  }

  async openSession(client: ClientDeclaration): Promise<Result<UpstreamSession>> {
    const known = await this.#learn()
    if (!known.ok) return known
    const { identity, transport } = known.value
    if (identity.era === 'modern' || transport === 'sse') return accepted({ ref: '', identity })
    const opened = await this.#legacy.open(client)
    return opened.ok ? accepted({ ref: opened.value.session.ref, identity: opened.value.identity }) : opened
  }

  closeSession(ref: string): Promise<void> {
    return this.#legacy.close(ref)
  }

  send(request: UpstreamRequest): Promise<UpstreamOutcome> {
    const known = this.#current()
    if (known !== undefined) return this.#sendTo(known, request)
    return this.#learn().then(learned =>
      learned.ok ? this.#sendTo(learned.value, request) : refusedOutcome(learned.refusal),
    )
  }

  async notify(method: string, params: JsonObject, session?: string): Promise<void> {
    const known = this.#current()
    // 2026-07-28 has no notification from a client over HTTP
    if (known === undefined || known.identity.era === 'modern' || session === undefined) return
    await this.#legacy.notify(method, params, session, known.identity)
  }

  async listen(options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    const known = await this.#learn()
    if (!known.ok) return known
    const { identity, transport } = known.value
    if (identity.era === 'modern') return this.#listeners.listenModern(this.#link, options)
    if (transport === 'sse') return this.#listenSse(options)
    return this.#legacy.listen(identity, options)
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
    this.#connections.stop()
    await this.#legacy.stop()
    await this.#link.origin.stop()
    this.#deadlines.stop()
  }

  #connect(target: Target): HttpLink {
    const { clock, name, version, resolve = resolveBySystem } = this.#deps
    const secrets = this.entry.secrets ?? Object.values(this.entry.headers)
    return new HttpLink(this.entry.name, {
      origin: new HttpOrigin(this.entry, target, this.#deadlines, resolve, `${name}/${version}`),
      clock,
      deadlines: this.#deadlines,
      counters: this.#counters,
      redactor: new Redactor(secrets.flatMap(secretsOfHeader)),
      broadcast: (ref, method, params) => this.#listeners.broadcast(ref, method, params),
    })
  }

  #current(): Known | undefined {
    const known = this.#known
    if (known !== undefined && known.untilMs <= this.#deadlines.nowMs()) this.#refresh(known)
    return known
  }

  /** What is known is old: it is used on while it is asked for again, and kept when the answer is a failure. */
  #refresh(known: Known): void {
    this.#known = { ...known, untilMs: this.#deadlines.nowMs() + limits.upstreamProbeMs }
    this.#probing ??= probeHttp(this.#link, this.#self, this.#connections)
      .then(probed => (probed.ok ? accepted(this.#keep(probed.value)) : probed))
      .finally(() => {
        this.#probing = undefined
      })
  }

  #keep(probed: Probed): Known {
    this.#known = { ...probed, untilMs: this.#deadlines.nowMs() + limits.upstreamIdentityMs }
    return this.#known
  }

  /** What is known, or one probe at a time. Never rejects. */
  #learn(): Promise<Result<Known>> {
    const known = this.#current()
    if (known !== undefined) return Promise.resolve(accepted(known))
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async #probe(): Promise<Result<Known>> {
    if (this.#stopped) return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
    const probed = await probeHttp(this.#link, this.#self, this.#connections)
    if (!probed.ok) return this.#failed(probed.refusal)
    this.#lastError = undefined
    return accepted(this.#keep(probed.value))
  }

  #sendTo(known: Known, request: UpstreamRequest): Promise<UpstreamOutcome> {
    if (this.#stopped) {
      return Promise.resolve(refusedOutcome(refuse('ERR_UPSTREAM_STOPPED', { server: this.entry.name })))
    }
    if (known.identity.era === 'modern') return this.#sendModern(request)
    if (known.transport === 'sse') return this.#sendSse(request)
    return this.#legacy.send(known.identity, request)
  }

  #sendModern(request: UpstreamRequest): Promise<UpstreamOutcome> {
    const headers = modernHeaders(request.method)
    const refusal = appendMirrored(headers, this.entry.name, request.mcpName, request.mcpParams)
    if (refusal !== undefined) return Promise.resolve(refusedOutcome(refusal))
    return new Promise(resolve => {
      this.#link.run(request, 'modern', headers, undefined, outcome => {
        this.#notice(outcome)
        resolve(outcome)
      })
    })
  }

  async #sendSse(request: UpstreamRequest): Promise<UpstreamOutcome> {
    const key = sessionKey(request.pool, request.client, request.logLevel)
    const opened = await this.#connections.find(key, this.#anonymous(request.client))
    if (!opened.ok) return refusedOutcome(this.#failed(opened.refusal).refusal)
    const outcome = await opened.value.channel.call(request)
    this.#notice(outcome)
    return outcome
  }

  async #listenSse(options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    const key = sessionKey(options.pool, options.client, undefined)
    const opened = await this.#connections.find(key, this.#anonymous(options.client))
    if (!opened.ok) return this.#failed(opened.refusal)
    const { channel, listeners, identity } = opened.value
    return listeners.add(() => channel, identity, options)
  }

  /** What is shared speaks in the gateway's own name. */
  #anonymous(client: ClientDeclaration): ClientDeclaration {
    return { capabilities: client.capabilities, clientInfo: this.#self.clientInfo }
  }

  #failed(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
    this.#known = undefined
    this.#lastError = refusal.message
    return { ok: false, refusal }
  }

  /** Keeps the state honest after a call, and forgets the era where the failure may mean that it changed. */
  #notice(outcome: UpstreamOutcome): void {
    if (outcome.kind === 'result') this.#lastError = undefined
    else if (outcome.kind === 'error') {
      // header mismatch, unsupported version: words of a modern server to one that took it for something else
      if (outcome.error.code === -32020 || outcome.error.code === -32022) this.#known = undefined
    } else if (isServerTrouble(outcome.refusal)) {
      this.#lastError = outcome.refusal.message
      if (doubting.has(outcome.refusal.code)) this.#known = undefined
    }
  }
}
