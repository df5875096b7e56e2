/** The results of a run as JUnit XML, which CI systems show beside the change. */
import { visible } from '../shell/layout.ts'
import { type FileResult, failureText, totalsOf } from './report.ts'
import type { CaseResult } from './run.ts'

/** One suite for each file, one test case for each case. */
export function junitXml(files: readonly FileResult[]): string {
  const { passed, failed } = totalsOf(files)
  const suites = files.map(result => {
    const failures = result.results.filter(({ failure }) => failure !== undefined).length
    const broken = result.results.length === 0 ? [brokenXml(result)] : []
    const cases = result.results.map(one => caseXml(result, one))
    const tests = cases.length + broken.length
    return `  <testsuite name="${xml(result.file)}" tests="${tests}" failures="${failures + broken.length}">\n${[...broken, ...cases].join('')}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${passed + failed}" failures="${failed}">\n${suites.join('')}</testsuites>\n`
}

function brokenXml({ file, stopped }: FileResult): string {
  const message = stopped?.message ?? 'no case in it, so nothing was tested'
  return `    <testcase name="${xml(file)}" classname="${xml(file)}"><failure message="${xml(message)}"/></testcase>\n`
}

function caseXml(result: FileResult, { case: one, failure }: CaseResult): string {
  const { file, place } = result
  const head = `    <testcase name="${xml(one.name)}" classname="${xml(file)}" file="${xml(file)}" line="${place(one.at)?.line ?? 0}"`
  if (failure === undefined) return `${head}/>\n`
  const message = failure.differences.map(({ member, expected, got }) => `${member}: expected ${expected}, got ${got}`)
  const text = failureText(result, { case: one, calls: 0 }, failure, { columns: 100, paint: (_style, plain) => plain })
  return `${head}><failure message="${xml(message.join('; '))}">${xml(text)}</failure></testcase>\n`
}

/** Text for XML 1.0: control characters have no place in it, not even escaped. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  const lines = text.split('\n').map(visible).join('\n')
  return lines.replaceAll(/[&<>"]/g, character => entities[character] ?? character)
}
