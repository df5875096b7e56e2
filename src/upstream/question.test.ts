import { expect, test } from 'vitest'
import type { JsonObject } from '../wire/json-types.ts'
import { askCaller, problemOfQuestion } from './question.ts'

test.each<[string, JsonObject, JsonObject, boolean]>([
  ['elicitation/create', {}, {}, false],
  ['elicitation/create', {}, { elicitation: {} }, true],
  ['elicitation/create', { mode: 'form' }, { elicitation: {} }, true],
  ['elicitation/create', { mode: 'form' }, { elicitation: { form: {} } }, true],
  ['elicitation/create', {}, { elicitation: { url: {} } }, false],
  ['elicitation/create', { mode: 'url' }, { elicitation: {} }, false],
  ['elicitation/create', { mode: 'url' }, { elicitation: { form: {}, url: {} } }, true],
  ['elicitation/create', {}, { elicitation: true }, false],
  ['sampling/createMessage', {}, { elicitation: {} }, false],
  ['sampling/createMessage', {}, { sampling: {} }, true],
  ['roots/list', {}, { roots: { listChanged: true } }, true],
  ['roots/list', {}, { roots: null }, false],
  ['tools/call', {}, { tools: {} }, false],
  ['tasks/get', {}, { tasks: {} }, false],
])('%s %j for a client that declared %j: %s', (method, params, capabilities, isAllowed) => {
  expect(problemOfQuestion(method, params, capabilities) === undefined).toBe(isAllowed)
})

test('whatever goes wrong at the caller becomes an error for the server', async () => {
  const { signal } = new AbortController()
  const failed = { error: { code: -32603, message: 'the client gave no answer' } }
  expect(await askCaller(async () => ({ result: { a: 1 } }), 'm', {}, signal)).toEqual({ result: { a: 1 } })
  expect(await askCaller(() => Promise.reject(new Error('x')), 'm', {}, signal)).toEqual(failed)
  const throwing = () => {
    throw new Error('x')
  }
  expect(await askCaller(throwing, 'm', {}, signal)).toEqual(failed)
  expect(await askCaller(async () => ({ result: {} }), 'm', {}, AbortSignal.abort())).toEqual(failed)
})
