/**
 * Pinned definitions: what a person has seen is what may be called. A definition is known by the SHA-256 of its
 * canonical form; a new or changed one is not callable until its hash is approved (A-070, A-071; CVE-2025-54136).
 * Read from memory; a change that closes a tool holds at once, one that opens a tool holds when it is durable.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import { accepted, type Refusal, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Rows } from '../rows.ts'
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { classifyAllFacts, type RiskFacts } from './classify/classify.ts'
import { judgeDefinition, shownName } from './definition.ts'
import { type Flag, flagsOf, neighbourFlags } from './flags.ts'
import { pinKind, readPin, seenKind, writePin } from './pin-rows.ts'

export interface PinnedTool {
  readonly server: string
  readonly name: string
  /** SHA-256 of the canonical form of `definition`: what the server offers now. */
  readonly hash: string
  readonly definition: JsonObject
  /** `approved`: callable. `pending`: new or changed. `refused`: cannot be pinned. `gone`: no longer offered. */
  readonly state: 'approved' | 'pending' | 'refused' | 'gone'
  /** What a person approved last, when that is something else. */
  readonly approvedHash?: string
  readonly approvedDefinition?: JsonObject
  readonly firstSeenMs: number
  /** Why the definition is refused. */
  readonly reason?: string
}

/** What one look at a server brought, by tool name. */
export interface Observed {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly refused: readonly { readonly tool: string; readonly reason: string }[]
}

export type PinMode = 'review' | 'trust-first'

export class Pins {
  readonly #clock: Clock
  readonly #rows: Rows
  readonly #servers = new Map<string, Map<string, PinnedTool>>()
  /** Servers whose first complete list was taken. */
  readonly #seen = new Set<string>()
  /** Definitions that have no usable name of their own, from the last look. */
  readonly #nameless = new Map<string, readonly { readonly tool: string; readonly reason: string }[]>()
  /** Ratings by server and tool, until a pin of the server changes. */
  readonly #risks = new Map<string, ReadonlyMap<string, RiskFacts>>()
  #last: Promise<unknown> = Promise.resolve()

  private constructor(deps: { clock: Clock; rows: Rows }) {
    this.#clock = deps.clock
    this.#rows = deps.rows
  }

  /** Reads the durable pins. Throws a Fault when a row is damaged or the store does not answer. */
  static async open(deps: { clock: Clock; rows: Rows }): Promise<Pins> {
    const pins = new Pins(deps)
    for (const { name } of await deps.rows.all(seenKind)) pins.#seen.add(name)
    for (const row of await deps.rows.all(pinKind)) pins.#set(readPin(row))
    return pins
  }

  /** What the server offers under this exact name; nothing when it offers none, or no longer. */
  get(server: string, tool: string): PinnedTool | undefined {
    const pin = this.#servers.get(server)?.get(tool)
    return pin?.state === 'gone' ? undefined : pin
  }

