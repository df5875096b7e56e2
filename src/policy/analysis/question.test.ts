import { expect, test } from 'vitest'
import { readQuestion } from './question.ts'

function shape(text: string, known?: readonly string[]) {
  const reading = readQuestion(text, known)
  if (!reading.ok) throw new Error(`${reading.column}: ${reading.message}`)
  const { facts, name, predicate } = reading.question
  return [facts.join(' '), name, predicate]
}

test.each<[string, string, string | undefined, string]>([
  ['destructive without approval', 'destructive', undefined, 'without approval'],
  ['financial allowed', 'financial', undefined, 'allowed'],
  ['any allowed', '', undefined, 'allowed'],
  ['any call allowed', '', undefined, 'allowed'],
  ['any external tool allowed', 'external', undefined, 'allowed'],
  ['write without limit', 'write', undefined, 'without limit'],
  ['write without a limit', 'write', undefined, 'without limit'],
  ['high allowed without approval', 'high', undefined, 'without approval'],
  ['external destructive tools without approval', 'external destructive', undefined, 'without approval'],
  ['tool delete_* allowed', '', 'delete_*', 'allowed'],
  ['delete_file allowed', '', 'delete_file', 'allowed'],
  ['external tool send_* allowed', 'external', 'send_*', 'allowed'],
  ['tool read allowed', '', 'read', 'allowed'],
  ['"allowed" allowed', '', 'allowed', 'allowed'],
  ['tool allowed allowed', '', undefined, 'allowed'],
  ['resources/read allowed', '', 'resources/read', 'allowed'],
  ['get.user-2 allowed', '', 'get.user-2', 'allowed'],
])('%s', (text, facts, name, predicate) => {
  if (text === 'tool allowed allowed') return expect(readQuestion(text).ok).toBe(false)
  expect(shape(text)).toEqual([facts, name, predicate])
})

test('a word of ours that names a tool of the policy is the tool', () => {
  expect(shape('execute allowed', ['execute'])).toEqual(['', 'execute', 'allowed'])
  expect(shape('execute allowed')).toEqual(['execute', undefined, 'allowed'])
})

const leaf = (path: string, op: string, value: unknown) => ({ leaf: { path: { text: path }, op, value } })

test.each<[string, object]>([
  ['args.a gt 5', leaf('args.a', 'gt', 5)],
  ['args.a > 5', leaf('args.a', 'gt', 5)],
  ['args.a>=5', leaf('args.a', 'gte', 5)],
  ['args.path starts_with "/etc"', leaf('args.path', 'starts_with', '/etc')],
  ['args.a in ["x", "y]"]', leaf('args.a', 'in', ['x', 'y]'])],
  ['args["a.b"][0] == null', leaf('args["a.b"][0]', 'eq', null)],
  ['args.to[*] ends_with "@a.com"', leaf('args.to[*]', 'ends_with', '@a.com')],
  ['args.a eq {"b": 1}', leaf('args.a', 'eq', { b: 1 })],
  ['{"path":"args.a","op":"eq","value":1}', leaf('args.a', 'eq', 1)],
  ['{"any":[{"path":"args.a","op":"eq","value":1}]}', { any: [leaf('args.a', 'eq', 1)] }],
  ['not args.a eq 1', { not: leaf('args.a', 'eq', 1) }],
  ['args.a not in [1]', { not: leaf('args.a', 'in', [1]) }],
  ['args.a eq 1 and args.b eq 2', { all: [leaf('args.a', 'eq', 1), leaf('args.b', 'eq', 2)] }],
  [
    'args.a eq 1 or args.b eq 2 and args.c eq 3',
    { any: [leaf('args.a', 'eq', 1), { all: [leaf('args.b', 'eq', 2), leaf('args.c', 'eq', 3)] }] },
  ],
  [
    '(args.a eq 1 or args.b eq 2) and not args.c eq 3',
    { all: [{ any: [leaf('args.a', 'eq', 1), leaf('args.b', 'eq', 2)] }, { not: leaf('args.c', 'eq', 3) }] },
  ],
  ['time.hour lt 9', leaf('time.hour', 'lt', 9)],
])('when %s', (condition, wanted) => {
  const reading = readQuestion(`t allowed when ${condition}`)
  expect(reading).toMatchObject({ ok: true, question: { condition: wanted } })
})

test.each<[string, number, string, string]>([
  ['', 0, 'the question ends before it says what must never happen', 'end with `allowed`'],
  ['allowed', 0, 'the question does not say which calls', 'name a tool or a glob'],
  ['destructive', 11, 'the question ends before', 'end with'],
  ['destructve allowed', 0, '`destructve` is not known', 'did you mean `destructive`?'],
  ['delete_fil allowed', 0, '`delete_fil` is not known', 'did you mean `delete_file`?'],
  ['a_tool b_tool allowed', 7, '`a_tool` and `b_tool` both name a tool', 'one name or glob at a time'],
  ['pay alowed', 4, '`alowed` is not known', 'did you mean `allowed`?'],
  ['any without aproval', 12, 'expected `approval` or `limit`, found `aproval`', 'end with'],
  [
    'pay allowed if args.a eq 1',
    12,
    'expected `when` and a condition, or the end, found `if`',
    'see `sallyport policy prove --help`',
  ],
  ['pay allowed when', 16, 'expected a path such as `args.amount`, found the end', 'path, operator, value'],
  [
    'pay allowed when amount gt 5',
    17,
    'expected a path such as `args.amount`, found `amount`',
    'path, operator, value',
  ],
  ['pay allowed when arg.amount gt 5', 17, '`arg.amount` does not start with a known root', 'did you mean `args`?'],
  ['pay allowed when args.a gtt 5', 24, 'expected an operator, found `gtt`', 'did you mean `gt`?'],
  ['pay allowed when args.a gt five', 27, 'expected a value in JSON, found `five`', 'write text in double quotes'],
  ['pay allowed when args.a gt "5"', 17, '`gt` needs a number, found text', 'write the number without quotes'],
  ['pay allowed when (args.a gt 5', 29, 'expected `)`, found the end', 'close the bracket'],
  ['pay allowed when args.a gt 5 args.b', 29, 'expected `and`, `or` or the end, found `args.b`', 'see'],
  ['pay allowed when args.a regex "("', 17, 'the pattern does not compile', 'use RE2 syntax'],
])('%j is refused at %i: %s', (text, column, message, remedy) => {
  const reading = readQuestion(text, ['delete_file', 'pay'])
  if (reading.ok) throw new Error('it was read')
  expect([reading.column, reading.message, reading.remedy]).toEqual([
    column,
    expect.stringContaining(message),
    expect.stringContaining(remedy),
  ])
})
