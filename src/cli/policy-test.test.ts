import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cases-'))
  mkdirSync(join(folder, 'policies'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function put(name: string, content: string | object): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : stringify(content))
  return file
}

interface Report {
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  readonly files: readonly {
    readonly cases: readonly { readonly ok: boolean; readonly failure?: Failure }[]
    readonly error?: { code: string }
  }[]
  readonly coverage: readonly {
    readonly rules: number
    readonly decided: number
    readonly never: readonly { path: string; place: string }[]
  }[]
}
interface Failure {
  readonly call: number
  readonly atMs: number
  readonly differences: readonly { member: string; expected: string; got: string }[]
  readonly got: { verdict: string; rule: string }
}

/** Runs cases against a policy, both written here; the report and the exit code. */
async function tried(policy: object, cases: readonly object[], more: object = {}, ...options: string[]) {
  put('policies/p.yaml', policy)
  const file = put('policies/p.test.yaml', { policy: 'p.yaml', ...more, cases })
  const ran = await runRecorded(['policy', 'test', file, '--json', ...options])
  expect(ran.err).toBe('')
  return { code: ran.code, report: JSON.parse(ran.out) as Report }
}

/** The verdicts must all be as the cases expect. */
async function passes(policy: object, cases: readonly object[], more: object = {}): Promise<Report> {
  const { code, report } = await tried(policy, cases, more)
  const failed = report.files.flatMap(file => file.cases.filter(one => !one.ok))
  expect(failed).toEqual([])
  expect(code).toBe(0)
  return report
}

const leaf = (path: string, op: string, value: unknown) => ({ path, op, value })
const capped = {
  version: '1',
  tools: {
    search: { rate_limit: '10/minute' },
    pay: { limits: [{ counter: 'spend', window: 'day', max: 100, increment_from: 'args.n' }] },
  },
}

test('as a process: exit 0 when all pass, 1 when one fails, 2 when a file cannot be used', async () => {
  put('policies/run.yaml', capped)
  const good = put('policies/good.test.yaml', {
    policy: 'run.yaml',
    cases: [{ name: 'a', tool: 'search', expect: 'allow' }],
  })
  const bad = put('policies/bad.test.yaml', {
    policy: 'run.yaml',
    cases: [{ name: 'a', tool: 'search', expect: 'deny' }],
  })
  const run = (...files: string[]) =>
    new Promise<{ code: number; out: string }>(resolve => {
      execFile(process.execPath, ['src/main.ts', 'policy', 'test', ...files], (error, out) =>
        resolve({ code: error === null ? 0 : Number(error.code), out }),
      )
    })
  expect(await run(good)).toMatchObject({ code: 0, out: expect.stringContaining('1 case passed, 0 failed') })
  expect(await run(good, bad)).toMatchObject({ code: 1, out: expect.stringContaining('1 case passed, 1 failed') })
  expect(await run(good, bad, join(folder, 'none.yaml'))).toMatchObject({
    code: 2,
    out: expect.stringContaining('1 case passed, 1 failed; 1 file could not be tried'),
  })
})

test('verdict, rule, message, error and what would pass', async () => {
  const policy = {
    version: '1',
    hide: ['gone'],
    tools: { pay: { require: [{ conditions: [leaf('args.n', 'lte', 5)], on_deny: 'at most five' }] } },
  }
  await passes(policy, [
    { name: 'fits', tool: 'pay', args: { n: 5 }, expect: { verdict: 'allow', rule: '/tools/pay', error: false } },
    {
      name: 'too much',
      tool: 'pay',
      args: { n: 6 },
      expect: {
        verdict: 'deny',
        rule: '/tools/pay/require/0',
        message: 'most five',
        error: false,
        would_pass_if: 'at most 5',
      },
    },
    { name: 'text', tool: 'pay', args: { n: '5' }, expect: { verdict: 'deny', error: 'must be a number' } },
    { name: 'text again', tool: 'pay', args: { n: '5' }, expect: { verdict: 'deny', error: true } },
    { name: 'hidden', tool: 'gone', expect: { verdict: 'deny', rule: '(hidden)', would_pass_if: false } },
    { name: 'not listed', tool: 'other', expect: { verdict: 'deny', rule: '(default deny)' } },
  ])
})

