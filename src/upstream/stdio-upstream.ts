/**
 * A server as a process: started at first use, kept, shared by all callers over one channel, started again with backoff
 * when it ends. Asked for `server/discover` first and `initialize` on any other answer or none; a server that ends on
 * the first question is started again and initialized. The channel declares sampling and elicitation, never roots: an
 * answer about one caller's roots would hold for all.
 */
import { accepted, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Era } from '../wire/era.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { Channel } from './channel.ts'
import { newCounters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import { Listeners } from './listeners.ts'
import { refusedOutcome } from './outcome.ts'
import { Redactor } from './redaction.ts'
import { greet } from './stdio-opening.ts'
import { StdioProcess } from './stdio-process.ts'
import type {
  ClientDeclaration,
  ListenOptions,
  StdioEntry,
  Upstream,
  UpstreamCounters,
  UpstreamDeps,
  UpstreamIdentity,
  UpstreamOutcome,
  UpstreamRequest,
  UpstreamSession,
  UpstreamStatus,
} from './upstream.ts'

/** A started process with its channel. */
interface Run {
  readonly process: StdioProcess
  readonly channel: Channel
  ended: string | undefined
}

/** A run that has been opened. */
interface Live extends Run {
  readonly identity: UpstreamIdentity
}

/** A call waits this long for a restart; beyond it is told to come back. */
const restartWaitMs = 2_000

export class StdioUpstream implements Upstream {
  readonly entry: StdioEntry
  readonly #deps: UpstreamDeps
  readonly #deadlines: Deadlines
  readonly #redactor: Redactor
  readonly #self: ClientDeclaration
  readonly #listeners: Listeners
  readonly #counters: UpstreamCounters = newCounters()
  #live: Live | undefined
  #run: Run | undefined
  #starting: Promise<Result<Live>> | undefined
  #era: Era | undefined
  #restarts = -1
  #failures = 0
  #notBeforeMs = 0
  #lastError: string | undefined
  #lastWords = ''
  #cancelRestart: (() => void) | undefined
  #stopped = false

  constructor(entry: StdioEntry, deps: UpstreamDeps) {
    this.entry = entry
    this.#deps = deps
    this.#deadlines = new Deadlines(deps.clock)
    this.#redactor = new Redactor(entry.secrets ?? Object.values(entry.env))
    this.#self = {
      capabilities: { sampling: {}, elicitation: { form: {}, url: {} } },
      clientInfo: { name: deps.name, version: deps.version },
    }
    this.#listeners = new Listeners(entry.name, this.#self, deps.clock)
  }

  async identity(): Promise<Result<UpstreamIdentity>> {
    const live = this.#live === undefined ? await this.#ensure() : accepted(this.#live)
    return live.ok ? accepted(live.value.identity) : live
  }

  async openSession(): Promise<Result<UpstreamSession>> {
    const identity = await this.identity()
    return identity.ok ? accepted({ ref: '', identity: identity.value }) : identity
  }

  closeSession(): Promise<void> {
    return Promise.resolve()
  }

  send(request: UpstreamRequest): Promise<UpstreamOutcome> {
    if (this.#live !== undefined) return this.#live.channel.call(request)
    return this.#ensure().then(live => (live.ok ? live.value.channel.call(request) : refusedOutcome(live.refusal)))
  }

  /** A process is shared: what one client tells about itself must not reach it. */
  notify(): Promise<void> {
    return Promise.resolve()
  }

  async listen(options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    const live = this.#live === undefined ? await this.#ensure() : accepted(this.#live)
    return live.ok ? this.#listeners.add(() => this.#live?.channel, live.value.identity, options) : live
  }

  status(): UpstreamStatus {
    const state = this.#live !== undefined ? 'ready' : this.#lastError !== undefined ? 'failing' : 'idle'
    const words = this.#redactor.text(this.#run?.process.stderr ?? this.#lastWords).value
    return {
      state,
      ...(this.#live === undefined ? {} : { era: this.#live.identity.era }),
      restarts: Math.max(0, this.#restarts),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      ...(words === '' ? {} : { stderr: words }),
      counters: { ...this.#counters },
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRestart?.()
    this.#listeners.stop('the gateway is stopping')
    await this.#run?.process.stop('the gateway is stopping')
    this.#deadlines.stop()
  }

  /** The running, opened process: the one there is, or a new one. At most one is started at a time. */
  #ensure(): Promise<Result<Live>> {
    if (this.#live !== undefined) return Promise.resolve(accepted(this.#live))
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<Result<Live>> {
    const waitMs = this.#notBeforeMs - this.#deps.clock.steadyMs()
    if (waitMs > restartWaitMs) {
      const retryAfterMs = Math.ceil(waitMs)
      return refused('ERR_UPSTREAM_RESTARTING', { server: this.entry.name, retryAfterMs }, { retryAfterMs })
    }
    if (waitMs > 0) await this.#deps.clock.sleep(waitMs)
    if (this.#stopped) return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
    let opened = await this.#open(this.#spawn(), this.#era !== 'legacy')
    // some servers end on an unknown first message: start again and greet them as they know it
    if (!opened.ok && opened.refusal === endedOnDiscover && !this.#stopped)
      opened = await this.#open(this.#spawn(), false)
    if (!opened.ok) {
      this.#era = undefined
      // for the operator only: an agent is told that it did not start, never what it printed
      const said = lastLine(this.#redactor.text(this.#run?.process.stderr ?? this.#lastWords).value)
      this.#lastError = said === '' ? opened.refusal.message : `${opened.refusal.message}; it printed last: ${said}`
      await this.#run?.process.stop('it could not be opened')
      return opened
    }
    const live = opened.value
    this.#live = live
    this.#era = live.identity.era
    this.#lastError = undefined
    if (this.#listeners.size > 0) this.#listeners.reattach(live.channel, live.identity)
    return accepted(live)
  }

  #spawn(): Run {
    this.#restarts++
    const run: { process?: StdioProcess; channel?: Channel; ended: string | undefined } = { ended: undefined }
    run.process = new StdioProcess(this.entry, this.#deps.clock, {
      line: (text, bytes) => run.channel?.receive(text, bytes) ?? false,
      overflow: tail => run.channel?.discard(tail),
      ended: reason => this.#ended(run as Run, reason),
    })
    run.channel = new Channel({
      server: this.entry.name,
      carrier: run.process,
      deadlines: this.#deadlines,
      redactor: this.#redactor,
      counters: this.#counters,
      listeners: this.#listeners,
      declared: this.#self.capabilities,
    })
    this.#deps.log.info(
      { server: this.entry.name, command: this.entry.command, pid: run.process.pid },
      'process started',
    )
    this.#run = run as Run
    return run as Run
  }

  async #open(run: Run, mayDiscover: boolean): Promise<Result<Live>> {
    const identity = await greet(run.channel, this.#self, mayDiscover)
    if (run.ended !== undefined) return { ok: false, refusal: this.#neverStarted(run, run.ended) }
    return identity.ok ? accepted(Object.assign(run, { identity: identity.value })) : identity
  }

  #neverStarted(run: Run, reason: string): Refusal {
    if (run.channel.era === 'modern' && !reason.startsWith('not started')) return endedOnDiscover
    return refuse('ERR_UPSTREAM_NOT_STARTED', { server: this.entry.name, reason })
  }

  #ended(run: Run, reason: string): void {
    run.ended = reason
    this.#lastWords = run.process.stderr
    const { clock, log } = this.#deps
    log[this.#stopped ? 'info' : 'warn']({ server: this.entry.name, reason }, 'process ended')
    const wasLive = this.#live === run
    if (this.#run === run) this.#run = undefined
    if (wasLive) this.#live = undefined
    run.channel.close(reason)
    if (this.#stopped) return
    const livedMs = clock.steadyMs() - run.process.startedMs
    if (livedMs >= limits.upstreamStableMs) this.#failures = 0
    const pauseMs = Math.min(limits.upstreamRestartMs * 2 ** this.#failures, limits.upstreamRestartMsMax)
    this.#failures++
    this.#notBeforeMs = clock.steadyMs() + pauseMs
    if (!wasLive) return
    this.#lastError = reason
    this.#cancelRestart?.()
    this.#cancelRestart = clock.timer(pauseMs, () => void this.#ensure())
  }
}

/** The last line a process printed that says anything, cut to a length a person reads. */
function lastLine(text: string): string {
  const lines = text.split('\n').map(line => line.trim())
  return (lines.findLast(line => line !== '') ?? '').slice(0, limits.upstreamLastLineCharsMax)
}

/** Never shown: the process is started again without the question. */
const endedOnDiscover: Refusal = refuse('ERR_UPSTREAM_NOT_STARTED', { reason: 'it ended on the first question' })
