/**
 * What became of a server's tools from one of its versions to the next, as it stands in `history` of a file of
 * `data/servers`: names, ratings and the places that changed, no definitions. Whatever has another form is left out, so
 * that nothing that a file says can stop a page. Made by scripts/history-step.ts.
 */
import { isJsonObject, type Json } from '../wire/json-types.ts'
import { flagNames, type RiskFlag } from './classify/evidence.ts'
import { categories, type Severity, severities } from './classify/lexicon/senses.ts'
import type { ToolDrift } from './drift-risk.ts'

export interface DriftPlace {
  /** JSON Pointer into the definition. */
  readonly path: string
  /** Both are said of a tool that became riskier. */
  readonly risk?: Severity
  readonly why?: string
}

/** One tool that is new, gone or not what it was. */
export interface DriftChange extends Pick<ToolDrift, 'tool' | 'kind' | 'risk' | 'why' | 'before' | 'after'> {
  readonly isRiskier: boolean
  readonly gained: readonly RiskFlag[]
  /** The riskiest places. */
  readonly places: readonly DriftPlace[]
  /** How many places changed beside these. */
  readonly others: number
}

/** What may have changed beside the tools. */
export const besideTools = ['instructions', 'prompts'] as const

export interface DriftStep {
  readonly from: string
  readonly to: string
  /** `YYYY-MM-DD`, the last day on which the version can have been released; absent where nobody knows. */
  readonly fromReleasedBy?: string
  readonly toReleasedBy?: string
  /** The day on which the earlier version was looked at. */
  readonly scannedAt: string
  readonly beside: readonly (typeof besideTools)[number][]
  /** What became riskier first, then by risk. */
  readonly changes: readonly DriftChange[]
}

/** How many tools a step added, removed and changed, and how many of those became riskier. */
export interface DriftCounts {
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly riskier: number
}

/** A step of a file; nothing when it does not say from where to where. */
export function readDriftStep(value: Json): DriftStep | undefined {
  if (!isJsonObject(value)) return undefined
  const { from, to, fromReleasedBy, toReleasedBy, scannedAt } = value
  if (typeof from !== 'string' || typeof to !== 'string') return undefined
  return {
    from,
    to,
    ...(isDay(fromReleasedBy) ? { fromReleasedBy } : {}),
    ...(isDay(toReleasedBy) ? { toReleasedBy } : {}),
    scannedAt: isDay(scannedAt) ? scannedAt : '',
    beside: membersOf(value['beside'], besideTools),
    changes: listOf(value['changes']).flatMap(readDriftChange),
  }
}

export function countsOf({ changes }: DriftStep): DriftCounts {
  const count = (kind: DriftChange['kind']) => changes.filter(each => each.kind === kind).length
  return {
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    riskier: changes.filter(each => each.isRiskier).length,
  }
}

function readDriftChange(value: Json): readonly DriftChange[] {
  if (!isJsonObject(value)) return []
  const { tool, kind, risk, why, before, after, others } = value
  if (typeof tool !== 'string' || !isOneOf(kind, ['added', 'changed', 'removed'] as const)) return []
  return [
    {
      ...{ tool, kind, risk: isOneOf(risk, severities) ? risk : 'low', why: typeof why === 'string' ? why : '' },
      ...beforeOf(kind, before, after),
      ...(isOneOf(after, categories) ? { after } : {}),
      isRiskier: value['isRiskier'] === true,
      gained: membersOf(value['gained'], flagNames),
      places: listOf(value['places']).flatMap(readPlace),
      others: typeof others === 'number' ? others : 0,
    },
  ]
}

/** A changed tool whose category is the same says it once. */
function beforeOf(
  kind: DriftChange['kind'],
  before: Json | undefined,
  after: Json | undefined,
): Pick<DriftChange, 'before'> {
  const own = kind === 'changed' ? (before ?? after) : before
  return isOneOf(own, categories) ? { before: own } : {}
}

/** Where nothing is said of a place, it stands as its path alone. */
function readPlace(value: Json): readonly DriftPlace[] {
  if (typeof value === 'string') return [{ path: value }]
  if (!isJsonObject(value)) return []
  const { path, risk, why } = value
  if (typeof path !== 'string' || !isOneOf(risk, severities) || typeof why !== 'string') return []
  return [{ path, risk, why }]
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function membersOf<T extends string>(value: Json | undefined, known: readonly T[]): readonly T[] {
  return listOf(value).filter(each => isOneOf(each, known))
}

function isOneOf<T extends string>(value: Json | undefined, known: readonly T[]): value is T {
  return typeof value === 'string' && (known as readonly string[]).includes(value)
}

function isDay(value: Json | undefined): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
}
