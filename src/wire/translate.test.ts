import { expect, test } from 'vitest'
import { metaKey } from './era.ts'
import {
  cacheableMethods,
  legacyCapabilitiesFrom,
  modernCapabilitiesFrom,
  type ResultDefaults,
  toLegacyError,
  toLegacyResult,
  toModernError,
  toModernResult,
} from './translate.ts'

const serverInfo = { name: 'sallyport', version: '0.1.0' }
const defaults: ResultDefaults = { serverInfo, ttlMs: 0, cacheScope: 'private' }

test('a legacy list becomes a modern one', () => {
  expect(toModernResult('tools/list', { tools: [], nextCursor: 'x' }, defaults)).toEqual({
    tools: [],
    nextCursor: 'x',
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [metaKey.serverInfo]: serverInfo },
  })
  expect(cacheableMethods.size).toBe(6)
})

test('what a modern server said stays, unless it is invalid', () => {
  const kept = toModernResult(
    'tools/list',
    { resultType: 'complete', ttlMs: 5, cacheScope: 'public', tools: [] },
    defaults,
  )
  expect(kept).toMatchObject({ ttlMs: 5, cacheScope: 'public' })
  const mended = toModernResult('resources/read', { ttlMs: -5, cacheScope: 'shared' }, { ...defaults, ttlMs: 9 })
  expect(mended).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
  expect(toModernResult('resources/read', { ttlMs: 1.5 }, { ...defaults, ttlMs: 9 })).toMatchObject({ ttlMs: 9 })
})

test('only complete results of cacheable methods carry cache fields', () => {
  const call = toModernResult('tools/call', { content: [], _meta: { a: 1 } }, defaults)
  expect(call).toEqual({ content: [], resultType: 'complete', _meta: { a: 1, [metaKey.serverInfo]: serverInfo } })
  const asking = toModernResult('resources/read', { resultType: 'input_required', requestState: 's' }, defaults)
  expect(asking).toEqual({
    resultType: 'input_required',
    requestState: 's',
    _meta: { [metaKey.serverInfo]: serverInfo },
  })
})

test('a modern result becomes a legacy one', () => {
  const result = { resultType: 'complete', ttlMs: 1, cacheScope: 'public', tools: [], _meta: { a: 1 } }
  expect(toLegacyResult('tools/list', result)).toEqual({ tools: [], _meta: { a: 1 } })
  expect(toLegacyResult('tools/call', { resultType: 'complete', content: [], ttlMs: 1 })).toEqual({
    content: [],
    ttlMs: 1,
  })
})

test('odd member names are copied as data', () => {
  const result = JSON.parse('{"__proto__":{"polluted":true},"content":[]}')
  for (const translated of [toModernResult('tools/call', result, defaults), toLegacyResult('tools/call', result)]) {
    expect(Object.keys(translated)).toContain('__proto__')
    expect(Object.getPrototypeOf(translated)).toBe(Object.prototype)
  }
})

test('errors a modern client must not see', () => {
  expect(toModernError({ code: -32002, message: 'gone' }, 'file:///x')).toEqual({
    code: -32602,
    message: 'gone',
    data: { uri: 'file:///x' },
  })
  expect(toModernError({ code: -32002, message: 'gone', data: { uri: 'a:b', more: 1 } })).toEqual({
    code: -32602,
    message: 'gone',
    data: { uri: 'a:b', more: 1 },
  })
  expect(toModernError({ code: -32002, message: 'gone', data: 'x' })).toEqual({
    code: -32602,
    message: 'gone',
    data: 'x',
  })
  expect(toModernError({ code: -32042, message: 'open', data: { elicitations: [] } }).code).toBe(-32603)
  const other = { code: -32001, message: 'own' }
  expect(toModernError(other, 'file:///x')).toBe(other)
})

test('errors a legacy client does not know', () => {
  for (const code of [-32020, -32021, -32022]) {
    expect(toLegacyError({ code, message: 'm', data: { a: 1 } })).toEqual({
      code: -32600,
      message: 'm',
      data: { a: 1 },
    })
  }
  expect(toLegacyError({ code: -32602, message: 'm', data: { uri: 'a:b' } }).code).toBe(-32002)
  expect(toLegacyError({ code: -32602, message: 'm' }).code).toBe(-32602)
  expect(toLegacyError({ code: -31000, message: 'm' }).code).toBe(-31000)
})

test('a capability is passed on only if its methods are relayed', () => {
  const declared = {
    tools: { listChanged: true, other: 1 },
    prompts: {},
    resources: { subscribe: true, listChanged: false },
    completions: {},
    logging: {},
    tasks: { list: {} },
    experimental: { x: {} },
    extensions: { 'io.modelcontextprotocol/tasks': {}, 'io.modelcontextprotocol/ui': { a: 1 } },
    unknown: {},
  }
  const both = {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true, listChanged: false },
    completions: {},
    extensions: { 'io.modelcontextprotocol/ui': { a: 1 } },
  }
  expect(legacyCapabilitiesFrom(declared)).toEqual({ ...both, logging: {} })
  expect(modernCapabilitiesFrom(declared)).toEqual(both)
  expect(modernCapabilitiesFrom({ extensions: { 'io.modelcontextprotocol/tasks': {} }, tools: true })).toEqual({})
})
