import { expect, test } from 'vitest'
import type { Json } from './json-types.ts'
import { idOf, readRpc } from './rpc.ts'

function problemOf(value: Json): string {
  const result = readRpc(value)
  return result.ok ? 'accepted' : `${result.refusal.code}: ${result.refusal.message}`
}

test('a request, a notification and both kinds of response are read', () => {
  expect(readRpc({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).toEqual({
    ok: true,
    value: { kind: 'request', id: 1, method: 'tools/list', params: {} },
  })
  expect(readRpc({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'a' } })).toEqual({
    ok: true,
    value: { kind: 'notification', method: 'notifications/cancelled', params: { requestId: 'a' } },
  })
  expect(readRpc({ jsonrpc: '2.0', id: 'x', result: { a: 1 } })).toEqual({
    ok: true,
    value: { kind: 'response', id: 'x', result: { a: 1 } },
  })
  expect(readRpc({ jsonrpc: '2.0', id: 0, error: { code: -32601, message: 'no', data: null } })).toEqual({
    ok: true,
    value: { kind: 'response', id: 0, error: { code: -32601, message: 'no', data: null } },
  })
  expect(readRpc({ jsonrpc: '2.0', id: 0, error: { code: 1, message: 'no', more: 1 } })).toEqual({
    ok: true,
    value: { kind: 'response', id: 0, error: { code: 1, message: 'no' } },
  })
})

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' }

const broken: readonly (readonly [string, Json, RegExp])[] = [
  ['a string', 'x', /must be an object/],
  ['null', null, /must be an object/],
  ['no jsonrpc', { id: 1, method: 'x' }, /`jsonrpc`/],
  ['a number as jsonrpc', { jsonrpc: 2, id: 1, method: 'x' }, /`jsonrpc`/],
  ['a null id', { ...call, id: null }, /`id`/],
  ['a fractional id', { ...call, id: 1.5 }, /`id`/],
  ['an id beyond 2^53', { ...call, id: 2 ** 53 }, /`id`/],
  ['a boolean id', { ...call, id: true }, /`id`/],
  ['a method that is no string', { ...call, method: 1 }, /`method`/],
  ['an empty method', { ...call, method: '' }, /`method`/],
  ['a null method', { ...call, method: null }, /`method`/],
  ['params by position', { ...call, params: [1] }, /`params`/],
  ['null params', { ...call, params: null }, /`params`/],
  ['a method with a result', { ...call, result: {} }, /together/],
  ['a method with an error', { ...call, error: { code: 1, message: '' } }, /together/],
  ['an unknown member', { ...call, 'Params\u202e': {} }, /unknown member `Params\\u202e`/],
  ['an own `__proto__`', JSON.parse('{"jsonrpc":"2.0","id":1,"method":"x","__proto__":{}}'), /unknown member/],
  ['nothing but an id', { jsonrpc: '2.0', id: 1 }, /`method` is missing/],
  ['a result without id', { jsonrpc: '2.0', result: {} }, /needs an `id`/],
  ['a result and an error', { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } }, /together/],
  ['a result with params', { jsonrpc: '2.0', id: 1, result: {}, params: {} }, /no `params`/],
  ['a result that is no object', { jsonrpc: '2.0', id: 1, result: 'x' }, /`result`/],
  ['an error that is no object', { jsonrpc: '2.0', id: 1, error: 'x' }, /`error`/],
  ['an error without code', { jsonrpc: '2.0', id: 1, error: { message: '' } }, /`error.code`/],
  ['an error with a fractional code', { jsonrpc: '2.0', id: 1, error: { code: 1.5, message: '' } }, /`error.code`/],
  ['an error without message', { jsonrpc: '2.0', id: 1, error: { code: 1 } }, /`error.message`/],
]

test.each(broken)('%s is refused', (_name, value, message) => {
  expect(problemOf(value)).toMatch(/^ERR_WIRE_MESSAGE/)
  expect(problemOf(value)).toMatch(message)
})

test.each([
  ['Arguments', { name: 'x', Arguments: { id: 1 } }],
  ['NAME', { NAME: 'x' }],
  ['_META', { name: 'x', _META: {} }],
  ['full-width uri', { '\uff55\uff52\uff49': 'file:///x' }],
  ['zero width', { 'argu\u200bments': {} }],
  ['ref.Name', { ref: { type: 'ref/prompt', Name: 'x' } }],
  ['argument.Value', { argument: { name: 'a', Value: 'x' } }],
])('a member only a reader without case would see is refused: %s', (_name, params) => {
  expect(problemOf({ ...call, params })).toMatch(/^ERR_WIRE_LOOKALIKE_KEY/)
})

test('keys of the caller are not taken for members', () => {
  expect(problemOf({ ...call, params: { name: 'x', arguments: { Name: 1, URI: 2 }, Filter: 1 } })).toBe('accepted')
})

test('the id to echo survives a broken message', () => {
  expect(idOf({ id: 'a', method: 1 })).toBe('a')
  expect(idOf({ id: 7 })).toBe(7)
  expect(idOf({ id: 1.5 })).toBeNull()
  expect(idOf({ id: null })).toBeNull()
  expect(idOf([{ id: 1 }])).toBeNull()
  expect(idOf(null)).toBeNull()
})
