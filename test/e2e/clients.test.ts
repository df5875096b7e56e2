/**
 * Official clients against the gateway: SDK v1 and v2 (legacy, negotiating, pinned) in front of a legacy and of a
 * modern upstream. Lists and calls, progress, logs, elicitation, sampling, roots, list changes, resource updates and
 * cancellation are relayed in every combination.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConformanceContent } from '../fixtures/conformance-content.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { text } from '../fixtures/fields.ts'
import { localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { connectSdk, type SdkClient, type SdkKind, sdkKinds } from '../fixtures/sdk-clients.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const eras = ['legacy', 'modern'] as const
const combinations = sdkKinds.flatMap(kind => eras.map(upstream => ({ kind, upstream })))
const heardMs = 60_000

let gateway: TestGateway
const upstreams = new Map<string, FixtureServer<ConformanceContent>>()

beforeAll(async () => {
  for (const era of eras) upstreams.set(era, await startConformanceUpstream(era))
  const servers = Object.fromEntries([...upstreams].map(([era, upstream]) => [era, localServer(upstream.url)]))
  gateway = await startGateway({ servers })
})

afterAll(async () => {
  await gateway?.stop()
  for (const upstream of upstreams.values()) await upstream.stop()
})

describe.each(combinations)('$kind client, $upstream upstream', ({ kind, upstream }) => {
  let client: SdkClient

  beforeAll(async () => {
    client = await connectSdk(kind, gateway.endpoint(upstream), gateway.tokens['agent'] ?? '')
  })

  afterAll(async () => {
    await client?.close()
  })

  test('speaks its own era', () => {
    expect(client.era).toBe(kind === 'v1' || kind === 'v2-legacy' ? 'legacy' : 'modern')
  })

  test('lists tools, prompts and resources', async () => {
    const tools = (await client.listTools()).map(tool => text(tool['name']))
    expect(tools).toContain('test_simple_text')
    expect(tools).toContain('json_schema_2020_12_tool')
    expect(await client.listPrompts()).toContain('test_prompt_with_arguments')
    expect(await client.listResources()).toContain('test://static-text')
  })

  test('calls a tool, reads a resource, gets a prompt, completes an argument', async () => {
    expect(await client.call('test_simple_text', {})).toBe('This is a simple text response for testing.')
    expect(await client.call('test_x_mcp_header', { region: 'Zürich', level: 3 })).toBe('region=Zürich')
    expect(await client.readResource('test://static-text')).toBe('This is the content of the static text resource.')
    expect(await client.readResource('test://template/7/data')).toContain('Data for ID: 7')
    const prompt = await client.getPrompt('test_prompt_with_arguments', { arg1: 'a', arg2: 'b' })
    expect(prompt).toBe("Prompt with arguments: arg1='a', arg2='b'")
    expect(await client.complete('test_prompt_with_arguments', 'arg1', 'par')).toEqual(['paris', 'park', 'party'])
  })

  test('a tool that asks gets its answers: elicitation, sampling, roots, all at once, in rounds', async () => {
    client.asked.length = 0
    expect(await client.call('test_input_required_result_elicitation', {})).toBe('Hello, Alice!')
    expect(await client.call('test_input_required_result_sampling', {})).toBe('Paris')
    expect(await client.call('test_input_required_result_list_roots', {})).toContain('file:///test/root')
    expect(client.asked).toEqual(['elicitation/create', 'sampling/createMessage', 'roots/list'])
    expect(await client.call('test_input_required_result_multiple_inputs', {})).toContain('Paris Alice')
    expect(await client.call('test_input_required_result_multi_round', {})).toContain('Alice likes')
    expect(client.asked).toHaveLength(8)
  })

  test('a prompt that asks gets its answer', async () => {
    expect(await client.getPrompt('test_input_required_result_prompt', {})).toContain('Use this context')
  })

  test('hears progress in order', async () => {
    const progress: number[] = []
    await client.call('test_tool_with_progress', {}, { onProgress: value => progress.push(value) })
    expect(progress).toEqual([0, 50, 100])
  })

  test('hears logs at the level it asked for, and none below', async () => {
    await client.setLevel('debug')
    client.heard.length = 0
    await client.call('test_tool_with_logging', {})
    const logs = ['Tool execution started', 'Tool processing data', 'Tool execution completed']
    await until(() => client.heard.length >= 3)
    expect(client.heard).toEqual(logs)
    await client.setLevel('warning')
    client.heard.length = 0
    await client.call('test_tool_with_logging', {})
    await sleep(100)
    expect(client.heard).toEqual([])
  })

  test('hears list changes and updates of a watched resource', async () => {
    await client.watch('test://watched-resource')
    client.heard.length = 0
    await client.call('test_touch_watched_resource', {})
    await until(() => client.heard.includes('notifications/resources/updated test://watched-resource'))
    await client.call('test_trigger_tool_change', {})
    await until(() => client.heard.includes('notifications/tools/list_changed'))
    // A tool that appears after the first look waits for a review: it is neither listed nor callable.
    expect((await client.listTools()).map(tool => text(tool['name']))).not.toContain('test_dynamic_tool')
    await client.call('test_trigger_tool_change', {})
  })

  test('giving up on a call cancels it upstream', async () => {
    const seen = upstreams.get(upstream)?.content.seen ?? []
    const before = seen.length
    const giveUp = new AbortController()
    const call = client.call('test_slow_call', { ms: 20_000 }, { signal: giveUp.signal })
    const failed = expect(call).rejects.toThrow()
    const slow = () => seen.slice(before).find(request => request.name === 'test_slow_call')
    await until(() => slow() !== undefined)
    giveUp.abort()
    await failed
    await until(() => slow()?.cancelled === true)
  })
})

describe.each(sdkKinds)('%s client behind /mcp', kind => {
  test('the same works under names with the server in front', async () => {
    const client = await connectSdk(kind, gateway.endpoint(), gateway.tokens['agent'] ?? '')
    const tools = (await client.listTools()).map(tool => text(tool['name']))
    for (const upstream of eras) {
      expect(tools).toContain(`${upstream}__test_simple_text`)
      expect(await client.call(`${upstream}__test_x_mcp_header`, { region: 'Zürich' })).toBe('region=Zürich')
      expect(await client.call(`${upstream}__test_input_required_result_elicitation`, {})).toBe('Hello, Alice!')
      const progress: number[] = []
      await client.call(`${upstream}__test_tool_with_progress`, {}, { onProgress: value => progress.push(value) })
      expect(progress).toEqual([0, 50, 100])
      expect(await client.getPrompt(`${upstream}__test_prompt_with_arguments`, { arg1: 'a', arg2: 'b' })).toContain(
        "'a'",
      )
    }
    await client.close()
  })
})

describe('an upstream that lost its sessions', () => {
  const connect = (kind: SdkKind): Promise<SdkClient> =>
    connectSdk(kind, gateway.endpoint('legacy'), gateway.tokens['agent'] ?? '')

  test.each(['v1', 'v2-legacy'] as const)('ends the session of a %s client, which initializes again', async kind => {
    const client = await connect(kind)
    expect(await client.call('test_simple_text', {})).toContain('simple text')
    upstreams.get('legacy')?.legacy.forgetSessions()
    await expect(client.call('test_simple_text', {})).rejects.toThrow(/no such session/)
    await expect(client.listTools()).rejects.toThrow(/no such session/)
    const again = await connect(kind)
    expect(await again.call('test_simple_text', {})).toContain('simple text')
    await again.close()
  })

  test('goes unnoticed by a modern client', async () => {
    const client = await connect('v2-auto')
    expect(await client.call('test_simple_text', {})).toContain('simple text')
    upstreams.get('legacy')?.legacy.forgetSessions()
    expect(await client.call('test_simple_text', {})).toContain('simple text')
    expect(await client.call('test_input_required_result_elicitation', {})).toBe('Hello, Alice!')
    await client.close()
  })
})

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + heardMs
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited ${heardMs} ms in vain for ${isSo}`)
    await sleep(10)
  }
}
