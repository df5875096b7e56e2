/**
 * The servers in force. A new one is in force at once and shows its definitions later. A server whose entry changes is replaced only after its successor's definitions were looked
 * at; the old one serves until then and ends a while later, so that calls under way can finish. Servers that did not
 * change are not touched.
 */

import type { Clock } from '../clock.ts'
import type { ServerDeclaration } from '../config/servers.ts'
import type { RegisteredServer } from '../gateway/deps.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Upstream, UpstreamEntry } from '../upstream/upstream.ts'
import { canonicalJson } from '../wire/canonical.ts'
import type { JsonObject } from '../wire/json-types.ts'

export interface RunningServer extends RegisteredServer {
  readonly declaration: ServerDeclaration
}

export interface ServerDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly make: (entry: UpstreamEntry) => Upstream
  /** Looks at a server's definitions before it is in force; resolves in any case. */
  readonly look: (server: RegisteredServer) => Promise<void>
  /** Called when a server is removed or is about to be replaced: nothing more is learnt from it. */
  readonly onRetire: (upstream: Upstream) => void
}

export class Servers {
  readonly #deps: ServerDeps
  readonly #running = new Map<string, RunningServer>()
  readonly #retired = new Set<Upstream>()
  /** First looks at servers that are in force already. */
  readonly #looking = new Set<Promise<void>>()

  constructor(deps: ServerDeps) {
    this.#deps = deps
  }

  get(name: string): RunningServer | undefined {
    return this.#running.get(name)
  }

  /** Every server, by name. */
  list(): readonly RunningServer[] {
    return [...this.#running.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  /**
   * Puts exactly these servers in force. Returns what changed, in words. New ones are in force at once, before they were
   * looked at: see `looked`.
   */
  async replace(declared: readonly ServerDeclaration[]): Promise<readonly string[]> {
    const changes: string[] = []
    const wanted = new Set(declared.map(({ name }) => name))
    for (const { name } of this.list()) {
      if (wanted.has(name)) continue
      changes.push(`server ${name} removed`)
      this.#retire(name)
    }
    await Promise.all(
      declared.map(async declaration => {
        const change = await this.#put(declaration)
        if (change !== undefined) changes.push(change)
      }),
    )
    return changes
  }

  /** Resolves when the first looks at new servers that are under way have ended; each is bounded by `look`. */
  async looked(): Promise<void> {
    await Promise.all(this.#looking)
  }

  /** Ends every server. */
  async stop(): Promise<void> {
    const all = [...[...this.#running.values()].map(server => server.upstream), ...this.#retired]
    this.#running.clear()
    await Promise.all(all.map(upstream => this.#end(upstream)))
  }

  async #put(declaration: ServerDeclaration): Promise<string | undefined> {
    const { name, pin, entry } = declaration
    const old = this.#running.get(name)
    const isSameEntry = old !== undefined && fingerprint(old.declaration.entry) === fingerprint(entry)
    if (isSameEntry && old.pin === pin) {
      this.#running.set(name, { ...old, declaration })
      return undefined
    }
    if (isSameEntry) {
      this.#running.set(name, { ...old, pin, declaration })
      return `server ${name} changed`
    }
    const next: RunningServer = { name, pin, declaration, upstream: this.#deps.make(entry) }
    if (old === undefined) {
      this.#running.set(name, next)
      const look = this.#deps.look(next).finally(() => this.#looking.delete(look))
      this.#looking.add(look)
      return `server ${name} added`
    }
    this.#deps.onRetire(old.upstream)
    await this.#deps.look(next)
    this.#running.set(name, next)
    this.#letFinish(old.upstream)
    return `server ${name} changed`
  }

  #retire(name: string): void {
    const server = this.#running.get(name)
    this.#running.delete(name)
    if (server === undefined) return
    this.#deps.onRetire(server.upstream)
    this.#letFinish(server.upstream)
  }

  #letFinish(upstream: Upstream): void {
    this.#retired.add(upstream)
    this.#deps.clock.timer(limits.drainMs, () => void this.#end(upstream))
  }

  async #end(upstream: Upstream): Promise<void> {
    this.#retired.delete(upstream)
    try {
      await upstream.stop()
    } catch (fault) {
      this.#deps.log.warn({ server: upstream.entry.name, err: fault }, 'a server did not end cleanly')
    }
  }
}

function fingerprint(entry: UpstreamEntry): string {
  return canonicalJson(entry as unknown as JsonObject)
}
