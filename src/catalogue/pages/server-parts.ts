/** Parts of a server's page: its grade with the reasons, what its definitions cost, how it stands. */
import { postureOf } from '../posture.ts'
import { methodFolder, relative } from './address.ts'
import { neededVariables, needsArguments, packageAddress } from './install.ts'
import { type Html, html, listed } from './markup.ts'
import type { CatalogueServer } from './model.ts'
import { dayOf, facts, quotation, share, toolLink } from './parts.ts'
import type { ServerRecord } from './record.ts'
import { counted, grouped } from './words.ts'

/** The grade in one sentence, with what cost most of its points. */
export function gradeReason({ grade }: CatalogueServer): Html {
  const [most] = grade.deductions.toSorted((a, b) => b.points - a.points)
  const why = most === undefined ? 'nothing was taken off' : `most was taken off for ${most.reason} (−${most.points})`
  return html`<a href="#grade">Grade ${grade.grade}</a>, ${grade.points} of 100 points: ${why}.`
}

/** The grade, and every point that was taken off. */
export function gradePart({ grade }: CatalogueServer, folder: string): Html {
  return html`<section><h2 id="grade">Grade ${grade.grade}, ${grade.points} of 100 points</h2>
${
  grade.deductions.length === 0
    ? html`<p>Nothing was taken off.</p>`
    : html`<table class="plain">
<thead><tr><th scope="col">Taken off for</th><th scope="col" class="number">Points</th></tr></thead>
<tbody>
${grade.deductions.map(each => html`<tr><td>${each.reason}</td><td class="number">−${each.points}</td></tr>\n`)}</tbody>
</table>`
}
<p class="note">A grade says how much could go wrong through this server, not how well it is made. <a href="${relative(folder, methodFolder)}#grade">The formula</a>.</p></section>`
}

const contextTokens = 200_000
const heaviestShown = 8

/** What the definitions cost an agent, and what hiding tools saves. */
export function costPart({ tools, tokens, totals }: CatalogueServer, folder: string): Html {
  const sorted = tools.toSorted((a, b) => (b.rated.tokens ?? 0) - (a.rated.tokens ?? 0) || (a.name < b.name ? -1 : 1))
  const [heaviest] = sorted
  if (heaviest === undefined)
    return html`<section><h2 id="cost">What it costs</h2><p>Nothing: it has no tools.</p></section>`
  const reading = tools
    .filter(tool => tool.rated.category === 'Read')
    .reduce((sum, tool) => sum + (tool.rated.tokens ?? 0), 0)
  const saves = totals.Read === tools.length ? undefined : tokens - reading
  return html`<section><h2 id="cost">What it costs</h2>
<p>${counted(tokens, 'token')} for ${counted(tools.length, 'definition')}: ${share(tokens, contextTokens)} of a context of ${grouped(contextTokens)}, before the agent has done anything. The heaviest is ${toolLink(heaviest, folder)} with ${grouped(heaviest.rated.tokens ?? 0)} (${share(heaviest.rated.tokens ?? 0, tokens)}).${saves === undefined ? '' : ` What a policy hides is not listed: at the level read-only ${grouped(reading)} remain, ${grouped(saves)} fewer.`}</p>
<table class="plain">
<thead><tr><th scope="col">Tool</th><th scope="col" class="number">Tokens</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>
${sorted.slice(0, heaviestShown).map(tool => html`<tr><td>${toolLink(tool, folder)}</td><td class="number">${grouped(tool.rated.tokens ?? 0)}</td><td class="number">${share(tool.rated.tokens ?? 0, tokens)}</td></tr>\n`)}${
  sorted.length > heaviestShown
    ? html`<tr><td>${counted(sorted.length - heaviestShown, 'other')}</td><td class="number">${grouped(sorted.slice(heaviestShown).reduce((sum, tool) => sum + (tool.rated.tokens ?? 0), 0))}</td><td class="number">${share(
        sorted.slice(heaviestShown).reduce((sum, tool) => sum + (tool.rated.tokens ?? 0), 0),
        tokens,
      )}</td></tr>\n`
    : ''
}</tbody>
</table>
<p class="note">o200k tokens of the serialised definitions; other models count a little differently.</p></section>`
}

