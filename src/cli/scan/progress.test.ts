import { expect, test } from 'vitest'
import { recordedShell } from '../../../test/fixtures/recorded-shell.ts'
import { progressLine } from './progress.ts'

test('a line on a terminal, never wider than it, gone at the end; elsewhere nothing', () => {
  const shell = recordedShell({ answers: [], columns: 50 })
  const progress = progressLine(shell, 2)
  progress.say('files\u001b[31m'.repeat(9), 'starting')
  progress.done('files')
  progress.end()
  const drawn = shell.written.err.split('\r\u001b[2K')
  expect(drawn.length).toBeGreaterThan(3)
  expect(drawn.filter(line => line.length > 49 || line.includes('\u001b'))).toEqual([])
  expect(drawn.at(-1)).toBe('')
  const piped = recordedShell()
  const silent = progressLine(piped, 2)
  silent.say('files', 'starting')
  silent.end()
  expect(piped.written).toMatchObject({ out: '', err: '' })
})
