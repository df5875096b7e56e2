/** Whether a change lets more through. What is only compared as text may: nobody has worked it out. */
import type { Difference, ToolChange, VerdictChange } from './difference.ts'
import type { OtherChange } from './other-changes.ts'
import type { Effect } from './transitions.ts'

const order: Readonly<Record<Effect, number>> = { deny: 0, ask: 1, allow: 2 }

/** True if the later verdict lets more through, or asks fewer people. */
function isLooser({ from, to, cause }: Pick<VerdictChange, 'from' | 'to' | 'cause'>): boolean {
  return order[to] > order[from] || (from === 'ask' && to === 'ask' && cause.in === 'before')
}

export interface Modes {
  readonly before: 'enforce' | 'observe'
  readonly after: 'enforce' | 'observe'
}

/** `maybe`: something that nobody has worked out may let more through, and nothing surely does. */
export type Loosening = 'yes' | 'no' | 'maybe'

/** Whether something becomes more permissive. */
export function looseningOf(difference: Difference, others: readonly OtherChange[], modes: Modes): Loosening {
  const { tools, complete } = difference
  if (tools.some(loosens) || (modes.before === 'enforce' && modes.after === 'observe')) return 'yes'
  const isOpen = !complete || tools.some(mayLoosen) || others.some(({ about }) => about !== 'words')
  return isOpen ? 'maybe' : 'no'
}

function loosens({ verdicts, limits }: ToolChange): boolean {
  return verdicts.some(isLooser) || limits.some(({ kind }) => kind === 'looser' || kind === 'removed')
}

function mayLoosen({ open, limits }: ToolChange): boolean {
  return open.some(isLooser) || limits.some(({ kind }) => kind === 'changed')
}
