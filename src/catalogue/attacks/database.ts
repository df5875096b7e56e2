/**
 * The attack database as the rest of the program asks it: one entry by its id, all of them, or those that concern a
 * tool. A file is read when it is first asked for and kept. A file that cannot be read is a fault: it came with us.
 */
import { readFileSync } from 'node:fs'
import { Fault } from '../../errors.ts'
import { type AttackId, attackIds } from './ids.ts'
import type { Attack } from './model.ts'
import { readAttack } from './reader.ts'

const folder = new URL('../../../data/attacks/', import.meta.url)
const read = new Map<AttackId, Attack>()

/** One entry. */
export function attackOf(id: AttackId): Attack {
  const known = read.get(id)
  if (known !== undefined) return known
  const file = `${id}.yaml`
  const result = readAttack(textOf(file))
  if (!result.ok) {
    const [first] = result.problems
    throw new Fault('ERR_CATALOGUE_DATA', {
      file,
      reason: `line ${first?.line ?? 1}: ${first?.message ?? 'unreadable'}`,
    })
  }
  read.set(id, result.attack)
  return result.attack
}

/** Every entry, by class in the order of `attackIds`. */
export function allAttacks(): readonly Attack[] {
  return attackIds.map(attackOf)
}

/** The entries that concern a tool of this category with these flags, in the order of `attackIds`. */
export function attacksFor(category: string, flags: readonly string[]): readonly Attack[] {
  return allAttacks().filter(({ affects }) => {
    if (affects.categories.length + affects.flags.length === 0) return false
    const isCategory = affects.categories.length === 0 || affects.categories.includes(category)
    return isCategory && (affects.flags.length === 0 || affects.flags.some(flag => flags.includes(flag)))
  })
}

function textOf(file: string): string {
  try {
    return readFileSync(new URL(file, folder), 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('ERR_CATALOGUE_DATA', { file, reason }, error)
  }
}
