/** Every example of `docs/reference/policy.md` is loaded, and every verdict it shows is the engine's. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { limits } from '../../src/limits.ts'
import { decide } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { labels, operators } from '../../src/policy/model.ts'
import { drive, ruleAnswer } from '../../src/policy/results.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { callOf, loadedOf, verdictOn } from '../fixtures/policy-call.ts'

const page = readFileSync('docs/reference/policy.md', 'utf8')
const fences = [...page.matchAll(/^```(yaml|json)( entry)?\n([\s\S]*?)^```\n([\s\S]*?)(?=^```|^#|$(?![\s\S]))/gm)].map(
  ([, language, kind, text, after]) => ({
    language,
    kind: kind?.trim() ?? 'policy',
    text: text ?? '',
    after: after ?? '',
  }),
)
const policies = fences.filter(({ kind }) => kind === 'policy')
const entries = fences.filter(({ kind }) => kind === 'entry')

test('the page has its examples', () => {
  expect(policies.length).toBeGreaterThanOrEqual(10)
  expect(entries.length).toBeGreaterThanOrEqual(8)
})

describe.each(policies.map(({ text, after }, index) => [index + 1, text, after] as const))(
  'policy %i',
  (_index, text, after) => {
    const loaded = loadedOf(text, { compileSchema })
    test('loads without a problem', () => {
      expect(loaded.problems).toEqual([])
    })
    const rows = [...after.matchAll(/^\| `([^`]+)` `(\{[^`]*\})` \| (allow|deny|ask) \|$/gm)]
    test.each(rows.map(([, tool, args, verdict]) => [tool, args, verdict] as const))(
      '%s %s: %s',
      (tool, args, verdict) => {
        expect(decide(loaded.policy, callOf(tool ?? '', JSON.parse(args ?? '{}'))).effect).toBe(verdict)
      },
    )
  },
)

test.each(entries.map(({ text }, index) => [index + 1, text] as const))(
  'entry %i loads without a problem',
  (_index, text) => {
    const loaded = loadPolicy('p', JSON.stringify({ version: '1', tools: { t: parse(text) } }), { compileSchema })
    expect(loaded.problems).toEqual([])
    expect(loaded.ok).toBe(true)
  },
)

describe.each(policies.map(({ text, after }, index) => [index + 1, text, after] as const))(
  'answers and flows of policy %i',
  (_index, text, after) => {
    const { policy } = loadedOf(text, { compileSchema })
    const answers = [...after.matchAll(/^\| `(\w+)` answers `(\{.*?\})` \| (?:withheld|`(\{.*\})`) \|$/gm)]
    test.for(answers)('%s', ([, tool = '', given = '', expected]) => {
      const answer = { content: [{ type: 'text', text: given }], structuredContent: JSON.parse(given) as JsonObject }
      const ruling = drive(ruleAnswer(policy, callOf(tool), answer))
      const left = expected === undefined ? undefined : (JSON.parse(expected) as JsonObject)
      if (ruling.effect === 'withhold') return expect(left).toBeUndefined()
      expect(ruling.value['structuredContent']).toEqual(left)
      expect(JSON.parse((ruling.value['content'] as { text: string }[])[0]?.text ?? '')).toEqual(left)
    })
    const later = [...after.matchAll(/^\| `(\w+)`, (\d+)m after `(\w+)` \| (\w+) \|$/gm)]
    test.for(later)('%s', ([, tool = '', minutes, label = '', verdict]) => {
      const recent = { [label]: Number(minutes) * 60_000 }
      expect(decide(policy, callOf(tool, {}, { recent })).effect).toBe(verdict)
    })
    test('every row is tried', () => {
      expect(after.match(/^\| `\w+`(?: answers|, \d)/gm)?.length ?? 0).toBe(answers.length + later.length)
    })
  },
)

test('rows of calls are found', () => {
  const shown = [...page.matchAll(/^\| `[^`]+` `\{/gm)].length
  const tried = policies.flatMap(({ after }) => [
    ...after.matchAll(/^\| `([^`]+)` `(\{[^`]*\})` \| (allow|deny|ask) \|$/gm),
  ]).length
  expect(tried).toBe(shown)
  expect(tried).toBeGreaterThan(30)
})

test('the table of strictness is true', () => {
  const section = page.split('## Strictness\n')[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| `(\{[^`]*\})` \| (require|deny_if) `([^`]+)` \| (allow|deny): /gm)]
  expect(rows).toHaveLength(7)
  for (const [, args = '', list = '', condition = '', verdict = ''] of rows) {
    const [, path, op, value] = /^(?:(args\S+) )?(\w+) (.+)$/.exec(condition) ?? []
    const given = JSON.parse(args) as Record<string, never>
    const leaf = { path: path ?? `args.${Object.keys(given)[0] ?? 'amount'}`, op, value: JSON.parse(value ?? '') }
    expect(verdictOn({ [list]: [{ conditions: [leaf] }] }, given).effect, condition).toBe(verdict)
  }
})

test('what the page shows of a refusal is what the first policy says', () => {
  const { policy } = loadedOf(policies[0]?.text ?? '')
  const verdict = decide(policy, callOf('create_charge', { amount: 90_000, currency: 'usd', customer: 'c1' }))
  if (verdict.effect !== 'deny') throw new Error('allowed')
  expect(page).toContain(
    `[POLICY DENIED] ${verdict.message}\nrule         ${verdict.rule}\nwouldPassIf  ${verdict.wouldPassIf}\n`,
  )
})

test('every operator and every code of a check is on the page', () => {
  for (const word of [...operators, ...labels]) expect(page).toContain(`\`${word}\``)
  const checks = ['check-rules', 'check-weakness', 'check-tools', 'check-flows', 'flow-rules', 'conditions']
  const sources = [...checks, 'analysis/dead-rules', 'analysis/dead-entries']
    .map(file => readFileSync(`src/policy/${file}.ts`, 'utf8'))
    .join('\n')
  const codes = new Set(
    [...sources.matchAll(/log\.warning\(\s*'([a-z-]+)'|code: '([a-z-]+)'/g)].map(match => match[1] ?? match[2] ?? ''),
  )
  codes.delete('bad-regex')
  expect(codes.size).toBeGreaterThanOrEqual(12)
  for (const code of codes) expect(page, code).toContain(`\`${code}\``)
})

test('the bounds on the page are those of limits.ts', () => {
  expect(limits.policyBytesMax).toBe(1024 * 1024)
  expect(limits.policyDepthMax).toBe(32)
  expect(limits.policyElementsMax).toBe(200_000)
  expect(limits.policyRegexLengthMax).toBe(1_000)
  expect(limits.policyRegexProgramMax).toBe(500)
  expect(limits.policyWhenLengthMax).toBe(1_000)
  expect(limits.policyGroupDepthMax).toBe(8)
  expect([limits.windowBucketsMax, limits.windowBucketsPerNameMax]).toEqual([200_000, 100_000])
  expect(limits.windowSetBackMs).toBe(3 * 3_600_000)
  expect(limits.policyCounterLengthMax).toBe(256)
  expect(limits.resultHiddenCharsMin).toBe(6)
  expect(limits.policyFlowMsMax).toBe(7 * 86_400_000)
})
