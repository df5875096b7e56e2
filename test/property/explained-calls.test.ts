/**
 * What `policy.explain` says is what the call then gets: random policies, tools in every state, random calls, through a
 * running gateway. Each call is asked about first and made next; asking leaves every counter as it was, or the call
 * would find less room than it was told.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Explained } from '../../src/builtin/explained.ts'
import { type Fields, fields } from '../fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../fixtures/gateway-parts.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { scenarios } from './policy-documents.ts'

const documentsRun = Number(process.env['EXPLAIN_RUNS'] ?? 150)
const callsPerDocument = 12
const timeoutMs = 60_000 + documentsRun * 400
const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

const eras = ['legacy', 'modern'] as const
const anything = { type: 'object' }
const narrow = { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] }
const clock = new ManualClock()
let gateway: PartsGateway

beforeAll(async () => {
  gateway = await startParts({
    servers: { hand: new HandMadeUpstream('modern') },
    clock,
    tools: [
      { name: 't', inputSchema: anything },
      { name: 'T', inputSchema: narrow },
      { name: 't_a', inputSchema: anything },
      { name: '__proto__', inputSchema: anything },
      { name: 'hidden', inputSchema: anything },
      { name: 't_b', inputSchema: anything },
    ],
    states: { t_a: 'pending', t_b: 'refused' },
  })
})

afterAll(() => gateway.stop())

const connect = (server: string, era: 'legacy' | 'modern') =>
  new RawClient(gateway.endpoint(server), gateway.tokens.alice, era).connect()

/** What an agent is told of a call, in the same words whether it asked or tried. */
function told({ verdict, rule, message, code, retryable, retryAfterMs, wouldPassIf, approval }: Fields): Fields {
  return { verdict, rule, message, code, retryable, retryAfterMs, wouldPassIf, approval }
}

const key = 'dev.sallyport/decision'

test(
  `every explained verdict is the one the call gets (seed ${seed})`,
  async () => {
    const seen = { allow: 0, ask: 0, deny: 0 }
    const rules = new Set<string>()
    await fc.assert(
      fc.asyncProperty(scenarios(callsPerDocument), fc.constantFrom(...eras), async (scenario, era) => {
        gateway.setPolicy(scenario.document as Fields)
        // the budgets of the documents last a day at most, and the flood limit of built-in calls a minute
        clock.pass(90_000_000)
        const [asking, calling] = [await connect('sallyport', era), await connect('hand', era)]
        // other doors are asked about by their method, and called by it
        for (const { tool, args } of scenario.inputs.filter(input => !input.tool.includes('/'))) {
          // what no client can send is refused before any of this
          const sent = JSON.parse(JSON.stringify(args).replaceAll(/\\ud[89a-f][0-9a-f]{2}/gi, '')) as Fields
          const question = { server: 'hand', tool, arguments: sent }
          const asked = await asking.request('tools/call', { name: 'policy.explain', arguments: question })
          const header = `=?base64?${Buffer.from(tool).toString('base64')}?=`
          const headers: Record<string, string> = era === 'modern' ? { 'mcp-name': header } : {}
          const called = await calling.request('tools/call', { name: tool, arguments: sent }, { headers })
          const code = String(fields(asked.error?.['data'])['code'])
          if (code.startsWith('ERR_WIRE')) {
            expect(fields(called.error?.['data'])['code']).toBe(code)
            continue
          }
          const explained = fields(asked.result?.['structuredContent']) as Fields & Explained
          const data = fields(called.error?.['data'])
          const decision = fields(fields(called.result?.['_meta'])[key] ?? data[key])
          const context = JSON.stringify({ document: scenario.document, question, asked: asked.messages })
          if (explained.verdict === 'allow') expect(called.result?.['isError'], context).toBeUndefined()
          else if (decision['verdict'] !== undefined) expect(told(explained), context).toEqual(told(decision))
          else expect([explained.code, explained.message]).toEqual([data['code'], called.error?.['message']])
          seen[explained.verdict] += 1
          rules.add(explained.rule.split('/')[3] ?? explained.rule)
        }
      }),
      { seed, numRuns: documentsRun, endOnFailure: true },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(documentsRun / 20)
    for (const rule of ['require', 'deny_if', 'approve_if', 'limits', '(hidden)', '(default deny)'])
      expect(rules, rule).toContain(rule)
    for (const rule of ['(unknown tool)', '(pinned definition)', '(arguments)']) expect(rules, rule).toContain(rule)
  },
  timeoutMs,
)
