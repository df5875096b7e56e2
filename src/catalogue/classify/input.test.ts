import { expect, test } from 'vitest'
import type { Json } from '../../wire/json-types.ts'
import { toolListOf } from './input.ts'

const definition = { name: 'a', description: 'b' }

test.each<[string, Json]>([
  ['an array', [definition]],
  ['the result of tools/list', { tools: [definition] }],
  ['the answer to tools/list', { jsonrpc: '2.0', id: 1, result: { tools: [definition] } }],
  ['server show --json', { tools: [{ name: 'a', state: 'approved', definition }] }],
])('%s', (_title, value) => {
  expect(toolListOf(value)).toEqual({ definitions: [definition], skipped: 0 })
})

test('a file of the catalogue names its server', () => {
  expect(toolListOf({ name: 'files', package: 'x', tools: [definition] })?.server).toBe('files')
})

test.each<Json>([null, 1, 'x', {}, { tools: {} }, { result: {} }])('%j is no list', value => {
  expect(toolListOf(value)).toBeUndefined()
})

test('what is no definition is counted and left out, and so is what is too many', () => {
  expect(toolListOf([definition, null, 3, {}, { name: 7 }, { name: '' }])).toEqual({
    definitions: [definition],
    skipped: 5,
  })
  const list = toolListOf(Array.from({ length: 2_500 }, () => definition))
  expect([list?.definitions.length, list?.skipped]).toEqual([2_000, 500])
})
