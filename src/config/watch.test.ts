import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { limits } from '../limits.ts'
import { watchFiles } from './watch.ts'

let folder: string
let file: string
let clock: ManualClock
let changes: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-watch-'))
  file = join(folder, 'sallyport.yaml')
  writeFileSync(file, 'one')
  clock = new ManualClock()
  changes = 0
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Lets the watch look `count` times. */
async function looks(count: number): Promise<void> {
  for (let look = 0; look < count; look += 1) {
    clock.pass(limits.configLookMs)
    await new Promise(resolve => setImmediate(resolve))
  }
}

function watching() {
  const watch = watchFiles(clock, async () => {
    changes += 1
  })
  watch.reset([file])
  return watch
}

test('a change is reported once, when the file has stood still', async () => {
  const watch = watching()
  await looks(3)
  const before = changes
  writeFileSync(file, 'two and more')
  await looks(1)
  writeFileSync(file, 'three and more again')
  await looks(1)
  expect(changes).toBe(before)
  await looks(3)
  expect(changes).toBe(before + 1)
  watch.stop()
})

test('a file that is replaced, removed or made again is a change', async () => {
  const watch = watching()
  await looks(3)
  const before = changes
  writeFileSync(join(folder, 'new'), 'one')
  renameSync(join(folder, 'new'), file)
  await looks(3)
  rmSync(file)
  await looks(3)
  writeFileSync(file, 'one')
  await looks(3)
  expect(changes).toBe(before + 3)
  watch.stop()
})

test('files that are watched from now on are reported once: they may have changed since they were read', async () => {
  const watch = watching()
  await looks(3)
  const before = changes
  watch.reset([file])
  await looks(3)
  expect(changes).toBe(before)
  watch.reset([file, join(folder, 'policy.json')])
  await looks(3)
  expect(changes).toBe(before + 1)
  watch.stop()
})

test('nothing is reported after the watch ends', async () => {
  const watch = watching()
  await looks(3)
  const before = changes
  watch.stop()
  writeFileSync(file, 'changed')
  await looks(3)
  expect(changes).toBe(before)
})
