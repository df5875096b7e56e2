/**
 * What a server says about its tools reaches the client unchanged: for recorded lists of real servers and for one of
 * oddities, `tools/list` through the gateway equals the upstream's member by member and digit by digit, in all four
 * era combinations and over pages, apart from what policy hides. So do the answers of calls. Raw HTTP on purpose: the
 * SDK clients drop members they do not know.
 */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalExact } from '../fixtures/exact-json.ts'
import { type Fields, fields, text } from '../fixtures/fields.ts'
import { localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { echo, type ReplayContent, startReplayUpstream } from '../fixtures/replay-upstream.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const folder = new URL('../fixtures/tools/', import.meta.url)
const recordings = readdirSync(folder).map(file => file.replace(/\.json$/, ''))
const eras = ['legacy', 'modern'] as const
const combinations = eras.flatMap(client => eras.map(upstream => ({ client, upstream })))
const hidden = ['write_file', 'move_file']

let gateway: TestGateway
const upstreams = new Map<string, FixtureServer<ReplayContent>>()

beforeAll(async () => {
  const servers: Record<string, Fields> = {}
  for (const era of eras) {
    for (const recording of recordings) {
      const upstream = await startReplayUpstream(new URL(`${recording}.json`, folder), era)
      upstreams.set(`${recording}-${era}`, upstream)
      servers[`${recording}-${era}`] = localServer(upstream.url)
    }
  }
  const all = Object.fromEntries(Object.keys(servers).map(name => [name, 'allow-all']))
  gateway = await startGateway({
    servers,
    policies: {
      hiding: { version: '1', default: 'allow', hide: hidden },
      'only-reads': { version: '1', default: 'deny', tools: { 'read_*': {}, move_file: { action: 'deny' } } },
    },
    grants: {
      agent: { servers: all },
      hiding: { servers: { 'filesystem-legacy': 'hiding', 'filesystem-modern': 'hiding' } },
      reader: { servers: { 'filesystem-legacy': 'only-reads', 'filesystem-modern': 'only-reads' } },
    },
  })
})

afterAll(async () => {
  await gateway?.stop()
  for (const upstream of upstreams.values()) await upstream.stop()
})

const upstreamOf = (name: string): FixtureServer<ReplayContent> => {
  const upstream = upstreams.get(name)
  if (upstream === undefined) throw new Error(`no upstream ${name}`)
  return upstream
}
const connect = (server: string, era: 'legacy' | 'modern', grant = 'agent'): Promise<RawClient> =>
  new RawClient(gateway.endpoint(server), gateway.tokens[grant] ?? '', era).connect()
const names = (tools: readonly Fields[]): string[] => tools.map(tool => text(tool['name']))

describe.each(combinations)('$client client, $upstream upstream', ({ client: era, upstream }) => {
  test.each(recordings)('the tools of %s arrive as they were sent', async recording => {
    const name = `${recording}-${upstream}`
    const client = await connect(name, era)
    const { items, pages } = await client.listAll('tools/list', 'tools')
    const sent = upstreamOf(name).content.tools
    expect(names(items)).toEqual(names(sent))
    for (const [index, tool] of items.entries()) expect(canonicalExact(tool)).toBe(canonicalExact(sent[index]))
    if (era === 'legacy') return
    for (const page of pages) {
      expect(page['resultType']).toBe('complete')
      expect(page['cacheScope']).toBe('private')
      expect(Number.isInteger(page['ttlMs'])).toBe(true)
    }
  })

  test('policy hides tools and changes nothing else', async () => {
    const name = `filesystem-${upstream}`
    const sent = upstreamOf(name).content.tools
    const withoutHidden = sent.filter(tool => !hidden.includes(text(tool['name'])))
    expect(withoutHidden.length).toBe(sent.length - hidden.length)
    const { items } = await (await connect(name, era, 'hiding')).listAll('tools/list', 'tools')
    expect(canonicalExact(items)).toBe(canonicalExact(withoutHidden))
    // Under `default: deny` what no rule names is not listed; what a rule denies by name stays visible.
    const listed = sent.filter(tool => /^(read_.*|move_file)$/.test(text(tool['name'])))
    const reader = await (await connect(name, era, 'reader')).listAll('tools/list', 'tools')
    expect(canonicalExact(reader.items)).toBe(canonicalExact(listed))
  })

  test('the answer of a call arrives as it was sent', async () => {
    const args = { text: 'a\u2028b "c" \\', n: 1, list: [null, true, 0.1, {}], deep: { '': { a: [] } } }
    const client = await connect(`oddities-${upstream}`, era)
    const { result, error } = await client.request('tools/call', { name: 'UPPER.lower_0-9', arguments: args })
    expect(error).toBeUndefined()
    const sent = fields(echo('UPPER.lower_0-9', args))
    for (const [member, value] of Object.entries(sent)) {
      if (member !== '_meta') expect(canonicalExact(result?.[member]), member).toBe(canonicalExact(value))
    }
    expect(fields(result?.['_meta'])['example.com/trace']).toBe('kept')
  })
})

test('the shared endpoint names every tool after its server and changes nothing else', async () => {
  for (const era of eras) {
    const client = await new RawClient(gateway.endpoint(), gateway.tokens['hiding'] ?? '', era).connect()
    const { items } = await client.listAll('tools/list', 'tools')
    const expected = ['filesystem-legacy', 'filesystem-modern'].flatMap(server =>
      upstreamOf(server)
        .content.tools.filter(tool => !hidden.includes(text(tool['name'])))
        .map(tool => ({ ...tool, name: `${server}__${text(tool['name'])}` })),
    )
    const sorted = (tools: readonly Fields[]): Fields[] =>
      [...tools].sort((a, b) => text(a['name']).localeCompare(text(b['name'])))
    expect(canonicalExact(sorted(items))).toBe(canonicalExact(sorted(expected)))
  }
})
