import { expect, test } from 'vitest'
import { loadedOf } from '../../test/fixtures/policy-call.ts'
import type { ToolFacts } from './verdict.ts'

const tools: readonly ToolFacts[] = [
  {
    name: 'create_charge',
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        amount: { type: 'integer', minimum: 1, maximum: 10_000 },
        currency: { enum: ['usd', 'eur'] },
        note: { type: ['string', 'null'] },
        tags: { type: 'array', items: { type: 'string' } },
        lines: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } } } },
        any: {},
        either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
      },
    },
  },
  { name: 'get_user', inputSchema: { type: 'object', properties: { id: { type: 'string' } } } },
  { name: 'free', inputSchema: { type: 'object' } },
]

function warnings(document: object): readonly (readonly [string, string, string])[] {
  const { problems } = loadedOf({ version: '1', ...document }, { tools })
  return problems
    .filter(({ code }) => code !== 'unanchored')
    .map(({ code, path, remedy }) => [code, path, remedy] as const)
}

function ofLeaf(tool: string, path: string, op: string, value: unknown) {
  return warnings({ tools: { [tool]: { deny_if: [{ conditions: [{ path, op, value }] }] } } }).map(([code]) => code)
}

test.each<[object, string, string, string]>([
  [{ tools: { create_charg: {} } }, 'unknown-tool', '/tools/create_charg', 'did you mean `create_charge`?'],
  [{ tools: { 'put_*': {} } }, 'unknown-tool', '/tools/put_*', 'check the pattern'],
  [{ hide: ['get_usr'] }, 'unknown-tool', '/hide/0', 'did you mean `get_user`?'],
  [{ tools: { 'resources/reed': {} } }, 'unknown-tool', '/tools/resources~1reed', 'did you mean `resources/read`?'],
])('%j: %s', (document, code, path, remedy) => {
  expect(warnings(document)).toEqual([[code, path, remedy]])
})

test('names that exist, doors and `*` are fine', () => {
  expect(warnings({ hide: ['*'] })).toEqual([])
  expect(warnings({ tools: { create_charge: {}, 'get_*': {}, 'resources/read': {}, '*': {} } })).toEqual([])
})

test.each<[string, string, unknown, string[]]>([
  ['args.amount', 'gt', 500, []],
  ['args.amount', 'gt', 10_000, ['never-matches']],
  ['args.amount', 'lt', 1, ['never-matches']],
  ['args.amount', 'eq', 20_000, ['never-matches']],
  ['args.amount', 'regex', '5', ['unlike-type']],
  ['args.amount', 'eq', '5', ['unlike-type']],
  ['args.amount', 'in', ['a', 5], []],
  ['args.amont', 'gt', 5, ['unknown-argument']],
  ['args.currency', 'eq', 'gbp', ['never-matches']],
  ['args.currency', 'in', ['gbp', 'usd'], []],
  ['args.note', 'contains', 'x', []],
  ['args.note', 'gt', 5, ['unlike-type']],
  ['args.tags', 'eq', 'x', ['unlike-type']],
  ['args.tags', 'contains', 'x', []],
  ['args.tags[*]', 'eq', 'x', []],
  ['args.tags[0]', 'lt', 5, ['unlike-type']],
  ['args.lines[*].price', 'gt', 5, []],
  ['args.lines[*].cost', 'gt', 5, ['unknown-argument']],
  ['args.any.thing', 'gt', 5, []],
  ['args.either', 'gt', 5, []],
  ['args.amount', 'exists', false, []],
  ['caller.id', 'eq', 'x', []],
])('create_charge, %s %s %j: %j', (path, op, value, codes) => {
  expect(ofLeaf('create_charge', path, op, value)).toEqual(codes)
})

test('an open schema may still be told a misspelt name, an empty one nothing', () => {
  expect(ofLeaf('get_user', 'args.idd', 'eq', 'x')).toEqual(['unknown-argument'])
  expect(ofLeaf('free', 'args.x', 'eq', 'x')).toEqual([])
  expect(ofLeaf('get_*', 'args.other', 'eq', 'x')).toEqual([])
})

test('limits count arguments that exist', () => {
  const limit = { counter: 'c', window: 'day', max: 5 }
  expect(
    warnings({
      tools: { create_charge: { limits: [{ ...limit, increment_from: 'args.amout', key: 'args.currency' }] } },
    }),
  ).toEqual([['unknown-argument', '/tools/create_charge/limits/0/increment_from', 'check the name against the tool']])
})
