/** A report for a person at a terminal: each server with what it can do and what was found, then what it comes to. */

import type { Category } from '../../catalogue/classify/lexicon/senses.ts'
import { type Severity, severities } from '../../catalogue/classify/lexicon/senses.ts'
import { clientTitles } from '../../catalogue/clients/kinds.ts'
import { detailOf, type ReportFinding } from '../../catalogue/report/finding.ts'
import { type FindingGroup, groupsOf } from '../../catalogue/report/groups.ts'
import { type Folders, shortPath } from '../../catalogue/report/paths.ts'
import {
  allFindings,
  contextTokens,
  type Rating,
  type Report,
  type ReportedServer,
} from '../../catalogue/report/report.ts'
import { rules } from '../../catalogue/report/rules.ts'
import type { Outcome, Thresholds } from '../../catalogue/report/thresholds.ts'
import { limits } from '../../limits.ts'
import { count, facts, visible, wrap } from '../shell/layout.ts'
import type { Terminal } from '../shell/terminal.ts'

const colours: Readonly<Record<Severity, 'red' | 'yellow' | 'cyan' | 'dim'>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
}
const indent = '  '

/** The whole report, each line ended. */
export function showReport(
  report: Report,
  outcome: Outcome,
  thresholds: Thresholds,
  folders: Folders,
  terminal: Terminal,
): string {
  const parts = [
    ...report.files.map(finding => showFindings([finding], folders, terminal).trimStart()),
    ...report.servers.map(server => showServer(server, folders, terminal)),
    showSum(report, outcome, thresholds, terminal),
  ]
  return parts.join('\n')
}

function showServer(server: ReportedServer, folders: Folders, terminal: Terminal): string {
  const { paint, columns } = terminal
  const { name, starts, clients, rating, findings, notes } = server
  const said = server.says === undefined ? '' : `  ${paint('dim', `calls itself ${visible(server.says)}`)}`
  const where = [...new Set(clients.map(({ client, scope }) => `${clientTitles[client]} (${scope})`))].join(', ')
  const lines = [
    `${paint('bold', visible(name))}${said}\n`,
    indented(
      facts(
        [
          ['starts', visible(starts)],
          ['found in', where],
          ...(rating === undefined ? [['grade', ungraded(server)] as const] : rated(rating, server)),
          ...notes.map(note => ['note', visible(note)] as const),
        ],
        columns - indent.length,
        paint,
      ),
    ),
    findings.length === 0 ? '' : showFindings(findings, folders, terminal),
  ]
  return lines.join('')
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, indent)
}

function ungraded({ state, reason = '' }: ReportedServer): string {
  // why it was not seen stands among the findings
  return state === 'not-seen' ? 'none: it could not be looked at' : `none: ${visible(reason)}`
}

function rated(rating: Rating, { reason }: ReportedServer): readonly (readonly [string, string])[] {
  const { grade, totals, tools, tokens, worst, attacks } = rating
  const few = attacks.slice(0, limits.reportAttacksShown).map(({ id, tools: number }) => `${id} (${number})`)
  const more = attacks.length - few.length
  return [
    ['grade', `${grade.grade}, ${grade.points} of 100 points`],
    ...(reason === undefined ? [] : [['rated from', `the catalogue: ${visible(reason)}`] as const]),
    ...(grade.deductions.length === 0
      ? []
      : [['taken off', grade.deductions.map(each => `${each.points} for ${each.reason}`).join('; ')] as const]),
    ['tools', `${tools}${tools === 0 ? '' : `: ${countsOf(totals)}`}`],
    ['tokens', share(tokens)],
    ...(worst.length === 0
      ? []
      : [
          [
            'weighs most',
            worst.map(each => `${visible(each.name)} (${[each.category, ...each.flags].join(', ')})`).join(', '),
          ] as const,
        ]),
    ...(few.length === 0
      ? []
      : [['attacks', `${few.join(', ')}${more > 0 ? `, and ${count(more, 'other pattern')}` : ''}`] as const]),
  ]
}

function countsOf(totals: Readonly<Record<Category, number>>): string {
  return Object.entries(totals)
    .flatMap(([category, number]) => (number === 0 ? [] : [`${number} ${category}`]))
    .join(', ')
}

