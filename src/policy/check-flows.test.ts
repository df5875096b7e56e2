import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadPolicy } from './load.ts'
import type { ToolFacts } from './verdict.ts'

const warnings = (text: string, tools?: readonly ToolFacts[]) => {
  const loaded = loadPolicy('p', JSON.stringify(parse(text)), tools === undefined ? {} : { tools })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.problems.map(({ code, path }) => `${code} ${path}`)
}
const flows = (entries: string, list: string) => warnings(`{version: "1", tools: {${entries}}, flows: [${list}]}`)
const flow = (within: string, outcome: string, more = '') =>
  `{after: untrusted, within: ${within}, to: external, then: ${outcome}${more}}`
const both = 'a: {labels: [untrusted]}, b: {labels: [external]}'

test('a flow whose labels tools carry is fine', () => {
  expect(flows(both, flow('30m', 'deny'))).toEqual([])
  expect(flows(both, `${flow('30m', 'deny')}, ${flow('2h', 'require_approval')}`)).toEqual([])
})

test('a flow that holds up no call, or that nothing here sets off', () => {
  expect(flows('a: {labels: [untrusted]}', flow('30m', 'deny'))).toEqual(['dead-flow /flows/0/to'])
  expect(flows('b: {labels: [external]}', flow('30m', 'deny'))).toEqual(['no-source /flows/0/after'])
})

test.each([
  ['said twice', flow('30m', 'deny'), flow('30m', 'deny'), 'dead-flow /flows/1'],
  ['the longer one comes second', flow('30m', 'deny'), flow('1h', 'deny'), 'dead-flow /flows/0'],
  ['asked where it is denied', flow('30m', 'require_approval'), flow('30m', 'deny'), 'dead-flow /flows/0'],
  ['asked twice', flow('1h', 'require_approval'), flow('1h', 'require_approval'), 'dead-flow /flows/1'],
])('a flow that another covers: %s', (_title, first, second, expected) => {
  expect(flows(both, `${first}, ${second}`)).toEqual([expected])
})

test('two flows that ask different people are both there', () => {
  expect(
    flows(both, `${flow('1h', 'require_approval')}, ${flow('1h', 'require_approval', ', approvers: [x]')}`),
  ).toEqual([])
})

test('labels named twice', () => {
  expect(warnings('{version: "1", tools: {a: {labels: [untrusted, untrusted]}}}')).toEqual([
    'duplicate /tools/a/labels/1',
  ])
})

test('result rules that change nothing', () => {
  const results = (given: string) => warnings(`{version: "1", tools: {a: {results: ${given}}}}`)
  expect(results('{redact: [{path: result.a}, {pattern: b}, {path: result.a, with: x}]}')).toEqual([
    'dead-rule /tools/a/results/redact/2',
  ])
  expect(results('{deny_if: [{conditions: []}, {when: "result.a > 1.0"}]}')).toEqual([
    'dead-rule /tools/a/results/deny_if/1',
  ])
  expect(results('{deny_if: [{when: "result.a > 1.0"}, {when: "result.a > 1.0"}]}')).toEqual([
    'dead-rule /tools/a/results/deny_if/1',
  ])
  expect(warnings('{version: "1", tools: {a: {action: hide, results: {max_bytes: 5}}}}')).toEqual([
    'dead-rule /tools/a/results',
  ])
  const shared = 'all_tools: {results: {max_bytes: 100}}'
  expect(
    warnings(`{version: "1", ${shared}, tools: {a: {results: {max_bytes: 100}}, b: {results: {max_bytes: 99}}}}`),
  ).toEqual(['dead-limit /tools/a/results/max_bytes'])
  expect(warnings(`{version: "1", ${shared}, tools: {resources/read: {results: {max_bytes: 500}}}}`)).toEqual([])
})

test('paths into an answer are held against the outputSchema of the tool', () => {
  const item = { type: 'object', properties: { email: { type: 'string' }, total: { type: 'number' } } }
  const properties = { items: { type: 'array', items: item }, total: { type: 'number' } }
  const tool = { name: 'a', outputSchema: { type: 'object', properties, additionalProperties: false } }
  const check = (given: string, name = 'a') => warnings(`{version: "1", tools: {${name}: {results: ${given}}}}`, [tool])
  expect(
    check('{redact: [{path: "result.items[*].email"}, {path: "result.structuredContent.items[0].email"}]}'),
  ).toEqual([])
  expect(
    check('{redact: [{path: "result.items[*].mail"}, {path: result.custmers}, {path: "result.content[*].text"}]}'),
  ).toEqual(['unknown-result /tools/a/results/redact/0/path', 'unknown-result /tools/a/results/redact/1/path'])
  const deny = (path: string, value: string) =>
    check(`{deny_if: [{conditions: [{path: "${path}", op: eq, value: ${value}}]}]}`)
  expect(deny('result.total', '5')).toEqual([])
  expect(deny('result.totl', '5')).toEqual(['unknown-result /tools/a/results/deny_if/0/conditions/0/path'])
  expect(deny('result.total', '"5"')).toEqual(['unlike-type /tools/a/results/deny_if/0/conditions/0/value'])
  expect(check('{redact: [{path: result.other}]}', '"*"')).toEqual([])
})
