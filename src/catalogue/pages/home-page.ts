/** The start page: every server, with a search that works on the list as it stands and on an index of the tools. */
import { categories } from '../recommend.ts'
import { attacksFolder, methodFolder, riskFolder, serverFolder } from './address.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import type { Catalogue, CatalogueServer } from './model.ts'
import { bar, gradeBadge, legend, serverLink } from './parts.ts'
import { flagNames } from './rating.ts'
import { counted, firstSentence, flagWords, grouped } from './words.ts'

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
<p class="summary">${counted(servers.length, 'server')}, ${grouped(all)} tools, each rated from its definition with the words it rests on. ${grouped(grave)} of them execute, destroy or pay. Every page ends in a policy that the gateway enforces.</p>
${bar(totals)}
${legend(totals)}</header>
${searchPart()}
<section><h2 id="servers">Servers</h2>
<p class="status" id="found" role="status">${counted(servers.length, 'server')}</p>
<ul class="servers" id="server-list">
${servers.map(server => row(server))}</ul>
<section id="tool-results" class="results" hidden><h2>Tools</h2>
<ul class="tools" id="tool-list"></ul></section></section>
<section><h2 id="more">More</h2>
<ul class="entries">
<li><a href="${riskFolder}">Risk levels</a><p>Tools by what it takes to undo a call.</p></li>
<li><a href="${attacksFolder}">Attacks</a><p>${attacks.length} attacks, with the policy against each.</p></li>
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

/** Filters of the list. Hidden by the style sheet where no script runs: nothing moves when it does. */
function searchPart(): Html {
  return html`<search class="find" id="find">
<div class="field wide"><label for="q">Search servers and tools</label><input id="q" name="q" type="search" spellcheck="false"></div>
<div class="field"><label for="can">That have tools which</label><select id="can" name="can"><option value="">do anything</option><option value="Financial">pay</option><option value="Destructive">destroy</option><option value="Execute">execute</option><option value="Write">write</option><option value="only-Read">only read</option></select></div>
<div class="field"><label for="flag">Flag</label><select id="flag" name="flag"><option value="">any</option>${flagNames.map(flag => html`<option value="${flag}">${flagWords[flag].title}</option>`)}</select></div>
<div class="field"><label for="grade">Grade</label><select id="grade" name="grade"><option value="">any</option><option value="A">A</option><option value="AB">B or better</option><option value="ABC">C or better</option><option value="DF">D or F</option></select></div>
</search>`
}

function row(server: CatalogueServer): Html {
  const { record, tools, totals, grade, slug } = server
  const flags = flagNames.filter(flag => tools.some(tool => tool.rated.flags.includes(flag)))
  const can = categories.filter(each => totals[each] > 0)
  const words =
    `${record.title} ${slug} ${record.package ?? ''} ${record.registryName ?? ''} ${record.description}`.toLowerCase()
  return html`<li data-words="${words}" data-grade="${grade.grade}" data-can="${can.join(' ')}" data-flags="${flags.join(' ')}">
<div><h3>${serverLink(server, '')}</h3><p>${firstSentence(record.description, 140) || 'No description.'}</p></div>
<div>${bar(totals)}${legend(totals)}</div>
${gradeBadge(grade.grade)}</li>\n`
}
