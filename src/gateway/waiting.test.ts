/** Servers that keep an answer back, at the door of all servers and at their own. */
import { afterEach, expect, test } from 'vitest'
import { HandMadeUpstream, type PartsGateway, startParts, until } from '../../test/fixtures/gateway-parts.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import type { PinnedTool } from '../catalogue/pins.ts'
import { limits } from '../limits.ts'

let parts: PartsGateway | undefined

afterEach(async () => {
  await parts?.stop()
  parts = undefined
})

const never = new Promise<never>(() => undefined)
const prompts = {
  kind: 'result',
  result: { prompts: [{ name: 'greet' }] },
  bytes: 1,
  status: 200,
  redactions: 0,
} as const

async function start(era: 'legacy' | 'modern' = 'modern') {
  const clock = new ManualClock()
  const upstreams = { prompt: new HandMadeUpstream(era), mute: new HandMadeUpstream(era) }
  for (const upstream of Object.values(upstreams)) upstream.answer = () => prompts
  const gateway = await startParts({ servers: upstreams, clock })
  parts = gateway
  const client = (clientEra: 'legacy' | 'modern', server?: string) =>
    new RawClient(gateway.endpoint(server), gateway.tokens.alice, clientEra)
  return { ...upstreams, gateway, clock, client }
}

test('a list behind /mcp is answered without the server that keeps its part back; that request is ended', async () => {
  const { prompt, mute, gateway, clock, client } = await start()
  mute.answer = () => never
  const listing = client('modern').request('prompts/list')
  await until(() => prompt.sent.length === 1 && mute.sent.length === 1, 'both servers asked')
  clock.pass(limits.sharedServerMs - 1)
  expect(mute.sent[0]?.signal.aborted).toBe(false)
  clock.pass(1)
  expect((await listing).result?.['prompts']).toEqual([{ name: 'prompt__greet' }])
  expect(mute.sent[0]?.signal.aborted).toBe(true)
  expect(gateway.leftOut).toEqual(['mute'])
  expect(gateway.logged).toContain('a server kept its answer back and was left out')
})

test('a server that cannot be reached is left out of a list at once', async () => {
  const { mute, gateway, client } = await start()
  mute.isDown = true
  expect((await client('modern').request('prompts/list')).result?.['prompts']).toEqual([{ name: 'prompt__greet' }])
  expect(gateway.leftOut).toEqual(['mute'])
})

test.each(['initialize', 'server/discover'] as const)(
  '%s behind /mcp does not wait for a server that says nothing',
  async method => {
    const { mute, gateway, clock, client } = await start()
    let isAsked = false
    mute.identity = () => {
      isAsked = true
      return never
    }
    const params = method === 'initialize' ? { protocolVersion: '2025-11-25', capabilities: {} } : {}
    const answering = client(method === 'initialize' ? 'legacy' : 'modern').request(method, params)
    await until(() => isAsked, 'the server asked')
    clock.pass(limits.sharedServerMs)
    expect((await answering).result?.['capabilities']).toMatchObject({ tools: { listChanged: true }, prompts: {} })
    expect(gateway.leftOut).toEqual(['mute'])
  },
)

test('a session that opens after nobody waits for it any more is closed', async () => {
  const { mute, clock, client } = await start('legacy')
  const open = mute.openSession.bind(mute)
  let release: (() => void) | undefined
  mute.openSession = async () => {
    await new Promise<void>(resolve => {
      release = resolve
    })
    return await open()
  }
  const connecting = client('legacy').connect()
  await until(() => release !== undefined, 'the session asked for')
  clock.pass(limits.sharedServerMs)
  await connecting
  expect(mute.closed).toEqual([])
  release?.()
  await until(() => mute.closed.length === 1, 'the late session closed')
})

test('the address of a resource behind /mcp is found though another server keeps its lists back', async () => {
  const { prompt, mute, clock, client } = await start()
  prompt.answer = ({ method }) => ({
    ...prompts,
    result:
      method === 'resources/read'
        ? { contents: [] }
        : { resources: [{ uri: 'file:///a', name: 'a' }], resourceTemplates: [] },
  })
  mute.answer = () => never
  const reading = client('modern').request('resources/read', { uri: 'file:///a' })
  await until(() => prompt.sent.length === 2 && mute.sent.length === 1, 'both servers asked')
  clock.pass(limits.sharedServerMs)
  expect((await reading).result?.['contents']).toEqual([])
})

test('at its own door a server takes the time it takes', async () => {
  const { mute, gateway, clock, client } = await start()
  let release: () => void = () => undefined
  mute.answer = () =>
    new Promise(resolve => {
      release = () => resolve(prompts)
    })
  const listing = client('modern', 'mute').request('prompts/list')
  await until(() => mute.sent.length === 1, 'the server asked')
  clock.pass(limits.sharedServerMs * 2)
  expect(mute.sent[0]?.signal.aborted).toBe(false)
  release()
  expect((await listing).result?.['prompts']).toEqual([{ name: 'greet' }])
  expect(gateway.leftOut).toEqual([])
})

test('a call of a tool that is not as reviewed yet waits for the first look, and is judged by what that brings', async () => {
  const hand = new HandMadeUpstream('modern')
  const states: Record<string, PinnedTool['state']> = { act: 'pending', look: 'pending' }
  const asked: string[] = []
  let release: () => void = () => undefined
  const firstLook = (server: string) => {
    asked.push(server)
    return new Promise<void>(resolve => {
      release = resolve
    })
  }
  parts = await startParts({ servers: { hand }, states, firstLook })
  const client = new RawClient(parts.endpoint('hand'), parts.tokens.alice, 'modern')
  const calling = client.request('tools/call', { name: 'act', arguments: {} })
  await until(() => asked.length === 1, 'the look asked for')
  expect(hand.sent).toEqual([])
  states['act'] = 'approved'
  release()
  expect((await calling).result).toMatchObject({ content: [{ text: 'done' }] })
  await client.request('tools/call', { name: 'act', arguments: {} })
  expect(asked).toEqual(['hand'])
  const refused = client.request('tools/call', { name: 'look', arguments: {} })
  await until(() => asked.length === 2, 'the look asked for again')
  release()
  expect((await refused).result).toMatchObject({ isError: true })
  expect(hand.sent).toHaveLength(2)
})
