import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { quietLog, temporaryFolder } from '../../test/fixtures/ledger-folder.ts'
import { systemClock } from '../clock.ts'
import type { Fault } from '../errors.ts'
import { readLossless } from '../wire/json.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { Store } from './port.ts'
import { openDatabase } from './schema.ts'
import { openStore, type StoreOptions } from './sqlite.ts'

const open = (folder: string, more: Partial<StoreOptions> = {}) =>
  openStore({ folder, clock: systemClock, log: quietLog, ...more })

async function faultOf(promise: Promise<unknown>): Promise<Fault['refusal']> {
  const fault = await promise.then(
    () => undefined,
    (cause: Fault) => cause,
  )
  if (fault === undefined) throw new Error('no fault')
  return fault.refusal
}

test('one folder serves one gateway; the second is told which process holds it', async () => {
  const folder = temporaryFolder()
  const store = await open(folder)
  const refusal = await faultOf(open(folder))
  expect(refusal.code).toBe('ERR_STORE_LOCKED')
  expect(refusal.message).toContain(`(process ${process.pid})`)
  await store.stop()
  await (await open(folder)).stop()
})

test('the folder and its files are for their owner only', async () => {
  const folder = join(temporaryFolder(), 'new')
  const store = await open(folder)
  await store.journal.append('record', '{}')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  for (const name of ['sallyport.db', 'sallyport.db-wal']) {
    expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0)
  }
  await store.stop()
})

test('a file that is not ours is refused and left as it is', async () => {
  const text = temporaryFolder()
  writeFileSync(join(text, 'sallyport.db'), 'not a database at all, but long enough to look like a file'.repeat(20))
  expect(await faultOf(open(text))).toMatchObject({ code: 'ERR_STORE_UNREADABLE' })
  const foreign = temporaryFolder()
  const database = new DatabaseSync(join(foreign, 'sallyport.db'))
  database.exec('CREATE TABLE other(x)')
  database.close()
  expect((await faultOf(open(foreign))).message).toContain('another program')
  const newer = temporaryFolder()
  await (await open(newer)).stop()
  const made = new DatabaseSync(join(newer, 'sallyport.db'))
  made.exec('PRAGMA user_version = 99')
  made.close()
  expect(await faultOf(open(newer))).toMatchObject({ code: 'ERR_STORE_NEWER' })
  // the lock was given back: what is wrong is the file
  expect(await faultOf(open(newer))).toMatchObject({ code: 'ERR_STORE_NEWER' })
})

test('every commit is synced to the disk before it returns', () => {
  const database = openDatabase(join(temporaryFolder(), 'x.db'))
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  database.close()
})

test('state rows are durable, replaced, removed, and keep what doubles cannot', async () => {
  const folder = temporaryFolder()
  let store = await open(folder)
  const value = JSON.parse('{"__proto__":{"x":1},"text":"\\u0001 ä \\uD83D\\uDE00"}') as JsonObject
  await Promise.all([
    store.state.put('pins', 'b', value),
    store.state.put('pins', 'a', readLossless('{"n":12345678901234567890.5}', 9) as JsonObject),
    store.state.put('grants', 'a', { other: true }),
    store.state.put('pins', 'c', {}),
  ])
  await store.state.put('pins', 'c', { second: [1, null] })
  await store.state.remove('grants', 'a')
  await store.stop()
  store = await open(folder)
  const rows = await store.state.all('pins')
  expect(rows.map(row => row.name)).toEqual(['a', 'b', 'c'])
  expect(JSON.stringify(rows[0]?.value)).toBe('{"n":12345678901234567890.5}')
  expect(JSON.stringify(rows[1]?.value)).toBe(JSON.stringify(value))
  expect(rows[2]?.value).toEqual({ second: [1, null] })
  expect(await store.state.all('grants')).toEqual([])
  await store.stop()
})

test('rows handed over in one turn share a commit; each hears its own number, in order', async () => {
  const store = await open(temporaryFolder())
  const appends = Array.from({ length: 1_000 }, (_, index) => store.journal.append('record', `{"n":${index}}`))
  expect(store.health()).toMatchObject({ ok: true, queued: 1_000 })
  expect(await Promise.all(appends)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1))
  expect(store.health()).toEqual({ ok: true, lagMs: 0, queued: 0 })
  await store.stop()
})

test('a worker that dies is replaced: waiting rows are refused, later ones are written, the numbers go on', async () => {
  const store = await open(temporaryFolder())
  await store.journal.append('intent', '{"kind":"intent"}')
  const strays: number[] = []
  store.journal.onStray(seqs => void strays.push(...seqs))
  const waiting = faultOf(store.journal.append('record', '{"n":2}'))
  await (store as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate()
  expect(await waiting).toMatchObject({ code: 'ERR_LEDGER_UNAVAILABLE' })
  expect(store.health().ok).toBe(false)
  expect(await faultOf(store.journal.append('record', '{"n":3}'))).toMatchObject({ code: 'ERR_LEDGER_UNAVAILABLE' })
  while (!store.health().ok) await systemClock.sleep(20)
  expect(await store.journal.append('record', '{"n":4}')).toBeGreaterThan(1)
  // the open intent is still somebody's
  expect(strays).toEqual([])
  await store.stop()
})

test('after a stop nothing is taken any more', async () => {
  const store: Store = await open(temporaryFolder())
  const before = store.journal.append('record', '{}')
  const stopping = store.stop()
  expect(await before).toBe(1)
  await stopping
  expect(await faultOf(store.journal.append('record', '{}'))).toMatchObject({ code: 'ERR_LEDGER_UNAVAILABLE' })
  await store.stop()
})
