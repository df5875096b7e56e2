/**
 * Every limit of the gateway, with its unit (last in the name) and its reason. Nothing else holds such a number.
 * Security limits are on by default and have no switch; a few are configurable and say so.
 */

const KiB = 1024
const MiB = 1024 * KiB
const second = 1000
const minute = 60 * second

export const limits = {
  // -- wire: requests of agents ---------------------------------------------------------------------------------
  /** Largest request body. Tool arguments above this belong in a resource, and SDK servers stop at 4 MiB. */
  requestBytesMax: 4 * MiB,
  /** Nesting of a request. JSON.stringify overflows the stack near 5,000; real arguments stay below 20. */
  requestDepthMax: 64,
  /** Members plus array items of one request: bounds the work of validation and canonicalisation. */
  requestElementsMax: 100_000,

  // -- upstream -------------------------------------------------------------------------------------------------

  // -- gateway --------------------------------------------------------------------------------------------------
  /** Time to receive a request head: slow-header attacks hold a socket, not memory. */
  headersMs: 10 * second,
  /** Time to receive a whole request. */
  requestMs: 30 * second,
  /** An idle keep-alive connection is closed after this. */
  keepAliveMs: 65 * second,
  /** Request header block. Node's own default, stated so that it cannot drift. */
  headerBytesMax: 16 * KiB,
  /** Open sockets: 10,000 idle clients must fit; beyond this new ones are refused by the kernel queue. */
  connectionsMax: 20_000,
  /** Requests on one connection before it is closed, so that a connection is not held for ever. */
  connectionRequestsMax: 1_000_000,
  /** Calls open at once, in all: each holds up to one answer in memory. */
  openCallsMax: 4096,
  /** Calls open at once for one grant, so that one agent cannot take every place. */
  openCallsPerGrantMax: 2048,
  /** Long-lived streams (GET, subscriptions/listen) of one grant. */
  streamsPerGrantMax: 256,
  /** Silence on an open stream after which a comment line keeps proxies from closing it. */
  streamKeepAliveMs: 15 * second,
  /** A sealed handle (session id, request state) in characters: it travels in a header of a 16 KiB block. */
  sealedTextMax: 12 * KiB,
  /** Messages sealed under one key with random nonces (NIST SP 800-38D: at most 2^32). */
  sealsMax: 2 ** 32,
  /** Client capabilities and client info kept in a sealed session id. */
  sessionDeclarationBytesMax: 3 * KiB,
  /** A legacy session is refused after this: the client initialises again. */
  sessionMs: 7 * 24 * 60 * minute,
  /** Ended sessions remembered by this node so that their ids stay dead. */
  sessionTombstonesMax: 50_000,
  /** Opened session ids kept readable in memory, so that a busy session is not decrypted at every request. */
  sessionsOpenedMax: 10_000,
  /** A request state (a question to the user, in flight) is good for this long. */
  stateMs: 10 * minute,
  /** Used request states remembered so that none is redeemed twice. */
  statesUsedMax: 50_000,
  /** Rounds of questions one call may take before it is given up. */
  questionRoundsMax: 16,
  /** Questions of one round. */
  questionsPerRoundMax: 32,
  /** Upstream calls parked while a person answers a question. */
  parkedCallsMax: 1024,
  /** Whole time of one upstream call, questions to people included. */
  callTotalMs: 10 * minute,
  /** Silence from an upstream after which a call is given up; progress and questions restart it. */
  callIdleMs: 2 * minute,
  /** Largest single answer of an upstream: it is held once in memory to be recorded and screened. */
  answerBytesMax: 16 * MiB,
  /** Pages read when every server of a grant is listed in one answer. */
  listPagesMax: 50,
  /** Items of one aggregated list. */
  listItemsMax: 10_000,
  /** Longest freshness a policy-filtered list may claim: a policy edit must show soon. */
  listTtlMsMax: 1 * minute,
  /** How long the owner of a resource address is remembered behind /mcp. */
  resourceOwnersMs: 1 * minute,

  // -- ledger ---------------------------------------------------------------------------------------------------

  // -- policy ---------------------------------------------------------------------------------------------------

  // -- limits and budgets ---------------------------------------------------------------------------------------

  // -- identity and configuration -------------------------------------------------------------------------------

  // -- control API and CLI --------------------------------------------------------------------------------------
  /** A command waits this long for an answer of the control API; listing a slow server's tools takes longest. */
  cliAnswerMs: 60 * second,
  /** `ledger tail --follow` asks for new records this often. */
  cliFollowMs: 500,
  /** Records asked for at once by the commands. */
  cliPageRecordsMax: 200,
  /** One line on the bridge's standard input; the gateway refuses more anyway. */
  bridgeLineBytesMax: 4 * MiB,
  /** One event of a stream the bridge relays: a whole answer may arrive as one. */
  bridgeEventBytesMax: 64 * MiB,
  /** First and longest pause before the bridge reconnects. */
  bridgeRetryMsMin: 250,
  bridgeRetryMsMax: 10 * second,
  /** A request that could not be sent is tried again for this long: a gateway restart takes less. */
  bridgeSendMs: 10 * second,
  /** Answers still open when the client ends its side are waited for this long. */
  bridgeDrainMs: 30 * second,
  /** Grace between SIGTERM and the end of open calls. */
  drainMs: 10 * second,
  /** How long a person may look at a page of the control API's data before it is stale: not a limit on calls. */
  apiBodyBytesMax: 1 * MiB,
} as const

export type Limits = typeof limits
export const durations: { readonly second: number; readonly minute: number } = { second, minute }
