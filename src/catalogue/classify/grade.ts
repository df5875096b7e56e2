/**
 * The grade of a server, A to F, by the formula in docs/reference/risk-method.md: 100 points less what its tools expose
 * and less what is wrong with its definitions. The same tools always get the same grade.
 */
import type { RiskFlag } from './evidence.ts'
import type { Finding } from './findings.ts'
import type { Category } from './lexicon/senses.ts'

/** Best first. */
export const grades = ['A', 'B', 'C', 'D', 'F'] as const
/** One of `grades`. */
export type Grade = (typeof grades)[number]

/** What the formula needs of a tool. */
export interface GradedTool {
  readonly category: Category
  readonly flags: readonly RiskFlag[]
  readonly findings: readonly Finding[]
  readonly isAnnotated: boolean
}

/** A grade and how it came about. */
export interface GradeSheet {
  readonly grade: Grade
  /** 0…100. */
  readonly points: number
  /** What was taken off, and why; every number is in points. */
  readonly deductions: readonly { readonly reason: string; readonly points: number }[]
}

const categoryWeight: Readonly<Record<Category, number>> = {
  Read: 0,
  Write: 1,
  Execute: 4,
  Destructive: 6,
  Financial: 6,
}
const weightyFlags: readonly RiskFlag[] = ['external_send', 'secret_output', 'freeform_code', 'url_input', 'bulk']
const toolWeightMax = 8
const thresholds: readonly (readonly [Grade, number])[] = [
  ['A', 85],
  ['B', 70],
  ['C', 55],
  ['D', 40],
]

/** Weight of one tool: its category, and one more for each flag that widens what a call can reach. */
export function weightOf({ category, flags }: Pick<GradedTool, 'category' | 'flags'>): number {
  const wide = flags.filter(flag => weightyFlags.includes(flag)).length
  return Math.min(toolWeightMax, categoryWeight[category] + wide)
}

/** Grades a server by its tools and the tokens their definitions take (0 when they were not counted). */
export function gradeOf(tools: readonly GradedTool[], tokens: number): GradeSheet {
  if (tools.length === 0) return { grade: 'A', points: 100, deductions: [] }
  const deductions = [...exposure(tools), ...hygiene(tools), ...cost(tokens)].filter(each => each.points > 0)
  const points = Math.max(0, Math.round(100 - deductions.reduce((sum, each) => sum + each.points, 0)))
  const isPoisoned = tools.some(tool =>
    tool.findings.some(each => each.weight === 'serious' && each.kind !== 'contradicting-annotation'),
  )
  const earned = thresholds.find(([, least]) => points >= least)?.[0] ?? 'F'
  return { grade: isPoisoned && earned !== 'F' ? 'D' : earned, points, deductions }
}

type Deduction = GradeSheet['deductions'][number]

function exposure(tools: readonly GradedTool[]): readonly Deduction[] {
  const mean = tools.reduce((sum, tool) => sum + weightOf(tool), 0) / tools.length
  const grave = tools.filter(tool => categoryWeight[tool.category] >= categoryWeight.Execute).length
  return [
    { reason: 'what its tools can do, on average', points: Math.min(40, round(10 * mean)) },
    { reason: 'tools that execute, destroy or pay', points: Math.min(20, round(4 * Math.log2(1 + grave))) },
  ]
}

function hygiene(tools: readonly GradedTool[]): readonly Deduction[] {
  const count = (kind: Finding['kind'], weight?: Finding['weight']) =>
    tools.filter(tool =>
      tool.findings.some(each => each.kind === kind && (weight === undefined || each.weight === weight)),
    ).length
  const share = (part: number) => part / tools.length
  const unmarked = tools.filter(tool => tool.category !== 'Read' && !tool.isAnnotated).length
  return [
    { reason: 'characters that hide text', points: count('hidden-characters') > 0 ? 30 : 0 },
    { reason: 'instructions to the model', points: Math.min(30, 15 * count('instruction-to-model', 'serious')) },
    {
      reason: 'annotations that contradict what the tool does',
      points: Math.min(20, 10 * count('contradicting-annotation', 'serious')),
    },
    { reason: 'tools without a description', points: round(10 * share(count('no-description'))) },
    { reason: 'changing tools without annotations', points: round(10 * share(unmarked)) },
  ]
}

/** One point for every 5,000 tokens beyond the first 5,000, at most ten. */
function cost(tokens: number): readonly Deduction[] {
  return [
    { reason: 'tokens its definitions take', points: Math.min(10, Math.max(0, Math.floor((tokens - 5_000) / 5_000))) },
  ]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
