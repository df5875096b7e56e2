/**
 * The frame of every page: head, navigation, the way back, footer. A page says its folder, its words and its data; what
 * stands in its head follows from these, so that no page lacks a title, a description, an address or its JSON.
 */
import { attacksFolder, driftFolder, methodFolder, relative, riskFolder } from './address.ts'
import { type Html, html } from './markup.ts'
import { dayOf } from './parts.ts'
import { firstSentence } from './words.ts'

export interface Crumb {
  readonly title: string
  readonly folder: string
}

export interface Page {
  /** From the root of the site, ending with `/`; '' for the root. */
  readonly folder: string
  /** What stands in the window's title, before the name of the site. */
  readonly title: string
  /** What stands in the way back, where the title would say the pages above again. */
  readonly shortTitle?: string
  /** One or two sentences, for search engines and lists of links. */
  readonly description: string
  /** The pages above this one, from the top; the start page is not among them. */
  readonly crumbs: readonly Crumb[]
  readonly body: Html
  /** The same for programs. */
  readonly data: Readonly<Record<string, unknown>>
  /** A page that is shown in place of others: a file of its own, without JSON beside it. */
  readonly file?: string
}

/** What every page needs to know of the site it is part of. */
export interface Frame {
  /** Where the site will stand, ending with `/`. */
  readonly baseUrl: string
  /** The last day on which a server was looked at. */
  readonly date: string
}

/** Search engines show so much of a title; a longer one goes without the name of the site. */
const titleCharsMax = 70

const siteName = 'Sallyport catalogue'

/** Nothing may be loaded but the style, the script and the icon of the site, and nothing may be sent. */
export const contentPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%232b6e8f' d='M2 15V7a6 6 0 0 1 12 0v8h-3V7a3 3 0 0 0-6 0v8z'/%3E%3C/svg%3E"

/** The document. `root` overrides the way to the root, for a page that is shown under other addresses. */
export function renderPage(page: Page, frame: Frame, root = relative(page.folder, '')): string {
  const to = (target: string) => (root === './' && target !== '' ? target : `${root}${target}`)
  const address = `${frame.baseUrl}${page.file ?? page.folder}`
  const named = `${page.title} · ${siteName}`
  const isWhole = (page.folder === '' && page.file === undefined) || named.length > titleCharsMax
  const title = isWhole ? page.title : named
  const { markup } = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${firstSentence(page.description, 300)}">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<link rel="canonical" href="${address}">
${
  page.file === undefined
    ? html`<link rel="alternate" type="application/json" href="index.json">
`
    : html`<meta name="robots" content="noindex">
`
}<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${to('style.css')}">
<script src="${to('site.js')}" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="top">
<a class="brand" href="${to('')}">${siteName}</a>
<nav aria-label="Catalogue">
${navigation(page, to)}
</nav>
</header>
<main id="content">
${crumbs(page, to)}
${page.body}
</main>
<footer class="bottom">
<p>Ratings are computed from what servers say about their tools, by fixed rules; no model is asked. <a href="${to(methodFolder)}">How, and how often they are right</a>.</p>
<p>${page.file === undefined ? html`<a href="index.json">This page as JSON</a> · ` : ''}<a href="${to('llms.txt')}">llms.txt</a>${frame.date === '' ? '' : html` · servers were last looked at ${dayOf(frame.date)}`}</p>
</footer>
</body>
</html>
`
  return markup
}

function navigation({ folder, file }: Page, to: (folder: string) => string): readonly Html[] {
  const entries: readonly (readonly [string, string])[] = [
    ['', 'Servers'],
    [riskFolder, 'Risk levels'],
    [attacksFolder, 'Attacks'],
    [driftFolder, 'Drift'],
    [methodFolder, 'Method'],
  ]
  return entries.map(([target, title]) => {
    const isWithin = target === '' ? folder === '' || folder.startsWith('servers/') : folder.startsWith(target)
    const isHere = file === undefined && isWithin
    return isHere
      ? html`<a href="${to(target)}" aria-current="${folder === target ? 'page' : 'true'}">${title}</a>\n`
      : html`<a href="${to(target)}">${title}</a>\n`
  })
}

function crumbs({ crumbs: above, title, shortTitle = title }: Page, to: (folder: string) => string): Html | undefined {
  if (above.length === 0) return undefined
  return html`<nav class="crumbs" aria-label="Breadcrumb"><ol>
${above.map(each => html`<li><a href="${to(each.folder)}">${each.title}</a></li>\n`)}<li aria-current="page">${shortTitle}</li>
</ol></nav>`
}
