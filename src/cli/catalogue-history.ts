/** What has become of a server of the catalogue from version to version, for `catalogue show`: a line, or all of it. */
import { countsOf, type DriftChange, type DriftStep } from '../catalogue/drift-step.ts'
import { riskStyle } from './shell/definitions.ts'
import { count, visible, wrap } from './shell/layout.ts'
import type { Terminal } from './shell/terminal.ts'

const noHistory = 'no earlier release was compared with this one: what changed before is not known'

/** The newest step in a line or two, and how to see the others. */
export function latestStepText(history: readonly DriftStep[]): string {
  const [step] = history
  if (step === undefined) return noHistory
  const riskier = step.changes.filter(({ isRiskier }) => isRiskier).map(({ tool }) => visible(tool))
  const named = riskier.length === 0 ? '' : `: ${riskier.slice(0, namesInLine).join(', ')}`
  const others = riskier.length > namesInLine ? ` and ${riskier.length - namesInLine} more` : ''
  const earlier = history.length === 1 ? '' : `; ${count(history.length - 1, 'earlier step')}`
  return `${headOf(step)}: ${tallyOf(step)}${named}${others}${earlier}; all of it with --history`
}

const namesInLine = 3

/** Every step, what became riskier with its places. Lines end in `\n`. */
export function historyText(history: readonly DriftStep[], terminal: Terminal): string {
  if (history.length === 0) return `${wrap(noHistory, terminal.columns)}\n`
  return history.map(step => stepText(step, terminal)).join('\n')
}

function stepText(step: DriftStep, terminal: Terminal): string {
  const { paint, columns } = terminal
  const riskier = step.changes.filter(({ isRiskier }) => isRiskier)
  const names = (kind: DriftChange['kind']) =>
    step.changes.filter(each => each.kind === kind && !each.isRiskier).map(each => nameOf(each))
  const lines = (['added', 'removed', 'changed'] as const).flatMap(kind => {
    const own = names(kind)
    return own.length === 0 ? [] : [wrap(`${kind}: ${own.join(', ')}`, columns, '  ')]
  })
  const worse = riskier.flatMap(change => riskierLines(change, terminal))
  return `${[paint('bold', headOf(step)), `  ${tallyOf(step)}`, ...worse, ...lines].join('\n')}\n`
}

function riskierLines({ tool, risk, why, before, after, gained, places }: DriftChange, terminal: Terminal): string[] {
  const { paint, columns } = terminal
  const became = before === undefined || after === undefined || before === after ? [] : [`${before} → ${after}`]
  const flags = gained.length === 0 ? [] : [`new: ${gained.join(', ')}`]
  const said = [...became, ...flags]
  const words = wrap(`${risk} risk: ${(said.length === 0 ? [why] : said).join('; ')}`, columns, '    ').trimStart()
  return [
    `  ${paint('bold', visible(tool))}`,
    `    ${paint(riskStyle(risk), words.slice(0, risk.length + 5))}${words.slice(risk.length + 5)}`,
    ...places.map(place =>
      wrap(visible(place.why === undefined ? place.path : `${place.path}: ${place.why}`), columns, '      '),
    ),
  ]
}

/** A new tool that does more than read says so. */
function nameOf({ tool, kind, after }: DriftChange): string {
  return kind === 'added' && after !== undefined && after !== 'Read' ? `${visible(tool)} (${after})` : visible(tool)
}

function headOf({ from, to, toReleasedBy }: DriftStep): string {
  return `${visible(from)} → ${visible(to)}${toReleasedBy === undefined ? '' : ` (by ${toReleasedBy})`}`
}

function tallyOf(step: DriftStep): string {
  const { added, removed, changed, riskier } = countsOf(step)
  const parts = [
    ...(added > 0 ? [`+${added}`] : []),
    ...(removed > 0 ? [`−${removed}`] : []),
    ...(changed > 0 ? [`${changed} changed${riskier > 0 ? ` (${riskier} riskier)` : ''}`] : []),
  ]
  const [first, ...rest] = parts
  const tools = first === undefined ? [] : [[toolsIn(first, step), ...rest].join(', ')]
  return [...tools, ...step.beside.map(each => `${each} changed`)].join('; ') || 'nothing changed'
}

/** `+3 tools`, `2 tools changed`: the first number says of what. */
function toolsIn(first: string, step: DriftStep): string {
  const { added, removed, changed } = countsOf(step)
  const noun = (added || removed || changed) === 1 ? 'tool' : 'tools'
  return first.includes(' changed') ? first.replace(' changed', ` ${noun} changed`) : `${first} ${noun}`
}
