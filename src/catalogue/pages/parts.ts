/** Pieces that several pages are made of: badges, bars, code to copy, lists of tools. */
import { type Category, categories } from '../recommend.ts'
import { attackFolder, methodFolder, relative, serverFolder, toolFolder } from './address.ts'
import { type Html, html, said } from './markup.ts'
import type { CatalogueServer, CatalogueTool } from './model.ts'
import { descriptionOf, type RiskFlag, severityOf } from './rating.ts'
import { categoryMeans, counted, firstSentence, flagWords, grouped } from './words.ts'

/** The category as a coloured label. */
export function categoryBadge(category: Category): Html {
  return html`<span class="badge ${severityOf[category]}" title="${category} ${categoryMeans[category]}">${category}</span>`
}

/** The grade of a server. */
export function gradeBadge(grade: string): Html {
  return html`<span class="grade grade-${grade.toLowerCase()}"><span class="unheard">Grade </span>${grade}</span>`
}

/** A flag that leads to its explanation. */
export function flagBadge(flag: RiskFlag, from: string): Html {
  return html`<a class="flag" href="${relative(from, methodFolder)}#flag-${flag}" title="${flagWords[flag].means}">${flagWords[flag].title}</a>`
}

/** Code with a button that copies it. `caption` says what to do with it. */
export function copyable(caption: string, code: string): Html {
  return html`<figure class="code">
<figcaption>${caption}<button type="button" class="copy">Copy</button></figcaption>
<pre tabindex="0"><code>${said(code)}</code></pre>
</figure>`
}

/** How many tools of each category, as a bar. Read to the blind as the list that always stands beside it. */
export function bar(totals: Readonly<Record<Category, number>>): Html {
  const all = categories.reduce((sum, each) => sum + totals[each], 0)
  let x = 0
  const parts = categories.flatMap(category => {
    const width = all === 0 ? 0 : (1000 * totals[category]) / all
    if (width === 0) return []
    const part = html`<rect class="fill-${category.toLowerCase()}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="10"/>`
    x += width
    return [part]
  })
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts}</svg>`
}

/** `12 Read · 3 Write`, with the colours of the bar. */
export function legend(totals: Readonly<Record<Category, number>>): Html {
  const parts = categories.filter(each => totals[each] > 0)
  if (parts.length === 0) return html`<p class="legend">no tools</p>`
  return html`<ul class="legend">${parts.map(each => html`<li><span class="dot fill-${each.toLowerCase()}"></span>${grouped(totals[each])} ${each}</li>`)}</ul>`
}

export function toolLink(tool: CatalogueTool, from: string): Html {
  const address = relative(from, toolFolder(tool.server.slug, tool.folder))
  return html`<a href="${address}"><code>${tool.name}</code></a>`
}

export function serverLink(server: CatalogueServer, from: string): Html {
  return html`<a href="${relative(from, serverFolder(server.slug))}">${server.record.title}</a>`
}

export function attackLink(id: string, name: string, from: string): Html {
  return html`<a href="${relative(from, attackFolder(id))}">${name}</a>`
}

/** Tools with their rating and the first sentence they say about themselves; `isFiltered` where a filter stands above them. */
export function toolList(tools: readonly CatalogueTool[], from: string, isFiltered = false): Html {
  return html`<ul class="tools"${isFiltered ? html` data-list="tool"` : ''}>
${tools.map(tool => html`<li${isFiltered ? html` data-kind="${tool.rated.category}" data-flags="${tool.rated.flags.join(' ')}"` : ''}>${toolLink(tool, from)} ${categoryBadge(tool.rated.category)}${flagsOf(tool)}<p>${summaryOf(tool)}</p></li>\n`)}</ul>`
}

const summaries = new WeakMap<CatalogueTool, Html>()

/** A tool stands in the lists of a dozen others: its sentence is found once. */
function summaryOf(tool: CatalogueTool): Html {
  const known = summaries.get(tool)
  if (known !== undefined) return known
  const summary = prose(firstSentence(descriptionOf(tool.definition)) || 'No description.')
  summaries.set(tool, summary)
  return summary
}

function flagsOf({ rated }: CatalogueTool): Html | undefined {
  if (rated.flags.length === 0) return undefined
  return html` <span class="marks">${rated.flags.map(flag => flagWords[flag].title).join(' · ')}</span>`
}

/** A text of a server in a box of its own: collapsed when it is long. */
export function quotation(given: string, what: string): Html {
  const text = dedented(given)
  const own = html`<blockquote class="said">${said(text)}</blockquote>`
  if (text.length <= longTextChars && text.split('\n').length <= longTextLines) return own
  const start = text.slice(0, previewChars).split('\n').slice(0, longTextLines).join('\n')
  return html`<blockquote class="said">${said(start.replace(/[\ud800-\udbff]$/, ''))} …</blockquote>
<details><summary>${what} in full, ${counted(given.length, 'character')}</summary>
<blockquote class="said">${said(text.slice(0, textCharsMax))}${text.length > textCharsMax ? ' … (cut here)' : ''}</blockquote></details>`
}

/** Without the empty lines around it and the indentation that all its lines but the first share: code was written so. */
function dedented(text: string): string {
  const lines = text
    .replace(/^(?:[ \t]*\r?\n)+/, '')
    .trimEnd()
    .split('\n')
  const indents = lines.slice(1).flatMap(line => (line.trim() === '' ? [] : [/^ */.exec(line)?.[0].length ?? 0]))
  const shared = indents.length === 0 ? 0 : indents.reduce((least, each) => Math.min(least, each))
  return lines.map((line, at) => (at === 0 ? line.trimStart() : line.slice(Math.min(shared, line.length)))).join('\n')
}

const longTextChars = 700
const longTextLines = 12
const previewChars = 420
/** A page shows no more of one text; the whole of it stands in the definition. */
const textCharsMax = 20_000

/** Facts as a list of terms; entries without a value are left out. */
export function facts(entries: readonly (readonly [string, Html | string | undefined])[]): Html {
  return html`<dl class="facts">
${entries.map(([term, value]) => (value === undefined ? undefined : html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`))}</dl>`
}

/** `12 %`, `0.4 %`: a part of a whole. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '0 %'
  const percent = (100 * part) / whole
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`
}

/** A day: how long ago it was where a script runs, itself on hover. Stands at the end of its line, so that nothing moves. */
export function dayOf(date: string): Html {
  return html`<time class="ago" datetime="${date}">${date}</time>`
}

/** Our own words: `code` in backticks becomes code, everything else is text. */
export function prose(text: string): Html {
  const parts = text.split(/`([^`]*)`/)
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
