/** Cases of the groups Budgets and Audit that the ledger, the store and the windows answer by themselves. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Fault } from '../../src/errors.ts'
import { verifyChain } from '../../src/ledger/chain.ts'
import type { LedgerLine } from '../../src/ledger/line.ts'
import { type BoundCharge, bindCharges, storedCharges } from '../../src/limits/charges.ts'
import { Windows } from '../../src/limits/windows.ts'
import type { BootClock } from '../../src/store/time.ts'
import {
  allLines,
  countedFrom,
  decisionOf,
  type OpenedLedger,
  openFolder,
  succeeded,
  temporaryFolder,
} from '../fixtures/ledger-folder.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const who = { grant: 'ci', principal: 'bot', session: 's', server: 'files' }
const declared = [{ counter: 'calls', scope: 'grant', windowMs: hour }] as const

function limited(max: number, windowMs: number): readonly BoundCharge[] {
  return bindCharges([{ counter: 'calls', scope: 'grant', windowMs, max, units: 1, rule: '/limits/0' }], who)
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const fault = await promise.then(
    () => new Error('it was recorded'),
    (cause: Error) => cause,
  )
  if (!(fault instanceof Fault)) throw fault
  return fault.refusal.code
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = systemClock.steadyMs() + 20_000
  while (!(await isTrue())) {
    if (systemClock.steadyMs() > endMs) throw new Error('it did not happen within 20 s')
    await systemClock.sleep(20)
  }
}

test('A-092 upstream timeout after a possible effect → the budget stays spent, also after a restart, outcome `unknown`', async () => {
  const folder = temporaryFolder()
  const charges = limited(2, hour)
  const windows = new Windows(systemClock)
  const first = await openFolder(folder)
  for (const id of ['timed out', 'certainly refused']) {
    const reserved = windows.reserve(charges)
    expect(reserved.ok).toBe(true)
    const intent = await first.ledger.intent(decisionOf(id, { charges: storedCharges(charges, 0) }))
    if (id === 'timed out') {
      await first.ledger.close(intent, { outcome: 'unknown', durationMs: 30_000, note: 'no answer within 30 s' })
    } else {
      await first.ledger.close(intent, { outcome: 'refused', durationMs: 1, released: true })
      if (reserved.ok) reserved.reservation.release()
    }
  }
  // one unit is spent, one was given back
  expect(windows.reserve(charges).ok).toBe(true)
  expect(windows.reserve(charges).ok).toBe(false)
  await first.stop()

  const second = await openFolder(folder)
  const again = await countedFrom(second.ledger, systemClock, declared)
  expect(again.reserve(charges).ok).toBe(true)
  expect(again.reserve(charges).ok).toBe(false)
  const lines = await allLines(second.ledger)
  expect(lines.map(line => line.outcome)).toEqual(['unknown', 'refused'])
})

test('A-092 killed between intent and answer → the charge of the open call counts after the restart', async () => {
  const folder = temporaryFolder()
  const charges = limited(1, hour)
  const first = await openFolder(folder)
  await first.ledger.intent(decisionOf('open', { charges: storedCharges(charges, 0) }))
  await first.stop()
  const second = await openFolder(folder)
  const windows = await countedFrom(second.ledger, systemClock, declared)
  const refusal = windows.reserve(charges)
  expect(refusal.ok ? undefined : refusal.refusal.used).toBe(1)
})

test('A-094 wall clock +1 day, −1 day, DST, NTP step in mid-window → the window neither opens nor closes', () => {
  for (const step of [day, -day, hour, -hour, 250, -250]) {
    const clock = new ManualClock()
    const windows = new Windows(clock)
    const charges = limited(10, minute)
    for (let call = 0; call < 10; call++) expect(windows.reserve(charges).ok).toBe(true)
    clock.setWall(step)
    clock.pass(59_999)
    const refused = windows.reserve(charges)
    expect(refused.ok ? undefined : refused.refusal.retryAfterMs, `${step}`).toBe(1)
    clock.pass(1)
    expect(windows.reserve(charges).ok, `${step}`).toBe(true)
  }
})

test('A-094 wall clock steps while the gateway runs, is stopped, or both → charges keep their true age over the restart', async () => {
  const charges = limited(1, hour)
  for (const [whileRunning, whileStopped] of [
    [day, 0],
    [-day, 0],
    [0, day],
    [0, -day],
    [day, -2 * day],
  ] as const) {
    const folder = temporaryFolder()
    const note = `${whileRunning} and ${whileStopped}`
    let bootMs = 5_000
    const boot: BootClock = { id: 'one start of the machine', ms: () => bootMs }
    const clock = new ManualClock()
    const first = await openFolder(folder, { clock, boot })
    const pass = (ms: number) => {
      bootMs += ms
      clock.pass(ms)
    }
    await first.ledger.intent(decisionOf('a', { charges: storedCharges(charges, 0), timeMs: clock.wallMs() }))
    clock.setWall(whileRunning)
    pass(10 * minute)
    await first.ledger.record(decisionOf('b', { timeMs: clock.wallMs() }), succeeded)
    await first.stop()
    pass(20 * minute)
    clock.setWall(whileStopped)

    // another process: its steady clock starts anew
    const later = new ManualClock(3, clock.wallMs())
    const second = await openFolder(folder, { clock: later, boot })
    const windows = await countedFrom(second.ledger, later, declared)
    const refused = windows.reserve(charges)
    const wait = refused.ok ? 0 : refused.refusal.retryAfterMs
    expect(wait, note).toBeGreaterThanOrEqual(30 * minute)
    expect(wait, note).toBeLessThanOrEqual(30 * minute + 5)
    await second.stop()
  }
})

test('A-094 records from the future, after a reboot with a clock set back → they count as now, never as gone', async () => {
  const folder = temporaryFolder()
  const charges = limited(1, hour)
  const clock = new ManualClock()
  const first = await openFolder(folder, { clock, boot: null })
  await first.ledger.intent(decisionOf('a', { charges: storedCharges(charges, 0), timeMs: clock.wallMs() }))
  await first.stop()
  const later = new ManualClock(3, clock.wallMs() - day)
  const second = await openFolder(folder, { clock: later, boot: null })
  const windows = await countedFrom(second.ledger, later, declared)
  const refused = windows.reserve(charges)
  expect(refused.ok ? undefined : refused.refusal.retryAfterMs).toBe(hour)
})

test('A-094 the clock is wrong, set right, or set back over a restart → a day of the calendar that was used stays used', async () => {
  const calendar = { unit: 'day', zone: 'Europe/Berlin' } as const
  const daily = [{ counter: 'calls', scope: 'grant', windowMs: day, calendar }] as const
  const charges = bindCharges([{ ...daily[0], max: 3, units: 1, rule: '/limits/0' }], who)
  const folder = temporaryFolder()
  let wallMs = Date.UTC(2026, 9, 24, 12)
  let calls = 0
  /** Another process, on a clock that shows `wallMs`: how many calls it admits that day. */
  const admitted = async () => {
    const clock = new ManualClock(5, wallMs)
    const { ledger, stop } = await openFolder(folder, { clock, boot: null })
    const windows = await countedFrom(ledger, clock, daily)
    let count = 0
    for (let call = 0; call < 5; call++) {
      const reserved = windows.reserve(charges)
      if (!reserved.ok) continue
      count++
      calls++
      const taken = storedCharges(charges, reserved.reservation.wallMs)
      await ledger.intent(decisionOf(`${calls}`, { charges: taken, timeMs: clock.wallMs() }))
    }
    await stop()
    return count
  }
  expect(await admitted()).toBe(3)
  wallMs += 400 * day
  expect(await admitted()).toBe(3)
  wallMs -= 400 * day
  expect(await admitted()).toBe(0)
  // the day of 25 hours is one day
  wallMs = Date.UTC(2026, 9, 24, 22)
  expect(await admitted()).toBe(3)
  wallMs += 25 * hour - 1
  expect(await admitted()).toBe(0)
  wallMs += 1
  expect(await admitted()).toBe(3)
  // the day on which the clock was wrong is there at last
  for (const days of [200, 174]) {
    wallMs += days * day
    expect(await admitted()).toBe(3)
  }
  wallMs = Date.UTC(2026, 9, 24, 12) + 400 * day
  expect(await admitted()).toBe(0)
})

