/**
 * What the measured gateway is configured with: one server, one grant, and a policy with a hundred rules and three
 * limits on the tool that writes; the tool that reads has the rules alone. The benchmark's call passes every rule, so
 * all of them run.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTool, slowTool, streamTool, writeTool } from './mcp-messages.ts'

interface Condition {
  readonly path: string
  readonly op: string
  readonly value: unknown
}

interface Rule {
  readonly conditions: readonly Condition[]
  readonly on_deny: string
}

const requiredConditions: readonly ((n: number) => Condition)[] = [
  n => ({ path: 'args.amount', op: 'lte', value: 100_000 + n }),
  () => ({ path: 'args.currency', op: 'in', value: ['eur', 'usd', 'gbp', 'sek'] }),
  () => ({ path: 'args.reason', op: 'exists', value: true }),
  n => ({ path: 'args.customer', op: 'regex', value: `^cus_[0-9]{4,${8 + n}}$` }),
  n => ({ path: 'args.items[*].quantity', op: 'lt', value: 50 + n }),
  n => ({ path: 'args.items[0].sku', op: 'regex', value: `^[A-Z]-[0-9]{1,${4 + n}}$` }),
]
const deniedConditions: readonly ((n: number) => Condition)[] = [
  n => ({ path: 'args.amount', op: 'gt', value: 50_000 + n }),
  n => ({ path: 'args.country', op: 'in', value: [`X${n % 10}`, `Y${n % 10}`] }),
  n => ({ path: 'args.description', op: 'contains', value: `forbidden phrase ${n}` }),
  n => ({ path: 'args.customer', op: 'eq', value: `cus_9999${String(n).padStart(2, '0')}` }),
]

/** A policy document with `rules` rules on each tool, six tenths of them `require`, the others `deny_if`. */
function policyDocument(rules: number): object {
  const required = Math.round(rules * 0.6)
  const max = 1_000_000_000
  const tool = {
    require: rulesOf(required, requiredConditions),
    deny_if: rulesOf(rules - required, deniedConditions),
    limits: [
      { counter: 'charges-minute', window: 'minute', max },
      { counter: 'charges-hour', window: 'hour', max, scope: 'principal' },
      { counter: 'amount-day', window: 'day', max: max * 1000, increment_from: 'args.amount' },
    ],
  }
  const { limits: _counted, ...uncounted } = tool
  // What a limit counts is strict whatever it does, so the read-only subject has the rules and no limits.
  const tools = { [writeTool]: tool, [readTool]: uncounted, [slowTool]: {}, [streamTool]: {} }
  return { version: '1', default: 'deny', tools }
}

/** A configured folder: start the gateway with `config` and `dataFolder`, call it with `token`. */
export interface GatewayFolder {
  readonly config: string
  readonly dataFolder: string
  readonly token: string
  readonly env: Readonly<Record<string, string>>
}

/** Writes configuration and policy into `folder`. */
export function writeGatewayFolder(folder: string, upstreamUrl: string, rules: number): GatewayFolder {
  const token = `sp_${randomBytes(32).toString('base64url')}`
  const dataFolder = join(folder, 'state')
  mkdirSync(dataFolder, { mode: 0o700 })
  writeFileSync(join(folder, 'policy.json'), JSON.stringify(policyDocument(rules)))
  const config = join(folder, 'sallyport.yaml')
  const text = [
    'servers:',
    `  bench: { url: "${upstreamUrl}", network: private, pin: trust-first }`,
    'policies:',
    '  bench: { file: policy.json }',
    'grants:',
    '  bench: { principal: bench-agent, token: "env:SALLYPORT_GRANT_BENCH", servers: { bench: bench } }',
  ]
  writeFileSync(config, `${text.join('\n')}\n`)
  return { config, dataFolder, token, env: { SALLYPORT_GRANT_BENCH: token } }
}

function rulesOf(count: number, conditions: readonly ((n: number) => Condition)[]): readonly Rule[] {
  const rules: Rule[] = []
  for (let n = 0; n < count; n++) {
    const condition = conditions[n % conditions.length]
    if (condition !== undefined) rules.push({ conditions: [condition(n)], on_deny: `rule ${n} of the benchmark` })
  }
  return rules
}
