import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

let folder = ''
let pay = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-prove-'))
  pay = file('pay.yaml', text)
})
afterAll(() => rmSync(folder, { recursive: true }))

const text = `version: "1"
tools:
  pay:
    require:
      - conditions: [{ path: args.amount, op: lte, value: 500 }]
    approve_if:
      - conditions: [{ path: args.amount, op: gt, value: 100 }]
  send_mail:
    require:
      - conditions: [{ path: args.to, op: regex, value: "^[a-z]+@example\\\\.com$" }]
`

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function prove(question: string, ...more: string[]) {
  const ran = await runRecorded(['policy', 'prove', pay, '--never', question, ...more])
  return { ...ran, out: ran.out.replaceAll(`${folder}/`, '') }
}

test('yes, never', async () => {
  expect(await prove('pay allowed when args.amount > 500')).toEqual({
    code: 0,
    out: 'yes, never: pay allowed when args.amount > 500\n',
    err: '',
    questions: [],
  })
})

test('a call that is let through, and the command that explains it', async () => {
  const { code, out } = await prove('pay without approval when args.note eq "it\'s"')
  expect(code).toBe(1)
  expect(out).toBe(`no: pay without approval when args.note eq "it's"

call     pay {"amount":1,"note":"it's"}
verdict  allow
rule     /tools/pay (pay.yaml:3:3)

try it:
  sallyport policy explain --policy pay.yaml --tool pay --args '{"amount":1,"note":"it'\\''s"}'
`)
})

test('the command that is shown explains the call as it was shown', async () => {
  const { out } = await runRecorded([
    'policy',
    'prove',
    pay,
    '--never',
    'pay allowed when args.amount gt 100',
    '--json',
  ])
  const { call, verdict, rule } = JSON.parse(out)
  const argv = ['--policy', pay, '--tool', call.tool, '--args', JSON.stringify(call.args)]
  const explained = await runRecorded([
    'policy',
    'explain',
    ...argv,
    '--context',
    JSON.stringify(call.context),
    '--json',
  ])
  expect(JSON.parse(explained.out)).toMatchObject({ verdict, rule })
  expect(verdict).toBe('ask')
})

test('nobody can tell', async () => {
  const { code, out } = await prove('send_mail allowed when args.to ends_with ".org"')
  expect(code).toBe(1)
  expect(out).toBe(`cannot tell: send_mail allowed when args.to ends_with ".org"

tools    send_mail
because  \`args.to\` regex "^[a-z]+@example\\\\.com$" cannot be worked out, and
         nothing that was tried is an example
rules    /tools/send_mail/require/0 (pay.yaml:10:9)
`)
  const json = await prove('send_mail allowed when args.to ends_with ".org"', '--json')
  expect([json.code, JSON.parse(json.out)]).toMatchObject([
    1,
    { answer: 'cannot tell', open: [{ tools: '`send_mail`', at: ['/tools/send_mail/require/0'] }] },
  ])
})

test('a question is refused with its place', async () => {
  const { code, err } = await prove('destructive witout approval')
  expect(code).toBe(2)
  expect(err).toBe(`sallyport: the question cannot be read: \`witout\` is not known
  destructive witout approval
              ^
  did you mean \`without\`? for a tool of that name write \`tool witout\`
`)
  const json = await prove('pay allowed when args.amount gtt 5', '--json')
  expect([json.code, JSON.parse(json.err)]).toMatchObject([2, { error: { code: 'ERR_CLI_USAGE' } }])
})

test('the tools of a server: only those, and none that is not there', async () => {
  const tools = file('tools.json', [{ name: 'pay', annotations: { readOnlyHint: true } }])
  expect(await prove('destructive allowed', '--tools', tools)).toMatchObject({ code: 0 })
  expect(await prove('send_mail allowed', '--tools', tools)).toMatchObject({
    code: 2,
    err: expect.stringContaining('the list of tools has no `send_mail`'),
  })
  const found = await prove('read allowed', '--tools', tools)
  expect(found.out).toContain('call     pay {"amount":1}\n')
  expect(found.out).toContain(`--tools tools.json --tool pay --args '{"amount":1}'\n`)
  const open = await prove('financial allowed', '--tools', tools)
  expect([open.code, open.out]).toEqual([1, expect.stringContaining('the list of tools does not say whether `pay` is')])
})

test('a question about no name at all is answered, and says so', async () => {
  expect((await prove('x/y* allowed')).out).toBe(
    'yes, never: x/y* allowed\nno name the policy may be asked about is meant\n',
  )
})

test('a policy that only observes', async () => {
  const watch = file('watch.json', { version: '1', mode: 'observe', tools: {} })
  const { code, out } = await runRecorded(['policy', 'prove', watch, '--never', 'pay allowed'])
  expect(code).toBe(1)
  expect(out).toContain('verdict  allow: the policy only observes')
})
