/**
 * The one face of every upstream server, whatever its transport and era. Promises: `send` never throws and says
 * honestly whether the server may have acted; nothing of one caller reaches another; every byte, event and second is
 * bounded; configured secrets never come back. Refuses: redirects, addresses the entry does not allow, answers that
 * are not the protocol.
 */
import type { Clock } from '../clock.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Era } from '../wire/era.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { RpcError, RpcId } from '../wire/rpc.ts'
import type { Resolve } from './egress.ts'
import { readEntry } from './http-origin.ts'
import { HttpUpstream } from './http-upstream.ts'
import { StdioUpstream } from './stdio-upstream.ts'
import { UnusableUpstream } from './unusable-upstream.ts'

/** A server over HTTP. `headers` are resolved values; `network` says which addresses it may have. */
export interface HttpEntry {
  readonly name: string
  readonly kind: 'http'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly network: 'public' | 'private'
  /** Values to redact. Absent: every header value. */
  readonly secrets?: readonly string[]
}

/** A server as a process of this machine: an argument vector, never a shell line. */
export interface StdioEntry {
  readonly name: string
  readonly kind: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Values to redact. Absent: every value of `env`. */
  readonly secrets?: readonly string[]
}

export type UpstreamEntry = HttpEntry | StdioEntry

/** What the agent's client declared about itself. */
export interface ClientDeclaration {
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject
}

/** What a server says it is. `serverInfo` and `instructions` are its own words: data, not facts. */
export interface UpstreamIdentity {
  readonly era: Era
  readonly protocolVersion: string
  readonly capabilities: JsonObject
  readonly serverInfo: JsonObject
  readonly instructions?: string
}

/** `ref` is all that is needed to use the session again, from any process; '' where the server keeps none. */
export interface UpstreamSession {
  readonly ref: string
  readonly identity: UpstreamIdentity
}

/** The answer of a client to a question of the server. */
export type QuestionAnswer = { readonly result: JsonObject } | { readonly error: RpcError }

/** Called for a notification that belongs to the caller. A returned promise pauses the reading until it settles. */
export type NotificationTaker = (method: string, params: JsonObject) => void | Promise<void>

/** Called for a question (elicitation, sampling, roots) that belongs to the caller. */
export type QuestionTaker = (method: string, params: JsonObject, signal: AbortSignal) => Promise<QuestionAnswer>

/** One request. `params` is final except for the three request keys of 2026-07-28, which are added from `client`. */
export interface UpstreamRequest {
  readonly method: string
  readonly params: JsonObject
  readonly client: ClientDeclaration
  /** The `ref` of this client's own session; absent: a session shared by (pool, capabilities, logLevel). */
  readonly session?: string
  /** Whose shared session may be used. Never shared between pools. */
  readonly pool: string
  readonly logLevel?: string
  /** Values for `Mcp-Name` and `Mcp-Param-*` (2026-07-28 over HTTP), already encoded. */
  readonly mcpName?: string
  readonly mcpParams?: Readonly<Record<string, string>>
  /** The agent's token. The server sees one of ours; notifications come back with this one. */
  readonly progressToken?: RpcId
  readonly signal: AbortSignal
  readonly totalMs: number
  readonly idleMs: number
  readonly answerBytesMax: number
  readonly onNotification: NotificationTaker
  readonly onRequest: QuestionTaker
  /** Told of a question that was refused because `client` did not declare that it can answer it. */
  readonly onUndeclared?: (method: string, params: JsonObject) => void
}

/** How a request ended. `refused`: certainly never acted on. `unknown`: dispatched, and the answer is lost. */
export type UpstreamOutcome =
  | {
      readonly kind: 'result'
      readonly result: JsonObject
      readonly bytes: number
      readonly status: number
      readonly redactions: number
    }
  | {
      readonly kind: 'error'
      readonly error: RpcError
      readonly status: number
      readonly bytes: number
      readonly redactions: number
      /** The error proves that the server did not act (method not found, invalid params, malformed request). */
      readonly certainlyNotExecuted: boolean
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown'; readonly refusal: Refusal }

/** What a listener wants to hear. Anything not asked for is not delivered. */
export interface ListenFilter {
  readonly toolsListChanged?: boolean
  readonly promptsListChanged?: boolean
  readonly resourcesListChanged?: boolean
  readonly resourceSubscriptions?: readonly string[]
}

export interface ListenOptions {
  readonly client: ClientDeclaration
  readonly session?: string
  readonly pool: string
  readonly filter: ListenFilter
  readonly signal: AbortSignal
  readonly onNotification: NotificationTaker
  readonly onRequest: QuestionTaker
  /** Called once, when the stream is over for any reason other than `signal`. */
  readonly onEnd: (reason: string) => void
}

/** Things a server did that the protocol does not allow, and what was dropped for it. */
export interface UpstreamCounters {
  /** Answers nobody waits for: a second answer with the same id, a foreign id. */
  strayAnswers: number
  /** Notifications of unknown methods, foreign tokens or no single addressee. */
  droppedNotifications: number
  /** Questions refused: undeclared capability, unknown method, no single addressee. */
  refusedQuestions: number
  /** Lines or events that are not messages. */
  junk: number
  redactions: number
}

export interface UpstreamStatus {
  readonly state: 'idle' | 'ready' | 'failing'
  readonly era?: Era
  readonly restarts?: number
  readonly lastError?: string
  /** Last words of the process on standard error, redacted. */
  readonly stderr?: string
  readonly counters: Readonly<UpstreamCounters>
}

/** One registered server. */
export interface Upstream {
  readonly entry: UpstreamEntry
  /** What the server is; asked once and cached, asked again after a failure. */
  identity(): Promise<Result<UpstreamIdentity>>
  /** Legacy HTTP: a session of its own for one client. Otherwise `ref` is ''. */
  openSession(client: ClientDeclaration): Promise<Result<UpstreamSession>>
  closeSession(ref: string): Promise<void>
  /** Never throws, never rejects. */
  send(request: UpstreamRequest): Promise<UpstreamOutcome>
  /** Best effort; dropped where the era or the transport has no place for it. */
  notify(method: string, params: JsonObject, session?: string): Promise<void>
  listen(options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>>
  status(): UpstreamStatus
  stop(): Promise<void>
}

export interface UpstreamDeps {
  readonly clock: Clock
  readonly log: Logger
  /** A fresh id; default `crypto.randomUUID`. */
  readonly random?: () => string
  /** How the gateway introduces itself upstream. */
  readonly name: string
  readonly version: string
  /** Name resolution; default: the machine's own (`getaddrinfo`). */
  readonly resolve?: Resolve
}

/** Makes the upstream of an entry. Opens nothing: the first use connects or starts the process. */
export function createUpstream(entry: UpstreamEntry, deps: UpstreamDeps): Upstream {
  if (entry.kind === 'stdio') return new StdioUpstream(entry, deps)
  const target = readEntry(entry)
  return target.ok ? new HttpUpstream(entry, target.value, deps) : new UnusableUpstream(entry, target.refusal)
}
