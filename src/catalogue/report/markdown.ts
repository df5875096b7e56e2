/**
 * The report as Markdown, for a comment or a job summary. Foreign text stands in `<code>` with everything but letters,
 * digits, spaces and hyphens as character references: it can form no link, no HTML, no table, no image, and notify nobody.
 */

import { limits } from '../../limits.ts'
import { showInvisible } from '../../wire/names.ts'
import { type Severity, severities } from '../classify/lexicon/senses.ts'
import { clientTitles } from '../clients/kinds.ts'
import { detailOf, gravityOf, type ReportFinding } from './finding.ts'
import { type FindingGroup, groupsOf } from './groups.ts'
import { type Folders, shortPath } from './paths.ts'
import { allFindings, contextTokens, type Report, type ReportedServer } from './report.ts'
import { rules } from './rules.ts'
import type { Outcome, Thresholds } from './thresholds.ts'

/** A text somebody else wrote, on one line, as code. */
function foreign(text: string): string {
  const shown = showInvisible(text)
  const cut = shown.length > limits.reportQuoteCharsMax ? `${shown.slice(0, limits.reportQuoteCharsMax)}…` : shown
  const safe = cut.replace(
    /(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[^A-Za-z0-9 _\u2026-]|(?<= ) /gu,
    found => `&#${found.codePointAt(0) ?? 0xfffd};`,
  )
  return `<code>${safe === '' ? ' ' : safe}</code>`
}

/** The whole report. Ends with a line break. */
export function markdownOf(report: Report, outcome: Outcome, thresholds: Thresholds, folders: Folders): string {
  const findings = allFindings(report)
  const parts = [
    '## MCP servers',
    verdict(report, findings, outcome, thresholds),
    overview(report),
    ...(findings.length === 0 ? [] : ['### Findings', findingTable(findings, folders)]),
    ...report.servers.filter(({ rating }) => rating !== undefined).map(details),
  ]
  return `${parts.join('\n\n')}\n`
}

const plural = (quantity: number, noun: string) => `${quantity} ${noun}${quantity === 1 ? '' : 's'}`

function verdict(
  { servers, tokens }: Report,
  findings: readonly ReportFinding[],
  outcome: Outcome,
  { failOn, failOnGrade }: Thresholds,
): string {
  const counts = severities
    .toReversed()
    .map(severity => [severity, findings.filter(each => each.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => `${number} ${severity}`)
  const share = Math.round((1000 * tokens) / contextTokens) / 10
  const asked = [
    failOn === 'none' ? '' : `findings from ${failOn} on`,
    failOnGrade === undefined ? '' : `grade ${failOnGrade} or worse`,
  ]
  const limit = asked.filter(text => text !== '').join(', ')
  const result = outcome.isOver
    ? `**Over the threshold** (${limit})`
    : limit === ''
      ? 'No threshold was set'
      : `Within the threshold (${limit})`
  // what is not known is no zero
  const isKnown = servers.some(({ rating }) => rating !== undefined)
  const parts = [
    plural(servers.length, 'server'),
    findings.length === 0 ? 'no findings' : counts.join(', '),
    ...(isKnown ? [`${tokens} tokens of definitions (${share}% of ${contextTokens / 1000}k)`] : []),
  ]
  return `${result}: ${parts.join(', ')}.`
}

const states: Readonly<Record<ReportedServer['state'], string>> = {
  seen: 'looked at',
  catalogue: 'from the catalogue',
  'not-seen': 'could not be looked at',
  'not-started': 'not started',
  gateway: 'through the gateway',
  off: 'switched off',
}

function overview({ servers }: Report): string {
  const rows = servers.map(({ name, clients, starts, state, rating }) => {
    const where = [...new Set(clients.map(({ client }) => clientTitles[client]))].join(', ')
    const grade = rating === undefined ? '–' : `**${rating.grade.grade}**`
    return `| ${foreign(name)} | ${where} | ${grade} | ${rating?.tools ?? '–'} | ${rating?.tokens ?? '–'} | ${states[state]} | ${foreign(starts)} |`
  })
  return [
    '| server | client | grade | tools | tokens | seen | starts |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function findingTable(findings: readonly ReportFinding[], folders: Folders): string {
  const isGrave = (severity: Severity) => gravityOf(severity) > gravityOf('low')
  const groups = groupsOf(findings)
  const rows = groups.filter(({ severity }) => isGrave(severity)).map(group => findingRow(group, folders))
  const notes = groups.filter(({ severity }) => !isGrave(severity))
  const head = ['| severity | server | finding | where | what to do |', '|---|---|---|---|---|']
  const low = notes.map(group => findingRow(group, folders))
  return [
    ...(rows.length === 0 ? [] : [...head, ...rows]),
    ...(low.length === 0
      ? []
      : [
          '',
          `<details><summary>${plural(low.length, 'note')} of low severity</summary>`,
          '',
          ...head,
          ...low,
          '',
          '</details>',
        ]),
  ]
    .join('\n')
    .trim()
}

function findingRow({ rule, severity, first, all }: FindingGroup, folders: Folders): string {
  const { title, remedy } = rules[rule]
  const tools = [...new Set(all.flatMap(({ tool }) => (tool === undefined ? [] : [tool])))]
  const named =
    tools.length === 0
      ? ''
      : ` in ${tools.slice(0, limits.reportToolsShown).map(foreign).join(', ')}${tools.length > limits.reportToolsShown ? ` and ${tools.length - limits.reportToolsShown} more` : ''}`
  const about = all.length > 1 ? '' : detailOf(first, foreign)
  const place =
    first.place === undefined ? '' : `${foreign(shortPath(first.place.file, folders))} line ${first.place.line}`
  const server = first.server === undefined ? '' : foreign(first.server)
  return `| ${severity} | ${server} | ${title}${about}${named} | ${place} | ${remedy} |`
}

function details({ name, rating }: ReportedServer): string {
  if (rating === undefined) return ''
  const { grade, totals, worst, attacks } = rating
  const counts = Object.entries(totals)
    .filter(([, number]) => number > 0)
    .map(([category, number]) => `${number} ${category}`)
  const lines = [
    `Tools: ${counts.join(', ') || 'none'}.`,
    ...(grade.deductions.length === 0
      ? []
      : [`Points taken off: ${grade.deductions.map(({ reason, points }) => `${reason} −${points}`).join('; ')}.`]),
    ...(worst.length === 0
      ? []
      : [
          `Weighs most: ${worst.map(tool => `${foreign(tool.name)} (${[tool.category, ...tool.flags.map(flag => flag.replaceAll('_', ' '))].join(', ')})`).join(', ')}.`,
        ]),
    ...(attacks.length === 0
      ? []
      : [`Attack patterns that concern its tools: ${attacks.map(({ id, tools }) => `${id} (${tools})`).join(', ')}.`]),
  ]
  return `<details><summary>${foreign(name)}: grade ${grade.grade}, ${grade.points} of 100 points</summary>\n\n${lines.join('\n\n')}\n\n</details>`
}