/** How the server stands: how it is reached, what it speaks, what it says about itself. */
export function posturePart(server: CatalogueServer, folder: string): Html {
  const { record, tools } = server
  const { annotatedTools } = postureOf(record)
  const contradicting = tools.filter(tool => tool.rated.findings.some(each => each.kind === 'contradicting-annotation'))
  const serious = tools.filter(tool => tool.rated.findings.some(each => each.weight === 'serious'))
  const address = packageAddress(record)
  const isModern = record.era === 'modern'
  return html`<section><h2 id="posture">Posture</h2>
${facts([
  [
    'Transport',
    record.url === undefined
      ? 'stdio: a program on the machine of the agent, with the rights of whoever starts it'
      : html`HTTP at <code>${record.url}</code>`,
  ],
  [
    'Protocol',
    record.protocolVersion === ''
      ? undefined
      : html`${record.protocolVersion}, ${isModern ? 'the stateless revision' : 'with sessions'}; the gateway speaks both, whatever the agent speaks`,
  ],
  ['Credentials', credentialWords(record)],
  ['Annotations', annotationWords(annotatedTools, tools.length)],
  [
    'Contradictions',
    contradicting.length === 0
      ? 'no annotation contradicts what a tool does'
      : html`annotations of ${listed(contradicting.slice(0, 8).map(tool => toolLink(tool, folder)))}${contradicting.length > 8 ? ` and ${contradicting.length - 8} more` : ''} say something else than the definition`,
  ],
  [
    'Definitions',
    serious.length === 0
      ? 'no hidden characters, no orders to the model'
      : html`look at ${listed(serious.slice(0, 8).map(tool => toolLink(tool, folder)))}${serious.length > 8 ? ` and ${serious.length - 8} more` : ''}`,
  ],
  ['Beside tools', `${counted(record.prompts.length, 'prompt')}, ${counted(record.resources, 'resource')}`],
  [
    'Package',
    record.package === undefined
      ? undefined
      : html`${address === undefined ? record.package : html`<a href="${address}" rel="noreferrer nofollow">${record.package}</a>`}${record.version === undefined ? '' : ` ${record.version}`}${record.licence === undefined ? '' : `, ${record.licence}`}`,
  ],
  ['Registry', record.registryName],
  ['Repository', record.repository],
  ['Looked at', record.scannedAt === '' ? undefined : dayOf(record.scannedAt)],
])}
${record.notes.length === 0 ? '' : html`<ul class="notes">${record.notes.map(note => html`<li>${note}</li>`)}</ul>`}
<h3 id="instructions">Instructions to the model</h3>
${record.instructions === '' ? html`<p>It sends none.</p>` : quotation(record.instructions, 'The instructions')}</section>`
}

function credentialWords(record: ServerRecord): Html {
  const variables = neededVariables(record).map(name => html`<code>${name}</code>`)
  const inLine = html`what stands as <code>YOUR_VALUE</code> in its command line`
  if (variables.length === 0)
    return needsArguments(record) ? html`needs ${inLine}` : html`none were needed to list its tools`
  return html`needs ${listed(variables)} in its environment${needsArguments(record) ? html`, and ${inLine}` : ''}`
}

function annotationWords(annotated: number, all: number): string {
  if (all === 0) return 'no tools to annotate'
  if (annotated === 0) return 'no tool says whether it reads or destroys: clients cannot tell'
  const who = annotated === all ? 'every tool says' : `${annotated} of ${all} tools say`
  return `${who} whether it reads or destroys; that is the server’s word and decides nothing here`
}
