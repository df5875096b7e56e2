/** The engine and the executable specification agree: verdict, rule and whether it was an error. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, isListed } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { specify } from '../../src/policy/spec.ts'
import type { DecisionInput, Verdict } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { callOf, policyOf } from '../fixtures/policy-call.ts'
import { scenarios } from './policy-documents.ts'

/** 2,500 documents × 40 calls: 100,000 pairs. The seed is printed, and `POLICY_SEED` runs it again. */
const documentsRun = 2_500
const callsPerDocument = 40
const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

function engine(verdict: Verdict): object {
  const { effect, rule } = verdict
  return { effect, rule, error: effect === 'deny' && verdict.error !== undefined }
}

test(`A-069 random policies × random calls: engine ≡ specification (seed ${seed})`, () => {
  const seen = { allow: 0, ask: 0, deny: 0, error: 0, rules: new Set<string>() }
  let pairs = 0
  console.info(`policy engine against specification: POLICY_SEED=${seed}`)
  fc.assert(
    fc.property(scenarios(callsPerDocument), ({ document, inputs }) => {
      const loaded = loadPolicy('p', JSON.stringify(document))
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
      for (const input of inputs) {
        const found = decide(loaded.policy, input)
        const expected = specify(loaded.document, input)
        if (JSON.stringify(engine(found)) !== JSON.stringify(expected)) {
          expect({ document, input, verdict: engine(found) }).toEqual({ document, input, verdict: expected })
        }
        pairs += 1
        seen[found.effect] += 1
        if (expected.error) seen.error += 1
        seen.rules.add(
          found.rule.startsWith('/flows/') ? `flow, ${found.effect}` : (found.rule.split('/')[3] ?? found.rule),
        )
      }
    }),
    { seed, numRuns: documentsRun, endOnFailure: true },
  )
  expect(pairs).toBe(documentsRun * callsPerDocument)
  // a comparison in which everything is denied would prove nothing
  for (const count of [seen.allow, seen.ask, seen.deny, seen.error]) expect(count).toBeGreaterThan(pairs / 100)
  for (const rule of [
    ...['require', 'deny_if', 'approve_if', 'limits', 'action', '(hidden)', '(default deny)'],
    ...['flow, deny', 'flow, ask'],
  ]) {
    expect(seen.rules, rule).toContain(rule)
  }
}, 300_000)

test(`A-069 adding a deny never allows more (seed ${seed})`, () => {
  const order = { deny: 0, ask: 1, allow: 2 }
  fc.assert(
    fc.property(scenarios(20), ({ document, other: donor, inputs }) => {
      const tools = document['tools'] as Record<string, JsonObject>
      const given = Object.values(donor['tools'] as Record<string, JsonObject>)[0] ?? {}
      const stricter = {
        ...document,
        hide: [...((document['hide'] ?? []) as string[]), ...((donor['hide'] ?? []) as string[])],
        tools: Object.fromEntries(
          Object.entries(tools).map(([name, entry]) => [
            name,
            {
              ...entry,
              require: [...((entry['require'] ?? []) as object[]), ...((given['require'] ?? []) as object[])],
              deny_if: [...((entry['deny_if'] ?? []) as object[]), ...((given['deny_if'] ?? []) as object[])],
            },
          ]),
        ),
      }
      const before = policyOf(document)
      const after = policyOf(stricter)
      for (const input of inputs) {
        expect(order[decide(after, input).effect]).toBeLessThanOrEqual(order[decide(before, input).effect])
      }
    }),
    { seed, numRuns: 300 },
  )
})

test('what is allowed or asked is listed, and what is not listed is denied', () => {
  fc.assert(
    fc.property(scenarios(1), ({ document, inputs }) => {
      const policy = policyOf(document)
      const input = inputs[0] as DecisionInput
      if (decide(policy, input).effect !== 'deny') expect(isListed(policy, input.tool)).toBe(true)
      if (!isListed(policy, input.tool)) expect(decide(policy, input).effect).toBe('deny')
    }),
    { seed, numRuns: 500 },
  )
})

test('a decision leaves nothing behind: the same call gets the same verdict whatever came between', () => {
  fc.assert(
    fc.property(scenarios(2), ({ document, inputs }) => {
      const policy = policyOf(document)
      const [first, second] = inputs as [DecisionInput, DecisionInput]
      const before = JSON.stringify(decide(policy, first))
      decide(policy, second)
      expect(JSON.stringify(decide(policy, first))).toBe(before)
    }),
    { seed, numRuns: 500 },
  )
})

test.each([
  ['eq, last differs', { path: 'args.list[*]', op: 'eq', value: 'a' }, 'b'],
  ['lte, last is text', { path: 'args.list[*]', op: 'lte', value: 5 }, '6'],
  ['regex, last is null', { path: 'args.list[*]', op: 'regex', value: '^a' }, null],
  ['contains', { path: 'args.list', op: 'contains', value: 'z' }, 'z'],
  ['nested', { path: 'args.list[*].x', op: 'exists', value: true }, { x: 1 }],
])('10,000 elements, %s', (_title, condition, last) => {
  const list = Array.from({ length: 9_999 }, () => (typeof last === 'number' || condition.op === 'lte' ? 1 : 'a'))
  const input: DecisionInput = callOf('t', { list: [...list, last] as never })
  for (const kind of ['require', 'deny_if', 'approve_if']) {
    const document = { version: '1', tools: { t: { [kind]: [{ conditions: [condition] }] } } } as unknown as JsonObject
    expect(engine(decide(policyOf(document), input))).toEqual(specify(document, input))
  }
})
