/**
 * `docs/guides/test-policies-in-ci.md`, done: its files are written as it shows them, its shell lines are run, what it
 * shows as output is what comes, and the steps of its workflow and of its hook run.
 */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { caseKeys, fileKeys, stepKeys } from '../../src/cli/cases/document.ts'
import { expectationKeys } from '../../src/cli/cases/expectation.ts'
import { compiled } from '../fixtures/compiled.ts'

const guide = readFileSync('docs/guides/test-policies-in-ci.md', 'utf8')
const fences = [...guide.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language, name, text]) => ({
  language: language ?? '',
  name,
  text: text ?? '',
}))
const files = fences.filter(({ language, name }) => language === 'yaml' && name !== undefined)
const commands = fences.flatMap(({ language, name, text }, index) => {
  if (language !== 'sh' || name === 'gateway') return []
  const next = fences[index + 1]
  const between = guide.slice(guide.indexOf(text) + text.length).split('```')[1] ?? ''
  return [{ text, output: next?.language === 'text' && between.trim() === '' ? next.text : undefined }]
})

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'))
  for (const { name = '', text } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const command = join(folder, 'bin', 'sallyport')
  mkdirSync(dirname(command))
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${resolve('src/main.ts')}' "$@"\n`)
  chmodSync(command, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs shell lines where the files of the guide are, as they would be typed. */
function shell(text: string): Promise<{ code: number; out: string }> {
  const env = { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter), HOME: folder, ...compiled }
  return new Promise(done => {
    execFile('sh', ['-c', `exec 2>&1\n${text}`], { cwd: folder, env }, (error, out) => {
      done({ code: error === null ? 0 : Number(error.code), out })
    })
  })
}

test('the guide has its files and commands', () => {
  expect(files.map(({ name }) => name)).toEqual([
    'policies/payments.yaml',
    'policies/payments.test.yaml',
    'policies/raise.test.yaml',
    'policies/limits.test.yaml',
    'policies/deploy.yaml',
    'policies/deploy.test.yaml',
    'policies/next.yaml',
    '.github/workflows/policies.yml',
    '.pre-commit-config.yaml',
  ])
  expect(commands).toHaveLength(9)
  expect(commands.filter(({ output }) => output !== undefined)).toHaveLength(3)
})

/** What each command without shown output must end with. */
const endings = [
  { command: /policy explain/, out: /^ask {2}create_charge/, code: 1 },
  { command: /--fail-on looser/, out: /something\s+lets\s+more\s+through/, code: 1 },
  { command: /policy test/, out: / 0 failed\n$/, code: 0 },
]

test.each(commands.map(({ text, output }) => [text.trim().split('\n').at(-1) ?? '', text, output] as const))(
  '%s',
  async (_line, text, output) => {
    const ran = await shell(text)
    if (output === undefined) {
      const ending = endings.find(({ command }) => command.test(text))
      expect(ran.out).toMatch(ending?.out ?? /^$/)
      expect(ran.code).toBe(ending?.code)
      return
    }
    expect(ran.out).toBe(output)
    expect(ran.code).toBe(/, [1-9]\d* failed/.test(output) ? 1 : 0)
  },
)

interface Workflow {
  readonly jobs: {
    readonly test: {
      readonly steps: readonly { readonly name?: string; readonly run?: string; readonly uses?: string }[]
    }
  }
}

test('the steps of the workflow run', async () => {
  const { jobs } = parse(readFileSync(join(folder, '.github/workflows/policies.yml'), 'utf8')) as Workflow
  const runs = jobs.test.steps.flatMap(step => (step.run === undefined ? [] : [step.run]))
  expect(runs).toHaveLength(3)
  for (const run of runs) {
    if (run.startsWith('npm install')) continue
    const ran = await shell(`set -e\n${run}`)
    expect(ran, run).toMatchObject({ code: 0 })
  }
  expect(readFileSync(join(folder, 'policies.xml'), 'utf8')).toContain('failures="0"')
  expect(jobs.test.steps.filter(step => step.uses !== undefined)).toHaveLength(3)
})

test('the hook runs on the files a commit touches', async () => {
  const config = parse(readFileSync(join(folder, '.pre-commit-config.yaml'), 'utf8')) as {
    repos: { hooks: { entry: string; files: string }[] }[]
  }
  const { entry = '', files: pattern = '' } = config.repos[0]?.hooks[0] ?? {}
  const touched = files.map(({ name = '' }) => name).filter(name => new RegExp(pattern).test(name))
  expect(touched).toHaveLength(4)
  const passing = touched.filter(name => !name.includes('raise'))
  expect(await shell(`${entry} ${passing.join(' ')}`)).toMatchObject({ code: 0 })
  expect(await shell(`${entry} ${touched.join(' ')}`)).toMatchObject({ code: 1 })
})

test('the tables have every key', () => {
  const tables = guide.slice(guide.indexOf('## Every key'))
  for (const key of [...fileKeys, ...caseKeys, ...stepKeys, ...expectationKeys])
    expect(tables, key).toContain(`\`${key}\``)
})
