/** What has become of a server from version to version: the steps on its page, and the pieces the list of all steps uses. */
import { countsOf, type DriftChange, type DriftPlace, type DriftStep } from '../drift-step.ts'
import { serverFolder } from './address.ts'
import { type Html, html, listed } from './markup.ts'
import type { CatalogueServer } from './model.ts'
import { categoryBadge, dayOf, flagBadge, toolLink } from './parts.ts'
import { counted, grouped, severityWords } from './words.ts'

/** The steps between the versions somebody looked at, the newest first. */
export function historyPart(server: CatalogueServer): Html {
  const { record, tools } = server
  const { history, scannedAt, version } = record
  const now = `${version === undefined ? '' : `version ${version}, `}${counted(tools.length, 'tool')}`
  return html`<section><h2 id="history">Drift</h2>
${
  history.length === 0
    ? html`<p>Looked at once${scannedAt === '' ? '' : html`, on ${scannedAt}`}: ${now}. No earlier release is compared here, so nothing is known of what changed before; it does not mean that nothing did.</p>`
    : html`<p>${summaryOf(history)} Now it is at ${now}.</p>
<ol class="history">
${history.map(step => stepItem(step, server))}</ol>
<p class="note">A step is dated by the last day on which its version can have been released: a registry that holds copies dates each by the day it got it. Riskier is a tool that can do more than before, or says less of what it does.</p>`
}
<p class="note">Behind the gateway a changed definition is not callable until somebody has looked at the difference: <code>sallyport server review</code>.</p></section>`
}

function summaryOf(history: readonly DriftStep[]): string {
  const riskier = history.reduce((sum, step) => sum + countsOf(step).riskier, 0)
  const first = history.at(-1)?.from ?? ''
  const steps = history.length === 1 ? 'One step' : `${history.length} steps`
  const became = riskier === 0 ? 'no tool became riskier' : `${counted(riskier, 'change')} made a tool riskier`
  return `${steps} since version ${first}: ${became}.`
}

function stepItem(step: DriftStep, server: CatalogueServer): Html {
  const folder = serverFolder(server.slug)
  const { riskier } = countsOf(step)
  const quiet = step.changes.filter(({ isRiskier }) => !isRiskier)
  return html`<li id="${stepId(step)}"${riskier > 0 ? html` class="riskier"` : ''}><h3>${step.from} → ${step.to} ${releaseOf(step)}</h3>
<p class="tally">${tallyOf(step)}</p>
${riskier === 0 ? '' : html`<ul class="changes">${riskierChanges(step).map(each => riskierItem(each, server, folder))}</ul>`}
${quietPart(quiet, server, folder)}</li>\n`
}

/** The changes of a step that made a tool riskier. */
export function riskierChanges({ changes }: DriftStep): readonly DriftChange[] {
  return changes.filter(({ isRiskier }) => isRiskier)
}

/** The place of a step on the page of its server. */
export function stepId({ to }: DriftStep): string {
  return `to-${to.replaceAll(/[^A-Za-z0-9-]/g, '-')}`
}

/** When the step was released, at the end of its line. */
export function releaseOf({ toReleasedBy }: DriftStep): Html | undefined {
  return toReleasedBy === undefined ? undefined : dayOf(toReleasedBy)
}

/** `+3 tools, −1, 2 changed (1 riskier)`. */
export function tallyOf(step: DriftStep): Html {
  const { added, removed, changed, riskier } = countsOf(step)
  const parts: Html[] = []
  const noun = (count: number) => (parts.length > 0 ? '' : count === 1 ? ' tool' : ' tools')
  if (added > 0) parts.push(html`<span class="plus">+${grouped(added)}${noun(added)}</span>`)
  if (removed > 0) parts.push(html`<span class="minus">−${grouped(removed)}${noun(removed)}</span>`)
  if (changed > 0) {
    const worse = riskier === 0 ? '' : html` (<strong class="worse">${grouped(riskier)} riskier</strong>)`
    parts.push(html`${grouped(changed)}${noun(changed)} changed${worse}`)
  }
  const beside = step.beside.map(each => besideWords[each])
  if (parts.length === 0 && beside.length === 0) return html`nothing changed`
  return html`${parts.map((part, at) => html`${at > 0 ? ', ' : ''}${part}`)}${parts.length > 0 && beside.length > 0 ? '; ' : ''}${beside.join(', ')}`
}

const besideWords: Readonly<Record<DriftStep['beside'][number], string>> = {
  instructions: 'instructions to the model changed',
  prompts: 'prompts changed',
}

