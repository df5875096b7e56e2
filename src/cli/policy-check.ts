/**
 * `sallyport policy check`: judges a policy file without a gateway. Every problem comes with its place, in the form
 * editors and CI annotate (`file:line:column: error: …`), and with what to do about it. Exit 1 when there is an error.
 */
import type { Command } from 'commander'
import type { Loaded, LoadOptions, Problem } from '../policy/load.ts'
import type { ToolFacts } from '../policy/verdict.ts'
import { readTextFile } from './shell/files.ts'
import { count, visible, wrap } from './shell/layout.ts'
import { command, found, printJson, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'
import { readToolFacts } from './shell/tool-facts.ts'

interface CheckOptions {
  readonly json?: boolean
  readonly tools?: string
}

/** `policy check FILE`. */
export function policyCheckCommand(shell: Shell): Command {
  return command('check', 'judge a policy file, without a gateway', [
    'sallyport policy check policies/files.json',
    'sallyport policy check policies/files.json --tools tools.json --json',
  ])
    .argument('<file>', 'policy, JSON or YAML, in any dialect that is read')
    .option('--tools <file>', 'the tools/list of a server, for checks against its tools')
    .action((file: string, options: CheckOptions) => checkFile(shell, file, options))
}

async function checkFile(shell: Shell, file: string, options: CheckOptions): Promise<void> {
  const tools = options.tools === undefined ? undefined : readToolFacts(options.tools)
  const { checkDead } = await import('../policy/analysis/dead.ts')
  const loaded = await judgePolicy(file, readTextFile(file), tools, (log, model) => checkDead(log, model, tools))
  if (!loaded.ok) found(shell)
  if (options.json) return printJson(shell, { ok: loaded.ok, problems: loaded.problems.map(problemJson) })
  const { terminal } = shell
  for (const problem of loaded.problems) terminal.out(showProblem(file, problem, terminal))
  terminal.out(loaded.ok ? praise(file, loaded, terminal) : `${summary(loaded.problems)} in ${file}\n`)
}

/** Judges the text of a policy as the gateway would. The engine is loaded here: other commands start without it. */
export async function judgePolicy(
  name: string,
  text: string,
  tools?: readonly ToolFacts[],
  further?: LoadOptions['further'],
): Promise<Loaded> {
  const { loadPolicy } = await import('../policy/load.ts')
  const { compileSchema } = await import('../catalogue/schema.ts')
  return loadPolicy(name, text, {
    compileSchema,
    ...(tools === undefined ? {} : { tools }),
    ...(further === undefined ? {} : { further }),
  })
}

function praise(file: string, loaded: Loaded & { readonly ok: true }, { columns, paint }: Terminal): string {
  const { policy, dialect, notes, problems } = loaded
  const isForeign = dialect === 'intercept' || dialect === 'faq'
  const from = isForeign ? `, read from the ${dialect} dialect` : ''
  const warnings = problems.length === 0 ? '' : `; ${summary(problems)}`
  const verdict = `${file}: ok, version ${policy.version}, mode ${policy.mode}${from}${warnings}`
  const differs = `note: not everything means here what it meant there (${count(notes.length, 'note')}): sallyport policy import ${file}`
  const lines = [...(isForeign && notes.length > 0 ? [differs] : []), verdict].map(line =>
    wrap(line, columns, '  ').trimStart(),
  )
  return `${lines.join('\n').replace(`${file}: ok,`, () => `${file}: ${paint('green', 'ok')},`)}\n`
}

/** A problem for programs: every member is always there. */
export function problemJson({ severity, code, path, line, column, message, remedy }: Problem): Record<string, unknown> {
  return { severity, code, path, line: line ?? null, column: column ?? null, message, remedy }
}

/** One problem: place and message, where in the document, what to do. Lines end in `\n`. */
export function showProblem(file: string, problem: Problem, { paint, columns }: Terminal): string {
  const { severity, line, column, message, path, remedy } = problem
  const place = `${[file, line, column].filter(part => part !== undefined).join(':')}:`
  const head = wrap(`${place} ${severity}: ${visible(message)}`, columns, '  ').trimStart()
  const painted = `${paint('bold', place)} ${paint(severity === 'error' ? 'red' : 'yellow', `${severity}:`)}`
  const where = path === '' ? '' : `${paint('dim', wrap(`at ${visible(path)}`, columns, '  '))}\n`
  return `${head.replace(`${place} ${severity}:`, () => painted)}\n${where}${wrap(visible(remedy), columns, '  ')}\n`
}

/** `2 errors, 1 warning`. */
export function summary(problems: readonly Problem[]): string {
  const errors = problems.filter(problem => problem.severity === 'error').length
  const parts = [count(errors, 'error'), count(problems.length - errors, 'warning')]
  return parts.filter(part => !part.startsWith('0 ')).join(', ')
}
