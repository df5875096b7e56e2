/**
 * The answers of the control API that the commands read, member by member. Unknown members are kept for `--json`,
 * so that a newer gateway loses nothing through an older command.
 */
import { z } from 'zod'

const anything = z.record(z.string(), z.unknown())

export const serverAnswer = z.looseObject({
  name: z.string(),
  kind: z.string(),
  url: z.string().optional(),
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  pin: z.string(),
  managedBy: z.string(),
  state: z.string(),
  era: z.string().optional(),
  protocolVersion: z.string().optional(),
  tools: z.number(),
  pending: z.number(),
  lastError: z.string().optional(),
})
export type ServerAnswer = z.infer<typeof serverAnswer>
export const serversAnswer = z.looseObject({ servers: z.array(serverAnswer) })

export const statusAnswer = z.looseObject({
  version: z.string(),
  startedAt: z.string(),
  url: z.string(),
  servers: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      era: z.string().optional(),
      tools: z.number(),
      pending: z.number(),
      lastError: z.string().optional(),
    }),
  ),
  ledger: z.looseObject({
    ok: z.boolean(),
    lagMs: z.number(),
    queued: z.number(),
    lastError: z.string().optional(),
  }),
  config: z.looseObject({
    file: z.string().optional(),
    revision: z.union([z.string(), z.number()]),
    lastError: z.string().optional(),
  }),
})
export type StatusAnswer = z.infer<typeof statusAnswer>

const differenceAnswer = z.looseObject({
  path: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  note: z.string().optional(),
  risk: z.string().optional(),
  why: z.string().optional(),
})
export const toolAnswer = z.looseObject({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  hash: z.string(),
  state: z.string(),
  annotations: anything.optional(),
  definition: anything.optional(),
  differences: z.array(differenceAnswer).optional(),
  drift: z.looseObject({ risk: z.string(), why: z.string() }).optional(),
  flags: z.array(z.looseObject({ kind: z.string(), note: z.string() })).optional(),
  reason: z.string().optional(),
})
export type ToolAnswer = z.infer<typeof toolAnswer>
export const toolsAnswer = z.looseObject({ tools: z.array(toolAnswer) })

export const reviewAnswer = z.looseObject({ approved: z.array(z.unknown()) })
export const reloadAnswer = z.looseObject({ changes: z.array(z.unknown()) })
export const doneAnswer = anything

const policyAnswer = z.looseObject({
  name: z.string(),
  version: z.string(),
  mode: z.string(),
  managedBy: z.string(),
  file: z.string().optional(),
  servers: z.array(z.string()),
  grants: z.array(z.string()),
})
export const policiesAnswer = z.looseObject({ policies: z.array(policyAnswer) })
export const policyDocumentAnswer = z.looseObject({
  name: z.string(),
  version: z.string(),
  document: z.unknown(),
  notes: z.array(z.string()).optional(),
})

export const grantAnswer = z.looseObject({
  name: z.string(),
  principal: z.unknown(),
  servers: z.record(z.string(), z.string().nullable()),
  expiresAt: z.union([z.string(), z.number()]).nullish(),
  state: z.string().optional(),
  managedBy: z.string().optional(),
})
export type GrantAnswer = z.infer<typeof grantAnswer>
export const grantsAnswer = z.looseObject({ grants: z.array(grantAnswer) })
export const mintedAnswer = z.looseObject({ token: z.string() })

export const ledgerLine = z.looseObject({
  seq: z.number(),
  time: z.string(),
  requestId: z.string(),
  principal: z.string().nullish(),
  grant: z.string().nullish(),
  server: z.string().nullish(),
  method: z.string().nullish(),
  tool: z.string().nullish(),
  policy: z.string().nullish(),
  policyVersion: z.string().nullish(),
  verdict: z.string(),
  rule: z.string().nullish(),
  message: z.string().nullish(),
  outcome: z.string().nullish(),
  durationMs: z.number().nullish(),
})
export type LedgerRow = z.infer<typeof ledgerLine>
export const ledgerAnswer = z.looseObject({ records: z.array(ledgerLine) })
export const ledgerRecordAnswer = z.looseObject({ record: ledgerLine })
