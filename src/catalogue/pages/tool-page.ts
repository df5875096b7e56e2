/**
 * The page of one tool: what it does in its server's words, how it is rated and on what evidence, what narrows it, and the
 * policies to copy. Everything on it follows from the definition.
 */
import { isToolName } from '../../wire/names.ts'
import type { Attack } from '../attacks/model.ts'
import { categories, levels, paceOf, type Treatment, treatmentOf } from '../recommend.ts'
import {
  categoryFolder,
  levelFolder,
  methodFolder,
  relative,
  serverFolder,
  serversFolder,
  toolFolder,
} from './address.ts'
import { findingPlace, inContext, placeWords, saysWords } from './evidence-part.ts'
import type { Page } from './layout.ts'
import { type Html, html, listed } from './markup.ts'
import type { Catalogue, CatalogueTool } from './model.ts'
import { parameterRows, parameterTable } from './parameters-part.ts'
import {
  attackLink,
  categoryBadge,
  copyable,
  facts,
  flagBadge,
  prose,
  quotation,
  serverLink,
  share,
  toolLink,
  toolList,
} from './parts.ts'
import { questionsOf } from './questions.ts'
import { annotationsOf, descriptionOf, type Evidence, severityOf } from './rating.ts'
import { siblingsOf, undoOf } from './siblings.ts'
import { paceWords, policyText } from './snippet.ts'
import {
  categoryMeans,
  confidenceWords,
  counted,
  firstSentence,
  flagWords,
  severityMeans,
  severityWords,
} from './words.ts'

/** The page of a tool, or of a function behind one. */
export function toolPage(tool: CatalogueTool, catalogue: Catalogue): Page {
  const { server, name, rated } = tool
  const folder = toolFolder(server.slug, tool.folder)
  const summary = firstSentence(descriptionOf(tool.definition), 220)
  const attacks = catalogue.attacks.filter(({ id }) => rated.attacks.includes(id))
  return {
    folder,
    title: `${name}, ${server.record.title}`,
    description: `${name} of ${server.record.title} is rated ${rated.category} (${rated.severity}). ${summary || 'Its definition has no description.'}`,
    crumbs: [
      { title: 'Servers', folder: '' },
      { title: server.record.title, folder: serverFolder(server.slug) },
    ],
    body: html`${head(tool, folder, summary)}
${reasons(tool, folder)}
${flags(tool)}
${findings(tool, attacks, folder)}
<section><h2 id="parameters">Parameters</h2>
${parameterTable(tool.definition)}
${returns(tool)}</section>
${attackPart(attacks, folder)}
${recommended(tool)}
${questions(tool)}
${related(tool, folder)}`,
    data: toolData(tool, attacks),
  }
}

function head(tool: CatalogueTool, folder: string, summary: string): Html {
  const { server, name, rated, definition } = tool
  const annotations = Object.entries(annotationsOf(definition)).filter(([, value]) => typeof value === 'boolean')
  const text = descriptionOf(definition)
  return html`<header class="lead">
<p class="kind">${tool.within === undefined ? 'Tool of' : html`Function behind <code>${tool.within}</code> of`} ${serverLink(server, folder)}</p>
<h1><code>${name}</code></h1>
<p class="badges">${categoryBadge(rated.category)} ${rated.flags.map(flag => html`${flagBadge(flag, folder)} `)}</p>
<p class="summary">${summary === '' ? 'Its definition has no description; it is rated by its name and schema alone.' : summary}</p>
</header>
${facts([
  [
    'Category',
    html`<a href="${relative(folder, categoryFolder(rated.category))}">${rated.category}</a>: it ${categoryMeans[rated.category]}`,
  ],
  [
    'Severity',
    html`<a href="${relative(folder, levelFolder(rated.severity))}">${severityWords[rated.severity]}</a>: ${severityMeans[rated.severity]}`,
  ],
  [
    'Confidence',
    html`${Math.round(100 * rated.confidence)} %: ${confidenceWords(rated.confidence)} (<a href="${relative(folder, methodFolder)}#confidence">what the number means</a>)`,
  ],
  [
    'Costs',
    `${counted(rated.tokens ?? 0, 'token')} of the agent’s context in every conversation that lists it, ${share(rated.tokens ?? 0, server.tokens || (rated.tokens ?? 0))} of what ${tool.within === undefined ? 'this server' : 'such a list'} costs`,
  ],
  [
    'Server says',
    annotations.length === 0
      ? 'no annotations'
      : html`${annotations.map(([key, value], at) => html`${at > 0 ? ', ' : ''}<code>${key}: ${String(value)}</code>`)}`,
  ],
  ['OWASP', [...rated.owasp.llm, ...rated.owasp.agentic].join(', ') || undefined],
])}
${inner(tool)}
<section><h2 id="what">What it does, in its server’s words</h2>
${text === '' ? html`<p>Nothing is said.</p>` : quotation(text, 'The description')}
${server.record.origin === undefined ? '' : html`<p class="note">${prose(server.record.origin)}</p>`}</section>`
}