test('every member that differs is reported with what was expected and what came', async () => {
  const policy = { version: '1', tools: { pay: { require: [{ conditions: [leaf('args.n', 'lte', 5)] }] } } }
  const expected = {
    verdict: 'allow',
    rule: '/x',
    message: 'no',
    error: true,
    would_pass_if: false,
    retry_after: '1s',
    observed: '/y',
    answer: {},
  }
  const { code, report } = await tried(policy, [{ name: 'a', tool: 'pay', args: { n: 6 }, expect: expected }])
  expect(code).toBe(1)
  expect(report).toMatchObject({ ok: false, passed: 0, failed: 1 })
  expect(report.files[0]?.cases[0]?.failure?.differences).toEqual([
    { member: 'verdict', expected: 'allow', got: 'deny' },
    { member: 'rule', expected: '/x', got: '/tools/pay/require/0' },
    { member: 'message', expected: '… no …', got: 'required: `args.n` lte 5' },
    { member: 'error', expected: '(any)', got: '(none)' },
    { member: 'would_pass_if', expected: '(none)', got: '`args.n` is at most 5' },
    { member: 'retry_after', expected: '1s', got: '(none)' },
    { member: 'observed', expected: '/y', got: '(none)' },
    { member: 'answer', expected: '{}', got: '(none)' },
  ])
})

test('a limit refuses the call that is one too many, and says for how long', async () => {
  const rule = '/tools/search/rate_limit'
  await passes(capped, [
    {
      name: 'the eleventh',
      tool: 'search',
      repeat: 11,
      expect: { verdict: 'deny', rule, message: '10 of 10', retry_after: '60s' },
    },
    { name: 'ten', tool: 'search', repeat: 10, expect: 'allow' },
    { name: 'one every six seconds', tool: 'search', repeat: 100, every: '6s', expect: 'allow' },
    {
      name: 'the window slides',
      tool: 'search',
      steps: [
        { repeat: 5, expect: 'allow' },
        { at: '+30s', repeat: 5, expect: 'allow' },
        { expect: { verdict: 'deny', retry_after: '30s' } },
        { at: '+59s', expect: { verdict: 'deny', retry_after: '1s' } },
        { at: '+1m', repeat: 5, expect: 'allow' },
        { expect: { verdict: 'deny', rule } },
      ],
    },
    {
      name: 'amounts',
      tool: 'pay',
      args: { n: 60 },
      steps: [{ expect: 'allow' }, { expect: 'deny' }, { args: { n: 40 }, expect: 'allow' }],
    },
    { name: 'never', tool: 'pay', args: { n: 101 }, expect: { verdict: 'deny', message: 'over the limit' } },
  ])
})

test('the calls before the last of `repeat` must be allowed: the one that is not is named', async () => {
  const { report } = await tried(capped, [{ name: 'twelve', tool: 'search', repeat: 12, every: '1s', expect: 'deny' }])
  expect(report.files[0]?.cases[0]?.failure).toMatchObject({
    call: 11,
    atMs: 10_000,
    differences: [{ member: 'verdict', expected: 'allow', got: 'deny' }],
  })
})

