/** The site of the shipped catalogue, whole: every link, every head, every pair of page and JSON, the same bytes twice. */
import { HtmlValidate, StaticConfigLoader } from 'html-validate'
import { beforeAll, expect, test } from 'vitest'
import { contentPolicy } from '../../src/catalogue/pages/layout.ts'
import {
  type BuiltSite,
  type Markup,
  readMarkup,
  shippedSite,
  siteAddress,
  targetOf,
} from '../fixtures/catalogue-site.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'

let built: BuiltSite
const pages = new Map<string, Markup>()
const sources = new Map<string, string>()
const data = new Map<string, Fields>()

beforeAll(async () => {
  built = await shippedSite()
  for (const path of built.site.paths) {
    const source = built.site.file(path)?.text ?? ''
    if (path.endsWith('.html')) {
      pages.set(path, readMarkup(source))
      sources.set(path, source)
    } else if (path.endsWith('index.json')) data.set(path, JSON.parse(source) as Fields)
  }
}, 180_000)

/** What is wrong, each with its page; a test prints all of it. */
function faultsOf(find: (markup: Markup, path: string) => readonly string[]): readonly string[] {
  return [...pages].flatMap(([path, markup]) => find(markup, path).map(fault => `${path}: ${fault}`)).slice(0, 20)
}

test('there is a page for every server, tool, function, attack, level and category', () => {
  const { servers, attacks } = built.catalogue
  const tools = servers.reduce((sum, server) => sum + server.tools.length + server.functions.length, 0)
  // start, attacks, risk, drift, method, four levels, five categories, and the one for addresses that lead nowhere
  expect(pages.size).toBe(servers.length + tools + attacks.length + 5 + 4 + 5 + 1)
  expect(servers.length).toBeGreaterThanOrEqual(60)
})

test('every page is well formed', () => {
  expect(faultsOf(markup => markup.faults)).toEqual([])
})

test('every internal link leads to a file, every fragment to an element', () => {
  const ids = new Map(
    [...pages].map(([path, { elements }]) => [
      path,
      new Set(elements.flatMap(each => each.attributes.get('id') ?? [])),
    ]),
  )
  const broken = faultsOf(({ elements }, path) =>
    elements.flatMap(({ tag, attributes }) => {
      const href = attributes.get('href') ?? attributes.get('src')
      if (href === undefined || href.startsWith('data:') || (tag === 'link' && attributes.get('rel') === 'canonical'))
        return []
      const target = targetOf(href, path)
      if (target === undefined) return tag === 'a' ? [] : [`${tag} loads ${href}`]
      if (!built.site.has(target.path)) return [`${href} leads nowhere`]
      if (target.fragment !== '' && ids.get(target.path)?.has(target.fragment) !== true)
        return [`${href} has no such fragment`]
      return []
    }),
  )
  expect(broken).toEqual([])
})

test('links to other sites lead to npm and to sources of attacks, over https', () => {
  const sourcesOfAttacks = new Set(built.catalogue.attacks.flatMap(attack => attack.case.sources.map(({ url }) => url)))
  const foreign = faultsOf(({ elements }, path) =>
    elements.flatMap(({ tag, attributes }) => {
      const href = tag === 'a' ? attributes.get('href') : undefined
      if (href === undefined || targetOf(href, path) !== undefined) return []
      return href.startsWith('https://www.npmjs.com/package/') || sourcesOfAttacks.has(href) ? [] : [href]
    }),
  )
  expect(foreign).toEqual([])
})

