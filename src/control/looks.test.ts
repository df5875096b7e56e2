import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DoorContent, startDoorUpstream } from '../../test/fixtures/door-upstream.ts'
import { ManualClock } from '../../test/fixtures/manual-clock.ts'
import type { FixtureServer } from '../../test/fixtures/upstream-server.ts'
import { Pins } from '../catalogue/pins.ts'
import { systemClock } from '../clock.ts'
import type { RegisteredServer } from '../gateway/deps.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Rows } from '../rows.ts'
import { createUpstream } from '../upstream/upstream.ts'
import { Looks } from './looks.ts'

const log: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const rows: Rows = { all: async () => [], put: async () => undefined, remove: async () => undefined }

let door: FixtureServer<DoorContent>
let clock: ManualClock
let pins: Pins
let looks: Looks
let server: RegisteredServer
let changes: string[]

beforeEach(async () => {
  door = await startDoorUpstream('both')
  clock = new ManualClock()
  pins = await Pins.open({ clock, rows })
  changes = []
  const entry = { kind: 'http', name: 'door', url: door.url, headers: {}, network: 'private' } as const
  const upstream = createUpstream(entry, { clock: systemClock, log, name: 'sallyport', version: '0' })
  server = { name: 'door', pin: 'trust-first', upstream }
  looks = new Looks({ pins, clock, log, version: '0', server: () => server, onChange: name => void changes.push(name) })
})

afterEach(async () => {
  looks.stop()
  await server.upstream.stop()
  await door.stop()
})

/** How often the tools of the server were asked for. */
function asked(): number {
  return door.content.reached.filter(({ method }) => method === 'tools/list').length
}

/** Time passes, and whatever it set off gets its turn. */
async function pass(ms: number, until: () => boolean): Promise<void> {
  clock.pass(ms)
  await expect.poll(until, { timeout: 5_000 }).toBe(true)
}

test('a look pins what the server offers and tells of the change once', async () => {
  expect((await looks.look(server)).ok).toBe(true)
  expect(pins.list('door').map(pin => pin.state)).toEqual(['approved', 'approved', 'approved'])
  expect(changes).toEqual(['door'])
  await looks.look(server)
  expect(changes).toEqual(['door'])
})

test('looks asked for at once are one look', async () => {
  await Promise.all([looks.look(server), looks.look(server), looks.look(server)])
  expect(asked()).toBe(1)
})

test('the server is looked at again from time to time', async () => {
  await looks.look(server)
  door.content.tools = []
  await pass(limits.definitionsEveryMs, () => pins.get('door', 'read_file') === undefined)
  expect(asked()).toBe(2)
})

test('requests of agents cannot drive looks: there is a pause between two', async () => {
  await looks.look(server)
  for (let request = 0; request < 50; request += 1) looks.request('door')
  expect(asked()).toBe(1)
  await pass(limits.definitionsPauseMs, () => asked() === 2)
  for (let request = 0; request < 50; request += 1) looks.request('door')
  await pass(limits.definitionsPauseMs, () => asked() === 3)
})

test('a request during a look is not lost: what the look read may be older', async () => {
  const first = looks.look(server)
  looks.request('door')
  await first
  await pass(limits.definitionsPauseMs, () => asked() === 2)
})

test('a server that tells of a change is looked at', async () => {
  await looks.look(server)
  door.content.tools = door.content.tools.slice(1)
  await expect
    .poll(
      () => {
        door.content.changed()
        clock.pass(limits.definitionsPauseMs)
        return pins.get('door', 'read_file')
      },
      { timeout: 5_000 },
    )
    .toBeUndefined()
})

test('a look that fails is tried again, and says why meanwhile', async () => {
  const handle = door.content.handle.bind(door.content)
  let isDown = true
  door.content.handle = async (method, params, exchange) => {
    const answer = await handle(method, params, exchange)
    return method === 'tools/list' && isDown ? { tools: 'none' } : answer
  }
  const looked = await looks.look(server)
  expect(looked.ok ? '' : looked.refusal.code).toBe('ERR_SERVER_LIST')
  expect(looks.errorOf('door')).toContain('`tools` is not a list')
  await pass(limits.definitionsRetryMsMin, () => asked() === 2)
  isDown = false
  await pass(limits.definitionsRetryMsMax, () => looks.errorOf('door') === undefined)
  expect(pins.list('door')).toHaveLength(3)
})

