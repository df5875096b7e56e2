import { expect, onTestFinished, test } from 'vitest'
import { useStdio } from '../../../test/fixtures/upstreams/use.ts'
import { introspect } from './introspect.ts'

const binary = (name: string) => new URL(`../../../node_modules/.bin/${name}`, import.meta.url).pathname

test('a real server is seen whole, with progress for each list', async () => {
  const upstream = useStdio(binary('mcp-server-everything'), ['stdio'])
  onTestFinished(() => upstream.stop())
  const steps: string[] = []
  const scan = await introspect(upstream, { version: '0', onProgress: step => steps.push(step) })
  if (!scan.ok) throw new Error(scan.refusal.message)
  const { tools, prompts, resources, resourceTemplates, notes, era } = scan.value
  expect(tools.map(({ name }) => name)).toContain('echo')
  expect([prompts, resources, resourceTemplates].map(list => list.length > 0)).toEqual([true, true, true])
  expect([notes, era]).toEqual([[], 'legacy'])
  expect(new Set(steps)).toEqual(
    new Set(['connecting', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']),
  )
})

test('a modern server is seen in its own era', async () => {
  const upstream = useStdio(binary('context7-mcp'), [])
  const scan = await introspect(upstream, { version: '0' })
  expect(scan.ok && [scan.value.era, scan.value.tools.length > 0]).toEqual(['modern', true])
})

test('a server that cannot start is refused with what it printed last', async () => {
  const upstream = useStdio(process.execPath, ['-e', 'console.error("KEY is missing"); process.exit(1)'])
  const scan = await introspect(upstream, { version: '0' })
  expect(!scan.ok && scan.refusal.message).toContain('KEY is missing')
})

test('time that runs out ends the look', async () => {
  const upstream = useStdio(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
  const scan = await introspect(upstream, { version: '0', signal: AbortSignal.timeout(300) })
  expect(!scan.ok && scan.refusal.message).toContain('did not answer in time')
})
