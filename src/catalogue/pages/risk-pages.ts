/** Tools by severity and by category: an overview, a page a level, a page a category. */
import { type Category, categories } from '../recommend.ts'
import { categoryFolder, levelFolder, relative, riskFolder, toolFolder } from './address.ts'
import { choice, filteredRowsMin, filters, flagChoice, foundLine, nothingLeft } from './filter-part.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import type { Catalogue, CatalogueTool } from './model.ts'
import { attackLink, bar, legend, serverLink, share, toolLink } from './parts.ts'
import { flagNames, type Severity, severities, severityOf } from './rating.ts'
import {
  categoryCalls,
  categoryMeans,
  counted,
  flagWords,
  grouped,
  levelCategories,
  severityMeans,
  severityWords,
} from './words.ts'

/** The overview: levels, categories, flags and how many tools have each. */
export function riskPage(catalogue: Catalogue): Page {
  const folder = riskFolder
  const tools = catalogue.servers.flatMap(server => server.tools)
  const at = (level: Severity) => tools.filter(tool => tool.rated.severity === level).length
  return {
    folder,
    title: 'Risk levels',
    description: `${grouped(tools.length)} MCP tools by what it takes to undo a call: ${severities
      .toReversed()
      .map(level => `${at(level)} ${level}`)
      .join(', ')}.`,
    crumbs: [],
    body: html`<header class="lead"><h1>Risk levels</h1>
<p class="summary">A level says what it takes to undo the worst that one call can do. It follows from the category, and the category from the definition.</p></header>
${bar(catalogue.totals)}
${legend(catalogue.totals)}
<section><h2 id="levels">By level</h2>
<ul class="entries">
${severities.toReversed().map(level => html`<li><a href="${relative(folder, levelFolder(level))}">${severityWords[level]}</a> <span class="marks">${counted(at(level), 'tool')}, ${share(at(level), tools.length)}</span><p>${severityMeans[level].replace(/^./, first => first.toUpperCase())}.</p></li>\n`)}</ul></section>
<section><h2 id="categories">By category</h2>
<ul class="entries">
${categories.toReversed().map(each => html`<li><a href="${relative(folder, categoryFolder(each))}">${each}</a> <span class="level ${severityOf[each]}">${severityOf[each]}</span> <span class="marks">${counted(catalogue.totals[each], 'tool')}</span><p>${each} ${categoryMeans[each]}.</p></li>\n`)}</ul></section>
<section><h2 id="flags">By flag</h2>
<table class="plain">
<thead><tr><th scope="col">Flag</th><th scope="col">What is true of the tool</th><th scope="col" class="number">Tools</th></tr></thead>
<tbody>
${flagNames.map(flag => html`<tr><td><a href="${relative(folder, '')}?flag=${flag}">${flagWords[flag].title}</a></td><td>${flagWords[flag].means}</td><td class="number">${tools.filter(tool => tool.rated.flags.includes(flag)).length}</td></tr>\n`)}</tbody>
</table></section>`,
    data: {
      kind: 'risk',
      tools: tools.length,
      levels: Object.fromEntries(severities.map(level => [level, at(level)])),
      categories: catalogue.totals,
      flags: Object.fromEntries(
        flagNames.map(flag => [flag, tools.filter(tool => tool.rated.flags.includes(flag)).length]),
      ),
    },
  }
}

