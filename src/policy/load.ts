/**
 * From text to a policy that can decide, or to the list of everything that is wrong with it. Never half: a document
 * with one error is refused whole, and the policy in force stays as it is.
 */
import type { Result } from '../errors.ts'
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { checkFlows } from './check-flows.ts'
import { checkRules } from './check-rules.ts'
import { checkTools } from './check-tools.ts'
import { type ArgumentCheck, compilePolicy, type Policy } from './compile.ts'
import { readDialect } from './dialects.ts'
import type { Dialect, Model, NormalisedDocument } from './model.ts'
import { normalise } from './normalise.ts'
import { type Problem, ProblemLog } from './problem.ts'
import { readSource } from './source.ts'
import type { Note } from './stricter.ts'
import type { ToolFacts } from './verdict.ts'

export type { Problem } from './problem.ts'

export type Loaded =
  | {
      readonly ok: true
      readonly policy: Policy
      readonly document: NormalisedDocument
      readonly dialect: Dialect
      /** What our stricter reading changes for a document of another dialect. */
      readonly notes: readonly Note[]
      readonly problems: readonly Problem[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export interface LoadOptions {
  /** Shown with problems by the caller; not read. */
  readonly file?: string
  /** The server's tools: adds the checks that need to know them. */
  readonly tools?: readonly ToolFacts[]
  /** Compiles the `arguments` of an entry (`compileSchema` of the catalogue). Without it such an entry is refused. */
  readonly compileSchema?: SchemaCompiler
  /** Checks beside ours, of a document that can be read; `analysis/` has some that take longer than loading. */
  readonly further?: (log: ProblemLog, model: Model) => void
}

export type SchemaCompiler = (schema: Json) => Result<(args: JsonObject) => Result<true>>

/** Reads a policy in JSON or YAML, in any of the known dialects. Never throws for what is in `text`. */
export function loadPolicy(name: string, text: string, options: LoadOptions = {}): Loaded {
  const log = new ProblemLog()
  const source = readSource(text, log)
  const reading = log.hasErrors ? undefined : readDialect(log, source.value)
  const checks = reading && compileChecks(log, reading.model, options.compileSchema)
  if (reading === undefined || checks === undefined || log.hasErrors)
    return { ok: false, problems: log.list(source.place) }
  checkRules(log, reading.model)
  checkFlows(log, reading.model)
  if (options.tools !== undefined) checkTools(log, reading.model, options.tools)
  options.further?.(log, reading.model)
  const document = normalise(reading.model)
  const version = sha256Hex(canonicalJson(document)).slice(0, 12)
  const policy = compilePolicy(name, version, reading.model, { checks })
  return {
    ok: true,
    policy,
    document,
    dialect: reading.model.dialect,
    notes: reading.notes.map(note => ({ ...note, ...source.place(note.path, 'value') })),
    problems: log.list(source.place),
  }
}

function compileChecks(
  log: ProblemLog,
  model: Model,
  compile: SchemaCompiler | undefined,
): ReadonlyMap<string, ArgumentCheck> {
  const checks = new Map<string, ArgumentCheck>()
  for (const { at, argumentSchema } of model.entries) {
    if (argumentSchema === undefined) continue
    const compiled = compile?.(argumentSchema)
    if (compiled?.ok) {
      checks.set(at, args => {
        const result = compiled.value(args)
        return result.ok ? undefined : result.refusal.message
      })
    } else {
      const message = compiled === undefined ? 'a JSON Schema cannot be used here' : compiled.refusal.message
      log.error(
        'bad-schema',
        `${at}/arguments`,
        message,
        'write a JSON Schema of draft 2020-12 without remote references',
      )
    }
  }
  return checks
}
