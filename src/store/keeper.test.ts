import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/ledger-folder.ts'
import { chainHash, chainStart } from '../ledger/chain.ts'
import { limits } from '../limits.ts'
import { Keeper } from './keeper.ts'
import { complete, type Opened, opens, type WriteMessage } from './messages.ts'

const intent = (name: string) => `{"kind":"intent","requestId":"${name}"}`

let lastId = 0
function batch(texts: readonly string[], decisions: readonly number[]): WriteMessage {
  return ['write', ++lastId, 5, 5, texts, decisions, []]
}

function opened(file: string, pagesMax = 0): { keeper: Keeper; found: () => Opened } {
  const keeper = new Keeper({ file, pagesMax })
  let last: Opened | undefined
  keeper.ready(found => {
    last = found
  })
  return { keeper, found: () => last as Opened }
}

function chainOf(file: string): string[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare('SELECT seq, text, hash FROM entry ORDER BY seq').all()
  database.close()
  let hash = chainStart
  for (const [index, row] of rows.entries()) {
    hash = chainHash(hash, String(row['text']))
    expect(row).toMatchObject({ seq: index + 1, hash })
  }
  return rows.map(row => String(row['text']))
}

test('batches of one transaction are numbered in order, and each one hears its own numbers', () => {
  const file = join(temporaryFolder(), 'x.db')
  const { keeper } = opened(file)
  const one = batch([intent('a'), intent('b')], [opens, opens])
  const two = batch([intent('c')], [complete])
  expect(keeper.write([one, two])).toEqual([one[1], 1, two[1], 3])
  expect(chainOf(file)).toEqual([intent('a'), intent('b'), intent('c')])
})

test('an intent has one outcome: a second one is dropped, the rows beside it are not', () => {
  const file = join(temporaryFolder(), 'x.db')
  const { keeper } = opened(file)
  keeper.write([batch([intent('a'), intent('b')], [opens, opens])])
  keeper.write([batch(['{"outcome":1}'], [1])])
  const mixed = batch(['{"n":1}', '{"outcome":2}', '{"n":2}', '{"outcome":3}'], [complete, 1, complete, 2])
  expect(keeper.write([mixed])).toEqual([mixed[1], [4, 0, 5, 6]])
  expect(chainOf(file).slice(2)).toEqual(['{"outcome":1}', '{"n":1}', '{"n":2}', '{"outcome":3}'])
})

test('open intents are found again at the next start, also those from before the last mark', () => {
  const file = join(temporaryFolder(), 'x.db')
  const first = opened(file)
  first.keeper.write([batch([intent('a'), intent('b')], [opens, opens])])
  first.keeper.write([batch(['{"outcome":1}'], [1])])
  const many = Array.from({ length: limits.storeMarkEntries * 2 }, () => '{"kind":"record"}')
  first.keeper.write([
    batch(
      many,
      many.map(() => complete),
    ),
  ])
  first.keeper.write([batch([intent('z')], [opens])])
  first.keeper.abandon()
  const last = many.length + 4
  expect(opened(file).found()).toMatchObject({ open: [2, last], lastSeq: last })
})

test('a failed transaction leaves nothing, and the chain goes on from the last durable entry', () => {
  const file = join(temporaryFolder(), 'x.db')
  const { keeper } = opened(file, 60)
  keeper.write([batch([intent('a')], [opens])])
  const big = Array.from({ length: 400 }, (_, index) => `{"n":${index},"x":"${'x'.repeat(1_000)}"}`)
  expect(() =>
    keeper.write([
      batch(
        big,
        big.map(() => complete),
      ),
    ]),
  ).toThrow(/full/)
  expect(() => keeper.write([batch([intent('b')], [opens])])).toThrow(/not open/)
  let open: readonly number[] = []
  keeper.ready(found => {
    open = found.open
  })
  expect(open).toEqual([1])
  keeper.write([batch([intent('c')], [opens])])
  expect(chainOf(file)).toEqual([intent('a'), intent('c')])
})

test('a write into a store that another program holds fails after the busy time and works again after it', () => {
  const file = join(temporaryFolder(), 'x.db')
  const { keeper } = opened(file)
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  expect(() => keeper.write([batch([intent('a')], [opens])])).toThrow(/locked/)
  other.exec('ROLLBACK')
  other.close()
  keeper.ready(() => undefined)
  keeper.write([batch([intent('b')], [opens])])
  expect(chainOf(file)).toEqual([intent('b')])
})

test('the most that the wall clock was ahead is kept with the entries, and found in a file from before it was', () => {
  const file = join(temporaryFolder(), 'x.db')
  const aheadIn = () => {
    const database = new DatabaseSync(file)
    const ahead = database.prepare("SELECT value FROM mark WHERE name = 'wall ahead'").get()?.['value']
    database.close()
    return ahead
  }
  const at = (atMs: number, wallMs: number): WriteMessage => ['write', ++lastId, atMs, wallMs, ['{}'], [complete], []]
  const first = opened(file)
  first.keeper.write([at(1_000, 51_000), at(1_001, 3_000)])
  expect(aheadIn()).toBe(50_000 + limits.storeAheadMs)
  // what drifts by less is covered
  first.keeper.write([at(2_000, 52_900)])
  expect(aheadIn()).toBe(50_000 + limits.storeAheadMs)
  first.keeper.write([at(3_000, 903_000)])
  expect(aheadIn()).toBe(900_000 + limits.storeAheadMs)
  first.keeper.abandon()
  const database = new DatabaseSync(file)
  database.exec('DELETE FROM mark')
  database.close()
  const second = opened(file)
  second.keeper.write([at(4_000, 5_000)])
  expect(aheadIn()).toBe(900_000 + limits.storeAheadMs)
})
