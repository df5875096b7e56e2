import { afterEach, expect, test } from 'vitest'
import { ManualClock } from '../../../test/fixtures/manual-clock.ts'
import { systemClock } from '../../clock.ts'
import { limits } from '../../limits.ts'
import { CatalogueThread } from './checking.ts'

const warned: string[] = []
const log = {
  ...{ debug: () => undefined, info: () => undefined, error: () => undefined },
  warn: (_: unknown, message: string) => void warned.push(message),
}
let thread: CatalogueThread | undefined
afterEach(() => thread?.stop())

const search = { kind: 'search', query: 'memory', limit: 1 } as const
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (fault: { refusal: { code: string } }) => fault.refusal.code,
  )

test('answers, and knows nothing of what is nowhere', async () => {
  thread = new CatalogueThread({ clock: systemClock, log })
  expect(await thread.ask(search)).toMatchObject({ query: 'memory', servers: [{ slug: 'memory' }] })
  expect(await thread.ask({ kind: 'server', server: 'nothing', own: undefined })).toBeUndefined()
  const own = { key: 'a', definitions: [{ name: 'read_note' }] }
  expect(await thread.ask({ kind: 'tool', server: 'memory', tool: 'read_graph', own })).toBeUndefined()
})

test('more questions than are taken at a time are refused, the others answered', async () => {
  const asking = new CatalogueThread({ clock: systemClock, log })
  thread = asking
  const outcomes = await Promise.all(
    Array.from({ length: limits.catalogueChecksAtOnceMax + 2 }, () => codeOf(asking.ask(search))),
  )
  expect(outcomes.filter(outcome => outcome === 'ERR_BUSY')).toHaveLength(2)
  expect(outcomes.filter(outcome => outcome === 'answered')).toHaveLength(limits.catalogueChecksAtOnceMax)
})

test('a question that takes too long is given up with its thread; the next is answered by another', async () => {
  const clock = new ManualClock()
  thread = new CatalogueThread({ clock, log })
  const first = codeOf(thread.ask(search))
  clock.pass(limits.catalogueCheckMs)
  expect(await first).toBe('ERR_CATALOGUE_DATA')
  expect(warned).toHaveLength(1)
  expect(await thread.ask(search)).toMatchObject({ query: 'memory' })
})

test('stopped, it takes no more and gives up what waits', async () => {
  thread = new CatalogueThread({ clock: systemClock, log })
  const waiting = codeOf(thread.ask(search))
  thread.stop()
  expect([await waiting, await codeOf(thread.ask(search))]).toEqual(['ERR_CATALOGUE_DATA', 'ERR_BUSY'])
})
