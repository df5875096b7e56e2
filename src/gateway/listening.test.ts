/** Streams that outlive a request: who hears what, and that nothing is left behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Fields, fields, list } from '../../test/fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts, until } from '../../test/fixtures/gateway-parts.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import { limits } from '../limits.ts'
import { Streams } from './streams.ts'

let parts: PartsGateway | undefined

afterEach(async () => {
  await parts?.stop()
  parts = undefined
})

async function start(era: 'legacy' | 'modern', policy?: Fields) {
  const upstream = new HandMadeUpstream(era)
  parts = await startParts({ servers: { hand: upstream }, ...(policy === undefined ? {} : { policy }) })
  const { gate } = parts.handle
  const client = (
    clientEra: 'legacy' | 'modern',
    token = parts?.tokens.alice ?? '',
    server: string | undefined = 'hand',
  ) => new RawClient(parts?.endpoint(server) ?? '', token, clientEra, { capabilities: { elicitation: {} } })
  return { upstream, gateway: parts, gate, client }
}

const wants = (...resourceSubscriptions: string[]) => ({
  notifications: { toolsListChanged: true, resourceSubscriptions },
})

/** Reads a stream in the background. */
function hear(stream: AsyncGenerator<Fields>): Fields[] {
  const heard: Fields[] = []
  const read = async (): Promise<void> => {
    for await (const message of stream) heard.push(message)
  }
  void read().catch(() => undefined)
  return heard
}

test('a listener hears what it asked for and an orderly end; nothing is left behind', async () => {
  const { upstream, gate, client } = await start('modern')
  const leaving = new AbortController()
  const heard = hear(client('modern').stream('subscriptions/listen', wants('file:///a'), leaving.signal))
  await until(() => upstream.listening.length === 1 && heard.length === 1, 'the acknowledgement')
  expect(upstream.listening[0]?.filter).toEqual({ toolsListChanged: true, resourceSubscriptions: ['file:///a'] })
  await upstream.listening[0]?.onNotification('notifications/prompts/list_changed', {})
  await upstream.listening[0]?.onNotification('notifications/resources/updated', { uri: 'file:///a' })
  gate.streams.announceTools('other')
  gate.streams.announceTools('hand')
  await until(() => heard.length === 3, 'both notifications')
  expect(heard.map(({ method }) => method)).toEqual([
    'notifications/subscriptions/acknowledged',
    'notifications/resources/updated',
    'notifications/tools/list_changed',
  ])
  gate.streams.endAll()
  await until(() => heard.length === 4, 'the final result')
  expect(fields(heard[3]?.['result'])['resultType']).toBe('complete')
  await until(() => gate.streams.size === 0 && gate.openCalls === 0, 'the place is free')
  expect(upstream.listening[0]?.signal.aborted).toBe(true)
})

test('a client that leaves while a server does not answer gives its place back', async () => {
  const { upstream, gate, client } = await start('modern')
  upstream.hear = ({ signal }) =>
    new Promise(resolve => signal.addEventListener('abort', () => resolve({ ok: false }), { once: true }))
  hear(client('modern').stream('subscriptions/listen', wants(), AbortSignal.timeout(100)))
  await until(() => upstream.listening.length === 1, 'the server is asked')
  await until(() => gate.streams.size === 0 && gate.openCalls === 0, 'the place is free')
})

test('a client that leaves before the owners of its addresses are known gives its place back', async () => {
  const { upstream, gate, client } = await start('modern')
  const release = Promise.withResolvers<void>()
  upstream.answer = async () => {
    await release.promise
    const result = { resultType: 'complete', resources: [{ uri: 'file:///a', name: 'a' }], resourceTemplates: [] }
    return { kind: 'result', result, bytes: 1, status: 200, redactions: 0 }
  }
  const shared = new RawClient(parts?.endpoint() ?? '', parts?.tokens.alice ?? '', 'modern', {})
  hear(shared.stream('subscriptions/listen', wants('file:///a'), AbortSignal.timeout(100)))
  await until(() => upstream.sent.length > 0, 'the lists are read')
  await sleep(150)
  release.resolve()
  await until(() => gate.openCalls === 0 && gate.streams.size === 0, 'the place is free')
  expect(client).toBeDefined()
})