test('every page has a language, a title, a description, an address and one heading; no id twice', () => {
  const titles = new Map<string, string>()
  const faults = faultsOf(({ elements }, path) => {
    const found: string[] = []
    const of = (tag: string, name: string, value: string) =>
      elements.filter(each => each.tag === tag && each.attributes.get(name) === value)
    const ids = elements.flatMap(each => each.attributes.get('id') ?? [])
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
    const description = of('meta', 'name', 'description')[0]?.attributes.get('content') ?? ''
    const folder = path.endsWith('index.html') ? path.slice(0, -'index.html'.length) : path
    const title = /<title>([^<]*)<\/title>/.exec(sources.get(path) ?? '')?.[1] ?? ''
    if (elements[0]?.attributes.get('lang') !== 'en') found.push('no language')
    if (elements.filter(each => each.tag === 'h1').length !== 1) found.push('not one h1')
    if (description.length < 30 || description.length > 330)
      found.push(`description of ${description.length} characters`)
    if (of('link', 'rel', 'canonical')[0]?.attributes.get('href') !== siteAddress + folder)
      found.push('another canonical address')
    if (of('meta', 'http-equiv', 'Content-Security-Policy')[0]?.attributes.get('content') !== contentPolicy)
      found.push('another policy')
    if (title.length < 5) found.push('no title')
    if (titles.has(title)) found.push(`the title of ${titles.get(title)}`)
    titles.set(title, path)
    if (twice.length > 0) found.push(`ids twice: ${twice.join(' ')}`)
    return found
  })
  expect(faults).toEqual([])
})

test('nothing that the content policy would stop: no styles, handlers or scripts in a page', () => {
  const faults = faultsOf(({ elements }) =>
    elements.flatMap(({ tag, attributes }) => [
      ...[...attributes.keys()].filter(name => name === 'style' || name.startsWith('on')),
      ...(tag === 'script' && attributes.get('src')?.endsWith('site.js') !== true ? ['script'] : []),
      ...(['style', 'iframe', 'object', 'form', 'img', 'base'].includes(tag) ? [tag] : []),
    ]),
  )
  expect(faults).toEqual([])
})

test('headings go down one step at a time', () => {
  const faults = faultsOf(({ elements }) => {
    const levels = elements.filter(each => /^h\d$/.test(each.tag)).map(each => Number(each.tag.slice(1)))
    return levels.flatMap((level, at) =>
      level > (levels[at - 1] ?? 0) + 1 ? [`h${level} after h${levels[at - 1] ?? 0}`] : [],
    )
  })
  expect(faults).toEqual([])
})

/** The same for every page: compiled once, where the validator would compile its tables of elements for each. */
class OneConfiguration extends StaticConfigLoader {
  #compiled: ReturnType<StaticConfigLoader['getConfigFor']> | undefined
  override getConfigFor(...asked: Parameters<StaticConfigLoader['getConfigFor']>) {
    this.#compiled ??= super.getConfigFor(...asked)
    return this.#compiled
  }
}

test('pages of every kind, and of every server the tool with most to show, validate against the standard', () => {
  const standing = new Set(
    built.catalogue.servers.map(server => {
      const weight = ({ rated }: (typeof server.tools)[number]) => rated.flags.length + 3 * rated.findings.length
      const [most] = server.tools.toSorted((a, b) => weight(b) - weight(a))
      return `servers/${server.slug}/${most?.folder}/index.html`
    }),
  )
  const validator = new HtmlValidate(
    new OneConfiguration({
      extends: ['html-validate:recommended', 'html-validate:document'],
      rules: {
        // what is loaded lies beside the page
        'require-sri': 'off',
        // texts of servers are shown as they are
        'no-trailing-whitespace': 'off',
        // names are those of servers
        'long-title': 'off',
      },
    }),
  )
  const faults = [...sources]
    .filter(([path]) => path.split('/').length !== 4 || standing.has(path))
    .flatMap(([path, source]) =>
      validator
        .validateStringSync(source)
        .results.flatMap(({ messages }) =>
          messages.map(({ ruleId, message, line }) => `${path}:${line} ${ruleId} ${message}`),
        ),
    )
  expect(faults.slice(0, 20)).toEqual([])
}, 180_000)

test('each page has its JSON beside it, and the two agree', () => {
  const faults = [...pages.keys()].flatMap(path => {
    if (path === '404.html') return []
    const own = data.get(path.replace('index.html', 'index.json'))
    if (own === undefined) return [`${path}: no JSON`]
    const found: string[] = []
    const markup = pages.get(path)
    const folder = path.slice(0, -'index.html'.length)
    if (text(own['url']) !== siteAddress + folder) found.push('another address')
    if (markup === undefined || !(sources.get(path) ?? '').includes('<title>')) found.push('no title')
    if (own['kind'] === 'tool') {
      const rating = fields(own['rating'])
      if (!markup?.text.includes(`Why ${text(rating['category'])}`)) found.push('another category')
      for (const question of list(own['questions']))
        if (!markup?.text.includes(text(question['policy']))) found.push('a policy of its own')
    }
    if (own['kind'] === 'server') {
      const { grade, points } = fields(own['grade'])
      if (!markup?.text.includes(`Grade ${text(grade)}, ${String(points)} of 100 points`)) found.push('another grade')
      for (const policy of Object.values(fields(own['policies'])))
        if (!markup?.text.includes(text(policy))) found.push('a policy of its own')
    }
    return found.map(fault => `${path}: ${fault}`)
  })
  expect(faults.slice(0, 20)).toEqual([])
  expect(data.size).toBe(pages.size - 1)
})

