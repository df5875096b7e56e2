/** The composite action: its form, and its script run for real with `npx` standing for this checkout. */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { compiled } from '../fixtures/compiled.ts'
import { readSarif } from '../fixtures/sarif-shape.ts'

const root = new URL('../../', import.meta.url).pathname

interface Step {
  readonly id: string
  readonly shell: string
  readonly env: Readonly<Record<string, string>>
  readonly run: string
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const text = readFileSync(join(root, 'action/action.yml'), 'utf8')
const action = parse(text) as Action
const expression = (inside: string) => `$\{{ ${inside} }}`

test('every input reaches the script as a variable, none as text of it', () => {
  const { steps, using } = action.runs
  expect([using, steps.length]).toEqual(['composite', 1])
  for (const { shell, env, run } of steps) {
    expect(shell).toBe('bash')
    expect(run).not.toContain('${{')
    const given = Object.keys(action.inputs).map(name => expression(`inputs.${name}`))
    expect(Object.values(env).sort()).toEqual(given.sort())
    for (const name of Object.keys(env)) expect(run, name).toContain(`$${name}`)
    // a variable outside of quotes is split and globbed
    expect(run.replace(/"[^"]*"|\$\([^)]*\)|\[\[.*?\]\]|\$'\\n'/g, '')).not.toMatch(/\$SCAN_/)
  }
})

test('inputs and outputs are those of the page, and the version is exact and ours', () => {
  const page = readFileSync(join(root, 'action/README.md'), 'utf8')
  for (const [name, { description, default: value }] of Object.entries(action.inputs)) {
    expect(description.length, name).toBeGreaterThan(20)
    expect(page).toMatch(value === '' ? `| \`${name}\` | |` : `| \`${name}\` | \`${value}\` |`)
  }
  expect(action.inputs['version']?.default).toBe(version)
  const [step] = action.runs.steps
  for (const [name, { value }] of Object.entries(action.outputs)) {
    expect(value).toBe(expression(`steps.${step?.id}.outputs.${name}`))
    expect(page).toContain(`| \`${name}\` |`)
  }
})

interface Job {
  readonly folder: string
  readonly code: number
  readonly log: string
  readonly summary: string
  readonly outputs: string
}

/** Runs the script as a runner does: bash, stopping at errors, inputs by their variables. */
async function job(config: unknown, inputs: Readonly<Record<string, string>> = {}): Promise<Job> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-action-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [bin, work] = [join(folder, 'bin'), join(folder, 'work space')]
  for (const each of [bin, work]) mkdirSync(each)
  const npx = `#!/bin/sh
[ "$1" = --yes ] && [ "$2" = sallyport@${version} ] || { echo "npx was asked for $*"; exit 9; }
shift 2
exec ${process.execPath} ${join(root, 'src/main.ts')} "$@"
`
  writeFileSync(join(bin, 'npx'), npx)
  chmodSync(join(bin, 'npx'), 0o755)
  if (config !== undefined) writeFileSync(join(work, '.mcp.json'), JSON.stringify(config))
  const [step] = action.runs.steps
  const given = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([variable, value]) => {
      const name = /inputs\.([\w-]+)/.exec(value)?.[1] ?? ''
      return [variable, inputs[name] ?? action.inputs[name]?.default ?? '']
    }),
  )
  const [summary, outputs] = [join(folder, 'summary'), join(folder, 'outputs')]
  const env = {
    ...compiled,
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    TMPDIR: folder,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_OUTPUT: outputs,
    ...given,
  }
  const line = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step?.run ?? '']
  const { code, log } = await new Promise<Pick<Job, 'code' | 'log'>>(done => {
    execFile('bash', line, { cwd: work, env }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, log: out + err })
    })
  })
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  return { folder: work, code, log, summary: read(summary), outputs: read(outputs) }
}

const pinned = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory@2026.8.31'] }

test('a configuration within the threshold passes, with a summary, outputs and SARIF', async () => {
  const { code, log, summary, outputs, folder } = await job({ mcpServers: { notes: pinned } })
  expect([code, log]).toEqual([0, expect.stringContaining('within the threshold')])
  expect(summary).toContain('| <code>notes</code> | Claude Code | **C** |')
  expect(outputs).toBe('grade=C\nfindings=0\nsarif=sallyport.sarif\n')
  expect(readSarif(readFileSync(join(folder, 'sallyport.sarif'), 'utf8')).results).toEqual([])
})

test('over the threshold the job fails, and everything is written nevertheless', async () => {
  const web = { url: 'http://mcp.example.com/mcp' }
  const { code, log, summary, outputs } = await job(
    { mcpServers: { web, notes: pinned } },
    { 'fail-on': 'High', 'fail-on-grade': 'c', 'sarif-file': 'a b.sarif' },
  )
  expect([code, log]).toEqual([1, expect.stringContaining('::error title=Sallyport scan::over the threshold')])
  expect(log).toMatch(/web has no grade, notes has\s+grade C/)
  expect(summary).toContain('plain http to a public host')
  expect(outputs).toBe('grade=C\nfindings=1\nsarif=a b.sarif\n')
})

test('nothing to look at fails unless it is expected', async () => {
  const missing = await job(undefined)
  expect([missing.code, missing.outputs, missing.log]).toEqual([2, '', expect.stringContaining('there is no file')])
  const allowed = await job(undefined, { 'allow-empty': 'true' })
  expect([allowed.code, allowed.outputs]).toEqual([0, 'grade=\nfindings=0\nsarif=sallyport.sarif\n'])
})

test.each([
  ['version', 'latest'],
  ['version', '0.1.0 --call=touch'],
  ['start', 'yes'],
  ['allow-empty', ''],
  ['sarif-file', '-'],
  ['sarif-file', 'a\nfindings=0'],
])('%s `%s` is refused before anything runs', async (name, value) => {
  const { code, log } = await job({ mcpServers: { notes: pinned } }, { [name]: value })
  expect([code, log]).toEqual([2, expect.stringMatching(/^::error title=Sallyport scan::[a-z-]+ (has to be|is)/)])
})

test.each([
  ['config', '$(touch owned)"; touch owned; `touch owned`'],
  ['config', '--yes'],
  ['fail-on-grade', '"; touch owned; "'],
])(
  '%s `%s` is only a word',
  async (name, value) => {
    const { code, folder } = await job({ mcpServers: { notes: pinned } }, { [name]: value })
    expect([code, existsSync(join(folder, 'owned'))]).toEqual([2, false])
  },
  30_000,
)

test('what a server says gives the runner no commands', async () => {
  const name = 'x\n::error::planted\n::set-output name=a::b'
  const { log } = await job({ mcpServers: { [name]: { url: 'http://mcp.example.com/' } } }, { 'fail-on': 'none' })
  const [, token = '', inside = ''] = /^::stop-commands::([0-9a-f-]{36})\n([\s\S]*)\n::\1::$/m.exec(log) ?? []
  expect(token).not.toBe('')
  expect(inside).toContain('planted')
  expect(log.replace(inside, '')).not.toContain('planted')
})
