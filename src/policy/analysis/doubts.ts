/** Why nobody can tell: what in a region cannot be worked out, and the rules that ask it. */
import { type Atom, type Atoms, isOpaque } from './atoms.ts'
import type { Region } from './inquiry.ts'
import { questionOf } from './text-questions.ts'
import { toolSchemaWords } from './tool-schema.ts'
import { atomsOf } from './truths.ts'

export interface Doubt {
  /** Pointers of rules. */
  readonly at: readonly string[]
  readonly why: string
}

/** What keeps an example of `region` from being found. */
export function doubtOf(atoms: Atoms, { space, box, demands }: Region): Doubt {
  const suspects = demands.flatMap(({ formula, at }) =>
    atomsOf(formula).flatMap(id => {
      const variable = space.variables[space.owner.get(id) ?? -1]
      const atom = atoms.list[id]
      if (variable === undefined || atom === undefined) return []
      const isNarrowed = (box.left[variable.id]?.length ?? 0) < variable.choices.length
      const words = isNarrowed ? suspicion(atom) : undefined
      return words === undefined ? [] : [{ at, words }]
    }),
  )
  const rules = (suspects.length > 0 ? suspects : demands).map(each => each.at).filter(each => each.startsWith('/'))
  const at = [...new Set(rules)]
  const words = [...new Set(suspects.map(each => each.words))]
  if (words.length === 0) return { at, why: 'no example was found, and none could be ruled out' }
  return { at, why: `${words.slice(0, 3).join(', ')} cannot be worked out, and nothing that was tried is an example` }
}

export const outOfSteps: Doubt = { at: [], why: 'the rules take more steps to compare than one question may' }

/** What an atom asks that is not taken apart. */
function suspicion(atom: Atom | Parameters<typeof isOpaque>[0]): string | undefined {
  if (isOpaque(atom)) return atom.words
  if (atom.op === 'schema') return toolSchemaWords
  if (atom.op === 'key') return undefined
  const question = questionOf(atom)
  const isTried = question.kind === 'tried' || (question.kind === 'patterns' && question.evasive !== undefined)
  return isTried ? `\`${atom.path.text}\` ${atom.op} ${JSON.stringify(atom.value).slice(0, 60)}` : undefined
}
