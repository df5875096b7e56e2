import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { baseForms, nameWords, sentencesOf, singular, textWords } from '../text.ts'
import { verbOf } from './verbs.ts'

test('no verb has two senses', () => {
  const text = readFileSync(new URL('./verbs.ts', import.meta.url), 'utf8')
  const table = text.slice(text.indexOf('verbsBySense'), text.indexOf('/** One verb'))
  const words = [...table.matchAll(/: ['`]([^'`]*)['`]/g)]
    .flatMap(match => (match[1] ?? '').split(/\s+/))
    .map(word => word.replace('~', ''))
  expect(words.length).toBeGreaterThan(900)
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
})

test.each([
  ['createOrUpdate_file', 'create or update file'],
  ['stories-get-by-id', 'stories get by id'],
  ['HTTPGet', 'http get'],
  ['mail.send', 'mail send'],
  ['r2_put_object', 'r 2 put object'],
  ['删除File', '删除 file'],
])('%s is %s', (name, words) => {
  expect(
    nameWords(name)
      .map(word => word.text)
      .join(' '),
  ).toBe(words)
})

test.each([
  ['creates', 'create'],
  ['creating', 'create'],
  ['copied', 'copy'],
  ['purged', 'purge'],
  ['submitting', 'submit'],
  ['overwritten', 'overwrite'],
  ['sent', 'send'],
  ['resends', 'resend'],
])('%s is a form of %s', (word, base) => {
  expect(baseForms(word).find(form => verbOf(form) !== undefined)).toBe(base)
})

test('sentences end at full stops, line ends and headings, not inside `e.g. this` or `Node.js`', () => {
  const text = 'Purpose: Reads a file, e.g. a log. Uses Node.js.Then stops\nReturns: text'
  expect(sentencesOf(text, 10).map(({ start, end }) => text.slice(start, end).trim())).toEqual([
    'Purpose',
    'Reads a file, e.g. a log',
    'Uses Node.js',
    'Then stops',
    'Returns',
    'text',
  ])
})

test('identifiers stay whole in a text and keep their place', () => {
  const words = textWords('Use delete_user, step-by-step.')
  expect(words.map(word => word.text)).toEqual(['use', 'delete_user', 'step-by-step'])
  expect(words[1]).toEqual({ text: 'delete_user', start: 4, end: 15 })
})

test.each([
  ['boxes', 'box'],
  ['entities', 'entity'],
  ['status', 'status'],
  ['classes', 'class'],
  ['files', 'file'],
])('%s → %s', (plural, one) => {
  expect(singular(plural)).toBe(one)
})