test('the sitemap names every page once; llms.txt leads to JSON that exists; robots.txt names the sitemap', () => {
  const file = (path: string) => built.site.file(path)?.text ?? ''
  const addresses = [...file('sitemap.xml').matchAll(/<loc>([^<]*)<\/loc>/g)].map(match => match[1] ?? '')
  const expected = [...pages.keys()]
    .filter(path => path !== '404.html')
    .map(path => siteAddress + path.slice(0, -'index.html'.length))
  expect(addresses.toSorted()).toEqual(expected.toSorted())
  const links = [...file('llms.txt').matchAll(/\]\(([^)]*)\)/g)].map(match =>
    (match[1] ?? '').slice(siteAddress.length),
  )
  expect(links.filter(link => !built.site.has(link))).toEqual([])
  expect(links.length).toBeGreaterThan(built.catalogue.servers.length + built.catalogue.attacks.length)
  expect(file('robots.txt')).toContain(`Sitemap: ${siteAddress}sitemap.xml`)
})

test('what llms.txt says of the JSON is so', () => {
  const file = (path: string) => fields(JSON.parse(built.site.file(path)?.text ?? '{}') as unknown)
  const guide = built.site.file('llms.txt')?.text ?? ''
  const index = file('search.json')
  const rows = index['tools'] as readonly (readonly [number, string, string, number, readonly number[]])[]
  for (const [server, folder, name, category, flags] of rows.filter((_, at) => at % 97 === 0)) {
    const tool = file(`${folder}index.json`)
    const rating = fields(tool['rating'])
    const [slug] = (index['servers'] as readonly (readonly [string])[])[server] ?? []
    expect([text(tool['name']), text(tool['server'])]).toEqual([name, slug])
    expect(text(rating['category'])).toBe((index['categories'] as readonly string[])[category])
    expect(rating['flags']).toEqual(flags.map(flag => (index['flags'] as readonly string[])[flag]))
    for (const key of ['rating', 'definition', 'policy', 'questions']) expect(Object.keys(tool), name).toContain(key)
    const own = file(`servers/${slug}/index.json`)
    expect(Object.keys(fields(own['policies']))).toEqual(['read-only', 'guarded', 'open'])
    for (const key of ['grade', 'totals', 'tokens', 'tools', 'policies']) expect(Object.keys(own), name).toContain(key)
  }
  expect(guide).toContain('[server, folder, name, category, flags, text]')
  for (const key of ['rating', 'definition', 'policy', 'questions', 'grade', 'totals', 'tokens', 'policies'])
    expect(guide).toContain(`\`${key}\``)
})

test('the search index leads to every tool, and is the same as JSON and as a script', () => {
  const json = built.site.file('search.json')?.text ?? ''
  expect(built.site.file('search-data.js')?.text).toBe(`globalThis.searchData = ${json}`)
  const { tools } = JSON.parse(json) as { tools: readonly (readonly [number, string])[] }
  expect(tools.filter(([, folder]) => !built.site.has(`${folder}index.html`))).toEqual([])
  const all = built.catalogue.servers.reduce((sum, server) => sum + server.tools.length + server.functions.length, 0)
  expect(tools.length).toBe(all)
})

test('the same catalogue gives the same bytes', async () => {
  const again = await shippedSite()
  expect(again.site.paths).toEqual(built.site.paths)
  for (const path of again.site.paths.filter((_, at) => at % 7 === 0))
    expect(again.site.file(path)?.text === (sources.get(path) ?? built.site.file(path)?.text), path).toBe(true)
}, 180_000)
