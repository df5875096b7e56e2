/** One authenticated client request on its way through the gateway, and the gateway's own working state. */
import { type Builtin, createBuiltin } from '../builtin/builtin.ts'
import { type BuiltinServices, builtinTools } from '../builtin/tools.ts'
import { CatalogueThread } from '../catalogue/checks/checking.ts'
import type { Grant } from '../identity/grant.ts'
import { limits } from '../limits.ts'
import type { ClientDeclaration } from '../upstream/upstream.ts'
import type { Era, HttpHead } from '../wire/era.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { RpcId } from '../wire/rpc.ts'
import type { GatewayDeps } from './deps.ts'
import type { Door } from './door.ts'
import { explainCall } from './explaining.ts'
import { offeredTools } from './offered.ts'
import { ParkedCalls } from './parked.ts'
import { Questions } from './questions.ts'
import type { Reply } from './reply.ts'
import { Searches } from './searching.ts'
import { type LegacySession, Sessions } from './session.ts'
import { RequestStates } from './state.ts'
import { Streams } from './streams.ts'

export interface Exchange {
  /** Our name for this request in the ledger, the log and refusals. */
  readonly requestId: string
  readonly grant: Grant
  readonly door: Door
  /** False once the credential no longer reaches every server of the door: long-lived streams look again. */
  readonly isLive: () => boolean
  readonly era: Era
  readonly head: HttpHead & { names(): readonly string[] }
  readonly id: RpcId
  readonly method: string
  readonly params: JsonObject
  readonly client: ClientDeclaration
  readonly session: LegacySession | undefined
  readonly progressToken: RpcId | undefined
  /** Members of `_meta` that travel on: trace context and vendor keys, without the protocol's own. */
  readonly meta: JsonObject
  readonly logLevel: string | undefined
  readonly reply: Reply
  /** Aborted when the client cancels: by closing the stream (modern) or by notification (legacy). */
  readonly signal: AbortSignal
  /** Steady clock at arrival, for durations; wall clock for the record. */
  readonly startedMs: number
  readonly timeMs: number
}

const nameBytes = 18
const namesAtOnce = 256

/** The gateway at work: its dependencies and the little state one node keeps between requests. */
export class Gate {
  readonly deps: GatewayDeps
  /** The gateway's own server, at `/mcp/sallyport`. */
  readonly builtin: Builtin
  readonly sessions: Sessions
  readonly questions: Questions
  readonly states: RequestStates
  readonly parked: ParkedCalls
  readonly streams: Streams
  /** Searches of answers, in a thread of their own when they are large. */
  readonly searches: Searches
  /** Ratings of servers and tools for agents that ask, in a thread of their own. */
  readonly catalogue: CatalogueThread
  /** Legacy requests in flight by session and id, so that a notification can cancel them. */
  readonly inFlight: Map<string, AbortController> = new Map()
  /** Levels legacy clients asked for with logging/setLevel, by session. */
  readonly logLevels: Map<string, string> = new Map()
  /** Short-lived copies of what servers offer, for finding the owner of an address (owners.ts). */
  readonly offers: Map<string, unknown> = new Map()
  isDraining = false
  #openCalls = 0
  #names: Buffer = Buffer.alloc(0)
  #namesAt = 0
  readonly #openByGrant = new Map<string, number>()

  constructor(deps: GatewayDeps) {
    this.deps = deps
    this.catalogue = new CatalogueThread({ clock: deps.clock, log: deps.log })
    const services: BuiltinServices = {
      explain: (grant, question) => explainCall(this, grant, question),
      offered: (grant, server) => offeredTools(this, grant, server),
      askCatalogue: question => this.catalogue.ask(question),
    }
    this.builtin = createBuiltin(builtinTools(services), { log: deps.log, version: deps.version })
    this.sessions = new Sessions(deps.seal, deps.clock)
    this.questions = new Questions(deps.clock, () => this.newName('q'))
    this.states = new RequestStates(deps.seal, deps.clock, () => this.newName('s'))
    this.parked = new ParkedCalls(deps.clock)
    this.streams = new Streams(deps.clock)
    this.searches = new Searches({ clock: deps.clock, log: deps.log })
  }

  get openCalls(): number {
    return this.#openCalls
  }

  /** An unguessable name: 144 bits. They are bought in bulk: one by one they cost a system call in every request. */
  newName(prefix: string): string {
    if (this.#namesAt === this.#names.length) {
      this.#names = Buffer.from(this.deps.random(namesAtOnce * nameBytes))
      this.#namesAt = 0
    }
    this.#namesAt += nameBytes
    return `${prefix}-${this.#names.toString('base64url', this.#namesAt - nameBytes, this.#namesAt)}`
  }

  /** Keeps the log level of a legacy session for servers that take it per call; the oldest is forgotten first. */
  rememberLogLevel(session: string, level: string): void {
    if (this.logLevels.size >= limits.sessionsOpenedMax) {
      const [oldest] = this.logLevels.keys()
      if (oldest !== undefined) this.logLevels.delete(oldest)
    }
    this.logLevels.set(session, level)
  }

  /** Takes a place for one open request of this grant; the returned function gives it back. */
  enter(grant: string): (() => void) | undefined {
    const ofGrant = this.#openByGrant.get(grant) ?? 0
    if (this.#openCalls >= limits.openCallsMax || ofGrant >= limits.openCallsPerGrantMax) return undefined
    this.#openCalls += 1
    this.#openByGrant.set(grant, ofGrant + 1)
    return () => {
      this.#openCalls -= 1
      const left = (this.#openByGrant.get(grant) ?? 1) - 1
      if (left === 0) this.#openByGrant.delete(grant)
      else this.#openByGrant.set(grant, left)
    }
  }
}
