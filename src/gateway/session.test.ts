import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import { createSeal } from './seal.ts'
import { Sessions } from './session.ts'

let nowMs = 5_000
const clock: Clock = {
  wallMs: () => nowMs,
  steadyMs: () => nowMs,
  sleep: () => Promise.resolve(),
  timer: () => () => undefined,
}
const key = randomBytes(32)
const newNode = () => new Sessions(createSeal(key, randomBytes), clock)
const session = {
  key: 'l-1',
  grant: 'g1',
  door: 'files',
  version: '2025-11-25',
  client: { capabilities: { elicitation: { url: {} } }, clientInfo: { name: 'agent' } },
  upstream: { files: 'upstream-session' },
} as const

function idOn(node: Sessions): string {
  const id = node.create(session)
  if (!id.ok) throw new Error(id.refusal.message)
  return id.value
}

test('any node with the key reads a session of any other', () => {
  const id = idOn(newNode())
  expect(newNode().open(id, 'g1', 'files')).toEqual({ ok: true, value: { ...session, createdMs: 5_000 } })
  expect(id).toMatch(/^[\x21-\x7e]+$/)
})

test('A-038 a session id used with another grant or at another door is answered like an unknown id', () => {
  const node = newNode()
  const id = idOn(node)
  const answers = [node.open(id, 'g2', 'files'), node.open(id, 'g1', 'mail'), node.open('AAAA', 'g1', 'files')]
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]?.ok).toBe(false)
})

test('an ended or outlived session is unknown', () => {
  const node = newNode()
  const id = idOn(node)
  const opened = node.open(id, 'g1', 'files')
  if (!opened.ok) throw new Error('not opened')
  node.end(opened.value)
  expect(node.open(id, 'g1', 'files').ok).toBe(false)
  const other = newNode()
  expect(other.open(id, 'g1', 'files').ok).toBe(true)
  nowMs += limits.sessionMs
  expect(other.open(id, 'g1', 'files').ok).toBe(false)
})

test('a client that declares more than an id can carry is refused', () => {
  const capabilities = { experimental: { padding: 'x'.repeat(limits.sessionDeclarationBytesMax) } }
  const created = newNode().create({ ...session, client: { capabilities, clientInfo: {} } })
  expect(created.ok ? 'created' : created.refusal.code).toBe('ERR_SESSION_TOO_LARGE')
})
