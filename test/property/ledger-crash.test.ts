/**
 * P3 under `kill -9`: a process writes a ledger under load and is killed at a random instant, twenty times over on one
 * data folder. Whatever it had acknowledged is there afterwards, every forwarded call has its intent, what was open is
 * `unknown`, and the chain goes on unbroken from one life to the next.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifyChain } from '../../src/ledger/chain.ts'
import { allLines, openFolder, temporaryFolder } from '../fixtures/ledger-folder.ts'

const writer = fileURLToPath(new URL('../fixtures/ledger-writer.ts', import.meta.url))
const kills = 20

/** Runs the writer for `ms` after it is ready and kills it. */
async function writeAndDie(folder: string, file: string, ms: number): Promise<void> {
  const child = spawn(process.execPath, [writer, folder, file, 'load'], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms))
  await new Promise(resolve => child.once('close', resolve))
}

/** What all processes together had said, by kind. The last line of one that was killed is whole or was never said. */
function readSaid(file: string): Map<string, string[]> {
  const said = new Map<string, string[]>(['i', 'f', 'o', 'r'].map(kind => [kind, []]))
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [kind = '', id = ''] = line.split(' ')
    said.get(kind)?.push(id)
  }
  return said
}

test(`killed at ${kills} random instants under load, every acknowledged row is there and the chain holds`, async () => {
  const folder = temporaryFolder()
  const file = join(temporaryFolder(), 'said')
  const instants = fc.sample(fc.integer({ min: 1, max: 150 }), kills)
  let lastSeq = 0
  for (const ms of instants) {
    await writeAndDie(folder, file, ms)
    const said = readSaid(file)
    const { ledger, stop } = await openFolder(folder)
    const lines = await allLines(ledger)
    await stop()
    const note = `killed after ${ms} ms`
    const report = verifyChain(lines)
    expect(report, note).toMatchObject({ ok: true })
    if (report.ok) {
      expect(report.head.seq, note).toBeGreaterThanOrEqual(lastSeq)
      lastSeq = report.head.seq
    }
    const byId = new Map(lines.map(line => [line.requestId, line]))
    expect(byId.size, note).toBe(lines.length)
    for (const [kind, ids] of said) {
      expect(
        ids.filter(id => !byId.has(id)),
        `${note}, ${kind}`,
      ).toEqual([])
    }
    const answered = new Set(said.get('o'))
    for (const line of lines) {
      expect(line.outcome, note).not.toBeNull()
      if (answered.has(line.requestId)) expect(line.outcome, note).toBe('succeeded')
      if (line.outcome !== 'unknown') continue
      expect(line.note, note).toBe('gateway stopped before the answer was recorded')
    }
  }
  expect(readSaid(file).get('o')?.length).toBeGreaterThan(kills)
}, 180_000)
