/**
 * Looks at what servers offer: at start, when a server says that its tools changed, when an agent's request shows
 * something unknown, and from time to time. One look per server at a time, with a pause between those that agents can
 * cause. What a look brings goes to the pins, and only there.
 */
import type { Observed, Pins } from '../catalogue/pins.ts'
import type { Clock } from '../clock.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { GatewayServer } from '../gateway/deps.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import { type Listing, listDefinitions, openListening } from './definitions.ts'

export interface LookDeps {
  readonly pins: Pins
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  /** The server in force under a name. */
  readonly server: (name: string) => GatewayServer | undefined
  /** Called when the tools that may be called have changed. */
  readonly onChange: (server: string) => void
}

interface Watched {
  running?: Promise<Result<Observed>>
  lastMs: number
  failures: number
  lastError?: string
  cancelTimer?: () => void
  /** A look that was asked for is planned already. */
  isPlanned: boolean
  /** Asked for while one was under way: what it read may be older than the change. */
  isAskedAgain: boolean
  listening?: AbortController
}

export class Looks {
  readonly #deps: LookDeps
  readonly #watched = new Map<string, Watched>()
  #isStopped = false

  constructor(deps: LookDeps) {
    this.#deps = deps
  }

  /** Looks now, or joins the look that is under way. Never throws. */
  look(server: GatewayServer): Promise<Result<Observed>> {
    const watched = this.#of(server.name)
    watched.running ??= this.#run(server, watched).finally(() => {
      delete watched.running
    })
    return watched.running
  }

  /** Asks for a look soon; returns at once. For requests of agents: the pause between looks is kept. */
  request(name: string): void {
    const watched = this.#of(name)
    if (watched.running !== undefined) watched.isAskedAgain = true
    if (watched.running !== undefined || watched.isPlanned) return
    const waitMs = Math.max(0, watched.lastMs + limits.definitionsPauseMs - this.#deps.clock.steadyMs())
    this.#plan(name, watched, waitMs)
    watched.isPlanned = true
  }

  /** Why the last look failed; nothing when it did not. */
  errorOf(name: string): string | undefined {
    return this.#watched.get(name)?.lastError
  }

  /** No more looks at a server that was removed or replaced. */
  forget(name: string): void {
    const watched = this.#watched.get(name)
    watched?.cancelTimer?.()
    watched?.listening?.abort()
    this.#watched.delete(name)
  }

  stop(): void {
    this.#isStopped = true
    for (const name of [...this.#watched.keys()]) this.forget(name)
  }

  async #run(server: GatewayServer, watched: Watched): Promise<Result<Observed>> {
    const { name, pin, upstream } = server
    const { pins, clock, log } = this.#deps
    watched.cancelTimer?.()
    watched.isPlanned = false
    watched.isAskedAgain = false
    const listing = await listDefinitions(upstream, { version: this.#deps.version })
    watched.lastMs = clock.steadyMs()
    // Removed or replaced meanwhile: what the old server offers says nothing about the new one.
    if (this.#watched.get(name) !== watched) return refused('ERR_SERVER_UNKNOWN', { server: name })
    const seen = listing.ok ? await this.#observe(name, listing.value, pin, pins) : listing
    if (seen.ok) {
      watched.failures = 0
      delete watched.lastError
      this.#tell(name, seen.value)
      this.#listen(server, watched)
    } else {
      watched.failures += 1
      watched.lastError = seen.refusal.message
      log.warn(
        { server: name, code: seen.refusal.code },
        `the tools of a server could not be listed: ${seen.refusal.message}`,
      )
    }
    this.#plan(name, watched, pauseAfter(watched))
    return seen
  }

  async #observe(
    name: string,
    { definitions }: Listing,
    pin: GatewayServer['pin'],
    pins: Pins,
  ): Promise<Result<Observed>> {
    try {
      return accepted(await pins.observe(name, definitions, pin))
    } catch (fault) {
      this.#deps.log.error({ server: name, err: fault }, 'the definitions of a server could not be kept')
      return refused('ERR_SERVER_LIST', { server: name, reason: 'the store does not take its definitions' })
    }
  }

  #tell(server: string, { added, changed, removed, refused: refusals }: Observed): void {
    const { log, pins } = this.#deps
    if (added.length + changed.length + removed.length === 0) return
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
    this.#deps.onChange(server)
  }

  /** A stream that tells of changes, where the server has one; looked for again at each look. */
  #listen(server: GatewayServer, watched: Watched): void {
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

  #plan(name: string, watched: Watched, waitMs: number): void {
    if (this.#isStopped) return
    watched.cancelTimer?.()
    watched.cancelTimer = this.#deps.clock.timer(waitMs, () => {
      watched.isPlanned = false
      const server = this.#deps.server(name)
      if (server !== undefined && this.#watched.get(name) === watched) void this.look(server)
    })
  }

  #of(name: string): Watched {
    let watched = this.#watched.get(name)
    if (watched === undefined) {
      watched = { lastMs: Number.NEGATIVE_INFINITY, failures: 0, isPlanned: false, isAskedAgain: false }
      this.#watched.set(name, watched)
    }
    return watched
  }
}

function pauseAfter({ failures, isAskedAgain }: Watched): number {
  if (failures === 0) return isAskedAgain ? limits.definitionsPauseMs : limits.definitionsEveryMs
  return Math.min(limits.definitionsRetryMsMax, limits.definitionsRetryMsMin * 2 ** (failures - 1))
}
