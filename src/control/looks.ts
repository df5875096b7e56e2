/**
 * Looks at what servers offer: at start, when a server says that its tools changed, when an agent's request shows
 * something unknown, and from time to time. One look per server at a time, with a pause between those that agents can
 * cause. What a look brings goes to the pins, and only there.
 */
import type { Observed, Pins } from '../catalogue/pins.ts'
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { RegisteredServer } from '../gateway/deps.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type Listing, listDefinitions, openListening } from './definitions.ts'

export interface LookDeps {
  readonly pins: Pins
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  /** The server in force under a name. */
  readonly server: (name: string) => RegisteredServer | undefined
  /** Called when the tools that may be called have changed, or a server that was missing can be looked at. */
  readonly onChange: (server: string) => void
}

interface Watched {
  /** Removed or about to be replaced: nothing it says counts any more. */
  isRetired: boolean
  running?: Promise<Result<Observed>>
  lastMs: number
  failures: number
  hasSeen: boolean
  lastError?: string
  cancelTimer?: () => void
  /** A look that was asked for is planned already. */
  isPlanned: boolean
  /** Asked for while one was under way: what it read may be older than the change. */
  isAskedAgain: boolean
  /** A client has a list without this server. */
  isMissed: boolean
  /** Who waits for the look that is under way or planned. */
  readonly waiting: Set<() => void>
  listening?: AbortController
}

export class Looks {
  readonly #deps: LookDeps
  /** By upstream, not by name: a server and its successor are two servers. */
  readonly #watched = new WeakMap<Upstream, Watched>()
  readonly #active = new Set<Watched>()
  #isStopped = false

  constructor(deps: LookDeps) {
    this.#deps = deps
  }

