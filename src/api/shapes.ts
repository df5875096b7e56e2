/** The shapes of the control API's answers and inputs. Inputs are strict: an unknown member is a mistake. */
import { z } from '@hono/zod-openapi'
import { principalKinds } from '../config/grants.ts'
import { limits } from '../limits.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'

export const nothing = z.strictObject({})

const text = z.string().min(1).max(limits.configTextCharsMax)
const name = z.string().min(1).max(limits.nameCharsMax)
const anything = z.unknown()

export const named = z.strictObject({ name })

export const refusalAnswer = z
  .object({ error: z.looseObject({ code: z.string(), message: z.string(), remedy: z.string() }) })
  .openapi('Refusal')

export const doneAnswer = z.object({ done: z.boolean() })

// -- status and servers ------------------------------------------------------------------------------------------

const serverState = {
  name: z.string(),
  state: z.string(),
  era: z.string().optional(),
  tools: z.number().int(),
  pending: z.number().int(),
  lastError: z.string().optional(),
}

export const serverAnswer = z
  .object({
    ...serverState,
    kind: z.enum(['http', 'stdio']),
    url: z.string().optional(),
    command: z.string().optional(),
    args: z.array(z.string()).readonly().optional(),
    pin: z.enum(['review', 'trust-first']),
    managedBy: z.enum(['file', 'host', 'api']),
    protocolVersion: z.string().optional(),
  })
  .openapi('Server')

export const serversAnswer = z.object({ servers: z.array(serverAnswer).readonly() })

export const statusAnswer = z
  .object({
    version: z.string(),
    startedAt: z.string(),
    url: z.string(),
    servers: z.array(z.object(serverState)).readonly(),
    ledger: z.object({ ok: z.boolean(), lagMs: z.number(), queued: z.number(), lastError: z.string().optional() }),
    config: z.object({ file: z.string().optional(), revision: z.string(), lastError: z.string().optional() }),
  })
  .openapi('Status')

/** `command` and its companions are read so that they can be refused by name. */
export const newServer = z
  .strictObject({
    name,
    url: text.optional(),
    headers: z.record(z.string(), text).optional(),
    network: z.enum(['public', 'private']).optional(),
    pin: z.enum(['review', 'trust-first']).optional(),
    command: anything.optional(),
    args: anything.optional(),
    env: anything.optional(),
    cwd: anything.optional(),
  })
  .openapi('NewServer')

const toolAnswer = z
  .object({
    name: z.string(),
    title: z.string().optional(),
    description: z.string(),
    hash: z.string(),
    state: z.enum(['approved', 'pending', 'refused', 'gone']),
    annotations: anything,
    definition: anything,
    approvedHash: z.string().optional(),
    approvedDefinition: anything.optional(),
    differences: z
      .array(
        z.object({
          path: z.string(),
          before: anything.optional(),
          after: anything.optional(),
          note: z.string().optional(),
          risk: z.string(),
          why: z.string(),
        }),
      )
      .readonly(),
    drift: z
      .object({
        kind: z.string(),
        risk: z.string(),
        why: z.string(),
        before: z.string().optional(),
        after: z.string().optional(),
      })
      .optional(),
    flags: z.array(z.object({ kind: z.string(), note: z.string() })).readonly(),
    reason: z.string().optional(),
  })
  .openapi('Tool')

export const toolsAnswer = z.object({ tools: z.array(toolAnswer).readonly() })

export const review = z.strictObject({
  approve: z
    .array(z.strictObject({ tool: z.string(), hash: z.string() }))
    .min(1)
    .max(limits.serverToolsMax),
})
export const reviewAnswer = z.object({ approved: z.array(z.object({ tool: z.string(), hash: z.string() })).readonly() })

export const reloadAnswer = z.object({ revision: z.string(), changes: z.array(z.string()).readonly() })

// -- policies ----------------------------------------------------------------------------------------------------

const policyAnswer = z
  .object({
    name: z.string(),
    version: z.string(),
    mode: z.enum(['enforce', 'observe']),
    managedBy: z.enum(['file', 'api']),
    file: z.string().optional(),
    servers: z.array(z.string()).readonly(),
    grants: z.array(z.string()).readonly(),
  })
  .openapi('Policy')

export const policiesAnswer = z.object({ policies: z.array(policyAnswer).readonly() })
export const policyDocumentAnswer = z
  .object({
    name: z.string(),
    version: z.string(),
    document: anything,
    problems: z.array(anything).readonly(),
    notes: z.array(z.string()).readonly(),
  })
  .openapi('PolicyDocument')

