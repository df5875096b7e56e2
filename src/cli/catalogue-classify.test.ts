import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-classify-'))
const files = 'eval/data/public/filesystem.json'
const run = (...argv: readonly string[]) => runRecorded(['catalogue', 'classify', ...argv])

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('a table for people, 80 columns wide at most, with totals and grade', async () => {
  const { code, out } = await run(files)
  expect(code).toBe(0)
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(out).toMatch(/^write_file +Destructive +critical +\d+% +\d+ +file_path$/m)
  expect(out).toMatch(/^14 tools: 10 Read, 3 Write, 1 Destructive; \d{4} tokens; grade A \(\d\d of 100\)$/m)
})

test('the shape other programs rely on', async () => {
  const { code, out } = await run(files, '--json')
  expect(code).toBe(0)
  const answer = JSON.parse(out) as { tools: Record<string, unknown>[] }
  expect(Object.keys(answer)).toEqual(['server', 'tools', 'totals', 'tokens', 'grade', 'worst', 'skipped'])
  expect(answer.tools.length).toBe(14)
  for (const tool of answer.tools) {
    expect(Object.keys(tool)).toEqual([
      ...['name', 'category', 'severity', 'flags', 'confidence', 'evidence', 'runnerUp', 'attacks', 'owasp', 'rule'],
      ...['tokens', 'findings'],
    ])
  }
})

test('one tool with everything its rating rests on', async () => {
  const { code, out } = await run(files, '--tool', 'write_file')
  expect(code).toBe(0)
  expect(out).toContain('\ncategory  Destructive (critical)')
  expect(out).toMatch(/Destructive: `overwrite` in the description at\s+\/description, rule \(b\)/)
  expect(out).toContain('"action": "require_approval"')
})

test('a name that moves the cursor is shown, not obeyed', async () => {
  const { out } = await run(
    fileOf('hostile.json', JSON.stringify([{ name: 'x\u001b[2J', description: 'Deletes\u202e' }])),
  )
  expect(out).not.toContain('\u001b')
  expect(out).toContain('look at x')
})

test.each([
  ['missing.json', undefined, 'there is no such file'],
  ['object.json', '{"a":1}', 'it is not a list of tools'],
  ['broken.json', '[{', 'it is not JSON'],
  ['deep.json', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'nested too deeply'],
])('%s is exit 2', async (name, text, words) => {
  const file = text === undefined ? join(folder, name) : fileOf(name, text)
  const { code, out, err } = await run(file)
  expect([code, out]).toEqual([2, ''])
  expect(err.replaceAll(/\s+/g, ' ')).toContain(words)
})

test('an unknown tool is exit 2', async () => {
  const { code, err } = await run(files, '--tool', 'nothing')
  expect(code).toBe(2)
  expect(err.replaceAll(/\s+/g, ' ')).toContain('it has no tool `nothing`')
})
