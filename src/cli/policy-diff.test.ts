import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-diff-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })
const policy = (entry: object, more: object = {}) => ({ version: '1', tools: { pay: entry }, ...more })
const bounded = (amount: number) => policy({ deny_if: [leaf('args.amount', 'gt', amount)] })

async function diff(before: unknown, after: unknown, ...more: string[]) {
  const ran = await runRecorded(['policy', 'diff', file('a.json', before), file('b.json', after), ...more])
  return { ...ran, out: ran.out.replaceAll(`${folder}/`, '').replace(/\s+/g, ' ') }
}

test('nothing differs: exit 0', async () => {
  expect(await diff(bounded(5), bounded(5))).toMatchObject({
    code: 0,
    out: 'a.json and b.json decide every call alike ',
    err: '',
  })
})

test('stricter is a difference, and none for --fail-on looser', async () => {
  const plain = await diff(bounded(9), bounded(5))
  expect(plain.code).toBe(1)
  expect(plain.out).toContain('pay allow → deny when `args.amount` is over 5 and at most 9')
  expect(plain.out).toContain('a.json → b.json: 1 change of verdicts; nothing lets more through')
  expect((await diff(bounded(9), bounded(5), '--fail-on', 'looser')).code).toBe(0)
})

test('looser fails, and so does what nobody can tell', async () => {
  expect((await diff(bounded(5), bounded(9), '--fail-on', 'looser')).code).toBe(1)
  const [one, two] = ['args.a == args.b', 'args.b == args.a'].map(when => policy({ deny_if: [{ when }] }))
  const open = await diff(one, two, '--fail-on', 'looser')
  expect(open.code).toBe(1)
  expect(open.out).toContain('deny → allow? cannot tell when `when: args.a == args.b` holds or cannot be evaluated')
  expect(open.out).toContain('see /tools/pay/deny_if/0 in a.json and b.json')
  expect(open.out).toContain('2 that nobody can tell; something may let more through')
})

test('what is not a verdict is said beside them', async () => {
  const { code, out } = await diff(
    policy({ approve_if: [{ ...leaf('args.a', 'gt', 5), quorum: 2 }] }),
    policy(
      { approve_if: [leaf('args.a', 'gt', 5)], results: { max_bytes: 9 }, rate_limit: '5/minute' },
      { mode: 'observe' },
    ),
  )
  expect(code).toBe(1)
  expect(out).toContain('limit added `pay.rate_limit`: 5 calls per minute for each grant')
  expect(out).toContain('mode enforce → observe: nothing is blocked any more')
  expect(out).toContain('results /tools/pay/results nothing → {"max_bytes":9}')
  expect(out).toContain('approval /tools/pay/approve_if/0 {"quorum":2} → {"quorum":1}')
})

test('words alone are shown, and are no difference', async () => {
  const words = (text: string) => policy({ deny_if: [{ ...leaf('args.a', 'gt', 5), on_deny: text }] })
  const { code, out } = await diff(words('no'), words('never'))
  expect(code).toBe(0)
  expect(out).toContain('words told differently /tools/pay/deny_if/0/on_deny "no" → "never"')
  expect(out).toContain('every call is decided alike')
})

test('for programs', async () => {
  const { code, out } = await diff(bounded(9), bounded(5), '--json')
  expect(code).toBe(1)
  const [before, after] = ['a.json', 'b.json']
  expect(JSON.parse(out)).toEqual({
    before,
    after,
    same: false,
    looser: 'no',
    verdicts: 'changed',
    mode: { before: 'enforce', after: 'enforce' },
    tools: [
      {
        tools: ['`pay`'],
        verdicts: [
          {
            from: 'allow',
            to: 'deny',
            when: ['`args.amount` is over 5 and at most 9'],
            rule: '/tools/pay/deny_if/0',
            in: 'after',
            call: { tool: 'pay', args: { amount: 6 }, context: {} },
          },
        ],
        cannotTell: [],
        limits: [],
      },
    ],
    other: [],
  })
})

test('the tools of a server', async () => {
  const tools = file('tools.json', {
    tools: [
      {
        name: 'pay',
        inputSchema: { type: 'object', properties: { amount: { type: 'integer', maximum: 4 } }, required: ['amount'] },
      },
    ],
  })
  expect((await diff(bounded(9), bounded(5), '--tools', tools)).code).toBe(0)
  const { out } = await diff(bounded(9), bounded(3), '--tools', tools)
  expect(out).toContain('e.g. pay {"amount":4}')
})

test('a file that is no policy ends with exit 2 and says what is wrong', async () => {
  const { code, err } = await diff(bounded(5), { version: '1', tolls: {} })
  expect(code).toBe(2)
  expect(err).toContain('unknown key `tolls`')
  expect(err).toContain('did you mean `tools`?')
  const missing = await runRecorded(['policy', 'diff', file('a.json', bounded(5)), join(folder, 'none.json')])
  expect(missing.code).toBe(2)
})

test('names from documents cannot move the cursor', async () => {
  const named = (name: string) => ({ version: '1', tools: { [name]: {} } })
  const { out } = await diff(named('a\u001b[2Jb'), { version: '1', tools: {}, hide: ['\u202etxt'] })
  for (const hidden of ['\u001b', '\u202e']) expect(out).not.toContain(hidden)
})
