/**
 * The promises that only a real process can show, with the binary, a real upstream that keeps its own log, and kill -9:
 * P3 (no call without a durable intent, no answer without a durable outcome) and P4 (limits are exact, also across a
 * restart); P1 and P2 at the doors of the same process.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { ledgerOf, localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import { type NoteContent, startNoteUpstream } from '../fixtures/note-upstream.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const kills = 50
const workers = 16
const answersBeforeKill = 120
const swingMs = 3000
const killTimeoutMs = 300_000

let folder: string
let upstream: FixtureServer<NoteContent>
let gateway: SpawnedGateway
let nextId = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-promises-'))
  upstream = await startNoteUpstream(join(folder, 'notes.log'), 'both', () => Math.random() * 8)
  const limited = (max: number): Fields => ({
    version: '1',
    default: 'deny',
    tools: { append_note: { limits: [{ counter: 'notes', window: 'hour', max }] } },
  })
  gateway = await spawnGateway({
    servers: { notes: localServer(upstream.url) },
    policies: { ten: limited(10), reads: { version: '1', default: 'deny', tools: { 'read_*': {} } } },
    grants: {
      writer: { servers: { notes: 'allow-all' } },
      'ten-at-once': { servers: { notes: 'ten' } },
      'ten-over-restarts': { servers: { notes: 'ten' } },
      reader: { servers: { notes: 'reads' } },
    },
  })
  // A clean stop leaves the compiled modules behind, which makes the many starts to come quick.
  await gateway.terminate()
  await gateway.restart()
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
  upstream?.content.close()
  await rm(folder, { recursive: true, force: true })
})

interface Told {
  readonly id: string
  /** What the agent was told: the answer's text, or undefined when the connection broke. */
  readonly answer: string | undefined
  readonly isError: boolean
}

function clientOf(grant: string, era: 'legacy' | 'modern' = 'modern'): RawClient {
  return new RawClient(gateway.endpoint('notes'), gateway.tokens[grant] ?? '', era)
}

/** One call with an argument key of its own: the ledger keeps argument keys, not values, so the key is what is traced. */
async function note(client: RawClient, prefix: string): Promise<Told> {
  nextId += 1
  const id = `${prefix}-${nextId}`
  const call = client.request('tools/call', { name: 'append_note', arguments: { id, [id]: true } })
  const answered = await call.catch(() => undefined)
  const result = answered?.result
  if (result === undefined) return { id, answer: undefined, isError: answered?.error !== undefined }
  return { id, answer: text(list(result['content'])[0]?.['text']), isError: result['isError'] === true }
}

const tracedId = (line: Fields): string =>
  ((line['argKeys'] as string[] | undefined) ?? []).find(name => name !== 'id') ?? ''

async function ledgerById(prefix: string): Promise<Map<string, Fields[]>> {
  const lines = new Map<string, Fields[]>()
  for (const line of await ledgerOf(gateway)) {
    const id = tracedId(line)
    if (id.startsWith(`${prefix}-`)) lines.set(id, [...(lines.get(id) ?? []), line])
  }
  return lines
}

const acted = (prefix: string): string[] => upstream.content.acted().filter(id => id.startsWith(`${prefix}-`))

test(`P3 ${kills} kills under load: every call that reached the server has its intent, every answer its outcome`, {
  timeout: killTimeoutMs,
}, async () => {
  const told: Told[] = []
  for (let round = 0; round < kills; round++) {
    let isRunning = true
    let answered = 0
    const load = Array.from({ length: workers }, async () => {
      const client = clientOf('writer')
      while (isRunning) {
        const one = await note(client, 'load')
        told.push(one)
        if (one.answer !== undefined) answered += 1
      }
    })
    // From the very first calls to a run in full swing; then at any instant between two answers.
    const instant = Math.floor(Math.random() * answersBeforeKill)
    const startedMs = performance.now()
    while (answered < instant && performance.now() - startedMs < swingMs) await sleep(1)
    await sleep(Math.random() * 10)
    const gone = gateway.kill()
    isRunning = false
    await gone
    await Promise.all(load)
    await gateway.restart()
  }
  const ledger = await ledgerById('load')
  const reached = acted('load')
  const tally = { told: told.length, answered: 0, reached: reached.length, recorded: ledger.size, unknown: 0 }
  expect(new Set(reached).size, 'no call was forwarded twice').toBe(reached.length)
  expect(
    reached.filter(id => !ledger.has(id)),
    'calls that reached the server without an intent',
  ).toEqual([])
  for (const [id, lines] of ledger) {
    expect(lines, id).toHaveLength(1)
    const outcome = lines[0]?.['outcome']
    expect(['succeeded', 'unknown'], `${id} is never open after a restart`).toContain(outcome)
    if (outcome === 'unknown') tally.unknown += 1
  }
  for (const { id, answer } of told) {
    if (answer === undefined) continue
    tally.answered += 1
    expect(answer).toBe(`noted ${id}`)
    expect(ledger.get(id)?.[0]?.['outcome'], `${id} was answered`).toBe('succeeded')
  }
  // The kills must have hit calls in flight, or this test shows nothing.
  expect(tally.unknown, JSON.stringify(tally)).toBeGreaterThan(kills / 2)
  expect(tally.answered, JSON.stringify(tally)).toBeGreaterThan(kills)
})

