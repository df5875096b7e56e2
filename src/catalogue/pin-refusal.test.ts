import { expect, test } from 'vitest'
import { canonicalJson } from '../wire/canonical.ts'
import { judgeDefinition } from './definition.ts'
import { pinRefusals } from './pin-refusal.ts'
import { shippedServers } from './shipped.ts'

const recursive = {
  name: 'create_folder',
  inputSchema: {
    type: 'object',
    properties: { folder: { $ref: '#/$defs/folder' } },
    $defs: { folder: { type: 'object', properties: { children: { items: { $ref: '#/$defs/folder' } } } } },
  },
}

test('a schema that leads back to itself is named with the reason pinning gives, others are not', () => {
  const fine = { name: 'list', inputSchema: { type: 'object' } }
  expect(pinRefusals([fine, recursive, { ...fine, name: 'no name' }])).toEqual([
    { tool: 'create_folder', reason: expect.stringContaining('leads back to itself') },
    { tool: 'no name', reason: expect.stringContaining('its name is not') },
  ])
  const judged = judgeDefinition(recursive, canonicalJson(recursive))
  expect(judged.ok ? '' : judged.refusal.message).toContain(pinRefusals([recursive])[0]?.reason)
})

test('of shipped servers it says what pinning says', { timeout: 60_000 }, () => {
  const tools = shippedServers()
    .filter(({ record }) => ['microsoft-365', 'memory', 'sentry'].includes(record.slug))
    .flatMap(({ record }) => record.tools)
  const refused = tools.filter(tool => !judgeDefinition(tool, canonicalJson(tool)).ok).map(({ name }) => name)
  expect(pinRefusals(tools).map(({ tool }) => tool)).toEqual(refused)
  expect(refused).toHaveLength(10)
})
