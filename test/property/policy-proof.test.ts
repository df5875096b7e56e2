/** `policy prove` is right: no call contradicts a `yes`, and every call behind a `no` is let through. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Atoms } from '../../src/policy/analysis/atoms.ts'
import { inputOf } from '../../src/policy/analysis/call.ts'
import { isMet } from '../../src/policy/analysis/inquiry.ts'
import { doors } from '../../src/policy/analysis/names.ts'
import { prove } from '../../src/policy/analysis/proof.ts'
import { type FactWord, factWords, type Predicate, type Question } from '../../src/policy/analysis/question.ts'
import { factDemand } from '../../src/policy/analysis/subject.ts'
import { onlyYes } from '../../src/policy/analysis/truths.ts'
import type { Policy } from '../../src/policy/compile.ts'
import { readCondition } from '../../src/policy/conditions.ts'
import { decide } from '../../src/policy/decide.ts'
import { compileGlob, isGlob } from '../../src/policy/glob.ts'
import { ProblemLog } from '../../src/policy/problem.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { isToolName } from '../../src/wire/names.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { isJsonCall, scenarios } from './policy-documents.ts'

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)
const runs = Number(process.env['POLICY_RUNS'] ?? 300)

const asked = fc.record({
  facts: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.constantFrom(...factWords).map(word => [word]),
  ),
  name: fc.constantFrom('t', 't_a', 't*', '*', undefined, undefined),
  predicate: fc.constantFrom<Predicate>('allowed', 'without approval', 'without limit'),
  hasCondition: fc.boolean(),
})

/** A condition of the other document. */
function conditionIn(document: JsonObject) {
  const entries = Object.values(document['tools'] as Record<string, JsonObject>)
  const rules = entries.flatMap(entry => [...asList(entry['require']), ...asList(entry['deny_if'])])
  const [first] = rules.flatMap(rule => asList((rule as JsonObject)['conditions']))
  return first === undefined ? undefined : readCondition(new ProblemLog(), first, '')
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** True if a call is one the question is about, and goes the way it asks about. */
function isCounterExample(policy: Policy, question: Question, input: DecisionInput): boolean {
  const { name, facts, predicate, condition } = question
  const isNamed = name === undefined || (isGlob(name) ? compileGlob(name).matches(input.tool) : name === input.tool)
  if (!isNamed || (facts.length > 0 && name === undefined && input.tool.includes('/'))) return false
  const resolution = policy.resolve(input.tool)
  const atoms = new Atoms()
  const demands = facts.map((word: FactWord) => factDemand(atoms, word, resolution))
  if (condition !== undefined) {
    const formula = atoms.condition(condition, { holdingDenies: true, inRequire: false }, policy.zone)
    demands.push({ formula, among: onlyYes, at: '' })
  }
  if (!demands.every(demand => isMet(atoms, demand, input))) return false
  const { effect } = decide(policy, input)
  if (predicate === 'without limit' && resolution.limits.length > 0) return false
  return effect === 'allow' || (effect === 'ask' && predicate !== 'without approval')
}

test(`no call contradicts a yes, every no has its call (seed ${seed})`, () => {
  const seen = { yes: 0, no: 0, 'cannot tell': 0, tried: 0 }
  const run = fc.check(
    fc.property(scenarios(40), asked, ({ document, other, inputs }, { facts, name, predicate, hasCondition }) => {
      const side = loadedOf(document)
      const condition = hasCondition ? conditionIn(other) : undefined
      const named = name === undefined ? {} : { name }
      const question: Question = { text: '', facts, ...named, predicate, ...(condition && { condition }) }
      const proof = prove(side, question, undefined)
      seen[proof.answer] += 1
      if (proof.answer === 'no') {
        const input = inputOf(JSON.parse(JSON.stringify(proof.call)))
        expect(input !== undefined && isCounterExample(side.policy, question, input)).toBe(true)
      }
      if (proof.answer !== 'yes') return
      for (const { recent: _recent, ...input } of inputs.filter(isJsonCall)) {
        if (!isToolName(input.tool) && !(doors as readonly string[]).includes(input.tool)) continue
        seen.tried += 1
        if (isCounterExample(side.policy, question, input))
          throw new Error(JSON.stringify({ question, document, input }, null, 1))
      }
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
  if (run.failed) throw run.errorInstance
  console.info(JSON.stringify(seen))
  expect(seen.yes).toBeGreaterThan(runs / 20)
  expect(seen.no).toBeGreaterThan(runs / 20)
  expect(seen.tried).toBeGreaterThan(runs)
}, 600_000)
