/** The attack database as pages: the list by class, and one page an attack. Sources are ours, so they may be links. */
import { type Attack, attackClasses, type TrialStep } from '../attacks/model.ts'
import { classWords, owaspWords, statusWords } from '../attacks/words.ts'
import { attackFolder, attacksFolder, categoryFolder, relative, toolFolder } from './address.ts'
import type { Page } from './layout.ts'
import { type Html, html, listed } from './markup.ts'
import type { Catalogue, CatalogueTool } from './model.ts'
import { attackLink, copyable, facts, flagBadge, prose, serverLink, toolLink } from './parts.ts'
import { flagNames } from './rating.ts'
import { counted, firstSentence } from './words.ts'

/** The list by class. */
export function attackListPage({ attacks, toolsOfAttack }: Catalogue): Page {
  const folder = attacksFolder
  const entry = (each: Attack) =>
    html`<li>${attackLink(each.id, each.name, folder)} <span class="level ${each.severity}">${each.severity}</span> <span class="marks">${each.status}${concernCount(each, toolsOfAttack)}</span><p>${prose(firstSentence(each.summary, 260))}</p></li>\n`
  return {
    folder,
    title: 'Attacks on agents and their tools',
    description: `${attacks.length} attacks on AI agents and MCP servers, by class: how each works, where it happened, and a policy that a test shows it fail against.`,
    crumbs: [],
    body: html`<header class="lead"><h1>Attacks</h1>
<p class="summary">${attacks.length} ways in which agents and the tools they use are turned against their people. Each entry says how it works, where it happened, which policy stops it, and what that policy leaves open. The policies are tried in every test run.</p></header>
<nav class="contents" aria-label="Classes">${attackClasses.map(each => html`<a href="#${each}">${classWords[each]}</a> `)}</nav>
${attackClasses.map(
  each => html`<section><h2 id="${each}">${classWords[each]}</h2>
<ul class="entries">
${attacks.filter(attack => attack.class === each).map(entry)}</ul></section>\n`,
)}`,
    data: {
      kind: 'attacks',
      attacks: attacks.map(({ id, name, class: kind, status, severity, summary }) => ({
        id,
        name,
        class: kind,
        status,
        severity,
        summary,
        folder: attackFolder(id),
      })),
    },
  }
}

function concernCount({ id }: Attack, toolsOfAttack: Catalogue['toolsOfAttack']): string {
  const count = toolsOfAttack.get(id)?.length ?? 0
  return count === 0 ? '' : ` · ${counted(count, 'tool')}`
}

/** One attack. */
export function attackPage(attack: Attack, catalogue: Catalogue): Page {
  const { id, name, summary, steps, prevention, trial } = attack
  const folder = attackFolder(id)
  const concerned = catalogue.toolsOfAttack.get(id) ?? []
  return {
    folder,
    title: name,
    description: summary,
    crumbs: [{ title: 'Attacks', folder: attacksFolder }],
    body: html`<header class="lead"><p class="kind">${classWords[attack.class]}</p>
<h1>${name}</h1>
<p class="badges"><span class="level ${attack.severity}">${attack.severity}</span> <span class="chip">${attack.status}</span></p>
<p class="summary">${prose(summary)}</p></header>
${facts([
  ['Status', statusWords[attack.status]],
  ['Concerns', concerns(attack, folder)],
  ['OWASP', owaspWords(attack.owasp) || undefined],
])}
<section><h2 id="how">How it works</h2>
<ol class="steps">
${steps.map(step => html`<li>${prose(step)}</li>\n`)}</ol></section>
${casePart(attack)}
<section><h2 id="prevention">${stopHeadings[prevention.by]}</h2>
<p>${prose(prevention.stops)}</p>
${copyable('policy.yaml', prevention.policy)}
<h3 id="leaves">What it does not stop</h3>
<p>${prose(prevention.leaves)}</p>
${
  prevention.beyond.length === 0
    ? ''
    : html`<h3 id="beyond">What the gateway does besides</h3>
<ul>${prevention.beyond.map(({ measure }) => html`<li>${prose(measure)}</li>`)}</ul>`
}</section>
<section><h2 id="tried">Tried in every test run</h2>
<ul class="trial">
${trial.steps.map(step => html`<li><span class="kind">${stepKind(step)}</span> ${prose(step.title)}</li>\n`)}</ul></section>
${toolsPart(concerned, folder)}
${alikePart(attack, catalogue, folder)}`,
    data: {
      kind: 'attack',
      ...attack,
      tools: concerned.map(tool => ({
        server: tool.server.slug,
        name: tool.name,
        folder: toolFolder(tool.server.slug, tool.folder),
      })),
    },
  }
}

