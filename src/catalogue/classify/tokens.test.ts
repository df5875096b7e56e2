import { expect, test } from 'vitest'
import { loadTokenCounter } from './tokens.ts'

const count = await loadTokenCounter()

test.each([
  ['hello world', 2],
  ['{"name":"read_file"}', 6],
  ['<|endoftext|>', 7],
  ['', 0],
])('%j is %i tokens', (text, tokens) => {
  expect(count(text)).toBe(tokens)
})

test.each(['a', '漢', ' ', '='])('a run of %j is counted in time, and about right', character => {
  const start = process.cpuUsage()
  const tokens = count(character.repeat(300_000))
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(3_000)
  expect(tokens).toBeGreaterThan(1_000)
  expect(tokens).toBeLessThanOrEqual(300_000)
})
