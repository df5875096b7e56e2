/**
 * The page of adversarial cases, made from the titles of the tests in `test/adversarial/`: the id, what is tried and
 * what has to happen, the file that holds it, and where OWASP files such an attack.
 */
import { globSync, readFileSync } from 'node:fs'
import { caseTitlesOf, cell } from './page-sources.ts'

export const attacksPagePath = 'docs/reference/attacks.md'

/** Ranges of case ids with the property they probe and their place in the two OWASP lists. */
const groups: readonly (readonly [first: number, last: number, name: string, owasp: string])[] = [
  [1, 20, 'Framing and bytes', 'MCP05, MCP06, ASI02'],
  [21, 31, 'Headers, revisions, origin', 'MCP07, ASI03'],
  [32, 42, 'Identity', 'MCP01, MCP07, ASI03'],
  [43, 55, 'Names and doors', 'MCP02, MCP07, ASI02'],
  [56, 69, 'Policy', 'MCP02, ASI02'],
  [70, 79, 'Definitions and content', 'MCP03, MCP06, ASI01, ASI04'],
  [80, 90, 'Approvals', 'MCP02, ASI02, ASI09'],
  [91, 96, 'Budgets and time', 'MCP02, ASI08'],
  [97, 104, 'The record', 'MCP08, ASI10'],
  [105, 117, 'Vault and upstream', 'MCP01, MCP05, ASI03, ASI04, ASI05'],
  [118, 132, 'Handoff, console, start-up', 'MCP07, MCP09, ASI09'],
  [133, 149, 'Asking in advance', 'MCP02, MCP10, ASI02, ASI03'],
  [150, 159, 'Answers', 'MCP10, ASI01, ASI02'],
  [160, 169, 'Flows', 'MCP06, MCP10, ASI01, ASI02'],
]

/** A test file of `test/adversarial/` with its text. */
export interface CaseFile {
  readonly path: string
  readonly text: string
}

/** Renders the whole page; cases in the order of their ids, several tests of one case side by side. */
export function renderAttacksPage(files: readonly CaseFile[]): string {
  const cases = files
    .flatMap(file =>
      caseTitlesOf(file.text).map(title => ({ id: title.slice(0, 5), title: title.slice(6), file: file.path })),
    )
    .sort((one, other) => (`${one.id} ${one.file}` < `${other.id} ${other.file}` ? -1 : 1))
  const parts = [
    '# Adversarial cases',
    '',
    'What is tried against the gateway in every test run, and what has to happen. "Refused" means: a coded error, nothing',
    'forwarded, the refusal recorded. MCP01–MCP10 is the OWASP MCP Top 10 (2025 beta), ASI01–ASI10 the OWASP Top 10 for',
    'agentic applications (2026).',
    '',
    'Made from the titles in `test/adversarial/` by `npm run docs:attacks`.',
    '',
  ]
  const lost = cases.find(({ id }) => !groups.some(([first, last]) => numberOf(id) >= first && numberOf(id) <= last))
  if (lost !== undefined) throw new Error(`${lost.id} belongs to no group of scripts/attacks-page.ts`)
  for (const [first, last, name, owasp] of groups) {
    const rows = cases.filter(({ id }) => numberOf(id) >= first && numberOf(id) <= last)
    if (rows.length === 0) continue
    parts.push(
      `## ${name}`,
      '',
      `OWASP: ${owasp}`,
      '',
      '| case | what is tried → what happens | test |',
      '|---|---|---|',
    )
    for (const row of rows) parts.push(`| ${row.id} | ${cell(row.title)} | \`${row.file}\` |`)
    parts.push('')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function numberOf(id: string): number {
  return Number(id.slice(2))
}

/** The test files the page is made from. */
export function readCaseFiles(): readonly CaseFile[] {
  const paths = globSync('test/adversarial/**/*.test.ts').map(path => path.replaceAll('\\', '/'))
  return paths.sort().map(path => ({ path, text: readFileSync(path, 'utf8') }))
}
