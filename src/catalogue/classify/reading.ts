/** What is found in a definition: effects with their quotations, and what else its readers saw. Types only. */
import type { Action } from './candidates.ts'
import type { CodeParameter } from './code.ts'
import type { Evidence } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'
import type { Parameter } from './subject.ts'

/** Where a reason stands. */
export type Source = 'name' | 'description' | 'schema' | 'annotation'

/** One effect that there is reason to expect. `strength`: 0…1. */
export interface Effect {
  readonly category: Category
  readonly strength: number
  readonly source: Source
  readonly also?: Category
  readonly evidence: Evidence
}

/** What the readers found besides effects; flags and confidence use it. */
export interface Reading {
  readonly effects: readonly Effect[]
  readonly nameVerbs: readonly Action[]
  readonly headVerbs: readonly Action[]
  /** Every verb of the description that was read, in order. */
  readonly textVerbs: readonly Action[]
  readonly code: readonly CodeParameter[]
  readonly paths: readonly Parameter[]
  readonly saving: readonly Parameter[]
  readonly choices: readonly Parameter[]
  readonly isRouter: boolean
}

/** Sources left out. */
export interface Ignored {
  readonly name?: boolean
  readonly description?: boolean
  readonly annotations?: boolean
}
