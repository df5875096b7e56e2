import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../../test/fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../../test/fixtures/gateway-parts.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import { judgeDefinition } from '../catalogue/definition.ts'
import { compileSchema } from '../catalogue/schema.ts'
import { limits } from '../limits.ts'
import { canonicalJson } from '../wire/canonical.ts'
import { explainOutput } from './policy-explain-schemas.ts'
import { definitionOf } from './tool.ts'
import { builtinTools } from './tools.ts'

const eras = ['legacy', 'modern'] as const
const clock = new ManualClock()
const upstream = new HandMadeUpstream('modern')
let gateway: PartsGateway

beforeAll(async () => {
  gateway = await startParts({
    servers: { hand: upstream },
    clock,
    policy: {
      version: '1',
      tools: {
        act: {
          require: [{ conditions: [{ path: 'args.amount', op: 'lte', value: 500 }] }],
          limits: [{ counter: 'spend', window: 'day', max: 1000, increment_from: 'args.amount' }],
        },
        look: { action: 'require_approval' },
      },
    },
  })
})

afterAll(() => gateway.stop())

const connect = (era: 'legacy' | 'modern', grant: 'alice' | 'bob' = 'alice', server = 'sallyport') =>
  new RawClient(gateway.endpoint(server), gateway.tokens[grant], era).connect()

async function explain(client: RawClient, args: Fields): Promise<Fields> {
  const { result } = await client.request('tools/call', { name: 'policy.explain', arguments: args })
  return fields(result?.['structuredContent'])
}

test('every built-in definition could be pinned, and what is listed is what is pinned', () => {
  const undone = () => expect.fail('only described')
  const tools = builtinTools({ explain: undone, offered: undone, askCatalogue: undone })
  for (const tool of tools) {
    const definition = definitionOf(tool)
    expect(judgeDefinition(definition, canonicalJson(definition))).toEqual({ ok: true, value: true })
    expect(compileSchema(tool.outputSchema).ok).toBe(true)
    expect(tool.inputSchema['additionalProperties']).toBe(false)
    expect(tool.description.length).toBeLessThan(400)
  }
})

