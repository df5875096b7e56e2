import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import { Marks, type RecentMarks } from './marks.ts'
import { MarkMemory } from './remember.ts'

const hour = 3_600_000
const who = { principal: 'p', grant: 'g' }

function made(found: readonly RecentMarks[]) {
  const clock = new ManualClock()
  const marks = new Marks(clock)
  const asked: number[] = []
  const memory = new MarkMemory({
    marks,
    clock,
    async *marked(ageMs) {
      asked.push(ageMs)
      yield found
    },
  })
  return { clock, marks, memory, asked }
}

test('reads as far back as flows look, and the length of a call further', async () => {
  const { marks, memory, asked, clock } = made([{ ...who, labels: ['untrusted'], steadyMs: -hour / 2 }])
  await memory.prepare(hour)
  expect(asked).toEqual([hour + limits.callTotalMs])
  expect(marks.recent(who)).toEqual({ untrusted: clock.steadyMs() + hour / 2 })
})

test('reads nothing where nothing looks back, what is known already, or what this process has seen itself', async () => {
  const { memory, asked, clock } = made([])
  await memory.prepare(0)
  expect(asked).toEqual([])
  await memory.prepare(hour)
  await memory.prepare(hour / 2)
  await memory.prepare(hour)
  expect(asked).toHaveLength(1)
  clock.pass(hour)
  await memory.prepare(2 * hour)
  expect(asked).toHaveLength(1)
  await memory.prepare(3 * hour)
  expect(asked).toHaveLength(2)
})

test('a ledger that cannot be read: refused, and read again the next time', async () => {
  const clock = new ManualClock()
  let isBroken = true
  const memory = new MarkMemory({
    marks: new Marks(clock),
    clock,
    async *marked() {
      if (isBroken) throw new Fault('ERR_STORE_UNREADABLE', { file: 'f', reason: 'x' })
      yield []
    },
  })
  await expect(memory.prepare(hour)).rejects.toThrow(Fault)
  isBroken = false
  await memory.prepare(hour)
})
