/** What `policy diff` says is true: a call whose verdict changes lies in a change that was said, and every example is one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { inputOf } from '../../src/policy/analysis/call.ts'
import { type Difference, differenceOf } from '../../src/policy/analysis/difference.ts'
import { labelOf } from '../../src/policy/analysis/labels.ts'
import { doors } from '../../src/policy/analysis/names.ts'
import { decide } from '../../src/policy/decide.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { isToolName } from '../../src/wire/names.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { isJsonCall, joined, scenarios } from './policy-documents.ts'

type Loaded = ReturnType<typeof loadedOf>

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)
const runs = Number(process.env['POLICY_RUNS'] ?? 150)

function isCall(input: DecisionInput): boolean {
  return isJsonCall(input) && (isToolName(input.tool) || (doors as readonly string[]).includes(input.tool))
}

/** The changes said of a tool name, as `from to`. */
function said({ tools }: Difference, label: string): readonly string[] {
  return tools
    .filter(change => change.tools.includes(label))
    .flatMap(({ verdicts, open }) => [...verdicts, ...open].map(({ from, to }) => `${from} ${to}`))
}

/** Two documents that have nothing to do with each other, and one with rules added to it: most changes are small. */
const pairs: readonly (readonly [
  string,
  (document: JsonObject, other: JsonObject) => readonly [JsonObject, JsonObject],
])[] = [
  ['two documents', (document, other) => [document, other]],
  ['rules that are added', (document, other) => [document, joined(document, other)]],
]

test.each(pairs)(
  `%s: every change of a verdict is said, every example is one (seed ${seed})`,
  (_title, pair) => {
    const seen = { changed: 0, unchanged: 0, examples: 0, open: 0 }
    const run = fc.check(
      fc.property(scenarios(40), ({ document, other, inputs }) => {
        const [before, after] = pair(document, other).map(each => loadedOf(each)) as [Loaded, Loaded]
        const difference = differenceOf(before, after, undefined)
        expect(difference.complete).toBe(true)
        for (const { verdicts, open } of difference.tools) {
          seen.open += open.length
          for (const { from, to, call } of verdicts) {
            seen.examples += 1
            const input = inputOf(JSON.parse(JSON.stringify(call)))
            if (input === undefined) throw new Error(`not a call: ${JSON.stringify(call)}`)
            expect([decide(before.policy, input).effect, decide(after.policy, input).effect]).toEqual([from, to])
          }
        }
        // what flows between labels do is compared as text: here nothing has flowed
        for (const { recent: _recent, ...input } of inputs.filter(isCall)) {
          const change = `${decide(before.policy, input).effect} ${decide(after.policy, input).effect}`
          const [from, to] = change.split(' ')
          if (from === to) {
            seen.unchanged += 1
            continue
          }
          seen.changed += 1
          const known = said(difference, labelOf(input.tool, before, after))
          if (!known.includes(change))
            throw new Error(`${change}: ${JSON.stringify({ document, other, input, known }, null, 1)}`)
        }
      }),
      { seed, numRuns: runs, endOnFailure: true },
    )
    if (run.failed) throw run.errorInstance
    console.info(JSON.stringify(seen))
    expect(seen.changed).toBeGreaterThan(runs)
    expect(seen.examples).toBeGreaterThan(runs)
  },
  600_000,
)

/** What a server might say of its tool `t`. */
const inputSchema = {
  type: 'object',
  properties: {
    x: { type: ['integer', 'string', 'null'], maximum: 1_000 },
    y: { enum: ['prod', 'a', '', 500, true] },
    list: { type: 'array', items: { type: ['string', 'object'] } },
  },
  required: ['x'],
}

test(`among the tools of a server only calls that fit their schemas count (seed ${seed})`, () => {
  const seen = { changed: 0, examples: 0, open: 0 }
  const schema = compileSchema(inputSchema)
  if (!schema.ok) throw new Error(schema.refusal.message)
  const fits = (args: JsonObject) => schema.value(args).ok
  const annotations = { readOnlyHint: false }
  const run = fc.check(
    fc.property(scenarios(60), ({ document, other, inputs }) => {
      const [before, after] = [loadedOf(document), loadedOf(other)]
      const difference = differenceOf(before, after, [{ name: 't', inputSchema, annotations }], compileSchema)
      for (const { verdicts, open } of difference.tools) {
        seen.open += open.length
        for (const { from, to, call } of verdicts.filter(change => change.call.tool === 't')) {
          seen.examples += 1
          const input = inputOf(JSON.parse(JSON.stringify(call)))
          if (input === undefined || !fits(input.args)) throw new Error(`not a call: ${JSON.stringify(call)}`)
          expect([decide(before.policy, input).effect, decide(after.policy, input).effect]).toEqual([from, to])
        }
      }
      for (const { recent: _recent, ...given } of inputs.filter(isJsonCall)) {
        const input = { ...given, tool: 't', facts: { annotations } }
        if (!fits(input.args)) continue
        const change = `${decide(before.policy, input).effect} ${decide(after.policy, input).effect}`
        const [from, to] = change.split(' ')
        if (from === to) continue
        seen.changed += 1
        const known = said(difference, '`t`')
        if (!known.includes(change))
          throw new Error(`${change}: ${JSON.stringify({ document, other, input, known }, null, 1)}`)
      }
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
  if (run.failed) throw run.errorInstance
  console.info(JSON.stringify(seen))
  expect(seen.changed).toBeGreaterThan(runs)
}, 600_000)
