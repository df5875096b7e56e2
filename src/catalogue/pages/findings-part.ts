/** What was noticed about a definition as a text, in sentences: each with its place, those of one kind together. */
import type { Attack } from '../attacks/model.ts'
import { findingPlace } from './evidence-part.ts'
import { type Html, html, listed } from './markup.ts'
import type { CatalogueServer, CatalogueTool } from './model.ts'
import { attackLink, toolLink } from './parts.ts'
import type { Finding } from './rating.ts'
import { grouped } from './words.ts'

/** The findings of a tool, serious ones first; nothing when there are none. */
export function findingsPart(tool: CatalogueTool, attacks: readonly Attack[], folder: string): Html | undefined {
  const { findings } = tool.rated
  if (findings.length === 0) return undefined
  const naming = findings.filter(({ kind }) => kind === 'names-other-tool')
  const rest = findings.filter(({ kind }) => kind !== 'names-other-tool')
  return html`<section><h2 id="findings">Notes on the definition</h2>
<ul class="findings">
${rest.map(each => {
  const attack = attacks.find(({ id }) => id === each.attack)
  return html`<li class="${each.weight}">${each.weight === 'serious' ? html`<strong>Look at this:</strong> ` : ''}${sentence(each)}${attack === undefined ? '' : html` (${attackLink(attack.id, attack.name, folder)})`}</li>\n`
})}${naming.length === 0 ? '' : html`<li class="note">its description names ${listed(naming.map(({ quote }) => named(quote, tool.server, folder)))}: texts of one tool steer how another is used</li>\n`}</ul></section>`
}

function sentence(finding: Finding): Html {
  const { kind, note, pointer, quote } = finding
  const place = findingPlace(finding)
  if (kind === 'credential-parameter') return html`${place} is a credential`
  if (kind === 'address-parameter') return html`${place} is an address`
  if (kind === 'oversized-text') return html`${place} is long: ${grouped(Number.parseInt(note, 10))} characters`
  if (kind === 'contradicting-annotation') return html`its annotation <code>${pointer.slice(13)}</code> ${note}`
  // white space between the words of an instruction says nothing, a character that nobody sees says everything
  const words = kind === 'instruction-to-model' ? quote.replaceAll(/\s+/g, ' ').trim() : quote
  return html`${place}: ${note}${words === '' ? '' : html`, <q>${words}</q>`}`
}

function named(name: string, { tools }: CatalogueServer, folder: string): Html {
  const tool = tools.find(each => each.name === name)
  return tool === undefined ? html`<code>${name}</code>` : toolLink(tool, folder)
}
