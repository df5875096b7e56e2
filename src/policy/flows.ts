/**
 * Flows at work: which of them hold a call up now, what is said about it, and until when. How long ago something was
 * brought in comes with the question (`DecisionInput.recent`); nothing is kept here.
 */
import type { JsonObject } from '../wire/json-types.ts'
import type { Policy } from './compile.ts'
import { type Flow, type SourceLabel, sourceLabels } from './model.ts'
import type { DecisionInput } from './verdict.ts'

/** A flow that holds a call up, and for how long still. */
export interface Held {
  readonly flow: Flow
  readonly leftMs: number
}

const none: readonly Held[] = []

/** Those of `flows` whose time is not over. An age that is no number holds the call up for the whole time. */
export function heldBy(flows: readonly Flow[], recent: DecisionInput['recent']): readonly Held[] {
  if (flows.length === 0 || recent === undefined) return none
  return flows.flatMap(flow => {
    const ageMs = recent[flow.after]
    if (ageMs === undefined || ageMs >= flow.withinMs) return []
    return [{ flow, leftMs: ageMs > 0 ? flow.withinMs - ageMs : flow.withinMs }]
  })
}

/** When none of these holds the call up any more, in ms from now. */
export function freeInMs(held: readonly Held[]): number {
  return Math.max(...held.map(({ leftMs }) => leftMs))
}

/** For the agent: the operator's words if there are any, after which label, and until when. */
export function heldWords({ flow, leftMs }: Held, { timeMs }: DecisionInput): string {
  const { message, ask, to, after } = flow
  const own = message ?? (ask ? `a person must approve \`${to}\` calls` : `\`${to}\` calls are denied`)
  const until = timeMs + leftMs
  const isTime = Number.isFinite(until) && Math.abs(until) < 8.64e15
  return `${own} (after a call labelled \`${after}\`${isTime ? `, until ${untilWords(until)}` : ''})`
}

/** To the second, rounded up: nobody should come back too early. */
function untilWords(timeMs: number): string {
  return new Date(Math.ceil(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** What the flow looked at, in the form of every fact. */
export function factOf({ flow }: Held, { recent }: DecisionInput): JsonObject {
  const actual = recent?.[flow.after]
  return {
    path: `recent.${flow.after}`,
    op: 'lt',
    value: flow.withinMs,
    ...(actual !== undefined && { actual }),
    holds: true,
  }
}

/** What an approval must meet for this flow. */
export function approvalOfFlow({ flow }: Held, message: string): JsonObject {
  return { rule: flow.at, message, approvers: flow.approvers, quorum: 1, allowEdits: false }
}

/** What a call of this tool or door brings in, as its policy says: marks for the caller's later calls. */
export function sourcesOf(policy: Policy | undefined, name: string): readonly SourceLabel[] {
  const { labels } = policy?.resolve(name) ?? {}
  return labels === undefined || labels.length === 0 ? noSources : sourceLabels.filter(label => labels.includes(label))
}

const noSources: readonly SourceLabel[] = []

/** True if a flow can hold up a call of this tool or door: then it must be known what was brought in before. */
export function looksBack(policy: Policy | undefined, name: string): boolean {
  return policy !== undefined && policy.resolve(name).flows.length > 0
}
