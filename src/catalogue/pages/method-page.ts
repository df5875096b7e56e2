/** How everything is made: categories and their precedence, flags, confidence, grade, cost, and the measured accuracy. */
import { gradeFormula } from '../classify/grade.ts'
import { categories } from '../recommend.ts'
import type { MeasuredSet } from './accuracy.ts'
import { attacksFolder, methodFolder, relative } from './address.ts'
import { deductionRows, thresholdSentences, weightSentence } from './grade-formula.ts'
import type { Page } from './layout.ts'
import { type Html, html } from './markup.ts'
import type { Catalogue } from './model.ts'
import { categoryBadge, prose } from './parts.ts'
import { flagNames, severityOf } from './rating.ts'
import { categoryMeans, flagWords, grouped } from './words.ts'

/** Rules that settle cases two readers could see differently, by their letter. */
const rules: readonly (readonly [string, string])[] = [
  [
    'a',
    'Deleting something with content of its own (a comment, a label, a filter) is Destructive; taking away a mere link or mark is Write.',
  ],
  [
    'b',
    'Replacing whole contents, or changing everything that matches a filter, is Destructive; changing fields, or a commit that keeps history, is Write.',
  ],
  ['c', 'Granting access is Write, taking it away Destructive.'],
  [
    'd',
    'Running pipelines, tests, monitors or agents is Execute, and so is deploying code; storing code for later is Write.',
  ],
  ['e', 'A query language that cannot write is Read, and the tool is flagged `freeform_code`.'],
  ['f', 'Acting in a live browser is Write, since the page decides what follows; running script in it is Execute.'],
  ['g', 'The state of the tool’s own session is Write.'],
  ['h', 'A read that may save to a path of the caller is Read; if saving is its purpose it is Write.'],
  ['i', 'Asking a model, or an agent that only researches and answers, is Read.'],
  ['j', 'A tool that takes the name of an operation is rated by the worst operation its text names.'],
]

/** The page. */
export function methodPage(catalogue: Catalogue): Page {
  const folder = methodFolder
  return {
    folder,
    title: 'Method',
    description:
      'How tools are rated from their definitions alone, what flags, confidence and grades mean, how tokens are counted, and how often the ratings agree with people.',
    crumbs: [],
    body: html`<header class="lead"><h1>Method</h1>
<p class="summary">A rating is computed from the name, the description, the schema and the annotations of a tool, by fixed rules. The same definition always gets the same rating, and every rating quotes the words it rests on.</p></header>
<nav class="contents" aria-label="On this page"><a href="#categories">Categories</a> <a href="#flag-list">Flags</a> <a href="#confidence">Confidence</a> <a href="#accuracy">Accuracy</a> <a href="#grade">Grade</a> <a href="#cost">Cost</a> <a href="#policies">Policies</a> <a href="#limits">Limits</a></nav>
<section><h2 id="categories">Categories</h2>
<p>What is judged is the worst thing that one call with arguments of an attacker’s choice can do.</p>
<dl class="terms">
${categories.map(each => html`<div><dt>${categoryBadge(each)} ${severityOf[each]}</dt><dd>${each} ${categoryMeans[each]}.</dd></div>\n`)}</dl>
<p>A tool with a fixed set of effects takes its worst one: Financial and Destructive before Execute, before Write, before Read. A tool whose argument is code, arbitrary SQL, a command or the name of another tool is Execute, although code could also delete. What a definition does not decide is treated as the worse of its candidates. Annotations are evidence, never the verdict: a tool that says it only reads and deletes is Destructive, and its page says so.</p>
<ol class="rules">
${rules.map(([letter, text]) => html`<li id="rule-${letter}"><strong>(${letter})</strong> ${prose(text)}</li>\n`)}</ol></section>
<section><h2 id="flag-list">Flags</h2>
<p>A flag is a fact about how a tool can be used, not about how bad it is.</p>
<dl class="terms">
${flagNames.map(flag => html`<div id="flag-${flag}"><dt>${flagWords[flag].title} <code>${flag}</code></dt><dd>${flagWords[flag].means.replace(/^./, first => first.toUpperCase())}. ${prose(flagWords[flag].calls)}</dd></div>\n`)}</dl></section>
<section><h2 id="confidence">Confidence</h2>
<p>The number is a share, not a feeling: of the labelled tools in the same situation, so many have exactly the category that was given. The situation is how many parts of the definition speak for the category, and whether one speaks for another. When nothing decides, the number is low and the rating the worse candidate.</p></section>
${accuracyPart(catalogue)}
<section><h2 id="grade">Grade</h2>
<p>A server starts with ${gradeFormula.pointsMax} points. Taken off are:</p>
<section class="scroll" tabindex="0" aria-label="What points are taken off for"><table class="plain">
<thead><tr><th scope="col">For</th><th scope="col">Points</th></tr></thead>
<tbody>
${deductionRows().map(([reason, points]) => html`<tr><td>${reason}</td><td>${points}</td></tr>\n`)}</tbody>
</table></section>
<p>${prose(weightSentence())}</p>
<p>${thresholdSentences()} A grade says how much could go wrong through a server, so a useful server can have a low one; that is what policies are for.</p></section>
<section><h2 id="cost">Token cost</h2>
<p>o200k tokens of each definition as it is serialised in a list of tools. Clients that load definitions on demand pay less; other vocabularies count a few percent differently.</p></section>
<section><h2 id="policies">Recommended policies</h2>
<p>Read at 60 a minute, Write at 30, Execute at 10 with a person’s approval, Destructive and Financial with approval at 10 an hour and 20 a day, and whatever reaches people at 5 an hour: thirty messages a minute are a flood to whoever reads them. Each server has its policy at three levels, naming every tool; each loads as it stands, and so does every snippet on these pages.</p>
<p>Which <a href="${relative(folder, attacksFolder)}">attacks</a> concern a tool follows from its category and flags.</p></section>
<section><h2 id="limits">What this cannot tell</h2>
<ul><li>Whether a server does what it says. A definition is a claim; the gateway pins it, and notices when it changes.</li><li>What a tool does that its definition does not mention.</li><li>What a server behind a sign-in offers, unless somebody with an account scans it: <code>sallyport catalogue scan</code>.</li></ul></section>`,
    data: { kind: 'method', rules: Object.fromEntries(rules), gradeFormula, accuracy: catalogue.accuracy ?? null },
  }
}

