import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { policyOf } from '../../test/fixtures/policy-call.ts'
import type { Policy } from '../policy/compile.ts'
import type { Gate } from './exchange.ts'
import { ruleOutcome } from './results.ts'
import { Searches } from './searching.ts'
import type { Call } from './steps.ts'

const logged: string[] = []
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (_: object, words: string) => void logged.push(words),
}
const clock = new ManualClock()
const gate = {
  deps: { clock, log, pins: { risk: () => undefined } },
  searches: new Searches({ clock, log }),
} as unknown as Gate

function callUnder(policy: Policy): Call {
  const grant = { name: 'g', principal: { id: 'p', kind: 'agent', roles: [], groups: [] }, labels: {} }
  return { name: 't', args: {}, policy, server: { name: 's' }, exchange: { grant, requestId: 'r' } } as unknown as Call
}

const answered = {
  kind: 'result',
  result: { content: [{ type: 'text', text: 'secret' }] },
  bytes: 9,
  status: 200,
  redactions: 2,
} as const

test('an engine that throws withholds', async () => {
  const policy = policyOf({ version: '1', tools: { t: { results: { deny_if: [{ conditions: [] }] } } } })
  const [rule] = policy.resolve('t').results?.denials ?? []
  Object.assign(rule ?? {}, {
    test: () => {
      throw new Error('broken')
    },
  })
  const ruled = await ruleOutcome(gate, callUnder(policy), answered)
  expect(ruled).toMatchObject({ kind: 'withheld', rule: '(error)', of: answered })
  expect(logged).toContain('result rules could not be evaluated')
})

test('what rules take out is counted beside what was taken out before', async () => {
  const policy = policyOf({ version: '1', tools: { t: { results: { redact: [{ pattern: 'secret' }] } } } })
  expect(await ruleOutcome(gate, callUnder(policy), answered)).toMatchObject({ redactions: 3 })
})

test('a reason in our own words may be the server’s: patterns are searched in it too', async () => {
  const policy = policyOf({ version: '1', tools: { t: { results: { redact: [{ pattern: 'secret' }] } } } })
  const refusal = { code: 'ERR_UPSTREAM_FAILED', message: 'server said secret' } as const
  expect(await ruleOutcome(gate, callUnder(policy), { kind: 'unknown', refusal })).toEqual({
    kind: 'unknown',
    refusal: { code: 'ERR_UPSTREAM_FAILED', message: 'server said [redacted]' },
  })
})

test('an answer nobody asks anything of is passed on as it is', async () => {
  expect(await ruleOutcome(gate, callUnder(policyOf({ version: '1', tools: { t: {} } })), answered)).toBe(answered)
})
