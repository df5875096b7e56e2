/** What two policies decide differently, for people: tool by tool, each change with the calls, the rule and an example. */
import type { Difference, OpenChange, ToolChange, VerdictChange } from '../../policy/analysis/difference.ts'
import type { LimitChange } from '../../policy/analysis/limit-changes.ts'
import type { OtherChange } from '../../policy/analysis/other-changes.ts'
import type { Loosening, Modes } from '../../policy/analysis/permissiveness.ts'
import { callText } from './call-text.ts'
import { count, facts, visible, wrap } from './layout.ts'
import type { Terminal } from './terminal.ts'

export interface Shown {
  /** The names of the two files. */
  readonly before: string
  readonly after: string
  /** Where the rule behind a change stands. */
  readonly placeOf: (cause: VerdictChange['cause']) => string | undefined
  /** The file with the tools, where one was given. */
  readonly tools: string | undefined
  readonly difference: Difference
  readonly others: readonly OtherChange[]
  readonly modes: Modes
  readonly looser: Loosening
  readonly isSame: boolean
}

type Look = Pick<Terminal, 'columns' | 'paint'>
type Pairs = (readonly [string, string])[]

/** The whole answer. Lines end in `\n`. */
export function differenceText(shown: Shown, look: Look): string {
  const { before, after, difference, others, modes, isSame } = shown
  const words = others.filter(({ about }) => about === 'words')
  const parts = [
    ...difference.tools.map(change => toolText(change, shown, look)),
    ...section('beside the verdicts', besides(others, modes), look),
    ...(difference.complete ? [] : [`${wrap(incomplete, look.columns)}\n`]),
    ...section('words', wordPairs(words), look),
    summaryText(shown, look),
  ]
  if (isSame && words.length === 0)
    return `${wrap(`${visible(before)} and ${visible(after)} decide every call alike`, look.columns)}\n`
  return parts.join('\n')
}

const incomplete = 'there are more kinds of tool names than were looked at: give the tools of the server with --tools'

function section(title: string, pairs: Pairs, { columns, paint }: Look): readonly string[] {
  return pairs.length === 0 ? [] : [`${paint('bold', title)}\n${indented(pairs, { columns, paint })}`]
}

function indented(pairs: Pairs, { columns, paint }: Look): string {
  return facts(pairs, columns - 2, paint).replace(/^(?=.)/gm, '  ')
}

function toolText(change: ToolChange, shown: Shown, look: Look): string {
  const names = change.tools.filter(label => !isSaidWith(label, change.tools))
  const isDoor = (name: string) => /^`[a-z]+\/[a-z]+`$/.test(name)
  const doors = names.filter(isDoor).length < 4 ? names.filter(isDoor) : ['every door']
  const all = [...names.filter(name => !isDoor(name)), ...doors]
  const title = wrap(all.map(visible).join(', ').replaceAll('`', ''), look.columns)
  const pairs: Pairs = [
    ...change.verdicts.map(each => verdictPair(each, shown)),
    ...change.open.map(each => openPair(each, shown)),
    ...change.limits.map(limitPair),
    ...listedPair(change),
  ]
  return `${look.paint('bold', title)}\n${indented(pairs, look)}`
}

/** True for the look-alikes of a name that is in the list itself. */
function isSaidWith(label: string, labels: readonly string[]): boolean {
  const name = /^names that (?:equal|match) (`.*`) but for case$/.exec(label)?.[1]
  return name !== undefined && labels.some(other => other === name || other === `tools that match ${name}`)
}

const askedWords = { before: 'no longer asked by', after: 'also asked by' } as const

function verdictPair({ from, to, when, cause, call }: VerdictChange, shown: Shown): readonly [string, string] {
  const lines = [
    when.length === 0 ? 'every call' : `when ${when.map(visible).join(', and ')}`,
    `${from === to ? askedWords[cause.in] : 'by'} ${ruleText(cause, shown)}`,
    `e.g. ${callText(call, shown.tools)}`,
  ]
  return [`${from} → ${to}`, lines.join('\n')]
}

const ruleWords: Readonly<Record<string, string>> = {
  '(hidden)': 'hidden',
  '(default deny)': 'not listed, and what is not listed is denied',
}

function ruleText(cause: VerdictChange['cause'], shown: Shown): string {
  const place = shown.placeOf(cause) ?? shown[cause.in]
  return `${ruleWords[cause.at] ?? visible(cause.at)} (${visible(place)})`
}

function openPair({ from, to, when, why, at }: OpenChange, shown: Shown): readonly [string, string] {
  const rules = at.map(each => visible(each)).join(', ')
  const lines = [
    `cannot tell${when.length === 0 ? '' : ` when ${when.map(visible).join(', and ')}`}`,
    `because ${visible(why)}`,
    ...(rules === '' ? [] : [`see ${rules} in ${visible(shown.before)} and ${visible(shown.after)}`]),
  ]
  return [`${from} → ${to}?`, lines.join('\n')]
}

function limitPair({ kind, before, after }: LimitChange): readonly [string, string] {
  const words = [before, after].flatMap(each => (each === undefined ? [] : [visible(each.words)]))
  return [`limit ${kind}`, words.join('\n→ ')]
}

function listedPair({ listed }: ToolChange): Pairs {
  if (listed === undefined) return []
  return [['lists', listed.after ? 'shown now' : 'no longer shown']]
}

function besides(others: readonly OtherChange[], { before, after }: Modes): Pairs {
  const mode: Pairs =
    before === after
      ? []
      : [
          [
            'mode',
            `${before} → ${after}: ${after === 'observe' ? 'nothing is blocked any more' : 'denials block now'}; the verdicts here are those of enforcing`,
          ],
        ]
  const rest = others.filter(({ about }) => about !== 'words')
  return [...mode, ...rest.map(({ about, at, before: one, after: two }) => [about, changeText(at, one, two)] as const)]
}

function changeText(at: string, before: unknown, after: unknown): string {
  const text = (value: unknown) => (value === undefined ? 'nothing' : visible(cut(JSON.stringify(value))))
  return `${visible(at)}\n${text(before)}\n→ ${text(after)}`
}

const textMax = 160

function cut(text: string): string {
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text
}

function wordPairs(words: readonly OtherChange[]): Pairs {
  return words.map(({ at, before, after }) => ['told differently', changeText(at, before, after)])
}

const hint =
  'try an example: sallyport policy explain --policy FILE --tool NAME --args JSON (--context JSON: what stands behind `with`)'

function summaryText({ before, after, difference, looser, isSame }: Shown, { columns }: Look): string {
  const verdicts = difference.tools.flatMap(change => change.verdicts).length
  const open = difference.tools.flatMap(change => change.open).length
  const limits = difference.tools.flatMap(change => change.limits).length
  const counts = [
    ...(verdicts > 0 ? [`${count(verdicts, 'change')} of verdicts`] : []),
    ...(open > 0 ? [`${open} that nobody can tell`] : []),
    ...(limits > 0 ? [`${count(limits, 'change')} of limits`] : []),
  ]
  const names = `${visible(before)} → ${visible(after)}`
  if (isSame) return `${wrap(`${names}: every call is decided alike`, columns)}\n`
  const effects = {
    yes: 'something lets more through',
    maybe: 'something may let more through',
    no: 'nothing lets more through',
  }
  const tried = verdicts > 0 ? `\n${hint}` : ''
  return `${wrap(`${names}: ${[...counts, effects[looser]].join('; ')}${tried}`, columns)}\n`
}