/** What made a tool riskier: its category, its flags, the places that count; with nothing else, where it changed. */
export function riskierItem(change: DriftChange, server: CatalogueServer, folder: string): Html {
  const { before, after, gained, places, others, risk } = change
  const became =
    before === undefined || after === undefined || before === after
      ? ''
      : html` ${categoryBadge(before)} → ${categoryBadge(after)}`
  const grave = places.filter(place => place.risk === 'high' || place.risk === 'critical')
  const reasons = [
    ...(gained.length === 0 ? [] : [html`now flagged ${listed(gained.map(flag => flagBadge(flag, folder)))}`]),
    ...(grave.length > 0
      ? grave.map(place => html`${place.why ?? 'changed'} (${placeWords(place)})`)
      : places.length > 0
        ? [changedAt(places, others)]
        : []),
  ]
  return html`<li>${nameOf(change, server, folder)} <span class="level ${risk}">${severityWords[risk]} risk</span>${became}${reasons.length === 0 ? '' : html`<p>${reasons.map((reason, at) => html`${at > 0 ? '; ' : ''}${reason}`)}</p>`}</li>\n`
}

/** Where a tool changed; what is no risk by itself only when there is nothing else. */
function changedAt(places: readonly DriftPlace[], others: number): Html {
  const telling = places.filter(({ risk }) => risk !== 'low')
  const shown = telling.length === 0 ? places : telling
  const rest = others + places.length - shown.length
  return html`changed: ${listed(shown.map(placeWords))}${rest > 0 ? ' and more' : ''}`
}

/** A place in the words of the table of parameters; its pointer where there are none. */
function placeWords({ path }: DriftPlace): Html {
  const [, argument, text] = /^\/inputSchema\/properties\/([^/~]+)(\/description)?$/.exec(path) ?? []
  if (argument !== undefined)
    return text === undefined ? html`argument <code>${argument}</code>` : html`text of <code>${argument}</code>`
  return path === '/description' ? html`its description` : html`<code>${path}</code>`
}

/** New tools that execute, destroy or pay, the gravest first. */
export function graveAdditions({ changes }: DriftStep): readonly DriftChange[] {
  return changes.filter(({ kind, risk }) => kind === 'added' && (risk === 'high' || risk === 'critical'))
}

/** A new tool with what it does. */
export function addedItem(change: DriftChange, server: CatalogueServer, folder: string): Html {
  return html`<li>${nameOf(change, server, folder)} ${change.after === undefined ? '' : categoryBadge(change.after)} <span class="marks">new</span></li>\n`
}

/** A tool that is still there leads to its page. */
function nameOf({ tool }: DriftChange, server: CatalogueServer, folder: string): Html {
  const own = server.tools.find(({ name }) => name === tool)
  return own === undefined ? html`<code>${tool}</code>` : toolLink(own, folder)
}

const namesShown = 12

function quietPart(changes: readonly DriftChange[], server: CatalogueServer, folder: string): Html | undefined {
  if (changes.length === 0) return undefined
  const of = (kind: DriftChange['kind']) => changes.filter(change => change.kind === kind)
  const lines = [
    names('Added', of('added'), change => html`${nameOf(change, server, folder)}${graveBadge(change)}`),
    names('Removed', of('removed'), ({ tool }) => html`<code>${tool}</code>`),
    names('Changed', of('changed'), change => nameOf(change, server, folder)),
    changedPlaces(of('changed')),
  ]
  return html`${lines}`
}

/** What reads is the rule; the others say what they are. */
function graveBadge({ after }: DriftChange): Html | undefined {
  return after === undefined || after === 'Read' ? undefined : html` ${categoryBadge(after)}`
}

function names(word: string, changes: readonly DriftChange[], show: (change: DriftChange) => Html): Html | undefined {
  if (changes.length === 0) return undefined
  const shown = changes.slice(0, namesShown).map(show)
  if (changes.length <= namesShown) return html`<p><span class="word">${word}</span> ${listed(shown)}</p>\n`
  return html`<p><span class="word">${word}</span> ${shown.map(each => html`${each}, `)}and ${changes.length - namesShown} more</p>
<details><summary>All ${grouped(changes.length)}</summary>
<p>${listed(changes.map(show))}</p></details>\n`
}

/** What kinds of places changed, the most frequent first. Not all places are kept: the numbers are at least so large. */
function changedPlaces(changes: readonly DriftChange[]): Html | undefined {
  const kinds = Map.groupBy(
    changes.flatMap(({ places }) => [...new Set(places.map(kindOf))]),
    kind => kind,
  )
  if (kinds.size === 0) return undefined
  const sorted = [...kinds].toSorted(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
  const shown = sorted.slice(0, kindsShown).map(([kind, own]) => `${kind} (${grouped(own.length)})`)
  return html`<p class="note">Mostly ${shown.join(', ')}</p>\n`
}

const kindsShown = 4

const kindPatterns: readonly (readonly [RegExp, string])[] = [
  [/\/(?:description|title)$/, 'texts that agents read'],
  [/^\/annotations/, 'what it says of itself'],
  [/\/\$schema$/, 'the dialect of its schema'],
  [/\/additionalProperties$/, 'whether unnamed arguments are taken'],
  [/\/required$/, 'which arguments are required'],
  [/\/properties\/[^/]+$/, 'arguments'],
  [/^\/inputSchema/, 'which values are taken'],
  [/^\/outputSchema/, 'what it answers'],
]

function kindOf({ path }: DriftPlace): string {
  return kindPatterns.find(([pattern]) => pattern.test(path))?.[1] ?? 'other members'
}
