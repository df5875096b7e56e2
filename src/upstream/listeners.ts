/**
 * The listeners of one channel. Legacy: list changes go to all who asked for them, resource updates to those who
 * subscribed the URI (counted, so that one listener's end does not unsubscribe another). Modern: each listener has its
 * own `subscriptions/listen`, and only what carries its subscription id reaches it.
 */
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { metaKey } from '../wire/era.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { Channel } from './channel.ts'
import { honouredBy, isForListeners, Listener } from './listener.ts'
import { modernMeta, notificationText } from './message.ts'
import { ownRequest } from './own-request.ts'
import type { ClientDeclaration, ListenOptions, UpstreamIdentity } from './upstream.ts'

interface Subscription {
  readonly listener: Listener
  /** True the first time it is called. */
  readonly acknowledged: (honoured: JsonObject | undefined) => boolean
}

export class Listeners {
  readonly #server: string
  readonly #self: ClientDeclaration
  readonly #clock: Clock
  readonly #all = new Set<Listener>()
  readonly #uris = new Map<string, number>()
  readonly #subscriptions = new Map<number, Subscription>()

  constructor(server: string, self: ClientDeclaration, clock: Clock) {
    this.#server = server
    this.#clock = clock
    this.#self = self
  }

  get size(): number {
    return this.#all.size
  }

  /** True while a listener is subscribed to this resource. */
  holds(uri: unknown): boolean {
    return typeof uri === 'string' && this.#uris.has(uri)
  }

  /** Adds a listener; `channel` is the one at hand when it is called. Refuses with ERR_UPSTREAM_NO_STREAM when the server has nothing to say. */
  async add(
    channel: () => Channel | undefined,
    identity: UpstreamIdentity,
    options: ListenOptions,
  ): Promise<Result<{ readonly honoured: JsonObject }>> {
    const listener = new Listener(options)
    this.#all.add(listener)
    options.signal.addEventListener('abort', () => this.#remove(listener, channel), { once: true })
    if (options.signal.aborted) this.#remove(listener, channel)
    if (identity.era === 'legacy') return this.#addLegacy(channel, identity, listener)
    const now = channel()
    const honoured = now === undefined ? undefined : await this.#subscribe(now, listener)
    if (honoured !== undefined) return accepted({ honoured })
    this.#remove(listener, channel)
    return refused('ERR_UPSTREAM_NO_STREAM', { server: this.#server })
  }

  /** Moves every listener to a new channel after a restart. */
  reattach(channel: Channel, identity: UpstreamIdentity): void {
    this.#subscriptions.clear()
    if (identity.era === 'modern') {
      for (const listener of this.#all) void this.#subscribe(channel, listener)
      return
    }
    for (const uri of this.#uris.keys()) void this.#ask(() => channel, 'resources/subscribe', uri)
  }

  /** Takes a notification of the server. False: it is none for listeners. */
  take(method: string, params: JsonObject): boolean {
    const meta = params['_meta']
    const id = isJsonObject(meta) ? meta[metaKey.subscriptionId] : undefined
    if (typeof id === 'number') return this.#takeFor(id, method, params)
    if (!isForListeners(method)) return false
    for (const listener of this.#all) if (listener.wants(method, params)) listener.take(method, params)
    return true
  }

  /** Takes the final answer of a `subscriptions/listen`. False: the id is none of ours. */
  ended(id: number): boolean {
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return false
    this.#subscriptions.delete(id)
    // refused from the start: the listener was never told that it listens
    if (subscription.acknowledged(undefined)) return true
    this.#all.delete(subscription.listener)
    subscription.listener.end('the server ended the subscription')
    return true
  }

  /** Ends every listener. */
  stop(reason: string): void {
    for (const listener of this.#all) listener.end(reason)
    for (const subscription of this.#subscriptions.values()) subscription.acknowledged(undefined)
    this.#all.clear()
    this.#uris.clear()
    this.#subscriptions.clear()
  }

  async #addLegacy(
    channel: () => Channel | undefined,
    identity: UpstreamIdentity,
    listener: Listener,
  ): Promise<Result<{ readonly honoured: JsonObject }>> {
    const { resourceSubscriptions, ...flags } = honouredBy(listener.options.filter, identity.capabilities)
    const uris: string[] = []
    for (const uri of resourceSubscriptions ?? []) {
      const count = this.#uris.get(uri) ?? 0
      this.#uris.set(uri, count + 1)
      if (count > 0 || (await this.#ask(channel, 'resources/subscribe', uri))) uris.push(uri)
    }
    return accepted({ honoured: { ...flags, ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }) } })
  }

  #subscribe(channel: Channel, listener: Listener): Promise<JsonObject | undefined> {
    return new Promise(resolve => {
      const id = channel.nextId()
      const cancel = this.#clock.timer(limits.upstreamProbeMs, () => acknowledged(undefined))
      let isOpen = true
      const acknowledged = (honoured: JsonObject | undefined) => {
        const isFirst = isOpen
        isOpen = false
        cancel()
        resolve(honoured)
        return isFirst
      }
      this.#subscriptions.set(id, { listener, acknowledged })
      const notifications = { ...listener.options.filter }
      const params = { notifications, _meta: modernMeta(this.#self) }
      channel.post(JSON.stringify({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params }))
    })
  }

  #takeFor(id: number, method: string, params: JsonObject): boolean {
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return false
    if (method === 'notifications/subscriptions/acknowledged') {
      const honoured = params['notifications']
      subscription.acknowledged(isJsonObject(honoured) ? honoured : {})
      return true
    }
    if (!subscription.listener.wants(method, params)) return false
    subscription.listener.take(method, withoutSubscription(params))
    return true
  }

  #remove(listener: Listener, channel: () => Channel | undefined): void {
    if (!this.#all.delete(listener)) return
    listener.end(undefined)
    for (const [id, subscription] of this.#subscriptions) {
      if (subscription.listener !== listener) continue
      this.#subscriptions.delete(id)
      channel()?.post(notificationText('notifications/cancelled', { requestId: id }))
      return
    }
    for (const uri of listener.options.filter.resourceSubscriptions ?? []) {
      const count = (this.#uris.get(uri) ?? 0) - 1
      if (count > 0) this.#uris.set(uri, count)
      else if (this.#uris.delete(uri)) void this.#ask(channel, 'resources/unsubscribe', uri)
    }
  }

  async #ask(channel: () => Channel | undefined, method: string, uri: string): Promise<boolean> {
    const outcome = await channel()?.call(ownRequest(method, { uri }, this.#self), true)
    return outcome?.kind === 'result'
  }
}

/** The parameters without our subscription id: the agent's side has its own. */
export function withoutSubscription(params: JsonObject): JsonObject {
  const meta = params['_meta']
  if (!isJsonObject(meta)) return params
  const { [metaKey.subscriptionId]: _ours, ...rest } = meta
  const { _meta: _old, ...others } = params
  return Object.keys(rest).length === 0 ? others : { ...others, _meta: rest }
}
