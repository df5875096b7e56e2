import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { limits } from '../limits.ts'
import { createSeal } from './seal.ts'
import { RequestStates } from './state.ts'

let nowMs = 0
const clock: Clock = {
  wallMs: () => nowMs,
  steadyMs: () => nowMs,
  sleep: () => Promise.resolve(),
  timer: () => () => undefined,
}
const binding = { grant: 'g1', server: 'files', request: 'digest' }
let states: RequestStates
let names = 0

beforeEach(() => {
  nowMs = 1_000_000
  states = new RequestStates(createSeal(randomBytes(32), randomBytes), clock, () => `n${++names}`)
})

test('a state gives back the server’s own state, once', () => {
  const text = states.issue(binding, { upstreamState: 'opaque=éß' })
  expect(states.redeem(text, binding)).toEqual({ ok: true, value: { upstreamState: 'opaque=éß' } })
  const again = states.redeem(text, binding)
  expect(again.ok ? 'redeemed twice' : again.refusal.code).toBe('ERR_STATE_INVALID')
})

test.each([
  ['another caller', { ...binding, grant: 'g2' }],
  ['another server', { ...binding, server: 'mail' }],
  ['another request', { ...binding, request: 'other' }],
])('a state is refused for %s', (_, other) => {
  expect(states.redeem(states.issue(binding, {}), other).ok).toBe(false)
})

test('a state is refused after its time, and what is not text or not ours at any time', () => {
  const text = states.issue(binding, { parked: 'p' })
  nowMs += limits.stateMs
  expect(states.redeem(text, binding).ok).toBe(false)
  for (const foreign of [null, 7, {}, 'abc', `${text}x`]) expect(states.redeem(foreign, binding).ok).toBe(false)
})

test('A-052 a state of an earlier process is refused, so that single use holds over a restart', () => {
  const seal = createSeal(randomBytes(32), randomBytes)
  const name = () => `n${++names}`
  const text = new RequestStates(seal, clock, name).issue(binding, { upstreamState: 'x' })
  expect(new RequestStates(seal, clock, name).redeem(text, binding).ok).toBe(false)
})
