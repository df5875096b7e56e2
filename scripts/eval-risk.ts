/**
 * `npm run eval:risk`: measures the classifier on the labelled tools of `eval/` and prints everything that is known about
 * its mistakes. Exit 1 when a floor is not met. `-- --brief` leaves out the single cases.
 */
import { categories } from '../src/catalogue/classify/lexicon/senses.ts'
import { type LabelledServer, labelledServers } from './risk-labels.ts'
import {
  calibrationOf,
  categoryScores,
  confusionOf,
  dangerousAsRead,
  flagScores,
  foldsOf,
  judge,
  macroF1,
  type Outcome,
  type Scores,
  tunedOn,
} from './risk-score.ts'

/** Public labels: the least macro-F1; folds and fresh servers may fall below it by `spreadMax`. */
const macroF1Min = 0.93
const spreadMax = 0.03
const sealedMin = 0.9
const foldCount = 5

const isBrief = process.argv.includes('--brief')
const sets = {
  public: labelledServers('public'),
  own: labelledServers('own'),
  later: labelledServers('later'),
  sealed: labelledServers('sealed'),
  fresh: labelledServers('fresh'),
  written: labelledServers('written'),
}
const outcomes = {
  public: judge(sets.public),
  own: judge(sets.own),
  later: judge(sets.later),
  sealed: judge(sets.sealed),
  fresh: judge(sets.fresh),
  written: judge(sets.written),
}

say(`# Public labels: ${sizes(sets.public, outcomes.public)}\n`)
report(outcomes.public, !isBrief)
say('## Folds by server\n')
say(
  'The two thresholds of the decision are tuned on four folds and judged on the fifth; words and rules are not tuned.\n',
)
const folds = foldsOf(sets.public, foldCount)
const pooled: Outcome[] = []
for (const [index, fold] of folds.entries()) {
  const tuned = tunedOn(folds.filter(other => other !== fold).flat())
  const own = judge(fold, { thresholds: tuned })
  pooled.push(...own)
  const names = fold.map(server => server.name).join(', ')
  say(
    `fold ${index + 1}  ${tuned.deciding}/${tuned.contradicting}  macro-F1 ${fixed(macroF1(own))}, accuracy ${accuracy(own)}  ${names}`,
  )
}
say(`pooled  macro-F1 ${fixed(macroF1(pooled))}, accuracy ${accuracy(pooled)}`)
say('\n## Without a source\n')
const all = Object.values(sets).flat()
ablation('nothing left out', {})
ablation('annotations ignored', { ignored: { annotations: true } })
ablation('descriptions ignored', { ignored: { description: true } })
ablation('names ignored', { ignored: { name: true } })
say(`\n# Our labels, used while developing: ${sizes(sets.own, outcomes.own)}\n`)
report(outcomes.own, !isBrief)
say(`# Our labels, made after the first rules, looked at since: ${sizes(sets.later, outcomes.later)}\n`)
report(outcomes.later, !isBrief)
say(`# Our labels, sealed: ${sizes(sets.sealed, outcomes.sealed)}\n`)
say(
  'Only totals of this set are looked at (but for two tools that were rated too mildly); its cases are not printed.\n',
)
report(outcomes.sealed, false)
say(`# Fresh labels, made blind, rich in rare classes: ${sizes(sets.fresh, outcomes.fresh)}\n`)
say('Every second server was looked at while developing; single cases of the others are not printed.\n')
report(outcomes.fresh, false)
say(`# Definitions we wrote ourselves: ${sizes(sets.written, outcomes.written)}\n`)
say('As above: totals only.\n')
report(outcomes.written, false)
say('# Confidence\n')
say('confidence  tools  labelled exactly so')
for (const [confidence, { right, all: count }] of calibrationOf(Object.values(outcomes).flat())) {
  say(`${confidence.toFixed(2).padEnd(10)}  ${String(count).padStart(5)}  ${(right / count).toFixed(3)}`)
}

const dangerous = Object.values(outcomes).flatMap(dangerousAsRead)
const failures = [
  ...(macroF1(pooled) < macroF1(outcomes.public) - spreadMax
    ? [`the pooled folds are more than ${spreadMax} below`]
    : []),
  ...(macroF1(outcomes.public) < macroF1Min ? [`macro-F1 on public labels is below ${macroF1Min}`] : []),
  ...(macroF1(outcomes.sealed) < sealedMin ? [`macro-F1 on the sealed labels is below ${sealedMin}`] : []),
  ...(dangerous.length > 0 ? [`${dangerous.length} dangerous tools are rated Read`] : []),
]
say(`\n${failures.length === 0 ? 'every floor is met' : failures.join('\n')}`)
process.exitCode = failures.length === 0 ? 0 : 1

function report(found: readonly Outcome[], showsCases: boolean): void {
  say(`macro-F1 ${fixed(macroF1(found))}, accuracy ${accuracy(found)}\n`)
  for (const [category, scores] of categoryScores(found)) say(row(category, scores))
  say('\nlabelled as ↓ rated as →'.padEnd(25) + categories.map(each => each.padStart(12)).join(''))
  const matrix = confusionOf(found)
  for (const truth of categories)
    say(truth.padEnd(24) + categories.map(given => String(matrix[truth][given]).padStart(12)).join(''))
  say('')
  for (const [flag, scores] of flagScores(found)) if (scores.support > 0) say(row(flag, scores))
  const wrong = dangerousAsRead(found)
  say(`\nExecute, Destructive or Financial rated Read: ${wrong.length === 0 ? 'none' : wrong.map(nameOf).join(', ')}\n`)
  if (!showsCases) return
  for (const each of found.filter(({ isRight }) => !isRight)) say(caseOf(each))
  say('')
}

function ablation(name: string, options: Parameters<typeof judge>[1]): void {
  const own = judge(sets.public, options)
  const whole = judge(all, options)
  say(
    `${name.padEnd(22)} public ${fixed(macroF1(own))}, dangerous as Read ${dangerousAsRead(own).length}; all sets ${fixed(macroF1(whole))}, dangerous as Read ${dangerousAsRead(whole).length}`,
  )
}

function caseOf({ label, rated }: Outcome): string {
  const quotes = rated.evidence.slice(0, 2).map(each => `${each.where} \`${each.quote}\``)
  const wanted = [label.category, ...label.also].join('|')
  const reason = label.reason === undefined ? '' : `; label: ${label.reason}`
  return `wrong  ${label.server}/${label.tool}: ${rated.category}, labelled ${wanted} (${quotes.join(', ')}${reason})`
}

function row(name: string, { precision, recall, f1, support }: Scores): string {
  return `${name.padEnd(16)} precision ${fixed(precision)}  recall ${fixed(recall)}  F1 ${fixed(f1)}  (${support})`
}

function nameOf({ label }: Outcome): string {
  return `${label.server}/${label.tool}`
}

function sizes(servers: readonly LabelledServer[], found: readonly Outcome[]): string {
  return `${found.length} tools of ${servers.length} servers`
}

function accuracy(found: readonly Outcome[]): string {
  return (found.filter(({ isRight }) => isRight).length / Math.max(1, found.length)).toFixed(3)
}

function fixed(value: number): string {
  return value.toFixed(3)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
