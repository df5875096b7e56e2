import { expect, test } from 'vitest'
import {
  allLines,
  decisionOf,
  openFolder,
  quietLog,
  recentOf,
  succeeded,
  temporaryFolder,
} from '../../test/fixtures/ledger-folder.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { Fault } from '../errors.ts'
import type { Journal } from '../store/port.ts'
import { verifyChain } from './chain.ts'
import { openLedger } from './ledger.ts'

test('an intent and its outcome are one line; a record is one line at once', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  const intent = await ledger.intent(decisionOf('a'))
  expect((await ledger.page({ limit: 5 }))[0]).toMatchObject({ requestId: 'a', outcome: null, durationMs: null })
  await ledger.close(intent, { ...succeeded, redactions: 2 })
  await ledger.record(decisionOf('b', { verdict: 'deny', message: 'no' }), { outcome: 'refused', durationMs: 0.12345 })
  const lines = await allLines(ledger)
  expect(lines).toMatchObject([
    { seq: 1, requestId: 'a', time: '2026-11-01T00:00:00.000Z', outcome: 'succeeded', redactions: 2, outcomeSeq: 2 },
    { seq: 3, requestId: 'b', verdict: 'deny', message: 'no', outcome: 'refused', durationMs: 0.123, digest: null },
  ])
  expect(verifyChain(lines)).toMatchObject({ ok: true, head: { seq: 3 } })
})

test('an intent is closed once; a second close is a fault and changes nothing', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  const intent = await ledger.intent(decisionOf('a'))
  await ledger.close(intent, succeeded)
  await expect(ledger.close(intent, { outcome: 'failed', durationMs: 1 })).rejects.toMatchObject({
    refusal: { code: 'ERR_LEDGER_CLOSED' },
  })
  expect(await allLines(ledger)).toMatchObject([{ outcome: 'succeeded' }])
})

test('pages go up from `after`, else they end before `before` or at the end; filters meet exactly', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  for (let count = 0; count < 20; count++) {
    const even = count % 2 === 0
    await ledger.record(
      decisionOf(`r${count}`, even ? { tool: 'read', verdict: 'deny' } : { grant: 'other' }),
      even ? { outcome: 'refused', durationMs: 0 } : succeeded,
    )
  }
  await ledger.intent(decisionOf('open'))
  const ids = async (query: Parameters<typeof ledger.page>[0]) => (await ledger.page(query)).map(line => line.requestId)
  expect(await ids({ limit: 2 })).toEqual(['r19', 'open'])
  expect(await ids({ limit: 2, before: 21 })).toEqual(['r18', 'r19'])
  expect(await ids({ limit: 2, after: 3 })).toEqual(['r3', 'r4'])
  expect(await ids({ limit: 9, after: 3, before: 6 })).toEqual(['r3', 'r4'])
  expect(await ids({ limit: 3, after: 0, tool: 'read' })).toEqual(['r0', 'r2', 'r4'])
  expect(await ids({ limit: 3, grant: 'other' })).toEqual(['r15', 'r17', 'r19'])
  expect(await ids({ limit: 3, verdict: 'deny', after: 15 })).toEqual(['r16', 'r18'])
  expect(await ids({ limit: 3, outcome: 'open' })).toEqual(['open'])
  expect(await ids({ limit: 3, outcome: 'succeeded', grant: 'ci' })).toEqual([])
  expect(await ids({ limit: 1, requestId: 'r7' })).toEqual(['r7'])
  expect(await ids({ limit: 1, requestId: `r7' OR 1=1 --` })).toEqual([])
  expect(await ids({ limit: 9, server: 'FILES' })).toEqual([])
})

