/**
 * What the words of a question mean for one tool. A category or severity that is known decides; where none is, the
 * annotations of the definition do, taken as MCP means them: a tool that does not say so may destroy and may reach
 * anyone. What the policy says of a tool (`read_only`, `labels`) stands above its annotations.
 */
import type { Json } from '../../wire/json-types.ts'
import type { Resolution } from '../compile.ts'
import type { Leaf, Operator } from '../model.ts'
import { readPath } from '../path.ts'
import type { Atoms } from './atoms.ts'
import type { FactWord } from './question.ts'
import type { Demand } from './solver.ts'
import { anyTruth, type Formula, onlyYes } from './truths.ts'

const categories: Partial<Record<FactWord, string>> = {
  read: 'Read',
  write: 'Write',
  execute: 'Execute',
  destructive: 'Destructive',
  financial: 'Financial',
}
const severities: readonly FactWord[] = ['low', 'medium', 'high', 'critical']

/** Words that only a category or a severity can answer. */
export function needsRating(word: FactWord): 'category' | 'severity' | undefined {
  if (severities.includes(word)) return 'severity'
  return word === 'execute' || word === 'financial' ? 'category' : undefined
}

/** The demand that a tool is what `word` says. */
export function factDemand(atoms: Atoms, word: FactWord, policy: Pick<Resolution, 'readOnly' | 'labels'>): Demand {
  const says: Says = {
    holds: (path, op, value) => ({ is: leaf(atoms, path, op, value), among: onlyYes }),
    lacks: (path, op, value) => ({ is: leaf(atoms, path, op, value), among: anyTruth & ~onlyYes }),
  }
  return { formula: meaning(word, policy, says), among: onlyYes, at: '' }
}

interface Says {
  holds(path: string, op: Operator, value: Json): Formula
  lacks(path: string, op: Operator, value: Json): Formula
}

function leaf(atoms: Atoms, text: string, op: Operator, value: Json): Formula {
  const reading = readPath(text)
  if (!reading.ok) throw new Error(reading.message)
  const asked: Leaf = { path: reading.path, op, value, at: '' }
  return atoms.condition({ leaf: asked }, { holdingDenies: true, inRequire: false }, '')
}

const always: Formula = { every: [] }
const never: Formula = { some: [] }

function meaning(word: FactWord, policy: Pick<Resolution, 'readOnly' | 'labels'>, says: Says): Formula {
  if (severities.includes(word)) return says.holds('tool.severity', 'eq', word)
  if (word === 'external') {
    const reaches = says.lacks('tool.annotations.openWorldHint', 'eq', false)
    return policy.labels.includes('external') ? always : reaches
  }
  if (word === 'destructive' && policy.labels.includes('destructive')) return always
  const unrated = says.holds('tool.category', 'exists', false)
  const hinted: Formula = { every: [unrated, hints(word, policy.readOnly, says)] }
  if (word !== 'changing') return { some: [says.holds('tool.category', 'eq', categories[word] ?? word), hinted] }
  const rated: Formula = {
    every: [says.holds('tool.category', 'exists', true), says.lacks('tool.category', 'eq', 'Read')],
  }
  return { some: [rated, hinted] }
}

/** What annotations say where nobody has rated the tool. */
function hints(word: FactWord, readOnly: boolean | undefined, says: Says): Formula {
  const reads =
    readOnly === undefined ? says.holds('tool.annotations.readOnlyHint', 'eq', true) : readOnly ? always : never
  const changes =
    readOnly === undefined ? says.lacks('tool.annotations.readOnlyHint', 'eq', true) : readOnly ? never : always
  if (word === 'read') return reads
  if (word === 'write' || word === 'changing') return changes
  if (word !== 'destructive') return never
  return { every: [changes, says.lacks('tool.annotations.destructiveHint', 'eq', false)] }
}
