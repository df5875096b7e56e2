import { expect, test } from 'vitest'
import { loadedOf } from '../../../test/fixtures/policy-call.ts'
import { compileSchema } from '../../catalogue/schema.ts'
import { decide } from '../decide.ts'
import type { ToolFacts } from '../verdict.ts'
import { inputOf } from './call.ts'
import { prove } from './proof.ts'
import { readQuestion } from './question.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })

function ask(document: unknown, text: string, tools?: readonly ToolFacts[]) {
  const reading = readQuestion(text)
  if (!reading.ok) throw new Error(reading.message)
  const side = loadedOf(document)
  const proof = prove(side, reading.question, tools, compileSchema)
  if (proof.answer === 'no') {
    const input = inputOf(JSON.parse(JSON.stringify(proof.call)))
    if (input === undefined) throw new Error('not a call')
    expect(decide(side.policy, input)).toMatchObject({ effect: proof.verdict, rule: proof.rule })
  }
  return proof
}

const pay = {
  version: '1',
  tools: {
    pay: {
      require: [leaf('args.amount', 'lte', 1000)],
      approve_if: [leaf('args.amount', 'gt', 500)],
      limits: [{ counter: 'c', window: 'day', max: 5 }],
    },
    'get_*': {},
    delete_file: { deny_if: [leaf('args.path', 'starts_with', '/etc')] },
    wipe: { action: 'require_approval' },
    old: { action: 'deny' },
  },
}

test.each<[string, 'yes' | 'no', object]>([
  ['pay allowed when args.amount gt 1000', 'yes', {}],
  ['pay allowed when args.amount gt 500', 'no', { verdict: 'ask', call: { args: { amount: 501 } } }],
  ['pay without approval when args.amount gt 500', 'yes', {}],
  ['pay without approval when args.amount gte 500', 'no', { call: { args: { amount: 500 } } }],
  ['pay allowed when not args.amount exists true', 'yes', {}],
  ['pay without limit', 'yes', {}],
  ['get_* without limit', 'no', { call: { tool: 'get_example' } }],
  ['wipe without approval', 'yes', {}],
  ['wipe allowed', 'no', { verdict: 'ask' }],
  ['old allowed', 'yes', {}],
  ['tool nobody allowed', 'yes', {}],
  ['resources/read allowed', 'yes', {}],
  ['delete_file allowed when args.path starts_with "/etc"', 'yes', {}],
  ['delete_file allowed when args.path glob "/etc/**"', 'no', {}],
  ['delete_file allowed when args.path in ["/ETC", "/Etc/passwd"]', 'yes', {}],
  ['destructive without approval', 'no', { call: { tool: 'pay', context: { tool: {} } } }],
  ['any allowed when caller.kind eq "person"', 'no', { call: { context: { caller: { kind: 'person' } } } }],
  ['any allowed when time.weekday in ["saturday", "sunday"]', 'no', {}],
])('never %j: %s', (question, answer, more) => {
  expect(ask(pay, question)).toMatchObject({ answer, ...more })
})

const readsOnly = { version: '1', tools: { '*': { require: [leaf('tool.annotations.readOnlyHint', 'eq', true)] } } }
const rated = { version: '1', default: 'allow', all_tools: { deny_if: [leaf('tool.category', 'in', ['Destructive'])] } }

test.each<[string, object, string, string]>([
  ['what only reads changes nothing', readsOnly, 'write allowed', 'no'],
  ['a category stands above annotations', readsOnly, 'destructive allowed', 'no'],
  ['a tool that reads', readsOnly, 'read allowed', 'no'],
  ['one category is denied', rated, 'financial allowed', 'no'],
  ['a category is compared in any case', rated, 'high allowed', 'no'],
])('%s', (_title, document, question, answer) => {
  expect(ask(document, question).answer).toBe(answer)
})

