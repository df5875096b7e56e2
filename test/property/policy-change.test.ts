/** `wouldPassIf` is true: the change it describes, applied to the call, turns the denial. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChange, changeWords } from '../../src/policy/change.ts'
import { changeFor, decide } from '../../src/policy/decide.ts'
import { specify } from '../../src/policy/spec.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { scenarios } from './policy-documents.ts'

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

test(`what would pass, passes (seed ${seed})`, () => {
  let denied = 0
  let helped = 0
  fc.assert(
    fc.property(scenarios(20), ({ document, inputs }) => {
      const loaded = loadedOf(document)
      for (const input of inputs) {
        const verdict = decide(loaded.policy, input)
        if (verdict.effect !== 'deny') continue
        const change = changeFor(loaded.policy, loaded.policy.resolve(input.tool), input, verdict)
        expect(change === undefined ? undefined : changeWords(change)).toBe(verdict.wouldPassIf)
        if (/\/(?:require|deny_if)\//.test(verdict.rule)) denied += 1
        if (change === undefined) continue
        helped += 1
        const args = applyChange(input.args, change)
        if (args === undefined) throw new Error('the change cannot be applied')
        expect(decide(loaded.policy, { ...input, args }).effect).not.toBe('deny')
        expect(specify(loaded.document, { ...input, args }).effect).not.toBe('deny')
      }
    }),
    { seed, numRuns: 600, endOnFailure: true },
  )
  // of the denials by argument rules, many have an answer; a test that never met one would prove nothing
  expect(helped).toBeGreaterThan(denied / 5)
}, 120_000)
