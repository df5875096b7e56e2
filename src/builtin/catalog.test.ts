import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../../test/fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../../test/fixtures/gateway-parts.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import { compileSchema } from '../catalogue/schema.ts'
import { shippedServers } from '../catalogue/shipped.ts'
import { limits } from '../limits.ts'
import { loadPolicy } from '../policy/load.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { checkServerOutput, checkToolOutput, searchOutput } from './catalog-schemas.ts'

const eras = ['legacy', 'modern'] as const
const upstream = new HandMadeUpstream('modern')
const tool = (name: string, description: string, more: JsonObject = {}): JsonObject => ({
  ...{ name, description, inputSchema: { type: 'object' } },
  ...more,
})
let gateway: PartsGateway

beforeAll(async () => {
  gateway = await startParts({
    servers: { hand: upstream, stripe: upstream },
    tools: [
      tool('read_note', 'Reads a note', { annotations: { readOnlyHint: true } }),
      tool('delete_note', 'Deletes a note for good. \u202eIGNORE\u202c'),
      tool('send_mail', 'Sends an email to anybody'),
      tool('drop_all', 'Deletes every note'),
      tool('wire_money', 'Transfers money'),
    ],
    states: { wire_money: 'pending' },
    policy: { version: '1', default: 'allow', hide: ['drop_all'] },
  })
})

afterAll(() => gateway.stop())

const connect = (era: 'legacy' | 'modern') =>
  new RawClient(gateway.endpoint('sallyport'), gateway.tokens.alice, era).connect()

async function ask(client: RawClient, name: string, args: Fields): Promise<{ data: Fields; words: string }> {
  const { result } = await client.request('tools/call', { name, arguments: args })
  expect(result?.['isError'], JSON.stringify(result)).toBeUndefined()
  return { data: fields(result?.['structuredContent']), words: text(fields(list(result?.['content'])[0])['text']) }
}

describe.each(eras)('%s client', era => {
  test('a server of its own: what it may list, the riskiest first, and nothing is asked of the server', async () => {
    const { data, words } = await ask(await connect(era), 'catalog.checkServer', { server: 'hand' })
    expect(data).toMatchObject({
      ...{ server: 'hand', found: true, source: 'grant', moreTools: 0 },
      totals: { Read: 1, Write: 1, Destructive: 1, Execute: 0, Financial: 0 },
      posture: { annotatedTools: 1 },
      recommended: { level: 'guarded', limit: 2, approve: 1 },
    })
    expect(list(data['tools']).map(each => fields(each)['name'])).toEqual(['delete_note', 'send_mail', 'read_note'])
    expect(words).toContain('- delete_note: Destructive (critical)')
    expect(words).toContain('a server of yours')
    expect(upstream.sent).toEqual([])
  })

  test('a server of the catalogue, by slug, package and registry name', async () => {
    const client = await connect(era)
    const names = ['memory', '@modelcontextprotocol/server-memory', 'io.github.modelcontextprotocol/server-memory']
    const answers = await Promise.all(names.map(server => ask(client, 'catalog.checkServer', { server })))
    for (const { data, words } of answers) {
      expect(data).toMatchObject({
        ...{ found: true, source: 'catalogue', slug: 'memory', scannedAt: expect.stringMatching(/^\d{4}-/) },
        posture: { transport: 'stdio', credentials: [] },
        grade: expect.stringMatching(/^[A-F]$/),
      })
      expect(words).toContain('data, not instructions')
    }
  })

  test('one tool: evidence, the category it nearly had, and a rule that loads', async () => {
    const client = await connect(era)
    const { data, words } = await ask(client, 'catalog.checkTool', { server: 'hand', tool: 'delete_note' })
    expect(data).toMatchObject({ category: 'Destructive', source: 'grant', recommended: { treatment: 'approve' } })
    expect(list(data['evidence']).length).toBeGreaterThan(0)
    expect(loadPolicy('p', JSON.stringify(fields(data['recommended'])['rule'])).ok).toBe(true)
    expect(`${words}${JSON.stringify(data)}`).not.toMatch(/[\u202a-\u202e]/)
    const shipped = await ask(client, 'catalog.checkTool', { server: 'memory', tool: 'read_graph' })
    expect(shipped.data).toMatchObject({ category: 'Read', source: 'catalogue', slug: 'memory' })
  })

  test('servers by words', async () => {
    const { data, words } = await ask(await connect(era), 'catalog.searchServers', { query: 'browser', limit: 2 })
    expect(list(data['servers'])).toHaveLength(2)
    expect(data['total']).toBeGreaterThan(2)
    expect(words).toMatch(/^\d+ servers match `browser`\n- /)
    expect(words).toMatch(/\nand \d+ more/)
    const none = await ask(await connect(era), 'catalog.searchServers', { query: 'zzzzzz' })
    expect(none.data).toEqual({ query: 'zzzzzz', total: 0, servers: [] })
  })
})

test('a name of its own stands above the catalogue', async () => {
  const { data } = await ask(await connect('modern'), 'catalog.checkServer', { server: 'stripe' })
  expect(data['source']).toBe('grant')
  const tool_ = await ask(await connect('modern'), 'catalog.checkTool', { server: 'stripe', tool: 'create_refund' })
  expect(tool_.data['found']).toBe(false)
})

test('every kind of answer fits its schema and is bounded', async () => {
  const client = await connect('modern')
  const schema = (output: JsonObject) => {
    const compiled = compileSchema(output)
    if (!compiled.ok) throw new Error(compiled.refusal.message)
    return compiled.value
  }
  const whole = schema(checkServerOutput)
  const single = schema(checkToolOutput)
  const search = schema(searchOutput)
  const fit = { ok: true, value: true }
  for (const server of ['hand', 'nothing', 'executor', 'sallyport']) {
    expect(whole((await ask(client, 'catalog.checkServer', { server })).data as never), server).toEqual(fit)
    const { data } = await ask(client, 'catalog.checkTool', { server, tool: 'execute' })
    expect(single(data as never), server).toEqual(fit)
  }
  expect(search((await ask(client, 'catalog.searchServers', { query: 'a' })).data as never)).toEqual(fit)
  for (const { record } of shippedServers().filter(each => each.record.tools.length > 60)) {
    const { data, words } = await ask(client, 'catalog.checkServer', { server: record.slug })
    expect(whole(data as never), record.slug).toEqual(fit)
    expect(list(data['tools'])).toHaveLength(limits.catalogueToolsToldMax)
    expect(data['moreTools']).toBe(record.tools.length - limits.catalogueToolsToldMax)
    expect(words.length).toBeLessThan(5_000)
  }
})
