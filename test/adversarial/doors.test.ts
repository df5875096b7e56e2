/** Group names and doors, through a running gateway: every door goes through the same decision, in both eras. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DoorContent, startDoorUpstream } from '../fixtures/door-upstream.ts'
import { type Fields, fields, list } from '../fixtures/fields.ts'
import { ledgerOf, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { type RawAnswer, RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let upstream: FixtureServer<DoorContent>
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startDoorUpstream('both')
  gateway = await startGateway({
    servers: { door: localServer(upstream.url) },
    policies: {
      closed: { version: '1', default: 'deny' },
      guarded: {
        version: '1',
        default: 'allow',
        hide: ['delete_user'],
        tools: {
          'resources/read': {
            deny_if: [{ conditions: [{ path: 'args.uri', op: 'contains', value: 'secret' }], on_deny: 'not that one' }],
          },
        },
      },
      folded: {
        version: '1',
        default: 'allow',
        tools: {
          read_file: {
            deny_if: [
              { conditions: [{ path: 'args.path', op: 'contains', value: 'password' }], on_deny: 'no secrets' },
            ],
          },
        },
      },
    },
    grants: {
      closed: { servers: { door: 'closed' } },
      guarded: { servers: { door: 'guarded' } },
      folded: { servers: { door: 'folded' } },
      open: { servers: { door: 'allow-all' } },
    },
  })
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

afterEach(() => {
  upstream.content.reached.length = 0
})

const connect = (grant: string, era: 'legacy' | 'modern', capabilities: Fields = {}) =>
  new RawClient(gateway.endpoint('door'), gateway.tokens[grant] as string, era, { capabilities }).connect()

/** The decision a refusal carries, wherever the protocol puts it. */
function decisionOf(answer: RawAnswer): Fields {
  const key = 'dev.sallyport/decision'
  return fields(fields(answer.result?.['_meta'])[key] ?? fields(answer.error?.['data'])[key])
}

const doors: readonly [string, Fields][] = [
  ['resources/read', { uri: 'file:///srv/open.txt' }],
  ['prompts/get', { name: 'greet' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: 'b' } }],
]