export const newPolicy = z.strictObject({ text: z.string().min(1).max(limits.policyBytesMax) })

// -- grants ------------------------------------------------------------------------------------------------------

const grantAnswer = z
  .object({
    name: z.string(),
    principal: z.object({
      id: z.string(),
      kind: z.string(),
      roles: z.array(z.string()).readonly(),
      groups: z.array(z.string()).readonly(),
    }),
    labels: z.record(z.string(), z.string()),
    servers: z.record(z.string(), z.string().nullable()),
    expiresAt: z.string().nullable(),
    state: z.enum(['active', 'expired', 'revoked', 'no token']),
    tokenFrom: z.enum(['minted', 'environment', 'none']),
    managedBy: z.enum(['file', 'api']),
  })
  .openapi('Grant')

export const grantsAnswer = z.object({ grants: z.array(grantAnswer).readonly() })

const words = z.array(text).max(limits.grantLabelsMax)

/** With `name` alone: a first token for a grant that sallyport.yaml declares without one. */
export const newGrant = z
  .strictObject({
    name,
    principal: z
      .string()
      .min(1)
      .max(4 * limits.nameCharsMax)
      .optional(),
    kind: z.enum(principalKinds).optional(),
    roles: words.optional(),
    groups: words.optional(),
    labels: z.record(text, text).optional(),
    servers: z.record(z.string(), z.string().nullable()).optional(),
    expiresIn: text.optional(),
  })
  .openapi('NewGrant')

export const mintedAnswer = z
  .object({ grant: grantAnswer, token: z.string() })
  .openapi('MintedGrant', { description: 'The token is shown this once.' })

// -- explanations ------------------------------------------------------------------------------------------------

/** Kept as it was read: a copy could lose a member such as `__proto__`. */
const objectAsSent = z.custom<JsonObject>(isJsonObject, 'must be an object').openapi({ type: 'object' })

export const explainQuestion = z
  .strictObject({ grant: name, server: name, tool: text, args: objectAsSent.optional() })
  .openapi('ExplainQuestion')

const chargeWithRoom = z.object({
  rule: z.string(),
  counter: z.string(),
  scope: z.string(),
  units: z.number(),
  used: z.number(),
  max: z.number(),
  windowMs: z.number(),
  retryAfterMs: z.number(),
  keyValue: z.string().optional(),
  calendar: anything.optional(),
  settleFrom: z.string().optional(),
  until: z.string().optional(),
  reason: z.string().optional(),
})

const explanation = z
  .object({
    verdict: z.enum(['allow', 'deny', 'ask']),
    rule: z.string(),
    message: z.string(),
    code: z.string().optional(),
    retryable: z.boolean(),
    retryAfterMs: z.number().optional(),
    wouldPassIf: z.string().optional(),
    facts: z.array(anything).readonly(),
    error: z.string().optional(),
    also: z.array(z.string()).readonly(),
    limits: z.array(chargeWithRoom).readonly(),
    approval: anything.optional(),
    observed: z.object({ rule: z.string(), message: z.string() }).optional(),
    policy: z.string().optional(),
    policyVersion: z.string().optional(),
  })
  .openapi('Explanation')

export const explainAnswer = z.object({
  server: z.string(),
  grant: z.string(),
  grantState: z.enum(['active', 'expired', 'revoked', 'no token']),
  tool: z.string(),
  explanation,
})

// -- ledger ------------------------------------------------------------------------------------------------------

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const ledgerFilters = z.strictObject({
  grant: text.optional(),
  server: text.optional(),
  tool: text.optional(),
  verdict: z.enum(['allow', 'deny', 'ask']).optional(),
  outcome: z.enum(['succeeded', 'failed', 'unknown', 'refused', 'open']).optional(),
  since: z.union([count, z.iso.datetime({ offset: true })]).optional(),
})

export const ledgerQuery = ledgerFilters.extend({
  after: count.optional(),
  before: count.optional(),
  limit: z.coerce.number().int().min(1).max(limits.ledgerPageLinesMax).default(100),
})

export const exportQuery = ledgerFilters.extend({ format: z.enum(['jsonl']).default('jsonl') })

const ledgerLine = z.looseObject({ seq: z.number().int(), time: z.string(), requestId: z.string() }).openapi('Record')
export const ledgerAnswer = z.object({ records: z.array(ledgerLine).readonly() })
export const recordAnswer = z.object({ record: ledgerLine })
export const requestNamed = z.strictObject({ requestId: z.string().min(1).max(200) })
