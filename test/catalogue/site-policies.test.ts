/** Every policy and every command on the pages: it loads against the tools it is about, without an error or a warning. */
import { beforeAll, expect, test } from 'vitest'
import { configurationText, installLine, neededVariables } from '../../src/catalogue/pages/install.ts'
import type { CatalogueServer, CatalogueTool } from '../../src/catalogue/pages/model.ts'
import { questionsOf } from '../../src/catalogue/pages/questions.ts'
import { sampleRules } from '../../src/catalogue/pages/samples.ts'
import { policyOf } from '../../src/catalogue/pages/server-page.ts'
import { levels } from '../../src/catalogue/recommend.ts'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { describeProblems, readConfig } from '../../src/config.ts'
import { decide } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import type { ToolFacts } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { type BuiltSite, readMarkup, shippedSite } from '../fixtures/catalogue-site.ts'
import { fields, text } from '../fixtures/fields.ts'

let built: BuiltSite
beforeAll(async () => {
  built = await shippedSite()
}, 180_000)

const facts = new Map<readonly CatalogueTool[], readonly ToolFacts[]>()

/** One list for each server, so that what is known of a policy for it is found again. */
function factsOf(tools: readonly CatalogueTool[]): readonly ToolFacts[] {
  const own = facts.get(tools) ?? tools.map(tool => tool.definition as unknown as ToolFacts)
  facts.set(tools, own)
  return own
}

/** What was found out about a policy for these tools: the same one stands on several pages. */
const known = new Map<readonly ToolFacts[] | undefined, Map<string, readonly string[]>>()

/** What `policy check --tools` says, in one line each. */
function problemsOf(policy: string, tools?: readonly ToolFacts[]): readonly string[] {
  const own = known.get(tools) ?? new Map<string, readonly string[]>()
  known.set(tools, own)
  const before = own.get(policy)
  if (before !== undefined) return before
  const loaded = loadPolicy('page', policy, { compileSchema, ...(tools === undefined ? {} : { tools }) })
  const problems = loaded.problems.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)
  own.set(policy, problems)
  return problems
}

const everyTool = (): readonly { readonly tool: CatalogueTool; readonly facts: readonly ToolFacts[] }[] =>
  built.catalogue.servers.flatMap(server =>
    [server.tools, server.functions].flatMap(list => list.map(tool => ({ tool, facts: factsOf(list) }))),
  )

test('every answer with a policy holds one that loads against its server', () => {
  const faults: string[] = []
  let count = 0
  for (const { tool, facts } of everyTool())
    for (const { question, policy } of questionsOf(tool)) {
      if (policy === undefined) continue
      count += 1
      for (const problem of problemsOf(policy, facts))
        faults.push(`${tool.server.slug}/${tool.name}: ${question} ${problem}`)
    }
  expect(faults.slice(0, 30)).toEqual([])
  expect(count).toBeGreaterThan(5 * built.catalogue.servers.length)
}, 180_000)

test('every recommended rule lets its own tool through, or asks, and denies another', () => {
  const faults: string[] = []
  for (const { tool } of everyTool()) {
    const loaded = loadPolicy('rule', JSON.stringify(tool.rated.rule))
    if (!loaded.ok) faults.push(`${tool.server.slug}/${tool.name}: does not load`)
    else
      for (const [name, wanted] of [
        [tool.name, /allow|ask/],
        ['another_tool', /deny/],
      ] as const)
        if (!wanted.test(decide(loaded.policy, callOf(name)).effect))
          faults.push(`${tool.server.slug}/${tool.name}: ${name}`)
  }
  expect(faults).toEqual([])
})

function callOf(tool: string) {
  const args: JsonObject = {}
  return {
    tool,
    args,
    caller: { id: 'a', kind: 'agent', roles: [], groups: [] },
    grant: { name: 'g', labels: {} },
    server: { name: 's' },
    facts: { annotations: {} },
    timeMs: Date.UTC(2026, 10, 22),
  }
}

const ofServers = (find: (server: CatalogueServer) => readonly string[]): readonly string[] =>
  built.catalogue.servers.flatMap(server => find(server).map(fault => `${server.slug}: ${fault}`)).slice(0, 30)

test('every policy of a server loads against its tools, at each level', () => {
  expect(
    ofServers(server =>
      levels.flatMap(level =>
        problemsOf(policyOf(server, level), factsOf(server.tools)).map(problem => `${level} ${problem}`),
      ),
    ),
  ).toEqual([])
}, 120_000)

test('every sample rule of a server loads against its tools', () => {
  expect(
    ofServers(server =>
      sampleRules(server).flatMap(({ title, policy }) =>
        problemsOf(policy, factsOf(server.tools)).map(problem => `${title}: ${problem}`),
      ),
    ),
  ).toEqual([])
})