test('A-095 window edge: 10 at 59.9 s and 10 at 60.1 s → the second ten wait until the first are a whole window old', () => {
  const clock = new ManualClock(0)
  const windows = new Windows(clock)
  const charges = limited(10, minute)
  const admitted = (times: number) =>
    Array.from({ length: times }, () => windows.reserve(charges)).filter(one => one.ok).length
  clock.pass(59_900)
  expect(admitted(10)).toBe(10)
  clock.pass(200)
  expect(admitted(10)).toBe(0)
  clock.pass(59_799)
  expect(admitted(10)).toBe(0)
  clock.pass(1)
  expect(admitted(20)).toBe(10)
})

test('A-097 disk full → calls denied at once with ERR_LEDGER_UNAVAILABLE, health shows it, and all resumes with space', async () => {
  const folder = temporaryFolder()
  // something else fills the file up to its quota, and is removed later
  const filled = await openFolder(folder)
  await filled.stop()
  const other = new DatabaseSync(join(folder, 'sallyport.db'))
  other.exec('CREATE TABLE filler(x BLOB)')
  other.exec('INSERT INTO filler VALUES(zeroblob(400000))')
  const { ledger, store } = await openFolder(folder, { pagesMax: 130 })
  const open = await ledger.intent(decisionOf('before'))
  const message = 'm'.repeat(1_000)
  const refusedIds: string[] = []
  // large records until none fits, then small ones until not even they do
  for (const more of [{ message }, {}]) {
    for (let count = 0, isFull = false; !isFull; count++) {
      const requestId = `${Object.keys(more).length} ${count}`
      const fault = await ledger.record(decisionOf(requestId, more), succeeded).then(
        () => undefined,
        (cause: Fault) => cause,
      )
      if (fault === undefined) continue
      expect(fault.refusal.code).toBe('ERR_LEDGER_UNAVAILABLE')
      refusedIds.push(requestId)
      isFull = true
    }
  }
  expect(ledger.health()).toMatchObject({ ok: false, lastError: expect.stringContaining('full') })
  expect(await codeOf(ledger.close(open, { ...succeeded, note: message }))).toBe('ERR_LEDGER_UNAVAILABLE')
  other.exec('DROP TABLE filler')
  other.close()
  // without any traffic: the store tries by itself
  await until(() => ledger.health().ok)
  await ledger.intent(decisionOf('after'))
  // the outcome that could not be written is not lost, and says that its answer was withheld
  await until(async () => (await ledger.page({ limit: 1, requestId: 'before' }))[0]?.outcome === 'succeeded')
  const lines = await allLines(ledger)
  expect(lines.find(line => line.requestId === 'before')?.note).toContain('withheld')
  expect(lines.filter(line => refusedIds.includes(line.requestId))).toEqual([])
  expect(verifyChain(lines)).toMatchObject({ ok: true })
  expect(store.health()).toMatchObject({ ok: true, queued: 0 })
})

