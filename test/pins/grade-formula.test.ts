/** The formula of the grade as documents tell it: docs/reference/risk-method.md and the method page say the numbers in force. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { gradeFormula, gradeOf } from '../../src/catalogue/classify/grade.ts'
import { deductionRows, thresholdSentences, weightSentence } from '../../src/catalogue/pages/grade-formula.ts'
import { siteOf } from '../fixtures/catalogue-site.ts'
import { fields, text } from '../fixtures/fields.ts'

const document = readFileSync(new URL('../../docs/reference/risk-method.md', import.meta.url), 'utf8')
const chapter = document.slice(
  document.indexOf('## The grade of a server'),
  document.indexOf('\n## ', document.indexOf('## The grade of a server') + 1),
)

test('the chapter has the rows of the formula, all of them and no other', () => {
  const rows = [...chapter.matchAll(/^\| (.*) \| (.*) \|$/gm)].map(match => [match[1], match[2]])
  expect(rows).toEqual([['for', 'points'], ...deductionRows()])
})

test('the chapter says the weights and the thresholds', () => {
  const words = chapter.replaceAll(/\s+/g, ' ')
  expect(words).toContain(weightSentence())
  expect(words).toContain(thresholdSentences())
  expect(words).toContain(`${gradeFormula.pointsMax} points, less:`)
})

test('the method page says the same, and its JSON holds the numbers', () => {
  const { site } = siteOf([])
  const page = site.file('method/index.html')?.text ?? ''
  for (const [reason, points] of deductionRows()) expect(page).toContain(`<td>${reason}</td><td>${points}</td>`)
  expect(page).toContain(thresholdSentences())
  const data = fields(JSON.parse(site.file('method/index.json')?.text ?? '{}') as unknown)
  expect(text(data['kind'])).toBe('method')
  expect(data['gradeFormula']).toEqual(JSON.parse(JSON.stringify(gradeFormula)))
})

test('every reason a server loses points for has a row', () => {
  const told = deductionRows().map(([reason]) => reason.replace(' (serious ones)', ''))
  const finding = { pointer: '', quote: '', start: 0, end: 0, note: '', weight: 'serious' } as const
  const kinds = ['hidden-characters', 'instruction-to-model', 'contradicting-annotation', 'no-description'] as const
  const tool = {
    category: 'Destructive',
    flags: [],
    findings: kinds.map(kind => ({ ...finding, kind })),
    isAnnotated: false,
  } as const
  const { deductions, grade } = gradeOf([tool], 60_000)
  expect(deductions.map(({ reason }) => reason)).toEqual(told)
  expect(grade).toBe('F')
})