describe('P4', () => {
  test('100 calls at once against a limit of 10: exactly 10 reach the server', async () => {
    const client = clientOf('ten-at-once')
    const told = await Promise.all(Array.from({ length: 100 }, () => note(client, 'once')))
    expect(acted('once')).toHaveLength(10)
    expect(told.filter(({ isError }) => !isError)).toHaveLength(10)
    for (const { answer } of told.filter(({ isError }) => isError)) expect(answer).toMatch(/^\[POLICY DENIED\] /)
    const lines = [...(await ledgerById('once')).values()].flat()
    expect(lines.filter(line => line['verdict'] === 'allow')).toHaveLength(10)
    expect(lines.filter(line => line['verdict'] === 'deny')).toHaveLength(90)
  })

  test('a restart in mid-window keeps the count, after kill -9 and after a clean stop', async () => {
    const many = async (count: number): Promise<number> => {
      const client = clientOf('ten-over-restarts')
      const told = await Promise.all(Array.from({ length: count }, () => note(client, 'restart')))
      return told.filter(({ isError }) => !isError).length
    }
    expect(await many(4)).toBe(4)
    await gateway.kill()
    await gateway.restart()
    expect(await many(3)).toBe(3)
    await gateway.terminate()
    await gateway.restart()
    expect(await many(20)).toBe(3)
    expect(acted('restart')).toHaveLength(10)
    await gateway.kill()
    await gateway.restart()
    expect(await many(5)).toBe(0)
    expect(acted('restart')).toHaveLength(10)
  })
})

test('a legacy session outlives the process that opened it: it is sealed into its id', async () => {
  const client = await clientOf('writer', 'legacy').connect()
  expect((await note(client, 'session')).answer).toMatch(/^noted /)
  await gateway.kill()
  await gateway.restart()
  expect((await note(client, 'session')).answer).toMatch(/^noted /)
  expect(acted('session')).toHaveLength(2)
})

describe.each(['legacy', 'modern'] as const)('P1 and P2, %s client', era => {
  test('P1 a method nobody knows is refused and never forwarded', async () => {
    const client = await clientOf('writer', era).connect()
    for (const method of ['tools/destroy', 'tools/Call', 'sampling/createMessage', 'tasks/get', '']) {
      const { error, result } = await client.request(method, { name: 'append_note', arguments: { id: `odd-${era}` } })
      expect(result, method).toBeUndefined()
      expect(error, method).toBeDefined()
    }
    expect(acted(`odd`)).toEqual([])
  })

  test('P2 what no rule names is denied, with a reason, and leaves a record', async () => {
    const client = await clientOf('reader', era).connect()
    const { answer, isError } = await note(client, `left-${era}`)
    expect(isError).toBe(true)
    expect(acted(`left-${era}`)).toEqual([])
    const { items } = await client.listAll('tools/list', 'tools')
    expect(items).toEqual([])
    expect(answer ?? '').not.toContain('noted')
    const lines = await ledgerOf(gateway)
    expect(lines.filter(line => line['grant'] === 'reader' && line['verdict'] === 'deny').length).toBeGreaterThan(0)
  })

  test('P2 an unknown token and a server that is not granted are turned away', async () => {
    const stranger = new RawClient(gateway.endpoint('notes'), `sp_${'B'.repeat(43)}`, 'modern')
    expect((await stranger.request('tools/list')).status).toBe(401)
    const elsewhere = new RawClient(gateway.endpoint('other'), gateway.tokens['writer'] ?? '', 'modern')
    const { status, result } = await elsewhere.request('tools/list')
    expect(result).toBeUndefined()
    expect([403, 404]).toContain(status)
  })
})

test('the ledger tells what the agent was told: decisions carry rule, policy and version', async () => {
  const line = (await ledgerOf(gateway)).find(
    candidate => candidate['verdict'] === 'deny' && candidate['policy'] === 'ten',
  )
  expect(fields(line)).toMatchObject({ server: 'notes', method: 'tools/call', tool: 'append_note', policy: 'ten' })
  expect(text(line?.['rule'])).toMatch(/^\/tools\/append_note\/limits\/0/)
  expect(text(line?.['policyVersion'])).toMatch(/^[0-9a-f]{12}$/)
})
