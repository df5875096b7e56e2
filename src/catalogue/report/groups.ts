/** Findings as people read them: what a list of tools repeats is one group. Pure. */
import type { Severity } from '../classify/lexicon/senses.ts'
import type { ReportFinding } from './finding.ts'
import type { RuleId } from './rules.ts'

/** Findings of one rule: on the tools of one server, or at one place of a file. */
export interface FindingGroup {
  readonly rule: RuleId
  readonly severity: Severity
  readonly first: ReportFinding
  readonly all: readonly ReportFinding[]
}

/** In the order of their first findings. */
export function groupsOf(findings: readonly ReportFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, [ReportFinding, ...ReportFinding[]]>()
  for (const finding of findings) {
    const { rule, severity, server, tool, place } = finding
    const key = JSON.stringify([rule, severity, server, tool === undefined ? [place, finding.quote] : ''])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return [...groups.values()].map(all => ({ rule: all[0].rule, severity: all[0].severity, first: all[0], all }))
}
