/** Parts of a tool's page: why it is rated so, its flags, what was noticed, attacks, the rule, questions, siblings. */
import type { Attack } from '../attacks/model.ts'
import { levels, paceOf, type Treatment, treatmentOf } from '../recommend.ts'
import { methodFolder, relative, serverFolder } from './address.ts'
import { clausesOf, inContext, placeWords, saysWords } from './evidence-part.ts'
import { type Html, html, listed } from './markup.ts'
import type { CatalogueTool } from './model.ts'
import { parameterRows } from './parameters-part.ts'
import { attackLink, copyable, prose, toolLink, toolList } from './parts.ts'
import type { Question } from './questions.ts'
import { type Evidence, severities } from './rating.ts'
import { undoOf } from './siblings.ts'
import { paceWords, policyText } from './snippet.ts'
import { categoryMeans, counted, firstSentence, flagWords, undecided } from './words.ts'

export function reasons(tool: CatalogueTool, folder: string): Html {
  const { rated, definition } = tool
  const own = rated.evidence.filter(each => each.says === rated.category)
  const undo = undoOf(tool)
  return html`<section><h2 id="why">Why ${rated.category}</h2>
<p>${because(own, tool)}</p>
${undo === undefined ? '' : html`<p>${toolLink(undo, folder)} of the same server looks like the way to put a call back.</p>`}
${evidenceTable(tool)}
<h3 id="why-not">Why not ${rated.runnerUp.category}</h3>
<p>${rated.runnerUp.category} ${categoryMeans[rated.runnerUp.category]}. ${rated.confidence < undecided ? 'Nothing in the definition rules that out.' : html`Here ${prose(rated.runnerUp.why)}.`}</p>
${definition['name'] === undefined ? '' : html`<p class="note">Rules of judgement: <a href="${relative(folder, methodFolder)}#categories">categories and precedence</a>.</p>`}</section>`
}

function because(own: readonly Evidence[], { rated, name, definition }: CatalogueTool): Html {
  if (own.length === 0 || rated.confidence < undecided)
    return html`Nothing in the definition of <code>${name}</code> decides, and what is unknown is treated as the worse of its candidates: ${rated.category}.`
  return html`<code>${name}</code> is rated ${rated.category} because ${listed(clausesOf(own, definition), ', and')}. What counts is the worst that one call with arguments of an attacker’s choice can do.`
}

function evidenceTable({ rated, definition }: CatalogueTool): Html {
  return html`<section class="scroll" tabindex="0" aria-label="Evidence"><table class="stack quotes">
<thead><tr><th scope="col">Evidence</th><th scope="col">Where</th><th scope="col">Speaks for</th></tr></thead>
<tbody>
${rated.evidence.map(each => html`<tr><td>${inContext(definition, each)}${each.note === undefined || each.where === 'annotation' ? '' : html` <span class="bounds">${each.note}</span>`}</td><td>${placeWords(each)}</td><td>${saysWords(each.says)}${each.rule === undefined ? '' : ` (rule ${each.rule})`}</td></tr>\n`)}</tbody>
</table></section>`
}

export function flags({ rated }: CatalogueTool): Html {
  if (rated.flags.length === 0)
    return html`<section><h2 id="flags">Flags</h2>
<p>None of the nine: nothing in its definition says that it reaches people or the open web, takes code, a local path, an address or a secret, returns a secret${rated.category === 'Read' ? '' : ', changes many things at once'} or does several different things.</p></section>`
  return html`<section><h2 id="flags">Flags</h2>
<dl class="terms">
${rated.flags.map(flag => html`<div><dt>${flagWords[flag].title} <code>${flag}</code></dt><dd>${flagWords[flag].means.replace(/^./, first => first.toUpperCase())}. ${prose(flagWords[flag].calls)}</dd></div>\n`)}</dl></section>`
}

export function returns({ definition }: CatalogueTool): Html {
  const { rows } = parameterRows(definition['outputSchema'])
  if (rows.length === 0)
    return html`<p class="note">It declares no schema of its answer: a rule on answers works by size, by pattern, or by a member you have seen there.</p>`
  return html`<p class="note">It declares its answer: ${listed(
    rows
      .filter(row => !row.path.includes('.'))
      .slice(0, 12)
      .map(row => html`<code>${row.path}</code>`),
  )}. Rules on answers can name them, as <code>result.${rows[0]?.path ?? ''}</code>.</p>`
}