test('A-097 store hangs → calls denied within the deadline, later ones at once; what became durable late is closed as refused', async () => {
  const folder = temporaryFolder()
  const { ledger } = await openFolder(folder, { writeMs: 100 })
  // a busy machine may miss so short a deadline now and then: that is what the deadline is for
  const recorded = async (requestId: string) => {
    for (;;) {
      const intent = await ledger.intent(decisionOf(requestId)).catch((fault: Fault) => fault.refusal.code)
      if (typeof intent !== 'string') return intent
      await until(() => ledger.health().ok)
    }
  }
  const open = await recorded('before')
  const other = new DatabaseSync(join(folder, 'sallyport.db'), { timeout: 5_000 })
  other.exec('BEGIN IMMEDIATE')
  const startMs = systemClock.steadyMs()
  expect(await codeOf(ledger.intent(decisionOf('late')))).toBe('ERR_LEDGER_UNAVAILABLE')
  expect(systemClock.steadyMs() - startMs).toBeGreaterThanOrEqual(95)
  expect(ledger.health()).toMatchObject({ ok: false })
  // that it hangs is known by now: nobody waits for it again
  const codes: string[] = []
  void codeOf(ledger.intent(decisionOf('at once'))).then(code => codes.push(code))
  void codeOf(ledger.close(open, succeeded)).then(code => codes.push(code))
  await new Promise(resolve => setImmediate(resolve))
  expect(codes).toEqual(['ERR_LEDGER_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'])
  other.exec('ROLLBACK')
  other.close()
  await until(() => ledger.health().ok)
  await until(async () => (await ledger.page({ limit: 1, requestId: 'before' }))[0]?.outcome !== null)
  await until(async () => (await ledger.page({ limit: 9 })).every(line => line.outcome !== null))
  const lines = await allLines(ledger)
  const late = lines.find(line => line.requestId === 'late')
  if (late !== undefined)
    expect(late).toMatchObject({ outcome: 'refused', released: true, note: expect.stringContaining('not forwarded') })
  expect(lines.some(line => line.requestId === 'at once')).toBe(false)
  expect(verifyChain(lines)).toMatchObject({ ok: true })
  await recorded('after')
})

