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

  // -- ledger ---------------------------------------------------------------------------------------------------

  // -- policy ---------------------------------------------------------------------------------------------------

  // -- limits and budgets ---------------------------------------------------------------------------------------

  // -- identity and configuration -------------------------------------------------------------------------------

  // -- control API and CLI --------------------------------------------------------------------------------------
  /** Grace between SIGTERM and the end of open calls. */
  drainMs: 10 * second,
  /** How long a person may look at a page of the control API's data before it is stale: not a limit on calls. */
  apiBodyBytesMax: 1 * MiB,
} as const

export type Limits = typeof limits
export const durations: { readonly second: number; readonly minute: number } = { second, minute }
