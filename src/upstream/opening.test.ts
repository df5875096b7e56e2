import { expect, test } from 'vitest'
import { refuse } from '../errors.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { initializeParams, judgeDiscover, readInitialized } from './opening.ts'
import type { UpstreamOutcome } from './upstream.ts'

const facts = { status: 200, bytes: 0, redactions: 0 }
const answered = (result: JsonObject): UpstreamOutcome => ({ kind: 'result', result, ...facts })
const failed = (code: number, data?: JsonObject): UpstreamOutcome => ({
  kind: 'error',
  error: { code, message: 'x', ...(data === undefined ? {} : { data }) },
  certainlyNotExecuted: true,
  ...facts,
})

test.each<[string, UpstreamOutcome, string]>([
  ['a DiscoverResult', answered({ supportedVersions: ['2026-07-28'] }), 'modern'],
  ['one that offers both eras', answered({ supportedVersions: ['2025-11-25', '2026-07-28'] }), 'modern'],
  ['one that offers only legacy versions', answered({ supportedVersions: ['2025-11-25'] }), 'legacy'],
  ['one that offers only the future', answered({ supportedVersions: ['2099-01-01'] }), 'undecided'],
  ['any other result', answered({ hello: 'world' }), 'legacy'],
  ['method not found', failed(-32601), 'legacy'],
  ['any other error', failed(-32000), 'legacy'],
  ['unsupported version, the same offered', failed(-32022, { supported: ['2026-07-28'] }), 'again'],
  ['unsupported version, legacy offered', failed(-32022, { supported: ['2025-06-18'] }), 'legacy'],
  ['unsupported version, the future offered', failed(-32022, { supported: ['2099-01-01'] }), 'undecided'],
  ['401', { kind: 'refused', refusal: refuse('ERR_UPSTREAM_UNAUTHORIZED', {}, { status: 401 }) }, 'undecided'],
  ['404', { kind: 'refused', refusal: refuse('ERR_UPSTREAM_REFUSED', {}, { status: 404 }) }, 'legacy'],
  ['400 without a message', { kind: 'unknown', refusal: refuse('ERR_UPSTREAM_FAILED', {}, { status: 400 }) }, 'legacy'],
  ['502', { kind: 'unknown', refusal: refuse('ERR_UPSTREAM_FAILED', {}, { status: 502 }) }, 'undecided'],
  ['nonsense', { kind: 'unknown', refusal: refuse('ERR_UPSTREAM_INVALID', {}) }, 'legacy'],
  ['no connection', { kind: 'refused', refusal: refuse('ERR_UPSTREAM_UNREACHABLE', {}) }, 'undecided'],
  ['a cut', { kind: 'unknown', refusal: refuse('ERR_UPSTREAM_CUT', {}) }, 'undecided'],
])('the answer to server/discover: %s', (_, outcome, era) => {
  expect(judgeDiscover('s', outcome).era).toBe(era)
})

test('an InitializeResult is read for what it says, and nothing is made up', () => {
  expect(readInitialized('s', { protocolVersion: '2025-06-18' })).toEqual({
    ok: true,
    value: { era: 'legacy', protocolVersion: '2025-06-18', capabilities: {}, serverInfo: {} },
  })
  const odd = { protocolVersion: '2024-11-05', capabilities: [], serverInfo: 'x', instructions: 7 }
  expect(readInitialized('s', odd)).toEqual({
    ok: true,
    value: { era: 'legacy', protocolVersion: '2024-11-05', capabilities: {}, serverInfo: {} },
  })
  for (const protocolVersion of ['2026-07-28', '2024-10-07', 1, null]) {
    expect(readInitialized('s', { protocolVersion })).toMatchObject({
      ok: false,
      refusal: { code: 'ERR_UPSTREAM_VERSION' },
    })
  }
})

test('a client is introduced by its own name if it has one, without the tasks nobody relays', () => {
  const self = { capabilities: {}, clientInfo: { name: 'sallyport', version: '1' } }
  const client = { capabilities: { roots: {}, tasks: {} }, clientInfo: { name: 'agent', version: '2' } }
  expect(initializeParams(client, self)).toEqual({
    protocolVersion: '2025-11-25',
    capabilities: { roots: {} },
    clientInfo: { name: 'agent', version: '2' },
  })
  const unnamed = initializeParams({ capabilities: {}, clientInfo: { name: 'agent' } }, self, '2024-11-05')
  expect(unnamed).toMatchObject({ protocolVersion: '2024-11-05', clientInfo: self.clientInfo })
})
