/** The generated pages agree with what they are generated from, and say something about every entry. */
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attacksPagePath, readCaseFiles, renderAttacksPage } from '../../scripts/attacks-page.ts'
import { limitsPagePath, renderLimitsPage } from '../../scripts/limits-page.ts'
import { caseTitlesOf, sectionsOf } from '../../scripts/page-sources.ts'
import { limits } from '../../src/limits.ts'

const limitsSource = readFileSync('src/limits.ts', 'utf8')

test('docs/reference/limits.md lists every limit with its value, unit and reason', () => {
  expect(readFileSync(limitsPagePath, 'utf8'), 'run `npm run docs:limits`').toBe(renderLimitsPage(limitsSource))
  const members = sectionsOf(limitsSource, 'export const limits = {').flatMap(section => section.members)
  expect(members.map(member => member.name).sort()).toEqual(Object.keys(limits).sort())
  for (const member of members) expect(member.comment.length, `${member.name} has no reason`).toBeGreaterThan(15)
})

test('every limit is held somewhere', () => {
  const sources = globSync('src/**/*.ts').filter(path => !path.endsWith('.test.ts'))
  const text = sources.map(path => readFileSync(path, 'utf8')).join('\n')
  expect(Object.keys(limits).filter(name => !text.includes(`limits.${name}`))).toEqual([])
})

test('docs/reference/attacks.md lists every adversarial test by its title', () => {
  const files = readCaseFiles()
  expect(readFileSync(attacksPagePath, 'utf8'), 'run `npm run docs:attacks`').toBe(renderAttacksPage(files))
})

test('every test file of test/adversarial holds at least one case with an id', () => {
  for (const file of readCaseFiles()) expect(caseTitlesOf(file.text).length, file.path).toBeGreaterThan(0)
})

test('titles are found in every way a test is written', () => {
  const source = [
    "test('A-001 batch body → 400', () => {})",
    'test.each(bodies)(\n  "A-002 notification form → refused",\n  fn,\n)',
    "test('A-003 it\\'s quoted', fn)",
    `test.each(hosts)(\`A-004 %s and $\{name} → refused\`, fn)`,
    "test('no id', fn)",
    "log('B-001 other')",
  ].join('\n')
  expect(caseTitlesOf(source)).toEqual([
    'A-001 batch body → 400',
    'A-002 notification form → refused',
    "A-003 it's quoted",
    'A-004 … and … → refused',
  ])
})
