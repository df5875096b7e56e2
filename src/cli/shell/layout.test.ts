import { expect, test } from 'vitest'
import { count, cut, facts, table, textWidth, visible, visibleLines, wrap } from './layout.ts'
import { painter } from './terminal.ts'

const plain = painter(false)
const columns = [
  { title: 'NAME', shrinkTo: 8 },
  { title: 'N', align: 'right' as const },
  { title: 'TEXT', shrinkTo: 10 },
]
const cells = (...texts: string[]) => texts.map(text => ({ text }))

test('a table aligns its columns and ends no line in white space', () => {
  const rows = [cells('a', '1', 'x'), cells('longer', '200', '')]
  expect(table(columns, rows, { columnsMax: 80, paint: plain })).toBe(
    'NAME      N  TEXT\na         1  x\nlonger  200\n',
  )
})

test('a table shrinks its widest columns until every line fits', () => {
  const rows = [cells('n'.repeat(60), '1', 't'.repeat(200)), cells('short', '2', 'tiny')]
  const text = table(columns, rows, { columnsMax: 80, paint: plain })
  for (const line of text.trimEnd().split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80)
  expect(text).toContain('…')
  expect(text).toContain('short')
})

test('columns that may not shrink are never cut, even when the line is too long for it', () => {
  const text = table([{ title: 'ID' }], [cells('x'.repeat(50))], { columnsMax: 40, paint: plain })
  expect(text).toContain('x'.repeat(50))
})

test('colours do not count as width', () => {
  const painted = table(columns, [[{ text: 'a', style: 'red' }, { text: '1' }, { text: 'b' }]], {
    columnsMax: 80,
    paint: painter(true),
  })
  expect(painted.split('\n')[1]).toBe('\u001b[31ma\u001b[39m     1  b')
})

test('wide characters take two columns and combining marks none', () => {
  expect(textWidth('abc')).toBe(3)
  expect(textWidth('日本')).toBe(4)
  expect(textWidth('e\u0301')).toBe(1)
  expect(cut('日本語', 5)).toBe('日本…')
  expect(cut('日本語', 4)).toBe('日…')
})

test('wrapping keeps words, indents every line and keeps line breaks of the text', () => {
  expect(wrap('one two three four five', 24, '  ')).toBe('  one two three four\n  five')
  expect(wrap('a:\n  one two three four five', 24, ' ')).toBe(' a:\n   one two three four\n   five')
  expect(wrap('one\n\ntwo', 40, '  ')).toBe('  one\n\n  two')
  expect(wrap(`a ${'x'.repeat(60)} b`, 30)).toBe(`a\n${'x'.repeat(60)}\nb`)
})

test('labels line up and long values hang under themselves', () => {
  expect(
    facts(
      [
        ['a', 'one'],
        ['long', 'word '.repeat(12).trim()],
      ],
      40,
      plain,
    ),
  ).toBe('a     one\nlong  word word word word word word word\n      word word word word word\n')
})

test('text of servers cannot move the cursor, hide or pass for another line', () => {
  expect(visible('\u001b[2Jgone')).toBe('\\u001b[2Jgone')
  expect(visible('a\u202eb\u200bc\nd')).toBe('a\\u202eb\\u200bc\\u000ad')
  expect(visibleLines('a\r\nb\u0007')).toBe('a\nb\\u0007')
  expect(visible('\u{e0041}')).toBe('\\udb40\\udc41')
})

test('counts agree with their noun', () => {
  expect(count(0, 'tool')).toBe('0 tools')
  expect(count(1, 'tool')).toBe('1 tool')
})
