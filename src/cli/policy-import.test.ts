import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

const fixtures = 'test/fixtures/policies'
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-import-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function put(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('as a process: the document on standard output, the notes on standard error', () => {
  const out = execFileSync(process.execPath, ['src/main.ts', 'policy', 'import', `${fixtures}/hosted.json`], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  expect(JSON.parse(out)).toMatchObject({ version: '1', default: 'deny' })
})

test('JSON stays JSON and YAML stays YAML unless told', async () => {
  const isJson = (text: string) => text.startsWith('{')
  const ran = async (...argv: string[]) => (await runRecorded(['policy', 'import', ...argv])).out
  expect(isJson(await ran(`${fixtures}/hosted.json`))).toBe(true)
  expect(isJson(await ran(`${fixtures}/intercept.yaml`))).toBe(false)
  expect(isJson(await ran(`${fixtures}/hosted.json`, '--yaml'))).toBe(false)
  expect(isJson(await ran(`${fixtures}/intercept.yaml`, '--json'))).toBe(true)
  expect(parse(await ran(`${fixtures}/hosted.json`, '--yaml'))).toEqual(
    JSON.parse(await ran(`${fixtures}/hosted.json`)),
  )
  expect(await runRecorded(['policy', 'import', `${fixtures}/hosted.json`, '--yaml', '--json'])).toMatchObject({
    code: 2,
  })
})

test.each(['hosted.json', 'intercept.yaml', 'faq.json', 'handoffs-operator.json'])(
  '%s: importing what was imported prints the same text',
  async name => {
    const first = await runRecorded(['policy', 'import', join(fixtures, name)])
    expect(first.code).toBe(0)
    const again = await runRecorded(['policy', 'import', put(name, first.out)])
    expect(again.out).toBe(first.out)
    // the hosted form is a part of our grammar: what is written in it cannot be told from a document of ours
    if (name === 'intercept.yaml' || name === 'faq.json') expect(again.err).toBe('')
  },
)

test('notes name file, line, column, rule, and what is stricter', async () => {
  const ran = await runRecorded(['policy', 'import', `${fixtures}/intercept.yaml`], { columns: 120 })
  expect(ran.err).toContain(
    `${fixtures}/intercept.yaml:35:9: note: /tools/refund/rules/0\n  - \`args.amount\` gt: a value other than a number passed there without a person and is denied here\n`,
  )
  for (const line of ran.err.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('--output writes a file in the form of its ending and says how to go on', async () => {
  const file = join(folder, 'stripe.yaml')
  const ran = await runRecorded(['policy', 'import', `${fixtures}/faq.json`, '--output', file])
  expect(ran).toMatchObject({ code: 0, out: '' })
  expect(ran.err).toContain(`put it in force: sallyport policy apply stripe ${file}\n`)
  expect(parse(readFileSync(file, 'utf8'))).toMatchObject({ version: '1' })
  const named = await runRecorded(['policy', 'import', `${fixtures}/faq.json`, '--output', file, '--name', 'pay'])
  expect(named.err).toContain(`sallyport policy apply pay ${file}\n`)
  const nowhere = await runRecorded([
    'policy',
    'import',
    `${fixtures}/faq.json`,
    '--output',
    join(folder, 'no', 'x.json'),
  ])
  expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') })
})

test('what is refused is listed as `policy check` lists it, and nothing is written', async () => {
  const file = put(
    'spend.yaml',
    'version: "1"\ntools:\n  a:\n    rules:\n      - { name: n, spend_limit: $500/day, action: deny }\n',
  )
  const ran = await runRecorded(['policy', 'import', file], { columns: 200 })
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toContain(
    `${file}:5:20: error: \`spend_limit\` has no equal in a policy\n  at /tools/a/rules/0/spend_limit\n`,
  )
  const json = await runRecorded(['policy', 'import', file, '--json'])
  expect(json).toMatchObject({ code: 1, out: '' })
  expect(JSON.parse(json.err)).toMatchObject({
    error: { code: 'ERR_CLI_POLICY_REFUSED' },
    problems: [{ code: 'not-carried', line: 5, column: 20 }],
  })
})

test('invisible characters are written as escapes, and are read again as themselves', async () => {
  const document = {
    version: '1',
    tools: { a: { deny_if: [{ conditions: [{ path: 'args.x', op: 'eq', value: 'a\u200bb' }] }] } },
  }
  const ran = await runRecorded(['policy', 'import', put('hidden.json', JSON.stringify(document)), '--yaml'])
  expect(ran.out).toContain('\\u200b')
  expect(ran.out).not.toContain('\u200b')
  const again = await runRecorded(['policy', 'import', put('hidden.yaml', ran.out), '--json'])
  expect(JSON.parse(again.out)).toMatchObject(document)
})
