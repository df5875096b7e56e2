/**
 * A long-lived message channel to one server, shared by many calls under our own ids (stdio, HTTP+SSE). What cannot be
 * tied to one call is never guessed: a question or log message is delivered only while exactly one call is in flight
 * and nothing else can be meant; progress goes by our own tokens; list changes go to listeners.
 */
import { Fault, type Refusal, refuse } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Era } from '../wire/era.ts'
import { readLossless } from '../wire/json.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { type CallKeeper, ChannelCall } from './channel-call.ts'
import type { Deadlines } from './deadlines.ts'
import type { Listeners } from './listeners.ts'
import { coversLevel, isMoreVerbose } from './log-level.ts'
import { notificationText, readServerMessage, requestText, type ServerMessage } from './message.ts'
import { type Asked, OpenQuestions } from './open-questions.ts'
import { provesNoExecution, refusedOutcome, unknownOutcome } from './outcome.ts'
import { ownRequest } from './own-request.ts'
import { problemOfQuestion } from './question.ts'
import type { Redactor } from './redaction.ts'
import type { ClientDeclaration, UpstreamCounters, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** One message on its way to the server. */
export interface Outgoing {
  readonly text: string
  /** Called just before the first byte is handed over. False: not wanted any more. */
  begin(): boolean
  /** It could not be delivered. `isCertain`: the server certainly did not act on it. */
  failed(isCertain: boolean, refusal: Refusal): void
}

/** What carries messages to the server. */
export interface Carrier {
  /** Takes a message, now or as soon as possible. False: it takes no more. */
  write(message: Outgoing): boolean
}

/** What a channel is made of. */
export interface ChannelParts {
  readonly server: string
  readonly carrier: Carrier
  readonly deadlines: Deadlines
  readonly redactor: Redactor
  readonly counters: UpstreamCounters
  readonly listeners: Listeners
  /** What the gateway declared for all callers of this channel. */
  readonly declared: JsonObject
}

export class Channel implements CallKeeper {
  readonly server: string
  readonly counters: UpstreamCounters
  readonly #parts: ChannelParts
  readonly #calls = new Map<number, ChannelCall>()
  /** Calls the server may still work on although nobody waits: until when they make questions ambiguous. */
  readonly #ghosts = new Map<number, number>()
  readonly #questions: OpenQuestions
  #agentCalls = 0
  #lastId = 0
  #logLevel: string | undefined
  #closed: Refusal | undefined
  /** Set once the opening has decided it. */
  era: Era = 'modern'
  canLog = false

  constructor(parts: ChannelParts) {
    this.#parts = parts
    this.server = parts.server
    this.counters = parts.counters
    this.#questions = new OpenQuestions(parts.counters, text => this.post(text))
  }

  nowMs(): number {
    return this.#parts.deadlines.nowMs()
  }

  /** Why the channel is dead, if it is. */
  get closed(): Refusal | undefined {
    return this.#closed
  }

  /** True while nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#calls.size === 0
  }

  /** Sends one request and settles its outcome. Never rejects. */
  call(request: UpstreamRequest, isOwn = false, era: Era = this.era): Promise<UpstreamOutcome> {
    if (this.#closed !== undefined) return Promise.resolve(refusedOutcome(this.#closed))
    const early = isOwn ? undefined : this.#answerEarly(request)
    if (early !== undefined) return Promise.resolve(early)
    return new Promise(resolve => {
      const id = this.nextId()
      const call = new ChannelCall(id, requestText(id, era, request), request, this, resolve, isOwn)
      this.#calls.set(id, call)
      if (!isOwn) this.#agentCalls++
      this.#parts.deadlines.add(call)
      request.signal.addEventListener('abort', call, { once: true })
      if (this.#parts.carrier.write(call)) return
      call.failed(true, refuse('ERR_UPSTREAM_BUSY', { server: this.server, reason: 'too many messages wait for it' }))
    })
  }

  /** What needs no message to the server: refusals, and wishes of one caller that must not change what others have. */
  #answerEarly(request: UpstreamRequest): UpstreamOutcome | undefined {
    const { server } = this
    if (request.signal.aborted) return refusedOutcome(refuse('ERR_UPSTREAM_CANCELLED', { server }))
    if (this.#calls.size >= limits.upstreamCallsMax) {
      const reason = `${limits.upstreamCallsMax} calls are running`
      return refusedOutcome(refuse('ERR_UPSTREAM_BUSY', { server, reason }))
    }
    if (request.logLevel !== undefined) this.#raiseLogLevel(request.logLevel, request.client)
    if (request.method === 'logging/setLevel' && this.canLog && typeof request.params['level'] === 'string') {
      this.#raiseLogLevel(request.params['level'], request.client)
      return done
    }
    const isLeaving = request.method === 'resources/unsubscribe' && this.#parts.listeners.holds(request.params['uri'])
    return isLeaving ? done : undefined
  }

  nextId(): number {
    this.#lastId++
    return this.#lastId
  }

  /** Sends a message that has no answer. Best effort. */
  post(text: string): void {
    this.#parts.carrier.write({ text, begin: () => true, failed: () => undefined })
  }

  /** Takes one message of the server. False: it was none, or nobody could have it. */
  receive(text: string, bytes: number): boolean {
    const read = this.#read(text)
    if (read === undefined) {
      this.counters.junk++
      return false
    }
    this.counters.redactions += read.redactions
    const { message } = read
    if (message.kind === 'answer') return this.#answer(message, bytes, read.redactions)
    if (message.kind === 'notification') return this.#notification(message.method, message.params, read.redactions)
    this.#question(message.id, message.method, message.params)
    return true
  }

  /** A message over the size limit of the channel was discarded. Ends the call it belonged to, where that is certain. */
  discard(tail: string): void {
    this.counters.junk++
    const id = /"id":\s*(\d{1,15})\s*\}\s*$/.exec(tail)?.[1]
    const named = id === undefined ? this.#soleCall() : this.#calls.get(Number(id))
    named?.end(unknownOutcome(refuse('ERR_UPSTREAM_CUT', { server: this.server, limit: 'message bytes' })))
  }

  /** The channel is dead: what was written ends unknown, what was not ends refused. */
  close(reason: string): void {
    const lost = refuse('ERR_UPSTREAM_LOST', { server: this.server, reason })
    this.#closed = refuse('ERR_UPSTREAM_UNREACHABLE', { server: this.server, reason })
    for (const call of [...this.#calls.values()]) call.failed(false, call.dispatched ? lost : this.#closed)
    this.#ghosts.clear()
  }

  left(call: ChannelCall, isGhost: boolean): void {
    this.#calls.delete(call.id)
    if (!call.isOwn) this.#agentCalls--
    this.#parts.deadlines.remove(call)
    call.request.signal.removeEventListener('abort', call)
    if (call.waiting > 0) this.#questions.abandon(call)
    if (!isGhost || this.#closed !== undefined || !call.dispatched) return
    // what we asked ourselves makes nothing ambiguous; its late answer is still no stray
    this.#ghosts.set(call.id, call.isOwn ? 0 : this.nowMs() + limits.upstreamGhostMs)
    if (call.request.method === 'initialize' || call.request.method === 'server/discover') return
    this.post(notificationText('notifications/cancelled', { requestId: call.id, reason: 'nobody waits any more' }))
  }

  #read(text: string): { message: ServerMessage; redactions: number } | undefined {
    try {
      const { value, count } = this.#parts.redactor.json(readLossless(text, limits.upstreamDepthMax), text)
      const message = readServerMessage(value)
      return message.ok ? { message: message.value, redactions: count } : undefined
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }

  #answer(message: ServerMessage & { kind: 'answer' }, bytes: number, redactions: number): boolean {
    const id = typeof message.id === 'number' ? message.id : -1
    const call = this.#calls.get(id)
    if (call?.isOpen !== true) {
      if (this.#parts.listeners.ended(id) || this.#ghosts.delete(id)) return true
      this.counters.strayAnswers++
      return false
    }
    const facts = { status: 0, bytes, redactions: call.redactions + redactions }
    if (bytes > call.request.answerBytesMax) {
      call.end(unknownOutcome(refuse('ERR_UPSTREAM_CUT', { server: this.server, limit: 'answer bytes' })))
      this.#ghosts.delete(id)
    } else if (message.error !== undefined) {
      const certainlyNotExecuted = provesNoExecution(message.error.code)
      call.end({ ...facts, kind: 'error', error: message.error, certainlyNotExecuted })
    } else call.end({ ...facts, kind: 'result', result: message.result as JsonObject })
    return true
  }

  #notification(method: string, params: JsonObject, redactions: number): boolean {
    const isTaken =
      method === 'notifications/progress'
        ? this.#progress(params, redactions)
        : method === 'notifications/message' || method === 'notifications/elicitation/complete'
          ? this.#unaddressed(method, params, redactions)
          : method === 'notifications/cancelled'
            ? this.#questions.withdraw(params['requestId'])
            : this.#parts.listeners.take(method, params)
    if (!isTaken) this.counters.droppedNotifications++
    return isTaken
  }

  /** Progress names its call by our own token. */
  #progress(params: JsonObject, redactions: number): boolean {
    const token = params['progressToken']
    const call = typeof token === 'number' ? this.#calls.get(token) : undefined
    const own = call?.request.progressToken
    if (call === undefined || own === undefined) return false
    call.redactions += redactions
    call.notify('notifications/progress', { ...params, progressToken: own })
    return true
  }

  /** A notification that names no call: for the one that can be meant, or for nobody. */
  #unaddressed(method: string, params: JsonObject, redactions: number): boolean {
    const call = this.#soleCall()
    if (call === undefined) return false
    if (method === 'notifications/message' && !coversLevel(call.request.logLevel, params['level'])) return false
    call.redactions += redactions
    call.notify(method, params)
    return true
  }

  #question(id: string | number, method: string, params: JsonObject): void {
    // 2026-07-28: servers never write requests
    const undeclared = this.era === 'modern' ? methodNotFound : problemOfQuestion(method, params, this.#parts.declared)
    if (undeclared !== undefined && method !== 'ping') {
      this.#questions.refuse(id, undeclared)
      return
    }
    const call = this.#soleCall()
    this.#questions.put(id, method, params, call && askedOf(call))
  }

  /** The one call that can be meant: one in flight, and none that was left while the server may still work on it. */
  #soleCall(): ChannelCall | undefined {
    if (this.#agentCalls !== 1) return undefined
    if (this.#ghosts.size > 0) {
      const now = this.nowMs()
      for (const [id, untilMs] of this.#ghosts) if (untilMs <= now) this.#ghosts.delete(id)
      if (this.#ghosts.size > 0) return undefined
    }
    for (const call of this.#calls.values()) if (!call.isOwn) return call.isOpen ? call : undefined
    return undefined
  }

  /** A legacy server has one log level for all: the most verbose that any caller asked for. Each gets only its own. */
  #raiseLogLevel(level: string, client: ClientDeclaration): void {
    if (!this.canLog || this.era !== 'legacy' || !isMoreVerbose(level, this.#logLevel)) return
    this.#logLevel = level
    void this.call(ownRequest('logging/setLevel', { level }, client), true)
  }
}

/** The answer to a wish that is granted here. */
const done: UpstreamOutcome = { kind: 'result', result: {}, bytes: 0, status: 0, redactions: 0 }

const methodNotFound = { code: -32601, message: 'method not found' }

function askedOf(call: ChannelCall): Asked {
  const { client, onRequest, onUndeclared } = call.request
  const onWaiting = (by: 1 | -1) => call.wait(by)
  return { capabilities: client.capabilities, onRequest, onUndeclared, onWaiting, owner: call }
}
