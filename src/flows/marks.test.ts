import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { limits } from '../limits.ts'
import { Marks } from './marks.ts'

const alice = { principal: 'alice', grant: 'g' }
const made = () => {
  const clock = new ManualClock()
  return { clock, marks: new Marks(clock) }
}

test('a call marks while it is under way; the age counts from its end', () => {
  const { clock, marks } = made()
  expect(marks.recent(alice)).toBeUndefined()
  const end = marks.begin(alice, ['untrusted'])
  expect(marks.recent(alice)).toEqual({ untrusted: 0 })
  clock.pass(60_000)
  expect(marks.recent(alice)).toEqual({ untrusted: 0 })
  end()
  clock.pass(1_000)
  expect(marks.recent(alice)).toEqual({ untrusted: 1_000 })
})

test('two calls at once: the mark grows old when the last has ended, and an end counts once', () => {
  const { clock, marks } = made()
  const first = marks.begin(alice, ['untrusted'])
  const second = marks.begin(alice, ['untrusted', 'sensitive'])
  first()
  first()
  clock.pass(500)
  expect(marks.recent(alice)).toEqual({ untrusted: 0, sensitive: 0 })
  second()
  clock.pass(500)
  expect(marks.recent(alice)).toEqual({ untrusted: 500, sensitive: 500 })
})

test('principal and grant both count', () => {
  const { marks } = made()
  marks.begin(alice, ['untrusted'])()
  expect(marks.recent({ principal: 'alice', grant: 'other' })).toBeUndefined()
  expect(marks.recent({ principal: 'bob', grant: 'g' })).toBeUndefined()
  expect(marks.recent({ principal: 'g\nalice', grant: '' })).toBeUndefined()
})

test('a call without labels marks nothing', () => {
  const { marks } = made()
  marks.begin(alice, [])()
  expect(marks.recent(alice)).toBeUndefined()
})

test('the clock on the wall changes nothing', () => {
  const { clock, marks } = made()
  marks.begin(alice, ['untrusted'])()
  clock.setWall(-86_400_000)
  clock.pass(10)
  clock.setWall(10 * 86_400_000)
  expect(marks.recent(alice)).toEqual({ untrusted: 10 })
})

test('what the ledger remembers comes back with its age, and never makes a mark older', () => {
  const { clock, marks } = made()
  const now = clock.steadyMs()
  marks.restore([
    { ...alice, labels: ['untrusted'], steadyMs: now - 5_000 },
    { ...alice, labels: ['untrusted', 'external', 'later-version'], steadyMs: now - 9_000 },
    { principal: 'bob', grant: 'g', labels: ['sensitive'], steadyMs: -60_000 },
  ])
  expect(marks.recent(alice)).toEqual({ untrusted: 5_000 })
  expect(marks.recent({ principal: 'bob', grant: 'g' })).toEqual({ sensitive: now + 60_000 })
})

test('marks older than any flow looks at are not told', () => {
  const { clock, marks } = made()
  marks.begin(alice, ['untrusted'])()
  clock.pass(limits.policyFlowMsMax - 1)
  expect(marks.recent(alice)).toEqual({ untrusted: limits.policyFlowMsMax - 1 })
  clock.pass(1)
  expect(marks.recent(alice)).toBeUndefined()
})

test('when there are too many, whoever was forgotten is taken for marked; calls under way are not forgotten', () => {
  const { clock, marks } = made()
  const open = marks.begin(alice, ['sensitive'])
  marks.begin({ principal: 'first', grant: 'g' }, ['untrusted'])()
  clock.pass(100)
  for (let i = 0; i < limits.flowMarksMax; i++) marks.begin({ principal: `p${i}`, grant: 'g' }, ['untrusted'])()
  clock.pass(1)
  expect(marks.recent({ principal: 'first', grant: 'g' })).toEqual({ untrusted: 1 })
  expect(marks.recent({ principal: 'nobody', grant: 'g' })).toEqual({ untrusted: 1 })
  expect(marks.recent(alice)).toMatchObject({ sensitive: 0 })
  open()
})

test('no mark is ever older than the last end of a call with its label', () => {
  const step = fc.record({
    who: fc.constantFrom('a', 'b'),
    label: fc.constantFrom('untrusted', 'sensitive'),
    act: fc.constantFrom('begin', 'end', 'pass'),
    ms: fc.nat(1_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const { clock, marks } = made()
      const open = new Map<string, (() => void)[]>()
      const ended = new Map<string, number>()
      for (const { who, label, act, ms } of steps) {
        const key = `${who} ${label}`
        if (act === 'pass') clock.pass(ms)
        else if (act === 'begin') {
          const end = marks.begin({ principal: who, grant: 'g' }, [label])
          open.set(key, [...(open.get(key) ?? []), end])
        } else {
          const end = open.get(key)?.pop()
          end?.()
          if (end !== undefined) ended.set(key, clock.steadyMs())
        }
        const isOpen = (open.get(key)?.length ?? 0) > 0
        const last = ended.get(key)
        const expected = isOpen ? 0 : last === undefined ? undefined : clock.steadyMs() - last
        expect(marks.recent({ principal: who, grant: 'g' })?.[label]).toBe(expected)
      }
    }),
  )
})