test('A-097 store read-only from the start → the gateway does not start', async () => {
  const file = join(temporaryFolder(), 'a file where the folder should be')
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE x(y)')
  database.close()
  await expect(openFolder(join(file, 'data'))).rejects.toThrow()
})

test('A-098 kill −9 at each step of a call → nothing forwarded lacks its intent; what is not known is `unknown`', async () => {
  const writer = fileURLToPath(new URL('../fixtures/ledger-writer.ts', import.meta.url))
  for (let step = 0; step <= 5; step++) {
    const folder = temporaryFolder()
    const file = join(folder, 'said')
    const done = spawnSync(process.execPath, [writer, folder, file, 'step', String(step)], { stdio: 'inherit' })
    expect(done.signal).toBe('SIGKILL')
    const said = readFileSync(file, 'utf8').trim().split('\n')
    const ids = (kind: string) => said.filter(line => line.startsWith(`${kind} `)).map(line => line.slice(2))
    const { ledger, stop } = await openFolder(folder)
    const lines = await allLines(ledger)
    await stop()
    const note = `step ${step}`
    expect(verifyChain(lines), note).toMatchObject({ ok: true })
    const outcomes = new Map(lines.map(line => [line.requestId, line.outcome]))
    for (const id of ids('f')) expect(['succeeded', 'unknown'], note).toContain(outcomes.get(id))
    for (const id of ids('o')) expect(outcomes.get(id), note).toBe('succeeded')
    const answered = new Set(ids('o'))
    const forwardedOnly = ids('f').filter(id => !answered.has(id))
    expect(forwardedOnly.length, note).toBe(step === 3 || step === 4 ? 1 : 0)
    // before its outcome was asked for, nobody can know it
    if (step === 3) expect(outcomes.get(forwardedOnly[0] ?? ''), note).toBe('unknown')
    expect(
      [...outcomes.values()].filter(outcome => outcome === null),
      note,
    ).toEqual([])
  }
}, 120_000)

test('A-099 power loss after the acknowledgement → what is in the files without the process is complete', async () => {
  const folder = temporaryFolder()
  const { ledger } = await openFolder(folder)
  const intents = await Promise.all(
    Array.from({ length: 200 }, (_, index) => ledger.intent(decisionOf(`call ${index}`))),
  )
  await Promise.all(intents.slice(0, 100).map(intent => ledger.close(intent, succeeded)))
  // the database and its log, not the shared memory: a machine that starts again has no more than these
  const after = temporaryFolder()
  for (const name of ['sallyport.db', 'sallyport.db-wal']) {
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(after, name))
  }
  const copy = await openFolder(after)
  const lines = await allLines(copy.ledger)
  expect(lines.map(line => line.requestId).sort()).toEqual(intents.map(intent => intent.requestId).sort())
  expect(lines.filter(line => line.outcome === 'succeeded').length).toBe(100)
  expect(lines.filter(line => line.outcome === 'unknown').length).toBe(100)
  expect(verifyChain(lines)).toMatchObject({ ok: true })
})

/** A ledger of overlapping calls and refusals, with an open call at its end. */
async function busyLedger(folder: string): Promise<OpenedLedger> {
  const opened = await openFolder(folder)
  const { ledger } = opened
  for (let round = 0; round < 5; round++) {
    const intents = await Promise.all([0, 1, 2].map(index => ledger.intent(decisionOf(`${round}.${index}`))))
    await ledger.record(decisionOf(`${round}.denied`, { verdict: 'deny' }), { outcome: 'refused', durationMs: 0 })
    await Promise.all(intents.reverse().map(intent => ledger.close(intent, succeeded)))
  }
  await ledger.intent(decisionOf('open'))
  return opened
}

