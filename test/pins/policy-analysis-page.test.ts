/**
 * `docs/reference/policy-analysis.md`, done: its files are written as it shows them, its commands are run as processes,
 * and what it shows is what comes.
 */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { factWords, readQuestion } from '../../src/policy/analysis/question.ts'
import { compiled } from '../fixtures/compiled.ts'
import { loadedOf } from '../fixtures/policy-call.ts'

const file = 'docs/reference/policy-analysis.md'
const page = readFileSync(file, 'utf8')
const fences = [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language, name, text]) => ({
  language: language ?? '',
  name,
  text: text ?? '',
}))
const files = fences.filter(({ name }) => name !== undefined)
const commands = fences.flatMap(({ language, text }, index) => {
  const next = fences[index + 1]
  return language === 'sh' ? [{ text, output: next?.language === 'text' ? next.text : undefined }] : []
})

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-analysis-'))
  for (const { name = '', text } of files) writeFileSync(join(folder, name), text)
  const command = join(folder, 'bin', 'sallyport')
  mkdirSync(dirname(command))
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${resolve('src/main.ts')}' "$@"\n`)
  chmodSync(command, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

function shell(text: string, columns = 80): Promise<{ code: number; out: string }> {
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter)
  const env = { PATH: path, HOME: folder, COLUMNS: String(columns), ...compiled }
  return new Promise(done => {
    execFile('sh', ['-c', `exec 2>&1\n${text}`], { cwd: folder, env }, (error, out) => {
      done({ code: error === null ? 0 : Number(error.code), out })
    })
  })
}

test('the page has its files and commands', () => {
  expect(files.map(({ name }) => name)).toEqual(['old.yaml', 'new.yaml', 'dead.yaml'])
  expect(commands).toHaveLength(5)
  for (const { text } of files) loadedOf(text)
})

const codes: readonly (readonly [RegExp, number])[] = [
  [/policy diff/, 1],
  [/amount > 20000/, 0],
  [/gbp/, 1],
  [/policy check/, 0],
]

test.each(commands.map(({ text, output }) => [text.trim(), output] as const))('%s', async (text, output) => {
  const { code, out } = await shell(text)
  expect(code).toBe(codes.find(([pattern]) => pattern.test(text))?.[1])
  if (output !== undefined) expect(out).toBe(output)
  else expect(JSON.parse(out)).toMatchObject({ same: false, looser: 'yes', verdicts: 'changed' })
})

const shown = commands.flatMap(({ text, output }) => (output === undefined ? [] : [text.trim()]))
test.each(shown)('%s fits a terminal of 120 columns, as it fits one of 80 on the page', async text => {
  const outputs = [commands.find(command => command.text.trim() === text)?.output ?? '', (await shell(text, 120)).out]
  for (const [index, out] of outputs.entries()) {
    // the line that is there to be pasted is one line
    for (const line of out.split('\n').filter(each => !each.startsWith('  sallyport ')))
      expect(line.length, line).toBeLessThanOrEqual([80, 120][index] ?? 0)
  }
})

test('every question on the page can be read, and every word is on it', () => {
  const questions = [...page.matchAll(/^\| `([^`|]+)` \| (?:does|is)/gm)].map(match => match[1] ?? '')
  expect(questions.length).toBeGreaterThanOrEqual(5)
  for (const question of questions) expect(readQuestion(question), question).toMatchObject({ ok: true })
  for (const word of factWords) expect(page, word).toContain(`\`${word}\``)
})
