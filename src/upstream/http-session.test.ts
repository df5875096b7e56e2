import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { accepted, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { makeRef, readRef, type Session, SharedSessions, sessionKey } from './http-session.ts'

const client = (capabilities = {}) => ({ capabilities, clientInfo: {} })

test('a ref carries version and id, and nothing else passes for one', () => {
  const ref = makeRef('2025-11-25', 'abc')
  expect(ref).toEqual({ ok: true, value: '2025-11-25 abc' })
  expect(readRef('s', '2025-11-25 abc', '')).toMatchObject({
    ok: true,
    value: { headers: ['mcp-protocol-version', '2025-11-25', 'mcp-session-id', 'abc'], inSession: true },
  })
  expect(readRef('s', '', '2025-03-26')).toMatchObject({ ok: true, value: { headers: [], inSession: false } })
  expect(makeRef('2025-11-25', undefined)).toEqual({ ok: true, value: '' })
  for (const id of ['', 'a b', 'a\r\nb', 'é', 'x'.repeat(limits.upstreamSessionIdCharsMax + 1)]) {
    expect(makeRef('2025-11-25', id).ok).toBe(false)
  }
  for (const text of ['abc', '2025-11-25', '2026-07-28 abc', '2025-11-25 a b', '2025-11-25 a\r\nb']) {
    expect(readRef('s', text, '').ok).toBe(false)
  }
})

test('keys of different pools, levels or capabilities never meet', () => {
  const keys = [
    sessionKey('a', client(), undefined),
    sessionKey('a', client(), 'info'),
    sessionKey('a ', client(), undefined),
    sessionKey('1 a', client(), undefined),
    sessionKey('a  {}', client(), undefined),
    sessionKey('a', client({ sampling: {} }), undefined),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

function setting() {
  const clock = new ManualClock()
  const opened: string[] = []
  const closed: string[] = []
  const sessions = new SharedSessions(
    clock,
    async (_, logLevel) => {
      opened.push(logLevel ?? '')
      if (logLevel === 'emergency') return refused('ERR_UPSTREAM_UNREACHABLE', { server: 's', reason: 'x' })
      return readRef('s', `2025-11-25 id-${opened.length}`, '')
    },
    async session => closed.push(session.ref),
  )
  const find = async (pool: string, logLevel?: string): Promise<Session | undefined> => {
    const found = await sessions.find(pool, client(), logLevel)
    return 'ref' in found ? found : found.ok ? found.value : undefined
  }
  return { clock, opened, closed, sessions, find }
}

test('equal callers share one session, opened once however many come at once', async () => {
  const { find, opened } = setting()
  const [one, two, other] = await Promise.all([find('a'), find('a'), find('b')])
  expect(one).toBe(two)
  expect(other).not.toBe(one)
  expect(opened).toHaveLength(2)
})

test('a session that could not be opened is tried again by the next caller', async () => {
  const { find, opened } = setting()
  expect(await find('a', 'emergency')).toBeUndefined()
  expect(await find('a', 'emergency')).toBeUndefined()
  expect(opened).toHaveLength(2)
})

test('an idle session is closed, one in use is not', async () => {
  const { find, clock, closed } = setting()
  const idle = await find('a')
  const used = await find('b')
  if (idle === undefined || used === undefined) throw new Error('no session')
  used.users++
  clock.pass(limits.upstreamSessionIdleMs / 2)
  clock.pass(limits.upstreamSessionIdleMs / 2 + 1)
  await Promise.resolve()
  await Promise.resolve()
  expect(closed).toEqual([idle.ref])
})

test('a dropped session is replaced; dropping it again does not touch its successor', async () => {
  const { find, sessions } = setting()
  const dead = await find('a')
  if (dead === undefined) throw new Error('no session')
  sessions.drop(dead)
  const next = await find('a')
  sessions.drop(dead)
  expect(await find('a')).toBe(next)
  expect(next).not.toBe(dead)
})

test('stopping closes every session', async () => {
  const { find, sessions, closed } = setting()
  await find('a')
  await find('b')
  await sessions.stop()
  expect(closed).toHaveLength(2)
  expect(accepted(closed).ok).toBe(true)
})
