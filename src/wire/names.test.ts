import { expect, test } from 'vitest'
import { foldForDeny, isToolName, showInvisible } from './names.ts'

test('tool names have a closed alphabet', () => {
  for (const name of ['a', 'Delete_User', 'fs.read-file', '0', '_', 'x'.repeat(128)])
    expect(isToolName(name)).toBe(true)
  for (const name of [
    ...['', ' ', 'a b', 'delete_user ', 'delete_user\n', 'delete_user\0', 'a/b', 'a:b', 'a*', 'x'.repeat(129)],
    ...[
      'd\u0435lete',
      '\uff44elete',
      'delete\u2060_user',
      '\u202eresu',
      'a\u{e0041}',
      '\u001b[31m',
      'délete',
      '\u212a',
    ],
  ]) {
    expect(isToolName(name), JSON.stringify(name)).toBe(false)
  }
})

test('texts a lenient reader takes for one fold to one', () => {
  const target = foldForDeny('delete_user/Key')
  for (const text of [
    'DELETE_USER/KEY',
    'delete_u\u017fer/\u212aey',
    '\uff24elete_user/key',
    'dele\u00adte\u2060_u\u200bser/\u202ekey',
    'delete_user/k\u{e0041}ey',
  ]) {
    expect(foldForDeny(text), JSON.stringify(text)).toBe(target)
  }
  expect(foldForDeny('straße')).toBe(foldForDeny('STRASSE'))
  expect(foldForDeny('straẞe')).toBe(foldForDeny('strasse'))
  expect(foldForDeny('ΣΊΣΥΦΟΣ')).toBe(foldForDeny('σίσυφος'))
  // the final form of sigma depends on its neighbours; a folded prefix must not
  expect(foldForDeny('ΟΣ') + foldForDeny('Α')).toBe(foldForDeny('ΟΣΑ'))
  expect(foldForDeny('ofﬁce')).toBe('office')
  expect(foldForDeny('ı')).toBe('i')
  expect(foldForDeny('e\u0301')).toBe(foldForDeny('É'))
})

test('texts that differ to every reader stay different', () => {
  expect(foldForDeny('d\u0435lete')).not.toBe('delete')
  expect(foldForDeny('delete user')).not.toBe('deleteuser')
  expect(foldForDeny('a\0')).not.toBe('a')
})

test('people see what is hidden', () => {
  expect(showInvisible('a\u202eb\u200bc\u001b[31m\u0000\u007f\u0085')).toBe(
    'a\\u202eb\\u200bc\\u001b[31m\\u0000\\u007f\\u0085',
  )
  expect(showInvisible('\u{e0041}\u{e007f}')).toBe('\\udb40\\udc41\\udb40\\udc7f')
  expect(showInvisible('\u00a0\u3000\u2028\u2029\ufeff\u3164\u2800')).toBe(
    '\\u00a0\\u3000\\u2028\\u2029\\ufeff\\u3164\\u2800',
  )
  expect(showInvisible('\ud800\n\t')).toBe('\\ud800\\u000a\\u0009')
  expect(showInvisible('plain text, Grüße, 世界, 😀')).toBe('plain text, Grüße, 世界, 😀')
})

test('canonical JSON stays the same value when shown', () => {
  const value = { 'k\u202e': 'a\u0000\u200b\u{e0041}\\u202e😀' }
  expect(JSON.parse(showInvisible(JSON.stringify(value)))).toEqual(value)
})
