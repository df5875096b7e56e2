/**
 * Long-lived streams of this node: the GET stream of a legacy session and `subscriptions/listen` of modern clients.
 * Each hears only what it asked for, from servers of its own grant. The gateway adds one notification of its own: the
 * tool list changed, when a policy or a reviewed definition did.
 */
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'

/** Something that can take messages for one client. */
export interface Sink {
  readonly grant: string
  readonly servers: ReadonlySet<string>
  /** False once the credential the stream was opened with no longer reaches these servers. */
  readonly isLive: () => boolean
  /** Sends one message; a returned promise is back-pressure. */
  readonly send: (message: object) => void | Promise<void>
  /** The notification that tells this client that the tools changed, if it wants to know. */
  readonly toolsChanged: object | undefined
  /** Ends the stream in an orderly way. */
  readonly end: () => void
}

/** Resource subscriptions of one legacy session, by server and address. */
interface Subscriptions {
  readonly grant: string
  readonly byName: Map<string, AbortController>
}

export class Streams {
  readonly #clock: Clock
  readonly #sinks = new Set<Sink>()
  readonly #sessions = new Map<string, Sink>()
  readonly #subscriptions = new Map<string, Subscriptions>()
  #isSweeping = false
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#sinks.size
  }

  /** Adds a stream; nothing when the grant holds too many. The returned function removes it. */
  add(sink: Sink): (() => void) | undefined {
    let ofGrant = 0
    for (const other of this.#sinks) if (other.grant === sink.grant) ofGrant += 1
    if (ofGrant >= limits.streamsPerGrantMax) return undefined
    this.#sinks.add(sink)
    this.#sweepLater()
    if (this.#isOver) sink.end()
    return () => this.#sinks.delete(sink)
  }

  /** Makes a sink the stream of a legacy session; a later one takes its place. */
  attach(session: string, sink: Sink): void {
    this.#sessions.get(session)?.end()
    this.#sessions.set(session, sink)
  }

  detach(session: string, sink: Sink): void {
    if (this.#sessions.get(session) !== sink) return
    this.#sessions.delete(session)
  }

  /** The open stream of a legacy session on this node. */
  of(session: string): Sink | undefined {
    return this.#sessions.get(session)
  }

  /**
   * Remembers a resource subscription of a legacy session. A grant that holds too many loses first those of sessions
   * that have no stream to hear them on: clients go without saying so.
   */
  subscribe(session: string, grant: string, name: string, controller: AbortController): 'new' | 'known' | 'full' {
    if (this.#subscriptions.get(session)?.byName.has(name)) return 'known'
    for (const [other, held] of this.#subscriptions) {
      if (this.#subscribed(grant) < limits.subscriptionsPerGrantMax) break
      if (held.grant === grant && other !== session && !this.#sessions.has(other)) this.#unsubscribeAll(other)
    }
    if (this.#subscribed(grant) >= limits.subscriptionsPerGrantMax) return 'full'
    const own = this.#subscriptions.get(session) ?? { grant, byName: new Map<string, AbortController>() }
    own.byName.set(name, controller)
    this.#subscriptions.set(session, own)
    return 'new'
  }

  unsubscribe(session: string, name: string): void {
    const held = this.#subscriptions.get(session)
    held?.byName.get(name)?.abort()
    held?.byName.delete(name)
    if (held?.byName.size === 0) this.#subscriptions.delete(session)
  }

  /** Ends everything a session holds on this node. */
  endSession(session: string): void {
    this.#sessions.get(session)?.end()
    this.#sessions.delete(session)
    this.#unsubscribeAll(session)
  }

  #unsubscribeAll(session: string): void {
    for (const controller of this.#subscriptions.get(session)?.byName.values() ?? []) controller.abort()
    this.#subscriptions.delete(session)
  }

  #subscribed(grant: string): number {
    let count = 0
    for (const held of this.#subscriptions.values()) if (held.grant === grant) count += held.byName.size
    return count
  }

  /** Ends streams whose credential was taken back, has expired or lost a server. */
  sweep(): void {
    for (const sink of this.#sinks) if (!sink.isLive()) sink.end()
  }

  #sweepLater(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    this.#clock.timer(limits.streamKeepAliveMs, () => {
      this.#isSweeping = false
      this.sweep()
      if (this.#sinks.size > 0) this.#sweepLater()
    })
  }

  /** Tells every stream that hears of this server (or of any, without a name) that its tools changed. */
  announceTools(server?: string): void {
    this.sweep()
    for (const sink of this.#sinks) {
      if (sink.toolsChanged === undefined || (server !== undefined && !sink.servers.has(server))) continue
      void sink.send(sink.toolsChanged)
    }
  }

  /** Ends every stream: the gateway is stopping. */
  endAll(): void {
    this.#isOver = true
    for (const sink of this.#sinks) sink.end()
    for (const session of [...this.#subscriptions.keys()]) this.endSession(session)
  }
}
