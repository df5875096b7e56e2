import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { chainHash, chainStart, verifyChain } from './chain.ts'
import { type LedgerLine, lineOf, type StoredEntry } from './line.ts'
import { type Decision, intentText, type Outcome, outcomeText, recordText } from './record.ts'

const decision = (requestId: string): Decision => ({
  ...{ requestId, timeMs: 5, principal: 'p', grant: 'g', server: 's', method: 'tools/call', tool: 't' },
  ...{ verdict: 'allow', rule: '/tools/t' },
})
const outcome: Outcome = { outcome: 'succeeded', durationMs: 2 }

/** Two calls that overlap, a refusal between them, and a call that is still open. */
function sample(): LedgerLine[] {
  let hash = chainStart
  const entries: StoredEntry[] = [
    intentText(decision('a')),
    intentText(decision('b')),
    recordText(decision('c'), { outcome: 'refused', durationMs: 0 }),
    outcomeText(2, outcome, 9),
    outcomeText(1, outcome, 9),
    intentText(decision('d')),
  ].map((text, index) => {
    hash = chainHash(hash, text)
    return { seq: index + 1, text, hash }
  })
  const entry = (seq: number) => entries[seq - 1] as StoredEntry
  return [
    lineOf(entry(1), entry(5)),
    lineOf(entry(2), entry(4)),
    lineOf(entry(3), undefined),
    lineOf(entry(6), undefined),
  ]
}

test('the hash is SHA-256 over the hash before, in hexadecimal, and the text', () => {
  const text = intentText(decision('ä'))
  expect(chainHash(chainStart, text)).toBe(
    createHash('sha256')
      .update(`${'0'.repeat(64)}${text}`, 'utf8')
      .digest('hex'),
  )
})

test('an untouched export verifies, up to the head', () => {
  const lines = sample()
  const report = verifyChain(lines)
  expect(report).toEqual({ ok: true, head: { seq: 6, hash: lines[3]?.hash } })
  expect(verifyChain([])).toEqual({ ok: true, head: { seq: 0, hash: chainStart } })
})

test('a cut end is found with a head kept elsewhere', () => {
  const lines = sample()
  const head = { seq: 6, hash: lines[3]?.hash ?? '' }
  expect(verifyChain(lines, head).ok).toBe(true)
  expect(verifyChain(lines.slice(0, 3), head)).toMatchObject({ ok: false, seq: 6 })
  expect(verifyChain(lines, { seq: 6, hash: chainStart })).toMatchObject({ ok: false })
})

test('every single change of a line is found, and the entry it touches is named', () => {
  for (const [index, line] of sample().entries()) {
    for (const key of Object.keys(line) as (keyof LedgerLine)[]) {
      const lines = sample()
      const value = line[key]
      const other = typeof value === 'number' ? value + 1 : value === null ? 'x' : `${value}x`
      lines[index] = { ...line, [key]: other } as LedgerLine
      expect(verifyChain(lines).ok, `${key} of line ${index}`).toBe(false)
      const without = { ...line } as Record<string, unknown>
      delete without[key]
      lines[index] = without as unknown as LedgerLine
      // null and absent say the same: nothing was recorded
      expect(verifyChain(lines).ok, `${key} of line ${index} gone`).toBe(line[key] === null)
    }
  }
  const added = { approved: true, note: 'fine', bytes: 0, outcomeSeq: 7 }
  for (const [key, value] of Object.entries(added)) {
    const lines = sample()
    lines[3] = { ...(lines[3] as LedgerLine), [key]: value }
    expect(verifyChain(lines), `${key} added`).toMatchObject({ ok: false, requestId: 'd' })
  }
  const lines = sample()
  lines[1] = { ...(lines[1] as LedgerLine), rule: '/tools/other' }
  expect(verifyChain(lines)).toMatchObject({ ok: false, seq: 2, requestId: 'b' })
})

test('lines of the wrong shape are findings, not exceptions', () => {
  const [first] = sample()
  for (const odd of [
    {},
    { seq: 1 },
    { ...first, argKeys: 7 },
    { ...first, charges: 'x' },
    { ...first, charges: [null, 1] },
    { ...first, settled: [null, 'x'] },
    { ...first, principal: {} },
    { ...first, time: 5 },
  ]) {
    expect(verifyChain([odd as LedgerLine]).ok).toBe(false)
  }
})
