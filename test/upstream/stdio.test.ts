/** Servers as processes: opening in both eras, one channel for many callers, death and restart, the end of the group. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { limits } from '../../src/limits.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { gist, isAlive, request, useProcess, useStdio } from '../fixtures/upstreams/use.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-stdio-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let journals = 0
function journaled(...habits: string[]): { upstream: Upstream; lines: () => string[] } {
  const file = join(folder, `journal-${journals++}`)
  const upstream = useProcess(habits, { env: { JOURNAL: file } })
  return { upstream, lines: () => readFileSync(file, 'utf8').trim().split('\n') }
}

const call = (name: string, args: Record<string, number | string> = {}, more: Partial<UpstreamRequest> = {}) =>
  request({ params: { name, arguments: args }, ...more })

const declares = (capabilities: UpstreamRequest['client']['capabilities']) => ({
  client: { capabilities, clientInfo: {} },
})

test('a legacy server is asked to discover, then initialized in the name of the gateway, without roots', async () => {
  const { upstream, lines } = journaled()
  const identity = await upstream.identity()
  expect(identity.ok && identity.value).toMatchObject({ era: 'legacy', protocolVersion: '2025-11-25' })
  await upstream.send(call('echo'))
  expect(lines().map(line => line.split(' ')[0])).toEqual([
    'start',
    'server/discover',
    'initialize',
    'notifications/initialized',
    'tools/call',
  ])
  expect(JSON.parse((lines()[2] as string).slice('initialize '.length))).toEqual({
    protocolVersion: '2025-11-25',
    capabilities: { sampling: {}, elicitation: { form: {}, url: {} } },
    clientInfo: { name: 'sallyport-test', version: '0.0.0' },
  })
})

test('a modern server is not initialized, and every call carries the request keys of its own client', async () => {
  const { upstream, lines } = journaled('modern')
  const identity = await upstream.identity()
  expect(identity.ok && identity.value.era).toBe('modern')
  await upstream.send(call('echo', {}, declares({ elicitation: {} })))
  expect(lines().some(line => line.startsWith('initialize'))).toBe(false)
  const params = JSON.parse((lines().at(-1) as string).slice('tools/call '.length)) as { _meta: unknown }
  expect(params._meta).toEqual({
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  })
})

test('a server that exits on an unknown first message is started again and initialized', async () => {
  const { upstream, lines } = journaled('exits-on-unknown')
  const identity = await upstream.identity()
  expect(identity.ok && identity.value.era).toBe('legacy')
  expect(lines().filter(line => line.startsWith('start'))).toHaveLength(2)
  expect(gist(await upstream.send(call('echo')))).toBe('result')
})

test('a server that says nothing to an unknown message is initialized', async () => {
  const { upstream } = journaled('silent-on-unknown')
  const identity = await upstream.identity()
  expect(identity.ok && identity.value.era).toBe('legacy')
})

test('junk on standard output is ignored and counted', async () => {
  const upstream = useProcess(['junk'])
  expect(gist(await upstream.send(call('echo')))).toBe('result')
  expect(upstream.status().counters.junk).toBe(3)
})

test('the process gets an argument vector and nothing of our environment but PATH and HOME', async () => {
  process.env['SALLYPORT_TEST_CANARY'] = 'canary'
  const upstream = useProcess(['$(touch x)', 'a b', '--'], { env: { GIVEN: 'short' }, cwd: folder })
  const outcome = await upstream.send(call('environment'))
  const { env, cwd, argv } = (outcome.kind === 'result' ? outcome.result : {}) as Record<
    string,
    Record<string, unknown>
  >
  expect(Object.keys(env ?? {}).toSorted()).toEqual(['GIVEN', 'HOME', 'PATH'])
  expect(cwd).toBe(folder)
  expect(argv).toEqual(['$(touch x)', 'a b', '--'])
})

test('answers find their calls, whatever their order', async () => {
  const upstream = useProcess([])
  const outcomes = await Promise.all(
    [120, 60, 10].map(async ms => {
      const outcome = await upstream.send(call('later', { ms }))
      return [ms, gist(outcome)]
    }),
  )
  expect(outcomes).toEqual([
    [120, 'result'],
    [60, 'result'],
    [10, 'result'],
  ])
})

test('progress goes to its own call under the agent’s token, with several calls in flight', async () => {
  const upstream = useProcess([])
  const heard: Record<string, unknown[]> = { a: [], b: [] }
  await Promise.all(
    ['a', 'b'].map(name =>
      upstream.send(
        call(
          'progress',
          {},
          { progressToken: `token-${name}`, onNotification: (_, params) => void heard[name]?.push(params) },
        ),
      ),
    ),
  )
  for (const name of ['a', 'b']) {
    expect(heard[name]).toEqual([1, 2, 3].map(progress => ({ progressToken: `token-${name}`, progress })))
  }
})

test('a question goes to the only call in flight, if its client declared it', async () => {
  const upstream = useProcess([])
  const onRequest: UpstreamRequest['onRequest'] = (method, params) => Promise.resolve({ result: { method, params } })
  const asked = await upstream.send(call('ask', { message: 'name?' }, { ...declares({ elicitation: {} }), onRequest }))
  expect(asked.kind === 'result' && asked.result).toEqual({
    answered: { method: 'elicitation/create', params: { message: 'name?' } },
  })
  const undeclared = await upstream.send(call('ask', {}, { onRequest }))
  expect(undeclared.kind === 'result' && undeclared.result['answered']).toMatchObject({ code: -32601 })
  const roots = await upstream.send(call('ask', { method: 'roots/list' }, { ...declares({ roots: {} }), onRequest }))
  expect(roots.kind === 'result' && roots.result['answered']).toMatchObject({ code: -32601 })
  expect(upstream.status().counters.refusedQuestions).toBe(2)
})

test('log messages go to the only call in flight, from the level it asked for', async () => {
  const upstream = useProcess([])
  const heard: unknown[] = []
  const onNotification: UpstreamRequest['onNotification'] = (_, params) => void heard.push(params['level'])
  await upstream.send(call('log', {}, { logLevel: 'warning', onNotification }))
  expect(heard).toEqual(['error'])
  const [, outcome] = await Promise.all([
    upstream.send(call('later', { ms: 300 })),
    upstream.send(call('log', {}, { logLevel: 'debug', onNotification })),
  ])
  expect(gist(outcome)).toBe('result')
  expect(heard).toEqual(['error'])
})

test('a slow caller gets its notifications before its answer, and holds nobody else up', async () => {
  const upstream = useProcess([])
  const order: string[] = []
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const slow = upstream
    .send(
      call(
        'progress',
        {},
        {
          progressToken: 1,
          onNotification: (_, params) => {
            order.push(`progress ${String(params['progress'])}`)
            return held
          },
        },
      ),
    )
    .then(outcome => order.push(gist(outcome)))
  expect(gist(await upstream.send(call('echo')))).toBe('result')
  expect(order).toEqual(['progress 1'])
  release()
  await slow
  expect(order).toEqual(['progress 1', 'progress 2', 'progress 3', 'result'])
})

test('a call in flight when the process dies is unknown, and the next one is served by a new process', async () => {
  const { upstream, lines } = journaled()
  await upstream.identity()
  const [died, other] = await Promise.all([upstream.send(call('die')), upstream.send(call('never'))])
  expect([gist(died), gist(other)]).toEqual(['unknown ERR_UPSTREAM_LOST', 'unknown ERR_UPSTREAM_LOST'])
  expect(gist(await upstream.send(call('echo')))).toBe('result')
  expect(upstream.status()).toMatchObject({ state: 'ready', restarts: 1 })
  // the era is known: no second probe
  expect(lines().filter(line => line.startsWith('server/discover'))).toHaveLength(1)
})

test('a process that keeps dying is started ever more rarely, and calls are told when to come back', async () => {
  const { upstream, lines } = journaled('dies-at-start')
  const codes = new Set<string>()
  for (let i = 0; i < 8; i++) codes.add(gist(await upstream.send(call('echo'))))
  expect([...codes]).toEqual(['refused ERR_UPSTREAM_NOT_STARTED', 'refused ERR_UPSTREAM_RESTARTING'])
  expect(lines().length).toBeLessThan(14)
  expect(upstream.status().state).toBe('failing')
})

test('a command that does not exist is refused with its reason', async () => {
  const outcome = await useStdio(join(folder, 'nowhere'), []).send(call('echo'))
  expect(gist(outcome)).toBe('refused ERR_UPSTREAM_NOT_STARTED')
  expect(outcome.kind === 'refused' && outcome.refusal.message).toContain('ENOENT')
})

test('the operator sees what a process that could not be opened printed last; its callers do not', async () => {
  const script = 'console.error("starting"); console.error("LICENCE is not set"); process.exit(3)'
  const upstream = useStdio(process.execPath, ['-e', script])
  const outcome = await upstream.send(call('echo'))
  expect(outcome.kind === 'refused' && outcome.refusal.message).not.toContain('LICENCE')
  expect(upstream.status().lastError).toMatch(/; it printed last: LICENCE is not set$/)
})

test('an aborted call tells the server and is unknown', async () => {
  const { upstream, lines } = journaled()
  await upstream.identity()
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 100)
  expect(gist(await upstream.send(call('never', {}, { signal: controller.signal })))).toBe(
    'unknown ERR_UPSTREAM_CANCELLED',
  )
  await expect.poll(() => lines().at(-1)).toMatch(/^notifications\/cancelled/)
})

test('silence is cut at the idle time, and long talk at the total time', async () => {
  const upstream = useProcess([])
  const idle = await upstream.send(call('never', {}, { idleMs: 200 }))
  expect(idle.kind === 'unknown' && idle.refusal.message).toContain('idle time')
  const total = await upstream.send(call('never', {}, { totalMs: 200 }))
  expect(total.kind === 'unknown' && total.refusal.message).toContain('total time')
})

test('an answer over the bound of its call is unknown; the next call is served', async () => {
  const upstream = useProcess([])
  expect(gist(await upstream.send(call('big', { bytes: 200_000 }, { answerBytesMax: 100_000 })))).toBe(
    'unknown ERR_UPSTREAM_CUT',
  )
  expect(gist(await upstream.send(call('big', { bytes: 200_000 })))).toBe('result')
})

test('a line no call may have is discarded, and ends the call it belongs to', async () => {
  const upstream = useProcess([])
  const outcome = await upstream.send(call('big', { bytes: 40 * 1024 * 1024 }, { answerBytesMax: 64 * 1024 * 1024 }))
  expect(gist(outcome)).toBe('unknown ERR_UPSTREAM_CUT')
  expect(gist(await upstream.send(call('echo')))).toBe('result')
})

test('a process that does not read gets no more than the queue holds, and what was not written is refused', async () => {
  const upstream = useProcess([])
  await upstream.send(call('deaf'))
  const filler = 'x'.repeat(1024 * 1024)
  const codes = await Promise.all(
    Array.from({ length: 12 }, async () => gist(await upstream.send(call('echo', { filler }, { totalMs: 1000 })))),
  )
  // one is in the pipe, eight wait, the rest is not taken
  expect(codes.filter(code => code === 'unknown ERR_UPSTREAM_CUT')).toHaveLength(1)
  expect(codes.filter(code => code === 'refused ERR_UPSTREAM_BUSY')).toHaveLength(11)
})

test('the last words of a process are kept, without its secrets', async () => {
  const upstream = useProcess(['noisy'], { env: { TOKEN: 'tokentokentoken' } })
  await upstream.send(call('echo'))
  expect(upstream.status().stderr).toBe('last words: [redacted]\n')
})

test('list changes go to all listeners, resource updates to those who subscribed, and one leaving leaves the rest', async () => {
  const { upstream, lines } = journaled()
  const { client, onRequest } = request()
  const heard: string[][] = [[], []]
  const first = new AbortController()
  const second = new AbortController()
  for (const [index, controller] of [first, second].entries()) {
    const listening = await upstream.listen({
      client,
      pool: 'p',
      filter: { toolsListChanged: index === 0, resourceSubscriptions: ['a:b'] },
      signal: controller.signal,
      onNotification: (method, params) => void heard[index]?.push(`${method} ${String(params['uri'] ?? '')}`),
      onRequest,
      onEnd: () => undefined,
    })
    expect(listening.ok && listening.value.honoured).toEqual({
      ...(index === 0 ? { toolsListChanged: true } : {}),
      resourceSubscriptions: ['a:b'],
    })
  }
  await upstream.send(call('changed'))
  expect(heard).toEqual([
    ['notifications/tools/list_changed ', 'notifications/resources/updated a:b'],
    ['notifications/resources/updated a:b'],
  ])
  first.abort()
  await upstream.send(call('changed'))
  expect(heard.map(list => list.length)).toEqual([2, 2])
  second.abort()
  await expect.poll(() => lines().at(-1)).toMatch(/^resources\/unsubscribe/)
  expect(lines().filter(line => line.startsWith('resources/'))).toHaveLength(2)
})

test('a modern server is listened to by subscription, again after a restart', async () => {
  const { upstream, lines } = journaled('modern')
  const { client, onRequest } = request()
  let heard = 0
  const listening = await upstream.listen({
    client,
    pool: 'p',
    filter: { toolsListChanged: true },
    signal: new AbortController().signal,
    onNotification: (_, params) => {
      expect(params).toEqual({})
      heard++
    },
    onRequest,
    onEnd: () => undefined,
  })
  expect(listening).toEqual({ ok: true, value: { honoured: { toolsListChanged: true } } })
  await expect.poll(() => heard).toBe(1)
  await upstream.send(call('die'))
  await expect.poll(() => heard, { timeout: 5000 }).toBe(2)
  expect(lines().filter(line => line.startsWith('subscriptions/listen'))).toHaveLength(2)
})

test('stopping ends the process and everything it forked, politely or not', async () => {
  let killing: (() => void) | undefined
  const clock: Clock = {
    ...systemClock,
    timer: (ms, fn) => {
      if (ms !== limits.upstreamKillGraceMs) return systemClock.timer(ms, fn)
      killing = fn
      return () => undefined
    },
  }
  const upstream = useProcess(['stubborn'], {}, { clock })
  const forked = await upstream.send(call('fork'))
  const pid = Number(forked.kind === 'result' && forked.result['pid'])
  let isStopped = false
  const stopped = upstream.stop().then(() => {
    isStopped = true
  })
  await expect.poll(() => killing, { timeout: 10_000 }).toBeDefined()
  await sleep(100)
  // the grace is not over, and it does not go politely
  expect(isStopped).toBe(false)
  killing?.()
  await stopped
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(gist(await upstream.send(call('echo')))).toBe('refused ERR_UPSTREAM_STOPPED')
})