function share(tokens: number): string {
  const percent = Math.round((1000 * tokens) / contextTokens) / 10
  return `${tokens} in its definitions (${percent}% of ${contextTokens / 1000}k)`
}

function showFindings(findings: readonly ReportFinding[], folders: Folders, terminal: Terminal): string {
  return groupsOf(findings)
    .map(group => showGroup(group, folders, terminal))
    .join('')
}

function showGroup({ rule, severity, first, all }: FindingGroup, folders: Folders, terminal: Terminal): string {
  const { paint, columns } = terminal
  const { title, remedy } = rules[rule]
  const tools = [...new Set(all.flatMap(({ tool }) => (tool === undefined ? [] : [visible(tool)])))]
  const shown = tools.slice(0, limits.reportToolsShown).join(', ')
  const more = tools.length > limits.reportToolsShown ? ` and ${tools.length - limits.reportToolsShown} more` : ''
  const about = all.length > 1 ? '' : detailOf(first, visible)
  const label = severity.padEnd(8)
  const hanging = `${indent}${' '.repeat(label.length + 2)}`
  const text = wrap(`${title}${about}${tools.length === 0 ? '' : `; in ${shown}${more}`}`, columns, hanging)
  // the tools of a server have no line of their own
  const place =
    first.place === undefined || first.tool !== undefined
      ? ''
      : `${hanging}${paint('dim', visible(`${shortPath(first.place.file, folders)}:${first.place.line}:${first.place.column}`))}\n`
  const advice = severity === 'low' ? '' : `${wrap(`do: ${remedy}`, columns, hanging)}\n`
  return `${indent}${paint(colours[severity], label)}  ${text.slice(hanging.length)}\n${place}${advice}`
}

function showSum(report: Report, outcome: Outcome, thresholds: Thresholds, { paint, columns }: Terminal): string {
  const findings = allFindings(report)
  const counts = severities
    .toReversed()
    .map(severity => `${findings.filter(each => each.severity === severity).length} ${severity}`)
  const lines = [
    `${count(report.servers.length, 'server')}; findings: ${counts.join(', ')}`,
    ...tokenWords(report),
    ...overWords(outcome, thresholds),
  ]
  const [verdict = '', ...rest] = lines.toReversed()
  const told = [...rest.toReversed(), paint(outcome.isOver ? 'red' : 'green', wrap(verdict, columns))]
  return [...told, ...nextWords(report).map(line => wrap(line, columns, '  ').trimStart())]
    .map(line => `${line}\n`)
    .join('')
}

/** What is not known is no zero. */
function tokenWords({ servers, tokens }: Report): readonly string[] {
  if (servers.every(({ rating }) => rating === undefined)) return []
  return [
    share(tokens)
      .replace(/^(\d+)/, '$1 tokens')
      .replace('its definitions', 'all definitions together'),
  ]
}

/** What can be done now: look at the rest, or put the gateway in front. */
function nextWords({ servers }: Report): readonly string[] {
  const unseen = servers.filter(({ state }) => state === 'not-started').length
  if (unseen > 0)
    return [`next: without --no-start, \`sallyport scan\` asks, then looks at what ${count(unseen, 'server')} can do`]
  const direct = servers.some(({ state }) => state === 'seen' || state === 'catalogue')
  return direct ? ['next: `sallyport init` puts the gateway in front of them'] : []
}

function overWords({ isOver, findings, grades }: Outcome, { failOn, failOnGrade }: Thresholds): readonly string[] {
  if (!isOver) {
    const asked = [
      failOn === 'none' ? '' : `no finding is ${orWorse(failOn)}`,
      failOnGrade === undefined ? '' : `no grade is ${failOnGrade} or worse`,
    ]
    const told = asked.filter(text => text !== '').join(', ')
    return [told === '' ? 'no threshold was set' : `within the threshold: ${told}`]
  }
  const reasons = [
    ...(findings > 0 && failOn !== 'none'
      ? [`${count(findings, 'finding')} ${findings === 1 ? 'is' : 'are'} ${orWorse(failOn)}`]
      : []),
    ...grades.map(
      ({ server, grade }) => `${visible(server)} has ${grade === undefined ? 'no grade' : `grade ${grade}`}`,
    ),
  ]
  return [`over the threshold: ${reasons.join(', ')}`]
}

function orWorse(severity: Severity): string {
  return severity === 'critical' ? 'critical' : `${severity} or worse`
}
