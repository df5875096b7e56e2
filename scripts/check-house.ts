/**
 * The house check of `npm run check`: reads every tracked file (and every new one that git would track), applies the
 * rules of `house-rules.ts` and exits 1 when one is broken. Questions are printed and pass.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type Finding, judgeName, judgePaths, judgeSource } from './house-rules.ts'

const sourceNames = /^src\/.*\.ts$/
const testNames = /\.test\.ts$/
const writtenNames = /^(?:src|test|bench|scripts|console)\//
const textNames = /\.(?:ts|mjs|json|md|ya?ml|sh|html|css)$|^\.ci\//
/** Recorded data of others: their words and paths are theirs. */
const recordedNames = /^(?:test\/fixtures\/|data\/|package-lock\.json$)/

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter(file => file !== '' && existsSync(file))

const findings = files.flatMap(judgeFile)
for (const finding of findings) {
  const mark = finding.severity === 'problem' ? 'problem ' : 'question'
  process.stdout.write(`${mark} ${finding.file}: ${finding.message}\n`)
}
const problems = findings.filter(finding => finding.severity === 'problem').length
process.stdout.write(`house: ${files.length} files, ${problems} problems, ${findings.length - problems} questions\n`)
process.exitCode = problems === 0 ? 0 : 1

function judgeFile(file: string): readonly Finding[] {
  const named = writtenNames.test(file) && !recordedNames.test(file) ? judgeName(file) : []
  if (recordedNames.test(file) || !textNames.test(file)) return named
  const text = readFileSync(file, 'utf8')
  const source = sourceNames.test(file) && !testNames.test(file) ? judgeSource(file, text) : []
  return [...named, ...source, ...judgePaths(file, text)]
}
