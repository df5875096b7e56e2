/** When a report is more than somebody wants to accept. Findings count, not what tools can do: that is what grades are for. */
import type { Grade } from '../classify/grade.ts'
import { grades } from '../classify/grade.ts'
import { type Severity, severities } from '../classify/lexicon/senses.ts'
import { gravityOf } from './finding.ts'
import { allFindings, type Report } from './report.ts'

export interface Thresholds {
  /** Findings of this severity or above are too much; `none`: no finding is. */
  readonly failOn: Severity | 'none'
  /** This grade or a worse one is too much; so is a server that should have a grade and has none. */
  readonly failOnGrade?: Grade
}

export const failWords = [...severities, 'none'] as const

/** `High`, `HIGH` and `high` are the same word. Nothing for an unknown one. */
export function readFailOn(text: string): Thresholds['failOn'] | undefined {
  return failWords.find(word => word === text.trim().toLowerCase())
}

/** `c` and `C` are the same grade. Nothing for an unknown one. */
export function readGrade(text: string): Grade | undefined {
  return grades.find(grade => grade === text.trim().toUpperCase())
}

export interface Outcome {
  readonly isOver: boolean
  /** Findings at or above the threshold. */
  readonly findings: number
  /** Servers whose grade is too bad, and those that have none although one was asked for. */
  readonly grades: readonly { readonly server: string; readonly grade?: Grade }[]
}

/** Measures a report. */
export function outcomeOf(report: Report, { failOn, failOnGrade }: Thresholds): Outcome {
  const findings =
    failOn === 'none'
      ? 0
      : allFindings(report).filter(({ severity }) => gravityOf(severity) >= gravityOf(failOn)).length
  const bad =
    failOnGrade === undefined
      ? []
      : report.servers.flatMap(server => {
          if (server.state === 'gateway' || server.state === 'off') return []
          const grade = server.rating?.grade.grade
          if (grade === undefined) return [{ server: server.name }]
          return grades.indexOf(grade) >= grades.indexOf(failOnGrade) ? [{ server: server.name, grade }] : []
        })
  return { isOver: findings > 0 || bad.length > 0, findings, grades: bad }
}

/** The worst grade of a report; nothing when no server has one. */
export function worstGrade({ servers }: Report): Grade | undefined {
  return grades.findLast(grade => servers.some(({ rating }) => rating?.grade.grade === grade))
}
