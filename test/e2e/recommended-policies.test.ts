/**
 * Every recommended policy of every shipped server: it loads without a word against that server's tools, and does what it
 * says. The first part is pure; the second replays servers of many shapes behind a real gateway.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { judgeDefinition } from '../../src/catalogue/definition.ts'
import { levels, paceOf, recommendedPolicy, treatmentOf } from '../../src/catalogue/recommend.ts'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { type ShippedServer, shippedServers } from '../../src/catalogue/shipped.ts'
import type { StoredTool } from '../../src/catalogue/stored-rating.ts'
import { checkDead } from '../../src/policy/analysis/dead.ts'
import { decide, isListed } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { canonicalJson } from '../../src/wire/canonical.ts'
import type { Json, JsonObject } from '../../src/wire/json-types.ts'
import { type Fields, fields, text } from '../fixtures/fields.ts'
import { type LocalGateway, localServer, startGateway } from '../fixtures/gateway.ts'
import { minimalArguments } from '../fixtures/minimal-arguments.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { ReplayContent } from '../fixtures/replay-upstream.ts'
import { type FixtureServer, serveContent } from '../fixtures/upstream-server.ts'

type Level = (typeof levels)[number]
const shipped = shippedServers().filter(({ rating }) => rating !== undefined)
const toolsOf = ({ rating }: ShippedServer): readonly StoredTool[] => rating?.tools ?? []

describe.each(levels)('%s', level => {
  test.each(shipped.map(server => [server.record.slug, server] as const))(
    '%s: loads, and names what it treats',
    (slug, server) => {
      const tools = server.record.tools.map(tool => ({
        name: String(tool['name']),
        ...(tool['inputSchema'] === undefined ? {} : { inputSchema: tool['inputSchema'] }),
      }))
      const source = recommendedPolicy(server.record.title, toolsOf(server), level)
      const loaded = loadPolicy(slug, source, {
        compileSchema,
        tools,
        further: (log, model) => checkDead(log, model, tools),
      })
      expect(loaded.problems).toEqual([])
      if (!loaded.ok) return expect.fail(slug)
      for (const tool of toolsOf(server)) {
        const { effect } = decide(loaded.policy, {
          ...{ tool: tool.name, args: {}, timeMs: 0, facts: { annotations: {} }, server: { name: slug } },
          ...{ caller: { id: 'a', kind: 'agent', roles: [], groups: [] }, grant: { name: 'g', labels: {} } },
        })
        const expected = { allow: 'allow', limit: 'allow', approve: 'ask', deny: 'deny', hide: 'deny' } as const
        expect(effect, tool.name).toBe(expected[treatmentOf(tool, level)])
        expect(isListed(loaded.policy, tool.name)).toBe(treatmentOf(tool, level) !== 'hide')
      }
    },
  )
})

test('what no policy can offer: definitions whose schema leads back to itself', () => {
  const refused = shipped.flatMap(({ record }) =>
    record.tools.filter(tool => !canBePinned(tool)).map(() => record.slug),
  )
  expect(refused).toEqual(Array.from({ length: 10 }, () => 'microsoft-365'))
})

/** From one tool to 188, readers and spenders, both eras, terse schemas and ones of 40 KB. */
const chosen = [
  ...['commands', 'sequential-thinking', 'filesystem', 'memory', 'slack-archived', 'stripe', 'playwright'],
  ...['github-archived', 'gitlab', 'microsoft-365', 'kubernetes', 'xero', 'airtable', 'map-app', 'postgres-archived'],
]
/** `ALL_SERVERS=1` takes every shipped server: some minutes. */
const spread = process.env['ALL_SERVERS']
  ? shipped
  : chosen.map(slug => shipped.find(({ record }) => record.slug === slug) ?? expect.fail(slug))

const upstreams: FixtureServer<ReplayContent>[] = []
let gateway: LocalGateway