  /** Looks now, or joins the look that is under way. Never throws. */
  look(server: RegisteredServer): Promise<Result<Observed>> {
    const watched = this.#of(server.upstream)
    watched.running ??= this.#run(server, watched).finally(() => {
      delete watched.running
      letGo(watched)
    })
    return watched.running
  }

  /** Asks for a look soon; returns at once. For requests of agents: the pause between looks is kept. */
  request(name: string): void {
    const server = this.#deps.server(name)
    if (server === undefined) return
    const watched = this.#of(server.upstream)
    if (watched.running !== undefined) watched.isAskedAgain = true
    if (watched.running !== undefined || watched.isPlanned) return
    const waitMs = Math.max(0, watched.lastMs + limits.definitionsPauseMs - this.#deps.clock.steadyMs())
    this.#plan(server, watched, waitMs)
    watched.isPlanned = true
  }

  /** True once this server, as it is in force now, has shown what it offers. Until then nothing of it is as reviewed. */
  hasSeen(name: string): boolean {
    return this.#inForce(name)?.hasSeen === true
  }

  /**
   * For a request about the tools of a server: nothing when it has shown them since it is in force; else resolves after
   * the look that is under way, or the next one, whatever it brings, and after `firstLookMs` in any case.
   */
  firstLook(name: string): Promise<void> | undefined {
    const server = this.#deps.server(name)
    const watched = server === undefined ? undefined : this.#of(server.upstream)
    if (watched === undefined || watched.hasSeen || watched.isRetired || this.#isStopped) return undefined
    if (watched.running === undefined) this.request(name)
    return new Promise(resolve => {
      const end = () => {
        cancel()
        watched.waiting.delete(end)
        resolve()
      }
      const cancel = this.#deps.clock.timer(limits.firstLookMs, end)
      watched.waiting.add(end)
    })
  }

  /** A list went out without this server: clients are told when it can be looked at again. */
  leftOut(name: string): void {
    const watched = this.#inForce(name)
    if (watched === undefined) return
    watched.isMissed = true
    this.request(name)
  }

  /** Why the last look failed; nothing when it did not. */
  errorOf(name: string): string | undefined {
    return this.#inForce(name)?.lastError
  }

  /** No more looks at a server that is removed or replaced; what it has shown stays true while it is in force. */
  forget(upstream: Upstream): void {
    const watched = this.#of(upstream)
    watched.isRetired = true
    watched.cancelTimer?.()
    watched.listening?.abort()
    letGo(watched)
    this.#active.delete(watched)
  }

  stop(): void {
    this.#isStopped = true
    for (const watched of this.#active) {
      watched.cancelTimer?.()
      watched.listening?.abort()
      letGo(watched)
    }
  }

  async #run(server: RegisteredServer, watched: Watched): Promise<Result<Observed>> {
    const { name, pin, upstream } = server
    const { pins, clock, log } = this.#deps
    watched.cancelTimer?.()
    watched.isPlanned = false
    watched.isAskedAgain = false
    const listing = await listDefinitions(upstream, { version: this.#deps.version })
    watched.lastMs = clock.steadyMs()
    // Removed or replaced meanwhile: what the old server offers says nothing about the new one.
    if (watched.isRetired) return refused('ERR_SERVER_UNKNOWN', { server: name })
    const seen = listing.ok ? await this.#observe(name, listing.value, pin, pins) : listing
    if (seen.ok) {
      const isBack = !watched.hasSeen || (watched.isMissed && watched.failures > 0)
      watched.failures = 0
      watched.hasSeen = true
      watched.isMissed = false
      delete watched.lastError
      if (this.#tell(name, seen.value) || isBack) this.#deps.onChange(name)
      this.#listen(server, watched)
    } else {
      watched.failures += 1
      watched.lastError = seen.refusal.message
      log.warn(
        { server: name, code: seen.refusal.code },
        `the tools of a server could not be listed: ${seen.refusal.message}`,
      )
    }
    this.#plan(server, watched, pauseAfter(watched))
    return seen
  }

  async #observe(
    name: string,
    { definitions }: Listing,
    pin: RegisteredServer['pin'],
    pins: Pins,
  ): Promise<Result<Observed>> {
    try {
      return accepted(await pins.observe(name, definitions, pin))
    } catch (fault) {
      this.#deps.log.error({ server: name, err: fault }, 'the definitions of a server could not be kept')
      return refused('ERR_SERVER_LIST', { server: name, reason: 'the store does not take its definitions' })
    }
  }

  /** Tells the operator what changed. True when something did. */
  #tell(server: string, { added, changed, removed, refused: refusals }: Observed): boolean {
    const { log, pins } = this.#deps
    if (added.length + changed.length + removed.length === 0) return false
    const waiting = [...added, ...changed].filter(tool => pins.get(server, tool)?.state === 'pending')
    log.info(
      { server, added: added.length, changed: changed.length, removed: removed.length },
      'a server offers other tools',
    )
    if (waiting.length > 0)
      log.warn({ server, tools: waiting.slice(0, 20) }, `tools wait for review: sallyport server review ${server}`)
    for (const { tool, reason } of refusals.slice(0, 20))
      log.warn({ server, tool, reason }, 'a tool definition is refused')
    for (const tool of [...added, ...changed].slice(0, 200))
      for (const flag of pins.flags(server, tool))
        log.warn({ server, tool, flag: flag.kind }, `a definition stands out: ${flag.note}`)
    return true
  }

  /** A stream that tells of changes, where the server has one; looked for again at each look. */
  #listen(server: RegisteredServer, watched: Watched): void {
    if (watched.listening !== undefined || this.#isStopped) return
    const listening = new AbortController()
    watched.listening = listening
    const closed = (reason: string) => {
      if (watched.listening === listening) delete watched.listening
      this.#deps.log.debug({ server: server.name, reason }, 'the server does not tell of changes now')
    }
    void openListening(server.upstream, {
      version: this.#deps.version,
      signal: listening.signal,
      onChange: () => this.request(server.name),
      onEnd: closed,
    })
  }

  #plan(server: RegisteredServer, watched: Watched, waitMs: number): void {
    if (this.#isStopped || watched.isRetired) return
    watched.cancelTimer?.()
    watched.cancelTimer = this.#deps.clock.timer(waitMs, () => {
      watched.isPlanned = false
      // The entry may be the same and only its `pin` another: the one in force counts.
      const now = this.#deps.server(server.name)
      if (now?.upstream === server.upstream && !watched.isRetired) void this.look(now)
    })
  }

  #inForce(name: string): Watched | undefined {
    const server = this.#deps.server(name)
    return server === undefined ? undefined : this.#watched.get(server.upstream)
  }

  #of(upstream: Upstream): Watched {
    let watched = this.#watched.get(upstream)
    if (watched === undefined) {
      watched = {
        isRetired: false,
        lastMs: Number.NEGATIVE_INFINITY,
        failures: 0,
        hasSeen: false,
        isPlanned: false,
        isAskedAgain: false,
        isMissed: false,
        waiting: new Set(),
      }
      this.#watched.set(upstream, watched)
      this.#active.add(watched)
    }
    return watched
  }
}

/** Whoever waited for a look goes on. */
function letGo({ waiting }: Watched): void {
  for (const end of [...waiting]) end()
}

function pauseAfter({ failures, isAskedAgain }: Watched): number {
  if (failures === 0) return isAskedAgain ? limits.definitionsPauseMs : limits.definitionsEveryMs
  return Math.min(limits.definitionsRetryMsMax, limits.definitionsRetryMsMin * 2 ** (failures - 1))
}