test('a search over many entries crosses the parts it is read in, in both directions', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  const all = Array.from({ length: 5_000 }, (_, index) =>
    ledger.record(decisionOf(`r${index}`, index % 1_000 === 7 ? { tool: 'rare' } : {}), succeeded),
  )
  await Promise.all(all)
  const ids = async (query: Parameters<typeof ledger.page>[0]) => (await ledger.page(query)).map(line => line.requestId)
  expect(await ids({ limit: 9, tool: 'rare' })).toEqual(['r7', 'r1007', 'r2007', 'r3007', 'r4007'])
  expect(await ids({ limit: 3, after: 0, tool: 'rare' })).toEqual(['r7', 'r1007', 'r2007'])
  expect(await ids({ limit: 3, tool: 'rare' })).toEqual(['r2007', 'r3007', 'r4007'])
  expect(await ids({ limit: 1, requestId: 'r3' })).toEqual(['r3'])
  expect((await ids({ limit: 9_999, after: 0 })).length).toBe(1_000)
  expect((await allLines(ledger)).length).toBe(5_000)
})

test('an export leaves out what comes while it is read, so that it verifies', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  const open = await ledger.intent(decisionOf('open'))
  await Promise.all(Array.from({ length: 2_500 }, (_, index) => ledger.record(decisionOf(`r${index}`), succeeded)))
  const lines = []
  for await (const page of ledger.export()) {
    if (lines.length === 0) await ledger.close(open, succeeded)
    await ledger.record(decisionOf('meanwhile'), succeeded)
    lines.push(...page)
  }
  expect(lines.length).toBe(2_501)
  expect(verifyChain(lines)).toMatchObject({ ok: true, head: { seq: 2_501 } })
})

test('`since` is reckoned by the store: what the wall clock showed does not matter', async () => {
  const clock = new ManualClock()
  const { ledger } = await openFolder(temporaryFolder(), { clock, boot: null })
  for (const id of ['a', 'b', 'c']) {
    await ledger.record(decisionOf(id, { timeMs: clock.wallMs() }), succeeded)
    clock.setWall(-86_400_000)
    clock.pass(60_000)
  }
  const since = async (ms: number) =>
    (await ledger.page({ limit: 9, sinceMs: clock.wallMs() - ms })).map(line => line.requestId)
  expect(await since(59_000)).toEqual([])
  expect(await since(60_000)).toEqual(['c'])
  expect(await since(130_000)).toEqual(['b', 'c'])
  expect(await since(1_000_000)).toEqual(['a', 'b', 'c'])
})

test('recent: charges of admitted calls that were not released, with their age', async () => {
  const clock = new ManualClock()
  const { ledger } = await openFolder(temporaryFolder(), { clock, boot: null })
  const charges = [{ bucket: 'grant 1:c 1:g 1:s', units: 2, windowMs: 60_000 }]
  await ledger.record(decisionOf('old', { charges }), succeeded)
  clock.pass(100_000)
  await ledger.record(decisionOf('kept', { charges }), succeeded)
  await ledger.record(decisionOf('denied', { charges, verdict: 'deny' }), { outcome: 'refused', durationMs: 0 })
  await ledger.record(decisionOf('given back', { charges }), { outcome: 'failed', durationMs: 0, released: true })
  const given = await ledger.intent(decisionOf('given back later', { charges }))
  await ledger.close(given, { outcome: 'refused', durationMs: 0, released: true })
  await ledger.record(decisionOf('free'), succeeded)
  clock.pass(1_000)
  await ledger.intent(decisionOf('open', { charges }))
  clock.pass(2_000)
  const recent = await recentOf(ledger, { ageMs: 60_000 })
  expect(recent.map(one => [one.requestId, clock.steadyMs() - one.steadyMs])).toEqual([
    ['kept', 3_000],
    ['open', 2_000],
  ])
  expect(recent.map(one => one.timeMs)).toEqual([decisionOf('').timeMs, decisionOf('').timeMs])
  expect(recent.map(one => one.charges)).toEqual([charges, charges])
})

test('recent: what was settled stands in place of the estimate', async () => {
  const { ledger } = await openFolder(temporaryFolder(), { clock: new ManualClock(), boot: null })
  const charge = (bucket: string) => ({ bucket, units: 5, wallMs: 7, windowMs: 60_000 })
  const intent = await ledger.intent(decisionOf('a', { charges: [charge('x'), charge('y')] }))
  await ledger.close(intent, { ...succeeded, settled: [{ bucket: 'y', units: 0.25 }] })
  const [line] = await allLines(ledger)
  expect(line?.settled).toEqual([{ bucket: 'y', units: 0.25 }])
  const [recent] = await recentOf(ledger, { ageMs: 60_000 })
  expect(recent?.charges).toEqual([charge('x'), { ...charge('y'), units: 0.25 }])
})

