/**
 * Looking for calls that meet demands, and being sure about what is found: a call counts only when `isTrue`, the real
 * engine, says so of it. Demands that hardly matter are taken in only when a call breaks them. No region is left out
 * unless the answer says that the search ended early.
 */

import type { Json } from '../../wire/json-types.ts'
import { compileReach, type Found } from '../reach.ts'
import type { DecisionInput } from '../verdict.ts'
import { type Atom, type Atoms, isOpaque, type Opaque } from './atoms.ts'
import { type Call, callsIn, inputOf } from './call.ts'
import { hintsIn } from './hints.ts'
import { type Box, type Budget, boxesOf, type Demand } from './solver.ts'
import { type KnownTool, type Space, spaceOf } from './space.ts'
import { truthAt } from './tree.ts'
import { atomsOf, onlyTruth, possibleTruths, type Truths } from './truths.ts'

export interface Inquiry {
  readonly atoms: Atoms
  readonly tool: KnownTool
  /** What the region is about. */
  readonly demands: readonly Demand[]
  /** What must hold too, and is taken in when it turns out to matter. */
  readonly aside: readonly Demand[]
  isTrue(input: DecisionInput): boolean
}

/** A region of calls; `call` is one of them, tried. Without it nobody can tell whether there is one. */
export interface Region {
  readonly space: Space
  readonly box: Box
  readonly demands: readonly Demand[]
  readonly call?: Call
}

export interface Answer {
  readonly regions: readonly Region[]
  /** False: the search ended early, and there may be more. */
  readonly complete: boolean
}

/** Regions of calls, up to `regionsMax`; with `firstOnly` the search ends with the first call that is found. */
export function inquire(inquiry: Inquiry, budget: Budget, regionsMax: number, firstOnly = false): Answer {
  const { atoms, tool, isTrue } = inquiry
  const demands = [...inquiry.demands]
  let aside = inquiry.aside
  for (;;) {
    if (budget.steps < 0) return { regions: [], complete: false }
    const ids = demands.flatMap(({ formula }) => atomsOf(formula))
    const hints = hintsIn(ids.flatMap(id => sourceOf(atoms.list[id])))
    const before = atoms.work.steps
    const space = spaceOf(atoms, ids, tool, hints)
    budget.steps -= (atoms.work.steps - before) * stepsOfWork
    const regions: Region[] = []
    let broken: readonly Demand[] = []
    for (const box of boxesOf(space, demands, budget)) {
      const look = lookInto(space, box, aside)
      broken = look.broken
      if (broken.length > 0) break
      regions.push({ space, box, demands, ...(look.call && { call: look.call }) })
      if (regions.length >= regionsMax) return { regions, complete: false }
      if (firstOnly && look.call !== undefined) return { regions, complete: false }
    }
    if (broken.length === 0 || budget.steps < 0) return { regions, complete: budget.steps >= 0 }
    demands.push(...broken)
    aside = aside.filter(demand => !broken.includes(demand))
  }

  /** A call in `box` of which it is true, or the demands that stood in the way of the first one. */
  function lookInto(space: Space, box: Box, aside: readonly Demand[]) {
    const given = { tool: tool.name, ...(tool.facts && { facts: tool.facts }) }
    const asked = inquiry.demands.flatMap(({ formula }) => atomsOf(formula))
    const about = new Set(asked.map(id => space.owner.get(id) ?? -1))
    for (const call of callsIn(space, box, given, about)) {
      const input = inputOf(call)
      if (input === undefined) continue
      if (isTrue(input)) return { call, broken: [] }
      const broken = aside.filter(demand => !isMet(atoms, demand, input))
      if (broken.length > 0) return { broken }
    }
    return { broken: [] }
  }
}

/** One step of finding out which values there are takes as long as so many of the search. */
const stepsOfWork = 5

function sourceOf(atom: Atom | Opaque | undefined): readonly string[] {
  return atom !== undefined && isOpaque(atom) ? [atom.source] : []
}

/** True if a call meets a demand. */
export function isMet(atoms: Atoms, { formula, among }: Demand, input: DecisionInput): boolean {
  return (possibleTruths(formula, id => truthOf(atoms.list[id] as Atom | Opaque, input)) & among) !== 0
}

function truthOf(atom: Atom | Opaque, input: DecisionInput): Truths {
  if (isOpaque(atom)) return onlyTruth(atom.evaluate(input))
  const { path } = atom
  if (path.root === 'time') return onlyTruth(atom.judge(compileReach(path, atom.zone)(input)))
  return onlyTruth(truthAt(atom, 0, rootOf(input, path.root)))
}

function rootOf(input: DecisionInput, root: string): Found {
  if (root === 'tool') return { name: input.tool, ...input.facts } as unknown as Json
  return input[root as 'args' | 'caller' | 'grant' | 'server'] as unknown as Json
}