test('a listener that cannot be recorded is refused and leaves no stream', async () => {
  const { gateway, gate, client } = await start('modern')
  gateway.ledger.failing = 'record'
  const answer = await client('modern').request('subscriptions/listen', wants())
  expect(fields(answer.error?.['data'])['code']).toBe('ERR_LEDGER_UNAVAILABLE')
  expect(gate.streams.size).toBe(0)
})

test('an address is listened to as it was judged, and only if it is allowed outright', async () => {
  const { upstream, client } = await start('modern', {
    version: '1',
    default: 'allow',
    tools: {
      'resources/subscribe': {
        require: [{ conditions: [{ path: 'args.uri', op: 'starts_with', value: 'file:///open/' }] }],
        approve_if: [{ conditions: [{ path: 'args.uri', op: 'contains', value: 'ask' }] }],
      },
    },
  })
  const asked = ['FILE:///open/a', 'file:///open/../etc', 'file:///open/ask', 'file:///else']
  const heard = hear(client('modern').stream('subscriptions/listen', wants(...asked), AbortSignal.timeout(1_000)))
  await until(() => heard.length === 1 && upstream.listening.length === 1, 'the acknowledgement')
  expect(upstream.listening[0]?.filter.resourceSubscriptions).toEqual(['file:///open/a'])
  const honoured = fields(fields(heard[0]?.['params'])['notifications'])
  expect(list(honoured['resourceSubscriptions'] as unknown[])).toHaveLength(1)
})

test('a stream ends when its credential is taken back', async () => {
  const { gateway, gate, client } = await start('modern')
  const heard = hear(client('modern').stream('subscriptions/listen', wants(), AbortSignal.timeout(5_000)))
  await until(() => heard.length === 1, 'the acknowledgement')
  gateway.revoke('alice')
  gate.streams.sweep()
  await until(() => gate.streams.size === 0, 'the stream has ended')
})

test('a legacy session hears its subscriptions on its stream; the judged address is the one subscribed to', async () => {
  const { upstream, gate, client } = await start('modern')
  const legacy = await client('legacy').connect()
  const heard = hear(legacy.stream('GET', {}, AbortSignal.timeout(5_000)))
  await until(() => gate.streams.size === 1, 'the stream is open')
  expect((await legacy.request('resources/subscribe', { uri: 'FILE:///a' })).error).toBeUndefined()
  const subscribed = upstream.listening.find(({ filter }) => filter.resourceSubscriptions !== undefined)
  expect(subscribed?.filter).toEqual({ resourceSubscriptions: ['file:///a'] })
  await subscribed?.onNotification('notifications/resources/updated', { uri: 'file:///a' })
  await until(() => heard.length === 1, 'the update')
  await legacy.request('resources/unsubscribe', { uri: 'file:///a' })
  expect(subscribed?.signal.aborted).toBe(true)
})

test('a later stream of a session takes the place of the first', async () => {
  const { gate, client } = await start('legacy')
  const legacy = await client('legacy').connect()
  hear(legacy.stream('GET', {}, AbortSignal.timeout(5_000)))
  await until(() => gate.streams.size === 1, 'the first stream')
  const second = hear(legacy.stream('GET', {}, AbortSignal.timeout(5_000)))
  await sleep(100)
  await until(() => gate.streams.size === 1, 'the first is gone')
  gate.streams.announceTools()
  await until(() => second.length === 1, 'the second hears')
})

test('subscriptions are counted by grant; those nobody hears make room', () => {
  const timer = () => () => undefined
  const streams = new Streams({ wallMs: () => 0, steadyMs: () => 0, sleep: () => Promise.resolve(), timer })
  const first = new AbortController()
  for (let i = 0; i < limits.subscriptionsPerGrantMax; i += 1) {
    const controller = i === 0 ? first : new AbortController()
    expect(streams.subscribe(`old-${i}`, 'g', 'a', controller)).toBe('new')
  }
  expect(streams.subscribe('other', 'g2', 'a', new AbortController())).toBe('new')
  expect(streams.subscribe('new', 'g', 'a', new AbortController())).toBe('new')
  expect(first.signal.aborted).toBe(true)
  expect(streams.subscribe('new', 'g', 'a', new AbortController())).toBe('known')
  const all = new Streams({ wallMs: () => 0, steadyMs: () => 0, sleep: () => Promise.resolve(), timer })
  for (let i = 0; i < limits.subscriptionsPerGrantMax; i += 1) all.subscribe('one', 'g', `u${i}`, new AbortController())
  expect(all.subscribe('one', 'g', 'more', new AbortController())).toBe('full')
})