test('recent: calls of a day that the wall clock showed are found, however long ago it did', async () => {
  const folder = temporaryFolder()
  const clock = new ManualClock()
  const { ledger, stop } = await openFolder(folder, { clock, boot: null })
  const day = 86_400_000
  const called = async (id: string, byMs: number) => {
    clock.setWall(byMs)
    await ledger.record(decisionOf(id, { charges: [{ bucket: 'x', units: 1, windowMs: 1_000 }] }), succeeded)
    clock.setWall(-byMs)
    clock.pass(day)
  }
  await called('early', 0)
  await called('in ten days', 10 * day)
  for (let count = 0; count < 7; count++) await called(`day ${count}`, 0)
  const found = async (wallSinceMs: number, one = ledger) =>
    (await recentOf(one, { ageMs: day / 2, wallSinceMs })).map(({ requestId }) => requestId)
  // more may come, never less
  expect(await found(clock.wallMs() - day)).toContain('in ten days')
  const later = await found(clock.wallMs() + 2 * day)
  expect([later.includes('in ten days'), later.includes('early')]).toEqual([true, false])
  await stop()
  const again = await openFolder(folder, { clock: new ManualClock(5, clock.wallMs()), boot: null })
  expect(await found(clock.wallMs() - day, again.ledger)).toContain('in ten days')
  expect((await recentOf(again.ledger, { ageMs: 1.5 * day })).map(({ requestId }) => requestId)).toEqual(['day 6'])
})

test('drain waits for open calls, and closes those that do not end as unknown', async () => {
  const folder = temporaryFolder()
  const { ledger, stop } = await openFolder(folder)
  const quick = await ledger.intent(decisionOf('quick'))
  const stuck = await ledger.intent(decisionOf('stuck'))
  setTimeout(() => void ledger.close(quick, succeeded), 30)
  await ledger.drain(150)
  await expect(ledger.close(stuck, succeeded)).rejects.toBeInstanceOf(Fault)
  await stop()
  const again = await openFolder(folder)
  expect(await allLines(again.ledger)).toMatchObject([
    { requestId: 'quick', outcome: 'succeeded' },
    { requestId: 'stuck', outcome: 'unknown', note: 'gateway stopped before the answer came' },
  ])
})

test('drain returns as soon as the last open call has ended', async () => {
  const { ledger } = await openFolder(temporaryFolder())
  const intent = await ledger.intent(decisionOf('a'))
  setTimeout(() => void ledger.close(intent, succeeded), 20)
  // far beyond the time a test may take: the end of the call is what ends this
  await ledger.drain(24 * 60 * 60_000)
  expect(await allLines(ledger)).toMatchObject([{ requestId: 'a', outcome: 'succeeded' }])
})

test('whatever else has been written, a store that gives up on the outcome is asked again until it takes it', async () => {
  const clock = new ManualClock()
  const written: string[] = []
  let fails = 0
  const journal: Pick<Journal, 'append' | 'onStray'> = {
    append: (kind, text) => {
      if (kind === 'outcome' && fails-- > 0) return Promise.reject(new Fault('ERR_LEDGER_UNAVAILABLE'))
      return Promise.resolve(written.push(text))
    },
    onStray: () => undefined,
  }
  const health = () => ({ ok: true, lagMs: 0, queued: 0 })
  const store = { journal: journal as Journal, health, flush: () => Promise.resolve() }
  const ledger = await openLedger({ store, clock, log: quietLog })
  const intent = await ledger.intent(decisionOf('a'))
  fails = 3
  await expect(ledger.close(intent, succeeded)).rejects.toBeInstanceOf(Fault)
  for (let second = 0; second < 4; second++) {
    clock.pass(1_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(written.length).toBe(2)
  expect(JSON.parse(written[1] ?? '')).toMatchObject({
    decision: 1,
    outcome: 'succeeded',
    note: expect.stringContaining('withheld'),
  })
})
