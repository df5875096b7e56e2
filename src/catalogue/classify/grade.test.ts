import { expect, test } from 'vitest'
import { type GradedTool, gradeOf, weightOf } from './grade.ts'

const graded = (category: GradedTool['category'], more: Partial<GradedTool> = {}): GradedTool => ({
  category,
  flags: [],
  findings: [],
  isAnnotated: true,
  ...more,
})
const hidden = {
  kind: 'hidden-characters',
  weight: 'serious',
  pointer: '',
  quote: '',
  start: 0,
  end: 0,
  note: '',
} as const

test('a server that only reads has nothing taken off', () => {
  expect(gradeOf([graded('Read'), graded('Read')], 3_000)).toEqual({ grade: 'A', points: 100, deductions: [] })
  expect(gradeOf([], 0).grade).toBe('A')
})

test('what tools can do costs points, twice over', () => {
  const sheet = gradeOf([graded('Read'), graded('Destructive')], 0)
  expect(sheet.deductions).toEqual([
    { reason: 'what its tools can do, on average', points: 30 },
    { reason: 'tools that execute, destroy or pay', points: 4 },
  ])
  expect([sheet.points, sheet.grade]).toEqual([66, 'C'])
})

test('hidden text is a D at best, whatever else the server is', () => {
  const sheet = gradeOf(
    [graded('Read', { findings: [hidden] }), ...Array.from({ length: 50 }, () => graded('Read'))],
    0,
  )
  expect([sheet.points, sheet.grade]).toEqual([70, 'D'])
})

test('one point for every 5,000 tokens beyond the first 5,000', () => {
  expect(gradeOf([graded('Read')], 9_999).points).toBe(100)
  expect(gradeOf([graded('Read')], 10_000).points).toBe(99)
  expect(gradeOf([graded('Read')], 1_000_000).points).toBe(90)
})

test('flags add to the weight of a tool, to eight at most', () => {
  expect(weightOf({ category: 'Write', flags: ['external_send', 'open_world'] })).toBe(2)
  expect(weightOf({ category: 'Destructive', flags: ['bulk', 'freeform_code', 'url_input', 'external_send'] })).toBe(8)
})