test('cases know nothing of each other; steps share the counters of their scope', async () => {
  const limit = (scope: string) => ({ counter: scope, window: 'hour', max: 1, scope })
  const policy = {
    version: '1',
    tools: {
      g: { limits: [limit('grant')] },
      p: { limits: [limit('principal')] },
      s: { limits: [limit('session')] },
      o: { limits: [limit('organisation')] },
    },
  }
  await passes(policy, [
    { name: 'one', tool: 'g', expect: 'allow' },
    { name: 'one again', tool: 'g', expect: 'allow' },
    {
      name: 'another grant',
      tool: 'g',
      steps: [{ expect: 'allow' }, { grant: { name: 'b' }, expect: 'allow' }, { expect: 'deny' }],
    },
    {
      name: 'the same person',
      tool: 'p',
      steps: [{ expect: 'allow' }, { grant: { name: 'b' }, expect: 'deny' }, { caller: { id: 'x' }, expect: 'allow' }],
    },
    {
      name: 'another session',
      tool: 's',
      steps: [{ expect: 'allow' }, { session: 'b', expect: 'allow' }, { expect: 'deny' }],
    },
    {
      name: 'all of them',
      tool: 'o',
      steps: [{ expect: 'allow' }, { caller: { id: 'x' }, grant: { name: 'b' }, server: 'y', expect: 'deny' }],
    },
  ])
})

test('calendar windows follow the wall clock of the case', async () => {
  const limit = { counter: 'c', window: 'day', max: 1, align: 'calendar', zone: 'Europe/Berlin' }
  await passes({ version: '1', tools: { t: { limits: [limit] } } }, [
    {
      name: 'midnight in Berlin',
      tool: 't',
      time: '2026-06-01T21:59:00Z',
      steps: [{ expect: 'allow' }, { at: '+59s', expect: 'deny' }, { at: '+1m', expect: 'allow' }],
    },
  ])
})

test('an answer settles its estimate, and goes through the rules of results', async () => {
  const policy = {
    version: '1',
    tools: {
      buy: {
        limits: [{ counter: 's', window: 'day', max: 100, increment_from: 'args.n', settle_from: 'result.paid' }],
      },
      find: {
        results: {
          redact: [{ path: 'result.mail' }],
          deny_if: [{ conditions: [leaf('result.total', 'gt', 100)], on_deny: 'too many' }],
        },
      },
    },
  }
  const report = await passes(policy, [
    {
      name: 'settled',
      tool: 'buy',
      args: { n: 90 },
      answer: { paid: 10 },
      steps: [{ expect: 'allow' }, { expect: 'allow' }],
    },
    { name: 'not settled', tool: 'buy', args: { n: 90 }, steps: [{ expect: 'allow' }, { expect: 'deny' }] },
    {
      name: 'redacted',
      tool: 'find',
      answer: { total: 1, mail: 'a@b.c' },
      expect: { verdict: 'allow', answer: { total: 1, mail: '[redacted]' } },
    },
    { name: 'withheld', tool: 'find', answer: { total: 500 }, expect: { verdict: 'deny', message: 'too many' } },
  ])
  expect(report.coverage[0]?.never.map(({ path }) => path)).toEqual(['/default'])
})

test('flows: what a step brings in holds up the steps after it', async () => {
  const policy = parse(`version: "1"
tools: { read: { labels: [untrusted] }, send: { labels: [external] } }
flows: [{ after: untrusted, within: 30m, to: external, then: deny, on_deny: not now }]
`)
  const report = await passes(policy, [
    { name: 'alone', tool: 'send', expect: 'allow' },
    {
      name: 'after reading',
      steps: [
        { tool: 'read', expect: 'allow' },
        {
          tool: 'send',
          at: '+29m',
          expect: { verdict: 'deny', rule: '/flows/0', message: 'not now', retry_after: '60s' },
        },
        { tool: 'send', caller: { id: 'other' }, expect: 'allow' },
        { tool: 'send', at: '+30m', expect: 'allow' },
      ],
    },
    {
      name: 'long ago',
      tool: 'send',
      recent: { untrusted: '29m' },
      steps: [{ expect: 'deny' }, { at: '+1m', expect: 'allow' }],
    },
  ])
  expect(report.coverage[0]?.never.map(({ path }) => path)).toEqual(['/default'])
})

