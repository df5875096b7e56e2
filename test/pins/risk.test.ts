/** The accuracy of the ratings is a promise: `npm run eval:risk` prints it, these floors hold it. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { labelledServers, labelSets } from '../../scripts/risk-labels.ts'
import { dangerousAsRead, judge, macroF1 } from '../../scripts/risk-score.ts'

const outcomes = Object.fromEntries(labelSets.map(set => [set, judge(labelledServers(set))] as const))

test.each([
  ['public', 0.97, 764],
  ['own', 0.98, 639],
  ['later', 0.97, 494],
  ['sealed', 0.92, 405],
  ['fresh', 0.94, 718],
  ['written', 0.93, 480],
] as const)('macro-F1 of the %s labels is at least %d', (set, least, tools) => {
  expect(outcomes[set]?.length).toBeGreaterThanOrEqual(tools)
  expect(macroF1(outcomes[set] ?? [])).toBeGreaterThanOrEqual(least)
})

test.each(labelSets)('nothing of the %s labels that executes, destroys or pays is rated Read', set => {
  expect(dangerousAsRead(outcomes[set] ?? []).map(({ label }) => `${label.server}/${label.tool}`)).toEqual([])
})

test('every label is of a tool, and every definition has its label', () => {
  for (const set of labelSets)
    for (const { name, definitions, labels } of labelledServers(set)) {
      expect([...labels.keys()].toSorted(), name).toEqual(definitions.map(each => String(each['name'])).toSorted())
    }
})

test('the page of the method says what is measured', () => {
  const page = readFileSync('docs/reference/risk-method.md', 'utf8')
  for (const set of labelSets) {
    const row = new RegExp(`^\\| ${set} \\|.*\\| ${macroF1(outcomes[set] ?? []).toFixed(3)} \\| 0 \\|$`, 'm')
    expect(page, `${set}: ${macroF1(outcomes[set] ?? []).toFixed(3)}`).toMatch(row)
  }
})
