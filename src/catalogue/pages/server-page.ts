/** The page of one server: how many tools of which kind, what they cost, how it stands, and its policies to copy. */
import { isToolName } from '../../wire/names.ts'
import { type Category, categories, levels, recommendedPolicy } from '../recommend.ts'
import { categoryFolder, methodFolder, relative, serverFolder, toolFolder } from './address.ts'
import { stepData } from './drift-page.ts'
import { historyPart } from './drift-part.ts'
import { choice, filteredRowsMin, filters, flagChoice, foundLine, nothingLeft } from './filter-part.ts'
import { configurationText, installLine } from './install.ts'
import type { Page } from './layout.ts'
import { type Html, html, listed } from './markup.ts'
import type { Catalogue, CatalogueServer, CatalogueTool } from './model.ts'
import { bar, copyable, gradeBadge, legend, prose, serverLink, share, toolLink, toolList } from './parts.ts'
import { descriptionOf } from './rating.ts'
import { refusalsPart } from './refusal-part.ts'
import { sampleRules } from './samples.ts'
import { costPart, gradePart, gradeReason, posturePart } from './server-parts.ts'
import { categoryCalls, categoryMeans, counted, firstSentence, grouped } from './words.ts'

/** The page of a server. */
export function serverPage(server: CatalogueServer, catalogue: Catalogue): Page {
  const { record, tools, totals, tokens, grade } = server
  const folder = serverFolder(server.slug)
  const changing = tools.length - totals.Read
  const grave = totals.Execute + totals.Destructive + totals.Financial
  const counts = `${counted(tools.length, 'tool')}: ${grouped(totals.Read)} only read, ${grouped(changing)} can change something, ${grouped(grave)} can execute, destroy or pay`
  return {
    folder,
    title: record.title,
    description: `${record.title} MCP server, grade ${grade.grade}: ${counts}. Ratings with evidence, token cost and policies to copy.`,
    crumbs: [{ title: 'Servers', folder: '' }],
    body: html`<header class="lead">
<p class="kind">MCP server</p>
<h1>${record.title} ${gradeBadge(grade.grade)}</h1>
<p class="summary">${record.description === '' ? 'The package says nothing about itself.' : firstSentence(record.description, 300)}</p>
</header>
<p>${counts}. The definitions cost an agent ${counted(tokens, 'token')}, ${share(tokens, 200_000)} of a context of 200,000.</p>
<p>${gradeReason(server)}</p>
${bar(totals)}
${legend(totals)}
${record.origin === undefined ? '' : html`<aside class="callout"><p>${prose(record.origin)}</p></aside>`}
${refusalsPart(server, folder)}
<nav class="contents" aria-label="On this page"><a href="#can">What it can do</a> <a href="#policies">Policies</a> <a href="#install">Install</a> <a href="#tools">Tools</a> <a href="#grade">Grade</a> <a href="#cost">Cost</a> <a href="#posture">Posture</a> <a href="#history">Drift</a></nav>
<section><h2 id="can">What it can do</h2>
${paragraphs(server, folder)}</section>
${policiesPart(server)}
${installPart(server)}
${toolsPart(server, folder)}
${functionsPart(server, folder)}
${gradePart(server, folder)}
${costPart(server, folder)}
${posturePart(server, folder)}
${historyPart(server)}
${similarPart(server, catalogue, folder)}`,
    data: serverData(server, catalogue),
  }
}

const namesShown = 30

/** One paragraph a category, the worst first, naming its tools. */
function paragraphs({ tools }: CatalogueServer, folder: string): Html {
  const parts = categories.toReversed().flatMap(category => {
    const own = tools.filter(tool => tool.rated.category === category)
    return own.length === 0 ? [] : [paragraph(category, own, folder)]
  })
  return parts.length === 0 ? html`<p>It offers no tools.</p>` : html`${parts}`
}

function paragraph(category: Category, own: readonly CatalogueTool[], folder: string): Html {
  const shown = own.slice(0, namesShown).map(tool => toolLink(tool, folder))
  const names =
    own.length > namesShown
      ? html`${shown.map(each => html`${each}, `)} and <a href="#tools">${own.length - namesShown} more</a>`
      : listed(shown)
  return html`<p class="category"><strong class="${category.toLowerCase()}"><a href="${relative(folder, categoryFolder(category))}">${category}</a>, ${own.length}.</strong> ${names}. Each ${categoryMeans[category]}. ${categoryCalls[category]}</p>\n`
}

const levelIntroductions: Readonly<Record<(typeof levels)[number], string>> = {
  'read-only': 'What reads is let through at a pace, everything else is hidden. For agents that answer questions.',
  guarded: 'Reading and writing at a pace a person can follow; the rest waits for a person. For daily work.',
  open: 'Everything but what cannot be taken back. For work in an environment that can be thrown away.',
}

/** The whole policy at a level; nothing for a server whose names no policy can hold. */
export function policyOf({ record, tools }: CatalogueServer, level: (typeof levels)[number]): string {
  const named = tools.filter(({ name }) => isToolName(name))
  return recommendedPolicy(
    record.title,
    named.map(({ name, rated }) => ({ name, category: rated.category, flags: rated.flags })),
    level,
  )
}