test('who, where, when and with which tool: said for the file, refined by a case', async () => {
  const require = [
    leaf('caller.roles', 'contains', 'release'),
    leaf('grant.labels.team', 'eq', 'x'),
    leaf('server.name', 'eq', 's'),
    leaf('time.hour', 'gte', 9),
    leaf('tool.annotations.safe', 'eq', true),
  ].map(condition => ({ conditions: [condition] }))
  const base = {
    caller: { id: 'a', roles: ['release'] },
    grant: { labels: { team: 'x' } },
    server: 's',
    time: '2026-11-22T09:00:00Z',
    facts: { annotations: { safe: true } },
  }
  const denied = (index: number) => ({ verdict: 'deny', rule: `/tools/t/require/${index}` })
  const report = await passes(
    { version: '1', tools: { t: { require } } },
    [
      { name: 'as said', tool: 't', expect: 'allow' },
      { name: 'the id alone changes nothing', tool: 't', caller: { id: 'b' }, expect: 'allow' },
      { name: 'role', tool: 't', caller: { roles: [] }, expect: denied(0) },
      { name: 'label', tool: 't', grant: { labels: { team: 'y' } }, expect: denied(1) },
      { name: 'server', tool: 't', server: 'z', expect: denied(2) },
      { name: 'hour', tool: 't', time: { hour: 3 }, expect: denied(3) },
      {
        name: 'later',
        tool: 't',
        time: '2026-11-22T08:00:00Z',
        steps: [{ expect: denied(3) }, { at: '+1h', expect: 'allow' }],
      },
      { name: 'annotation', tool: 't', facts: { annotations: { safe: false } }, expect: denied(4) },
    ],
    base,
  )
  expect(report).toMatchObject({ passed: 8, coverage: [{ rules: 7, decided: 6 }] })
})

test('a file that says no time is judged at the same time every day', async () => {
  const policy = { version: '1', tools: { t: { require: [{ conditions: [leaf('time.date', 'eq', '2026-01-05')] }] } } }
  await passes(policy, [{ name: 'a', tool: 't', expect: 'allow' }])
})

test('tools: schemas and annotations take part', async () => {
  put(
    'policies/tools.json',
    JSON.stringify({
      tools: [{ name: 't', inputSchema: { type: 'object', required: ['a'] }, annotations: { readOnlyHint: true } }],
    }),
  )
  const require = [{ conditions: [leaf('tool.annotations.readOnlyHint', 'eq', true)] }]
  await passes(
    { version: '1', tools: { t: { require }, u: {} } },
    [
      { name: 'fits', tool: 't', args: { a: 1 }, expect: 'allow' },
      { name: 'does not fit', tool: 't', expect: { verdict: 'deny', rule: '(arguments)' } },
      { name: 'is not there', tool: 'u', expect: { verdict: 'deny', rule: '(unknown tool)' } },
    ],
    { tools: 'tools.json' },
  )
})

test('a policy that observes allows, and says what it would deny', async () => {
  const policy = { version: '1', mode: 'observe', tools: { t: { action: 'deny' }, u: { rate_limit: '1/hour' } } }
  const report = await passes(policy, [
    { name: 'a', tool: 't', expect: { verdict: 'allow', observed: '/tools/t/action' } },
    { name: 'b', tool: 'u', repeat: 2, expect: { verdict: 'allow', observed: '/tools/u/rate_limit' } },
    { name: 'c', tool: 'x', expect: { verdict: 'allow', observed: '(default deny)' } },
  ])
  expect(report.coverage[0]).toMatchObject({ never: [] })
})

const covered = {
  version: '1',
  hide: ['gone_*'],
  tools: {
    a: { action: 'deny' },
    b: { action: 'hide' },
    c: { action: 'require_approval' },
    d: { arguments: { type: 'object', maxProperties: 0 }, approve_if: [{ when: 'caller.id == "x"' }] },
    e: { deny_if: [{ conditions: [] }] },
  },
}

