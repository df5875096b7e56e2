/** `schemas/policy-test.schema.json` and the reader of `policy test` accept and refuse the same files. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { contextKeys } from '../../src/cli/cases/context.ts'
import { caseKeys, fileKeys, readCases, stepKeys } from '../../src/cli/cases/document.ts'
import { expectationKeys, verdicts } from '../../src/cli/cases/expectation.ts'
import { limits } from '../../src/limits.ts'

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node | boolean>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly (Node & { readonly const?: unknown })[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Node>>
  readonly maximum?: number
}
const schema = JSON.parse(readFileSync('schemas/policy-test.schema.json', 'utf8')) as Node
const defs = schema.$defs as Record<string, Node>
const validate = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema)

const file = (more: object) => ({ policy: 'p.yaml', cases: [], ...more })
const one = (more: object) => file({ cases: [{ name: 'n', tool: 't', expect: 'allow', ...more }] })
const steps = (...list: readonly unknown[]) => file({ cases: [{ name: 'n', tool: 't', steps: list }] })
const expected = (expect: unknown) => one({ expect })

const accepted: readonly unknown[] = [
  file({}),
  file({ $schema: 'x', description: 'd', tools: 'tools.json' }),
  one({}),
  one({ args: { a: [1, null, { b: 'c' }] } }),
  one({ repeat: 11, every: '5s' }),
  one({ session: 's', answer: { total: 5 } }),
  ...['caller', 'grant', 'facts', 'recent'].flatMap(key => [file({ [key]: {} }), one({ [key]: {} })]),
  file({ caller: { id: 'a', kind: 'person', roles: ['r'], groups: [] } }),
  file({ grant: { name: 'g', labels: { team: 'x' } } }),
  file({ server: 's' }),
  file({ server: { name: 's' } }),
  file({ facts: { category: 'Write', severity: 'low', annotations: { readOnlyHint: true } } }),
  ...[0, 60, '0s', '12m', '2h', 'day'].map(untrusted => one({ recent: { untrusted } })),
  ...[
    '2026-11-22',
    '2026-11-22T14:30Z',
    '2026-11-22T14:30:05.250+01:00',
    1_700_000_000_000,
    {},
    { hour: 0, weekday: 'sunday', date: '2026-11-22' },
  ].map(time => one({ time })),
  steps({ expect: 'allow' }, { at: '+59s', expect: 'deny' }),
  steps({ at: '+0s', repeat: 3, every: '1m', expect: 'allow', args: {}, tool: 'u', caller: { id: 'x' } }),
  file({ cases: [{ name: 'n', steps: [{ tool: 't', expect: 'allow' }] }] }),
  ...verdicts.map(expected),
  expected({ verdict: 'deny' }),
  expected({ verdict: 'deny', rule: '/tools/t', message: 'm', error: true, would_pass_if: 'x', retry_after: '42s' }),
  expected({ verdict: 'deny', error: 'must be a number', would_pass_if: false }),
  expected({ verdict: 'allow', error: false, observed: '/tools/t/action', answer: {} }),
]

const refused: readonly unknown[] = [
  {},
  [],
  'text',
  { policy: 'p.yaml' },
  { cases: [] },
  file({ policy: '' }),
  file({ policy: 5 }),
  file({ tools: [] }),
  file({ description: '' }),
  file({ case: [] }),
  file({ cases: {} }),
  file({ cases: ['x'] }),
  file({ cases: [{ name: 'n' }] }),
  file({ cases: [{ tool: 't', expect: 'allow' }] }),
  file({ cases: [{ name: 'n', expect: 'allow' }] }),
  file({ cases: [{ name: 'n', steps: [{ expect: 'allow' }] }] }),
  one({ name: '' }),
  one({ tool: '' }),
  one({ args: [] }),
  one({ arguments: {} }),
  one({ session: 5 }),
  one({ answer: 'text' }),
  one({ at: '+5s' }),
  ...[0, 1.5, -1, '5', limits.policyTestRepeatMax + 1].map(repeat => one({ repeat })),
  ...['5', '+5s', '5 s', '5w', 5].map(every => one({ every })),
  file({ caller: [] }),
  file({ caller: { role: 'x' } }),
  file({ caller: { roles: 'x' } }),
  file({ caller: { id: '' } }),
  file({ grant: { labels: { a: 1 } } }),
  file({ server: 5 }),
  file({ server: { url: 'x' } }),
  file({ facts: { name: 'x' } }),
  file({ facts: { categry: 'x' } }),
  file({ facts: { annotations: [] } }),
  file({ tool: 't' }),
  ...['soon', -5, 'later', {}].map(untrusted => one({ recent: { untrusted } })),
  one({ recent: { external: '5m' } }),
  ...['soon', '2026-11-22T14:30', '22 Nov 2026', [], true, { hour: 24 }, { weekday: 'sun' }, { zone: 'UTC' }].map(
    time => one({ time }),
  ),
  steps(),
  steps('x'),
  steps({}),
  steps({ expect: 'allow', time: '2026-11-22' }),
  steps({ expect: 'allow', name: 'x' }),
  steps({ expect: 'allow', steps: [] }),
  ...['59s', '+59', '+1w', 59].map(at => steps({ at, expect: 'allow' })),
  one({ steps: [{ expect: 'allow' }] }),
  file({ cases: [{ name: 'n', tool: 't', repeat: 2, steps: [{ expect: 'allow' }] }] }),
  ...['alow', 5, null, [], {}].map(expected),
  expected({ rule: '/x' }),
  expected({ verdict: 'no' }),
  expected({ verdict: 'deny', wouldPassIf: 'x' }),
  expected({ verdict: 'deny', would_pass_if: true }),
  expected({ verdict: 'deny', error: 5 }),
  expected({ verdict: 'deny', retry_after: '5m' }),
  expected({ verdict: 'deny', retry_after: 5 }),
  expected({ verdict: 'allow', answer: [] }),
]

function reads(document: unknown): boolean {
  return readCases(JSON.stringify(document)).file !== undefined
}

test.each(accepted.map(document => [JSON.stringify(document).slice(0, 120), document]))(
  'both accept %s',
  (_text, document) => {
    expect(readCases(JSON.stringify(document)).problems).toEqual([])
    expect(reads(document)).toBe(true)
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
  },
)

test.each(refused.map(document => [JSON.stringify(document).slice(0, 120), document]))(
  'both refuse %s',
  (_text, document) => {
    expect(reads(document)).toBe(false)
    expect(validate(document)).toBe(false)
  },
)

test('the schema knows the keys and words of the reader, and nothing else', () => {
  const keys = (node: Node | undefined) => Object.keys(node?.properties ?? {}).sort()
  expect(keys(schema)).toEqual([...fileKeys].sort())
  expect(keys(defs['case'])).toEqual([...caseKeys].sort())
  expect(keys(defs['step'])).toEqual([...stepKeys].sort())
  expect(keys(defs['expect']?.anyOf?.[1])).toEqual([...expectationKeys].sort())
  expect(defs['verdict']?.oneOf?.map(word => word.const)).toEqual([...verdicts])
  for (const key of contextKeys) expect(Object.keys(defs)).toContain(key)
  const repeat = defs['case']?.properties?.['repeat']
  expect(typeof repeat === 'object' ? repeat.maximum : undefined).toBe(limits.policyTestRepeatMax)
})

test('every key has a description for editors', () => {
  const missing: string[] = []
  const visit = (node: Node, at: string): void => {
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      if (typeof member === 'boolean') continue
      const target = member.$ref === undefined ? member : { ...defs[member.$ref.replace('#/$defs/', '')], ...member }
      if (!target.description) missing.push(`${at}/${name}`)
      visit(member, `${at}/${name}`)
    }
    for (const inner of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) visit(inner, at)
  }
  visit(schema, '')
  for (const [name, node] of Object.entries(defs)) visit(node, `$defs/${name}`)
  expect(missing).toEqual([])
})
