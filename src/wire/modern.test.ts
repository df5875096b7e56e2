import { expect, test } from 'vitest'
import { errorEntry } from '../errors.ts'
import { metaKey, modernVersion } from './era.ts'
import type { Json, JsonObject } from './json-types.ts'
import { mcpNameOf, readModern, requireCapabilities } from './modern.ts'
import { encodeHeaderValue } from './param-headers.ts'
import type { RpcNotification, RpcRequest } from './rpc.ts'

const goodMeta: JsonObject = { [metaKey.protocolVersion]: modernVersion, [metaKey.clientCapabilities]: {} }

function request(method: string, params: JsonObject = {}, meta: Json | undefined = goodMeta): RpcRequest {
  return { kind: 'request', id: 1, method, params: meta === undefined ? params : { ...params, _meta: meta } }
}

function verdict(message: RpcRequest | RpcNotification, headers: Record<string, string>): string {
  const all: Record<string, string> = {
    'mcp-protocol-version': modernVersion,
    'mcp-method': message.method,
    ...headers,
  }
  const result = readModern({ header: name => (all[name] === '(none)' ? undefined : all[name]) }, message)
  if (result.ok) return 'accepted'
  expect(errorEntry(result.refusal.code).http).toBe(400)
  return `${errorEntry(result.refusal.code).rpc} ${result.refusal.message}`
}

test('`_meta` is split into what is known and the rest', () => {
  const meta = {
    ...goodMeta,
    [metaKey.clientInfo]: { name: 'c', version: '1' },
    [metaKey.logLevel]: 'warning',
    progressToken: 'p',
    traceparent: '00-x',
    'example.com/key': 1,
  }
  const head = {
    header: (name: string) => ({ 'mcp-protocol-version': modernVersion, 'mcp-method': 'tools/list' })[name],
  }
  expect(readModern(head, request('tools/list', {}, meta))).toEqual({
    ok: true,
    value: {
      protocolVersion: modernVersion,
      clientCapabilities: {},
      clientInfo: { name: 'c', version: '1' },
      logLevel: 'warning',
      progressToken: 'p',
      rest: { traceparent: '00-x', 'example.com/key': 1 },
    },
  })
})

test('a missing or wrong `_meta` member is −32602', () => {
  const { [metaKey.clientCapabilities]: _c, ...noCapabilities } = goodMeta
  const { [metaKey.protocolVersion]: _v, ...noVersion } = goodMeta
  const missing: RpcRequest = { kind: 'request', id: 1, method: 'tools/list', params: {} }
  expect(verdict(missing, {})).toMatch(/^-32602 .*`_meta` is required/)
  expect(verdict(request('tools/list', {}, []), {})).toMatch(/^-32602/)
  expect(verdict(request('tools/list', {}, noVersion), {})).toMatch(/^-32602 .*protocolVersion` is required/)
  expect(verdict(request('tools/list', {}, noCapabilities), {})).toMatch(/^-32602 .*clientCapabilities` is required/)
  for (const wrong of [
    { [metaKey.protocolVersion]: 1 },
    { [metaKey.clientCapabilities]: [] },
    { [metaKey.clientCapabilities]: null },
    { [metaKey.clientInfo]: 'me' },
    { [metaKey.logLevel]: 'loud' },
    { [metaKey.logLevel]: 3 },
    { progressToken: 1.5 },
    { progressToken: null },
  ]) {
    expect(verdict(request('tools/list', {}, { ...goodMeta, ...wrong }), {}), JSON.stringify(wrong)).toMatch(/^-32602/)
  }
})

test('header and `_meta` name one version, and that one is served', () => {
  const list = request('tools/list')
  expect(verdict(list, {})).toBe('accepted')
  expect(verdict(list, { 'mcp-protocol-version': '(none)' })).toMatch(/^-32020 .*MCP-Protocol-Version/)
  expect(verdict(list, { 'mcp-protocol-version': '2025-11-25' })).toMatch(/^-32020/)
  const unknown = request('tools/list', {}, { ...goodMeta, [metaKey.protocolVersion]: 'v999.0.0' })
  expect(verdict(unknown, {})).toMatch(/^-32020/)
  expect(verdict(unknown, { 'mcp-protocol-version': 'v999.0.0' })).toMatch(/^-32022/)
})

test('Mcp-Method is required and exact', () => {
  const list = request('tools/list')
  expect(verdict(list, { 'mcp-method': '\t tools/list ' })).toBe('accepted')
  for (const wrong of ['prompts/list', 'TOOLS/LIST', 'tools/list, tools/list', '', '(none)']) {
    expect(verdict(list, { 'mcp-method': wrong }), wrong).toMatch(/^-32020 .*Mcp-Method/)
  }
})

