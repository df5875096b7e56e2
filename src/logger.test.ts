import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function written(isTerminal: boolean, log: (logger: ReturnType<typeof createLogger>) => void, level = 'info'): string {
  let text = ''
  log(
    createLogger({
      write: line => {
        text += line
      },
      isTerminal,
      level,
    }),
  )
  return text
}

const token = `sp_${randomBytes(32).toString('base64url')}`

test('lines are JSON with level, time and message', () => {
  const line = JSON.parse(written(false, log => log.info({ server: 'files' }, 'a server offers other tools'))) as object
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
    server: 'files',
    msg: 'a server offers other tools',
  })
})

test('tokens and authorization values do not come out, wherever they stand', () => {
  for (const isTerminal of [false, true]) {
    const text = written(isTerminal, log => {
      log.info({ token, headers: { authorization: `Bearer ${token}` }, deep: { er: { credential: 'abc' } } }, 'members')
      log.warn({ note: `sent ${token} and Authorization: Basic dXNlcjpwYXNz` }, `in the message: ${token}`)
      log.error({ err: new Error('outer', { cause: new Error(`Bearer ${token}`) }) }, 'in a cause')
    })
    expect(text).not.toContain(token)
    expect(text).not.toContain('dXNlcjpwYXNz')
    expect(text).not.toContain('abc')
    expect(text).toContain('[redacted]')
  }
})

test('a fault is logged with its cause', () => {
  const text = written(false, log => log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed'))
  expect(text).toContain('outer')
  expect(text).toContain('inner')
})

test('on a terminal a record is one line, with nothing hidden in it', () => {
  const text = written(true, log =>
    log.warn({ tool: 'a\nb\u001b[31m\u202e', count: 2 }, 'a tool definition is refused'),
  )
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d warn {2}a tool definition is refused tool=a\\u000ab\\u001b\[31m\\u202e count=2\n$/,
  )
})

test('what lies below the level is not written', () => {
  expect(written(false, log => log.debug({}, 'detail'))).toBe('')
  expect(written(false, log => log.debug({}, 'detail'), 'debug')).toContain('detail')
})
