import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { canonicalJson } from '../wire/canonical.ts'
import type { Json } from '../wire/json-types.ts'
import { entriesOf, lineOf } from './line.ts'
import { type Decision, intentText, type Outcome, outcomeText, recordText } from './record.ts'

const text = fc.string({ unit: 'grapheme' })
const decisions = fc.record(
  {
    requestId: text,
    timeMs: fc.integer({ min: 0, max: 4e12 }),
    trace: text,
    principal: text,
    grant: text,
    server: text,
    method: text,
    tool: text,
    definitionHash: text,
    digest: text,
    policy: text,
    policyVersion: text,
    verdict: fc.constantFrom('allow', 'deny', 'ask'),
    rule: text,
    message: text,
    observed: fc.boolean(),
    argKeys: fc.array(text),
    labels: fc.array(fc.constantFrom('untrusted', 'sensitive')),
    charges: fc.array(
      fc.record(
        { bucket: text, units: fc.double({ min: 0, max: 1e9, noNaN: true }), wallMs: fc.nat(), windowMs: fc.nat() },
        { requiredKeys: ['bucket', 'units', 'windowMs'] },
      ),
    ),
  },
  { requiredKeys: ['requestId', 'timeMs', 'principal', 'grant', 'server', 'method', 'verdict', 'rule'] },
) as fc.Arbitrary<Decision>
const outcomes = fc.record(
  {
    outcome: fc.constantFrom('succeeded', 'failed', 'unknown', 'refused'),
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    upstreamStatus: fc.nat(599),
    bytes: fc.nat(),
    redactions: fc.nat(9),
    released: fc.boolean(),
    settled: fc.array(fc.record({ bucket: text, units: fc.double({ min: 0, max: 1e9, noNaN: true }) })),
    note: text,
  },
  { requiredKeys: ['outcome', 'durationMs'] },
) as fc.Arbitrary<Outcome>

test('the text of every entry is canonical JSON on one line', () => {
  fc.assert(
    fc.property(decisions, outcomes, fc.nat(), (decision, outcome, seq) => {
      for (const one of [intentText(decision), recordText(decision, outcome), outcomeText(seq, outcome, 5)]) {
        expect(one).toBe(canonicalJson(JSON.parse(one) as Json))
        expect(one).not.toContain('\n')
      }
    }),
  )
})

test('the entries can be rebuilt from the exported line, even after a trip through a file', () => {
  fc.assert(
    fc.property(decisions, outcomes, (decision, outcome) => {
      const entry = (seq: number, one: string) => ({ seq, text: one, hash: `hash of ${seq}` })
      const intent = entry(3, intentText(decision))
      const came = entry(9, outcomeText(3, outcome, 1_700_000_000_000))
      const record = entry(4, recordText(decision, outcome))
      const exported = (line: unknown) => JSON.parse(JSON.stringify(line))
      expect(entriesOf(exported(lineOf(intent, undefined)))).toEqual([intent])
      expect(entriesOf(exported(lineOf(intent, came)))).toEqual([intent, came])
      expect(entriesOf(exported(lineOf(record, undefined)))).toEqual([record])
    }),
  )
})

test('text that others choose is cut, keys are counted, and the cut form is stable', () => {
  const decision: Decision = {
    requestId: 'r',
    timeMs: 1,
    principal: 'p',
    grant: 'g',
    server: 's',
    method: '\u{1F600}'.repeat(5_000),
    message: 'm'.repeat(5_000_000),
    verdict: 'deny',
    rule: '/',
    argKeys: Array.from({ length: 100_000 }, (_, index) => `${index}`.padEnd(2_000, 'k')),
  }
  const one = recordText(decision, { outcome: 'refused', durationMs: 0, note: 'n'.repeat(9_999) })
  expect(one.length).toBeLessThan(limits.ledgerTextCharsMax * (limits.ledgerArgKeysMax + 4))
  expect(one).toContain('… 99937 more')
  expect(one).toBe(canonicalJson(JSON.parse(one) as Json))
  const [entry] = entriesOf(lineOf({ seq: 1, text: one, hash: '' }, undefined))
  expect(entry.text).toBe(one)
})