test('Mcp-Name repeats the name, the URI or the task id', () => {
  for (const [method, params, name] of [
    ['tools/call', { name: 'test_x' }, 'test_x'],
    ['prompts/get', { name: 'p' }, 'p'],
    ['resources/read', { uri: 'file:///a b' }, 'file:///a b'],
    ['tasks/get', { taskId: 't1' }, 't1'],
    ['tasks/update', { taskId: 't1' }, 't1'],
    ['tasks/cancel', { taskId: 't1' }, 't1'],
    ['prompts/get', { name: 'grüß dich' }, encodeHeaderValue('grüß dich')],
  ] as const) {
    const message = request(method, params)
    expect(verdict(message, { 'mcp-name': name })).toBe('accepted')
    expect(verdict(message, { 'mcp-name': `  ${name}\t` })).toBe('accepted')
    expect(verdict(message, { 'mcp-name': 'wrong_tool_name' })).toMatch(/^-32020 .*Mcp-Name/)
    expect(verdict(message, {})).toMatch(/^-32020 .*Mcp-Name` is required/)
  }
  const call = request('tools/call', { name: 'Hello' })
  expect(verdict(call, { 'mcp-name': '=?base64?SGVsbG8=?=' })).toBe('accepted')
  expect(verdict(call, { 'mcp-name': '=?base64?SGVsbG8?=' })).toMatch(/^-32020 .*not a valid/)
  expect(verdict(call, { 'mcp-name': 'hello' })).toMatch(/^-32020/)
  expect(verdict(request('tools/call', {}), { 'mcp-name': 'Hello' })).toMatch(/^-32020/)
})

test('a call without a name and without Mcp-Name is left to the method', () => {
  expect(verdict(request('tools/call', { name: 7 }), {})).toBe('accepted')
  expect(mcpNameOf('tools/call', { name: 7 })).toBeUndefined()
  expect(mcpNameOf('tools/list', { name: 'x' })).toBeUndefined()
  expect(mcpNameOf('constructor', { name: 'x' })).toBeUndefined()
  expect(mcpNameOf('resources/read', { uri: 'a:b' })).toBe('a:b')
})

test('a notification needs the version header, and its other headers must not disagree', () => {
  const bare: RpcNotification = { kind: 'notification', method: 'notifications/cancelled', params: {} }
  expect(verdict(bare, {})).toBe('accepted')
  expect(verdict(bare, { 'mcp-method': '(none)' })).toBe('accepted')
  expect(verdict(bare, { 'mcp-method': 'tools/call' })).toMatch(/^-32020/)
  expect(verdict(bare, { 'mcp-protocol-version': '(none)' })).toMatch(/^-32020/)
  expect(verdict(bare, { 'mcp-protocol-version': '2025-11-25' })).toMatch(/^-32020/)
  expect(verdict({ ...bare, params: { _meta: 1 } }, {})).toMatch(/^-32602/)
  expect(verdict({ ...bare, params: { _meta: { [metaKey.clientCapabilities]: 1 } } }, {})).toMatch(/^-32602/)
  expect(verdict({ ...bare, params: { _meta: { [metaKey.protocolVersion]: '2025-11-25' } } }, {})).toMatch(/^-32020/)
})

test('missing capabilities are named as an object', () => {
  const check = (declared: JsonObject, required: JsonObject) => {
    const result = requireCapabilities(declared, required)
    return result.ok ? 'enough' : result.refusal.data
  }
  expect(check({ sampling: {}, roots: {} }, { sampling: {} })).toBe('enough')
  expect(check({}, {})).toBe('enough')
  expect(check({ roots: {} }, { sampling: {}, roots: {} })).toEqual({ requiredCapabilities: { sampling: {} } })
  expect(check({ elicitation: {} }, { elicitation: { form: {} } })).toBe('enough')
  expect(check({ elicitation: {} }, { elicitation: { url: {} } })).toEqual({
    requiredCapabilities: { elicitation: { url: {} } },
  })
  expect(check({ elicitation: { url: {} } }, { elicitation: { form: {} } })).not.toBe('enough')
  expect(check({ elicitation: { form: {}, url: {} } }, { elicitation: { url: {} } })).toBe('enough')
  expect(check({ sampling: true }, { sampling: {} })).not.toBe('enough')
  expect(check({ roots: { listChanged: true } }, { roots: { listChanged: true } })).toBe('enough')
  expect(check({ roots: { listChanged: false } }, { roots: { listChanged: true } })).not.toBe('enough')
  expect(check({}, { toString: {} })).not.toBe('enough')
  expect(errorEntry('ERR_WIRE_MISSING_CAPABILITY')).toMatchObject({ http: 400, rpc: -32021 })
})
