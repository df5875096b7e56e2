/**
 * Long-lived streams of this node: the GET stream of a legacy session and `subscriptions/listen` of modern clients.
 * Each hears only what it asked for, from servers of its own grant. The gateway adds one notification of its own: the
 * tool list changed, when a policy or a reviewed definition did.
 */
import { limits } from '../limits.ts'

/** Something that can take messages for one client. */
export interface Sink {
  readonly grant: string
  readonly servers: ReadonlySet<string>
  /** Sends one message; a returned promise is back-pressure. */
  readonly send: (message: object) => void | Promise<void>
  /** The notification that tells this client that the tools changed, if it wants to know. */
  readonly toolsChanged: object | undefined
  /** Ends the stream in an orderly way. */
  readonly end: () => void
}

export class Streams {
  readonly #sinks = new Set<Sink>()
  readonly #sessions = new Map<string, Sink>()
  readonly #subscriptions = new Map<string, Map<string, AbortController>>()

  get size(): number {
    return this.#sinks.size
  }

  /** Adds a stream; false when the grant holds too many. The returned function removes it. */
  add(sink: Sink): (() => void) | undefined {
    let ofGrant = 0
    for (const other of this.#sinks) if (other.grant === sink.grant) ofGrant += 1
    if (ofGrant >= limits.streamsPerGrantMax) return undefined
    this.#sinks.add(sink)
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

  /** Remembers a resource subscription of a legacy session; false when it already exists. */
  subscribe(session: string, name: string, controller: AbortController): boolean {
    const ofSession = this.#subscriptions.get(session) ?? new Map<string, AbortController>()
    if (ofSession.has(name) || ofSession.size >= limits.streamsPerGrantMax) return false
    ofSession.set(name, controller)
    this.#subscriptions.set(session, ofSession)
    return true
  }

  unsubscribe(session: string, name: string): void {
    const ofSession = this.#subscriptions.get(session)
    ofSession?.get(name)?.abort()
    ofSession?.delete(name)
    if (ofSession?.size === 0) this.#subscriptions.delete(session)
  }

  /** Ends everything a session holds on this node. */
  endSession(session: string): void {
    this.#sessions.get(session)?.end()
    this.#sessions.delete(session)
    for (const controller of this.#subscriptions.get(session)?.values() ?? []) controller.abort()
    this.#subscriptions.delete(session)
  }

  /** Tells every stream that hears of this server (or of any, without a name) that its tools changed. */
  announceTools(server?: string): void {
    for (const sink of this.#sinks) {
      if (sink.toolsChanged === undefined || (server !== undefined && !sink.servers.has(server))) continue
      void sink.send(sink.toolsChanged)
    }
  }

  /** Ends every stream: the gateway is stopping. */
  endAll(): void {
    for (const sink of this.#sinks) sink.end()
    for (const session of [...this.#subscriptions.keys()]) this.endSession(session)
  }
}
