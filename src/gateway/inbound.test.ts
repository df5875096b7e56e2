/** One request, from HTTP to its handler: what the method, the headers and the era of a client change, and what not. */
import { afterEach, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../../test/fixtures/fields.ts'
import {
  HandMadeUpstream,
  type Parts,
  type PartsGateway,
  plainTool,
  startParts,
  textResult,
  until,
  untilCancelled,
} from '../../test/fixtures/gateway-parts.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import { refuse } from '../errors.ts'

let parts: PartsGateway | undefined

afterEach(async () => {
  await parts?.stop()
  parts = undefined
})

async function start(more: Partial<Parts> = {}) {
  const upstream = new HandMadeUpstream('modern')
  const gateway = await startParts({ servers: { hand: upstream }, ...more })
  parts = gateway
  const client = (era: 'legacy' | 'modern', server: string | undefined = 'hand', capabilities: Fields = {}) =>
    new RawClient(gateway.endpoint(server), gateway.tokens.alice, era, { capabilities })
  const shared = (era: 'legacy' | 'modern') => new RawClient(gateway.endpoint(), gateway.tokens.alice, era, {})
  return { upstream, gateway, client, shared }
}

const act = { name: 'act', arguments: {} }
const codeOf = (error: Fields | undefined): unknown => fields(error?.['data'])['code']

const regional = {
  name: 'regional',
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
}
const inRegion = { name: 'regional', arguments: { region: 'eu' } }

test('a hidden tool answers like any hidden name: its headers are not asked for', async () => {
  const { client } = await start({
    tools: [regional],
    policy: { version: '1', default: 'allow', hide: ['regional', 'nothing'] },
  })
  const hidden = await client('modern').request('tools/call', inRegion)
  const none = await client('modern').request('tools/call', { ...inRegion, name: 'nothing' })
  const rule = (answer: typeof hidden) => fields(fields(answer.result?.['_meta'])['dev.sallyport/decision'])['rule']
  expect([hidden.status, rule(hidden), none.status, rule(none)]).toEqual([200, '(hidden)', 200, '(hidden)'])
})

test('a mirrored argument that its header does not confirm is refused with 400 −32020, recorded once', async () => {
  const { upstream, gateway, client } = await start({ tools: [regional] })
  const refused = await client('modern').request('tools/call', inRegion)
  expect([refused.status, refused.error?.['code']]).toEqual([400, -32020])
  expect(gateway.ledger.lines.map(({ decision }) => [decision.verdict, decision.code])).toEqual([
    ['deny', 'ERR_WIRE_HEADER_MISMATCH'],
  ])
  const sent = await client('modern').request('tools/call', inRegion, { headers: { 'mcp-param-region': 'eu' } })
  expect(sent.error).toBeUndefined()
  expect(upstream.sent[0]?.mcpParams).toEqual({ 'Mcp-Param-Region': 'eu' })
})

test('a request at a door that is not granted leaves a record, like every authenticated request', async () => {
  const { gateway, client } = await start()
  const refused = await client('modern', 'other').request('tools/list')
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    403,
    expect.stringContaining('insufficient_scope'),
  ])
  expect(
    gateway.ledger.lines.map(({ decision, outcome }) => [decision.grant, decision.server, outcome?.outcome]),
  ).toEqual([['alice', 'other', 'refused']])
})

test('while the gateway stops, requests are refused and recorded', async () => {
  const { gateway, client } = await start()
  gateway.handle.gate.isDraining = true
  const refused = await client('modern').request('tools/call', act)
  expect([refused.status, refused.headers.get('connection')]).toEqual([503, 'close'])
  expect(gateway.ledger.lines.at(-1)?.decision.code).toBe('ERR_DRAINING')
})

test('GET and DELETE are verbs of legacy sessions only', async () => {
  const { gateway, client } = await start()
  const legacy = await client('legacy').connect()
  const headers = { authorization: `Bearer ${gateway.tokens.alice}`, 'mcp-session-id': legacy.sessionId ?? '' }
  const send = async (method: string, more: Record<string, string>) =>
    (await fetch(gateway.endpoint('hand'), { method, headers: { ...headers, ...more } })).status
  for (const method of ['GET', 'DELETE']) {
    expect(await send(method, { 'mcp-protocol-version': '2026-07-28' })).toBe(405)
    expect(await send(method, { 'mcp-protocol-version': '1999-01-01' })).toBe(400)
  }
  for (const method of ['PUT', 'OPTIONS', 'HEAD']) expect(await send(method, {})).toBe(405)
  expect(await send('DELETE', {})).toBe(200)
  expect((await legacy.request('ping')).status).toBe(404)
})

test('legacy: a disconnect is not a cancellation, the notification is', async () => {
  const { upstream, gateway, client } = await start()
  upstream.answer = untilCancelled
  const legacy = await client('legacy').connect()
  await expect(legacy.request('tools/call', act, { signal: AbortSignal.timeout(100) })).rejects.toThrow()
  expect(upstream.sent[0]?.signal.aborted).toBe(false)
  expect(await legacy.notify('notifications/cancelled', { requestId: '2' })).toBe(202)
  expect(upstream.sent[0]?.signal.aborted).toBe(false)
  const other = await client('legacy').connect()
  await other.notify('notifications/cancelled', { requestId: 2 })
  expect(upstream.sent[0]?.signal.aborted).toBe(false)
  await legacy.notify('notifications/cancelled', { requestId: 2 })
  expect(upstream.sent[0]?.signal.aborted).toBe(true)
  await until(() => gateway.ledger.open === 0 && gateway.handle.gate.inFlight.size === 0, 'the call is closed')
})

