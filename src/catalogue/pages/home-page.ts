/** The start page: every server, with a search that works on the list as it stands and on an index of the tools. */
import { categories } from '../recommend.ts'
import { attacksFolder, driftFolder, methodFolder, riskFolder, serverFolder } from './address.ts'
import { choice, filters, flagChoice, foundLine, nothingLeft } from './filter-part.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import type { Catalogue, CatalogueServer } from './model.ts'
import { bar, gradeBadge, legend, serverLink } from './parts.ts'
import { flagNames } from './rating.ts'
import { counted, firstSentence, grouped } from './words.ts'

/** The start page. */
export function homePage(catalogue: Catalogue): Page {
  const { servers, totals, attacks } = catalogue
  const all = categories.reduce((sum, each) => sum + totals[each], 0)
  const grave = totals.Execute + totals.Destructive + totals.Financial
  return {
    folder: '',
    title: 'Sallyport catalogue: what MCP servers can do',
    description: `${counted(servers.length, 'MCP server')} and their ${grouped(all)} tools, each rated with quoted evidence, and a policy to copy for every one of them.`,
    crumbs: [],
    body: html`<header class="lead home"><h1>What MCP servers can do</h1>
<p class="summary">${counted(servers.length, 'server')}, ${grouped(all)} tools, each rated from its definition with the words it rests on. ${grouped(grave)} of them execute, destroy or pay. Each server and each tool has a policy to copy that the gateway enforces.</p>
${bar(totals)}
${legend(totals)}</header>
${searchPart()}
<section><h2 id="servers">Servers</h2>
${foundLine(counted(servers.length, 'server'))}
${nothingLeft(html`No server and no tool here has all of that. Fewer or shorter words find more. A server that is not in this catalogue is rated on your own machine: <code>sallyport catalogue scan</code> takes its command, its address or your client’s configuration.`)}
<ul class="servers" id="server-list" data-list="server">
${servers.map(server => row(server))}</ul>
<section id="tool-results" class="results" hidden><h2>Tools</h2>
<ul class="tools" id="tool-list"></ul></section></section>
<section><h2 id="more">More</h2>
<ul class="entries">
<li><a href="${riskFolder}">Risk levels</a><p>Tools by what it takes to undo a call.</p></li>
<li><a href="${attacksFolder}">Attacks</a><p>${attacks.length} attacks, with the policy against each.</p></li>
<li><a href="${driftFolder}">Drift</a><p>What servers changed from one version to the next, and what became riskier.</p></li>
<li><a href="${methodFolder}">Method</a><p>How ratings, flags, grades and token counts are made, and how often they are right.</p></li>
</ul></section>`,
    data: {
      kind: 'catalogue',
      servers: servers.map(({ slug, record, tools, totals: own, tokens, grade }) => ({
        slug,
        title: record.title,
        description: record.description,
        tools: tools.length,
        totals: own,
        tokens,
        grade: grade.grade,
        points: grade.points,
        folder: serverFolder(slug),
      })),
      totals,
    },
  }
}

function searchPart(): Html {
  return filters('Search servers and tools', [
    choice('can', 'With tools that', 'do anything', [
      ['Financial', 'pay'],
      ['Destructive', 'destroy'],
      ['Execute', 'execute'],
      ['Write', 'write'],
      ['only-Read', 'only read'],
    ]),
    flagChoice(new Set(flagNames)),
    choice('grade', 'Grade', 'any', [
      ['A', 'A'],
      ['AB', 'B or better'],
      ['ABC', 'C or better'],
      ['DF', 'D or F'],
    ]),
    choice('sort', 'Order', 'name', [
      ['points', 'worst grade'],
      ['tools', 'most tools'],
      ['tokens', 'most tokens'],
    ]),
  ])
}

function row(server: CatalogueServer): Html {
  const { record, tools, totals, tokens, grade, slug } = server
  const flags = flagNames.filter(flag => tools.some(tool => tool.rated.flags.includes(flag)))
  const can = categories.filter(each => totals[each] > 0)
  const words =
    `${record.title} ${slug} ${record.package ?? ''} ${record.registryName ?? ''} ${record.description}`.toLowerCase()
  return html`<li data-words="${words}" data-grade="${grade.grade}" data-points="${grade.points}" data-tools="${tools.length}" data-tokens="${tokens}" data-can="${can.join(' ')}" data-flags="${flags.join(' ')}">
<div><h3>${serverLink(server, '')}</h3><p>${firstSentence(record.description, 140) || 'No description.'}</p></div>
<div>${bar(totals)}${legend(totals)}<p class="marks">${counted(tools.length, 'tool')}, ${counted(tokens, 'token')}</p></div>
${gradeBadge(grade.grade)}</li>\n`
}
