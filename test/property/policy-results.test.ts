/** The engine and the executable specification agree on answers: what is withheld, what is left, how much was taken out. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/policy/load.ts'
import { drive, type Ruling, ruleAnswer } from '../../src/policy/results.ts'
import { specifyResult } from '../../src/policy/spec-results.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { callOf, loadedOf } from '../fixtures/policy-call.ts'
import { resultScenarios } from './result-documents.ts'

/** 1,000 documents × 10 answers. The seed is printed, and `POLICY_SEED` runs it again. */
const documentsRun = 1_000
const answersPerDocument = 10
const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

function shown(ruling: Ruling<JsonObject>): object {
  return ruling.effect === 'withhold'
    ? { withheld: ruling.rule }
    : { answer: ruling.value, redactions: ruling.redactions }
}

test(`A-150 random result rules × random answers: engine ≡ specification (seed ${seed})`, () => {
  const seen = { deny_if: 0, redact: 0, max_bytes: 0, changed: 0, same: 0 }
  let pairs = 0
  console.info(`result rules against specification: POLICY_SEED=${seed}`)
  fc.assert(
    fc.property(resultScenarios(answersPerDocument), ({ document, pairs: judged }) => {
      const loaded = loadPolicy('p', JSON.stringify(document))
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
      for (const { input, answer } of judged) {
        const before = JSON.stringify(answer)
        const ruling = drive(ruleAnswer(loaded.policy, input, answer))
        expect(JSON.stringify(answer)).toBe(before)
        const [found, expected] = [shown(ruling), specifyResult(loaded.document, input, answer)]
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
          expect({ document, tool: input.tool, answer, found }).toEqual({
            document,
            tool: input.tool,
            answer,
            found: expected,
          })
          expect(JSON.stringify(found)).toBe(JSON.stringify(expected))
        }
        pairs += 1
        if (ruling.effect === 'give') seen[ruling.redactions > 0 ? 'changed' : 'same'] += 1
        else
          for (const kind of ['deny_if', 'redact', 'max_bytes'] as const)
            if (ruling.rule.includes(kind)) seen[kind] += 1
      }
    }),
    { seed, numRuns: documentsRun, endOnFailure: true },
  )
  expect(pairs).toBe(documentsRun * answersPerDocument)
  // a comparison in which nothing happens would prove nothing
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(pairs / 200)
}, 300_000)

test(`what a path took out is nowhere in the answer, in any of the forms that are looked for (seed ${seed})`, () => {
  const secret = 'correct-horse"battery'
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
  fc.assert(
    fc.property(resultScenarios(1), fc.constantFrom(...forms), fc.nat(3), ({ pairs }, form, place) => {
      const answer = pairs[0]?.answer ?? {}
      const whole = JSON.stringify({
        ...answer,
        content: [{ type: 'text', text: form }],
        structuredContent: { mail: secret, note: form },
      })
      const noisy = JSON.parse(
        place === 0 ? whole : whole.replaceAll('geheim', JSON.stringify(form).slice(1, -1)),
      ) as JsonObject
      const { policy } = loadedOf({ version: '1', tools: { t: { results: { redact: [{ path: 'result.mail' }] } } } })
      const ruling = drive(ruleAnswer(policy, callOf('t'), noisy))
      if (ruling.effect !== 'give') throw new Error(ruling.message)
      const left = JSON.stringify(ruling.value['content']) + JSON.stringify(ruling.value['structuredContent'])
      for (const each of forms) expect(left).not.toContain(JSON.stringify(each).slice(1, -1))
    }),
    { seed, numRuns: 300 },
  )
})

test.each([
  ['a path', { redact: [{ path: 'result.list[*].mail' }] }],
  ['a pattern', { redact: [{ pattern: '[a-z]+3@example\\.com' }] }],
  [
    'deny_if, last differs',
    { deny_if: [{ conditions: [{ path: 'result.list[*].mail', op: 'eq', value: 'last@example.com' }] }] },
  ],
  ['deny_if, none', { deny_if: [{ conditions: [{ path: 'result.list[*].mail', op: 'eq', value: 'nobody' }] }] }],
])(
  '10,000 elements: %s',
  (_title, results) => {
    const list: { mail: string }[] = Array.from({ length: 9_999 }, (_, index) => ({
      mail: `user${index % 5}@example.com`,
    }))
    list.push({ mail: 'last@example.com' })
    const answer = {
      content: [{ type: 'text', text: JSON.stringify({ list }) }],
      structuredContent: { list },
    } as unknown as JsonObject
    const { policy, document } = loadedOf({ version: '1', tools: { t: { results } } })
    const ruling = drive(ruleAnswer(policy, callOf('t'), answer))
    expect(JSON.stringify(shown(ruling))).toBe(JSON.stringify(specifyResult(document, callOf('t'), answer)))
  },
  60_000,
)