describe.each(['legacy', 'modern'] as const)('%s client', era => {
  test.each([
    'Delete_User',
    'DELETE_USER',
    'delete_user ',
    ' delete_user',
    'delete_user\u0000',
    'delete\u2060_user',
    'delete_u\u017fer',
    'd\u0435lete_user',
    '\uff44elete_user',
    'delete_user\u202e',
    'delete_user\u{e0041}',
    'delete_user\u001b[0m',
    '../delete_user',
    'delete_user/',
    '',
  ])('A-043 A-044 the name %j is refused and never forwarded', async name => {
    const client = await connect('guarded', era)
    // the header carries what the specification allows it to carry: names outside ASCII are wrapped
    const header = `=?base64?${Buffer.from(name).toString('base64')}?=`
    const headers: Record<string, string> = era === 'modern' ? { 'mcp-name': header } : {}
    const answer = await client.request('tools/call', { name, arguments: {} }, { headers })
    expect(answer.error?.['code'] === -32602 || answer.result?.['isError'] === true || answer.status === 400).toBe(true)
    expect(JSON.stringify(answer.messages)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(upstream.content.calls()).toEqual([])
  })

  test('A-043 a deny rule also matches what folds to its value', async () => {
    const client = await connect('folded', era)
    for (const path of ['password', 'PASSWORD', 'pa\u017fsword', '\uff50assword', 'pass\u2060word']) {
      const answer = await client.request('tools/call', { name: 'read_file', arguments: { path } })
      expect([path, answer.result?.['isError'], decisionOf(answer)['verdict']]).toEqual([path, true, 'deny'])
    }
    expect(upstream.content.calls()).toEqual([])
  })

  test('A-046 a tool hidden from tools/list, called directly → refused', async () => {
    const client = await connect('guarded', era)
    const { items } = await client.listAll('tools/list', 'tools')
    expect(items.map(item => item['name'])).toEqual(['read_file', 'region_tool'])
    const answer = await client.request('tools/call', { name: 'delete_user', arguments: {} })
    expect(answer.result?.['isError']).toBe(true)
    expect(decisionOf(answer)['rule']).toBe('(hidden)')
    expect(upstream.content.calls()).toEqual([])
  })

  test('A-047 deny-all policy: every door is closed, every list is empty', async () => {
    const client = await connect('closed', era)
    for (const [method, params] of doors) {
      const answer = await client.request(method, params)
      expect([method, answer.error?.['code'], decisionOf(answer)['rule']]).toEqual([method, -31001, '(default deny)'])
    }
    for (const member of ['tools', 'prompts', 'resources'] as const) {
      expect((await client.listAll(`${member}/list`, member)).items).toEqual([])
    }
    expect((await client.listAll('resources/templates/list', 'resourceTemplates')).items).toEqual([])
    const call = await client.request('tools/call', { name: 'read_file', arguments: {} })
    expect([call.result?.['isError'], decisionOf(call)['rule']]).toEqual([true, '(default deny)'])
    for (const method of ['tasks/list', 'tasks/get', 'tasks/result', 'tasks/cancel']) {
      const headers: Record<string, string> = era === 'modern' ? { 'mcp-name': 'x' } : {}
      const answer = await client.request(method, { taskId: 'x' }, { headers })
      expect([method, answer.error?.['code']]).toEqual([method, -32601])
    }
    const reached = upstream.content.reached.map(({ method }) => method)
    expect(reached.filter(method => !method.endsWith('/list'))).toEqual([])
  })

  test('A-047 resources are judged one by one, in lists and when read', async () => {
    const client = await connect('guarded', era)
    const { items } = await client.listAll('resources/list', 'resources')
    expect(items.map(item => item['uri'])).toEqual(['file:///srv/open.txt'])
    const denied = await client.request('resources/read', { uri: 'file:///srv/secret.txt' })
    expect([denied.error?.['code'], denied.error?.['message']]).toEqual([-31001, 'not that one'])
    const folded = await client.request('resources/read', { uri: 'FILE:///srv/SECRET.txt' })
    expect(folded.error?.['code']).toBe(-31001)
    const open = await client.request('resources/read', { uri: 'file:///srv/open.txt' })
    expect(list(open.result?.['contents'])).toHaveLength(1)
  })

  test.each(['x/y', 'tools/Call', 'tools/call/', 'Tools/call', 'tools/call\u200b', 'rpc.discover'])(
    'A-048 unknown method %s → −32601, recorded',
    async method => {
      const client = await connect('open', era)
      const before = (await ledgerOf(gateway)).length
      const headers: Record<string, string> =
        era === 'modern'
          ? {
              'mcp-method': /^[\x20-\x7e]*$/.test(method)
                ? method
                : `=?base64?${Buffer.from(method).toString('base64')}?=`,
            }
          : {}
      const answer = await client.request(method, { name: 'read_file', arguments: {} }, { headers })
      const isRefused = answer.error?.['code'] === -32601 || answer.status === 400
      expect(isRefused).toBe(true)
      // a legacy client reads 404 as "session gone" and would initialise again: there the code alone says it
      if (answer.error?.['code'] === -32601) expect(answer.status).toBe(era === 'modern' ? 404 : 200)
      const lines = (await ledgerOf(gateway)).slice(before)
      expect(lines.at(-1)).toMatchObject({ verdict: 'deny', outcome: 'refused' })
      expect(upstream.content.calls()).toEqual([])
    },
  )

  test('A-054 addresses that climb or hide their scheme are refused', async () => {
    const client = await connect('open', era)
    for (const uri of [
      'file:///srv/../etc/passwd',
      'file:///srv/..%2fetc/passwd',
      'file:///srv/%2e%2e/x',
      '/etc/passwd',
    ]) {
      const answer = await client.request('resources/read', { uri })
      expect([uri, answer.error?.['code']]).toEqual([uri, -32602])
    }
    const shouted = await client.request('resources/read', { uri: 'FILE:///srv/open.txt' }, {})
    expect(shouted.error).toBeUndefined()
    const reads = upstream.content.reached.filter(({ method }) => method === 'resources/read')
    expect(reads.map(({ params }) => params['uri'])).toEqual(['file:///srv/open.txt'])
  })

  test('a member of params that the protocol does not know is refused, not carried along', async () => {
    const client = await connect('open', era)
    const answer = await client.request('tools/call', { name: 'read_file', arguments: {}, input: { path: '/etc' } })
    expect(answer.error?.['code']).toBe(-32602)
    expect(upstream.content.calls()).toEqual([])
  })

  test('arguments outside the reviewed schema are refused with the reason', async () => {
    const client = await connect('open', era)
    const answer = await client.request('tools/call', { name: 'read_file', arguments: { path: 7 } })
    expect([answer.result?.['isError'], decisionOf(answer)['rule']]).toEqual([true, '(arguments)'])
    expect(upstream.content.calls()).toEqual([])
  })
})

test('every refused and allowed request of an era leaves exactly one record', async () => {
  const client = await connect('open', 'modern')
  const before = (await ledgerOf(gateway)).length
  await client.request('tools/call', { name: 'read_file', arguments: {} })
  await client.request('tools/call', { name: 'delete_user', arguments: {} })
  await client.request('tools/call', { name: 'nothing', arguments: {} })
  await client.request('tools/list')
  await client.request('nothing/at-all')
  const lines = (await ledgerOf(gateway)).slice(before)
  expect(lines.map(line => [line['method'], line['tool'], line['verdict'], line['outcome']])).toEqual([
    ['tools/call', 'read_file', 'allow', 'succeeded'],
    ['tools/call', 'delete_user', 'allow', 'succeeded'],
    ['tools/call', 'nothing', 'deny', 'refused'],
    ['tools/list', null, 'allow', 'succeeded'],
    ['nothing/at-all', null, 'deny', 'refused'],
  ])
  expect(new Set(lines.map(line => line['requestId'])).size).toBe(lines.length)
})
