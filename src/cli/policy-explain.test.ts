import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

const document = `version: "1"
default: deny
hide: [delete_account]
tools:
  get_*: {}
  deny_me: { action: deny, reason: nobody may }
  create_charge:
    require:
      - conditions:
          - { path: args.amount, op: lte, value: 50000 }
          - { path: args.currency, op: in, value: [usd, eur] }
        on_deny: charges go up to 500.00, in usd or eur
    deny_if:
      - conditions: [{ path: args.customer, op: starts_with, value: test_ }]
        on_deny: test customers are not charged
    approve_if:
      - conditions: [{ path: args.amount, op: gt, value: 20000 }]
        approvers: ["role:approver"]
        quorum: 2
        decide_within: 30m
    limits:
      - { counter: spend, window: day, max: 1000000, increment_from: args.amount }
  read_only_thing:
    require:
      - conditions: [{ path: tool.annotations.readOnlyHint, op: eq, value: true }]
  night:
    require:
      - conditions: [{ path: time.hour, op: gte, value: 22 }]
`
const definitions = {
  tools: [
    {
      name: 'create_charge',
      inputSchema: { type: 'object', properties: { amount: { type: 'integer' } }, required: ['amount'] },
    },
    { name: 'read_only_thing', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
    { name: 'deny_me', inputSchema: { type: 'object' } },
  ],
}

let folder = ''
let file = ''
let tools = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-explain-'))
  file = put('pay.yaml', document)
  tools = put('tools.json', JSON.stringify(definitions))
})
afterAll(() => rmSync(folder, { recursive: true }))

function put(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function explain(tool: string, args: object | string, ...more: string[]) {
  const text = typeof args === 'string' ? args : JSON.stringify(args)
  const argv = ['policy', 'explain', '--policy', file, '--tool', tool, '--args', text, ...more]
  return await runRecorded(argv, { columns: 200 })
}

async function explained(tool: string, args: object, ...more: string[]) {
  const ran = await explain(tool, args, '--json', ...more)
  expect(ran.err).toBe('')
  return { code: ran.code, ...(JSON.parse(ran.out) as Record<string, unknown>) }
}

function spawned(argv: readonly string[], input: string): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, ['src/main.ts', 'policy', 'explain', ...argv], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
    child.stdin?.end(input)
  })
}

test('as a process: arguments from standard input, JSON out, exit 0 for allow and 1 for deny', async () => {
  const argv = ['--policy', file, '--tool', 'create_charge', '--args-file', '-', '--json']
  const allowed = await spawned(argv, '{"amount": 900, "currency": "usd"}')
  expect(allowed).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(allowed.out)).toMatchObject({ verdict: 'allow', rule: '/tools/create_charge', wouldPassIf: null })
  const denied = await spawned(argv, '{"amount": 90000, "currency": "usd"}')
  expect(denied).toMatchObject({ code: 1, err: '' })
  expect(JSON.parse(denied.out)).toMatchObject({ verdict: 'deny', wouldPassIf: '`args.amount` is at most 50000' })
})

test('the JSON of a denial, in the order programs know', async () => {
  const { code, ...answer } = await explained('create_charge', { amount: 90_000, currency: 'usd' })
  expect(code).toBe(1)
  expect(answer).toEqual({
    verdict: 'deny',
    rule: '/tools/create_charge/require/0',
    message: 'charges go up to 500.00, in usd or eur',
    facts: [
      { path: 'args.amount', op: 'lte', value: 50_000, actual: 90_000, holds: false },
      { path: 'args.currency', op: 'in', value: ['usd', 'eur'], actual: 'usd', holds: true },
    ],
    wouldPassIf: '`args.amount` is at most 50000',
    also: [],
    limits: [],
    policy: 'pay',
    policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
  })
  expect(Object.keys(answer).slice(0, 5)).toEqual(['verdict', 'rule', 'message', 'facts', 'wouldPassIf'])
})

test('a question is exit 1, an error is named, what is not known is denied', async () => {
  expect(await explained('create_charge', { amount: 30_000, currency: 'usd' })).toMatchObject({
    code: 1,
    verdict: 'ask',
    rule: '/tools/create_charge/approve_if/0',
    wouldPassIf: null,
    approval: { required: [{ quorum: 2 }] },
  })
  expect(await explained('create_charge', { amount: '9', currency: 'usd' })).toMatchObject({
    code: 1,
    verdict: 'deny',
    error: '`args.amount` must be a number, found text',
  })
  expect(await explained('other', {})).toMatchObject({ code: 1, verdict: 'deny', rule: '(default deny)' })
  expect(await explained('delete_account', {})).toMatchObject({ code: 1, verdict: 'deny', rule: '(hidden)' })
})