function accuracyPart({ accuracy }: Catalogue): Html {
  if (accuracy === undefined)
    return html`<section><h2 id="accuracy">Accuracy</h2>
<p>The classifier is measured on tools of public servers that people labelled. This build holds no figures: <code>npm run eval:risk</code> in a checkout of the gateway prints them, with every mistake by name.</p></section>`
  return html`<section><h2 id="accuracy">Accuracy</h2>
<p>Measured with <code>npm run eval:risk</code> on tools that people labelled by the rules above. Where two careful readers could differ, the label names both, and either counts as right. Macro-F1 is the mean of the five categories, so that rare ones count as much as Read.</p>
<section class="scroll" tabindex="0" aria-label="Measured"><table class="plain">
<thead><tr><th scope="col">Labels</th><th scope="col" class="number">Servers</th><th scope="col" class="number">Tools</th><th scope="col" class="number">Macro-F1</th><th scope="col" class="number">Accuracy</th><th scope="col" class="number">Grave as Read</th></tr></thead>
<tbody>
${accuracy.sets.map(set => html`<tr><td>${set.title}</td><td class="number">${set.servers}</td><td class="number">${grouped(set.tools)}</td><td class="number">${set.macroF1.toFixed(3)}</td><td class="number">${(100 * set.accuracy).toFixed(1)} %</td><td class="number">${set.dangerousAsRead}</td></tr>\n`)}</tbody>
</table></section>
<p class="note">“Grave as Read” counts tools labelled Execute, Destructive or Financial that were rated Read: the mistake that would hurt.</p>
${accuracy.sets.map(
  set => html`<details><summary>${set.title}: by category, and what was taken for what</summary>
${scoreTable(set)}
${confusionTable(set)}</details>\n`,
)}
${
  accuracy.ablations.length === 0
    ? ''
    : html`<h3 id="ablation">Without a source</h3>
<p>What is left when a part of the definition is not read, on the public labels. A classifier that had learned words by heart would fall apart here.</p>
<table class="plain">
<thead><tr><th scope="col">Ignored</th><th scope="col" class="number">Macro-F1</th><th scope="col" class="number">Grave as Read</th></tr></thead>
<tbody>
${accuracy.ablations.map(each => html`<tr><td>${each.without}</td><td class="number">${each.macroF1.toFixed(3)}</td><td class="number">${each.dangerousAsRead}</td></tr>\n`)}</tbody>
</table>`
}</section>`
}

function scoreTable({ scores, title }: MeasuredSet): Html {
  return html`<section class="scroll" tabindex="0" aria-label="By category: ${title}"><table class="plain">
<thead><tr><th scope="col">Category</th><th scope="col" class="number">Precision</th><th scope="col" class="number">Recall</th><th scope="col" class="number">F1</th><th scope="col" class="number">Tools</th></tr></thead>
<tbody>
${scores.map(each => html`<tr><td>${each.category}</td><td class="number">${each.precision.toFixed(3)}</td><td class="number">${each.recall.toFixed(3)}</td><td class="number">${each.f1.toFixed(3)}</td><td class="number">${each.support}</td></tr>\n`)}</tbody>
</table></section>`
}

function confusionTable({ confusion, title }: MeasuredSet): Html {
  return html`<section class="scroll" tabindex="0" aria-label="What was taken for what: ${title}"><table class="plain">
<thead><tr><th scope="col">Labelled ↓ rated →</th>${categories.map(each => html`<th scope="col" class="number">${each}</th>`)}</tr></thead>
<tbody>
${categories.map(label => html`<tr><th scope="row">${label}</th>${categories.map(given => html`<td class="number">${confusion[label][given]}</td>`)}</tr>\n`)}</tbody>
</table></section>`
}
