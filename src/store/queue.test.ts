import { expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { limits } from '../limits.ts'
import { complete, opens, type WriteMessage } from './messages.ts'
import { WriteQueue } from './queue.ts'

function watched() {
  const clock = new ManualClock()
  const posted: WriteMessage[] = []
  const late: number[] = []
  const turns: (string | undefined)[] = []
  const queue = new WriteQueue({
    clock,
    writeMs: 100,
    post: message => void posted.push(message),
    now: () => ({ atMs: 1, wallMs: 2 }),
    onLate: seqs => late.push(...seqs),
    onTurn: (_ok, reason) => turns.push(reason),
  })
  return { clock, posted, late, turns, queue }
}

const turnOfTheLoop = () => new Promise(resolve => setImmediate(resolve))

/** What became of a promise, as far as it has settled by now. */
function follow(promise: Promise<unknown>): { result: unknown } {
  const followed: { result: unknown } = { result: 'waits' }
  promise.then(
    value => {
      followed.result = value
    },
    (fault: { refusal: { code: string } }) => {
      followed.result = fault.refusal.code
    },
  )
  return followed
}

test('what one turn of the event loop hands over leaves in one message, in order', async () => {
  const { queue, posted } = watched()
  const one = queue.append('a', opens)
  const two = queue.append('b', complete)
  const three = queue.change([['kind', 'name', null]])
  expect(posted).toEqual([])
  await turnOfTheLoop()
  expect(posted).toEqual([['write', 1, 1, 2, ['a', 'b'], [opens, complete], [['kind', 'name', null]]]])
  queue.acknowledge([1, 7])
  expect([await one, await two, await three]).toEqual([7, 8, undefined])
  expect([...queue.live]).toEqual([7])
  void queue.append('c', 7)
  await turnOfTheLoop()
  queue.acknowledge([2, 9])
  expect([...queue.live]).toEqual([])
})

test('overdue rows are refused, later ones at once, until the answer comes; intents that became durable are told of', async () => {
  const { queue, posted, late, clock } = watched()
  const first = follow(queue.append('a', opens))
  await turnOfTheLoop()
  clock.pass(60)
  const second = follow(queue.append('b', opens))
  await turnOfTheLoop()
  clock.pass(50)
  await turnOfTheLoop()
  expect([first.result, second.result]).toEqual(['ERR_LEDGER_UNAVAILABLE', 'waits'])
  expect(queue.health()).toMatchObject({ ok: false, lagMs: 110, queued: 2 })
  const refused = follow(queue.append('c', opens))
  await Promise.resolve()
  expect(refused.result).toBe('ERR_LEDGER_UNAVAILABLE')
  expect(posted.length).toBe(2)
  queue.acknowledge([1, 1, 2, 2])
  await turnOfTheLoop()
  expect(second.result).toBe(2)
  expect(late).toEqual([1])
  expect(queue.health()).toEqual({ ok: true, lagMs: 0, queued: 0 })
})

test('answers that are here already are heard before a deadline counts', async () => {
  const { queue, clock } = watched()
  const row = follow(queue.append('a', complete))
  await turnOfTheLoop()
  // this thread was held up: timer and answer come in the same turn, the timer first
  clock.pass(500)
  queue.acknowledge([1, 1])
  await turnOfTheLoop()
  expect(row.result).toBe(1)
  expect(queue.health().ok).toBe(true)
})

test('after a failure the queue tries by itself until a write works', async () => {
  const { queue, posted, clock, turns } = watched()
  const row = follow(queue.append('a', complete))
  await turnOfTheLoop()
  queue.fail([1], 'disk is full')
  await turnOfTheLoop()
  expect(row.result).toBe('ERR_LEDGER_UNAVAILABLE')
  expect(queue.health()).toEqual({ ok: false, lagMs: 0, queued: 0, lastError: 'disk is full' })
  // a failing store is asked again by the next row, not only by the probe
  void follow(queue.append('b', complete))
  await turnOfTheLoop()
  queue.fail([2], 'disk is full')
  clock.pass(limits.ledgerRetryMs)
  await turnOfTheLoop()
  expect(posted[2]?.slice(4)).toEqual([[], [], []])
  queue.acknowledge([3, 1])
  expect(queue.health().ok).toBe(true)
  clock.pass(10 * limits.ledgerRetryMs)
  await turnOfTheLoop()
  expect(posted.length).toBe(3)
  expect(turns).toEqual(['disk is full', undefined])
})

test('a lost worker refuses everything, and only the probe asks for another', async () => {
  const { queue, posted, clock } = watched()
  const row = follow(queue.append('a', complete))
  await turnOfTheLoop()
  queue.failAll('the worker ended')
  const next = follow(queue.append('b', complete))
  await turnOfTheLoop()
  expect([row.result, next.result]).toEqual(['ERR_LEDGER_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'])
  expect(posted.length).toBe(1)
  clock.pass(limits.ledgerRetryMs)
  await turnOfTheLoop()
  expect(posted.length).toBe(2)
  queue.acknowledge([2, 1])
  const again = follow(queue.append('c', complete))
  await turnOfTheLoop()
  queue.acknowledge([3, 1])
  await turnOfTheLoop()
  expect(again.result).toBe(1)
})

test('more rows than may wait are refused', async () => {
  const { queue } = watched()
  const rows = Array.from({ length: limits.ledgerQueueRowsMax + 1 }, () => follow(queue.append('a', complete)))
  await turnOfTheLoop()
  expect(rows.at(-1)?.result).toBe('ERR_LEDGER_UNAVAILABLE')
  queue.acknowledge([1, 1])
  await turnOfTheLoop()
  expect(rows.filter(row => typeof row.result === 'number').length).toBe(limits.ledgerQueueRowsMax)
})

test('a flush waits for what may still be answered and for nothing else', async () => {
  const { queue, clock } = watched()
  void follow(queue.append('a', complete))
  await turnOfTheLoop()
  const waiting = follow(queue.flush().then(() => 'done'))
  await turnOfTheLoop()
  expect(waiting.result).toBe('waits')
  clock.pass(100)
  await turnOfTheLoop()
  await turnOfTheLoop()
  expect(waiting.result).toBe('done')
  const again = follow(queue.flush().then(() => 'done'))
  await turnOfTheLoop()
  expect(again.result).toBe('done')
})
