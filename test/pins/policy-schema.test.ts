/** `schemas/policy.schema.json` and the reader of policies accept and refuse the same documents. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { limitKeys, scopes } from '../../src/policy/caps.ts'
import { approvalKeys, documentKeys, entryKeys, ruleSetKeys } from '../../src/policy/document.ts'
import { flowKeys } from '../../src/policy/flow-rules.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { labels, operators, sinkLabels, sourceLabels } from '../../src/policy/model.ts'
import { redactionKeys, resultKeys } from '../../src/policy/result-rules.ts'
import { scenarios } from '../property/policy-documents.ts'
import { resultScenarios } from '../property/result-documents.ts'

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly oneOf?: readonly (Node & { readonly const?: string })[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Node>>
}
const schema = JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8')) as Node
const defs = schema.$defs as Record<string, Node>
const validate = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema)

function reader(document: unknown): boolean {
  return loadPolicy('p', JSON.stringify(document), { compileSchema }).ok
}

const leaf = (path: string, op: string, value: unknown) => ({ path, op, value })
const entry = (tool: unknown) => ({ version: '1', tools: { t: tool } })
const rule = (given: unknown) => entry({ require: [given] })
const condition = (given: unknown) => rule({ conditions: [given] })
const results = (given: unknown) => entry({ results: given })
const redact = (given: unknown) => results({ redact: [given] })
const resultCondition = (given: unknown) => results({ deny_if: [{ conditions: [given] }] })
const flow = (text: string) => ({ version: '1', flows: [parse(`{${text}}`) as unknown] })
const limit = (given: object) => entry({ limits: [{ counter: 'c', window: 'day', max: 1, ...given }] })

const accepted: readonly unknown[] = [
  { version: '1' },
  {
    $schema: './policy.schema.json',
    version: '1',
    description: 'x',
    default: 'allow',
    mode: 'observe',
    time: { zone: 'Europe/Berlin' },
    hide: ['a', 'b_*', '*'],
    all_tools: {},
    tools: {},
  },
  { version: '1', tools: { t: null } },
  entry({}),
  ...['allow', 'deny', 'hide', 'require_approval'].map(action => entry({ action, reason: 'x' })),
  entry({ arguments: { type: 'object' } }),
  entry({ read_only: true }),
  entry({ require: [], deny_if: [], approve_if: [], limits: [] }),
  ...['10/minute', '10/30s', ' 5 / hour ', { max: 10, window: 60 }, { max: 1, window: '7d' }].map(rate_limit =>
    entry({ rate_limit }),
  ),
  rule({ conditions: [] }),
  rule({ any: [leaf('args.x', 'eq', 1)], on_deny: 'x' }),
  rule({ not: { all: [leaf('args.x', 'eq', 1), { any: [leaf('args.y', 'eq', null)] }] } }),
  rule({ when: 'args.x > 1' }),
  ...[
    'args',
    'args.a.b',
    'args[0]',
    'args.a[*].b',
    'args["a.b"]',
    'caller.roles[*]',
    'grant.labels.team',
    'grant.labels["a b"]',
    'tool.annotations.x',
    'time.hour',
    'server.name',
  ].map(path => condition(leaf(path, 'exists', true))),
  ...operators
    .filter(op => !['exists', 'in', 'not_in', 'cidr', 'host_in', 'lt', 'lte', 'gt', 'gte'].includes(op))
    .map(op => condition(leaf('args.x', op, 'a'))),
  condition(leaf('args.x', 'in', ['a', 1, null])),
  condition(leaf('args.x', 'lt', 0.5)),
  condition(leaf('args.x', 'cidr', '10.0.0.0/8')),
  condition(leaf('args.x', 'host_in', ['a.com', '*.b.com'])),
  condition(leaf('args.x', 'eq', { a: [1] })),
  entry({
    approve_if: [
      {
        conditions: [],
        approvers: ['role:approver'],
        quorum: 2,
        decide_within: '30m',
        execute_within: 600,
        allow_edits: true,
      },
    ],
  }),
  ...scopes.map(scope => limit({ scope })),
  ...['minute', 'hour', 'day', 'week', 'month', '90s', '15m', '2h', '7d', 60].map(window => limit({ window })),
  limit({ key: 'args.customer', increment_from: 'args.a.b', settle_from: 'result.amount' }),
  limit({ align: 'calendar', zone: 'Asia/Tokyo' }),
  limit({ align: 'sliding', window: 90 }),
  entry({ labels: [] }),
  entry({ labels: [...labels] }),
  results({}),
  results({ max_bytes: 65_536, redact: [], deny_if: [] }),
  { version: '1', all_tools: { results: { max_bytes: 1 } } },
  ...[
    'result.a',
    'result.a[*].b[0]["c d"]',
    'result["a.b"]',
    'result.content[*].text',
    'result.structuredContent.a',
  ].map(path => redact({ path })),
  redact({ path: 'result.a', with: '***' }),
  redact({ pattern: '\\b\\d{16}\\b', with: '[card]' }),
  ...['result.total', 'result.isError', 'result.content', 'result["a b"][*].x', 'args.a', 'caller.id', 'time.hour'].map(
    path => resultCondition(leaf(path, 'exists', true)),
  ),
  resultCondition({ not: { any: [leaf('result.a', 'gt', 5), leaf('result.b', 'in', ['a'])] } }),
  results({ deny_if: [{ any: [leaf('result.a', 'regex', 'x')], when: 'result.a > args.b', on_deny: 'x' }] }),
  { version: '1', flows: [] },
  flow('after: untrusted, within: 30m, to: external, then: require_approval, on_deny: x, approvers: ["role:approver"]'),
  flow('after: sensitive, within: 7d, to: destructive, then: deny'),
  ...['168h', '10080m', '604800s', '600', 'hour', 'week', '1.5'].map(within =>
    flow(`after: sensitive, within: ${within}, to: external, then: deny`),
  ),
]

const refused: readonly unknown[] = [
  {},
  [],
  'text',
  { version: 1 },
  { version: '2' },
  { version: '1', defualt: 'deny' },
  { version: '1', default: 'alow' },
  { version: '1', mode: 'off' },
  { version: '1', time: {} },
  { version: '1', time: 'UTC' },
  { version: '1', hide: 'a' },
  { version: '1', hide: [''] },
  { version: '1', hide: ['a\\b'] },
  { version: '1', all_tools: { action: 'deny' } },
  { version: '1', all_tools: { reason: 'x' } },
  { version: '1', tools: [] },
  { version: '1', tools: { '': {} } },
  { version: '1', tools: { 'a\\b': {} } },
  entry('deny'),
  entry({ action: 'block' }),
  entry({ reason: '' }),
  entry({ arguments: [] }),
  entry({ read_only: 'yes' }),
  entry({ deny_iff: [] }),
  entry({ require: {} }),
  ...[
    '10',
    '0/minute',
    '10 per minute',
    '1/day/2',
    '5/days',
    5,
    { max: 10 },
    { max: 0, window: 60 },
    { max: 1, window: 0 },
    { max: 1, window: 60, scope: 'grant' },
  ].map(rate_limit => entry({ rate_limit })),
  rule({}),
  rule({ on_deny: 'x' }),
  rule({ conditions: {} }),
  rule({ conditions: [], approvers: [] }),
  rule({ any: [] }),
  rule({ not: [] }),
  rule({ when: '' }),
  condition('args.x > 1'),
  condition({}),
  condition({ path: 'args.x', op: 'eq' }),
  condition({ path: 'args.x', value: 1 }),
  condition({ ...leaf('args.x', 'eq', 1), case: true }),
  condition({ any: [leaf('args.x', 'eq', 1)], all: [leaf('args.x', 'eq', 1)] }),
  condition(leaf('args.x', 'matches', 'a')),
  ...[
    'arg.x',
    'args.',
    'args..a',
    'args.*',
    'args[-1]',
    "args['a']",
    'args a',
    'caller',
    'caller.role',
    'grant.labels',
    'tool.annotations',
    'time.minute',
    'result.x',
  ].map(path => condition(leaf(path, 'exists', true))),
  condition(leaf('args.x', 'lt', '5')),
  condition(leaf('args.x', 'in', 'a')),
  condition(leaf('args.x', 'exists', 'true')),
  condition(leaf('args.x', 'regex', 5)),
  condition(leaf('args.x', 'regex', 'a'.repeat(1001))),
  condition(leaf('args.x', 'glob', '')),
  condition(leaf('args.x', 'glob', 'a\\b')),
  condition(leaf('args.x', 'cidr', [])),
  condition(leaf('args.x', 'host_in', [5])),
  entry({ approve_if: [{}] }),
  entry({ approve_if: [{ conditions: [], quorum: 0 }] }),
  entry({ approve_if: [{ conditions: [], quorum: 11 }] }),
  entry({ approve_if: [{ conditions: [], decide_within: 'soon' }] }),
  entry({ approve_if: [{ conditions: [], allow_edits: 'yes' }] }),
  entry({ limits: [{ window: 'day', max: 1 }] }),
  entry({ limits: [{ counter: 'c', max: 1 }] }),
  entry({ limits: [{ counter: 'c', window: 'day' }] }),
  limit({ counter: '' }),
  limit({ max: 0 }),
  limit({ max: 1.5 }),
  limit({ max: '5' }),
  limit({ window: 'days' }),
  limit({ window: '0s' }),
  limit({ scope: 'grants' }),
  limit({ key: 'caller.id' }),
  limit({ increment_from: 'args.x[*]' }),
  limit({ increment_from: 'args' }),
  limit({ settle_from: 'args.x' }),
  limit({ align: 'calendar', window: 60 }),
  limit({ align: 'calender' }),
  limit({ zone: 'UTC' }),
  entry({ labels: 'untrusted' }),
  entry({ labels: ['untrusted', 'secret'] }),
  { version: '1', all_tools: { labels: ['untrusted'] } },
  results([]),
  ...[0, -1, 1.5, '5', 16_777_217, null].map(max_bytes => results({ max_bytes })),
  results({ require: [] }),
  results({ redact: {} }),
  redact({}),
  redact({ path: 'result.a', pattern: 'a' }),
  redact({ pattern: '' }),
  redact({ pattern: 'a', with: '' }),
  redact({ pattern: 'a', with: 'x'.repeat(101) }),
  redact({ pattern: 'a', replace: 'b' }),
  ...[
    'result',
    'result[0].a',
    'args.a',
    'result.isError',
    'result._meta',
    'result.structuredContent',
    'result.content',
    'result.content[*]',
    'result.content[0].type',
  ].map(path => redact({ path })),
  resultCondition(leaf('result', 'exists', true)),
  resultCondition(leaf('result[*].a', 'exists', true)),
  resultCondition(leaf('results.a', 'exists', true)),
  resultCondition(leaf('result.a', 'gt', '5')),
  resultCondition({ any: [] }),
  results({ deny_if: [{}] }),
  results({ deny_if: [{ conditions: [], approvers: [] }] }),
  { version: '1', flows: {} },
  flow('within: 30m, to: external, then: deny'),
  flow('after: untrusted, to: external, then: deny'),
  flow('after: untrusted, within: 30m, then: deny'),
  flow('after: untrusted, within: 30m, to: external'),
  flow('after: external, within: 30m, to: external, then: deny'),
  flow('after: untrusted, within: 30m, to: sensitive, then: deny'),
  flow('after: untrusted, within: 30m, to: external, then: allow'),
  flow('after: untrusted, within: 30m, to: external, then: deny, approvers: [a]'),
  flow('after: untrusted, within: 30m, to: external, then: deny, scope: grant'),
  ...['8d', '169h', '10081m', '604801s', '604801', 'month', '0s', '0', 'soon'].map(within =>
    flow(`after: untrusted, within: ${within}, to: external, then: deny`),
  ),
]

test.each(accepted.map(document => [JSON.stringify(document).slice(0, 120), document]))(
  'both accept %s',
  (_text, document) => {
    expect(reader(document)).toBe(true)
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
  },
)

test.each(refused.map(document => [JSON.stringify(document).slice(0, 120), document]))(
  'both refuse %s',
  (_text, document) => {
    expect(reader(document)).toBe(false)
    expect(validate(document)).toBe(false)
  },
)

test('both accept random documents', () => {
  fc.assert(
    fc.property(scenarios(1), ({ document }) => {
      expect(reader(document)).toBe(true)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('both accept random result rules', () => {
  fc.assert(
    fc.property(resultScenarios(1), ({ document }) => {
      expect(reader(document)).toBe(true)
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('the schema knows the keys and words of the reader, and nothing else', () => {
  const keys = (node: Node | undefined) => Object.keys(node?.properties ?? {}).sort()
  const words = (node: Node | undefined) => (node?.oneOf ?? []).map(item => item.const)
  expect(keys(schema)).toEqual([...documentKeys].sort())
  expect(keys(defs['tool'])).toEqual([...entryKeys].sort())
  expect(keys(schema.properties?.['all_tools'])).toEqual([...ruleSetKeys].sort())
  expect(keys(defs['approveRule'])).toEqual([...approvalKeys].sort())
  expect(keys(defs['limit'])).toEqual([...limitKeys].sort())
  expect(words(defs['comparison']?.properties?.['op'])).toEqual([...operators])
  expect(words(defs['limit']?.properties?.['scope'])).toEqual([...scopes])
  expect(keys(defs['results'])).toEqual([...resultKeys].sort())
  expect(keys(defs['redaction'])).toEqual([...redactionKeys].sort())
  expect(keys(defs['flow'])).toEqual([...flowKeys].sort())
  expect(words(defs['tool']?.properties?.['labels']?.items)).toEqual([...labels])
  expect(words(defs['flow']?.properties?.['after'])).toEqual([...sourceLabels])
  expect(words(defs['flow']?.properties?.['to'])).toEqual([...sinkLabels])
})

test('every key and word has a description for editors', () => {
  const missing: string[] = []
  const visit = (node: Node, at: string): void => {
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      const target = member.$ref === undefined ? member : { ...defs[member.$ref.replace('#/$defs/', '')], ...member }
      if (!target.description) missing.push(`${at}/${name}`)
      visit(member, `${at}/${name}`)
    }
    for (const word of node.oneOf ?? [])
      if (word.const !== undefined && !word.description) missing.push(`${at}=${word.const}`)
    if (node.items !== undefined) visit(node.items, `${at}/items`)
  }
  visit(schema, '')
  for (const [name, node] of Object.entries(defs)) visit(node, `$defs/${name}`)
  expect(missing).toEqual([])
})
