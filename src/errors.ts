/**
 * The one catalogue of coded errors. Each entry: HTTP status, JSON-RPC code, a public message that is safe for the
 * agent (it names the rule that was broken; `{placeholders}` are filled in), the usual cause, and a remedy for the
 * operator. `docs/reference/errors.md` lists the same codes; a test holds the two equal.
 *
 * Refusals are values (`Refusal`, `Result`). A `Fault` is thrown when something broke. Both deny.
 * JSON-RPC codes of our own lie outside −32768…−32000 (MCP 2026-07-28, basic/index, error codes).
 */
import type { JsonObject } from './wire/json-types.ts'

interface Entry {
  readonly http: number
  readonly rpc: number
  readonly message: string
  readonly cause: string
  readonly remedy: string
}

const catalogue = {
  // -- wire -----------------------------------------------------------------------------------------------------
  // -- identity -------------------------------------------------------------------------------------------------
  // -- gateway --------------------------------------------------------------------------------------------------
  ERR_HTTP_HOST: {
    http: 421,
    rpc: -31100,
    message: '`Host` does not name this gateway',
    cause: 'a page or proxy addressed the gateway by a name it does not serve (DNS rebinding looks like this)',
    remedy: 'use the printed URL, or add the name to `http.hosts` in sallyport.yaml',
  },
  ERR_HTTP_ORIGIN: {
    http: 403,
    rpc: -31101,
    message: '`Origin` is not this gateway',
    cause: 'a web page of another origin called the gateway',
    remedy: 'call from a program, or from the gateway’s own pages',
  },
  ERR_HTTP_PATH: {
    http: 404,
    rpc: -31102,
    message: 'nothing is served at this path; MCP lives at /mcp and /mcp/{server}',
    cause: 'a mistyped URL',
    remedy: 'compare the URL with `sallyport server list`',
  },
  ERR_HTTP_METHOD: {
    http: 405,
    rpc: -31103,
    message: 'this path does not take `{method}` from this client',
    cause: 'GET and DELETE exist only inside a legacy session',
    remedy: 'POST one JSON-RPC message',
  },
  ERR_HTTP_HEADER_REPEATED: {
    http: 400,
    rpc: -31104,
    message: 'header `{header}` was sent more than once',
    cause: 'two programs added the same header, or someone tries to be read two ways',
    remedy: 'send the header once',
  },
  ERR_HTTP_MEDIA_TYPE: {
    http: 415,
    rpc: -31105,
    message: 'the body must be `Content-Type: application/json`, UTF-8',
    cause: 'another media type or charset',
    remedy: 'send application/json',
  },
  ERR_HTTP_ENCODING: {
    http: 415,
    rpc: -31106,
    message: 'compressed request bodies are not read',
    cause: 'a client or proxy compresses requests',
    remedy: 'send the body without `Content-Encoding`',
  },
  ERR_HTTP_ACCEPT: {
    http: 406,
    rpc: -31107,
    message: '`Accept` must allow application/json or text/event-stream',
    cause: 'the client accepts neither form of answer',
    remedy: 'send `Accept: application/json, text/event-stream`',
  },
  ERR_HTTP_BODY_TOO_LARGE: {
    http: 413,
    rpc: -31108,
    message: 'the body is larger than {max} bytes',
    cause: 'very large tool arguments',
    remedy: 'pass large data by reference (a resource or a file)',
  },
  ERR_HTTP_BODY_CUT: {
    http: 400,
    rpc: -31109,
    message: 'the body ended before it was complete',
    cause: 'the client closed the connection or lied about `Content-Length`',
    remedy: 'send the whole body',
  },
  ERR_SERVER_NOT_GRANTED: {
    http: 403,
    rpc: -31110,
    message: 'this credential is not attached to a server of that name',
    cause: 'the grant does not list the server, or the server does not exist',
    remedy: 'attach the server to the grant: `sallyport grant create --server NAME=POLICY`',
  },
  ERR_METHOD_UNKNOWN: {
    http: 404,
    rpc: -32601,
    message: 'method `{method}` is not served on this protocol revision',
    cause: 'an unknown, removed or misspelled method',
    remedy: 'use a method of the negotiated protocol revision',
  },
  ERR_PARAMS_INVALID: {
    http: 400,
    rpc: -32602,
    message: '{reason}',
    cause: 'params of the wrong shape',
    remedy: 'follow the schema of the method',
  },
  ERR_SESSION_MISSING: {
    http: 400,
    rpc: -31112,
    message: 'this request needs the `Mcp-Session-Id` that initialize returned',
    cause: 'a legacy client that did not initialize',
    remedy: 'send initialize first',
  },
  ERR_SESSION_UNKNOWN: {
    http: 404,
    rpc: -31113,
    message: 'no such session',
    cause: 'the session was ended, has expired or is not yours',
    remedy: 'send initialize again',
  },
  ERR_SESSION_TOO_LARGE: {
    http: 400,
    rpc: -31114,
    message: 'the declared client capabilities are larger than {max} bytes',
    cause: 'an unusually large initialize',
    remedy: 'declare only what the client supports',
  },
  ERR_STREAM_OPEN: {
    http: 409,
    rpc: -31115,
    message: 'this session already has a stream open',
    cause: 'two GET streams in one session',
    remedy: 'close the other stream first',
  },
  ERR_STATE_INVALID: {
    http: 400,
    rpc: -32602,
    message: '`requestState` is not one this call may continue with',
    cause: 'altered, expired, already used, or made for another caller, tool or arguments',
    remedy: 'make the call again without `requestState`',
  },
  ERR_TOOL_UNKNOWN: {
    http: 400,
    rpc: -32602,
    message: 'no tool named `{tool}`',
    cause: 'a misspelled tool, or one this server does not offer',
    remedy: 'list the tools and use an exact name',
  },
  ERR_TOOL_AMBIGUOUS: {
    http: 400,
    rpc: -32602,
    message: '`{name}` is offered by more than one server; use its server’s own endpoint',
    cause: 'two servers offer the same address',
    remedy: 'connect to /mcp/{server} of the one you mean',
  },
  ERR_TOOL_NOT_REVIEWED: {
    http: 403,
    rpc: -31120,
    message: 'the definition of `{tool}` is new or has changed and waits for review',
    cause: 'the server offers something else than what was reviewed',
    remedy: 'look at the difference with `sallyport server review {server}`',
  },
  ERR_ARGUMENTS_INVALID: {
    http: 400,
    rpc: -32602,
    message: 'arguments do not fit the tool’s input schema: {reason}',
    cause: 'the agent sent arguments of the wrong shape',
    remedy: 'correct the arguments',
  },
  ERR_BUSY: {
    http: 503,
    rpc: -31130,
    message: 'too many calls are open ({max}); try again shortly',
    cause: 'more concurrent calls than the gateway holds',
    remedy: 'wait, or spread the load',
  },
  ERR_DRAINING: {
    http: 503,
    rpc: -31131,
    message: 'the gateway is stopping',
    cause: 'SIGTERM was received',
    remedy: 'try again in a few seconds',
  },
  ERR_CLIENT_CANNOT: {
    http: 400,
    rpc: -31132,
    message: 'the server asked for `{capability}`, which this client did not declare',
    cause: 'the tool needs to ask its user something that this client cannot show',
    remedy: 'use a client with that capability',
  },
  ERR_CLIENT_GONE: {
    http: 400,
    rpc: -31133,
    message: 'the client did not answer the server’s question in time',
    cause: 'a question was left open',
    remedy: 'repeat the call and answer the question',
  },
  ERR_RESULT_INVALID: {
    http: 502,
    rpc: -31134,
    message: 'the server’s answer is not a valid result: {reason}',
    cause: 'a defect in the server',
    remedy: 'report it to the server’s maintainers',
  },
  // -- policy and limits ----------------------------------------------------------------------------------------
  ERR_POLICY_DENIED: {
    http: 403,
    rpc: -31001,
    message: '{reason}',
    cause: 'a rule of the policy says no',
    remedy: 'see the rule named in `rule`; change the policy or the call',
  },
  ERR_LIMIT_REACHED: {
    http: 429,
    rpc: -31002,
    message: '{reason}',
    cause: 'a limit of the policy is used up',
    remedy: 'wait for `retryAfterMs`, or raise the limit',
  },
  ERR_APPROVAL_REQUIRED: {
    http: 403,
    rpc: -31003,
    message: '{reason}',
    cause: 'a rule asks for a person’s approval, and approvals are not available here yet',
    remedy: 'change the rule or the call',
  },
  // -- upstream -------------------------------------------------------------------------------------------------
  // -- ledger and store -----------------------------------------------------------------------------------------
  // -- configuration, API, CLI ----------------------------------------------------------------------------------
  ERR_CLI_USAGE: {
    http: 400,
    rpc: -31400,
    message: '{reason}',
    cause: 'an unknown command or option, or a value of the wrong form',
    remedy: 'see `sallyport --help`',
  },
  ERR_CLI_FILE: {
    http: 400,
    rpc: -31401,
    message: 'cannot use `{file}`: {reason}',
    cause: 'the file is missing, not readable or not what the command expects',
    remedy: 'check the path, and that you may read it',
  },
  ERR_CLI_NO_RECORD: {
    http: 503,
    rpc: -31402,
    message: 'no gateway is known: `{dataDir}` holds no record of one',
    cause: 'no gateway has been started on this data folder',
    remedy: 'start one with `sallyport start`, or name it with --url or --data-dir',
  },
  ERR_CLI_UNREACHABLE: {
    http: 503,
    rpc: -31403,
    message: 'cannot reach the gateway at {url}: {reason}',
    cause: 'the gateway is not running, or listens elsewhere',
    remedy: 'start it with `sallyport start`, or name it with --url',
  },
  ERR_CLI_CREDENTIAL: {
    http: 401,
    rpc: -31404,
    message: 'the gateway at {url} does not know the credential of `{dataDir}`',
    cause: 'another data folder than that of the running gateway',
    remedy: 'name its data folder with --data-dir',
  },
  ERR_CLI_PLAIN_HTTP: {
    http: 400,
    rpc: -31405,
    message: 'the admin credential is not sent to {url}: it would cross the network unencrypted',
    cause: 'a plain http address of another machine',
    remedy: 'use an https address, or run the command on the machine of the gateway',
  },
  ERR_CLI_ANSWER: {
    http: 502,
    rpc: -31406,
    message: '{url} did not answer as a gateway of this version would ({path})',
    cause: 'something else listens there, or the versions of command and gateway differ',
    remedy: 'compare `sallyport --version` with the version of the gateway',
  },
  ERR_CLI_NOT_CONFIRMED: {
    http: 400,
    rpc: -31407,
    message: 'nothing was {done}: a yes is needed',
    cause: 'the question was answered with no, or nobody could be asked',
    remedy: 'answer with `y`, or pass --yes where nobody can be asked',
  },
  ERR_BRIDGE_UNREACHABLE: {
    http: 503,
    rpc: -31410,
    message: 'the gateway at {url} cannot be reached: {reason}; the request was not sent',
    cause: 'the gateway is not running, or listens elsewhere',
    remedy: 'start it with `sallyport start`',
  },
  ERR_BRIDGE_LOST: {
    http: 502,
    rpc: -31411,
    message: 'the connection to the gateway was lost before the answer: {reason}; the outcome is in the ledger',
    cause: 'the gateway was stopped or the network was cut in mid-call',
    remedy: 'look at `sallyport ledger tail` before calling again',
  },
  ERR_BRIDGE_REFUSED: {
    http: 502,
    rpc: -31412,
    message: 'the gateway refused the request with status {status}',
    cause: 'the token is missing or not valid, or the address is not that of a server',
    remedy: 'check the token and the name of the server with `sallyport doctor`',
  },
  ERR_INTERNAL: {
    http: 500,
    rpc: -31000,
    message: 'the gateway met an internal fault; nothing was forwarded after it',
    cause: 'a defect in the gateway or its machine',
    remedy: 'look for this request id in the gateway log and report it',
  },
} satisfies Record<string, Entry>

