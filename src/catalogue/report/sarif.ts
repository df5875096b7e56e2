/**
 * The report as SARIF 2.1.0 (OASIS standard, errata 01), for code scanning. One run, every rule of the table, a result
 * for each finding with its place in the client's configuration. Foreign text is plain text: links and placeholders that
 * SARIF would read in a message are escaped. Fingerprints hold over moved lines.
 */
import { pathToFileURL } from 'node:url'
import { canonicalJson, sha256Hex } from '../../wire/canonical.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { showInvisible } from '../../wire/names.ts'
import type { Severity } from '../classify/lexicon/senses.ts'
import { detailOf, type ReportFinding } from './finding.ts'
import { type Folders, wayTo } from './paths.ts'
import { allFindings, type Report } from './report.ts'
import { type Rule, type RuleId, ruleIds, rules } from './rules.ts'
import { worstGrade } from './thresholds.ts'

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/** Levels of SARIF; what code scanning shows as error, warning and note. */
const levels: Readonly<Record<Severity, string>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' }
/** `security-severity`, by which GitHub sorts: the middle of its bands. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' }

/** The log. Places below the project are relative to it, so that they match a checkout; those of a person to their home. */
export function sarifOf(report: Report, options: Folders & { readonly version: string }): JsonObject {
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sallyport',
            semanticVersion: options.version,
            rules: ruleIds.map(descriptorOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          [bases.project]: { description: { text: 'the folder of the project' } },
          [bases.home]: { description: { text: 'the home folder of the person' } },
        },
        properties: { grade: worstGrade(report) ?? '', tokens: report.tokens },
        results: allFindings(report).map(finding => resultOf(finding, options)),
      },
    ],
  }
}

const bases = { project: '%SRCROOT%', home: '%HOME%' } as const

function descriptorOf(id: RuleId): Json {
  const { title, help, remedy, severity, about, attack }: Rule = rules[id]
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${help}` },
    help: { text: `${help} What to do: ${remedy}.`, markdown: `${help}\n\n**What to do:** ${remedy}.` },
    defaultConfiguration: { level: levels[severity] ?? 'warning' },
    properties: {
      tags: ['security', 'mcp', about, ...(attack === undefined ? [] : [`attack/${attack}`])],
      'security-severity': scores[severity],
      'problem.severity': severity === 'low' ? 'recommendation' : severity === 'medium' ? 'warning' : 'error',
    },
  }
}

function resultOf(finding: ReportFinding, folders: Folders): Json {
  const { rule, severity, place, server, tool, pointer, attack } = finding
  const properties = { severity, ...defined({ server, tool, pointer, attack }) }
  return {
    ruleId: rule,
    ruleIndex: ruleIds.indexOf(rule),
    level: levels[severity],
    message: { text: messageOf(finding) },
    ...(place === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: artifactOf(place.file, folders),
                region: {
                  startLine: place.line,
                  startColumn: place.column,
                  endLine: place.endLine,
                  endColumn: place.endColumn,
                },
              },
              ...(server === undefined
                ? {}
                : {
                    logicalLocations: [
                      {
                        name: showInvisible(server),
                        kind: 'member',
                        fullyQualifiedName: [server, ...(tool === undefined ? [] : [tool])]
                          .map(showInvisible)
                          .join('/'),
                      },
                    ],
                  }),
            },
          ],
        }),
    partialFingerprints: { 'sallyport/v1': fingerprintOf(finding, folders) },
    properties,
  }
}

function defined(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, text]) => (text === undefined ? [] : [[key, showInvisible(text)]])),
  )
}

/** The same for the same finding wherever its lines have moved to. */
function fingerprintOf({ rule, note, quote, place, server, tool, pointer }: ReportFinding, folders: Folders): string {
  const file = place === undefined ? {} : artifactOf(place.file, folders)
  const parts = { rule, file, ...defined({ note, quote, server, tool, pointer }) }
  return sha256Hex(canonicalJson(parts)).slice(0, 32)
}

/** A path below the project or the home is relative to it; any other is an address of its own. */
function artifactOf(file: string, folders: Folders): JsonObject {
  const way = wayTo(file, folders)
  if (way === undefined) return { uri: pathToFileURL(file).href }
  return { uri: way.parts.map(encodeURIComponent).join('/'), uriBaseId: bases[way.from] }
}

function messageOf(finding: ReportFinding): string {
  const { rule, tool, server } = finding
  const { title, remedy } = rules[rule]
  const of = [
    server === undefined ? '' : `server \`${plain(server)}\``,
    tool === undefined ? '' : `tool \`${plain(tool)}\``,
  ]
  const where = of.filter(each => each !== '').join(', ')
  return `${where === '' ? '' : `${where}: `}${title}${detailOf(finding, text => `\`${plain(text)}\``)}. What to do: ${remedy}.`
}

/** Foreign text in a message: `[text](link)` and `{0}` mean something there (3.11.5, 3.11.6). */
function plain(text: string): string {
  return showInvisible(text)
    .replace(/\\(?=[[\]])|[[\]]/g, found => `\\${found}`)
    .replace(/[{}]/g, found => found + found)
}
