/** What a scan can find: the rules as people and SARIF files know them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderScanPage, scanPagePath } from '../../scripts/scan-page.ts'
import { type Rule, ruleIds, rules } from '../../src/catalogue/report/rules.ts'

test('docs/reference/scan.md lists every rule', () => {
  const page = readFileSync(scanPagePath, 'utf8')
  expect(page, 'run `npm run docs:scan`').toBe(renderScanPage(page))
  for (const id of ruleIds) expect(page).toContain(`| \`${id}\` | ${rules[id].severity} |`)
})

test('the ids of the rules: SARIF files and baselines name them', () => {
  const bySeverity = (severity: Rule['severity']) =>
    ruleIds.filter(id => (rules[id] as Rule).severity === severity).join(' ')
  expect(bySeverity('critical')).toBe('secret-in-project-file downloads-and-runs hidden-characters')
  expect(bySeverity('high')).toBe(
    'secret-readable-by-others plain-http tls-not-verified instruction-to-model unreadable-configuration',
  )
  expect(bySeverity('medium')).toBe(
    'unpinned-package unpinned-image shell-wrapper secret-on-command-line no-confirmation around-gateway name-in-two-files contradicting-annotation same-tool-name names-foreign-tool credential-parameter large-definitions server-not-seen',
  )
  expect(bySeverity('low')).toBe(
    'image-by-tag sse-transport same-server-twice unusable-entry names-other-tool asks-to-be-called address-parameter invisible-characters oversized-text no-description',
  )
})

test('texts of rules end without a period where one follows, and say what to do', () => {
  for (const id of ruleIds) {
    const { title, help, remedy } = rules[id] as Rule
    expect([id, title]).toEqual([id, expect.stringMatching(/^[a-z].*[^.]$/)])
    expect([id, help]).toEqual([id, expect.stringMatching(/^[A-Z].*\.$/)])
    expect([id, remedy]).toEqual([id, expect.stringMatching(/^[a-z].*[^.]$/)])
  }
})