/** What stands in a page to be copied, by what the page calls it. */
function shownIn(page: string): readonly (readonly [caption: string, code: string])[] {
  const figures = page.matchAll(/<figure class="code">\s*<figcaption>([^<]*)<[\s\S]*?<code>([\s\S]*?)<\/code>/g)
  return [...figures].map(([, caption = '', code = '']) => [caption, readMarkup(code).text])
}

test('every policy that any page shows loads without an error or a warning, against the tools of its server', () => {
  const faults: string[] = []
  const counts: Record<string, number> = {}
  const lists = new Map(
    built.catalogue.servers.flatMap(server =>
      [server.tools, server.functions].flatMap(list =>
        list.map((tool): [string, readonly ToolFacts[]] => [`servers/${server.slug}/${tool.folder}/`, factsOf(list)]),
      ),
    ),
  )
  for (const server of built.catalogue.servers) lists.set(`servers/${server.slug}/`, factsOf(server.tools))
  for (const path of built.site.paths.filter(each => each.endsWith('.html'))) {
    const room = path.split('/')[0] ?? ''
    for (const [caption, code] of shownIn(built.site.file(path)?.text ?? '')) {
      if (caption === 'Alone' || caption === 'sallyport.yaml') continue
      counts[room] = (counts[room] ?? 0) + 1
      if (!/^(?:policy|policies\/[\w.-]+)\.yaml$/.test(caption)) faults.push(`${path}: ${caption} is no kind we know`)
      const tools = lists.get(path.slice(0, -'index.html'.length))
      for (const problem of problemsOf(code, tools)) faults.push(`${path}: ${problem}`)
    }
  }
  expect(faults.slice(0, 30)).toEqual([])
  expect(counts['attacks']).toBe(built.catalogue.attacks.length)
  expect(counts['servers']).toBeGreaterThan(5 * lists.size)
  expect(Object.keys(counts).toSorted()).toEqual(['attacks', 'servers'])
}, 180_000)

test('every configuration is read by the gateway, with its policy beside it', () => {
  const faults = ofServers(server => {
    const { record, slug } = server
    const configuration = configurationText(record, `policies/${slug}.yaml`)
    if (configuration === undefined) return []
    const env = Object.fromEntries(neededVariables(record).map(name => [name, 'a value that is long enough']))
    const result = readConfig({
      file: '/etc/sallyport/sallyport.yaml',
      env,
      readFile: file => ({
        ok: true,
        text: file.endsWith('sallyport.yaml') ? configuration : policyOf(server, 'guarded'),
      }),
    })
    return result.ok ? [] : [describeProblems(result.problems)]
  })
  expect(faults).toEqual([])
})

test('every install line names the package at the version that was looked at, and no stand-in of the scan', () => {
  const faults = ofServers(({ record }) => {
    const line = installLine(record)
    if (record.package === undefined) return line === undefined ? [] : [line]
    if (line === undefined) return ['none']
    const isRight = line.startsWith(`npx -y ${record.package}@${record.version}`)
    return isRight && !/dummy|\{dir\}|\{file\}/.test(line) ? [] : [line]
  })
  expect(faults).toEqual([])
})

test('the pages of the two tools a published catalogue shows hold more than theirs do', () => {
  const wanted: readonly (readonly [path: string, texts: readonly string[]])[] = [
    [
      'servers/executor/connections.createhandoff/',
      [
        'Return a browser URL',
        'connections.remove',
        'Why not',
        'rate_limit',
        'integration',
        'instructions',
        'never matches a call of it',
        'tools.executor.coreTools.connections.createHandoff',
      ],
    ],
    [
      'servers/ai-design-blueprint/handoffs.operator/',
      [
        'When not to call',
        'SupportHandoff',
        'page_url',
        'trace_summary',
        'handoffs.partnership',
        'Why Write',
        'Not scanned',
        // thirty tickets a minute, as published, are no pace for the people who read them
        'rate_limit: 5/hour',
        'rate_limit',
      ],
    ],
  ]
  for (const [path, texts] of wanted) {
    const page = built.site.file(`${path}index.html`)?.text ?? ''
    const data = JSON.parse(built.site.file(`${path}index.json`)?.text ?? '{}') as unknown
    expect(
      texts.filter(each => !page.includes(each)),
      path,
    ).toEqual([])
    expect(text(fields(data)['kind'])).toBe('tool')
    expect(page.match(/<details class="question">/g)?.length ?? 0, path).toBeGreaterThanOrEqual(7)
  }
})
