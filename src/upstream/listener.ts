/**
 * One listener: what it asked for, and a queue that cannot grow. While the listener is slow, equal news are kept once:
 * a list that changed twice has changed, a resource updated twice is updated.
 */
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import type { ListenFilter, ListenOptions, NotificationTaker } from './upstream.ts'

type ListFlag = 'toolsListChanged' | 'promptsListChanged' | 'resourcesListChanged'

const listMethods: ReadonlyMap<string, ListFlag> = new Map([
  ['notifications/tools/list_changed', 'toolsListChanged'],
  ['notifications/prompts/list_changed', 'promptsListChanged'],
  ['notifications/resources/list_changed', 'resourcesListChanged'],
])

/** True for a notification that goes to listeners, not to calls. */
export function isForListeners(method: string): boolean {
  return method === 'notifications/resources/updated' || listMethods.has(method)
}

/** The part of a filter that a legacy server with these capabilities can serve. */
export function honouredBy(filter: ListenFilter, capabilities: JsonObject): ListenFilter {
  const says = (area: string, key: string) => {
    const capability = capabilities[area]
    return isJsonObject(capability) && capability[key] === true
  }
  return {
    ...(filter.toolsListChanged === true && says('tools', 'listChanged') ? { toolsListChanged: true } : {}),
    ...(filter.promptsListChanged === true && says('prompts', 'listChanged') ? { promptsListChanged: true } : {}),
    ...(filter.resourcesListChanged === true && says('resources', 'listChanged') ? { resourcesListChanged: true } : {}),
    ...(says('resources', 'subscribe') && filter.resourceSubscriptions !== undefined
      ? { resourceSubscriptions: filter.resourceSubscriptions }
      : {}),
  }
}

/**
 * Hands a notification over. A taker that throws or rejects has lost its own notification: neither the call nor the
 * channel, which others share, ends for that.
 */
export function deliver(take: NotificationTaker, method: string, params: JsonObject): void | Promise<void> {
  try {
    return take(method, params)
  } catch (error) {
    return Promise.reject(error)
  }
}

export class Listener {
  readonly options: ListenOptions
  readonly #uris: ReadonlySet<string>
  readonly #pending = new Map<string, [string, JsonObject]>()
  #isBusy = false
  #over = false

  constructor(options: ListenOptions) {
    this.options = options
    this.#uris = new Set(options.filter.resourceSubscriptions)
  }

  /** True if this listener asked for exactly this. */
  wants(method: string, params: JsonObject): boolean {
    const flag = listMethods.get(method)
    if (flag !== undefined) return this.options.filter[flag] === true
    return method === 'notifications/resources/updated' && this.#uris.has(String(params['uri']))
  }

  /** Delivers, or keeps until the listener has taken what came before. */
  take(method: string, params: JsonObject): void {
    if (this.#over) return
    if (this.#isBusy) this.#pending.set(`${method} ${String(params['uri'] ?? '')}`, [method, params])
    else this.#handOver(method, params)
  }

  /** Nothing is delivered any more; `reason` is told unless the listener ended it. */
  end(reason: string | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#pending.clear()
    if (reason !== undefined && !this.options.signal.aborted) this.options.onEnd(reason)
  }

  #handOver(method: string, params: JsonObject): void {
    const busy = deliver(this.options.onNotification, method, params)
    if (busy === undefined) return
    this.#isBusy = true
    const next = () => this.#next()
    busy.then(next, next)
  }

  #next(): void {
    this.#isBusy = false
    for (const [key, [method, params]] of this.#pending) {
      this.#pending.delete(key)
      this.#handOver(method, params)
      if (this.#isBusy) return
    }
  }
}