beforeAll(async () => {
  for (const { record } of spread) {
    const { slug: name, version = '0', tools } = record
    const era = upstreams.length % 2 === 0 ? 'legacy' : 'modern'
    upstreams.push(await serveContent(new ReplayContent({ name, version, tools: [...tools] }, 100), era))
  }
  const policies: Record<string, Fields> = {}
  for (const { record, rating } of spread)
    for (const level of levels)
      policies[`${record.slug}-${level}`] = parse(recommendedPolicy(record.title, rating?.tools ?? [], level)) as Fields
  const granted = (level: Level) =>
    Object.fromEntries(spread.map(({ record }) => [record.slug, `${record.slug}-${level}`]))
  gateway = await startGateway({
    servers: Object.fromEntries(spread.map(({ record }, at) => [record.slug, localServer(upstreams[at]?.url ?? '')])),
    policies,
    grants: Object.fromEntries(levels.map(level => [level, { servers: granted(level) }])),
  })
}, 300_000)

afterAll(async () => {
  await gateway?.stop()
  await Promise.all(upstreams.map(upstream => upstream.stop()))
})

/** Calls at once: fewer than one grant may have open. */
const batch = 12

describe.each(levels)('behind the gateway, %s', level => {
  test.each(spread.map(server => [server.record.slug, server] as const))(
    '%s',
    { timeout: 30_000 },
    async (slug, server) => {
      const era = spread.indexOf(server) % 3 === 0 ? 'legacy' : 'modern'
      const client = await new RawClient(gateway.endpoint(slug), gateway.tokens[level] ?? '', era).connect()
      const of = (treatment: string) => toolsOf(server).filter(tool => treatmentOf(tool, level) === treatment)
      const { items } = await client.listAll('tools/list', 'tools')
      const shown = toolsOf(server).filter(
        tool => treatmentOf(tool, level) !== 'hide' && canBePinned(definitionOf(server, tool)),
      )
      expect(items.map(tool => tool['name']).toSorted()).toEqual(shown.map(tool => tool.name).toSorted())

      const call = async (tool: StoredTool) => {
        const args = minimalArguments(definitionOf(server, tool)['inputSchema'])
        const { result, error } = await client.request('tools/call', { name: tool.name, arguments: args })
        return outcomeOf(result, error)
      }
      const callable = (tool: StoredTool) => {
        const schema = definitionOf(server, tool)['inputSchema'] as Json
        const compiled = compileSchema(schema)
        return compiled.ok && compiled.value(minimalArguments(schema) as never).ok
      }

      const [free] = of('allow').filter(callable)
      if (free !== undefined) expect(await call(free), free.name).toBe('passed')
      const [paced] = of('limit')
        .filter(callable)
        .toSorted((a, b) => maxOf(a) - maxOf(b))
      if (paced !== undefined) {
        const max = maxOf(paced)
        const outcomes: string[] = []
        for (let at = 0; at < max; at += batch)
          outcomes.push(...(await Promise.all(Array.from({ length: Math.min(batch, max - at) }, () => call(paced)))))
        expect(outcomes, paced.name).toEqual(outcomes.map(() => 'passed'))
        expect(await call(paced), paced.name).toBe('ERR_LIMIT_REACHED')
      }
      expect(free ?? paced ?? of('hide')[0] ?? of('approve')[0], 'nothing was tried').toBeDefined()
      const [asked] = of('approve').filter(callable)
      if (asked !== undefined) expect(await call(asked), asked.name).toBe('ERR_APPROVAL_REQUIRED')
      const [hidden] = of('hide')
      if (hidden !== undefined) expect(await call(hidden), hidden.name).toBe('ERR_POLICY_DENIED')
    },
  )
})

/** `passed`, or the code of the refusal: in an answer a model can read, or as an error of the protocol. */
function outcomeOf(result: Fields | undefined, error: Fields | undefined): string {
  if (result !== undefined && result['isError'] !== true) return 'passed'
  const key = 'dev.sallyport/decision'
  const data = fields(error?.['data'] ?? {})
  return text(fields(fields(result?.['_meta'] ?? {})[key] ?? data[key] ?? data)['code'])
}

function definitionOf({ record }: ShippedServer, { name }: StoredTool): JsonObject {
  return record.tools.find(each => each['name'] === name) ?? {}
}

/** A definition the gateway cannot judge arguments by is offered under no policy. */
function canBePinned(definition: JsonObject): boolean {
  return judgeDefinition(definition, canonicalJson(definition)).ok
}

/** How many calls of a paced tool pass: `5/hour` lets five through. */
function maxOf(tool: StoredTool): number {
  return Number(paceOf(tool).split('/')[0])
}
