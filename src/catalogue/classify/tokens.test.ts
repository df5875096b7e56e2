import { readFileSync } from 'node:fs'
import fc from 'fast-check'
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

test('a text counts as its parts do: the encoder gives the same for the whole definition', async () => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const { tools } = JSON.parse(readFileSync('eval/data/public/mongodb.json', 'utf8')) as { tools: readonly object[] }
  const texts = [...tools.map(tool => JSON.stringify(tool)), 'don\'t"say"it\'s"\u0009a"', 'a"\n b""c"d\'s"']
  // twice: the second time from memory
  for (const text of [...texts, ...texts]) expect(count(text)).toBe(countTokens(text))
})

test('any text counts as its parts do', async () => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const plain = { disallowedSpecial: new Set<string>() }
  const text = fc.array(fc.constantFrom('a', 'the', '"', ' ', '\n', "'s", '1', ':', '{', 'É', '漢', '.', '\t'), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, parts => {
      expect(count(parts.join(''))).toBe(countTokens(parts.join(''), plain))
    }),
    { numRuns: 2_000 },
  )
})
