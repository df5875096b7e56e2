/** The results of a run of cases, for people and for programs. */

import { factText } from '../shell/explanation-text.ts'
import { count, facts, visible, wrap } from '../shell/layout.ts'
import type { PolicyFile } from '../shell/policy-file.ts'
import type { Terminal } from '../shell/terminal.ts'
import { span } from '../shell/times.ts'
import type { CaseReading } from './document.ts'
import type { CaseResult, Failure } from './run.ts'

/** What became of one file of cases. `stopped`: why it, or its policy, could not be used. */
export interface FileResult {
  readonly file: string
  readonly policy?: PolicyFile
  readonly place: CaseReading['place']
  readonly results: readonly CaseResult[]
  readonly stopped?: {
    readonly exit: number
    readonly code: string
    readonly message: string
    readonly problems: readonly object[]
  }
}

/** Rules of one policy that no case has seen at work. */
export interface Coverage {
  readonly policy: Pick<PolicyFile, 'file' | 'placeOf'>
  readonly rules: number
  readonly never: readonly string[]
}

interface Totals {
  readonly passed: number
  readonly failed: number
}

/** Cases that passed and failed; a file that could not be used, or holds no case, counts as one that failed. */
export function totalsOf(files: readonly FileResult[]): Totals {
  let passed = 0
  let failed = 0
  for (const { results } of files) {
    const bad = results.filter(({ failure }) => failure !== undefined).length
    passed += results.length - bad
    failed += results.length === 0 ? 1 : bad
  }
  return { passed, failed }
}

const factsShownMax = 6
const argsShownMax = 200

/** The cases of one file that failed, and in one line how many did not. */
export function fileText(result: FileResult, isVerbose: boolean, { columns, paint }: Terminal): string {
  const { file, results, stopped } = result
  if (stopped !== undefined) return ''
  if (results.length === 0) return `${paint('red', `${file}: no case in it, so nothing was tested`)}\n`
  const lines = results.map(one => {
    if (one.failure !== undefined) return failureText(result, one, one.failure, { columns, paint })
    return isVerbose ? `${paint('green', 'passed')}: ${visible(one.case.name)}\n` : ''
  })
  const failed = results.filter(({ failure }) => failure !== undefined).length
  const verdict =
    failed === 0
      ? paint('green', `${count(results.length, 'case')} passed`)
      : paint('red', `${failed} of ${count(results.length, 'case')} failed`)
  return `${lines.join('')}${file}: ${verdict}\n`
}

/** `file:line:column` of a pointer into a file of cases. */
function placeText({ file, place }: FileResult, pointer: string): string {
  const found = place(pointer)
  return found === undefined ? file : `${file}:${found.line}:${found.column}`
}

/** What was expected of the call a case failed at, what came, and why. */
export function failureText(
  file: FileResult,
  { case: one }: CaseResult,
  { step, call, atMs, differences, got }: Failure,
  { columns, paint }: Pick<Terminal, 'columns' | 'paint'>,
): string {
  const place = `${placeText(file, step.at)}:`
  const head = wrap(`${place} failed: ${visible(one.name)}`, columns, '  ').trimStart()
  const args = JSON.stringify(step.input.args)
  const shown = args.length > argsShownMax ? `${args.slice(0, argsShownMax)}…` : args
  const which = step.repeat > 1 ? `, call ${call} of ${step.repeat}` : ''
  const when = atMs > 0 ? `, at +${span(atMs)}` : ''
  const called = wrap(visible(`${step.input.tool} ${shown}${which}${when}`), columns, '  ')
  const width = Math.max(...differences.map(({ member }) => member.length))
  const differing = differences.map(({ member, expected, got: actual }) => {
    const line = (sign: string, text: string) =>
      wrap(`${sign} ${member.padEnd(width)}  ${visible(text)}`, columns, '    ').replace(/^ {4}/, '  ')
    return `${paint('green', line('- expected', expected))}\n${paint('red', line('+ got     ', actual))}\n`
  })
  const compared = got.facts.map(factText).filter(text => text !== '')
  const more = compared.length > factsShownMax ? [`… and ${compared.length - factsShownMax} more`] : []
  const pairs = [
    ['because', visible(got.message)],
    ...(compared.length === 0
      ? []
      : [['compared', [...compared.slice(0, factsShownMax), ...more].join('\n')] as const]),
  ] as const
  const why = facts(pairs as readonly (readonly [string, string])[], columns - 2, paint)
  const painted = head.replace(`${place} failed:`, () => `${paint('bold', place)} ${paint('red', 'failed:')}`)
  return `${painted}\n${called}\n${differing.join('')}${why.replaceAll(/^(?=.)/gm, '  ')}\n`
}

/** The rules that no case has seen at work, of each policy. */
export function coverageText(coverages: readonly Coverage[], { columns, paint }: Terminal): string {
  return coverages
    .map(({ policy, rules, never }) => {
      const decided = `${policy.file}: ${rules - never.length} of ${count(rules, 'rule')} decided a call`
      if (never.length === 0) return `${decided}\n`
      const list = never.map(at => `${wrap(visible(`${policy.placeOf(at)} ${at}`), columns, '  ')}\n`)
      return `${decided}, but not\n${paint('yellow', list.join(''))}`
    })
    .join('')
}

/** The whole run as one JSON value. */
export function reportJson(files: readonly FileResult[], coverages: readonly Coverage[], ok: boolean): object {
  return {
    ok,
    ...totalsOf(files),
    files: files.map(result => ({
      file: result.file,
      ...(result.policy && { policy: result.policy.file, policyVersion: result.policy.policy.version }),
      ...(result.stopped && { error: result.stopped }),
      cases: result.results.map(one => caseJson(result, one)),
    })),
    coverage: coverages.map(({ policy, rules, never }) => ({
      policy: policy.file,
      rules,
      decided: rules - never.length,
      never: never.map(path => ({ path, place: policy.placeOf(path) })),
    })),
  }
}

function caseJson(file: FileResult, { case: one, calls, failure }: CaseResult): object {
  const { line, column } = file.place(one.at) ?? {}
  const about = { name: one.name, line: line ?? null, column: column ?? null, ok: failure === undefined, calls }
  if (failure === undefined) return about
  const { step, call, atMs, differences, got } = failure
  const { tool, args } = step.input
  return {
    ...about,
    failure: {
      step: step.at,
      call,
      atMs,
      tool,
      args,
      differences,
      got: { ...got, wouldPassIf: got.wouldPassIf ?? null },
    },
  }
}
