/**
 * HTML as values. A template puts in nothing but what is escaped or was made here, so that a text of a stranger stays a
 * text: markup characters are escaped, invisible ones shown. There is no way to make `Html` of a string but `html`.
 */
import { showInvisible } from '../../wire/names.ts'

/** Markup that may stand in a page as it is. */
export interface Html {
  readonly markup: string
}

export type Part = Html | string | number | false | undefined | readonly Part[]

/** A piece of a page. Texts are escaped, for content and for attributes in double quotes alike. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] ?? ''
  for (const [at, part] of parts.entries()) markup += written(part) + (strings[at + 1] ?? '')
  return { markup }
}

/** Nothing at all. */
const nothing: Html = { markup: '' }

function written(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeText(part)
  if (typeof part === 'number') return String(part)
  if (isList(part)) return part.map(written).join('')
  return part.markup
}

function isList(part: Part): part is readonly Part[] {
  return Array.isArray(part)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** One line of text for an element or an attribute. Invisible characters, line ends too, become visible escapes. */
export function escapeText(text: string): string {
  return showInvisible(text).replace(/[&<>"']/g, found => entities[found] ?? '')
}

/**
 * What a server says, in as many lines as it has, for an element that keeps white space. Tabs become two spaces; every
 * other invisible character is marked, so that an escape that was always text can be told from one that was not.
 */
export function said(text: string): Html {
  const lines = text.replaceAll(/\r\n?/g, '\n').replaceAll('\t', '  ').split('\n')
  return { markup: lines.map(line => marked(line)).join('\n') }
}

/** One line of a stranger's text, the escapes of its invisible characters marked. */
function marked(line: string): string {
  return showInvisible(line) === line ? escapeText(line) : markEach(line)
}

function markEach(part: string): string {
  return [...part]
    .map(each => {
      const shown = showInvisible(each)
      return shown === each ? escapeText(each) : `<span class="unseen" title="invisible character">${shown}</span>`
    })
    .join('')
}

/** Joins pieces with a piece between them. */
function joinHtml(parts: readonly Html[], between: string): Html {
  return { markup: parts.map(part => part.markup).join(escapeText(between)) }
}

/** `a`, `b` and `c`; with `, and` as `last`, clauses that have an `and` of their own. */
export function listed(parts: readonly Html[], last: ' and' | ', and' | ' or' = ' and'): Html {
  if (parts.length < 2) return parts[0] ?? nothing
  return { markup: `${joinHtml(parts.slice(0, -1), ', ').markup}${last} ${parts.at(-1)?.markup ?? ''}` }
}
