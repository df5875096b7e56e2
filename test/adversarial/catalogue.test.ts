/** The built-in catalogue tools against agents that want to learn of tools and servers which are not theirs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fields, fields, list } from '../fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../fixtures/gateway-parts.ts'
import { RawClient } from '../fixtures/raw-client.ts'

const eras = ['legacy', 'modern'] as const
const tool = (name: string, description = 'Does something') => ({
  ...{ name, description, inputSchema: { type: 'object' } },
})
const listed = [tool('read_note', 'Reads a note'), tool('send_mail', 'Sends an email')]
const unlisted = [
  tool('hidden_wipe', 'Deletes everything'),
  tool('waiting_pay', 'Pays'),
  tool('refused_run', 'Runs code'),
  tool('gone_drop', 'Drops'),
]
let full: PartsGateway
let bare: PartsGateway

beforeAll(async () => {
  const servers = () => ({ hand: new HandMadeUpstream('modern') })
  full = await startParts({
    ...{ servers: servers(), tools: [...listed, ...unlisted] },
    states: { waiting_pay: 'pending', refused_run: 'refused', gone_drop: 'gone' },
    policy: { version: '1', default: 'allow', hide: ['hidden_wipe'] },
  })
  bare = await startParts({ servers: servers(), tools: listed })
})

afterAll(() => Promise.all([full.stop(), bare.stop()]))

async function ask(gateway: PartsGateway, era: (typeof eras)[number], name: string, args: Fields): Promise<Fields> {
  const client = await new RawClient(gateway.endpoint('sallyport'), gateway.tokens.alice, era).connect()
  const { result, error } = await client.request('tools/call', { name, arguments: args })
  expect(error).toBeUndefined()
  const { content, structuredContent, isError } = fields(result)
  return { content, structuredContent, isError }
}

test.each(eras)(
  'A-141 asking what a hidden or unreviewed tool can do (%s) → the answer to a name nobody has',
  async era => {
    const absent = JSON.stringify(await ask(full, era, 'catalog.checkTool', { server: 'hand', tool: 'nobody_has' }))
    expect(absent).toContain('"found":false')
    for (const { name } of unlisted) {
      const answer = JSON.stringify(await ask(full, era, 'catalog.checkTool', { server: 'hand', tool: name }))
      expect(answer.replaceAll(name, 'nobody_has'), name).toBe(absent)
    }
  },
)

test.each(eras)(
  'A-142 reading hidden tools out of a server’s grade, totals or evidence (%s) → the same as without them',
  async era => {
    for (const [name, args] of [
      ['catalog.checkServer', { server: 'hand' }],
      ['catalog.checkTool', { server: 'hand', tool: 'read_note' }],
      ['catalog.checkTool', { server: 'hand', tool: 'send_mail' }],
    ] as const)
      expect(await ask(full, era, name, args)).toEqual(await ask(bare, era, name, args))
  },
)

test.each(eras)('A-143 asking for servers of other grants (%s) → the answer to a server nobody has', async era => {
  const other = await startParts({
    servers: { hand: new HandMadeUpstream('modern') },
    tools: listed,
    withheld: ['vault'],
  })
  try {
    for (const name of ['catalog.checkServer', 'catalog.checkTool']) {
      const about = (server: string) =>
        ask(other, era, name, { server, ...(name.endsWith('Tool') ? { tool: 'read_note' } : {}) })
      const absent = JSON.stringify(await about('nobody'))
      expect(absent).toContain('"found":false')
      expect(JSON.stringify(await about('vault')).replaceAll('vault', 'nobody')).toBe(absent)
    }
    const { structuredContent } = await ask(other, era, 'catalog.searchServers', { query: 'vault' })
    expect(list(fields(structuredContent)['servers']).map(each => fields(each)['slug'])).not.toContain('vault')
  } finally {
    await other.stop()
  }
})
