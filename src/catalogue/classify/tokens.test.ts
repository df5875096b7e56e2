import { expect, test } from 'vitest'
import { growth } from '../../../test/fixtures/growth.ts'
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
  const [short, long] = [character.repeat(4_688), character.repeat(300_000)]
  const tokens = count(long)
  expect(
    growth(
      64,
      () => count(short),
      () => count(long),
      3,
    ),
  ).toBeLessThan(16)
  expect(tokens).toBeGreaterThan(1_000)
  expect(tokens).toBeLessThanOrEqual(300_000)
})