test('A-100 edit one byte, delete a middle row, swap two rows, replay an old row in an export → the first bad record is named', async () => {
  const { ledger } = await busyLedger(temporaryFolder())
  const lines = await allLines(ledger)
  expect(verifyChain(lines)).toMatchObject({ ok: true, head: { seq: 36 } })
  const changed = (change: (copy: LedgerLine[]) => void) => {
    const copy = structuredClone(lines)
    change(copy)
    return verifyChain(copy)
  }
  const middle = 7
  const { seq, requestId } = lines[middle] as LedgerLine
  const edited = changed(copy => {
    copy[middle] = { ...(copy[middle] as LedgerLine), principal: 'ci-bof' }
  })
  expect(edited).toMatchObject({ ok: false, seq, requestId })
  expect(changed(copy => copy.splice(middle, 1))).toMatchObject({ ok: false, seq })
  const swapped = changed(copy => copy.splice(middle, 2, copy[middle + 1] as LedgerLine, copy[middle] as LedgerLine))
  expect(swapped).toMatchObject({ ok: false, seq })
  const moved = changed(copy => {
    const [one, other] = [copy[middle] as LedgerLine, copy[middle + 1] as LedgerLine]
    copy.splice(middle, 2, { ...other, seq: one.seq, hash: one.hash }, { ...one, seq: other.seq, hash: other.hash })
  })
  expect(moved).toMatchObject({ ok: false, seq })
  expect(changed(copy => copy.splice(middle, 0, copy[2] as LedgerLine))).toMatchObject({
    ok: false,
    seq: lines[2]?.seq,
  })
  const renumbered = changed(copy => copy.push({ ...(copy[2] as LedgerLine), seq: 37, outcomeSeq: 38 }))
  expect(renumbered).toMatchObject({ ok: false, seq: 37 })
  const outcomeEdited = changed(copy => {
    copy[middle] = { ...(copy[middle] as LedgerLine), outcome: 'failed' }
  })
  expect(outcomeEdited.ok).toBe(false)
  expect(changed(copy => copy.pop())).toMatchObject({ ok: true })
  const head = { seq: 36, hash: lines.at(-1)?.hash ?? '' }
  expect(verifyChain(lines.slice(0, -1), head)).toMatchObject({ ok: false, seq: 36 })
})

test('A-100 the same done to the rows of the database behind the ledger → the export does not verify', async () => {
  const attacks: readonly (readonly [what: string, seq: number, sql: string])[] = [
    ['edit one byte', 10, `UPDATE entry SET text = replace(text, 'ci-bot', 'ci-bof') WHERE seq = 10`],
    ['edit an outcome', 13, `UPDATE entry SET text = replace(text, '"bytes":12', '"bytes":13') WHERE seq = 13`],
    ['delete a row', 12, 'DELETE FROM entry WHERE seq = 12'],
    [
      'swap two rows',
      8,
      'UPDATE entry SET seq = -8 WHERE seq = 8; UPDATE entry SET seq = 8 WHERE seq = 9; UPDATE entry SET seq = 9 WHERE seq = -8',
    ],
    ['replay a row', 37, 'INSERT INTO entry SELECT 37, decision, at_ms, wall_ms, text, hash FROM entry WHERE seq = 8'],
    [
      'give an outcome to another call',
      5,
      'UPDATE entry SET decision = -decision WHERE decision IN (1, 2); UPDATE entry SET decision = 3 + decision WHERE decision < 0',
    ],
  ]
  for (const [what, seq, sql] of attacks) {
    const folder = temporaryFolder()
    const { ledger, stop } = await busyLedger(folder)
    expect(verifyChain(await allLines(ledger)), what).toMatchObject({ ok: true })
    const database = new DatabaseSync(join(folder, 'sallyport.db'))
    database.exec(sql)
    database.close()
    const report = verifyChain(await allLines(ledger))
    expect(report, what).toMatchObject({ ok: false })
    if (!report.ok) expect(Math.abs(report.seq - seq), `${what}: ${report.reason}`).toBeLessThanOrEqual(2)
    await stop()
  }
})
