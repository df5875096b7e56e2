/**
 * `sallyport policy test`: example calls and the verdicts expected of them, tried without a gateway. Limits are counted
 * as the gateway counts them, on a clock of their own. Exit 0 when everything is as expected; 1 when a case fails, when
 * there is none, or when a policy does not load; 2 when a file of cases cannot be used.
 */
import { writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { Command } from 'commander'
import type { CaseFile } from './cases/document.ts'
import type { FileResult } from './cases/report.ts'
import type { TestedPolicy } from './cases/tested-policy.ts'
import { problemJson, showProblem, summary } from './policy-check.ts'
import { exitCodes, Stop, stop } from './shell/exits.ts'
import { readTextFile } from './shell/files.ts'
import { codeOf } from './shell/gateway-address.ts'
import { count, visibleLines, wrap } from './shell/layout.ts'
import { definitionsOf, openJudge } from './shell/offline-call.ts'
import { openPolicy } from './shell/policy-file.ts'
import { command, found, printJson, type Shell } from './shell/shell.ts'
import { readDefinitions } from './shell/tool-facts.ts'

interface TestOptions {
  readonly json?: boolean
  readonly junit?: string
  readonly requireCoverage?: boolean
  readonly verbose?: boolean
}

/** `policy test FILE...`. */
export function policyTestCommand(shell: Shell): Command {
  return command('test', 'try example calls against a policy, without a gateway', [
    'sallyport policy test policies/pay.test.yaml',
    'sallyport policy test policies/*.test.yaml --require-coverage',
  ])
    .argument('<files...>', 'files of cases, YAML or JSON')
    .option('--require-coverage', 'fail when some rule of a policy has decided no call')
    .option('--junit <file>', 'also write a JUnit report, for CI systems')
    .option('--verbose', 'name the cases that pass, too')
    .action((files: readonly string[], options: TestOptions) => testFiles(shell, files, options))
}

/** One run: every policy is opened once, and its rules are credited over all files that name it. */
interface Run {
  readonly shell: Shell
  readonly json: boolean
  readonly policies: Map<string, TestedPolicy>
}

async function testFiles(shell: Shell, files: readonly string[], options: TestOptions): Promise<void> {
  const { coverageText, fileText, reportJson, totalsOf } = await import('./cases/report.ts')
  const { terminal } = shell
  const run: Run = { shell, json: options.json === true, policies: new Map() }
  const results: FileResult[] = []
  for (const file of files) {
    const result = await testFile(run, file)
    results.push(result)
    if (!options.json) terminal.out(fileText(result, options.verbose === true, terminal))
  }
  const coverages = [...run.policies.values()].map(policy => policy.coverage())
  const { passed, failed } = totalsOf(results)
  const uncovered = options.requireCoverage === true && coverages.some(({ never }) => never.length > 0)
  if (failed > 0 || uncovered) found(shell)
  if (results.some(({ stopped }) => stopped?.exit === exitCodes.usage)) shell.exit = exitCodes.usage
  if (options.junit !== undefined) await writeReport(options.junit, results)
  if (options.json) return printJson(shell, reportJson(results, coverages, shell.exit === exitCodes.ok))
  terminal.out(coverageText(coverages, terminal))
  const style = shell.exit === exitCodes.ok ? 'green' : 'red'
  const unusable = results.filter(({ stopped }) => stopped !== undefined).length
  const why =
    unusable > 0 ? `; ${count(unusable, 'file')} could not be tried` : uncovered ? '; some rules are not covered' : ''
  const verdict = `${count(passed, 'case')} passed, ${failed - unusable} failed${why}`
  terminal.out(`${terminal.paint(style, verdict)}\n`)
}

async function testFile(run: Run, file: string): Promise<FileResult> {
  const { readCases } = await import('./cases/document.ts')
  const { runCase } = await import('./cases/run.ts')
  const { terminal } = run.shell
  try {
    const reading = readCases(readTextFile(file))
    const { problems, place } = reading
    if (!run.json) for (const problem of problems) terminal.err(showProblem(file, problem, terminal))
    if (reading.file === undefined) {
      const { code, message, remedy } = stop('ERR_CLI_CASES', { file, problems: summary(problems) })
      throw new Stop(exitCodes.usage, code, message, remedy, { problems: problems.map(problemJson) })
    }
    const { policy, onVerdict } = await policyOf(run, besides(file, reading.file.policy))
    const judge = await openJudge()
    const definitions = await definitionsBesides(file, reading.file)
    const subject = { loaded: policy, definitions, judge, onVerdict }
    return { file, policy, place, results: reading.file.cases.map(one => runCase(subject, one)) }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    const { exit, code, message, more } = error
    if (!run.json) terminal.err(stoppedText(file, error, terminal.columns))
    const { problems = [] } = more as { readonly problems?: readonly object[] }
    return { file, place: () => undefined, results: [], stopped: { exit, code, message, problems } }
  }
}

async function policyOf({ shell, json, policies }: Run, file: string): Promise<TestedPolicy> {
  const known = policies.get(file)
  if (known !== undefined) return known
  const { testedPolicy } = await import('./cases/tested-policy.ts')
  const opened = await testedPolicy(await openPolicy(shell, file, { json }))
  policies.set(file, opened)
  return opened
}

async function definitionsBesides(file: string, { tools, cases }: CaseFile) {
  if (tools === undefined) return undefined
  return await definitionsOf(readDefinitions(besides(file, tools)), cases[0]?.steps[0]?.input.server.name ?? 'unknown')
}

function stoppedText(file: string, { message, remedy }: Stop, columns: number): string {
  const text = message.includes(file) ? message : `${file}: ${message}`
  const lines = [wrap(visibleLines(text), columns, '  ').trimStart()]
  if (remedy !== undefined) lines.push(wrap(visibleLines(remedy), columns, '  '))
  return `${lines.join('\n')}\n`
}

/** A path as a file of cases names it: relative to that file. */
function besides(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

async function writeReport(file: string, results: readonly FileResult[]): Promise<void> {
  const { junitXml } = await import('./cases/junit.ts')
  try {
    writeFileSync(file, junitXml(results))
  } catch (error) {
    if (codeOf(error) === 'unknown') throw error
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}
