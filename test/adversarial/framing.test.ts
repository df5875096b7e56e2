/**
 * A body has exactly one reading: what a second parser could read differently, and what is over a limit, is refused
 * cheaply. Here at the level of bytes and messages; the gateway's own answers are tested end to end.
 */
import { expect, test } from 'vitest'
import { errorEntry, type Result } from '../../src/errors.ts'
import { limits } from '../../src/limits.ts'
import { canonicalJson } from '../../src/wire/canonical.ts'
import { readStrict } from '../../src/wire/json.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { type RpcMessage, readRpc } from '../../src/wire/rpc.ts'
import { workMs } from '../fixtures/growth.ts'

const bounds = {
  bytesMax: limits.requestBytesMax,
  depthMax: limits.requestDepthMax,
  elementsMax: limits.requestElementsMax,
}

function readBytes(bytes: Uint8Array): Result<RpcMessage> {
  const body = readStrict(bytes, bounds)
  return body.ok ? readRpc(body.value) : body
}

function readText(text: string): Result<RpcMessage> {
  return readBytes(new TextEncoder().encode(text))
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'accepted' : result.refusal.code
}

/** HTTP status and JSON-RPC code of the refusal, as the gateway will answer it. */
function answerOf(result: Result<unknown>): readonly [number, number] | 'accepted' {
  if (result.ok) return 'accepted'
  const { http, rpc } = errorEntry(result.refusal.code)
  return [http, rpc]
}

function callWith(args: string): string {
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","arguments":${args}}}`
}

const call = callWith('{"id":1}')

test('A-001 wire: a batch of any length is refused whole with -32600', () => {
  expect(codeOf(readText(call))).toBe('accepted')
  for (const body of [`[${call},${call}]`, `[${call}]`, '[]', `[[${call}]]`, `[${call},1]`]) {
    expect(codeOf(readText(body)), body).toBe('ERR_WIRE_BATCH')
    expect(answerOf(readText(body))).toEqual([400, -32600])
  }
})

test('A-002 wire: tools/call without an id is a notification, never a request; a null id is refused', () => {
  const message = readText('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"danger"}}')
  expect(message.ok && message.value.kind).toBe('notification')
  for (const id of ['null', '1.5', 'true', '[]', '{}', '9007199254740992']) {
    const withId = readText(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"danger"}}`)
    expect(answerOf(withId), id).toEqual([400, -32600])
  }
})

test('A-004 wire: a second value or anything else after the message is refused with -32700', () => {
  for (const tail of [call, '{}', '}', ']', ',', '"x"', '1', 'x', ';', '\0', '\u00a0', '//', `\n${call}`]) {
    expect(answerOf(readText(call + tail)), JSON.stringify(tail)).toEqual([400, -32700])
    expect(answerOf(readText(tail + call)), JSON.stringify(tail)).toEqual([400, -32700])
  }
  expect(codeOf(readText(` \r\n\t${call}\n`))).toBe('accepted')
})

test('A-005 wire: a key sent twice is refused at every depth, in every spelling, equal values too', () => {
  const pairs = [
    '"name":"safe","name":"danger"',
    '"name":"safe","name":"safe"',
    '"name":"safe","n\\u0061me":"danger"',
    '"name":"safe","x":{"name":1},"name":"danger"',
    '"name":{"name":{}},"name":[]',
    '"__proto__":1,"__proto__":2',
    '"":1,"":2',
  ]
  for (const pair of pairs) {
    for (const at of [
      `{"jsonrpc":"2.0","id":1,"method":"tools/call",${pair}}`,
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${pair}}}`,
      callWith(`{${pair}}`),
      callWith(`{"a":[[{"b":{${pair}}}]]}`),
      callWith(`[${'['.repeat(50)}{${pair}}${']'.repeat(50)}]`),
    ]) {
      expect(codeOf(readText(at)), at).toBe('ERR_WIRE_DUPLICATE_KEY')
      expect(answerOf(readText(at))[0]).toBe(400)
    }
  }
})

test('A-006 wire: envelope keys that a reader without case takes for one are refused, in pairs and alone', () => {
  const folds = (key: string): readonly string[] => [
    key.toUpperCase(),
    key.charAt(0).toUpperCase() + key.slice(1),
    key.replaceAll('s', '\u017f'),
    key.replaceAll('k', '\u212a'),
    key.replace(/[a-z]/g, letter => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
    `${key.slice(0, 2)}\u200b${key.slice(2)}`,
    `${key.slice(0, 2)}\\u00ad${key.slice(2)}`,
  ]
  const refused = ['ERR_WIRE_FOLD_EQUAL_KEYS', 'ERR_WIRE_MESSAGE', 'ERR_WIRE_LOOKALIKE_KEY']
  for (const key of ['jsonrpc', 'method', 'params', 'id']) {
    for (const other of folds(key).filter(fold => fold !== key)) {
      expect(codeOf(readText(call.replace('{', `{"${other}":"x",`))), other).toBe('ERR_WIRE_FOLD_EQUAL_KEYS')
      expect(refused).toContain(codeOf(readText(call.replace(`"${key}"`, `"${other}"`))))
    }
  }
  for (const key of ['name', 'arguments', 'uri', 'taskId', 'inputResponses']) {
    for (const other of folds(key).filter(fold => fold !== key)) {
      const pair = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"${key}":"safe","${other}":"danger"}}`
      const alone = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"${other}":"danger"}}`
      expect(codeOf(readText(pair)), pair).toBe('ERR_WIRE_FOLD_EQUAL_KEYS')
      expect(codeOf(readText(alone)), alone).toBe('ERR_WIRE_LOOKALIKE_KEY')
    }
  }
  const meta = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":1,"ProgressToken":2}}}'
  expect(codeOf(readText(meta))).toBe('ERR_WIRE_FOLD_EQUAL_KEYS')
  expect(codeOf(readText(callWith('{"a":1,"A":2}')))).toBe('accepted')
})

