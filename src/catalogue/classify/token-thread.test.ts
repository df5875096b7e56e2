import { expect, test } from 'vitest'
import type { JsonObject } from '../../wire/json-types.ts'
import { classifyCounted, classifyTools } from './classify.ts'
import { countInThread } from './token-thread.ts'
import { loadTokenCounter } from './tokens.ts'

const definitions: readonly JsonObject[] = [
  { name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object' } },
  {
    name: 'delete_file',
    description: 'Deletes a file, 漢字 and <|endoftext|>.',
    annotations: { destructiveHint: true },
  },
  { name: 'delete_all', description: 'Deletes everything.' },
]

test('tokens counted apart are the same tokens, and so is the rating', async () => {
  const countTokens = await loadTokenCounter()
  const counted = await countInThread(definitions)
  expect(counted).toEqual(definitions.map(each => countTokens(JSON.stringify(each))))
  expect(await classifyCounted(definitions, countInThread(definitions))).toEqual(
    classifyTools(definitions, { countTokens }),
  )
})

test('no definitions, no tokens', async () => {
  expect(await countInThread([])).toEqual([])
})
