/**
 * Rules over truths that are not known yet: each comparison may come out as any of a set of the four truths, and a
 * formula answers with the set of truths it can have. Never leaves a truth out; adds none where the comparisons are
 * independent of each other.
 */
import { error, missing, no, type Truth, yes } from '../operators.ts'

/** A set of truths: bit `truth` is set for each that is possible. */
export type Truths = number

export const onlyNo = 1 << no
export const onlyYes = 1 << yes
export const onlyMissing = 1 << missing
export const onlyError = 1 << error
/** Nothing is known. */
export const anyTruth = 15

export function onlyTruth(truth: Truth): Truths {
  return 1 << truth
}

/** True if `truths` is a set of one. */
export function isSettled(truths: Truths): boolean {
  return (truths & (truths - 1)) === 0
}

/** What the rules say, over comparisons named by number. `is` holds when the truth of the inner formula is in the set. */
export type Formula =
  | { readonly atom: number }
  | { readonly every: readonly Formula[] }
  | { readonly some: readonly Formula[] }
  | { readonly not: Formula }
  | { readonly is: Formula; readonly among: Truths }

/** Every truth that `formula` can have when each comparison can have those that `truthsOf` gives. */
export function possibleTruths(formula: Formula, truthsOf: (atom: number) => Truths): Truths {
  if ('atom' in formula) return truthsOf(formula.atom)
  if ('every' in formula) return everyOf(formula.every.map(inner => possibleTruths(inner, truthsOf)))
  if ('some' in formula) return someOf(formula.some.map(inner => possibleTruths(inner, truthsOf)))
  if ('not' in formula) return negated(possibleTruths(formula.not, truthsOf))
  const inner = possibleTruths(formula.is, truthsOf)
  return (inner & formula.among ? onlyYes : 0) | (inner & ~formula.among & anyTruth ? onlyNo : 0)
}

function negated(truths: Truths): Truths {
  return (truths & (onlyMissing | onlyError)) | (truths & onlyYes ? onlyNo : 0) | (truths & onlyNo ? onlyYes : 0)
}

/** At least one of several: an error anywhere is the answer; then `yes`; then `missing`. */
export function someOf(parts: readonly Truths[]): Truths {
  return negated(everyOf(parts.map(negated)))
}

/** Every one of several: an error anywhere is the answer; then `no`; then `missing`. */
export function everyOf(parts: readonly Truths[]): Truths {
  let answer: Truths = onlyYes
  let canErr = 0
  for (const part of parts) {
    canErr |= part & onlyError
    const rest = part & ~onlyError
    if (rest === 0) return onlyError
    answer = both(answer, rest)
  }
  return answer | canErr
}

/** `every` of two sets without errors. */
function both(a: Truths, b: Truths): Truths {
  let answer = (a | b) & onlyNo
  if ((a & onlyMissing && b & ~onlyNo) || (b & onlyMissing && a & ~onlyNo)) answer |= onlyMissing
  return a & b & onlyYes ? answer | onlyYes : answer
}

/** The comparisons a formula asks. */
export function atomsOf(formula: Formula): readonly number[] {
  if ('atom' in formula) return [formula.atom]
  if ('every' in formula) return formula.every.flatMap(atomsOf)
  if ('some' in formula) return formula.some.flatMap(atomsOf)
  return atomsOf('not' in formula ? formula.not : formula.is)
}
