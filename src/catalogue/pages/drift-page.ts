/** What has changed lately over all servers: every step from version to version, the newest first, with a filter. */
import { countsOf, type DriftChange, type DriftStep } from '../drift-step.ts'
import { driftFolder, relative, serverFolder } from './address.ts'
import { addedItem, graveAdditions, releaseOf, riskierChanges, riskierItem, stepId, tallyOf } from './drift-part.ts'
import { choice, filters, foundLine, nothingLeft } from './filter-part.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import { type Catalogue, type CatalogueServer, order } from './model.ts'
import { serverLink } from './parts.ts'
import { counted, grouped } from './words.ts'

interface Entry {
  readonly server: CatalogueServer
  readonly step: DriftStep
}

/** The list of all steps. */
export function driftPage({ servers }: Catalogue): Page {
  const entries = servers
    .flatMap(server => server.record.history.map((step): Entry => ({ server, step })))
    .toSorted((a, b) => order(b.step.toReleasedBy ?? '', a.step.toReleasedBy ?? ''))
  const compared = servers.filter(({ record }) => record.history.length > 0).length
  const sum = (kind: keyof ReturnType<typeof countsOf>) =>
    entries.reduce((all, { step }) => all + countsOf(step)[kind], 0)
  const [added, removed, changed, riskier] = [sum('added'), sum('removed'), sum('changed'), sum('riskier')]
  return {
    folder: driftFolder,
    title: 'Drift: what changed from version to version',
    shortTitle: 'Drift',
    description: `${counted(entries.length, 'step')} of ${counted(compared, 'MCP server')} from one version to the next: ${counted(added, 'tool')} added, ${grouped(removed)} removed, ${grouped(changed)} changed, ${grouped(riskier)} of them riskier than before.`,
    crumbs: [],
    body: html`<header class="lead"><h1>Drift</h1>
<p class="summary">A server that was looked at once may offer something else tomorrow. Here is what ${counted(compared, 'server')} changed over ${counted(entries.length, 'step')} between releases: ${counted(added, 'tool')} added, ${grouped(removed)} removed, ${grouped(changed)} changed, ${grouped(riskier)} of them riskier than before.</p>
<p>Behind the gateway none of this reaches an agent by itself: what is new or changed is not callable until somebody has looked at it.</p></header>
${
  entries.length === 0
    ? ''
    : filters('Server or tool', [
        choice('what', 'Steps that', 'are known', [
          ['riskier', 'made a tool riskier'],
          ['grave', 'added one that executes, destroys or pays'],
          ['added', 'added tools'],
          ['removed', 'removed tools'],
          ['changed', 'changed tools'],
          ['same', 'changed nothing'],
        ]),
      ])
}
<section><h2 id="steps">Steps, the newest first</h2>
${
  entries.length === 0
    ? html`<p>No earlier release was compared with a later one. That says nothing about how often servers change.</p>`
    : html`${foundLine(counted(entries.length, 'step'))}
${nothingLeft('No step has all of that.')}
<ol class="history" data-list="step">
${entries.map(row)}</ol>`
}
<p class="note">${counted(servers.length - compared, 'server')} of ${grouped(servers.length)} are compared with nothing earlier: no other release could be had from the registry, or none started and listed its tools without an account. A step is dated by the last day on which its version can have been released.</p></section>`,
    data: {
      kind: 'drift',
      compared,
      totals: { added, removed, changed, riskier },
      steps: entries.map(({ server, step }) => ({
        server: server.slug,
        folder: `${serverFolder(server.slug)}#${stepId(step)}`,
        ...stepData(step),
      })),
    },
  }
}

/** A step for programs, with its counts. */
export function stepData(step: DriftStep): Record<string, unknown> {
  const { changes, ...rest } = step
  return { ...rest, counts: countsOf(step), changes: changes.map(changeData) }
}

function changeData({ isRiskier, ...change }: DriftChange): Record<string, unknown> {
  return { ...change, riskier: isRiskier }
}

/** So many tools of a step; the page of its server has all of them. */
const toolsShown = 4

function row({ server, step }: Entry): Html {
  const counts = countsOf(step)
  const [riskier, grave] = [riskierChanges(step), graveAdditions(step)]
  const shown = [
    ...riskier.map(each => riskierItem(each, server, driftFolder)),
    ...grave.map(each => addedItem(each, server, driftFolder)),
  ]
  const kinds = [
    ...(['riskier', 'added', 'removed', 'changed'] as const).filter(kind => counts[kind] > 0),
    ...(grave.length > 0 ? ['grave'] : []),
  ]
  const words =
    `${server.record.title} ${server.slug} ${server.record.package ?? ''} ${step.changes.map(({ tool }) => tool).join(' ')}`.toLowerCase()
  const more = shown.length - toolsShown
  const address = `${relative(driftFolder, serverFolder(server.slug))}#${stepId(step)}`
  return html`<li${riskier.length > 0 ? html` class="riskier"` : ''} data-words="${words}" data-flags="" data-what="${kinds.length === 0 && step.beside.length === 0 ? 'same' : kinds.join(' ')}"><h3>${serverLink(server, driftFolder)} <a class="versions" href="${address}">${step.from} → ${step.to}</a> ${releaseOf(step)}</h3>
<p class="tally">${tallyOf(step)}</p>
${shown.length === 0 ? '' : html`<ul class="changes">${shown.slice(0, toolsShown)}</ul>`}${more > 0 ? html`<p class="note"><a href="${address}">${more} more</a></p>` : ''}</li>\n`
}
