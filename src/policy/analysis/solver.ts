/**
 * Which choices meet several demands at once. Choices that cannot be part of an answer are struck out until nothing
 * changes, then one variable is split and each part tried. What is left when every demand is met, whatever is chosen
 * among it, is a box: one region of calls. All boxes together are all answers; they do not overlap.
 */
import { limits } from '../../limits.ts'
import type { Space, Variable } from './space.ts'
import { atomsOf, type Formula, possibleTruths, type Truths } from './truths.ts'

/** What must be so: the formula comes out as one of `among`. */
export interface Demand {
  /** The rule it comes from. */
  readonly at: string
  readonly formula: Formula
  readonly among: Truths
}

/** For each variable the numbers of the choices that are left. `certain`: every one of them meets the demands. */
export interface Box {
  readonly left: readonly (readonly number[])[]
  readonly certain: boolean
}

/** Counts down what one analysis may cost; shared by everything it does. */
export interface Budget {
  steps: number
}

export function newBudget(): Budget {
  return { steps: limits.analysisStepsMax }
}

/** Comparisons looked at in the time of one step. */
const atomsPerStep = 4

type Left = (readonly number[])[]

interface Asked extends Demand {
  readonly variables: readonly number[]
  readonly cost: number
}

/** Every box that meets `demands`, one at a time. Ends early, with the budget below zero, when that is used up. */
export function* boxesOf(space: Space, demands: readonly Demand[], budget: Budget): Generator<Box> {
  const asked = demands.map((demand): Asked => {
    const atoms = atomsOf(demand.formula)
    const variables = new Set(atoms.flatMap(atom => space.owner.get(atom) ?? []))
    return { ...demand, variables: [...variables], cost: 1 + atoms.length / atomsPerStep }
  })
  yield* new Search(space, asked, budget).from(space.variables.map(({ choices }) => choices.map((_, index) => index)))
}

class Search {
  readonly #space: Space
  readonly #asked: readonly Asked[]
  readonly #budget: Budget

  constructor(space: Space, asked: readonly Asked[], budget: Budget) {
    this.#space = space
    this.#asked = asked
    this.#budget = budget
  }

  *from(start: Left): Generator<Box> {
    const left = this.#narrowed(start)
    if (left === undefined || this.#budget.steps < 0) return
    const open = this.#asked.filter(demand => !this.#isMet(demand, left))
    if (open.length === 0) return yield { left, certain: true }
    const variable = this.#toSplit(open, left)
    // nothing is left to choose and the demand may still be met or not: a choice whose truths are not all known
    if (variable === undefined) return yield { left, certain: false }
    for (const choice of left[variable] ?? []) yield* this.from(left.with(variable, [choice]))
  }

  /** The variable of an open demand with the fewest choices, if any has more than one. */
  #toSplit(open: readonly Asked[], left: Left): number | undefined {
    const candidates = open.flatMap(({ variables }) => variables).filter(id => (left[id]?.length ?? 0) > 1)
    return candidates.toSorted((a, b) => (left[a]?.length ?? 0) - (left[b]?.length ?? 0))[0]
  }

  #truths(
    { formula, cost }: Asked,
    left: Left,
    fixed?: { readonly variable: number; readonly choice: number },
  ): Truths {
    this.#budget.steps -= cost
    return possibleTruths(formula, atom => {
      const owner = this.#space.owner.get(atom) ?? -1
      const { choices } = this.#space.variables[owner] as Variable
      const open = fixed?.variable === owner ? [fixed.choice] : (left[owner] ?? [])
      let truths = 0
      for (const choice of open) truths |= choices[choice]?.truths.get(atom) ?? 0
      return truths
    })
  }

  #isMet(demand: Asked, left: Left): boolean {
    return (this.#truths(demand, left) & ~demand.among) === 0
  }

  /** Without the choices that cannot be part of an answer; `undefined` when there is no answer. */
  #narrowed(start: Left): Left | undefined {
    const left = [...start]
    for (let changed = true; changed; ) {
      changed = false
      for (const demand of this.#asked) {
        if (this.#budget.steps < 0) return undefined
        const truths = this.#truths(demand, left)
        if ((truths & demand.among) === 0) return undefined
        if ((truths & ~demand.among) === 0) continue
        for (const variable of demand.variables) {
          const before = left[variable] ?? []
          if (before.length < 2) continue
          const kept = before.filter(choice => this.#truths(demand, left, { variable, choice }) & demand.among)
          if (kept.length === 0) return undefined
          if (kept.length < before.length) changed = true
          left[variable] = kept
        }
      }
      const fit = this.#fitted(left)
      if (fit === undefined) return undefined
      changed ||= fit
    }
    return left
  }

  /** Strikes out members that do not fit any parent left, and parents that no member fits. True if something went. */
  #fitted(left: Left): boolean | undefined {
    let changed = false
    for (const { id, parent } of this.#space.variables) {
      if (parent === undefined) continue
      const above = left[parent.id] ?? []
      const below = left[id] ?? []
      const keptAbove = above.filter(choice => below.some(member => parent.fits[choice]?.[member]))
      const keptBelow = below.filter(member => keptAbove.some(choice => parent.fits[choice]?.[member]))
      if (keptAbove.length === 0 || keptBelow.length === 0) return undefined
      if (keptAbove.length < above.length || keptBelow.length < below.length) changed = true
      left[parent.id] = keptAbove
      left[id] = keptBelow
    }
    return changed
  }
}
