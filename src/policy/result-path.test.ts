import { expect, test } from 'vitest'
import type { JsonObject } from '../wire/json-types.ts'
import { absent, broken } from './reach.ts'
import { readResultPath, valueInResult } from './result-path.ts'

const at = (path: string, result: JsonObject) => {
  const reading = readResultPath(path)
  if (!reading.ok) throw new Error(reading.message)
  return valueInResult(result, reading.path)
}
const text = (words: string) => ({ type: 'text', text: words })

test('a name is looked up in the structured content', () => {
  expect(at('result.amount', { content: [], structuredContent: { amount: 7 } })).toBe(7)
})

test('without structured content the JSON of the only text is the data', () => {
  expect(at('result.amount', { content: [text('{"amount": 7}')] })).toBe(7)
  expect(at('result.amount', { content: [text('{"amount": 7}'), text('{"amount": 8}')] })).toBe(absent)
  expect(at('result.amount', { content: [text('7')] })).toBe(absent)
  expect(at('result.amount', { content: [text('{"amount":')] })).toBe(absent)
})

test("the answer's own members are not looked up in its data", () => {
  const result = { isError: false, content: [text('hi')], structuredContent: { content: 'other', isError: true } }
  expect(at('result.content[0].text', result)).toBe('hi')
  expect(at('result.isError', result)).toBe(false)
  expect(at('result.structuredContent.content', result)).toBe('other')
})

test('own properties only; a step that does not fit is broken', () => {
  expect(at('result.__proto__.x', { structuredContent: {} })).toBe(absent)
  expect(at('result.a.b', { structuredContent: { a: 'text' } })).toBe(broken)
})

test.each(['result', 'args.amount', 'results.amount', 'result[0]', 'result[*].a', 'result.', 'result.a b'])(
  '`%s` is no path into a result',
  path => {
    expect(readResultPath(path).ok).toBe(false)
  },
)