test('coverage lists the rules that decided no call, with their place', async () => {
  const { code, report } = await tried(covered, [{ name: 'a', tool: 'd', expect: 'allow' }])
  expect(code).toBe(0)
  expect(report.coverage[0]).toMatchObject({ rules: 9, decided: 1 })
  expect(report.coverage[0]?.never.map(({ path }) => path)).toEqual([
    '/default',
    '/hide/0',
    '/tools/a/action',
    '/tools/b/action',
    '/tools/c/action',
    '/tools/d/arguments',
    '/tools/d/approve_if/0',
    '/tools/e/deny_if/0',
  ])
  expect(report.coverage[0]?.never[1]?.place).toMatch(/p\.yaml:3:5$/)
})

test('--require-coverage fails for them, and passes once every rule has decided', async () => {
  const first = [{ name: 'd', tool: 'd', expect: 'allow' }]
  expect(await tried(covered, first, {}, '--require-coverage')).toMatchObject({
    code: 1,
    report: { ok: false, failed: 0 },
  })
  const all = [
    ...first,
    { name: 'a', tool: 'a', expect: 'deny' },
    { name: 'b', tool: 'b', expect: 'deny' },
    { name: 'c', tool: 'c', expect: 'ask' },
    { name: 'd2', tool: 'd', args: { x: 1 }, expect: 'deny' },
    { name: 'd3', tool: 'd', caller: { id: 'x' }, expect: 'ask' },
    { name: 'e', tool: 'e', expect: 'deny' },
    { name: 'other', tool: 'x', expect: 'deny' },
    { name: 'hidden', tool: 'GONE_x', expect: 'deny' },
  ]
  expect(await tried(covered, all, {}, '--require-coverage')).toMatchObject({ code: 0, report: { ok: true } })
})

test('two files for one policy are covered together', async () => {
  put('policies/two.yaml', { version: '1', default: 'allow', tools: { a: { action: 'deny' } } })
  const first = put('policies/one.test.yaml', { policy: 'two.yaml', cases: [{ name: 'a', tool: 'a', expect: 'deny' }] })
  const second = put('policies/two.test.yaml', {
    policy: './two.yaml',
    cases: [{ name: 'b', tool: 'b', expect: 'allow' }],
  })
  const ran = await runRecorded(['policy', 'test', first, second, '--require-coverage'])
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain('2 of 2 rules decided a call\n2 cases passed, 0 failed\n')
})

test('no case is a failure, not a pass', async () => {
  const { code, report } = await tried(capped, [])
  expect(code).toBe(1)
  expect(report).toMatchObject({ ok: false, passed: 0, failed: 1 })
  const text = await runRecorded(['policy', 'test', join(folder, 'policies/p.test.yaml')])
  expect(text).toMatchObject({ code: 1, out: expect.stringContaining('no case in it, so nothing was tested') })
})

test('a mistake in a file of cases is exit 2, with its place and the nearest known key', async () => {
  const file = put('policies/typo.test.yaml', 'policy: p.yaml\ncases:\n  - name: a\n    tool: t\n    expct: allow\n')
  const ran = await runRecorded(['policy', 'test', file], { columns: 200 })
  expect(ran.code).toBe(2)
  expect(ran.err).toContain(
    `${file}:5:5: error: unknown key \`expct\`\n  at /cases/0/expct\n  did you mean \`expect\`?\n`,
  )
  expect(ran.err).toContain(`${file}:3:5: error: \`expect\` is missing\n`)
  const json = await runRecorded(['policy', 'test', file, '--json'])
  expect(json).toMatchObject({ code: 2, err: '' })
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    files: [{ error: { code: 'ERR_CLI_CASES', problems: [{ line: 5 }, { line: 3 }] } }],
  })
})

test.each([
  ['a context in a case', { caller: { role: 'x' } }, '/cases/0/caller/role'],
  ['facts in a case', { facts: { annotations: [] } }, '/cases/0/facts/annotations'],
  ['a time without its zone', { time: '2026-11-22T10:00' }, '/cases/0/time'],
])('%s is refused where it stands', async (_what, more, path) => {
  const file = put('policies/where.test.yaml', {
    policy: 'p.yaml',
    cases: [{ name: 'a', tool: 't', expect: 'allow', ...more }],
  })
  const json = await runRecorded(['policy', 'test', file, '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ files: [{ error: { problems: [{ path, line: expect.any(Number) }] } }] })
})

test('steps go forward in time', async () => {
  const steps = [
    { repeat: 3, every: '10s', expect: 'allow' },
    { at: '+19s', expect: 'allow' },
  ]
  const file = put('policies/back.test.yaml', { policy: 'p.yaml', cases: [{ name: 'a', tool: 't', steps }] })
  const ran = await runRecorded(['policy', 'test', file], { columns: 200 })
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('this step lies before the one above it') })
})