test('--context: who, when, with what', async () => {
  const night = ['--context', '{"time": {"hour": 23}}']
  expect(await explained('night', {}, ...night)).toMatchObject({ code: 0, verdict: 'allow' })
  expect(await explained('night', {}, '--context', '{"time": "2026-11-22T10:00:00Z"}')).toMatchObject({ code: 1 })
  expect(await explained('read_only_thing', {})).toMatchObject({ code: 1 })
  const annotated = ['--context', '{"tool": {"annotations": {"readOnlyHint": true}}}']
  expect(await explained('read_only_thing', {}, ...annotated)).toMatchObject({ code: 0 })
})

test('--tools: what a tool can do is rated from its definition, as in the gateway', async () => {
  const rated = put(
    'rated.yaml',
    'version: "1"\ndefault: allow\nall_tools:\n  approve_if:\n    - conditions: [{ path: tool.category, op: eq, value: Destructive }]\n',
  )
  const list = put(
    'list.json',
    JSON.stringify([
      { name: 'delete_repository', description: 'Delete a repository permanently', inputSchema: { type: 'object' } },
      { name: 'list_repositories', description: 'List repositories', inputSchema: { type: 'object' } },
    ]),
  )
  const ask = async (tool: string, ...more: string[]) =>
    await runRecorded(['policy', 'explain', '--policy', rated, '--tools', list, '--tool', tool, '--json', ...more])
  expect(JSON.parse((await ask('delete_repository')).out)).toMatchObject({ verdict: 'ask' })
  expect(JSON.parse((await ask('list_repositories')).out)).toMatchObject({ verdict: 'allow' })
  const said = ['--context', '{"tool": {"category": "Destructive"}}']
  expect(JSON.parse((await ask('list_repositories', ...said)).out)).toMatchObject({ verdict: 'ask' })
})

test('--tools: the schema and annotations of a definition take part as in the gateway', async () => {
  const known = ['--tools', tools]
  expect(await explained('read_only_thing', {}, ...known)).toMatchObject({ code: 0 })
  expect(await explained('create_charge', { amount: 9.5, currency: 'usd' }, ...known)).toMatchObject({
    code: 1,
    rule: '(arguments)',
    message: expect.stringContaining('`/amount` must be integer'),
    wouldPassIf: null,
  })
  expect(await explained('get_balance', {}, ...known)).toMatchObject({ code: 1, rule: '(unknown tool)' })
  // what looks at the name alone comes before the definition
  expect(await explained('other', {}, ...known)).toMatchObject({ rule: '(default deny)' })
  expect(await explained('deny_me', { x: 1 }, ...known)).toMatchObject({ rule: '/tools/deny_me/action' })
  // and rules come after it
  expect(await explained('create_charge', { currency: 'xxx' }, ...known)).toMatchObject({ rule: '(arguments)' })
  expect(await explained('resources/read', { uri: 'a:b' }, ...known)).toMatchObject({ rule: '(default deny)' })
})

test('for people: the verdict, the rule with its line, what was compared, what would pass, what else denies', async () => {
  const ran = await explain('create_charge', { amount: 90_000, currency: 'usd', customer: 'c' })
  expect(ran.out).toBe(`deny  create_charge {"amount":90000,"currency":"usd","customer":"c"}

rule       /tools/create_charge/require/0 (${file}:9:9)
message    charges go up to 500.00, in usd or eur
compared   \`args.amount\` is 90000: not at most 50000
           \`args.currency\` is "usd": one of "usd", "eur"
passes if  \`args.amount\` is at most 50000
policy     pay, version ${/version (\w+)/.exec(ran.out)?.[1]}
`)
  const twice = await explain('create_charge', { amount: 90_000, currency: 'usd', customer: 'test_1' })
  expect(twice.out).toContain(`denied also by  /tools/create_charge/deny_if/0 (${file}:14:9)\n`)
})

test('for people: also what is hidden or not listed has its line', async () => {
  expect((await explain('DELETE_account', {})).out).toContain(`rule     (hidden) (${file}:3:8)\n`)
  expect((await explain('other', {})).out).toContain(`rule     (default deny) (${file}:2:1)\n`)
  const bare = put('bare.yaml', 'version: "1"\ntools: {}\n')
  const ran = await runRecorded(['policy', 'explain', '--policy', bare, '--tool', 'x'])
  expect(ran.out).toContain('rule     (default deny)\n')
  const known = await explain('create_charge', { amount: 'x' }, '--tools', tools)
  expect(known.out).toContain('rule     (arguments)\n')
})

