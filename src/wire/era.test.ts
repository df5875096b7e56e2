import { expect, test } from 'vitest'
import { errorEntry } from '../errors.ts'
import {
  classifyEra,
  type HttpHead,
  latestLegacy,
  legacyVersions,
  metaKey,
  modernVersion,
  trimOptionalSpace,
} from './era.ts'
import type { Json, JsonObject } from './json-types.ts'
import type { RpcMessage } from './rpc.ts'

function head(version?: string): HttpHead {
  return { header: name => (name === 'mcp-protocol-version' ? version : undefined) }
}

function request(method: string, meta?: Json): RpcMessage {
  return { kind: 'request', id: 1, method, params: meta === undefined ? {} : { _meta: meta } }
}

function versionMeta(version: Json): JsonObject {
  return { [metaKey.protocolVersion]: version, [metaKey.clientCapabilities]: {} }
}

function verdict(version: string | undefined, message: RpcMessage): string {
  const result = classifyEra(head(version), message)
  return result.ok ? result.value : String(errorEntry(result.refusal.code).rpc)
}

test('signs of the modern era commit to it', () => {
  expect(verdict(modernVersion, request('tools/list', versionMeta(modernVersion)))).toBe('modern')
  expect(verdict(` ${modernVersion}\t`, request('tools/list', versionMeta(modernVersion)))).toBe('modern')
  expect(verdict(modernVersion, request('tools/list'))).toBe('modern')
  expect(verdict(modernVersion, { kind: 'notification', method: 'notifications/cancelled', params: {} })).toBe('modern')
  expect(verdict(modernVersion, { kind: 'response', id: 1, result: {} })).toBe('modern')
  expect(verdict(undefined, request('server/discover'))).toBe('modern')
  expect(verdict('2025-06-18', request('server/discover'))).toBe('modern')
})

test('everything else of a known version is legacy', () => {
  for (const version of [undefined, ...legacyVersions]) {
    expect(verdict(version, request('tools/list')), String(version)).toBe('legacy')
    expect(verdict(version, request('tools/list', { progressToken: 1 }))).toBe('legacy')
    expect(verdict(version, { kind: 'response', id: 1, result: { _meta: versionMeta(modernVersion) } })).toBe('legacy')
  }
  expect(verdict(undefined, request('initialize'))).toBe('legacy')
  expect(latestLegacy).toBe(legacyVersions.at(-1))
})

test('a modern body is never weakened by its header', () => {
  const modern = request('tools/list', versionMeta(modernVersion))
  expect(verdict(undefined, modern)).toBe('-32020')
  expect(verdict('', modern)).toBe('-32020')
  expect(verdict('2025-11-25', modern)).toBe('-32020')
  expect(verdict('v999.0.0', modern)).toBe('-32020')
  expect(verdict(`${modernVersion}, ${modernVersion}`, modern)).toBe('-32020')
  expect(verdict(modernVersion, request('tools/list', versionMeta('v999.0.0')))).toBe('-32020')
  expect(verdict(undefined, request('tools/list', versionMeta(7)))).toBe('-32602')
  expect(verdict('2025-11-25', request('tools/list', versionMeta(null)))).toBe('-32602')
})

test('unknown versions are refused with what is served and what was asked for', () => {
  const modern = classifyEra(head('v999.0.0'), request('tools/list', versionMeta('v999.0.0')))
  expect(modern.ok ? undefined : modern.refusal.data).toEqual({ supported: [modernVersion], requested: 'v999.0.0' })
  const older = classifyEra(head('2025-11-25'), request('tools/list', versionMeta('2025-11-25')))
  expect(older.ok ? undefined : older.refusal.data).toEqual({ supported: [modernVersion], requested: '2025-11-25' })
  for (const version of ['2024-10-07', '2027-01-01', 'v999.0.0', '']) {
    const legacy = classifyEra(head(version), request('tools/list'))
    expect(legacy.ok ? undefined : legacy.refusal.code).toBe('ERR_WIRE_PROTOCOL_VERSION')
    expect(legacy.ok ? undefined : legacy.refusal.data?.['requested']).toBe(version)
    expect(legacy.ok ? undefined : legacy.refusal.data?.['supported']).toContain(latestLegacy)
  }
  expect(errorEntry('ERR_WIRE_PROTOCOL_VERSION').http).toBe(400)
})

test('only spaces and tabs at the ends are trimmed, in linear time', () => {
  expect(trimOptionalSpace(' \ta b\t ')).toBe('a b')
  expect(trimOptionalSpace('\u00a0x\n')).toBe('\u00a0x\n')
  expect(trimOptionalSpace(' \t ')).toBe('')
  const inner = `a${' '.repeat(2 ** 20)}b`
  expect(trimOptionalSpace(` ${inner} `)).toBe(inner)
})
