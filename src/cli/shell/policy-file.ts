/**
 * A policy from a file, for the commands that work without a gateway: loaded, or the command ends (exit 1) after saying
 * everything that is wrong with it, as `policy check` does: for people on standard error, for programs in the error.
 */
import type { Loaded } from '../../policy/load.ts'
import type { Model } from '../../policy/model.ts'
import type { Place } from '../../policy/problem.ts'
import type { Note } from '../../policy/stricter.ts'
import type { ToolFacts } from '../../policy/verdict.ts'
import { isJsonObject, type Json } from '../../wire/json-types.ts'
import { judgePolicy, problemJson, showProblem, summary } from '../policy-check.ts'
import { exitCodes, Stop, stop } from './exits.ts'
import { readTextFile } from './files.ts'
import { visible, wrap } from './layout.ts'
import type { Shell } from './shell.ts'
import type { Terminal } from './terminal.ts'

export interface PolicyFile extends Extract<Loaded, { ok: true }> {
  readonly file: string
  readonly text: string
  /** `file:line:column` of a JSON Pointer; the file alone where nothing in it has that pointer. */
  readonly placeOf: (pointer: string) => string
}

interface OpenOptions {
  readonly tools?: readonly ToolFacts[]
  readonly json?: boolean | undefined
}

/** The policy in `file`; its warnings go to standard error. Throws a `Stop` for a file or a policy that is not one. */
export async function openPolicy(shell: Shell, file: string, options: OpenOptions = {}): Promise<PolicyFile> {
  const text = readTextFile(file)
  const loaded = await judgePolicy(nameOf(file), text, options.tools)
  const { terminal } = shell
  const aside = { ...terminal, columns: terminal.columns, paint: terminal.paintErr }
  if (!options.json) for (const problem of loaded.problems) terminal.err(showProblem(file, problem, aside))
  if (!loaded.ok) {
    const { code, message, remedy } = stop('ERR_CLI_POLICY_REFUSED', { file, problems: summary(loaded.problems) })
    throw new Stop(exitCodes.finding, code, message, remedy, { problems: loaded.problems.map(problemJson) })
  }
  return { ...loaded, file, text, placeOf: await placer(file, text) }
}

/**
 * The policy in `file`, for commands whose exit 1 is an answer: their warnings are those of `policy check`, and a file
 * that is no policy ends them with exit 2.
 */
export async function openForAnswer(
  shell: Shell,
  file: string,
  { json = false }: { readonly json?: boolean } = {},
): Promise<PolicyFile> {
  const text = readTextFile(file)
  const loaded = await judgePolicy(nameOf(file), text)
  if (loaded.ok) return { ...loaded, file, text, placeOf: await placer(file, text) }
  try {
    return await openPolicy(shell, file, { json })
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    throw new Stop(exitCodes.usage, error.code, error.message, error.remedy, error.more)
  }
}

/** The last part of a path, without its ending: what a policy of this file is called. */
export function nameOf(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? file).replace(/\.[^.]*$/, '')
}

/** Where what decides a call of `tool` stands: also the entry of `hide`, or `default`, that a name in parentheses means. */
export async function placeOfRule(policy: PolicyFile, tool: string, rule: string): Promise<string | undefined> {
  const { creditOf } = await import('../../policy/coverage.ts')
  const { value, model } = await readAgain(policy)
  const [at] = creditOf(model, tool, { rule })
  const isWritten = at !== '/default' || (isJsonObject(value) && Object.hasOwn(value, 'default'))
  return at?.startsWith('/') && isWritten ? policy.placeOf(at) : undefined
}

/** The policy as it was read, before it was compiled. */
export async function modelOf(policy: Pick<PolicyFile, 'text'>): Promise<Model> {
  return (await readAgain(policy)).model
}

async function readAgain({ text }: Pick<PolicyFile, 'text'>): Promise<{ readonly value: Json; readonly model: Model }> {
  const { readDialect } = await import('../../policy/dialects.ts')
  const { ProblemLog } = await import('../../policy/problem.ts')
  const { readSource } = await import('../../policy/source.ts')
  const log = new ProblemLog()
  const { value } = readSource(text, log)
  const model = readDialect(log, value)?.model
  if (model === undefined) throw new Error('a policy that was read cannot be read again')
  return { value, model }
}

async function placer(file: string, text: string): Promise<PolicyFile['placeOf']> {
  const { readSource } = await import('../../policy/source.ts')
  const { ProblemLog } = await import('../../policy/problem.ts')
  let place: Place | undefined
  return pointer => {
    place ??= readSource(text, new ProblemLog()).place
    const found = pointer.startsWith('/') ? place(pointer, 'key') : undefined
    return found === undefined ? file : `${file}:${found.line}:${found.column}`
  }
}

/** One note: its place, and under it what is read differently. Lines end in `\n`. */
export function showNote(file: string, note: Note, { paintErr, columns }: Terminal): string {
  const { path, line, column, changes } = note
  const isWhole = path === ''
  const place = isWhole ? `${file}:` : `${[file, line, column].filter(part => part !== undefined).join(':')}:`
  const head = `${place} note: ${visible(isWhole ? changes.join('; ') : path)}`
  const painted = `${paintErr('bold', place)} ${paintErr('cyan', 'note:')}`
  const first = wrap(head, columns, '  ').trimStart()
  const rest = isWhole ? [] : changes.map(change => `  - ${wrap(visible(change), columns, '    ').trimStart()}\n`)
  return `${first.replace(`${place} note:`, () => painted)}\n${rest.join('')}`
}
