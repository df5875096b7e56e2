/** Questions to the user in mid-call, their states and answers: bound to one caller, one call, one use. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConformanceContent } from '../fixtures/conformance-content.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { ledgerOf, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { type RawAnswer, RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let modern: FixtureServer<ConformanceContent>
let legacy: FixtureServer<ConformanceContent>
let gateway: TestGateway

const policy = {
  version: '1',
  default: 'allow',
  tools: {
    test_elicitation: {
      deny_if: [{ conditions: [{ path: 'args.message', op: 'eq', value: 'forbidden' }], on_deny: 'not that message' }],
      limits: [{ counter: 'asks', window: 'hour', max: 3, scope: 'grant' }],
    },
  },
}

beforeAll(async () => {
  modern = await startConformanceUpstream('modern')
  legacy = await startConformanceUpstream('legacy')
  const servers = { modern: 'guarded', legacy: 'guarded' }
  gateway = await startGateway({
    servers: { modern: localServer(modern.url), legacy: localServer(legacy.url) },
    policies: { guarded: policy },
    grants: { alice: { servers }, bob: { servers }, carol: { servers } },
  })
})

afterAll(async () => {
  await gateway.stop()
  await modern.stop()
  await legacy.stop()
})

const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} }
const client = (grant: string, server: string, era: 'legacy' | 'modern' = 'modern') =>
  new RawClient(gateway.endpoint(server), gateway.tokens[grant] as string, era, { capabilities })

const stateTool = 'test_input_required_result_request_state'
const yes = { confirm: { action: 'accept', content: { ok: true } } }

async function firstRound(grant: string): Promise<string> {
  const answer = await client(grant, 'modern').request('tools/call', { name: stateTool, arguments: {} })
  expect(answer.result?.['resultType']).toBe('input_required')
  return text(answer.result?.['requestState'])
}

const retry = (grant: string, state: unknown, more: Fields = {}): Promise<RawAnswer> =>
  client(grant, 'modern').request('tools/call', {
    name: stateTool,
    arguments: {},
    inputResponses: yes,
    requestState: state,
    ...more,
  })

function expectRefused(answer: RawAnswer): void {
  expect([answer.status, answer.error?.['code'], fields(answer.error?.['data'])['code']]).toEqual([
    400,
    -32602,
    'ERR_STATE_INVALID',
  ])
}

test('the right state with the right answer completes the call, once', async () => {
  const state = await firstRound('alice')
  const done = await retry('alice', state)
  expect(text(list(done.result?.['content'])[0]?.['text'])).toContain('state-ok')
  expectRefused(await retry('alice', state))
})

test('A-052 a state bit-flipped, truncated, extended, of another type or from another caller → refused', async () => {
  const state = await firstRound('alice')
  const middle = Math.floor(state.length / 2)
  const flipped = state.slice(0, middle) + (state[middle] === 'A' ? 'B' : 'A') + state.slice(middle + 1)
  for (const bad of [flipped, state.slice(0, -2), `${state}-TAMPERED`, '', 7, null, {}]) {
    expectRefused(await retry('alice', bad))
  }
  expectRefused(await retry('bob', state))
  expect((await retry('alice', state)).error).toBeUndefined()
})

test('A-052 a state used with another tool or other arguments → refused', async () => {
  const state = await firstRound('alice')
  const otherTool = await client('alice', 'modern').request('tools/call', {
    name: 'test_input_required_result_tampered_state',
    arguments: {},
    inputResponses: yes,
    requestState: state,
  })
  expectRefused(otherTool)
  expectRefused(await retry('alice', state, { arguments: { extra: 1 } }))
})

test('A-052 the upstream’s own state is not readable in ours and comes back to it unchanged', async () => {
  const state = await firstRound('alice')
  expect(state).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(Buffer.from(state, 'base64url').toString('latin1')).not.toMatch(/request_state|confirm/)
})

test('A-051 a parked call is judged again when its answers arrive, and charged once', async () => {
  const carol = client('carol', 'legacy')
  const ask = { name: 'test_elicitation', arguments: { message: 'who are you' } }
  for (let round = 0; round < 3; round += 1) {
    const first = await carol.request('tools/call', ask)
    expect(first.result?.['resultType']).toBe('input_required')
    const [key] = Object.keys(fields(first.result?.['inputRequests']))
    const inputResponses = { [key ?? '']: { action: 'accept', content: { username: 'u', email: 'e@example.org' } } }
    const done = await carol.request('tools/call', {
      ...ask,
      inputResponses,
      requestState: first.result?.['requestState'],
    })
    expect(text(list(done.result?.['content'])[0]?.['text'])).toContain('accept')
  }
  const fourth = await carol.request('tools/call', ask)
  const decision = fields(fields(fourth.result?.['_meta'])['dev.sallyport/decision'])
  expect([fourth.result?.['isError'], decision['code']]).toEqual([true, 'ERR_LIMIT_REACHED'])
})

test('A-051 answers that would change the call need a call of their own, and that one is judged', async () => {
  const alice = client('alice', 'legacy')
  const first = await alice.request('tools/call', { name: 'test_elicitation', arguments: { message: 'hello' } })
  const [key] = Object.keys(fields(first.result?.['inputRequests']))
  const changed = await alice.request('tools/call', {
    name: 'test_elicitation',
    arguments: { message: 'forbidden' },
    inputResponses: { [key ?? '']: { action: 'accept', content: {} } },
    requestState: first.result?.['requestState'],
  })
  expect(changed.result?.['isError']).toBe(true)
  expect(JSON.stringify(changed.result)).toContain('not that message')
})

test('a question reaches only a client that declared it can answer', async () => {
  const mute = new RawClient(gateway.endpoint('legacy'), gateway.tokens['bob'] as string, 'modern', {
    capabilities: {},
  })
  const answer = await mute.request('tools/call', { name: 'test_elicitation', arguments: { message: 'hello' } })
  expect(answer.result?.['resultType']).not.toBe('input_required')
  expect(answer.error !== undefined || answer.result?.['isError'] === true).toBe(true)
})

test('A-053 an answer posted by another session, or twice, is dropped', async () => {
  let asked = ''
  const bob = await client('bob', 'legacy', 'legacy').connect()
  const alice = await new RawClient(gateway.endpoint('legacy'), gateway.tokens['alice'] as string, 'legacy', {
    capabilities,
    onRequest: () => ({ action: 'accept', content: { username: 'alice', email: 'a@example.org' } }),
  }).connect()
  const stream = alice.stream(
    'tools/call',
    { name: 'test_elicitation', arguments: { message: 'hi' } },
    AbortSignal.timeout(10_000),
  )
  const messages: Fields[] = []
  for await (const message of stream) {
    messages.push(message)
    if (message['method'] !== 'elicitation/create') continue
    asked = text(message['id'])
    const forged = {
      jsonrpc: '2.0',
      id: asked,
      result: { action: 'accept', content: { username: 'bob', email: 'b@example.org' } },
    }
    expect((await bob.post(forged)).status).toBe(202)
  }
  expect(asked).not.toBe('')
  const again = await alice.post({
    jsonrpc: '2.0',
    id: asked,
    result: { action: 'accept', content: { username: 'late' } },
  })
  expect(again.status).toBe(202)
  const answer = messages.find(message => message['result'] !== undefined)
  expect(JSON.stringify(answer)).toContain('alice')
  expect(JSON.stringify(answer)).not.toMatch(/bob|late/)
})

test('A-077 what a server returns is marked as its words; the call it suggests is judged on its own', async () => {
  const alice = client('alice', 'modern')
  const answer = await alice.request('tools/call', { name: 'test_simple_text', arguments: {} })
  expect(fields(fields(answer.result?.['_meta'])['dev.sallyport/source'])).toEqual({ server: 'modern', trusted: false })
  const suggested = await alice.request('tools/call', { name: 'send_mail', arguments: { key: 'x' } })
  expect(suggested.error?.['code']).toBe(-32602)
})

test('a parked call keeps one open intent until its outcome is known', async () => {
  const bob = client('bob', 'legacy')
  const first = await bob.request('tools/call', { name: 'test_elicitation', arguments: { message: 'one intent' } })
  const open = (await ledgerOf(gateway)).at(-1)
  expect([open?.['verdict'], open?.['outcome']]).toEqual(['allow', null])
  const [key] = Object.keys(fields(first.result?.['inputRequests']))
  await bob.request('tools/call', {
    name: 'test_elicitation',
    arguments: { message: 'one intent' },
    inputResponses: { [key ?? '']: { action: 'decline' } },
    requestState: first.result?.['requestState'],
  })
  await sleep(50)
  const line = (await ledgerOf(gateway)).find(({ requestId }) => requestId === open?.['requestId'])
  expect(line?.['outcome']).toBe('succeeded')
})