test('a policy that does not load is a failure; a policy or tools file that is not there is exit 2', async () => {
  put('policies/broken.yaml', 'version: "1"\ntoools: {}\n')
  const cases = [{ name: 'a', tool: 't', expect: 'allow' }]
  const broken = await runRecorded(['policy', 'test', put('policies/x.test.yaml', { policy: 'broken.yaml', cases })])
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('did you mean `tools`?') })
  const missing = await runRecorded(['policy', 'test', put('policies/y.test.yaml', { policy: 'none.yaml', cases })])
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
  put('policies/p.yaml', capped)
  const tools = await runRecorded([
    'policy',
    'test',
    put('policies/z.test.yaml', { policy: 'p.yaml', tools: 'no.json', cases }),
  ])
  expect(tools).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
})

test('for people: place, call, what was expected, what came, and why; nothing wider than the terminal', async () => {
  put(
    'policies/p.yaml',
    'version: "1"\ntools:\n  pay:\n    require:\n      - conditions: [{ path: args.n, op: lte, value: 5 }]\n        on_deny: at most five\n',
  )
  const file = put(
    'policies/p.test.yaml',
    'policy: p.yaml\ncases:\n  - { name: good, tool: pay, args: { n: 5 }, expect: allow }\n  - name: six passes\n    tool: pay\n    args: { n: 6 }\n    expect: { verdict: allow, rule: /tools/pay }\n',
  )
  const wide = await runRecorded(['policy', 'test', file], { columns: 300 })
  expect(wide).toMatchObject({ code: 1, err: '' })
  expect(wide.out).toBe(`${file}:4:5: failed: six passes
  pay {"n":6}
  - expected verdict  allow
  + got      verdict  deny
  - expected rule     /tools/pay
  + got      rule     /tools/pay/require/0
  because   at most five
  compared  \`args.n\` is 6: not at most 5

${file}: 1 of 2 cases failed
${join(folder, 'policies/p.yaml')}: 2 of 3 rules decided a call, but not
  ${join(folder, 'policies/p.yaml')}:1:1 /default
1 case passed, 1 failed
`)
  const narrow = await runRecorded(['policy', 'test', file, '--verbose'])
  expect(narrow.out).toContain('passed: good\n')
  for (const line of narrow.out.split('\n')) if (!line.includes(folder)) expect(line.length).toBeLessThanOrEqual(80)
})

test('--junit writes what CI systems read', async () => {
  put('policies/p.yaml', capped)
  const cases = [
    { name: 'fine', tool: 'search', expect: 'allow' },
    { name: 'no <b> & "q"', tool: 'search', args: { '\u001b[2J': 1 }, expect: 'deny' },
  ]
  const file = put('policies/p.test.yaml', { policy: 'p.yaml', cases })
  const report = join(folder, 'report.xml')
  expect(await runRecorded(['policy', 'test', file, '--junit', report])).toMatchObject({ code: 1 })
  const xml = readFileSync(report, 'utf8')
  expect(xml).toContain('<testsuites tests="2" failures="1">')
  expect(xml).toContain('<testcase name="fine"')
  expect(xml).toContain('name="no &lt;b&gt; &amp; &quot;q&quot;"')
  expect(xml).toContain('<failure message="verdict: expected deny, got allow">')
  expect(xml).not.toContain('\u001b')
  expect(await runRecorded(['policy', 'test', file, '--junit', join(folder, 'no', 'r.xml')])).toMatchObject({ code: 2 })
})
