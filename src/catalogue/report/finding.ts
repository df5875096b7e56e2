/** One finding of a report: a rule that was broken, by whom, and where it stands. Own words and foreign ones apart. */
import type { AttackId } from '../attacks/ids.ts'
import { type Severity, severities } from '../classify/lexicon/senses.ts'
import type { Place } from './place.ts'
import { type RuleId, rules } from './rules.ts'

/** Members and indexes from the root of a configuration. */
export type ConfigPath = readonly (string | number)[]

export interface ReportFinding {
  readonly rule: RuleId
  readonly severity: Severity
  /** What was found, in our own words: no text of a server or a file is in it. Empty: the rule's title says it. */
  readonly note: string
  /** Foreign text the note speaks of: a name, a quotation. Never a secret. */
  readonly quote?: string
  readonly tool?: string
  /** JSON Pointer into the tool's definition. */
  readonly pointer?: string
  readonly attack?: AttackId
  /** The server's name in its configuration. */
  readonly server?: string
  readonly place?: Place
}

/** A finding before it is known where in a file it stands. */
export interface Found {
  readonly rule: RuleId
  readonly note: string
  readonly quote?: string
  readonly tool?: string
  readonly pointer?: string
  readonly attack?: AttackId
}

/** The finding of a rule, with the rule's severity and attack. */
export function findingOf(found: Found, server: string | undefined, place: Place | undefined): ReportFinding {
  const { severity, attack } = rules[found.rule] as (typeof rules)[RuleId]
  return {
    severity,
    ...(attack === undefined ? {} : { attack }),
    ...found,
    ...(server === undefined ? {} : { server }),
    ...(place === undefined ? {} : { place }),
  }
}

/** ` (note: quote)`, or what there is of it; `show` makes foreign text fit the form of output. */
export function detailOf(
  { note, quote }: Pick<ReportFinding, 'note' | 'quote'>,
  show: (text: string) => string,
): string {
  const parts = [...(note === '' ? [] : [note]), ...(quote === undefined ? [] : [show(quote)])]
  return parts.length === 0 ? '' : ` (${parts.join(': ')})`
}

/** 0 for `low` … 3 for `critical`. */
export function gravityOf(severity: Severity): number {
  return severities.indexOf(severity)
}

/** Gravest first; within a severity in the order given. */
export function byGravity(findings: readonly ReportFinding[]): readonly ReportFinding[] {
  return findings.toSorted((a, b) => gravityOf(b.severity) - gravityOf(a.severity))
}
