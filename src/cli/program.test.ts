import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  [['strat'], 'sallyport: unknown command `strat`\n  did you mean start?\n'],
  [['server', 'lst'], 'sallyport: unknown command `lst`\n  did you mean list?\n'],
  [['ledger', 'tail', '--folow'], 'sallyport: unknown option `--folow`\n  did you mean --follow?\n'],
  [['xyzzy'], 'sallyport: unknown command `xyzzy`\n  see `sallyport --help`\n'],
  [
    ['grant', 'create'],
    'sallyport: required option `--principal <who>` not specified\n  see `sallyport grant create --help`\n',
  ],
  [
    ['server', 'list', 'extra'],
    'sallyport: too many arguments for `list`: expected 0 arguments but got 1\n  see `sallyport server list --help`\n',
  ],
])('%j is exit 2 with the nearest thing that exists', async (argv, err) => {
  expect(await runRecorded(argv)).toEqual({ code: 2, out: '', err, questions: [] })
})

test('a group alone shows its members, as an error', async () => {
  const ran = await runRecorded(['policy'])
  expect(ran.code).toBe(2)
  expect(ran.out).toBe('')
  expect(ran.err).toContain('apply <name> <file>')
})

test('help and version are answers', async () => {
  expect(await runRecorded(['--version'])).toMatchObject({ code: 0, out: '0.0.0-test\n' })
  const help = await runRecorded(['policy', 'check', '--help'])
  expect(help.code).toBe(0)
  expect(help.out).toContain('Usage: sallyport policy check [options] <file>')
})

test('no gateway is exit 3, in text and in JSON', async () => {
  const dataDir = join(folder, 'none')
  const text = await runRecorded(['server', 'list', '--data-dir', dataDir])
  expect(text.code).toBe(3)
  expect(text.err).toContain('start one with `sallyport start`')
  const json = await runRecorded(['server', 'list', '--data-dir', dataDir, '--json'])
  expect(json).toMatchObject({ code: 3, out: '' })
  expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'ERR_CLI_NO_RECORD' } })
})

test('a gateway that does not answer is exit 3', async () => {
  const record = { url: 'http://127.0.0.1:1', credential: 'c', pid: 1, startedAt: '' }
  writeFileSync(join(folder, 'admin.json'), JSON.stringify(record))
  const ran = await runRecorded(['grant', 'list', '--data-dir', folder])
  expect(ran).toMatchObject({ code: 3, out: '' })
  expect(ran.err).toBe(
    'sallyport: cannot reach the gateway at http://127.0.0.1:1: nothing listens\n  there\n  start it with `sallyport start`, or name it with --url\n',
  )
})

test.each([
  ['--port', '70000', '`70000` is not a port'],
  ['--port', 'http', '`http` is not a port'],
])('start refuses %s %s', async (option, value, words) => {
  expect(await runRecorded(['start', option, value])).toMatchObject({ code: 2, err: expect.stringContaining(words) })
})

test.each([
  [['--verdict', 'alow'], 'one of allow, deny, ask'],
  [['--outcome', 'ok'], 'one of succeeded, failed, refused, unknown, open'],
  [['--since', 'yesterday'], 'write a number and a unit'],
  [['-n', '0'], '1 to 200'],
])('ledger tail refuses %j', async (argv, words) => {
  const ran = await runRecorded(['ledger', 'tail', '--data-dir', folder, ...argv])
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(words) })
})

test('connect without a token is exit 2 and keeps standard output clean', async () => {
  const ran = await runRecorded(['connect', 'files', '--url', 'http://127.0.0.1:1'])
  expect(ran).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('`SALLYPORT_TOKEN` holds no grant token'),
  })
})

test('connect does not send a token over a network in the clear', async () => {
  const ran = await runRecorded(['connect', '--url', 'http://gateway.example'], { env: { SALLYPORT_TOKEN: 'sp_x' } })
  expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringContaining('the token is not sent') })
})

test('policy check gives place, words and remedy for people, and the same for programs', async () => {
  const file = join(folder, 'policy.yaml')
  writeFileSync(
    file,
    'version: "1"\ndefault: deny\ntools:\n  read:\n    deny_if:\n      - conditions:\n          - { path: args.n, op: gtt, value: 1 }\n',
  )
  const text = await runRecorded(['policy', 'check', file], { columns: 200 })
  expect(text.code).toBe(1)
  expect(text.out).toContain(`${file}:7:`)
  expect(text.out).toContain('did you mean `gt`?')
  const json = await runRecorded(['policy', 'check', file, '--json'])
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toEqual({
    ok: false,
    problems: [
      expect.objectContaining({
        severity: 'error',
        path: '/tools/read/deny_if/0/conditions/0/op',
        line: 7,
        column: expect.any(Number),
      }),
    ],
  })
  const [problem] = (JSON.parse(json.out) as { problems: object[] }).problems
  expect(Object.keys(problem ?? {})).toEqual(['severity', 'code', 'path', 'line', 'column', 'message', 'remedy'])
})

test('policy check of a good file is exit 0', async () => {
  const file = join(folder, 'good.json')
  writeFileSync(file, '{"version":"1","default":"deny","tools":{"read":{"action":"allow"}}}')
  expect(await runRecorded(['policy', 'check', file, '--json'])).toMatchObject({
    code: 0,
    out: '{\n  "ok": true,\n  "problems": []\n}\n',
  })
  expect(await runRecorded(['policy', 'check', join(folder, 'missing')])).toMatchObject({ code: 2 })
})