/** Which tools it concerns, categories and flags leading to what they mean; or which servers. */
function concerns({ affects }: Attack, folder: string): Html {
  const kinds = affects.categories.map(each => html`<a href="${relative(folder, categoryFolder(each))}">${each}</a>`)
  const marks = flagNames.filter(flag => affects.flags.includes(flag)).map(flag => flagBadge(flag, folder))
  const tools =
    kinds.length + marks.length === 0
      ? undefined
      : html`${kinds.length === 0 ? '' : html`${listed(kinds, ' or')} `}tools${marks.length === 0 ? '' : html` marked ${listed(marks, ' or')}`}`
  if (tools === undefined) return html`${affects.servers ?? ''}`
  return affects.servers === undefined ? tools : html`${tools}; ${affects.servers}`
}

const stopHeadings: Readonly<Record<Attack['prevention']['by'], string>> = {
  policy: 'What stops it: a policy',
  gateway: 'What stops it: the gateway, before any rule',
  neither: 'What bounds it',
}

const outcomes: Readonly<Record<string, string>> = {
  allow: 'passes',
  ask: 'waits for a person',
  deny: 'denied',
  limit: 'over the limit',
  refused: 'refused',
  withheld: 'answer withheld',
}

function stepKind(step: TrialStep): string {
  if (step.kind === 'change') return 'the server changes'
  const outcome = 'tool' in step ? (outcomes[step.expect] ?? '') : 'refused'
  return `${step.kind}, ${outcome}`
}

function casePart({ case: known }: Attack): Html {
  const further = known.records.filter(record => !known.text.includes(record))
  return html`<section><h2 id="case">${known.date === undefined ? 'Public case' : `Public case, ${known.date}`}</h2>
<p>${prose(known.text)}</p>
${further.length === 0 ? '' : html`<p>${further.join(', ')}</p>`}
${known.sources.length === 0 ? '' : html`<ul class="sources">${known.sources.map(({ title, url }) => html`<li>${isSafe(url) ? html`<a href="${url}" rel="noreferrer">${title}</a>` : title}</li>`)}</ul>`}</section>`
}

function isSafe(url: string | undefined): url is string {
  return url !== undefined && /^https:\/\/[^\s<>"']+$/.test(url)
}

const serversShown = 40
const toolsShown = 6

/** The tools an attack concerns, by server, the server with most of them first. */
function toolsPart(tools: readonly CatalogueTool[], folder: string): Html {
  if (tools.length === 0)
    return html`<section><h2 id="tools">Tools it concerns</h2><p>It concerns servers as a whole, or how they are reached, rather than single tools.</p></section>`
  const byServer = [...Map.groupBy(tools, tool => tool.server)].toSorted(
    (a, b) => b[1].length - a[1].length || (a[0].slug < b[0].slug ? -1 : 1),
  )
  return html`<section><h2 id="tools">Tools it concerns</h2>
<p>By category and flags, ${counted(tools.length, 'tool')} of ${counted(byServer.length, 'server')} in this catalogue.</p>
<ul class="entries">
${byServer.slice(0, serversShown).map(([server, own]) => html`<li>${serverLink(server, folder)} <span class="marks">${own.length}</span><p>${own.slice(0, toolsShown).map((tool, at) => html`${at > 0 ? ', ' : ''}${toolLink(tool, folder)}`)}${own.length > toolsShown ? ` and ${own.length - toolsShown} more` : ''}</p></li>\n`)}</ul>
${byServer.length > serversShown ? html`<p>and ${counted(byServer.length - serversShown, 'other server')}; the JSON beside this page lists every tool</p>` : ''}</section>`
}

function alikePart({ id, class: own }: Attack, { attacks }: Catalogue, folder: string): Html | undefined {
  const others = attacks.filter(each => each.class === own && each.id !== id)
  if (others.length === 0) return undefined
  return html`<section><h2 id="alike">In the same class</h2>
<p>${others.map((each, at) => html`${at > 0 ? ', ' : ''}${attackLink(each.id, each.name, folder)}`)}</p></section>`
}