test('modern: a disconnect is the cancellation, and the outcome is recorded', async () => {
  const { upstream, gateway, client } = await start()
  upstream.answer = untilCancelled
  const left = client('modern').request('tools/call', act, { signal: AbortSignal.timeout(100) })
  await expect(left).rejects.toThrow()
  await until(() => gateway.ledger.lines.at(-1)?.outcome?.outcome === 'unknown', 'the outcome')
  expect(upstream.sent[0]?.signal.aborted).toBe(true)
})

test('what a legacy client says of itself in `_meta` of another revision stays here', async () => {
  const { upstream, client } = await start()
  const legacy = await client('legacy').connect()
  const key = (name: string): string => `io.modelcontextprotocol/${name}`
  const meta = { [key('clientCapabilities')]: { sampling: {} }, [key('logLevel')]: 'debug', traceparent: 't', own: 1 }
  await legacy.request('tools/call', act, { meta })
  expect(upstream.sent[0]?.params['_meta']).toEqual({ traceparent: 't', own: 1 })
})

test('a server that is down: its own endpoint says so, the shared one offers the rest and asks again later', async () => {
  const up = new HandMadeUpstream('legacy')
  const down = new HandMadeUpstream('legacy')
  down.isDown = true
  const { client, shared } = await start({ servers: { up, down } })
  const alone = await client('modern', 'down').request('server/discover')
  expect([alone.status, codeOf(alone.error)]).toEqual([502, 'ERR_UPSTREAM_UNREACHABLE'])
  const legacy = await client('legacy', 'down').request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
  })
  expect([legacy.status, codeOf(legacy.error)]).toEqual([200, 'ERR_UPSTREAM_UNREACHABLE'])
  up.isDown = true
  const discovered = await shared('modern').request('server/discover')
  expect(fields(discovered.result?.['capabilities'])['tools']).toEqual({ listChanged: true })
})

test('a session that is too large to be kept leaves none open at its servers', async () => {
  const upstream = new HandMadeUpstream('legacy')
  const { client } = await start({ servers: { hand: upstream } })
  const large = client('legacy', 'hand', { experimental: { text: 'x'.repeat(4_000) } })
  await expect(large.connect()).rejects.toThrow('larger than')
  expect([upstream.sessions, upstream.closed]).toEqual([1, ['s1']])
})

test('behind /mcp: names are prefixed, too long ones are neither listed nor callable, failures are not remembered', async () => {
  const long = 'n'.repeat(124)
  const one = new HandMadeUpstream('modern')
  const two = new HandMadeUpstream('modern')
  const { shared } = await start({ servers: { one, two }, tools: [plainTool, { ...plainTool, name: long }] })
  const resources = { resources: [{ uri: 'file:///two', name: 'two' }], resourceTemplates: [] }
  const answer = textResult('', { resultType: 'complete', contents: [], ...resources })
  two.answer = () => answer
  one.answer = () => textResult('', { resultType: 'complete', resources: [], resourceTemplates: [] })
  two.isDown = true
  expect((await shared('modern').request('resources/read', { uri: 'file:///two' })).error?.['code']).toBe(-32602)
  two.isDown = false
  expect((await shared('modern').request('resources/read', { uri: 'file:///two' })).error).toBeUndefined()
  const call = async (name: string) => await shared('modern').request('tools/call', { name, arguments: {} })
  expect((await call('two__act')).error).toBeUndefined()
  expect(two.sent.at(-1)?.params).toEqual({ name: 'act', arguments: {} })
  for (const name of [`two__${long}`, 'act', 'three__act', '__act', 'two_act']) {
    expect([name, codeOf((await call(name)).error)]).toEqual([name, 'ERR_TOOL_UNKNOWN'])
  }
  expect(list(fields((await call('two__act')).result)['content'])).toBeDefined()
  expect(text(one.sent.at(-1)?.method)).toBe('resources/templates/list')
})

test('behind /mcp: a session that one server has lost is over, instead of lists without that server', async () => {
  const kept = new HandMadeUpstream('legacy')
  const lost = new HandMadeUpstream('legacy')
  const { shared } = await start({ servers: { kept, lost } })
  const legacy = await shared('legacy').connect()
  kept.answer = () => textResult('', { tools: [] })
  lost.answer = () => ({ kind: 'refused', refusal: refuse('ERR_UPSTREAM_SESSION_GONE', { server: 'lost' }) })
  expect((await legacy.request('tools/list')).status).toBe(404)
  expect((await legacy.request('ping')).status).toBe(404)
})

test('a limit says how much is used, in which time, and when to come back', async () => {
  const limits = [{ counter: 'acts', window: 'hour', max: 1 }]
  const { client } = await start({ policy: { version: '1', default: 'allow', tools: { act: { limits } } } })
  await client('modern').request('tools/call', act)
  const answer = await client('modern').request('tools/call', act)
  const said = text(list(answer.result?.['content'])[0]?.['text'])
  expect(said).toMatch(/^\[POLICY DENIED\] limit `acts` is used up: 1 of 1 per hour; frees in (60 minutes|1 hour)$/)
})
