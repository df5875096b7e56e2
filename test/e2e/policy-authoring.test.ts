/** Writing policies, from a foreign document to a running gateway: import, apply, show, explain. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { localServer, type SpawnedGateway, spawnGateway } from '../fixtures/gateway.ts'
import { type NoteContent, startNoteUpstream } from '../fixtures/note-upstream.ts'
import { runRecorded } from '../fixtures/recorded-shell.ts'
import { connectSdk } from '../fixtures/sdk-clients.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

let folder = ''
let upstream: FixtureServer<NoteContent>
let gateway: SpawnedGateway

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-authoring-'))
  upstream = await startNoteUpstream(join(folder, 'notes'), 'legacy')
  gateway = await spawnGateway({
    servers: { notes: localServer(upstream.url) },
    policies: {
      few: {
        version: '1',
        tools: {
          append_note: {
            deny_if: [{ conditions: [{ path: 'args.id', op: 'eq', value: 'bad' }] }],
            rate_limit: '2/hour',
          },
        },
      },
    },
    grants: { writer: { servers: { notes: 'few' } } },
  })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop()
  rmSync(folder, { recursive: true })
})

function sallyport(...argv: string[]) {
  return runRecorded([...argv, '--data-dir', gateway.dataDir], { columns: 200 })
}

test.each(['intercept.yaml', 'hosted.json', 'faq.json', 'connections-create-handoff.json', 'handoffs-operator.json'])(
  '%s: applied as it is, and applied as it was imported, it is shown as the same policy',
  async name => {
    const file = join('test/fixtures/policies', name)
    const imported = await runRecorded(['policy', 'import', file, '--json'])
    const written = join(folder, `${name}.imported.json`)
    writeFileSync(written, imported.out)
    const shown: unknown[] = []
    for (const source of [file, written]) {
      const applied = await sallyport('policy', 'apply', 'foreign', source, '--json')
      expect(applied.code, applied.err).toBe(0)
      const { version } = JSON.parse(applied.out) as { version: string }
      const policy = JSON.parse((await sallyport('policy', 'show', 'foreign', '--json')).out) as Record<string, unknown>
      expect(policy['version']).toBe(version)
      shown.push({ version, document: policy['document'] })
    }
    expect(shown[1]).toEqual(shown[0])
    expect(shown[0]).toMatchObject({ document: JSON.parse(imported.out) as object })
    const text = (await sallyport('policy', 'show', 'foreign')).out
    expect(parse(text)).toEqual(JSON.parse(imported.out))
  },
)

async function explained(tool: string, args: object, ...more: string[]) {
  const asked = ['--grant', 'writer', '--server', 'notes', '--tool', tool, '--args', JSON.stringify(args)]
  const ran = await sallyport('policy', 'explain', ...asked, '--json', ...more)
  expect(ran.err).toBe('')
  return { exit: ran.code, ...(JSON.parse(ran.out) as Record<string, unknown>) }
}

test('explain asks the running gateway: verdict, rule, and the room in its limits; asking takes nothing', async () => {
  for (let asked = 0; asked < 3; asked += 1) {
    expect(await explained('append_note', { id: 'a' })).toMatchObject({
      exit: 0,
      verdict: 'allow',
      wouldPassIf: null,
      limits: [{ used: 0, max: 2, retryAfterMs: 0 }],
      server: 'notes',
      grant: 'writer',
    })
  }
  expect(await explained('append_note', { id: 'bad' })).toMatchObject({
    exit: 1,
    verdict: 'deny',
    rule: '/tools/append_note/deny_if/0',
    facts: [{ path: 'args.id', actual: 'bad', holds: true }],
  })
  expect(await explained('append_note', {})).toMatchObject({ exit: 1, rule: '(arguments)' })
  expect(await explained('other', {})).toMatchObject({ exit: 1, rule: '(default deny)' })
})

test('once the limit is used up, explain says so and when it frees', async () => {
  const client = await connectSdk('v2-legacy', gateway.endpoint('notes'), gateway.tokens['writer'] ?? '')
  for (const id of ['a', 'b']) await client.call('append_note', { id })
  await client.close()
  const full = await explained('append_note', { id: 'c' })
  expect(full).toMatchObject({
    exit: 1,
    verdict: 'deny',
    rule: '/tools/append_note/rate_limit',
    limits: [{ used: 2, max: 2 }],
  })
  const text = await sallyport(
    'policy',
    'explain',
    '--grant',
    'writer',
    '--server',
    'notes',
    '--tool',
    'append_note',
    '--args',
    '{"id": "c"}',
  )
  expect(text.code).toBe(1)
  expect(text.out).toMatch(/^deny {2}append_note \{"id":"c"\}\n/)
  expect(text.out).toMatch(/2 used, fits in \d+m/)
})

test('what the gateway does not know is its refusal, exit 1; no gateway is exit 3', async () => {
  const unknown = await sallyport('policy', 'explain', '--grant', 'nobody', '--server', 'notes', '--tool', 't')
  expect(unknown).toMatchObject({ code: 1, out: '' })
  expect(unknown.err).toContain('`nobody`')
  const away = ['policy', 'explain', '--grant', 'a', '--server', 'b', '--tool', 't', '--data-dir', join(folder, 'none')]
  expect(await runRecorded(away)).toMatchObject({ code: 3, out: '' })
})