test('words mean what a policy that denies by them denies', () => {
  const byHint = {
    conditions: [
      { path: 'tool.category', op: 'exists', value: false },
      { path: 'tool.annotations.destructiveHint', op: 'neq', value: false },
      { path: 'tool.annotations.readOnlyHint', op: 'neq', value: true },
    ],
  }
  const document = (rules: object[]) => ({ version: '1', default: 'allow', all_tools: { deny_if: rules } })
  const category = leaf('tool.category', 'eq', 'destructive')
  // a hint that is left out says that the tool may destroy: `neq` alone does not see it
  expect(ask(document([category, byHint]), 'destructive allowed').answer).toBe('no')
  const every = {
    conditions: [],
    when: '!has(tool.category) && (!has(tool.annotations.readOnlyHint) || tool.annotations.readOnlyHint != true)',
  }
  expect(ask(document([category, every]), 'destructive allowed').answer).toBe('cannot tell')
})

const tools: readonly ToolFacts[] = [
  { name: 'get_user', annotations: { readOnlyHint: true } },
  {
    name: 'pay',
    inputSchema: { type: 'object', properties: { amount: { type: 'integer', maximum: 400 } }, required: ['amount'] },
  },
  { name: 'delete_file', annotations: { destructiveHint: true }, category: 'Destructive' },
]

test.each<[string, string, object]>([
  ['pay allowed when args.amount gt 400', 'yes', {}],
  ['pay without approval', 'no', { call: { tool: 'pay', args: { amount: 1 } } }],
  ['read allowed', 'no', { call: { tool: 'get_user' } }],
  ['destructive without limit', 'no', { call: { tool: 'delete_file' } }],
  ['write without limit', 'yes', {}],
  ['financial allowed', 'cannot tell', { open: [{ tools: '`get_user`' }, { tools: '`pay`' }] }],
  ['financial without limit when args.x eq 1', 'cannot tell', {}],
])('among known tools, never %j: %s', (question, answer, more) => {
  expect(ask(pay, question, tools)).toMatchObject({ answer, ...more })
})

test('the policy`s own word on a tool stands above its annotations', () => {
  const document = { version: '1', tools: { a: { read_only: true }, b: { labels: ['external'], read_only: false } } }
  const hints = (name: string, annotations: object): ToolFacts => ({ name, annotations: annotations as never })
  const known = [hints('a', { destructiveHint: true }), hints('b', { openWorldHint: false, readOnlyHint: true })]
  expect(ask(document, 'tool a allowed', known).answer).toBe('no')
  expect(ask(document, 'destructive tool a allowed', known).answer).toBe('yes')
  expect(ask(document, 'external tool b allowed', known).answer).toBe('no')
  expect(ask(document, 'changing tool b allowed', known).answer).toBe('no')
})

test('where a pattern decides, a call is still found, or nobody can tell', () => {
  const document = { version: '1', tools: { t: { require: [leaf('args.path', 'regex', '^/srv/[a-z]+$')] } } }
  expect(ask(document, 't allowed')).toMatchObject({ answer: 'no', call: { args: { path: '/srv/a' } } })
  expect(ask(document, 't allowed when args.path starts_with "/etc"')).toMatchObject({
    answer: 'cannot tell',
    open: [
      {
        at: ['/tools/t/require/0'],
        why: '`args.path` regex "^/srv/[a-z]+$" cannot be worked out, and nothing that was tried is an example',
      },
    ],
  })
})

test('a pattern that is plain text is worked out', () => {
  const document = { version: '1', tools: { t: { require: [leaf('args.path', 'regex', '^/srv/')] } } }
  expect(ask(document, 't allowed when args.path starts_with "/etc"').answer).toBe('yes')
})

test('a policy that observes lets everything through', () => {
  const document = { version: '1', mode: 'observe', tools: { t: { action: 'deny' } } }
  expect(ask(document, 't allowed')).toMatchObject({ answer: 'no', verdict: 'allow' })
  expect(ask(document, 'nobody without limit')).toMatchObject({ answer: 'no' })
})

test('many rules on one tool are answered', () => {
  const deny_if = Array.from({ length: 200 }, (_, index) => leaf(`args.a${index % 40}`, 'gt', index))
  const document = { version: '1', tools: { t: { deny_if } } }
  expect(ask(document, 't allowed when args.a3 gt 3').answer).toBe('yes')
  expect(ask(document, 't allowed when args.a3 gte 3').answer).toBe('no')
})
