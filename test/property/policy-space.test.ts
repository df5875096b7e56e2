/** No call falls outside the space an analysis looks at: whatever a call holds, some choice says the same of it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Atom, Atoms, isOpaque } from '../../src/policy/analysis/atoms.ts'
import { spaceOf, type Variable } from '../../src/policy/analysis/space.ts'
import { truthAt } from '../../src/policy/analysis/tree.ts'
import { onlyTruth } from '../../src/policy/analysis/truths.ts'
import { compileReach } from '../../src/policy/reach.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { Json } from '../../src/wire/json-types.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { isJsonCall, scenarios } from './policy-documents.ts'

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

function truthIn(atom: Atom, input: DecisionInput) {
  const { root } = atom.path
  if (root === 'args') return truthAt(atom, 0, input.args)
  if (root === 'time') return atom.judge(compileReach(atom.path, atom.zone)(input))
  const roots: Record<string, unknown> = {
    caller: input.caller,
    grant: input.grant,
    server: input.server,
    tool: { name: input.tool, ...input.facts },
  }
  return truthAt(atom, 0, roots[root] as Json)
}

test(`every call is in the space (seed ${seed})`, () => {
  let looked = 0
  fc.assert(
    fc.property(scenarios(30), ({ document, inputs }) => {
      const { policy } = loadedOf(document)
      for (const input of inputs.filter(isJsonCall)) {
        const atoms = new Atoms()
        const { requires, denials, approvals } = policy.resolve(input.tool)
        for (const { rule, kind } of [...requires, ...denials, ...approvals]) atoms.rule(rule, kind, policy.zone)
        const ids = atoms.list.map((_, id) => id)
        const { variables, owner } = spaceOf(atoms, ids, { name: input.tool }, [])
        for (const variable of variables) {
          const own = ids.filter(id => owner.get(id) === variable.id).map(id => atoms.list[id] as Atom)
          if (own.length === 0 || own.some(isOpaque)) continue
          looked += 1
          const truths = own.map(atom => onlyTruth(truthIn(atom, input)))
          const isThere = variable.choices.some(({ truths: known }) =>
            own.every((atom, index) => ((known.get(atom.id) ?? 0) & (truths[index] ?? 0)) !== 0),
          )
          if (!isThere)
            expect({ name: variable.name, asked: shown(own), truths, input, choices: choicesOf(variable) }).toBe(
              'in the space',
            )
        }
      }
    }),
    { seed, numRuns: Number(process.env['POLICY_RUNS'] ?? 100), endOnFailure: true },
  )
  expect(looked).toBeGreaterThan(1_000)
}, 300_000)

function shown(atoms: readonly Atom[]) {
  return atoms.map(({ path, op, value, sense }) => [path.text, op, JSON.stringify(value), sense.holdingDenies])
}
function choicesOf({ choices }: Variable) {
  return choices.map(({ truths, samples }) => [[...truths.values()].join(), samples.slice(0, 2)])
}
