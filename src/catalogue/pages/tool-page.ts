/**
 * The page of one tool: what it does in its server's words, how it is rated and on what evidence, what narrows it, and the
 * policies to copy. Everything on it follows from the definition.
 */
import { isToolName } from '../../wire/names.ts'
import type { Attack } from '../attacks/model.ts'
import { categories, levels, treatmentOf } from '../recommend.ts'
import {
  categoryFolder,
  levelFolder,
  methodFolder,
  relative,
  serverFolder,
  serversFolder,
  toolFolder,
} from './address.ts'
import { findingsPart } from './findings-part.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import type { Catalogue, CatalogueTool } from './model.ts'
import { owaspTitles } from './owasp-words.ts'
import { parameterTable } from './parameters-part.ts'
import { categoryBadge, facts, flagBadge, prose, quotation, serverLink, share } from './parts.ts'
import { type Question, questionsOf } from './questions.ts'
import { annotationsOf, descriptionOf, severityOf } from './rating.ts'
import { refusalOf, refusalPart } from './refusal-part.ts'
import { siblingsOf, undoOf } from './siblings.ts'
import {
  attackPart,
  flags,
  questions,
  reasons,
  recommended,
  related,
  returns,
  ruleText,
  treatmentSentence,
} from './tool-parts.ts'
import { categoryMeans, confidenceWords, counted, firstSentence, severityMeans, severityWords } from './words.ts'

/** The page of a tool, or of a function behind one. */
export function toolPage(tool: CatalogueTool, catalogue: Catalogue): Page {
  const { server, name, rated } = tool
  const folder = toolFolder(server.slug, tool.folder)
  const summary = firstSentence(descriptionOf(tool.definition), 220)
  const attacks = catalogue.attacks.filter(({ id }) => rated.attacks.includes(id))
  const asked = questionsOf(tool)
  const rule = isToolName(name) ? ruleText(tool) : undefined
  const siblings = siblingsOf(tool)
  return {
    folder,
    title: `${name}, ${server.record.title}`,
    shortTitle: name,
    description: `${name} of ${server.record.title} is rated ${rated.category} (${rated.severity}). ${summary || 'Its definition has no description.'}`,
    crumbs: [
      { title: 'Servers', folder: '' },
      { title: server.record.title, folder: serverFolder(server.slug) },
    ],
    body: html`${head(tool, folder, summary)}
${contents(tool, siblings.length > 0)}
${description(tool)}
${reasons(tool, folder)}
${flags(tool)}
${findingsPart(tool, attacks, folder)}
<section><h2 id="parameters">Parameters</h2>
${parameterTable(tool.definition)}
${returns(tool)}</section>
${attackPart(attacks, folder)}
${recommended(tool, rule, folder)}
${questions(asked)}
${related(tool, siblings, folder)}`,
    data: toolData(tool, { attacks, asked, rule, siblings }),
  }
}

function head(tool: CatalogueTool, folder: string, summary: string): Html {
  const { server, name, rated, definition } = tool
  const annotations = Object.entries(annotationsOf(definition)).filter(([, value]) => typeof value === 'boolean')
  return html`<header class="lead">
<p class="kind">${tool.within === undefined ? 'Tool of' : html`Function behind <code>${tool.within}</code> of`} ${serverLink(server, folder)}</p>
<h1><code>${name}</code></h1>
<p class="badges">${categoryBadge(rated.category)} <span class="chip">${rated.severity} risk</span> ${rated.flags.map(flag => html`${flagBadge(flag, folder)} `)}</p>
<p class="summary">${summary === '' ? 'Its definition has no description; it is rated by its name and schema alone.' : summary}</p>
</header>
${facts([
  [
    'Category',
    html`<a href="${relative(folder, categoryFolder(rated.category))}">${rated.category}</a>: it ${categoryMeans[rated.category]}`,
  ],
  [
    'Severity',
    html`<a href="${relative(folder, levelFolder(rated.severity))}">${severityWords[rated.severity]}</a>: ${severityMeans[rated.severity]}${rated.category === 'Write' && rated.flags.includes('external_send') ? '; what people have received stays received' : ''}`,
  ],
  [
    'Confidence',
    html`${Math.round(100 * rated.confidence)} %: ${confidenceWords(rated.confidence)} (<a href="${relative(folder, methodFolder)}#confidence">what the number means</a>)`,
  ],
  isToolName(name)
    ? ['Recommended', html`${treatmentSentence(tool)} (<a href="#policy">the rule to copy</a>)`]
    : ['Recommended', undefined],
  ['Costs', costWords(tool)],
  [
    'Server says',
    annotations.length === 0
      ? 'no annotations'
      : html`${annotations.map(([key, value], at) => html`${at > 0 ? ', ' : ''}<code>${key}: ${String(value)}</code>`)}`,
  ],
  ['OWASP', owaspTitles(rated.owasp)],
])}
${inner(tool)}${refusalPart(tool)}`
}

function contents({ rated }: CatalogueTool, hasSiblings: boolean): Html {
  return html`<nav class="contents" aria-label="On this page"><a href="#what">What it does</a> <a href="#why">Why ${rated.category}</a> <a href="#flags">Flags</a> <a href="#parameters">Parameters</a> <a href="#attacks">Attacks</a> <a href="#policy">Rule</a> <a href="#questions">Questions</a>${hasSiblings ? html` <a href="#siblings">Siblings</a>` : ''}</nav>`
}

function description({ definition, server }: CatalogueTool): Html {
  const text = descriptionOf(definition)
  return html`<section><h2 id="what">What it does, in its server’s words</h2>
${text === '' ? html`<p>Nothing is said.</p>` : quotation(text, 'The description')}
${server.record.origin === undefined ? '' : html`<p class="note">${prose(server.record.origin)}</p>`}</section>`
}

function costWords({ server, rated, within }: CatalogueTool): string {
  const own = rated.tokens ?? 0
  if (within !== undefined) return `${counted(own, 'token')}, were it listed as a tool`
  return `${counted(own, 'token')} of context in every conversation that lists it, ${share(own, server.tokens)} of what this server costs`
}

function inner({ server, within, name }: CatalogueTool): Html | undefined {
  const own = server.record.functions
  if (within === undefined || own === undefined) return undefined
  const call = own.call?.replaceAll('{name}', name)
  return html`<aside class="callout"><p><strong>Not a tool of the protocol.</strong> ${call === undefined ? '' : html`Code calls it as <code>${call}</code>. `}${prose(own.note ?? '')}</p></aside>`
}

interface ToolParts {
  readonly attacks: readonly Attack[]
  readonly asked: readonly Question[]
  readonly rule: string | undefined
  readonly siblings: readonly CatalogueTool[]
}

function toolData(tool: CatalogueTool, { attacks, asked, rule, siblings }: ToolParts): Record<string, unknown> {
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
    ...refusalOf(tool),
    definition,
    attacks: attacks.map(({ id, name: title }) => ({ id, name: title })),
    ...(rule !== undefined
      ? { policy: rule, levels: Object.fromEntries(levels.map(level => [level, treatmentOf(own, level)])) }
      : {}),
    questions: asked,
    ...(undo === undefined ? {} : { putBackBy: undo.name }),
    siblings: siblings.map(each => ({
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
