import { expect, test } from 'vitest'
import { ProblemLog } from './problem.ts'
import { readSource } from './source.ts'

function read(text: string) {
  const log = new ProblemLog()
  const source = readSource(text, log)
  return { value: source.value, place: source.place, problems: log.list(source.place) }
}

test('JSON has positions, also with tabs and escapes', () => {
  const { value, place } = read('{\n\t"a": {\n\t\t"b/c": [1, 2]\n\t}\n}')
  expect(value).toEqual({ a: { 'b/c': [1, 2] } })
  expect(place('/a/b~1c/1', 'value')).toEqual({ line: 3, column: 14 })
  expect(place('/a/b~1c', 'key')).toEqual({ line: 3, column: 3 })
  expect(place('/a/missing', 'value')).toEqual({ line: 2, column: 7 })
})

test('YAML has positions, keys are text as written, `__proto__` is data', () => {
  const { value, place } = read('a:\n  - x\n  - true: 1\n    x7: yes\n__proto__:\n  b: 1\n')
  expect(JSON.stringify(value)).toBe('{"a":["x",{"true":1,"x7":"yes"}],"__proto__":{"b":1}}')
  expect(place('/a/1/true', 'value')).toEqual({ line: 3, column: 11 })
  expect(place('/__proto__/b', 'key')).toEqual({ line: 6, column: 3 })
})

test.each([
  ['a: 1\na: 2\n', 'duplicate-key', '/a', 2],
  ['{"a": 1, "b": {"c": 1, "c": 2}}', 'duplicate-key', '/b/c', 1],
  ['a: 9007199254740993\n', 'bad-number', '/a', 1],
  ['{"a": 9007199254740993}', 'bad-number', '/a', 1],
  ['a: 1e999\n', 'bad-number', '/a', 1],
  ['a: .inf\n', 'bad-number', '/a', 1],
  ['a: 1e-999\n', 'bad-number', '/a', 1],
  ['a: 1\n---\nb: 2\n', 'syntax', '', 2],
  ['a: [1\nb: 2\n', 'syntax', '', 2],
  ['a: !!binary aGk=\n', 'syntax', '/a', 1],
  ['a: !exec ls\n', 'syntax', '', 1],
  ['? [1]\n: 2\n', 'syntax', '', 1],
  ['a: &a {b: 1}\nc:\n  <<: *a\n', 'syntax', '/c/<<', 3],
  ['{"a": 1', 'syntax', '', 1],
])('%j is refused with its place', (text, code, path, line) => {
  expect(read(text).problems[0]).toMatchObject({ severity: 'error', code, path, line })
})

test('aliases are written out', () => {
  expect(JSON.stringify(read('a: &x {b: 1}\nc: *x\n').value)).toBe('{"a":{"b":1},"c":{"b":1}}')
})

test('aliases cannot multiply work', () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 9; i += 1)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(',')}]`,
    )
  expect(read(lines.join('\n')).problems[0]).toMatchObject({ code: 'too-large' })
})

test.each([
  ['a JSON list 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a YAML map 33 deep', Array.from({ length: 33 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['an alias to itself', 'a: &a [*a]\n'],
])('%s is refused', (_title, text) => {
  expect(read(text).problems[0]?.severity).toBe('error')
})

test('a text over the limit is refused unread', () => {
  expect(read(' '.repeat(1024 * 1024 + 1)).problems).toMatchObject([{ code: 'too-large', path: '' }])
})