function inner({ server, within, name }: CatalogueTool): Html | undefined {
  const own = server.record.functions
  if (within === undefined || own === undefined) return undefined
  const call = own.call?.replaceAll('{name}', name)
  return html`<aside class="callout"><p><strong>Not a tool of the protocol.</strong> ${call === undefined ? '' : html`Code calls it as <code>${call}</code>. `}${prose(own.note ?? '')}</p></aside>`
}

function reasons(tool: CatalogueTool, folder: string): Html {
  const { rated, definition } = tool
  const own = rated.evidence.filter(each => each.says === rated.category)
  const undo = undoOf(tool)
  return html`<section><h2 id="why">Why ${rated.category}</h2>
<p>${because(own, tool)}</p>
${undo === undefined ? '' : html`<p>${toolLink(undo, folder)} of the same server looks like the way to put a call back.</p>`}
${evidenceTable(tool)}
<h3 id="why-not">Why not ${rated.runnerUp.category}</h3>
<p>${rated.runnerUp.category} ${categoryMeans[rated.runnerUp.category]}. Here ${prose(rated.runnerUp.why)}.</p>
${definition['name'] === undefined ? '' : html`<p class="note">Rules of judgement: <a href="${relative(folder, methodFolder)}#categories">categories and precedence</a>.</p>`}</section>`
}

function because(own: readonly Evidence[], { rated, name }: CatalogueTool): Html {
  if (own.length === 0 || rated.confidence < 0.5)
    return html`Nothing in the definition of <code>${name}</code> decides, and what is unknown is treated as the worse of its candidates: ${rated.category}.`
  const parts = own.map(each => html`${placeWords(each)} says <q>${each.quote}</q>`)
  return html`<code>${name}</code> is rated ${rated.category} because ${listed(parts)}. A tool of this kind ${categoryMeans[rated.category]}; what counts is the worst that one call with arguments of an attacker’s choice can do.`
}

function evidenceTable({ rated, definition }: CatalogueTool): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Evidence"><table class="evidence">
<thead><tr><th scope="col">Evidence</th><th scope="col">Where</th><th scope="col">Speaks for</th></tr></thead>
<tbody>
${rated.evidence.map(each => html`<tr><td>${inContext(definition, each)}${each.note === undefined ? '' : html` <span class="bounds">${each.note}</span>`}</td><td>${placeWords(each)}</td><td>${saysWords(each.says)}${each.rule === undefined ? '' : ` (rule ${each.rule})`}</td></tr>\n`)}</tbody>
</table></div>`
}

function flags({ rated }: CatalogueTool): Html {
  if (rated.flags.length === 0)
    return html`<section><h2 id="flags">Flags</h2>
<p>None of the nine: by its definition it reaches nobody outside, takes no code, local path, secret or address, and changes one thing at a time.</p></section>`
  return html`<section><h2 id="flags">Flags</h2>
<dl class="terms">
${rated.flags.map(flag => html`<div><dt>${flagWords[flag].title} <code>${flag}</code></dt><dd>${flagWords[flag].means.replace(/^./, first => first.toUpperCase())}. ${flagWords[flag].calls}</dd></div>\n`)}</dl></section>`
}

function findings({ rated }: CatalogueTool, attacks: readonly Attack[], folder: string): Html | undefined {
  if (rated.findings.length === 0) return undefined
  return html`<section><h2 id="findings">Notes on the definition</h2>
<ul class="findings">
${rated.findings.map(each => {
  const attack = attacks.find(({ id }) => id === each.attack)
  return html`<li class="${each.weight}"><strong>${each.weight === 'serious' ? 'Look at this' : 'Note'}:</strong> ${findingPlace(each)}: ${each.note}${each.quote === '' ? '' : html`, <q>${each.quote}</q>`}${attack === undefined ? '' : html` (${attackLink(attack.id, attack.name, folder)})`}</li>\n`
})}</ul></section>`
}

function returns({ definition }: CatalogueTool): Html {
  const { rows } = parameterRows(definition['outputSchema'])
  if (rows.length === 0)
    return html`<p class="note">It declares no schema of its answer, so a rule on answers has to work by size or pattern.</p>`
  return html`<p class="note">It declares its answer: ${listed(
    rows
      .filter(row => !row.path.includes('.'))
      .slice(0, 12)
      .map(row => html`<code>${row.path}</code>`),
  )}. Rules on answers can name them, as <code>result.${rows[0]?.path ?? ''}</code>.</p>`
}

function attackPart(attacks: readonly Attack[], folder: string): Html {
  if (attacks.length === 0)
    return html`<section><h2 id="attacks">Attack patterns</h2><p>No entry of the attack database is about tools of this category and these flags. Attacks on whole servers concern every tool.</p></section>`
  return html`<section><h2 id="attacks">Attack patterns</h2>