/** Every tool of one level. */
export function levelPage(level: Severity, catalogue: Catalogue): Page {
  const tools = toolsWhere(catalogue, tool => tool.rated.severity === level)
  const all = categories.reduce((sum, each) => sum + catalogue.totals[each], 0)
  const attacks = catalogue.attacks.filter(({ affects }) =>
    affects.categories.some(each => severityOf[each as Category] === level),
  )
  const own = levelCategories[level]
  return listPage({
    folder: levelFolder(level),
    title: `${severityWords[level]} risk`,
    description: `${counted(tools.length, 'MCP tool')} of ${grouped(all)} are of ${level} risk: ${severityMeans[level]}.`,
    lead: html`<p class="summary">${severityMeans[level].replace(/^./, first => first.toUpperCase())}. ${grouped(tools.length)} of ${grouped(all)} tools, ${share(tools.length, all)}.</p>
${own.map(each => html`<p><a href="${relative(levelFolder(level), categoryFolder(each))}">${each}</a> ${categoryMeans[each]}. ${categoryCalls[each]}</p>\n`)}
${attacks.length === 0 ? '' : html`<p>Attacks on such tools: ${attacks.map((each, at) => html`${at > 0 ? ', ' : ''}${attackLink(each.id, each.name, levelFolder(level))}`)}.</p>`}`,
    tools,
    data: { kind: 'level', level },
  })
}

/** Every tool of one category. */
export function categoryPage(category: Category, catalogue: Catalogue): Page {
  const tools = toolsWhere(catalogue, tool => tool.rated.category === category)
  const level = severityOf[category]
  return listPage({
    folder: categoryFolder(category),
    title: `${category} tools`,
    description: `${counted(tools.length, 'MCP tool')} rated ${category} (${level}): a tool that ${categoryMeans[category]}.`,
    lead: html`<p class="summary">${category} ${categoryMeans[category]}. <a href="${relative(categoryFolder(category), levelFolder(level))}">${severityWords[level]}</a>: ${severityMeans[level]}.</p>
<p>${categoryCalls[category]}</p>`,
    tools,
    data: { kind: 'category', category },
  })
}

function toolsWhere({ servers }: Catalogue, test: (tool: CatalogueTool) => boolean): readonly CatalogueTool[] {
  return servers.flatMap(server => server.tools.filter(test))
}

interface ListPlan extends Pick<Page, 'folder' | 'title' | 'description'> {
  readonly lead: Html
  readonly tools: readonly CatalogueTool[]
  readonly data: Readonly<Record<string, unknown>>
}

function listFilters(tools: readonly CatalogueTool[]): Html {
  const kinds = categories.filter(each => tools.some(tool => tool.rated.category === each))
  return html`${filters('Search names of tools and servers', [
    kinds.length < 2
      ? undefined
      : choice(
          'kind',
          'Category',
          'any',
          kinds.map(each => [each, each]),
        ),
    flagChoice(new Set(tools.flatMap(tool => tool.rated.flags))),
  ])}
${foundLine(counted(tools.length, 'tool'))}
${nothingLeft('No tool of this list has all of that. Fewer or shorter words find more.')}`
}

/** Tools under the heading of their server. */
function listPage({ folder, title, description, lead, tools, data }: ListPlan): Page {
  const byServer = [...Map.groupBy(tools, tool => tool.server)]
  return {
    folder,
    title,
    description,
    crumbs: [{ title: 'Risk levels', folder: riskFolder }],
    body: html`<header class="lead"><h1>${title}</h1>
${lead}</header>
<section><h2 id="tools">${counted(tools.length, 'tool')} of ${counted(byServer.length, 'server')}</h2>
${tools.length < filteredRowsMin ? '' : listFilters(tools)}
<div class="groups" data-list="tool">
${byServer.map(
  ([server, own]) => html`<section><h3>${serverLink(server, folder)} <span class="marks">${own.length}</span></h3>
<ul class="names">${own.map(tool => html`<li data-kind="${tool.rated.category}" data-flags="${tool.rated.flags.join(' ')}" data-words="${`${tool.name} ${server.record.title}`.toLowerCase()}">${toolLink(tool, folder)}</li>`)}</ul></section>\n`,
)}</div></section>`,
    data: {
      ...data,
      tools: tools.map(tool => ({
        server: tool.server.slug,
        name: tool.name,
        category: tool.rated.category,
        flags: tool.rated.flags,
        folder: toolFolder(tool.server.slug, tool.folder),
      })),
    },
  }
}