export type ErrorCode = keyof typeof catalogue

/** A normal negative outcome: safe to show, never thrown. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly data?: JsonObject
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

/** Wraps a value as an accepted result. */
export function accepted<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** Builds a refusal: the public message of `code` with its `{placeholders}` filled from `details`. */
export function refuse(code: ErrorCode, details: Record<string, string | number> = {}, data?: JsonObject): Refusal {
  const message = catalogue[code].message.replace(/\{(\w+)\}/g, (whole, key: string) =>
    Object.hasOwn(details, key) ? String(details[key]) : whole,
  )
  return data === undefined ? { code, message } : { code, message, data }
}

/** The same as `refuse`, as a result. */
export function refused(
  code: ErrorCode,
  details: Record<string, string | number> = {},
  data?: JsonObject,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refuse(code, details, data) }
}

/** The whole catalogue entry of a code (HTTP status, JSON-RPC code, cause, remedy). */
export function errorEntry(code: ErrorCode): Readonly<Entry> {
  return catalogue[code]
}

/** Every code of the catalogue, in its order. */
export function errorCodes(): readonly ErrorCode[] {
  return Object.keys(catalogue) as ErrorCode[]
}

/** Something broke. Carries a coded refusal for whoever asked, and the cause for the operator. */
export class Fault extends Error {
  readonly refusal: Refusal
  constructor(code: ErrorCode, details: Record<string, string | number> = {}, cause?: unknown) {
    const refusal = refuse(code, details)
    super(refusal.message, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.refusal = refusal
  }
}
