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
  ERR_WIRE_TOO_LARGE: {
    http: 413,
    rpc: -32600,
    message: 'body is larger than {max} bytes; pass large content by reference, for example as a resource URI',
    cause: 'a request body above `requestBytesMax`',
    remedy: 'send less in one call',
  },
  ERR_WIRE_ENCODING: {
    http: 400,
    rpc: -32700,
    message: 'body is not UTF-8 without a byte order mark; encode it as plain UTF-8',
    cause: 'UTF-16, a byte order mark, or invalid or overlong UTF-8 (RFC 8259 section 8.1)',
    remedy: 'fix the encoding in the client',
  },
  ERR_WIRE_MALFORMED: {
    http: 400,
    rpc: -32700,
    message: 'body is not exactly one JSON value; send one JSON-RPC message and nothing after it',
    cause: 'a syntax error, an empty body, or text after the value (RFC 8259 section 2)',
    remedy: 'fix the serialiser in the client',
  },
  ERR_WIRE_TOO_DEEP: {
    http: 400,
    rpc: -32600,
    message: 'body is nested deeper than {max} levels; flatten the arguments',
    cause: 'a nesting depth above `requestDepthMax`',
    remedy: 'flatten the arguments',
  },
  ERR_WIRE_TOO_MANY_ELEMENTS: {
    http: 400,
    rpc: -32600,
    message: 'body holds more than {max} members and items; split the call',
    cause: 'an element count above `requestElementsMax`',
    remedy: 'split the call into smaller ones',
  },
  ERR_WIRE_DUPLICATE_KEY: {
    http: 400,
    rpc: -32600,
    message: 'object has the key `{key}` twice; two readers could each see another value, so send it once',
    cause: 'a serialiser that repeats keys, or someone who tries to be read two ways (RFC 8259 section 4)',
    remedy: 'send every key once',
  },
  ERR_WIRE_FOLD_EQUAL_KEYS: {
    http: 400,
    rpc: -32600,
    message: 'keys `{first}` and `{second}` differ only in case or compatibility form; send one of them',
    cause: 'a server that matches keys without case would read the other one (CVE-2026-27896)',
    remedy: 'send one spelling of the key',
  },
  ERR_WIRE_LOOKALIKE_KEY: {
    http: 400,
    rpc: -32600,
    message:
      'member `{key}` is not `{member}`, but some readers would take it for that; spell it `{member}` or rename it',
    cause: 'a server that matches keys without case would obey what was not judged (CVE-2026-27896)',
    remedy: 'spell the member as the specification does',
  },
  ERR_WIRE_LOSSY_NUMBER: {
    http: 400,
    rpc: -32600,
    message: 'number `{number}` does not fit a double exactly; send it as a string',
    cause:
      'an integer beyond 2^53 or more digits than a double carries: it would change on the way (RFC 7493 section 2.2)',
    remedy: 'send long identifiers and exact decimals as strings',
  },
  ERR_WIRE_FORBIDDEN_CHARACTER: {
    http: 400,
    rpc: -32600,
    message: 'text holds {character}, which readers treat differently; remove it',
    cause: 'U+0000 or an unpaired surrogate written as an escape (RFC 7493 section 2.1)',
    remedy: 'remove the character, or send binary data as base64',
  },
  ERR_WIRE_BATCH: {
    http: 400,
    rpc: -32600,
    message: 'batches are not served; send one message per request',
    cause: 'an array body; batching left MCP in revision 2025-06-18',
    remedy: 'send one message per request',
  },
  ERR_WIRE_MESSAGE: {
    http: 400,
    rpc: -32600,
    message: 'not a JSON-RPC 2.0 message: {problem}',
    cause: 'a wrong or unknown envelope member (JSON-RPC 2.0 sections 4 and 5)',
    remedy: 'fix the envelope in the client',
  },
  ERR_WIRE_PROTOCOL_VERSION: {
    http: 400,
    rpc: -32022,
    message: 'protocol version `{requested}` is not served; use one of {supported}',
    cause: 'a client of a revision this gateway does not know (MCP 2026-07-28, basic/versioning)',
    remedy: 'update the client or the gateway, whichever is older',
  },
  ERR_WIRE_HEADER_MISMATCH: {
    http: 400,
    rpc: -32020,
    message: 'header `{header}` {problem}',
    cause:
      'header and body disagree: a stale client, or someone who tries to be read two ways (MCP 2026-07-28, basic/transports/streamable-http)',
    remedy: 'send the value of the body; after a change of a tool’s schema list the tools again',
  },
  ERR_WIRE_META: {
    http: 400,
    rpc: -32602,
    message: '`_meta` member `{key}` {problem}',
    cause: 'per-request metadata is missing or of the wrong type (MCP 2026-07-28, basic/index)',
    remedy: 'send protocolVersion and clientCapabilities in the `_meta` of every request',
  },
  ERR_WIRE_MISSING_CAPABILITY: {
    http: 400,
    rpc: -32021,
    message: 'this call needs a capability the client did not declare: {capabilities}',
    cause: 'the server wants to ask something the client cannot answer (MCP 2026-07-28, basic/index)',
    remedy: 'use a client that supports it and declares it in clientCapabilities',
  },
  ERR_WIRE_PARAM_HEADER: {
    http: 400,
    rpc: -32602,
    message: 'schema annotation x-mcp-header is invalid: {problem}',
    cause: 'a tool definition that clients must drop (MCP 2026-07-28, custom headers from tool parameters)',
    remedy: 'the author of the server has to correct the annotation',
  },
  // -- identity -------------------------------------------------------------------------------------------------
  ERR_AUTH_MISSING: {
    http: 401,
    rpc: -31001,
    message: 'a grant token is needed: `Authorization: Bearer sp_…`',
    cause: 'the client sends no credential',
    remedy: 'mint a grant with `sallyport grant create` and give its token to the client',
  },
  ERR_AUTH_MALFORMED: {
    http: 401,
    rpc: -31002,
    message: '`Authorization` must hold exactly one Bearer credential',
    cause: 'another scheme, an empty token, or more than one credential',
    remedy: 'send `Authorization: Bearer <token>` once',
  },
  ERR_AUTH_UNKNOWN_TOKEN: {
    http: 401,
    rpc: -31003,
    message: 'the credential is not valid here, or no longer',
    cause: 'a token of another gateway, a mistyped token, or a grant that was removed',
    remedy: 'compare `sallyport grant list`; mint a new token with `sallyport grant rotate NAME`',
  },
  ERR_AUTH_EXPIRED: {
    http: 401,
    rpc: -31003,
    message: 'the credential is not valid here, or no longer',
    cause: 'the grant has expired',
    remedy: 'create the grant again with a later expiry',
  },
  ERR_AUTH_REVOKED: {
    http: 401,
    rpc: -31003,
    message: 'the credential is not valid here, or no longer',
    cause: 'the grant was revoked or its token was rotated',
    remedy: 'give the client the current token; find out who still uses the old one',
  },
  ERR_GRANT_EXISTS: {
    http: 409,
    rpc: -31010,
    message: 'a grant named `{name}` exists already',
    cause: 'names of grants are unique',
    remedy: 'use another name, revoke the grant, or mint a new token with `sallyport grant rotate NAME`',
  },
  ERR_GRANT_UNKNOWN: {
    http: 404,
    rpc: -31011,
    message: 'no grant named `{name}`',
    cause: 'a misspelled or revoked grant',
    remedy: 'compare `sallyport grant list`',
  },
  ERR_GRANT_INVALID: {
    http: 400,
    rpc: -31012,
    message: 'the grant is not valid: {reason}',
    cause: 'a value of the wrong form',
    remedy: 'correct the value and try again',
  },
  ERR_GRANT_MANAGED_BY_FILE: {
    http: 409,
    rpc: -31013,
    message: 'grant `{name}` is declared in sallyport.yaml with its token; {what} it there',
    cause: 'objects of the file are changed in the file',
    remedy: 'edit sallyport.yaml or the environment variable it names; the gateway reads the file again by itself',
  },
  ERR_GRANT_NOT_ATTACHED: {
    http: 404,
    rpc: -31015,
    message: 'grant `{name}` is not attached to server `{server}`, so its calls there are turned away',
    cause: 'the grant does not list the server',
    remedy: 'compare `sallyport grant list`; attach the server where the grant is declared',
  },
  ERR_GRANT_TOKEN_WEAK: {
    http: 400,
    rpc: -31014,
    message: 'the token of grant `{name}` is too weak: {reason}',
    cause: 'a short, repetitive or well-known secret',
    remedy: 'make one with `openssl rand -base64 32`, or leave `token` out and run `sallyport grant create NAME`',
  },
  // -- catalogue ------------------------------------------------------------------------------------------------
  ERR_SCHEMA_REFUSED: {
    http: 400,
    rpc: -31201,
    message: 'the input schema is refused: {reason}',
    cause: 'the schema could be read two ways, reaches outside itself, or could cost unbounded time',
    remedy: 'ask the author of the server to correct the schema',
  },
  ERR_PIN_REFUSED: {
    http: 409,
    rpc: -31202,
    message: 'the definition of `{tool}` cannot be pinned: {reason}',
    cause: 'the definition is malformed, too large, or hostile',
    remedy: 'ask the author of the server to correct the definition',
  },
  ERR_PIN_MOVED: {
    http: 409,
    rpc: -31203,
    message: 'the definition of `{tool}` is not the one that was reviewed',
    cause: 'the server changed it between the review and the approval',
    remedy: 'review it again: `sallyport server review NAME`',
  },
  ERR_PIN_UNKNOWN: {
    http: 404,
    rpc: -31204,
    message: 'server `{server}` offers no tool named `{tool}`',
    cause: 'a misspelled tool, or one the server has removed',
    remedy: 'compare `sallyport server show NAME`',
  },
  ERR_CATALOGUE_DATA: {
    http: 500,
    rpc: -31205,
    message: 'the file `{file}` of the catalogue cannot be used: {reason}',
    cause: 'a file that came with the program was removed or changed',
    remedy: 'install the program again',
  },
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
    message: 'what client and servers declare for this session is larger than {max} bytes',
    cause: 'an unusually large initialize',
    remedy: 'declare only what the client supports',
  },
  ERR_STATE_INVALID: {
    http: 400,
    rpc: -32602,
    message:
      '`requestState` is not one this call may continue with; make the call again without it and without answers',
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
  ERR_RESULT_WITHHELD: {
    http: 403,
    rpc: -31004,
    message: '{reason}',
    cause: 'the answer breaks a result rule of the policy; the call has been carried out',
    remedy: 'see the rule named in `rule`; change the policy, or ask the server for less',
  },
  ERR_APPROVAL_REQUIRED: {
    http: 403,
    rpc: -31003,
    message: '{reason}',
    cause: 'a rule asks for a person’s approval, and approvals are not available here yet',
    remedy: 'change the rule or the call',
  },
  // -- upstream -------------------------------------------------------------------------------------------------
  ERR_UPSTREAM_UNREACHABLE: {
    http: 502,
    rpc: -31401,
    message: 'server `{server}` cannot be reached: {reason}',
    cause: 'the server is not running, its name does not resolve, or the network is down',
    remedy: 'start the server or correct its `url`; `sallyport doctor` tries it',
  },
  ERR_UPSTREAM_EGRESS: {
    http: 502,
    rpc: -31402,
    message: '`{host}` is not an address that server `{server}` may be reached at: {reason}',
    cause: 'the address is loopback, private, link-local or otherwise not public, as written or as resolved',
    remedy: 'if the server really is on this machine or network, set `network: private` on its entry',
  },
  ERR_UPSTREAM_TLS: {
    http: 502,
    rpc: -31403,
    message: 'the secure connection to server `{server}` failed: {reason}',
    cause: 'a certificate that is expired, self-signed or for another host',
    remedy: 'correct the certificate of the server; it cannot be skipped',
  },
  ERR_UPSTREAM_REDIRECT: {
    http: 502,
    rpc: -31404,
    message: 'server `{server}` answered with redirect {status}, which is never followed',
    cause: 'a moved endpoint, a sign-in page, or an attempt to carry credentials elsewhere',
    remedy: 'set the `url` of the server to its final address',
  },
  ERR_UPSTREAM_UNAUTHORIZED: {
    http: 502,
    rpc: -31405,
    message: 'server `{server}` refused the credential of the gateway (HTTP {status})',
    cause: 'a missing, expired or insufficient credential in the headers of the entry',
    remedy: 'correct the header value of the server entry',
  },
  ERR_UPSTREAM_REFUSED: {
    http: 502,
    rpc: -31406,
    message: 'server `{server}` refused the request before acting on it (HTTP {status})',
    cause: 'the `url` is not an MCP endpoint, or the server does not serve this method',
    remedy: 'compare the `url` with the documentation of the server',
  },
  ERR_UPSTREAM_BUSY: {
    http: 503,
    rpc: -31407,
    message: 'server `{server}` takes no more calls now: {reason}',
    cause: 'the server limits its callers, or more calls wait than the gateway holds for one server',
    remedy: 'call again later, less often',
  },
  ERR_UPSTREAM_FAILED: {
    http: 502,
    rpc: -31408,
    message: 'server `{server}` failed (HTTP {status}); whether it acted is not known',
    cause: 'a defect or overload of the server',
    remedy: 'look at the log of the server before calling again',
  },
  ERR_UPSTREAM_LOST: {
    http: 502,
    rpc: -31409,
    message: 'the answer of server `{server}` was lost: {reason}; whether it acted is not known',
    cause: 'the server closed the connection or its process ended in mid-call',
    remedy: 'look at the effect before calling again',
  },
  ERR_UPSTREAM_CUT: {
    http: 504,
    rpc: -31410,
    message: 'the call to server `{server}` was cut at its limit of {limit}; whether it acted is not known',
    cause: 'an answer that is too large, too long or never comes',
    remedy: 'ask for less; look at the effect before calling again',
  },
  ERR_UPSTREAM_INVALID: {
    http: 502,
    rpc: -31411,
    message: 'the answer of the server is not valid: {problem}',
    cause: 'the server does not keep the protocol',
    remedy: 'report it to the author of the server',
  },
  ERR_UPSTREAM_ENCODING: {
    http: 502,
    rpc: -31412,
    message: 'server `{server}` answered with content encoding `{encoding}`, which was not asked for and is not read',
    cause: 'a proxy in front of the server compresses answers',
    remedy: 'switch compression off for the endpoint',
  },
  ERR_UPSTREAM_SESSION_GONE: {
    http: 502,
    rpc: -31413,
    message: 'the session at server `{server}` has ended; nothing was executed',
    cause: 'the server restarted or dropped the session',
    remedy: 'start a new session: initialize again',
  },
  ERR_UPSTREAM_CANCELLED: {
    http: 499,
    rpc: -31414,
    message: 'the call to server `{server}` was cancelled by its caller',
    cause: 'the agent cancelled',
    remedy: 'none',
  },
  ERR_UPSTREAM_NOT_STARTED: {
    http: 502,
    rpc: -31415,
    message: 'the process of server `{server}` could not be started: {reason}',
    cause: 'a command that does not exist, or a process that ends at once',
    remedy: 'run the command by hand; its last words are in `sallyport server show {server}`',
  },
  ERR_UPSTREAM_RESTARTING: {
    http: 503,
    rpc: -31416,
    message: 'the process of server `{server}` ended and is not started again before {retryAfterMs} ms have passed',
    cause: 'the process keeps ending',
    remedy: 'look at its last words: `sallyport server show {server}`',
  },
  ERR_UPSTREAM_VERSION: {
    http: 502,
    rpc: -31417,
    message: 'server `{server}` speaks no protocol revision that the gateway speaks (it offers {offered})',
    cause: 'a server of another time',
    remedy: 'update the server',
  },
  ERR_UPSTREAM_HEADER: {
    http: 500,
    rpc: -31418,
    message: 'header `{header}` cannot be sent to server `{server}`: {reason}',
    cause: 'a value with control characters, or a name that belongs to the protocol',
    remedy: 'correct the header of the server entry, or the argument that is mirrored into it',
  },
  ERR_UPSTREAM_NO_STREAM: {
    http: 502,
    rpc: -31419,
    message: 'server `{server}` offers no stream of notifications',
    cause: 'the server answers GET with 405 or declares no such capability',
    remedy: 'none: lists have to be asked for again',
  },
  ERR_UPSTREAM_STOPPED: {
    http: 503,
    rpc: -31420,
    message: 'server `{server}` is being stopped',
    cause: 'the gateway is draining, or the entry was removed',
    remedy: 'call again when the gateway is back',
  },
  // -- ledger and store -----------------------------------------------------------------------------------------
  ERR_LEDGER_UNAVAILABLE: {
    http: 503,
    rpc: -31300,
    message: 'the record of this call could not be made durable in time, and no record means no call; try again later',
    cause: 'the store is full, read-only, locked by another program, hung, or too far behind',
    remedy: 'see `/readyz` and the gateway log for the error of the store; calls resume by themselves when it works',
  },
  ERR_LEDGER_CLOSED: {
    http: 503,
    rpc: -31301,
    message: 'the record of this call was already closed, so its answer is withheld',
    cause: 'the gateway was stopping and closed the record as unknown before the answer came',
    remedy: 'look at the record: whether the call took effect is not known',
  },
  ERR_LEDGER_DAMAGED: {
    http: 500,
    rpc: -31302,
    message: 'entry `{seq}` of the ledger cannot be read: it is not what was written',
    cause: 'the database file was changed by something else, or its disk failed',
    remedy: 'keep a copy of the data folder as evidence, and compare with an earlier export',
  },
  ERR_STORE_LOCKED: {
    http: 503,
    rpc: -31310,
    message: 'data folder `{folder}` is in use by another gateway{holder}; one folder serves one gateway',
    cause: 'a second gateway was started on the same data folder',
    remedy: 'stop the other gateway, or give this one its own `--data-dir`',
  },
  ERR_STORE_UNREADABLE: {
    http: 503,
    rpc: -31311,
    message: 'store `{file}` cannot be opened: {reason}',
    cause: 'a missing right, a full disk, a file that is not a database of this program, or a damaged one',
    remedy: 'repair the file or its rights, or restore a copy; it was left as it is',
  },
  ERR_STORE_NEWER: {
    http: 503,
    rpc: -31312,
    message: 'store `{file}` has layout {found}, and this program knows layouts up to {known}',
    cause: 'the data folder was written by a newer version',
    remedy: 'run the newer version; there is no way back to an older layout',
  },
  // -- configuration, API, CLI ----------------------------------------------------------------------------------
  ERR_CONFIG_INVALID: {
    http: 400,
    rpc: -31601,
    message: 'the configuration is refused:\n{problems}',
    cause: 'a mistake in sallyport.yaml, in the host file, or in a policy file they name',
    remedy: 'correct the named places; a running gateway keeps the configuration it has',
  },
  ERR_START_REFUSED: {
    http: 500,
    rpc: -31603,
    message: 'the gateway does not start on this set-up:\n{problems}',
    cause: 'a set-up that would let others in',
    remedy: 'follow the line after each problem',
  },
  ERR_API_UNAUTHENTICATED: {
    http: 401,
    rpc: -31610,
    message: 'the control API needs the admin credential: `Authorization: Bearer …`',
    cause: 'no credential, or one of an earlier start of the gateway',
    remedy: 'read it from admin.json in the data folder; the commands do so with --data-dir',
  },
  ERR_API_AGENT_CREDENTIAL: {
    http: 403,
    rpc: -31611,
    message: 'a grant token never opens the control API',
    cause: 'an agent, or a program with the token of an agent, tries to administer the gateway',
    remedy: 'use the admin credential on the gateway’s own host; find out who sent this',
  },
  ERR_API_BROWSER: {
    http: 403,
    rpc: -31612,
    message: 'the control API is not for web pages',
    cause: 'a browser sent the request (it carries `Origin` or `Sec-Fetch-Site`)',
    remedy: 'use the commands, or a program that is not a browser',
  },
  ERR_API_INVALID: {
    http: 400,
    rpc: -31613,
    message: 'the request is not valid: {reason}',
    cause: 'a member is missing, unknown or of the wrong form',
    remedy: 'compare /api/v1/openapi.json',
  },
  ERR_API_PATH: {
    http: 404,
    rpc: -31614,
    message: 'the control API has no `{method} {path}`',
    cause: 'a mistyped path or method',
    remedy: 'compare /api/v1/openapi.json',
  },
  ERR_API_COMMAND_FORBIDDEN: {
    http: 403,
    rpc: -31615,
    message: 'a server with a command line cannot be added over HTTP',
    cause: 'whoever may add a command line runs programs on the host (CVE-2026-79748)',
    remedy: 'declare it in sallyport.yaml, or run `sallyport server add --command` on the host',
  },
  ERR_SERVER_EXISTS: {
    http: 409,
    rpc: -31620,
    message: 'a server named `{server}` exists already',
    cause: 'names of servers are unique',
    remedy: 'use another name, or remove the server first',
  },
  ERR_SERVER_UNKNOWN: {
    http: 404,
    rpc: -31621,
    message: 'no server named `{server}`',
    cause: 'a misspelled or removed server',
    remedy: 'compare `sallyport server list`',
  },
  ERR_SERVER_MANAGED: {
    http: 409,
    rpc: -31622,
    message: 'server `{server}` is declared in {file}',
    cause: 'objects of a file are changed in the file',
    remedy: 'edit the file; the gateway reads it again by itself',
  },
  ERR_SERVER_INVALID: {
    http: 400,
    rpc: -31623,
    message: 'the server is not valid: {reason}',
    cause: 'a value of the wrong form',
    remedy: 'correct the value and try again',
  },
  ERR_SERVER_LIST: {
    http: 502,
    rpc: -31624,
    message: 'the tools of `{server}` cannot be listed: {reason}',
    cause: 'the server is down, refuses the gateway, or does not answer as MCP',
    remedy: 'look at `sallyport doctor` and at the server itself',
  },
  ERR_CLIENT_CONFIG: {
    http: 400,
    rpc: -31421,
    message: 'the configuration `{file}` of a client cannot be used: {reason}',
    cause: 'a syntax error, or a file in a form that cannot be changed without touching the rest of it',
    remedy: 'correct the file in an editor; nothing of it was changed',
  },
  ERR_CLIENT_SERVER: {
    http: 400,
    rpc: -31422,
    message: 'server `{server}` cannot be looked at: {reason}',
    cause: 'an entry that needs a value, a transport or a runtime that is not here',
    remedy: 'give it what it names, or look at it from where its client runs',
  },
  ERR_REGISTRY: {
    http: 502,
    rpc: -31423,
    message: 'the registry cannot be read: {reason}',
    cause: 'a wrong address, a registry that is down, or a file of another form',
    remedy: 'compare the address; the official one is https://registry.modelcontextprotocol.io',
  },
  ERR_RECORD_UNKNOWN: {
    http: 404,
    rpc: -31640,
    message: 'no record of request `{requestId}`',
    cause: 'a mistyped request id, or a request of another gateway',
    remedy: 'compare `sallyport ledger tail`',
  },
  ERR_POLICY_UNKNOWN: {
    http: 404,
    rpc: -31630,
    message: 'no policy named `{policy}`',
    cause: 'a misspelled or removed policy',
    remedy: 'compare `sallyport policy show`',
  },
  ERR_POLICY_REFUSED: {
    http: 400,
    rpc: -31631,
    message: 'policy `{policy}` is refused:\n{problems}',
    cause: 'a mistake in the document',
    remedy: 'correct the named places; the policy in force stays as it is',
  },
  ERR_POLICY_MANAGED_BY_FILE: {
    http: 409,
    rpc: -31632,
    message: 'policy `{policy}` is declared in sallyport.yaml',
    cause: 'objects of the file are changed in the file',
    remedy: 'edit the file; the gateway reads it again by itself',
  },
  ERR_POLICY_IN_USE: {
    http: 409,
    rpc: -31633,
    message: 'policy `{policy}` is used by {grants}',
    cause: 'without the policy, those grants could call nothing',
    remedy: 'attach another policy to these grants first',
  },
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
    message: 'the {what} is not sent to {url}: it would cross the network unencrypted',
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
  ERR_CLI_INTERRUPTED: {
    http: 400,
    rpc: -31424,
    message: 'stopped; nothing was changed',
    cause: 'Ctrl-C, or the terminal was closed',
    remedy: 'run it again when you are ready',
  },
  ERR_CLI_POLICY: {
    http: 400,
    rpc: -31408,
    message: 'the policy in `{file}` was not applied: {problems}',
    cause: 'the document does not pass `policy check`',
    remedy: 'repair what is listed above and apply it again; the policy in force has not changed',
  },
  ERR_CLI_POLICY_REFUSED: {
    http: 400,
    rpc: -31430,
    message: 'the policy in `{file}` cannot be used: {problems}',
    cause: 'the document does not pass `policy check`',
    remedy: 'repair what is listed above; `sallyport policy check` lists it too',
  },
  ERR_CLI_CASES: {
    http: 400,
    rpc: -31431,
    message: 'the cases in `{file}` cannot be used: {problems}',
    cause: 'a file for `policy test` that is not one',
    remedy: 'repair what is listed above; schemas/policy-test.schema.json completes it in an editor',
  },
  ERR_CLI_NO_SUCH_RECORD: {
    http: 404,
    rpc: -31409,
    message: 'the ledger has no record `{id}`',
    cause: 'a mistyped number, or a record of another gateway',
    remedy: 'find it with `sallyport ledger tail`',
  },
  ERR_CLI_NO_TOKEN: {
    http: 401,
    rpc: -31413,
    message: 'the variable `{variable}` holds no grant token',
    cause: 'it is not set where the client starts its servers, or holds something else',
    remedy: 'set it to the token that `sallyport grant create` printed, or name another with --token-env',
  },
  ERR_DEMO_SERVER: {
    http: 502,
    rpc: -31414,
    message: 'the server `{name}` of the demonstration did not start: {reason}',
    cause: 'its package is missing and could not be fetched, or the machine is very busy',
    remedy: 'run `npm ci` in a checkout; elsewhere npm fetches it, which needs the npm registry',
  },
  ERR_DEMO_ACCOUNT: {
    http: 500,
    rpc: -31415,
    message: '{count} of the calls did not end as the demonstration says they should',
    cause: 'a defect in the gateway or in the demonstration, or a machine too busy for its times',
    remedy: 'run it again; if it stays, report the output',
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
