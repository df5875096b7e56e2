import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { recordedShell } from '../../../test/fixtures/recorded-shell.ts'
import { ask } from './asking.ts'
import { openTerminal } from './terminal.ts'

function shellWith(interruption: AbortSignal) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const stderr = Object.assign(new PassThrough(), { isTTY: true })
  const terminal = openTerminal({ stdin, stdout: new PassThrough(), stderr, env: {} })
  return { stdin, shell: { ...recordedShell({ interruption }), terminal } }
}

test('an interrupt ends a question that waits, and every one after it', async () => {
  const controller = new AbortController()
  const { shell } = shellWith(controller.signal)
  const waiting = ask(shell, 'really? ')
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_CLI_INTERRUPTED', exit: 1 })
  await expect(ask(shell, 'and now? ')).rejects.toMatchObject({ code: 'ERR_CLI_INTERRUPTED' })
})

test('an answer is an answer, and the end of the input is none', async () => {
  const { shell, stdin } = shellWith(new AbortController().signal)
  stdin.write(' yes \n')
  expect(await ask(shell, 'really? ')).toBe('yes')
  stdin.end()
  expect(await ask(shell, 'and now? ')).toBeUndefined()
})
