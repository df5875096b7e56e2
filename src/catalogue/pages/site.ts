/**
 * The site: every file by its path, made when it is asked for. Pages are pairs of `index.html` and `index.json`; beside
 * them the style, the script, the search index, and what crawlers and models look for. Deterministic: the same
 * catalogue gives the same bytes.
 */
import { categories } from '../recommend.ts'
import { attacksFolder, riskFolder } from './address.ts'
import { attackListPage, attackPage } from './attack-pages.ts'
import { driftPage } from './drift-page.ts'
import { llmsText, robots, searchIndex, sitemap } from './feeds.ts'
import { homePage } from './home-page.ts'
import { type Frame, type Page, renderPage } from './layout.ts'
import { html } from './markup.ts'
import { methodPage } from './method-page.ts'
import type { Catalogue } from './model.ts'
import { severities } from './rating.ts'
import { categoryPage, levelPage, riskPage } from './risk-pages.ts'
import { serverPage } from './server-page.ts'
import { toolPage } from './tool-page.ts'

export interface SiteFile {
  readonly type: string
  readonly text: string
}

export interface SiteAssets {
  readonly style: string
  readonly script: string
}

/** The files of a site by their path from its root; a path that ends with `/` is not among them. */
export interface Site {
  readonly paths: readonly string[]
  has(path: string): boolean
  file(path: string): SiteFile | undefined
}

const types = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
} as const

/** Plans every file; nothing is rendered yet. */
export function buildSite(catalogue: Catalogue, assets: SiteAssets, baseUrl: string): Site {
  const frame: Frame = { baseUrl, date: catalogue.date }
  const makers = new Map<string, () => SiteFile>()
  // HTML and JSON are two forms of one page, and mostly asked for one after the other
  let kept: { readonly folder: string; readonly page: Page } | undefined
  const keep = (folder: string, plan: () => Page): Page => {
    if (kept?.folder !== folder) kept = { folder, page: plan() }
    return kept.page
  }
  const add = (path: string, type: keyof typeof types, text: () => string) =>
    makers.set(path, () => ({ type: types[type], text: text() }))
  const pages = pagesOf(catalogue)
  for (const [folder, plan] of pages) {
    const make = () => keep(folder, plan)
    add(`${folder}index.html`, 'html', () => renderPage(make(), frame))
    add(`${folder}index.json`, 'json', () => pageJson(make(), frame))
  }
  add('404.html', 'html', () => renderPage(missingPage(rootOf(baseUrl)), frame, rootOf(baseUrl)))
  add('style.css', 'css', () => assets.style)
  add('site.js', 'js', () => assets.script)
  add('search.json', 'json', () => `${JSON.stringify(searchIndex(catalogue))}\n`)
  // the same as a script: the content policy of the site lets scripts of its own be loaded, and nothing else
  add('search-data.js', 'js', () => `globalThis.searchData = ${JSON.stringify(searchIndex(catalogue))}\n`)
  add('sitemap.xml', 'xml', () => sitemap([...pages.keys()], frame))
  add('robots.txt', 'txt', () => robots(frame))
  add('llms.txt', 'txt', () => llmsText(catalogue, frame))
  return { paths: [...makers.keys()], has: path => makers.has(path), file: path => makers.get(path)?.() }
}

function pagesOf(catalogue: Catalogue): ReadonlyMap<string, () => Page> {
  const pages = new Map<string, () => Page>()
  const add = (make: () => Page, folder: string) => pages.set(folder, make)
  add(() => homePage(catalogue), '')
  for (const server of catalogue.servers) {
    add(() => serverPage(server, catalogue), `servers/${server.slug}/`)
    for (const tool of [...server.tools, ...server.functions])
      add(() => toolPage(tool, catalogue), `servers/${server.slug}/${tool.folder}/`)
  }
  add(() => attackListPage(catalogue), 'attacks/')
  for (const attack of catalogue.attacks) add(() => attackPage(attack, catalogue), `attacks/${attack.id}/`)
  add(() => riskPage(catalogue), 'risk/')
  for (const level of severities) add(() => levelPage(level, catalogue), `risk/${level}/`)
  for (const category of categories)
    add(() => categoryPage(category, catalogue), `categories/${category.toLowerCase()}/`)
  add(() => driftPage(catalogue), 'drift/')
  add(() => methodPage(catalogue), 'method/')
  return pages
}

/** What a page holds, for programs; its title and address are those of the page. */
function pageJson({ title, description, folder, data }: Page, { baseUrl, date }: Frame): string {
  return `${JSON.stringify({ title, description, url: `${baseUrl}${folder}`, catalogueDate: date, ...data }, null, 1)}\n`
}

/** What is shown under an address that leads nowhere: `root` leads to the start page from any of them. */
function missingPage(root: string): Page {
  return {
    folder: '',
    file: '404.html',
    title: 'Nothing here',
    description: 'There is no page at this address.',
    crumbs: [],
    body: html`<header class="lead"><h1>Nothing here</h1>
<p class="summary">There is no page at this address. A tool that a server no longer offers has none, and a server that is not in the catalogue has none.</p></header>
<p id="missed" hidden><a href="${root}">Search for <code></code></a></p>
<ul class="entries">
<li><a href="${root}">All servers</a><p>With a search over servers and tools.</p></li>
<li><a href="${root}${riskFolder}">Risk levels</a><p>Tools by what it takes to undo a call.</p></li>
<li><a href="${root}${attacksFolder}">Attacks</a><p>How each works, and the policy against it.</p></li>
</ul>
<p>A server that is not here is rated on your own machine: <code>sallyport catalogue scan</code> takes its command, its address or your client’s configuration.</p>`,
    data: {},
  }
}

/** The root as every address can name it, for a page that is shown under any. */
function rootOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.pathname ?? '/'
}