<p>These concern tools of its category and flags. Each page has a policy that a test shows the attack fail against.</p>
<ul class="entries">
${attacks.map(each => html`<li>${attackLink(each.id, each.name, folder)} <span class="level ${each.severity}">${each.severity}</span><p>${firstSentence(each.summary, 220)}</p></li>\n`)}</ul></section>`
}

const treatmentWords: Readonly<Record<Treatment, string>> = {
  allow: 'allowed',
  limit: 'allowed at a pace',
  approve: 'a person approves each call',
  deny: 'denied, visible',
  hide: 'hidden',
}

function recommended(tool: CatalogueTool): Html {
  const { name, rated } = tool
  if (!isToolName(name))
    return html`<section><h2 id="policy">Recommended rule</h2><p>None: the gateway refuses to pin a definition with such a name, so no agent sees or calls it.</p></section>`
  const own = { name, category: rated.category, flags: rated.flags }
  const pace = paceWords(paceOf(own))
  const treatment = treatmentOf(own, 'guarded')
  return html`<section><h2 id="policy">Recommended rule</h2>
<p>${treatment === 'approve' ? `A person approves each call, at most ${pace}.` : `Allowed, at most ${pace}.`} Everything else on the server is denied until another rule says otherwise; <a href="../#policies">the policies of the whole server</a> name every tool.</p>
${copyable('policy.yaml', ruleText(tool))}
<ul class="levels">
${levels.map(level => html`<li><strong>${level}</strong>: ${treatmentWords[treatmentOf(own, level)]}</li>\n`)}</ul>
<ol class="steps"><li>Save it as <code>policy.yaml</code> and check it: <code>sallyport policy check policy.yaml</code></li><li>Attach it to the grant of your agent in <code>sallyport.yaml</code></li><li>Point the agent at the gateway; <code>sallyport policy explain</code> tells what a call would meet</li></ol></section>`
}

function ruleText({ rated, name, server }: CatalogueTool): string {
  return policyText(rated.rule, `${server.record.title}: ${name} (${rated.category}), everything else denied`)
}

function questions(tool: CatalogueTool): Html {
  return html`<section><h2 id="questions">Questions</h2>
${questionsOf(tool).map(
  ({ question, answer, policy }) => html`<details class="question"><summary>${prose(question)}</summary>
<p>${prose(answer)}</p>
${policy === undefined ? '' : copyable('policy.yaml', policy)}</details>\n`,
)}</section>`
}

function related(tool: CatalogueTool, folder: string): Html | undefined {
  const near = siblingsOf(tool)
  if (near.length === 0) return undefined
  const { server } = tool
  return html`<section><h2 id="siblings">Beside it on this server</h2>
${toolList(near, folder)}
<p><a href="${relative(folder, serverFolder(server.slug))}#tools">${tool.within === undefined ? `All ${counted(server.tools.length, 'tool')}` : 'The server'}</a></p></section>`
}

function toolData(tool: CatalogueTool, attacks: readonly Attack[]): Record<string, unknown> {
  const { server, name, definition, rated, within } = tool
  const own = { name, category: rated.category, flags: rated.flags }
  const undo = undoOf(tool)
  return {
    kind: 'tool',
    server: server.slug,
    name,
    ...(within === undefined ? {} : { within }),
    rating: rated,
    severity: severityOf[rated.category],
    definition,
    attacks: attacks.map(({ id, name: title }) => ({ id, name: title })),
    ...(isToolName(name)
      ? { policy: ruleText(tool), levels: Object.fromEntries(levels.map(level => [level, treatmentOf(own, level)])) }
      : {}),
    questions: questionsOf(tool),
    ...(undo === undefined ? {} : { putBackBy: undo.name }),
    siblings: siblingsOf(tool).map(each => ({
      name: each.name,
      category: each.rated.category,
      folder: toolFolder(each.server.slug, each.folder),
    })),
    source: {
      folder: `${serversFolder}${server.slug}/`,
      ...(server.record.origin === undefined ? {} : { origin: server.record.origin }),
    },
    categories,
  }
}