test('for people: what a call takes, and whom it is put before', async () => {
  const ran = await explain('create_charge', { amount: 30_000, currency: 'usd' })
  expect(ran.out).toMatch(/^ask {2}create_charge /)
  expect(ran.out).toContain('approval  by role:approver, 2 of them, within 30m\n')
  expect(ran.out).toContain('takes     `spend`: 30000 of at most 1000000 in any day, for each grant\n')
  expect(ran.out).toContain('whether there is room in the limits only a running gateway knows')
})

test('for people: a flow says how long ago it was', async () => {
  const flows = put(
    'flows.yaml',
    'version: "1"\ntools: { send: { labels: [external] } }\nflows: [{ after: untrusted, within: 30m, to: external, then: deny }]\n',
  )
  const asked = ['--policy', flows, '--tool', 'send', '--context', '{"recent": {"untrusted": "12m"}}']
  const ran = await runRecorded(['policy', 'explain', ...asked], { columns: 200 })
  expect(ran.out).toContain('compared   a call labelled `untrusted` was 12m ago: within 30m\ntry again  in 18m\n')
})

test.each([
  ['a key twice', '{"amount": 1, "amount": 2}', 'object has the key `amount` twice'],
  ['a number no double holds', '{"id": 12345678901234567890}', 'does not fit a double exactly'],
  ['no JSON', '{amount: 1}', 'it is not JSON'],
  ['two values', '{} {}', 'it is not JSON'],
  ['an escape out of the envelope', '{}},"x":{"y":{}', 'it is not JSON'],
  ['no object', '[1]', 'arguments are an object'],
  ['an unpaired surrogate', '{"a": "\\ud800"}', 'an unpaired surrogate'],
])('--args with %s is exit 2', async (_what, args, words) => {
  const ran = await explain('get_x', args)
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err.replaceAll(/\s+/g, ' ')).toContain(words)
})

test('keys that differ in case only are arguments like others, as on the wire', async () => {
  expect(await explain('get_x', '{"a": 1, "A": 2}')).toMatchObject({ code: 0 })
})

test.each([
  [[], 'there is nothing to ask'],
  [['--grant', 'ci'], 'there is nothing to ask'],
  [['--policy', 'p.yaml', '--grant', 'ci', '--server', 's'], '--policy asks offline'],
  [['--policy', 'p.yaml', '--args', '{}', '--args-file', 'x'], 'both name the arguments'],
  [['--grant', 'ci', '--server', 's', '--context', '{}'], 'are for --policy'],
  [['--policy', 'none.yaml'], 'there is no such file'],
])('%j is exit 2', async (argv, words) => {
  const ran = await runRecorded(['policy', 'explain', '--tool', 't', ...argv], { columns: 200 })
  expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(words) })
})

test('a context that is refused says where', async () => {
  const ran = await explain('get_x', {}, '--context', '{"caller": {"role": "x"}}')
  expect(ran).toMatchObject({ code: 2, out: '' })
  expect(ran.err).toContain('--context is refused at /caller/role: unknown key `role`\n  did you mean `roles`?\n')
})

test('a policy that does not load is exit 1, with its problems as `policy check` lists them', async () => {
  const bad = put('bad.yaml', 'version: "1"\ntools:\n  a: { actoin: deny }\n')
  const text = await runRecorded(['policy', 'explain', '--policy', bad, '--tool', 'a'], { columns: 200 })
  expect(text).toMatchObject({ code: 1, out: '' })
  expect(text.err).toContain(
    `${bad}:3:8: error: unknown key \`actoin\`\n  at /tools/a/actoin\n  did you mean \`action\`?\n`,
  )
  const json = await runRecorded(['policy', 'explain', '--policy', bad, '--tool', 'a', '--json'])
  expect(json).toMatchObject({ code: 1, out: '' })
  expect(JSON.parse(json.err)).toMatchObject({
    error: { code: 'ERR_CLI_POLICY_REFUSED' },
    problems: [{ severity: 'error', code: 'unknown-key', path: '/tools/a/actoin', line: 3, column: 8 }],
  })
})

test('nothing the caller sends moves the cursor', async () => {
  const ran = await explain('get_\u001b[2J', { a: '\u001b[31m' })
  expect(ran.out).not.toContain('\u001b')
})
