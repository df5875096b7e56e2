/**
 * From text to a policy that can decide, or to the list of everything that is wrong with it. Never half: a document
 * with one error is refused whole, and the policy in force stays as it is.
 */
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import { compilePolicy, type Policy } from './compile.ts'
import { readDialect } from './dialects.ts'
import type { Dialect, NormalisedDocument } from './model.ts'
import { normalise } from './normalise.ts'
import { type Problem, ProblemLog } from './problem.ts'
import { readSource } from './source.ts'
import type { ToolFacts } from './verdict.ts'

export type { Problem } from './problem.ts'

export type Loaded =
  | {
      readonly ok: true
      readonly policy: Policy
      readonly document: NormalisedDocument
      readonly dialect: Dialect
      /** What our stricter reading changes for a document of another dialect. */
      readonly notes: readonly string[]
      readonly problems: readonly Problem[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export interface LoadOptions {
  /** Shown with problems by the caller; not read. */
  readonly file?: string
  /** The server's tools: adds the checks that need to know them. */
  readonly tools?: readonly ToolFacts[]
}

/** Reads a policy in JSON or YAML, in any of the known dialects. Never throws for what is in `text`. */
export function loadPolicy(name: string, text: string, _options: LoadOptions = {}): Loaded {
  const log = new ProblemLog()
  const source = readSource(text, log)
  const reading = log.hasErrors ? undefined : readDialect(log, source.value)
  if (reading === undefined || log.hasErrors) return { ok: false, problems: log.list(source.place) }
  const document = normalise(reading.model)
  const version = sha256Hex(canonicalJson(document)).slice(0, 12)
  const policy = compilePolicy(name, version, reading.model)
  return { ok: true, policy, document, dialect: reading.model.dialect, notes: reading.notes, problems: log.list(source.place) }
}
