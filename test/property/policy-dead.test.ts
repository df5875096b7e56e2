/** What `policy check` calls dead is: taken out of the document, no verdict changes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkDead } from '../../src/policy/analysis/dead.ts'
import { doors } from '../../src/policy/analysis/names.ts'
import { decide } from '../../src/policy/decide.ts'
import { type Problem, pointerMembers } from '../../src/policy/problem.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { isToolName } from '../../src/wire/names.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { isJsonCall, joined, scenarios } from './policy-documents.ts'

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)
const runs = Number(process.env['POLICY_RUNS'] ?? 300)

/** The document without what a pointer names. */
function without(value: Json, [member, ...rest]: readonly string[]): Json {
  if (Array.isArray(value)) {
    const index = Number(member)
    const list = value as readonly Json[]
    return rest.length === 0 ? list.toSpliced(index, 1) : list.with(index, without(list[index] ?? null, rest))
  }
  const entries = Object.entries(value as JsonObject).flatMap(([key, inner]) =>
    key !== member ? [[key, inner] as const] : rest.length === 0 ? [] : [[key, without(inner, rest)] as const],
  )
  return Object.fromEntries(entries)
}

/** Rules, entries and limits; labels and flows are another matter. */
function isLookedAt({ code, path }: Problem): boolean {
  return (
    code.startsWith('dead-') &&
    /^\/(?:hide|tools|all_tools)\/[^/]+$|\/(?:require|deny_if|approve_if|limits)\/\d+$/.test(path)
  )
}

function isCall(input: DecisionInput): boolean {
  return isJsonCall(input) && (isToolName(input.tool) || (doors as readonly string[]).includes(input.tool))
}

test(`what is dead changes nothing (seed ${seed})`, () => {
  const seen: Record<string, number> = {}
  const run = fc.check(
    fc.property(scenarios(60), ({ document: first, other, inputs }) => {
      const document = joined(first, other)
      const { policy, problems } = loadedOf(document, { further: checkDead })
      for (const { code, path } of problems.filter(isLookedAt)) {
        // behind an action the first rule stands for all of them
        const places = pointerMembers(path)
        const key = `${code} ${places.at(-2)}`
        seen[key] = (seen[key] ?? 0) + 1
        const { policy: lesser } = loadedOf(without(document, places))
        for (const input of inputs.filter(isCall)) {
          const [before, after] = [decide(policy, input).effect, decide(lesser, input).effect]
          if (before !== after)
            throw new Error(`${path}: ${before}, without it ${after}: ${JSON.stringify({ document, input }, null, 1)}`)
        }
      }
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
  if (run.failed) throw run.errorInstance
  console.info(JSON.stringify(seen))
  for (const list of ['require', 'deny_if', 'approve_if', 'limits', 'tools', 'hide'])
    expect(
      Object.keys(seen).some(key => key.endsWith(` ${list}`)),
      list,
    ).toBe(true)
}, 600_000)
