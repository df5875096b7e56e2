import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { limits } from '../limits.ts'
import type { Searching } from '../policy/results.ts'
import type { Found, Job } from '../policy/search.ts'
import { Searches } from './searching.ts'

const warned: string[] = []
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_: object, words: string) => void warned.push(words),
  error: () => undefined,
}
let searches: Searches | undefined
afterEach(() => searches?.stop())

function made(searchMs?: number): Searches {
  searches = new Searches({ clock: systemClock, log, ...(searchMs === undefined ? {} : { searchMs }) })
  return searches
}

function* asking(job: Job): Searching<Found | undefined> {
  return yield job
}

const jobOf = (text: string, pattern: string): Job => ({
  texts: [text],
  joined: [],
  search: { hidden: [], patterns: [[pattern, 'x']] },
})
const large = (pattern: string, size = limits.resultWorkInline * 2) => jobOf(`${'ab'.repeat(size / 2)}42`, pattern)

test('a small search is done at once, a large one in the thread; both find the same', async () => {
  const here = made()
  expect(await here.drive(asking(jobOf('a 42', '\\d+')))).toEqual({ changed: [[0, 'a x']], count: 1 })
  const found = await here.drive(asking(large('\\d+')))
  expect([found?.count, found?.changed[0]?.[1].slice(-3)]).toEqual([1, 'abx'])
})

test('searches wait for each other, and each gets its own answer', async () => {
  const here = made()
  const found = await Promise.all(['42', 'b4', 'zz'].map(pattern => here.drive(asking(large(pattern)))))
  expect(found.map(each => each?.count)).toEqual([1, 1, 0])
})

test('a search that takes too long is given up, and the next goes on in another thread', async () => {
  const here = made(3_000)
  // six hundred searches of four million characters take far longer than this
  const patterns = Array.from({ length: 600 }, (_, index) => [`(?i)secret${index}`, 'x'] as const)
  const job = large('', 4_000_000)
  const slow = here.drive(asking({ ...job, search: { hidden: [], patterns } }))
  const waiting = here.drive(asking(large('\\d+')))
  expect(await slow).toBeUndefined()
  expect(warned).toContain('the search of an answer took too long and was given up')
  await waiting
  expect((await here.drive(asking(large('\\d+'))))?.count).toBe(1)
})

test('stopping gives up what waits', async () => {
  const here = made()
  const waiting = here.drive(asking(large('\\d+', 2_000_000)))
  here.stop()
  expect(await waiting).toBeUndefined()
  expect(await here.drive(asking(large('\\d+')))).toBeUndefined()
})