test('A-009 wire: anything but plain UTF-8 without a mark is refused', () => {
  const utf8 = new TextEncoder().encode(call)
  const inString = (...bytes: readonly number[]) =>
    Uint8Array.from([
      ...new TextEncoder().encode('{"jsonrpc":"2.0","id":"'),
      ...bytes,
      ...new TextEncoder().encode('"}'),
    ])
  const bodies: readonly Uint8Array[] = [
    Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8),
    Uint8Array.of(0xff, 0xfe, ...Buffer.from(call, 'utf16le')),
    Uint8Array.of(0xfe, 0xff, ...Buffer.from(call, 'utf16le').swap16()),
    Buffer.from(call, 'utf16le'),
    inString(0x80),
    inString(0xc0, 0xaf),
    inString(0xe0, 0x80, 0xaf),
    inString(0xf0, 0x80, 0x80, 0xaf),
    inString(0xed, 0xa0, 0x80),
    inString(0xf5, 0x80, 0x80, 0x80),
    inString(0xe2, 0x82),
    Buffer.from(call.replace('safe', 'caf\u00e9'), 'latin1'),
  ]
  for (const body of bodies) expect(answerOf(readBytes(body))).toEqual([400, -32700])
  for (const escapes of ['\\ud800', '\\udc00', '\\udc00\\ud800', '\\ud800x', '\\uD800\\u0041', '\\u0000']) {
    expect(answerOf(readText(callWith(`{"k":"${escapes}"}`))), escapes).toEqual([400, -32600])
    expect(answerOf(readText(callWith(`{"${escapes}":1}`))), escapes).toEqual([400, -32600])
  }
})

test('A-010 wire: only the string "2.0" is a version of JSON-RPC', () => {
  for (const version of [
    '"1.0"',
    '2.0',
    '2',
    '"2"',
    '"2.00"',
    '" 2.0"',
    '"2.0 "',
    'null',
    '["2.0"]',
    '{"2.0":1}',
    'true',
  ]) {
    const result = readText(`{"jsonrpc":${version},"id":1,"method":"tools/list"}`)
    expect(answerOf(result), version).toEqual([400, -32600])
  }
  expect(answerOf(readText('{"id":1,"method":"tools/list"}'))).toEqual([400, -32600])
})

test('A-012 wire: nesting of 100,000 is refused at the configured depth, in less than 50 ms and flat memory', () => {
  const bodies = [
    callWith('['.repeat(100_000) + ']'.repeat(100_000)),
    callWith(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    callWith('['.repeat(1_000_000)),
    callWith('[{"a":'.repeat(100_000)),
  ].map(text => new TextEncoder().encode(text))
  for (const body of bodies) {
    const heapBefore = process.memoryUsage().heapUsed
    // the quickest of three: the first may still be compiled
    const spentMs = Math.min(
      ...[1, 2, 3].map(() => workMs(() => expect(codeOf(readBytes(body))).toBe('ERR_WIRE_TOO_DEEP'))),
    )
    expect(spentMs).toBeLessThan(50)
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(16 * 1024 * 1024)
  }
  const deepest = (levels: number) => callWith('['.repeat(levels) + ']'.repeat(levels))
  // the message and its params are two of the levels
  expect(codeOf(readText(deepest(limits.requestDepthMax - 2)))).toBe('accepted')
  expect(codeOf(readText(deepest(limits.requestDepthMax - 1)))).toBe('ERR_WIRE_TOO_DEEP')
})

test('A-018 wire: `__proto__`, `constructor` and `prototype` are carried as plain data', () => {
  const args =
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"prototype":{"isAdmin":true}}'
  const message = readText(callWith(args))
  if (!message.ok || message.value.kind !== 'request') throw new Error('expected a request')
  const carried = message.value.params['arguments'] as JsonObject
  expect(Object.keys(carried)).toEqual(['__proto__', 'constructor', 'prototype'])
  expect(Object.getPrototypeOf(carried)).toBe(Object.prototype)
  expect((carried as { isAdmin?: Json }).isAdmin).toBeUndefined()
  expect(({} as { isAdmin?: Json }).isAdmin).toBeUndefined()
  // what goes on is what was judged: the member is still there in both written forms
  expect(JSON.stringify(carried)).toBe(args)
  expect(canonicalJson(carried)).toBe(args)
  const envelope = readText('{"jsonrpc":"2.0","id":1,"method":"x","__proto__":{"method":"tools/call"}}')
  expect(codeOf(envelope)).toBe('ERR_WIRE_MESSAGE')
  const inherited = readText('{"__proto__":{"jsonrpc":"2.0","id":1,"method":"tools/call"}}')
  expect(codeOf(inherited)).toBe('ERR_WIRE_MESSAGE')
})
