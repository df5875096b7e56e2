/**
 * The ledger against a model: random calls that overlap, refusals, releases, double closes, drains, clean stops and
 * worker deaths. After every history the export says exactly what the model says, verifies, and the charges that a
 * restart would put back are those of admitted, unreleased calls.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { verifyChain } from '../../src/ledger/chain.ts'
import type { OpenIntent } from '../../src/ledger/ledger.ts'
import type { Outcome } from '../../src/ledger/record.ts'
import {
  allLines,
  decisionOf,
  type OpenedLedger,
  openFolder,
  recentOf,
  temporaryFolder,
} from '../fixtures/ledger-folder.ts'

type Said = Outcome['outcome'] | null

const outcomes = fc.constantFrom<Outcome>(
  { outcome: 'succeeded', durationMs: 1 },
  { outcome: 'failed', durationMs: 2, note: 'error -32603' },
  { outcome: 'unknown', durationMs: 3 },
  { outcome: 'refused', durationMs: 4, released: true },
)
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('call' as const),
        count: fc.integer({ min: 1, max: 6 }),
        outcome: outcomes,
        closes: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('record' as const),
        verdict: fc.constantFrom('allow' as const, 'deny' as const),
        outcome: outcomes,
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), of: fc.nat(), outcome: outcomes }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('worker dies' as const) }) },
  ),
  { minLength: 5, maxLength: 25, size: 'max' },
)

test('whatever happens, the export is what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async history => {
      const folder = temporaryFolder()
      let opened: OpenedLedger = await openFolder(folder)
      const said = new Map<string, Said>()
      const charged = new Map<string, number>()
      const open = new Map<OpenIntent, string>()
      let units = 0
      const chargesOf = (id: string) => {
        charged.set(id, ++units)
        return [{ bucket: 'grant 1:c 1:g 1:s', units, windowMs: 3_600_000 }]
      }
      const settle = (id: string, outcome: Outcome) => {
        said.set(id, outcome.outcome)
        if (outcome.released === true) charged.delete(id)
      }
      const close = async (intent: OpenIntent, id: string, outcome: Outcome) => {
        open.delete(intent)
        await opened.ledger.close(intent, outcome)
        settle(id, outcome)
        await expect(opened.ledger.close(intent, outcome)).rejects.toMatchObject({
          refusal: { code: 'ERR_LEDGER_CLOSED' },
        })
      }
      for (const step of history) {
        const { ledger, store } = opened
        if (step.do === 'call') {
          const ids = Array.from({ length: step.count }, (_, index) => `call ${said.size + index}`)
          const calls = ids.map(async id => {
            said.set(id, null)
            const intent = await ledger.intent(decisionOf(id, { charges: chargesOf(id) }))
            open.set(intent, id)
            if (step.closes) await close(intent, id, step.outcome)
          })
          await Promise.all(calls)
        } else if (step.do === 'record') {
          const id = `record ${said.size}`
          const { verdict, outcome } = step
          await ledger.record(decisionOf(id, { verdict, charges: chargesOf(id) }), outcome)
          settle(id, outcome)
          if (verdict === 'deny') charged.delete(id)
        } else if (step.do === 'close') {
          const [intent, id] = [...open][step.of % Math.max(1, open.size)] ?? []
          if (intent !== undefined && id !== undefined) await close(intent, id, step.outcome)
        } else if (step.do === 'worker dies') {
          await (store as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate()
          while (!store.health().ok) await systemClock.sleep(10)
        } else {
          if (step.do === 'drain') await ledger.drain(0)
          for (const id of open.values()) said.set(id, 'unknown')
          if (step.do === 'drain') {
            open.clear()
            continue
          }
          await opened.stop()
          opened = await openFolder(folder)
          open.clear()
        }
      }
      const lines = await allLines(opened.ledger)
      expect(new Map(lines.map(line => [line.requestId, line.outcome]))).toEqual(said)
      expect(lines.length).toBe(said.size)
      expect(verifyChain(lines)).toMatchObject({ ok: true })
      const recent = await recentOf(opened.ledger, { ageMs: 3_600_000 })
      const taken = recent.map(one => one.charges[0]?.units)
      expect(taken.sort()).toEqual([...charged.values()].sort())
      await opened.stop()
    }),
    { numRuns: 10, endOnFailure: true },
  )
}, 180_000)
