/**
 * Filters of a list: a search and choices that the script of the site applies to the rows as they stand, and keeps in the
 * address. Hidden by the style sheet where no script runs: nothing moves when one does. A row says what it is in its
 * `data-` attributes; what it says in words is searched as it stands.
 */
import { type Html, html } from './markup.ts'
import { flagNames, type RiskFlag } from './rating.ts'
import { flagWords } from './words.ts'

/** A list with fewer rows is read faster than it is filtered. */
export const filteredRowsMin = 13

type Option = readonly [value: string, text: string]

/** A choice; the first option, which asks for nothing, is `any`. */
export function choice(id: string, label: string, any: string, options: readonly Option[]): Html {
  return html`<div class="field"><label for="${id}">${label}</label><select id="${id}" name="${id}"><option value="">${any}</option>${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></div>\n`
}

/** The choice of a flag, of those that the list has. */
export function flagChoice(flags: ReadonlySet<RiskFlag>): Html {
  const options = flagNames.filter(flag => flags.has(flag)).map((flag): Option => [flag, flagWords[flag].title])
  return choice('flag', 'Flag', 'any', options)
}

/** The form: a search field, and the choices. */
export function filters(label: string, choices: readonly (Html | undefined)[]): Html {
  return html`<search class="find" id="find">
<div class="field wide"><label for="q">${label} <kbd>/</kbd></label><input id="q" name="q" type="search" spellcheck="false" aria-keyshortcuts="/"></div>
${choices}</search>`
}

/** How many rows are shown, and the way back to all of them. `all` is what stands there before anything is asked. */
export function foundLine(all: string): Html {
  return html`<p class="status"><span id="found" role="status">${all}</span> <button type="button" class="clear" id="clear" hidden>Clear the filters</button></p>`
}

/** What stands in place of the rows when none is left. */
export function nothingLeft(text: Html | string): Html {
  return html`<div class="callout" id="nothing" hidden><p>${text}</p><p><button type="button" class="clear">Clear the filters</button></p></div>`
}
