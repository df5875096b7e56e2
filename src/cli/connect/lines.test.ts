import { expect, test } from 'vitest'
import { readLines } from './lines.ts'

async function lines(chunks: readonly (string | Uint8Array)[], bytesMax = 100): Promise<(string | undefined)[]> {
  const read: (string | undefined)[] = []
  const source = async function* () {
    yield* chunks
  }
  for await (const line of readLines(source(), bytesMax)) read.push(line?.toString('utf8'))
  return read
}

test('lines come whole however the bytes are cut', async () => {
  const text = '{"a":"é"}\n{"b":2}\r\n\n{"c":3}'
  const bytes = Buffer.from(text)
  const expected = ['{"a":"é"}', '{"b":2}\r', '{"c":3}']
  expect(await lines([text])).toEqual(expected)
  expect(await lines([...bytes].map(byte => Uint8Array.of(byte)))).toEqual(expected)
})

test('a line over the limit is reported once and the next one is read', async () => {
  expect(await lines(['x'.repeat(60), 'x'.repeat(60), 'x\n{"a":1}\n'])).toEqual([undefined, '{"a":1}'])
  expect(await lines([`${'x'.repeat(101)}\n`, 'ok\n'])).toEqual([undefined, 'ok'])
  expect(await lines([`${'x'.repeat(100)}\n`])).toEqual(['x'.repeat(100)])
})

test('an endless line without a line end is never held', async () => {
  const endless = Array.from({ length: 1000 }, () => 'x'.repeat(100))
  expect(await lines(endless)).toEqual([])
})
