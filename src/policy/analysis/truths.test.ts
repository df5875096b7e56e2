import { expect, test } from 'vitest'
import { error, missing, no, type Truth, yes } from '../operators.ts'
import { anyTruth, type Formula, onlyTruth, onlyYes, possibleTruths, type Truths } from './truths.ts'

const truths: readonly Truth[] = [no, yes, missing, error]

/** The rules for one truth each, as `evaluate.ts` has them. */
function every(parts: readonly Truth[]): Truth {
  for (const answer of [error, no, missing] as const) if (parts.includes(answer)) return answer
  return yes
}
const not = (truth: Truth): Truth => (truth === yes ? no : truth === no ? yes : truth)

function truthOf(formula: Formula, given: readonly Truth[]): Truth {
  if ('atom' in formula) return given[formula.atom] ?? error
  if ('every' in formula) return every(formula.every.map(inner => truthOf(inner, given)))
  if ('some' in formula) return not(every(formula.some.map(inner => not(truthOf(inner, given)))))
  if ('not' in formula) return not(truthOf(formula.not, given))
  return onlyTruth(truthOf(formula.is, given)) & formula.among ? yes : no
}

const formulas: readonly Formula[] = [
  { every: [] },
  { some: [] },
  { every: [{ atom: 0 }, { atom: 1 }] },
  { some: [{ atom: 0 }, { atom: 1 }] },
  { not: { every: [{ atom: 0 }, { not: { atom: 1 } }] } },
  { some: [{ every: [{ atom: 0 }, { atom: 1 }] }, { not: { atom: 2 } }] },
  { every: [{ is: { atom: 0 }, among: onlyYes }, { some: [{ atom: 1 }, { atom: 2 }] }] },
]

test.each(formulas.map(formula => [JSON.stringify(formula), formula] as const))('%s', (_text, formula) => {
  const sets = Array.from({ length: anyTruth }, (_, index) => index + 1)
  for (const a of sets) {
    for (const b of sets) {
      for (const c of [1, 2, 4, 8, 3, 9, 15]) {
        const given = [a, b, c]
        const of = (set: Truths) => truths.filter(truth => onlyTruth(truth) & set)
        let wanted = 0
        for (const x of of(a))
          for (const y of of(b)) for (const z of of(c)) wanted |= onlyTruth(truthOf(formula, [x, y, z]))
        expect(possibleTruths(formula, atom => given[atom] ?? 0)).toBe(wanted)
      }
    }
  }
})