  /** Everything known of a server, by name, tools that are gone included. */
  list(server: string): readonly PinnedTool[] {
    return [...(this.#servers.get(server)?.values() ?? [])].sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  /**
   * What a reviewed tool can do, rated from the approved definitions of its server, which are each other's context.
   * Worked out when first asked for, and again only after a review: a server cannot change it by itself.
   */
  risk({ server, name }: Pick<PinnedTool, 'server' | 'name'>): RiskFacts | undefined {
    return (this.#risks.get(server) ?? this.#rate(server)).get(name)
  }

  #rate(server: string): ReadonlyMap<string, RiskFacts> {
    const approved = this.list(server).filter(({ state }) => state === 'approved')
    const facts = classifyAllFacts(approved.map(({ definition }) => definition))
    const rated = new Map(facts.map((each, index) => [approved[index]?.name ?? '', each]))
    this.#risks.set(server, rated)
    return rated
  }

  /** Definitions of the last look that could not even be named. */
  nameless(server: string): readonly { readonly tool: string; readonly reason: string }[] {
    return this.#nameless.get(server) ?? []
  }

  /**
   * Takes a complete list of a server's definitions. Under `trust-first` the whole first list of a server is approved,
   * except what hides text; under `review`, and ever after, what is new or changed waits. Rejects with a Fault when
   * the store does not take it: then nothing has become callable.
   */
  observe(server: string, definitions: readonly JsonObject[], mode: PinMode): Promise<Observed> {
    return this.#inTurn(async () => {
      const isFirst = !this.#seen.has(server)
      const look = await this.#look(server, definitions)
      const known = this.#servers.get(server) ?? new Map<string, PinnedTool>()
      const result = { added: [] as string[], changed: [] as string[], removed: [] as string[] }
      const opening: PinnedTool[] = []
      const changes: PinnedTool[] = []
      for (const seen of look.tools) {
        const old = known.get(seen.name)
        const next = this.#next(old, seen, isFirst && mode === 'trust-first')
        if (next === old) continue
        if (old === undefined) result.added.push(seen.name)
        else if (old.hash !== next.hash) result.changed.push(seen.name)
        ;(next.state === 'approved' ? opening : changes).push(next)
      }
      const offered = new Set(look.tools.map(tool => tool.name))
      for (const old of known.values()) {
        if (offered.has(old.name) || old.state === 'gone') continue
        result.removed.push(old.name)
        changes.push(gonePin(old))
      }
      for (const pin of changes) this.#set(pin)
      this.#nameless.set(server, look.nameless)
      await Promise.all([...changes, ...opening].map(pin => this.#rows.put(pinKind, keyOf(pin), writePin(pin))))
      if (isFirst) await this.#rows.put(seenKind, server, { atMs: this.#clock.wallMs() })
      for (const pin of opening) this.#set(pin)
      this.#seen.add(server)
      return { ...result, refused: look.refused }
    })
  }

  /**
   * Makes exactly these definitions callable, all or none. Refuses a hash that is not the one offered now
   * (ERR_PIN_MOVED), an unknown tool (ERR_PIN_UNKNOWN) and a refused definition (ERR_PIN_REFUSED).
   */
  approve(
    server: string,
    reviewed: readonly { readonly tool: string; readonly hash: string }[],
  ): Promise<Result<readonly PinnedTool[]>> {
    return this.#inTurn(async () => {
      const opening: PinnedTool[] = []
      for (const { tool, hash } of reviewed) {
        const pin = this.get(server, tool)
        if (pin === undefined) return refused('ERR_PIN_UNKNOWN', { server, tool: shownName(tool) })
        if (pin.hash !== hash) return refused('ERR_PIN_MOVED', { server, tool })
        if (pin.state === 'refused') return refused('ERR_PIN_REFUSED', { tool, reason: pin.reason ?? '' })
        opening.push(approvedPin(pin))
      }
      await Promise.all(opening.map(pin => this.#rows.put(pinKind, keyOf(pin), writePin(pin))))
      for (const pin of opening) this.#set(pin)
      return accepted(opening)
    })
  }

  /** Forgets a server that was removed: one that comes back under its name is seen for the first time. */
  forget(server: string): Promise<void> {
    return this.#inTurn(async () => {
      const pins = this.list(server)
      this.#servers.delete(server)
      this.#risks.delete(server)
      this.#nameless.delete(server)
      this.#seen.delete(server)
      await Promise.all(pins.map(pin => this.#rows.remove(pinKind, keyOf(pin))))
      await this.#rows.remove(seenKind, server)
    })
  }

  /** What stands out in a definition, also in view of the other servers' tools. */
  flags(server: string, tool: string): readonly Flag[] {
    const pin = this.#servers.get(server)?.get(tool)
    if (pin === undefined || pin.state === 'refused') return []
    const offered = (name: string) =>
      new Set(this.list(name).flatMap(({ state, name: each }) => (state === 'gone' ? [] : [each])))
    const others = [...this.#servers.keys()].filter(name => name !== server)
    const neighbours = others.map(name => ({ server: name, tools: offered(name) }))
    return [...flagsOf(pin.definition), ...neighbourFlags(pin.definition, offered(server), neighbours)]
  }

  /** The state that follows from what was known and what is offered now; the same object when nothing changed. */
  #next(old: PinnedTool | undefined, seen: Seen, isTrusted: boolean): PinnedTool {
    if (old !== undefined && old.hash === seen.hash && old.state !== 'gone' && old.reason === seen.refusal?.message)
      return old
    const approved = old?.state === 'approved' ? { hash: old.hash, definition: old.definition } : approvedOf(old)
    const isSame = approved?.hash === seen.hash
    const isClean = seen.refusal === undefined
    const isOpen = isClean && (isSame || (isTrusted && !flagsOf(seen.definition).some(flag => flag.blocksTrust)))
    return {
      server: seen.server,
      name: seen.name,
      hash: seen.hash,
      definition: seen.definition,
      state: isOpen ? 'approved' : isClean ? 'pending' : 'refused',
      firstSeenMs: old?.firstSeenMs ?? this.#clock.wallMs(),
      ...(isOpen || approved === undefined
        ? {}
        : { approvedHash: approved.hash, approvedDefinition: approved.definition }),
      ...(seen.refusal === undefined ? {} : { reason: seen.refusal.message }),
    }
  }

  /** Judges every definition once; two of one name are both refused, since nobody can say which would be called. */
  async #look(server: string, definitions: readonly JsonObject[]) {
    const refusedTools: { tool: string; reason: string }[] = []
    const nameless: { tool: string; reason: string }[] = []
    const tools = new Map<string, Seen>()
    const excess = definitions.length - limits.serverToolsMax
    if (excess > 0)
      nameless.push({ tool: '(more)', reason: `${excess} tools beyond the ${limits.serverToolsMax} of one server` })
    for (const definition of definitions.slice(0, limits.serverToolsMax)) {
      const text = canonicalJson(definition)
      const hash = sha256Hex(text)
      const name = definition['name']
      const old = typeof name === 'string' ? this.#servers.get(server)?.get(name) : undefined
      const isKnown = old?.hash === hash && old.reason === undefined
      const judged = isKnown ? accepted(true as const) : judgeDefinition(definition, text)
      // Judging compiles a schema: calls under way get their turn between two of them.
      if (!isKnown) await setImmediate()
      const twin = typeof name === 'string' ? tools.get(name) : undefined
      const refusal = judged.ok
        ? twin &&
          refused('ERR_PIN_REFUSED', { tool: shownName(name), reason: 'the server offers this name twice' }).refusal
        : judged.refusal
      if (refusal !== undefined) refusedTools.push({ tool: shownName(name), reason: refusal.message })
      if (typeof name !== 'string' || !isKey(name))
        nameless.push({ tool: shownName(name), reason: refusal?.message ?? '' })
      else tools.set(name, { server, name, hash, definition, ...(refusal === undefined ? {} : { refusal }) })
    }
    return { tools: [...tools.values()], refused: refusedTools, nameless }
  }

  #set(pin: PinnedTool): void {
    this.#risks.delete(pin.server)
    const tools = this.#servers.get(pin.server)
    if (tools === undefined) this.#servers.set(pin.server, new Map([[pin.name, pin]]))
    else tools.set(pin.name, pin)
  }

  /** One change after another: an approval never lands between a look and its record. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#last.then(change, change)
    this.#last = next.catch(() => undefined)
    return next
  }
}

interface Seen {
  readonly server: string
  readonly name: string
  readonly hash: string
  readonly definition: JsonObject
  readonly refusal?: Refusal
}

/** Names that can stand in a row's key; others are shown and not kept. */
function isKey(name: string): boolean {
  return name.length <= 128 && !name.includes('/') && !/\p{Cs}/u.test(name)
}

function keyOf(pin: PinnedTool): string {
  return `${pin.server}/${pin.name}`
}

function approvedOf(pin: PinnedTool | undefined): { hash: string; definition: JsonObject } | undefined {
  return pin?.approvedHash === undefined || pin.approvedDefinition === undefined
    ? undefined
    : { hash: pin.approvedHash, definition: pin.approvedDefinition }
}

function approvedPin(pin: PinnedTool): PinnedTool {
  const { server, name, hash, definition, firstSeenMs } = pin
  return { server, name, hash, definition, firstSeenMs, state: 'approved' }
}

/** What was approved stays approved for the day the same definition is offered again. */
function gonePin(pin: PinnedTool): PinnedTool {
  const approved = pin.state === 'approved' ? { approvedHash: pin.hash, approvedDefinition: pin.definition } : {}
  return { ...pin, ...approved, state: 'gone' }
}