function policiesPart(server: CatalogueServer): Html {
  return html`<section><h2 id="policies">Policies for the whole server</h2>
<p>Each names every tool the server had when it was looked at. A tool it adds later is denied, but at the level <em>open</em>.</p>
${levels.map(
  level => html`<details class="policy"${level === 'guarded' ? html` open` : ''}><summary><strong>${level}</strong> <span>${levelIntroductions[level]}</span></summary>
${copyable(`policies/${server.slug}.yaml`, policyOf(server, level))}</details>\n`,
)}
<h3 id="samples">Single rules</h3>
<p>Each is a policy of its own for this server, and can be joined with the others under one <code>tools</code>.</p>
${sampleRules(server).map(
  ({ title, text, policy }) => html`<details class="question"><summary>${prose(title)}</summary>
<p>${prose(text)}</p>
${copyable('policy.yaml', policy)}</details>\n`,
)}</section>`
}

function installPart({ record, slug }: CatalogueServer): Html {
  const line = installLine(record)
  const text = configurationText(record, `policies/${slug}.yaml`)
  return html`<section><h2 id="install">Install</h2>
${line === undefined ? html`<p>It does not come from npm.${record.url === undefined ? '' : html` It is reached at <code>${record.url}</code>.`}</p>` : copyable('Alone', line)}
${
  text === undefined
    ? ''
    : html`<p>Behind the gateway, with one of the policies above:</p>
${copyable('sallyport.yaml', text)}
<p class="note">Values like <code>env:NAME</code> are read from the environment of the gateway; the agent never holds them. Then <code>sallyport grant create</code> or a <code>token</code> gives the grant its credential.</p>`
}</section>`
}

function toolsPart({ tools }: CatalogueServer, folder: string): Html {
  const sorted = tools.toSorted(
    (a, b) => categories.indexOf(b.rated.category) - categories.indexOf(a.rated.category) || (a.name < b.name ? -1 : 1),
  )
  if (tools.length < filteredRowsMin)
    return html`<section><h2 id="tools">Tools, the gravest first</h2>
${toolList(sorted, folder)}</section>`
  const kinds = categories.filter(each => tools.some(tool => tool.rated.category === each))
  return html`<section><h2 id="tools">Tools, the gravest first</h2>
${filters('Search its tools', [
  kinds.length < 2
    ? undefined
    : choice(
        'kind',
        'Category',
        'any',
        kinds.toReversed().map(each => [each, each]),
      ),
  flagChoice(new Set(tools.flatMap(tool => tool.rated.flags))),
])}
${foundLine(counted(tools.length, 'tool'))}
${nothingLeft('No tool of this server has all of that. Fewer or shorter words find more.')}
${toolList(sorted, folder, true)}</section>`
}

function functionsPart({ functions, record }: CatalogueServer, folder: string): Html | undefined {
  if (functions.length === 0 || record.functions === undefined) return undefined
  return html`<section><h2 id="functions">Functions behind <code>${record.functions.within}</code></h2>
<p>${prose(record.functions.note ?? '')} They are rated like tools and counted nowhere.</p>
${toolList(functions, folder)}</section>`
}

function similarPart(server: CatalogueServer, catalogue: Catalogue, folder: string): Html | undefined {
  const near = catalogue.similar.get(server.slug) ?? []
  if (near.length === 0) return undefined
  return html`<section><h2 id="similar">Similar servers</h2>
<ul class="entries">
${near.map(each => html`<li>${serverLink(each.server, folder)} ${gradeBadge(each.server.grade.grade)}<p>${counted(each.server.tools.length, 'tool')}; both are about ${each.words.join(', ')}</p></li>\n`)}</ul></section>`
}

function serverData(server: CatalogueServer, catalogue: Catalogue): Record<string, unknown> {
  const { record, tools, functions, totals, tokens, grade, slug } = server
  const brief = (tool: CatalogueTool) => ({
    name: tool.name,
    category: tool.rated.category,
    severity: tool.rated.severity,
    flags: tool.rated.flags,
    confidence: tool.rated.confidence,
    tokens: tool.rated.tokens,
    summary: firstSentence(descriptionOf(tool.definition)),
    folder: toolFolder(slug, tool.folder),
  })
  return {
    kind: 'server',
    slug,
    title: record.title,
    description: record.description,
    ...(record.package === undefined ? {} : { package: record.package }),
    ...(record.version === undefined ? {} : { version: record.version }),
    ...(record.registryName === undefined ? {} : { registryName: record.registryName }),
    ...(record.licence === undefined ? {} : { licence: record.licence }),
    ...(record.repository === undefined ? {} : { repository: record.repository }),
    ...(record.origin === undefined ? {} : { origin: record.origin }),
    scannedAt: record.scannedAt,
    protocolVersion: record.protocolVersion,
    era: record.era,
    totals,
    tokens,
    grade,
    install: installLine(record),
    tools: tools.map(brief),
    ...(functions.length === 0 ? {} : { functions: functions.map(brief) }),
    policies: Object.fromEntries(levels.map(level => [level, policyOf(server, level)])),
    samples: sampleRules(server),
    similar: (catalogue.similar.get(slug) ?? []).map(each => ({ slug: each.server.slug, words: each.words })),
    ...(server.refusals.length === 0 ? {} : { notPinned: server.refusals }),
    history: record.history.map(stepData),
    method: methodFolder,
  }
}