export function attackPart(attacks: readonly Attack[], folder: string): Html {
  if (attacks.length === 0)
    return html`<section><h2 id="attacks">Attack patterns</h2><p>No entry of the attack database is about tools of this category and these flags. Attacks on whole servers concern every tool.</p></section>`
  return html`<section><h2 id="attacks">Attack patterns</h2>
<p>These concern tools of its category and flags. Each page has a policy that a test shows the attack fail against.</p>
<ul class="entries">
${gravestFirst(attacks).map(each => html`<li>${attackLink(each.id, each.name, folder)} <span class="level ${each.severity}">${each.severity}</span><p>${firstSentence(each.summary, 220)}</p></li>\n`)}</ul></section>`
}

function gravestFirst(attacks: readonly Attack[]): readonly Attack[] {
  return attacks.toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))
}

const treatmentWords: Readonly<Record<Treatment, string>> = {
  allow: 'allowed',
  limit: 'allowed at a pace',
  approve: 'a person approves each call',
  deny: 'denied, visible',
  hide: 'hidden',
}

/** What is recommended, as the beginning of a sentence. */
export function treatmentSentence({ name, rated }: CatalogueTool): string {
  const own = { name, category: rated.category, flags: rated.flags }
  const pace = paceWords(paceOf(own))
  return treatmentOf(own, 'guarded') === 'approve'
    ? `a person approves each call, at most ${pace}`
    : `allowed, at most ${pace}`
}

/** The rule, `rule` being its text; and where it holds. */
export function recommended(tool: CatalogueTool, rule: string | undefined, folder: string): Html {
  const { name, rated, server, within } = tool
  if (rule === undefined)
    return html`<section><h2 id="policy">Recommended rule</h2><p>None: the gateway refuses to pin a definition with such a name, so no agent sees or calls it.</p></section>`
  const own = { name, category: rated.category, flags: rated.flags }
  const door = within === undefined ? undefined : server.tools.find(each => each.name === within)
  return html`<section><h2 id="policy">Recommended rule</h2>
${door === undefined ? '' : html`<div class="callout"><p>This rule holds only where the function is published as a tool of its own. Behind this server it matches nothing: what bounds its calls is the rule of ${toolLink(door, folder)}.</p></div>`}
<p>${treatmentSentence(tool).replace(/^./, first => first.toUpperCase())}. Everything else on the server is denied until another rule says otherwise; <a href="../#policies">the policies of the whole server</a> name every tool.</p>
${copyable('policy.yaml', rule)}
<p>At the three levels of those policies it is:</p>
<ul class="levels">
${levels.map(level => html`<li><strong>${level}</strong>: ${treatmentWords[treatmentOf(own, level)]}</li>\n`)}</ul>
<ol class="steps"><li>Save it as <code>policy.yaml</code> and check it: <code>sallyport policy check policy.yaml</code></li><li>Attach it to the grant of your agent in <code>sallyport.yaml</code>; <a href="../#install">the lines for this server</a></li><li>Point the agent at the gateway; <code>sallyport policy explain --policy policy.yaml --tool ${name}</code> tells what a call would meet</li></ol></section>`
}

export function ruleText({ rated, name, server }: CatalogueTool): string {
  return policyText(rated.rule, `${server.record.title}: ${name} (${rated.category}), everything else denied`)
}

export function questions(asked: readonly Question[]): Html {
  return html`<section><h2 id="questions">Questions</h2>
${asked.map(
  ({ question, answer, policy }) => html`<details class="question"><summary>${prose(question)}</summary>
<p>${prose(answer)}</p>
${policy === undefined ? '' : copyable('policy.yaml', policy)}</details>\n`,
)}</section>`
}

export function related(tool: CatalogueTool, near: readonly CatalogueTool[], folder: string): Html | undefined {
  if (near.length === 0) return undefined
  const { server } = tool
  return html`<section><h2 id="siblings">Beside it on this server</h2>
${toolList(near, folder)}
<p><a href="${relative(folder, serverFolder(server.slug))}#tools">${tool.within === undefined ? `All ${counted(server.tools.length, 'tool')}` : 'The server'}</a></p></section>`
}
