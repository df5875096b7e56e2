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

/**
 * Every number of the formula, in points where nothing else is said. The method page is written from it, and a test holds
 * docs/reference/risk-method.md to it.
 */
export const gradeFormula = {
  pointsMax: 100,
  /** Of one tool, by its category; one more for each of `weightyFlags`; at most `toolWeightMax`. */
  categoryWeight: { Read: 0, Write: 1, Execute: 4, Destructive: 6, Financial: 6 } satisfies Record<Category, number>,
  weightyFlags: ['external_send', 'secret_output', 'freeform_code', 'url_input', 'bulk'] satisfies RiskFlag[],
  toolWeightMax: 8,
  /** `factor` times the mean weight of the tools. */
  average: { reason: 'what its tools can do, on average', factor: 10, max: 40 },
  /** `factor` times log2(1 + their number). */
  grave: { reason: 'tools that execute, destroy or pay', factor: 4, max: 20 },
  hidden: { reason: 'characters that hide text', points: 30 },
  instructions: { reason: 'instructions to the model', each: 15, max: 30 },
  contradictions: { reason: 'annotations that contradict what the tool does', each: 10, max: 20 },
  /** By the share of the tools. */
  undescribed: { reason: 'tools without a description', max: 10 },
  unmarked: { reason: 'changing tools without annotations', max: 10 },
  /** One for every `step` tokens beyond the first `free`. */
  cost: { reason: 'tokens its definitions take', free: 5_000, step: 5_000, max: 10 },
  /** The least points of each grade; less is an F. */
  thresholds: [
    ['A', 85],
    ['B', 70],
    ['C', 55],
    ['D', 40],
  ],
  /** The best a server gets whose definitions hide text or hold serious instructions to the model. */
  bestWhenPoisoned: 'D',
} as const

/** Weight of one tool: its category, and one more for each flag that widens what a call can reach. */
export function weightOf({ category, flags }: Pick<GradedTool, 'category' | 'flags'>): number {
  const weighty: readonly RiskFlag[] = gradeFormula.weightyFlags
  const wide = flags.filter(flag => weighty.includes(flag)).length
  return Math.min(gradeFormula.toolWeightMax, gradeFormula.categoryWeight[category] + wide)
}

/** Grades a server by its tools and the tokens their definitions take (0 when they were not counted). */
export function gradeOf(tools: readonly GradedTool[], tokens: number): GradeSheet {
  const { pointsMax, thresholds, bestWhenPoisoned } = gradeFormula
  if (tools.length === 0) return { grade: 'A', points: pointsMax, deductions: [] }
  const deductions = [...exposure(tools), ...hygiene(tools), ...cost(tokens)].filter(each => each.points > 0)
  const points = Math.max(0, Math.round(pointsMax - deductions.reduce((sum, each) => sum + each.points, 0)))
  const isPoisoned = tools.some(tool =>
    tool.findings.some(each => each.weight === 'serious' && each.kind !== 'contradicting-annotation'),
  )
  const earned = thresholds.find(([, least]) => points >= least)?.[0] ?? 'F'
  return { grade: isPoisoned && earned !== 'F' ? bestWhenPoisoned : earned, points, deductions }
}

type Deduction = GradeSheet['deductions'][number]

function exposure(tools: readonly GradedTool[]): readonly Deduction[] {
  const { average, grave, categoryWeight } = gradeFormula
  const mean = tools.reduce((sum, tool) => sum + weightOf(tool), 0) / tools.length
  const count = tools.filter(tool => categoryWeight[tool.category] >= categoryWeight.Execute).length
  return [
    { reason: average.reason, points: Math.min(average.max, round(average.factor * mean)) },
    { reason: grave.reason, points: Math.min(grave.max, round(grave.factor * Math.log2(1 + count))) },
  ]
}

function hygiene(tools: readonly GradedTool[]): readonly Deduction[] {
  const { hidden, instructions, contradictions, undescribed, unmarked } = gradeFormula
  const count = (kind: Finding['kind'], weight?: Finding['weight']) =>
    tools.filter(tool =>
      tool.findings.some(each => each.kind === kind && (weight === undefined || each.weight === weight)),
    ).length
  const each = (rule: { readonly reason: string; readonly each: number; readonly max: number }, found: number) => ({
    reason: rule.reason,
    points: Math.min(rule.max, rule.each * found),
  })
  const share = ({ reason, max }: { readonly reason: string; readonly max: number }, part: number) => ({
    reason,
    points: round((max * part) / tools.length),
  })
  return [
    { reason: hidden.reason, points: count('hidden-characters') > 0 ? hidden.points : 0 },
    each(instructions, count('instruction-to-model', 'serious')),
    each(contradictions, count('contradicting-annotation', 'serious')),
    share(undescribed, count('no-description')),
    share(unmarked, tools.filter(tool => tool.category !== 'Read' && !tool.isAnnotated).length),
  ]
}

function cost(tokens: number): readonly Deduction[] {
  const { reason, free, step, max } = gradeFormula.cost
  return [{ reason, points: Math.min(max, Math.max(0, Math.floor((tokens - free) / step))) }]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