describe.each(eras)('%s client', era => {
  test('meets a server with tools and nothing else', async () => {
    const client = await connect(era)
    const hello = era === 'legacy' ? client.initialized : fields((await client.request('server/discover')).result)
    expect(hello['capabilities']).toEqual({ tools: { listChanged: true } })
    const meta = fields(hello['_meta'])['io.modelcontextprotocol/serverInfo']
    expect(hello['serverInfo'] ?? meta).toEqual({ name: 'sallyport', version: '0.0.0' })
    expect(text(hello['instructions'])).toContain('policy.explain')
    const { items, pages } = await client.listAll('tools/list', 'tools')
    expect(items.map(tool => tool['name'])).toEqual([
      'policy.explain',
      'catalog.checkServer',
      'catalog.searchServers',
      'catalog.checkTool',
    ])
    expect(fields(items[0])['annotations']).toMatchObject({ readOnlyHint: true, openWorldHint: false })
    expect(pages[0]?.['cacheScope']).toBe(era === 'modern' ? 'private' : undefined)
    expect((await client.request('tools/list', { cursor: 'x' })).error?.['code']).toBe(-32602)
    for (const [method, params] of [
      ['resources/read', { uri: 'file:///x' }],
      ['prompts/get', { name: 'x' }],
    ] as const) {
      const { error } = await client.request(method, params)
      expect(fields(fields(error?.['data'])['dev.sallyport/decision'])['rule']).toBe('(default deny)')
    }
    expect((await client.request('prompts/list')).error?.['code']).toBe(-32601)
  })

  test('gets data that fits its schema, the same in words, and leaves one record', async () => {
    const client = await connect(era)
    const before = gateway.ledger.lines.length
    const args = { server: 'hand', tool: 'act', arguments: { amount: 900 } }
    const { result } = await client.request('tools/call', { name: 'policy.explain', arguments: args })
    expect(result?.['isError']).toBeUndefined()
    expect(result?.['structuredContent']).toEqual({
      server: 'hand',
      tool: 'act',
      verdict: 'deny',
      rule: '/tools/act/require/0',
      message: 'required: `args.amount` lte 500',
      code: 'ERR_POLICY_DENIED',
      retryable: false,
      wouldPassIf: '`args.amount` is at most 500',
      facts: [{ path: 'args.amount', op: 'lte', value: 500, actual: 900, holds: false }],
      also: [],
      limits: [],
      policy: 'p',
      policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
    expect(text(fields(list(result?.['content'])[0])['text'])).toBe(
      [
        'deny: `act` on `hand` would be refused',
        'why: required: `args.amount` lte 500 (/tools/act/require/0)',
        'would pass if: `args.amount` is at most 500',
      ].join('\n'),
    )
    expect(result?.['resultType']).toBe(era === 'modern' ? 'complete' : undefined)
    const lines = gateway.ledger.lines.slice(before)
    expect(lines.map(({ decision, outcome }) => [decision.server, decision.tool, outcome?.outcome])).toEqual([
      ['sallyport', 'policy.explain', 'succeeded'],
    ])
    expect(lines[0]?.decision).toMatchObject({ policy: '(built-in)', argKeys: ['arguments', 'server', 'tool'] })
    expect(upstream.sent.filter(({ method }) => method === 'tools/call')).toEqual([])
  })

  test('arguments outside the schema are refused before the tool runs', async () => {
    const client = await connect(era)
    for (const [args, reason] of [
      [{ server: 'hand' }, 'must have a member `tool`'],
      [{ server: 'hand', tool: 'act', grant: 'bob' }, 'must not have a member `grant`'],
      [{ server: 'hand', tool: 'act', arguments: [1] }, '`/arguments` must be object'],
      [{ server: 'hand', tool: 5 }, '`/tool` must be string'],
    ] as const) {
      const { result } = await client.request('tools/call', { name: 'policy.explain', arguments: args })
      expect(text(fields(list(result?.['content'])[0])['text'])).toContain(`[INVALID ARGUMENTS]`)
      expect(text(fields(list(result?.['content'])[0])['text'])).toContain(reason)
    }
    const { result } = await client.request('tools/call', { name: 'policy.rewrite', arguments: {} })
    expect(fields(fields(result?.['_meta'])['dev.sallyport/decision'])['rule']).toBe('(default deny)')
  })
})

test('an allowance names what would be taken; a question names who would be asked', async () => {
  const client = await connect('modern')
  expect(await explain(client, { server: 'hand', tool: 'act', arguments: { amount: 120 } })).toMatchObject({
    verdict: 'allow',
    message: 'allowed: listed by /tools/act, and no rule denies it; limits apply',
    limits: [{ counter: 'spend', units: 120, used: 0, max: 1000, windowMs: 86_400_000, retryAfterMs: 0 }],
  })
  expect(await explain(client, { server: 'hand', tool: 'look' })).toMatchObject({
    verdict: 'ask',
    code: 'ERR_APPROVAL_REQUIRED',
    approval: { required: [{ rule: '/tools/look/action' }] },
  })
})

test('every kind of answer fits the output schema', async () => {
  const fits = compileSchema(explainOutput)
  if (!fits.ok) throw new Error(fits.refusal.message)
  const client = await connect('modern')
  for (const question of [
    { server: 'hand', tool: 'act', arguments: { amount: 120 } },
    { server: 'hand', tool: 'act', arguments: { amount: 'x' } },
    { server: 'hand', tool: 'look' },
    { server: 'hand', tool: 'none' },
    { server: 'hand', tool: 'not a name' },
    { server: 'elsewhere', tool: 'act' },
    { server: 'hand', tool: 'resources/read', arguments: { uri: 'file:///x' } },
    { server: 'hand', tool: 'resources/read', arguments: { uri: 'file:///x/../y' } },
    { server: 'sallyport', tool: 'policy.explain', arguments: { server: 'hand', tool: 'act' } },
    { server: 'sallyport', tool: 'policy.explain', arguments: {} },
  ]) {
    expect(fits.value((await explain(client, question)) as never), JSON.stringify(question)).toEqual({
      ok: true,
      value: true,
    })
  }
})

test('a flood is limited, for the grant that floods alone, and costs it nothing elsewhere', async () => {
  clock.pass(60_000)
  const client = await connect('modern', 'bob')
  const question = { server: 'hand', tool: 'act', arguments: { amount: 1 } }
  const used = async () => fields(list((await explain(client, question))['limits'])[0])['used']
  for (let asked = 0; asked < limits.builtinCallsPerMinuteMax; asked += 1) expect(await used()).toBe(0)
  const { result } = await client.request('tools/call', { name: 'policy.explain', arguments: question })
  const decision = fields(fields(result?.['_meta'])['dev.sallyport/decision'])
  expect(decision).toMatchObject({ code: 'ERR_LIMIT_REACHED', policy: '(built-in)', retryable: true })
  expect(await explain(await connect('modern', 'alice'), question)).toMatchObject({ verdict: 'allow' })
  const call = await (await connect('modern', 'bob', 'hand')).request('tools/call', {
    name: 'act',
    arguments: { amount: 1 },
  })
  expect(call.result?.['isError']).toBeUndefined()
  clock.pass(60_000)
  expect(await used()).toBe(1)
})

test('a legacy session of its own: a stream, an end', async () => {
  const client = await connect('legacy')
  const stop = new AbortController()
  const heard: string[] = []
  const listening = (async () => {
    for await (const message of client.stream('GET', {}, stop.signal)) heard.push(text(message['method']))
  })()
  await expect.poll(() => gateway.handle.gate.streams.size).toBe(1)
  gateway.handle.announceTools()
  await expect.poll(() => heard).toEqual(['notifications/tools/list_changed'])
  stop.abort()
  await listening.catch(() => undefined)
  const ended = await fetch(client.url, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${client.token}`, 'mcp-session-id': client.sessionId ?? '' },
  })
  expect(ended.status).toBe(200)
  expect((await client.request('tools/list')).status).toBe(404)
})

test('a modern subscription stays until the client leaves', async () => {
  const client = await connect('modern')
  const stop = new AbortController()
  const messages = client.stream('subscriptions/listen', { notifications: { toolsListChanged: true } }, stop.signal)
  expect((await messages.next()).value).toMatchObject({ params: { notifications: { toolsListChanged: true } } })
  gateway.handle.announceTools('hand')
  gateway.handle.announceTools()
  expect((await messages.next()).value).toMatchObject({ method: 'notifications/tools/list_changed' })
  stop.abort()
  await messages.next().catch(() => undefined)
})

test('it is no part of /mcp, where every server of the grant is', async () => {
  const client = await new RawClient(gateway.endpoint(), gateway.tokens.alice, 'modern').connect()
  const { error } = await client.request('tools/call', { name: 'sallyport__policy.explain', arguments: {} })
  expect(fields(error?.['data'])['code']).toBe('ERR_TOOL_UNKNOWN')
})

test('without a credential there is no such server either', async () => {
  const answers = await Promise.all(
    ['', 'sp_nobody'].map(token => new RawClient(gateway.endpoint('sallyport'), token, 'modern').request('tools/list')),
  )
  expect(answers.map(({ status }) => status)).toEqual([401, 401])
})
