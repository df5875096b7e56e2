import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { AskedThread, type ThreadPlan } from './asked-thread.ts'

const said: string[] = []
const log = {
  ...{ debug: () => undefined, info: () => undefined, error: () => undefined },
  warn: (_: unknown, message: string) => void said.push(message),
}

/** Tells what it was asked and how often it was asked before; is silent for `wait` until it is asked something else. */
const worker = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    let count = 0
    let late
    parentPort.on('message', ([id, text]) => {
      count += 1
      if (text === 'wait') { late = id; return }
      if (text === 'end') process.exit(0)
      if (late !== undefined) parentPort.postMessage([late, 'late', count])
      parentPort.postMessage([id, text, count])
    })
  `)}`,
)

type Told = readonly [id: number, text: string, count: number]
let thread: AskedThread<readonly [string], Told> | undefined
afterEach(() => {
  thread?.stop()
  said.length = 0
})

function start(plan: Partial<ThreadPlan> = {}) {
  const clock = new ManualClock()
  thread = new AskedThread({ clock, log, worker, atOnceMax: 2, answerMs: 100, late: 'kept', ...plan })
  return { clock, asked: thread }
}

test('each question has its own answer, from one thread', async () => {
  const { asked } = start()
  const told = await Promise.all([asked.ask('a'), asked.ask('b')])
  expect(told.map(each => each?.slice(1))).toEqual([
    ['a', 1],
    ['b', 2],
  ])
})

test('it says when it takes no more, and takes more when one has its answer', async () => {
  const { asked } = start()
  const both = [asked.ask('a'), asked.ask('b')]
  expect(asked.isTaking).toBe(false)
  await Promise.all(both)
  expect(asked.isTaking).toBe(true)
})

test('late and kept: the question is given up, the thread goes on, an answer after that is nobody’s', async () => {
  const { clock, asked } = start()
  const first = asked.ask('wait')
  clock.pass(100)
  expect(await first).toBeUndefined()
  expect((await asked.ask('a'))?.slice(1)).toEqual(['a', 2])
  expect(said).toEqual([])
})

test('late and ended: all it was asked is lost with it, and the next question starts another', async () => {
  const { clock, asked } = start({ late: 'ended' })
  const first = asked.ask('wait')
  const second = asked.ask('wait')
  clock.pass(100)
  expect(await Promise.all([first, second])).toEqual([undefined, undefined])
  expect((await asked.ask('a'))?.slice(1)).toEqual(['a', 1])
  expect(said).toHaveLength(1)
})

test('a thread that ends by itself leaves nobody waiting, and the next question starts another', async () => {
  const { asked } = start()
  expect(await asked.ask('end')).toBeUndefined()
  expect((await asked.ask('a'))?.slice(1)).toEqual(['a', 1])
})

test('stopped, it takes none and gives up what waits', async () => {
  const { asked } = start()
  const waiting = asked.ask('wait')
  asked.stop()
  expect([await waiting, asked.isTaking]).toEqual([undefined, false])
})