test('a list without end is refused, and so is a repeated cursor', async () => {
  let page = 0
  door.content.handle = async method => (method === 'tools/list' ? { tools: [], nextCursor: `${page++}` } : {})
  const endless = await looks.look(server)
  expect(endless.ok ? '' : endless.refusal.message).toContain(`more than ${limits.listPagesMax} pages`)
  door.content.handle = async method => (method === 'tools/list' ? { tools: [], nextCursor: 'same' } : {})
  const repeated = await looks.look(server)
  expect(repeated.ok ? '' : repeated.refusal.message).toContain('repeats a cursor')
})

test('a server that was forgotten during a look leaves nothing behind', async () => {
  const looking = looks.look(server)
  looks.forget(server.upstream)
  expect((await looking).ok).toBe(false)
  expect(pins.list('door')).toEqual([])
})

/** Makes the server answer `tools/list` with nonsense until the returned function is called. */
function breakLists(): () => void {
  const handle = door.content.handle.bind(door.content)
  let isBroken = true
  door.content.handle = async (method, params, exchange) => {
    const answer = await handle(method, params, exchange)
    return method === 'tools/list' && isBroken ? { tools: 'none' } : answer
  }
  return () => {
    isBroken = false
  }
}

/** Whether `wait` is over, without waiting for it. */
async function isOver(wait: Promise<void> | undefined): Promise<boolean> {
  return await Promise.race([
    Promise.resolve(wait).then(() => true),
    Promise.resolve().then(() => Promise.resolve(false)),
  ])
}

test('whoever needs a server that was not seen yet waits for its first look, and nobody after that', async () => {
  const wait = looks.firstLook('door')
  expect(wait).toBeInstanceOf(Promise)
  expect(await isOver(wait)).toBe(false)
  await looks.look(server)
  expect(await isOver(wait)).toBe(true)
  expect(looks.firstLook('door')).toBeUndefined()
  expect(asked()).toBe(1)
})

test('the wait asks for the look by itself, and ends with one that fails', async () => {
  const mend = breakLists()
  await looks.look(server)
  const wait = looks.firstLook('door')
  clock.pass(limits.definitionsPauseMs)
  await wait
  expect([asked(), looks.hasSeen('door')]).toEqual([2, false])
  mend()
  const again = looks.firstLook('door')
  clock.pass(limits.definitionsPauseMs)
  await again
  expect(looks.hasSeen('door')).toBe(true)
})

test('the wait has an end, whatever the server does: its time, or the end of the server or of the gateway', async () => {
  door.content.handle = () => new Promise(() => undefined)
  void looks.look(server)
  const wait = looks.firstLook('door')
  clock.pass(limits.firstLookMs - 1)
  expect(await isOver(wait)).toBe(false)
  clock.pass(1)
  expect(await isOver(wait)).toBe(true)
  const second = looks.firstLook('door')
  looks.forget(server.upstream)
  expect(await isOver(second)).toBe(true)
  expect(looks.firstLook('door')).toBeUndefined()
  expect(looks.firstLook('unknown')).toBeUndefined()
})

test('the first look is told of though everything it shows is known from before: nothing of it could be listed', async () => {
  await looks.look(server)
  const later = new Looks({
    pins,
    clock,
    log,
    version: '0',
    server: () => server,
    onChange: name => void changes.push(name),
  })
  changes.length = 0
  await later.look(server)
  await later.look(server)
  later.stop()
  expect(changes).toEqual(['door'])
})

test('a server that a list went out without is told of when it was really gone and is back', async () => {
  await looks.look(server)
  changes.length = 0
  looks.leftOut('door')
  await pass(limits.definitionsPauseMs, () => asked() === 2)
  await looks.look(server)
  expect(changes).toEqual([])
  const mend = breakLists()
  looks.leftOut('door')
  await pass(limits.definitionsPauseMs, () => looks.errorOf('door') !== undefined)
  mend()
  await pass(limits.definitionsRetryMsMin, () => looks.errorOf('door') === undefined)
  expect(changes).toEqual(['door'])
})
